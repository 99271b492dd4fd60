package grammar

import (
	"strings"
	"testing"

	"github.com/beevik/etree"
)

// seeds has an example of every statement.
var seeds = []string{
	`primitive web ocf:heartbeat:Dummy description="a b" params state=/run/x fake='y' op monitor interval=10s timeout=20s OCF_CHECK_LEVEL=10 op_params a=1 op_meta b=2 meta priority=1 utilization cpu=1`,
	`primitive web @tmpl params $id=cfg 5: rule 10: #uname eq na and date in start=2030-01-01 months=2 x=1 $id2:name=v @ref @ref:name`,
	`rsc_template vm Dummy operations $id=vm-ops op start interval=0`,
	`group g a b c description="x" params a=1 meta b=2`, `clone c a meta promotable=true`, `ms m a`,
	`bundle b docker image=x replicas=2 network ip-range-start=1.2.3.4 port-mapping id=p port=80 storage storage-mapping id=s source-dir=/a target-dir=/b primitive a meta x=1`,
	`monitor a:Promoted 10s:20s`, `location l a role=Started resource-discovery=never -inf: na`,
	`location l { a ( b c ) } rule $role=Promoted pref: not_defined x or x version:gt 1.0`, `location l /^a.*/ 100: na`,
	`colocation c inf: ( a b ) [ c:Promoted d sequential=true ] e node-attribute=rack`, `order o Mandatory: a:start b:promote symmetrical=false`,
	`order o a _rsc_set_ b`, `rsc_ticket t T: a:Promoted loss-policy=stop`, `property set: rule date spec hours=9-16 a=b c="d e"`,
	`rsc_defaults a=b`, `op_defaults $id=x timeout=1`, `fencing_topology na: s1,s2 s3 attr:rack=1 s2 pattern:n.* s1`, `tag t: a b`,
	`role r read xpath:"//x[@y='z']" write $id=p meta:a:b deny type:node attr:x`, `acl_target t r`, `acl_group g r`, `user u role:r`,
	`alert a /x description="d" attributes a=1 meta b=2 select nodes attributes { x y } to { one attributes y=2 } to two`,
	`node 1: na:remote description="d" attributes standby=on utilization cpu=1`, `xml <primitive id="a"/>`,
}

// FuzzSplit: splitting never fails other than with an error, and what it gives can be quoted and split again.
func FuzzSplit(f *testing.F) {
	for _, s := range append(seeds, `a "b\"c" 'd' e\ f "" '`, "a\tb\\") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := Split(line)
		if err != nil {
			return
		}
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = Quote(w.Text)
		}
		again, err := Split(strings.Join(quoted, " "))
		if err != nil || len(again) != len(words) {
			t.Fatalf("%q: %v, %v, %v", line, words, again, err)
		}
		for i := range words {
			if again[i].Text != words[i].Text {
				t.Fatalf("%q became %q", words[i].Text, again[i].Text)
			}
		}
	})
}

// FuzzStatement: any line is refused or becomes an element whose text becomes the same element.
func FuzzStatement(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, file := range []string{"", "fuzz"} {
			st, err := ParseLine(file, 1, line)
			if err != nil {
				_ = err.Error()
				continue
			}
			_, _, _, _ = st.Position(), st.Members(), st.Comments(), st.Text()
			es, err := Elements(st, Env{Schema: "pacemaker-3.9"})
			if err != nil || !isObject(es[0]) && es[0].Tag != "meta_attributes" {
				continue
			}
			backAgain(t, es[0])
		}
	})
}

// backAgain writes an element and reads it; XML has to hold its text, so wild bytes are left out.
func backAgain(t *testing.T, e *etree.Element) {
	if d := etree.NewDocument(); d.ReadFromString(xmlOf(e)) != nil {
		return
	}
	for _, exact := range []bool{true, false} {
		env := RenderEnv{Exact: exact, Schema: "pacemaker-3.9"}
		text := Render(e, env)
		if strings.HasPrefix(text, "xml ") || strings.HasPrefix(text, "#") {
			continue
		}
		renv := Env{Schema: "pacemaker-3.9"}
		if !exact {
			renv.Old = bare(e)
		}
		if got := read(t, text, renv); !(comparer{ids: exact}).same(bare(e), got) {
			t.Fatalf("wrote\n%s\nread\n%s", text, xmlOf(got))
		}
	}
}

// FuzzText: any text is cut into statements and errors that have a place in it.
func FuzzText(f *testing.F) {
	f.Add(strings.Join(seeds, "\n"))
	f.Add("# comment\nprimitive a \\\n  Dummy\n\nbad\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, errs := Parse("f", text)
		for _, err := range errs {
			if e, ok := err.(*SyntaxError); !ok || e.Pos.Line < 1 || e.Pos.Line > strings.Count(text, "\n")+1 || e.Pos.Column < 1 {
				t.Fatalf("%v in %q", err, text)
			}
		}
	})
}
