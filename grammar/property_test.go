package grammar

import (
	"strings"
	"testing"

	"github.com/beevik/etree"
	"pgregory.net/rapid"
)

func xmlOf(e *etree.Element) string {
	d := etree.NewDocumentWithRoot(e.Copy())
	d.WriteSettings.CanonicalAttrVal = true
	d.Indent(1)
	s, _ := d.WriteToString()
	return s
}

// read parses the text of one object and makes its element.
func read(t interface{ Fatalf(string, ...any) }, text string, env Env) *etree.Element {
	sts, errs := Parse("test", text)
	if len(errs) > 0 || len(sts) != 1 {
		t.Fatalf("%d statements, %v in\n%s", len(sts), errs, text)
	}
	es, err := Elements(sts[0], env)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return es[0]
}

// TestLossless: what is saved reads back as the same element, ids and order included, for any object.
func TestLossless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &gen{t: t}
		e := g.object()
		refs := g.ids
		env := RenderEnv{Exact: true, OneLine: g.chance("one line"), Schema: "pacemaker-3.9", Nodes: func() []string { return []string{"na"} },
			Referenced: func(id string) bool { return len(refs) > 0 && id == refs[0] }}
		text := Render(e, env)
		got := read(t, text, Env{Schema: "pacemaker-3.9", Nodes: env.Nodes})
		want := bare(e)
		if strings.HasPrefix(text, "xml ") {
			want = e
		}
		if !(comparer{ids: true}).same(want, got) {
			t.Fatalf("wrote\n%s\nfrom\n%s\nread\n%s", text, xmlOf(want), xmlOf(got))
		}
		if again := Render(got, env); !strings.HasPrefix(text, "xml ") && again != text {
			t.Fatalf("the text is not stable:\n%s\n%s", text, again)
		}
	})
}

// TestShownReadsBack: what show prints reads back as the same element but for ids that nobody refers to.
func TestShownReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &gen{t: t}
		e := g.object()
		text := Render(e, RenderEnv{Schema: "pacemaker-3.9"})
		got := read(t, text, Env{Schema: "pacemaker-3.9", Old: bare(e)})
		want := bare(e)
		if strings.HasPrefix(text, "xml ") {
			want = e
		}
		if !(comparer{}).same(want, got) {
			t.Fatalf("wrote\n%s\nfrom\n%s\nread\n%s", text, xmlOf(want), xmlOf(got))
		}
	})
}

// TestPlainly: the short proof never says yes where reading says no.
func TestPlainly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &gen{t: t}
		e := g.primitive(g.pick("id", "web", "1", "a b"))
		for _, exact := range []bool{false, true} {
			env := RenderEnv{Exact: exact, Schema: "pacemaker-3.9"}
			p := &printer{env: env}
			p.primitive(e)
			if plainly(e, env) && (p.bad || !readsBack(e, p, env)) {
				t.Fatalf("exact=%v: not the same after reading:\n%s\n%s", exact, strings.Join(p.parts, "\n"), xmlOf(e))
			}
		}
	})
}

// TestQuote: any string without line breaks comes back from Split as it was.
func TestQuote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := (&gen{t: t}).value(), rapid.String().Draw(t, "b")
		words, err := Split("x=" + Quote(a) + " " + Quote(b))
		if err != nil || len(words) != 2 || words[0].Text != "x="+a || words[1].Text != b {
			t.Fatalf("%q and %q became %v, %v", a, b, words, err)
		}
	})
}
