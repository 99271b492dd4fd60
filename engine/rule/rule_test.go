package rule

import (
	"fmt"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/cockroachdb/datadriven"
)

// The facts that testdata/rules.txt was recorded with: location rules for a resource on a node of Debian's crm_simulate 2.1.5.
var (
	recordedNow   = time.Date(2024, 3, 5, 10, 11, 12, 0, time.UTC)
	recordedAttrs = map[string]string{"a": "1", "b": "1.10.2", "c": "Foo", "d": "", "e": "12abc", "f": "2.5", "g": "-3",
		"h": "true", "i": "1e2", "#uname": "n1", "#id": "1", "#kind": "cluster", "#is_dc": "false", "#cluster-name": "cl", "#site-name": "cl"}
	recordedParams = map[string]string{"p": "foo"}
	recordedMeta   = map[string]string{"m1": "FOO", "m2": "2"}
)

func lookup(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func element(t testing.TB, text string) *etree.Element {
	d := etree.NewDocument()
	if err := d.ReadFromString(text); err != nil || d.Root() == nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d.Root()
}

func recordedEnv() Env {
	return Env{Now: recordedNow, NodeAttr: lookup(recordedAttrs), Param: lookup(recordedParams), Meta: lookup(recordedMeta)}
}

func TestRecorded(t *testing.T) {
	datadriven.RunTest(t, "testdata/rules.txt", func(t *testing.T, d *datadriven.TestData) string {
		env := recordedEnv()
		if d.HasArg("zone") {
			env.Now = env.Now.In(time.FixedZone("", 9*3600))
		}
		match, next := Evaluate(element(t, d.Input), env)
		if !next.IsZero() && !next.After(env.Now.Truncate(time.Second)) {
			t.Errorf("%s: next change %v is not after now", d.Input, next)
		}
		return fmt.Sprintln(match)
	})
}

func TestNextChange(t *testing.T) {
	for _, c := range []struct{ expr, next string }{
		{`<date_expression operation="gt" start="2024-03-05 10:11:12Z"/>`, "2024-03-05T10:11:13Z"},
		{`<date_expression operation="gt" start="2024-03-05 10:11:11Z"/>`, ""},
		{`<date_expression operation="lt" end="2024-03-05 10:11:13Z"/>`, "2024-03-05T10:11:13Z"},
		{`<date_expression operation="lt" end="2024-03-05 10:11:12Z"/>`, ""},
		{`<date_expression operation="in_range" start="2024-03-06" end="2024-03-07"/>`, "2024-03-06T00:00:00Z"},
		{`<date_expression operation="in_range" start="2024-03-04" end="2024-03-07"/>`, "2024-03-07T00:00:01Z"},
		{`<date_expression operation="date_spec"><date_spec hours="9-16" weekdays="1-5"/></date_expression>`, "2024-03-05T17:00:00Z"},
		{`<date_expression operation="date_spec"><date_spec weekdays="6-7"/></date_expression>`, "2024-03-09T00:00:00Z"},
		{`<date_expression operation="date_spec"><date_spec minutes="11"/></date_expression>`, "2024-03-05T10:12:00Z"},
		{`<date_expression operation="date_spec"><date_spec seconds="20"/></date_expression>`, "2024-03-05T10:11:20Z"},
		{`<date_expression operation="date_spec"><date_spec/></date_expression>`, ""},
		// a false first part of an "and" decides alone; the second cannot change the result earlier
		{`<rule><date_expression operation="gt" start="2024-04-01"/><date_expression operation="lt" end="2024-03-06"/></rule>`, "2024-04-01T00:00:01Z"},
		{`<rule boolean-op="or"><date_expression operation="gt" start="2024-04-01"/><date_expression operation="lt" end="2024-03-06"/></rule>`, "2024-03-06T00:00:00Z"},
		{`<expression attribute="a" operation="defined"/>`, ""},
	} {
		_, next := Evaluate(element(t, c.expr), recordedEnv())
		got := ""
		if !next.IsZero() {
			got = next.UTC().Format(time.RFC3339)
		}
		if got != c.next {
			t.Errorf("%s: next change %q, want %q", c.expr, got, c.next)
		}
	}
}

func TestContextExpressions(t *testing.T) {
	env := recordedEnv()
	env.Resource, env.Class, env.Provider, env.Type, env.OpName, env.OpInterval = true, "ocf", "pacemaker", "Dummy", "monitor", 10*time.Second
	for _, c := range []struct {
		expr string
		want bool
	}{
		{`<rsc_expression class="ocf" provider="pacemaker" type="Dummy"/>`, true},
		{`<rsc_expression class="ocf"/>`, false}, // no provider given: only resources without one
		{`<rsc_expression provider="pacemaker"/>`, true},
		{`<rsc_expression class="ocf" provider="pacemaker" type="dummy"/>`, false},
		{`<op_expression name="monitor"/>`, true},
		{`<op_expression name="Monitor"/>`, false},
		{`<op_expression name="monitor" interval="10"/>`, true},
		{`<op_expression name="monitor" interval="10s"/>`, true},
		{`<op_expression name="monitor" interval="bogus"/>`, false},
		{`<op_expression name="monitor" interval="0"/>`, false},
		{`<expression attribute="#role" operation="not_defined"/>`, false},
		{`<expression attribute="#role" operation="ne" value="Promoted"/>`, false},
	} {
		if got, _ := Evaluate(element(t, c.expr), env); got != c.want {
			t.Errorf("%s = %v, want %v", c.expr, got, c.want)
		}
	}
}

func TestReferences(t *testing.T) {
	doc := element(t, `<cib><a><rule id="r"><expression attribute="a" operation="eq" value="1"/></rule></a><b><rule id-ref="r"/></b>
		<c><rule id-ref="missing"/></c><d><rule id="loop"><rule id-ref="loop"/></rule></d></cib>`)
	for _, c := range []struct {
		tag  string
		want bool
	}{{"b", true}, {"c", true}, {"d", false}} {
		env := recordedEnv()
		if got, _ := inEffect(doc.SelectElement(c.tag), &env); got != c.want {
			t.Errorf("%s: %v, want %v", c.tag, got, c.want)
		}
	}
}

func TestUnpack(t *testing.T) {
	doc := element(t, `<x>
		<m id="one" score="1"><nvpair name="a" value="one"/><nvpair name="b" value="one"/></m>
		<m id="two" score="2"><nvpair name="a" value="two"/><nvpair id="pair" name="c" value="two"/></m>
		<m id="tie1"><nvpair name="d" value="first"/></m>
		<m id="tie2"><nvpair name="d" value="second"/><nvpair name="e"/><nvpair name="b" value="#default"/></m>
		<m id="off"><rule><date_expression operation="gt" start="2030-01-01"/></rule><nvpair name="f" value="x"/></m>
		<m id="old"><attributes><nvpair name="g" value="old"/></attributes></m>
		<n><nvpair id-ref="pair"/><nvpair id-ref="pair" name="h"/></n>
		<m id-ref="elsewhere"/><y><m id="elsewhere" score="3"><nvpair name="a" value="ref"/></m></y></x>`)
	for _, c := range []struct {
		how  Merge
		tag  string
		want string
	}{
		{Merge{}, "m", "map[a:ref c:two d:second g:old]"},
		{Merge{Overwrite: true}, "m", "map[a:one c:two d:first g:old]"},
		{Merge{First: "ONE"}, "m", "map[a:one c:two d:second g:old]"},
		{Merge{}, "n", "map[c:two h:two]"},
	} {
		table := map[string]string{}
		next := c.how.Unpack(table, Children(doc, c.tag), recordedEnv())
		if got := fmt.Sprint(table); got != c.want {
			t.Errorf("%+v %s: %s, want %s", c.how, c.tag, got, c.want)
		}
		if c.tag == "m" && next.Year() != 2030 {
			t.Errorf("%+v: next change %v, want 2030", c.how, next)
		}
	}
}

func FuzzEvaluate(f *testing.F) {
	f.Add(`<rule><date_expression operation="date_spec"><date_spec hours="1-2" moon="3"/></date_expression></rule>`)
	f.Add(`<rule boolean-op="or"><expression attribute="a" operation="lt" type="number" value="1e999"/></rule>`)
	f.Add(`<date_expression start="99999-01-01" operation="in_range"><duration years="999999999"/></date_expression>`)
	f.Fuzz(func(t *testing.T, text string) {
		d := etree.NewDocument()
		if d.ReadFromString(text) != nil || d.Root() == nil {
			return
		}
		a, n := Evaluate(d.Root(), recordedEnv())
		if b, m := Evaluate(d.Root(), recordedEnv()); a != b || !n.Equal(m) {
			t.Fatalf("not deterministic: %v %v, %v %v", a, n, b, m)
		}
	})
}
