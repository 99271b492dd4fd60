package shell

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitWords(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{``, nil},
		{`  a   b `, []string{"a", "b"}},
		{`a 'b c' d`, []string{"a", "b c", "d"}},
		{`fake="a \"b\" \\ \n"`, []string{`fake=a "b" \ \n`}},
		{`a\ b \"c`, []string{"a b", `"c`}},
		{`'' ""`, []string{"", ""}},
		{`'a\'b`, []string{`a\b`}},
		{`# is a word`, []string{"#", "is", "a", "word"}},
		{"ta\tb", []string{"ta", "b"}},
		{`$HOME ~ *`, []string{"$HOME", "~", "*"}},
	} {
		got, err := splitWords(c.line)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q is %q (%v), not %q", c.line, got, err, c.want)
		}
	}
	for _, line := range []string{`"a`, `'`, `a 'b "c`, `"\"`} {
		if got, err := splitWords(line); err == nil {
			t.Errorf("%q is %q, though its quotation does not end", line, got)
		}
	}
}

func TestQuoteWords(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"a", "b c"}, `a "b c"`},
		{[]string{`say "hi" now`}, `'say "hi" now'`},
		{[]string{`it's "so" now`}, `"it's \"so\" now"`},
		{[]string{`state=it's`}, `state=it's`}, // left to the next reader, as scripts expect
		{[]string{""}, `""`},
	} {
		if got := quoteWords(c.words); got != c.want {
			t.Errorf("%q is quoted as %s, not %s", c.words, got, c.want)
		}
	}
}

// Words that were put into a line come out of it again.
func FuzzQuoteLine(f *testing.F) {
	f.Add("a", "b c")
	f.Add(`it's "so"`, `\`)
	f.Add("", "\n\t")
	f.Fuzz(func(t *testing.T, a, b string) {
		words := []string{strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")}
		got, err := splitWords(quoteLine(words))
		if err != nil || !slices.Equal(got, words) {
			t.Errorf("%q came out as %q (%v) of %s", words, got, err, quoteLine(words))
		}
	})
}

// No line makes the lexer fail in another way than by an error, and what it gives can be given to it again.
func FuzzSplitWords(f *testing.F) {
	f.Add(`primitive a Dummy params fake="one two" 'x y' \z`)
	f.Fuzz(func(t *testing.T, line string) {
		words, err := splitWords(line)
		if err != nil {
			return
		}
		again, err := splitWords(quoteLine(words))
		if err != nil || !slices.Equal(again, words) {
			t.Errorf("%q: %q, then %q (%v)", line, words, again, err)
		}
	})
}

func TestLexPartial(t *testing.T) {
	for _, c := range []struct {
		line    string
		words   []string
		partial string
	}{
		{"", nil, ""},
		{"conf", nil, "conf"},
		{"configure ", []string{"configure"}, ""},
		{"resource start we", []string{"resource", "start"}, "we"},
		{`node attribute n1 set x "far ea`, []string{"node", "attribute", "n1", "set", "x"}, `"far ea`},
		{`  ls`, nil, "ls"},
	} {
		words, partial := lexPartial(c.line)
		if !slices.Equal(words, c.words) || partial != c.partial {
			t.Errorf("%q is %q and %q", c.line, words, partial)
		}
	}
}
