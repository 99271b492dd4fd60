package grammar

import (
	"errors"
	"strings"
	"testing"
)

// TestSyntaxErrors: what is wrong, near which word, with the word that was probably meant.
func TestSyntaxErrors(t *testing.T) {
	for line, want := range map[string]string{
		`primitive`:            `syntax in primitive: Expected at least 2 arguments near <primitive> parsing 'primitive'`,
		`primitive a Dummy op`: `syntax in primitive: Expected identifier parsing 'primitive a Dummy op'`,
		`primitive a Dummy operations op monitor`:     `syntax in primitive: Expected $id-ref=<id> or $id=<id> near <op> parsing 'primitive a Dummy operations op monitor'`,
		`primitive a Dummy op monitor x=1 interval=1`: `syntax in primitive: Attribute order error: interval must appear before any instance attribute parsing 'primitive a Dummy op monitor x=1 interval=1'`,
		`location l a na`:                                           `syntax in location: expected <score>: <node> or <rule> [<rule> ...] near <na> parsing 'location l a na'`,
		`location l a 100:`:                                         `syntax in location: Expected identifier parsing 'location l a 100:'`,
		`location l a 100: na x y`:                                  `syntax in location: Unknown arguments: x y near <x> parsing 'location l a 100: na x y'`,
		`location l a rule 1: x like y`:                             `syntax in location: Expected ((string|integer|number|version):)?(lt|gt|lte|gte|eq|ne) near <like> parsing 'location l a rule 1: x like y'`,
		`location l a rule 1: x eq`:                                 `syntax in location: Unexpected end of line parsing 'location l a rule 1: x eq'`,
		`location l a rule 1: date in start=1`:                      `syntax in location: Expected at least 2 name-value pairs parsing 'location l a rule 1: date in start=1'`,
		`location l a rule 1: defined a and defined b or defined c`: `syntax in location: Mixing bool ops not allowed: and != or near <defined> parsing 'location l a rule 1: defined a and defined b or defined c'`,
		`location l { } 1: na`:                                      `syntax in location: Empty resource set near <1:> parsing 'location l { } 1: na'`,
		`colocation c a b`:                                          `syntax in colocation: Expected <score>: near <a> parsing 'colocation c a b'`,
		`colocation c inf: a b:Nobody`:                              `syntax in colocation: Invalid role 'Nobody' for 'b' parsing 'colocation c inf: a b:Nobody'`,
		`order o Sometimes: a b`:                                    `syntax in order: Invalid kind: Sometimes near <a> parsing 'order o Sometimes: a b'`,
		`order o Mandatory: a:explode b`:                            `syntax in order: Invalid action 'explode' for 'a' near <b> parsing 'order o Mandatory: a:explode b'`,
		`order o Mandatory: ( a ( b ) c )`:                          `syntax in action: Cannot nest resource sets near <(> parsing 'order o Mandatory: ( a ( b ) c )'`,
		`order o Mandatory: a ( b`:                                  `syntax in action: Unmatched opening bracket near <b> parsing 'order o Mandatory: a ( b'`,
		`order o Mandatory: a b ) c`:                                `syntax in action: Unmatched closing bracket near <)> parsing 'order o Mandatory: a b ) c'`,
		`order o Mandatory: ( a b ] c`:                              `syntax in action: Mismatched closing bracket near <]> parsing 'order o Mandatory: ( a b ] c'`,
		`order o (a) ( b c )`:                                       `syntax in action: Cannot nest resource sets near <(> parsing 'order o (a) ( b c )'`,
		`order o ( a b ) [c]`:                                       `syntax in action: Unmatched opening bracket near <[c]> parsing 'order o ( a b ) [c]'`,
		`alert a /x to y }`:                                         `syntax in alert: Unmatched } near <}> parsing 'alert a /x to y }'`,
		`order o Mandatory: ( a require-all=x )`:                    `syntax in action: Not a boolean: x near <require-all=x> parsing 'order o Mandatory: ( a require-all=x )'`,
		`rsc_ticket t T a`:                                          `syntax in rsc_ticket: Expected <ticket-id>: near <T> parsing 'rsc_ticket t T a'`,
		`property a`:                                                `syntax in property: Unknown arguments: a near <a> parsing 'property a'`,
		`property a=`:                                               `syntax in property: Empty value for a is not allowed parsing 'property a='`,
		`role r admire cib`:                                         `syntax in role: Expected (read|write|deny) near <admire> parsing 'role r admire cib'`,
		`role r read attribute:x`:                                   `syntax in role: attribute is only valid in combination with tag/object-type parsing 'role r read attribute:x'`,
		`alert a /x to { y`:                                         `syntax in alert: Expected } parsing 'alert a /x to { y'`,
		`bundle b dokcer image=x`:                                   `syntax in bundle: Unknown arguments: dokcer image=x near <dokcer> parsing 'bundle b dokcer image=x' (did you mean "docker"?)`,
		`monitor a:Boss 10s`:                                        `syntax in monitor: Invalid role 'Boss' for resource 'a' near <10s> parsing 'monitor a:Boss 10s'`,
		`group g a a`:                                               `syntax in group: child a listed more than once in group g parsing 'group g a a'`,
		`acl_group g r`:                                             `syntax: Unknown command near <acl_group> parsing 'acl_group g r'`,
		`primitiv a Dummy`:                                          `syntax: Unknown command near <primitiv> parsing 'primitiv a Dummy' (did you mean "primitive"?)`,
		`primitive a "Dummy`:                                        `syntax: No closing quotation`,
	} {
		st, err := ParseLine("", 1, line)
		if err == nil {
			_, err = Elements(st, Env{Schema: "pacemaker-3.9"})
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", line, err, want)
		}
	}
}

// TestPositions: errors in a text say file, line and column of the word, also in continued lines.
func TestPositions(t *testing.T) {
	text := "# first\nprimitive a Dummy\n\n  location l a \\\n     100: \\\n   na extra\nbundle b \\\n  dokcer image=x\nprimitive b Dummy\n"
	sts, errs := Parse("web.crm", text)
	if len(sts) != 2 || len(errs) != 2 {
		t.Fatalf("%d statements, %v", len(sts), errs)
	}
	for i, want := range []string{"web.crm:6:7: syntax in location: Unknown arguments: extra", "web.crm:8:3: syntax in bundle: Unknown arguments: dokcer"} {
		if !strings.HasPrefix(errs[i].Error(), want) {
			t.Errorf("got %v, want %s", errs[i], want)
		}
	}
	if c := sts[0].Comments(); len(c) != 1 || c[0] != "# first" {
		t.Errorf("comments %q", c)
	}
	if p := sts[1].Position(); p.Line != 9 || p.Column != 1 {
		t.Errorf("position %v", p)
	}
}

// TestSplit: quoting as a POSIX shell does.
func TestSplit(t *testing.T) {
	for line, want := range map[string]string{
		`a  b	c`: "a|b|c", `'a b' "c d"`: "a b|c d", `x="a b"c'd'`: "x=a bcd", `"a\"b\\c\d"`: `a"b\c\d`, `a\ b \"`: `a b|"`,
		`'a\b'`: `a\b`, `"" ''`: "|", `x=""`: "x=", `$a *.x ~ #c`: "$a|*.x|~|#c", `a"b"`: "ab",
	} {
		words, err := Split(line)
		if got := strings.Join(texts(words), "|"); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", line, got, err, want)
		}
	}
	for _, line := range []string{`"a`, `a 'b`, `a\`, `"a\"`} {
		if _, err := Split(line); err == nil {
			t.Errorf("%s: no error", line)
		}
	}
}

// TestLines: continued lines are joined with nothing in between, all trailing backslashes are dropped.
func TestLines(t *testing.T) {
	var got []string
	for _, l := range Lines("a \\\n b\\\\\nc\n\n # x\nlast\\") {
		got = append(got, l.Text)
	}
	if want := "a bc||# x|last"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
}

// TestHints: the column is that of the offending word, and the word that was probably meant is named, also where the
// message names the word behind it.
func TestHints(t *testing.T) {
	for line, want := range map[string]struct {
		column int
		hint   string
	}{
		`order o Mandatry: a b`:                         {9, "Mandatory"},
		`order o Optional: a:strt b`:                    {19, "start"},
		`order o Optional: a b ( c:stp )`:               {25, "stop"},
		`colocation c inf: a b:Promotd`:                 {21, "Promoted"},
		`monitor a:Promotd 10s`:                         {9, "Promoted"},
		`primitive a Dummy op monitor x=1 timeout=1`:    {34, ""},
		`property a=1 b=`:                               {14, ""},
		`location l a rule x eq 1 and y eq 2 or z eq 3`: {37, ""},
	} {
		st, err := ParseLine("", 1, line)
		if err == nil {
			_, err = Elements(st, Env{Schema: "pacemaker-3.9"})
		}
		var e *SyntaxError
		if !errors.As(err, &e) || e.Pos.Column != want.column || e.Hint != want.hint {
			t.Errorf("%s: %v, want column %d and hint %q", line, err, want.column, want.hint)
		}
	}
}
