package cib

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beevik/etree"
)

const schemaDir = "/usr/share/pacemaker"

func full(t testing.TB) *Document {
	t.Helper()
	text, err := os.ReadFile("testdata/full.xml")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

func TestSchemasBuild(t *testing.T) {
	for _, name := range Schemas() {
		s := schemaFor(name)
		for kind, e := range s.elements {
			for _, f := range e.forms {
				for _, it := range f.items {
					if !it.attr && it.element != "status" && s.elements[it.element] == nil {
						t.Errorf("%s: %s has a child %s that is not described", name, kind, it.element)
					}
				}
			}
		}
	}
}

func TestValidateMessages(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`id="ip" template="tpl"`, `id="ip" template="tpl"`, ""},
		{`id="fl1" target="n1"`, `id="fl1"`, "line 110: /cib/configuration/fencing-topology/fencing-level[@id='fl1']: the attribute target is missing"},
		{`kind="Mandatory"`, `kind="Sometimes"`, `line 104: /cib/configuration/constraints/rsc_order[@id='ord1']: kind="Sometimes" is not one of Optional, Mandatory, Serialize`},
		{`rsc="web" with-rsc="ip"`, `rsc="web" with-rsc="nope"`, `line 99: /cib/configuration/constraints/rsc_colocation[@id='col1']: with-rsc="nope": there is no object with that id`},
		{`id="col1"`, `id="web"`, `line 99: /cib/configuration/constraints/rsc_colocation[@id='web']: the id web is used already by /cib/configuration/resources/primitive[@id='web']`},
		{`replicas="2"`, `replicas="two"`, `line 69: /cib/configuration/resources/bundle[@id='bun']/podman: replicas="two" is not an integer`},
		{`<group id="grp"`, `<group colour="red" id="grp"`, `line 61: /cib/configuration/resources/group[@id='grp']: the attribute colour is not allowed`},
		{`class="lsb" type="cron"/>`, `class="lsb" type="cron"><op id="x"/></primitive>`, `line 66: /cib/configuration/resources/clone[@id='cl']/primitive[@id='c']: <op> is not allowed here`},
		{`name="stonith-enabled"`, `name="stonith_enabled"`, `line 5: /cib/configuration/crm_config/cluster_property_set[@id='cib-bootstrap-options']/nvpair[@id='opt-stonith']: name="stonith_enabled" is not allowed any more`},
		{`validate-with="pacemaker-3.9"`, `validate-with="pacemaker-9.9"`, `/cib: the schema "pacemaker-9.9" is not known`},
		{`validate-with="pacemaker-3.9"`, `validate-with="none" nonsense="1"`, ""},
		{`validate-with="pacemaker-3.9"`, `validate-with="NONE" nonsense="1"`, ""},
		{`validate-with="pacemaker-3.9"`, `validate-with=""`, `/cib: the schema "" is not known`},
	} {
		text := strings.Replace(string(mustRead(t, "testdata/full.xml")), c.old, c.new, 1)
		var got []string
		for _, p := range Validate(parse(t, text)) {
			got = append(got, p.String())
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.new, s, c.want)
		}
	}
}

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestElementRules(t *testing.T) {
	rules := map[string]ElementRule{}
	for _, r := range ElementRules("pacemaker-3.9", "rsc_order") {
		rules[r.Attr] = r
	}
	if !rules["id"].Required || rules["kind"].Required || strings.Join(rules["kind"].Values, " ") != "Mandatory Optional Serialize" {
		t.Errorf("got %+v", rules)
	}
}

// mutate makes one random change, of a kind that a validator has to judge.
func mutate(r *rand.Rand, d *Document) {
	var all []*etree.Element
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		all = append(all, e)
		for _, c := range e.ChildElements() {
			walk(c)
		}
	}
	walk(d.Root().ChildElements()[0])
	e, other := all[r.Intn(len(all))], all[r.Intn(len(all))]
	pick := func() *etree.Attr { return &e.Attr[r.Intn(len(e.Attr))] }
	switch kind := r.Intn(9); {
	case kind == 0 && len(e.Attr) > 0:
		e.RemoveAttr(pick().FullKey())
	case kind == 1 && len(e.Attr) > 0:
		pick().Value = []string{"1", "INFINITY", " true ", "-3", "", "a b", "web", "Started", "9x", "+4", "in_range", "ocf"}[r.Intn(12)]
	case kind == 2 && len(other.Attr) > 0:
		a := other.Attr[r.Intn(len(other.Attr))]
		e.CreateAttr(a.FullKey(), a.Value)
	case kind == 3 && e.Parent() != d.Root():
		e.Parent().RemoveChild(e)
	case kind == 4 && e.Parent() != d.Root():
		c := e.Copy()
		if r.Intn(2) == 0 {
			for _, x := range append(c.FindElements(".//*"), c) {
				if id := x.SelectAttr("id"); id != nil && !referring[x.Tag] {
					id.Value += "-copy"
				}
			}
		}
		e.Parent().InsertChildAt(r.Intn(len(e.Parent().Child)+1), c)
	case kind == 5:
		other.Parent().InsertChildAt(r.Intn(len(other.Parent().Child)+1), etree.NewElement(e.Tag))
	case kind == 6 && e.Parent() != d.Root() && e.Parent().Parent() != nil:
		p := e.Parent()
		p.RemoveChild(e)
		p.InsertChildAt(r.Intn(len(p.Child)+1), e)
	case kind == 7 && len(e.ChildElements()) == 0 && e != other:
		other.AddChild(e.Copy())
		e.Parent().RemoveChild(e)
	case kind == 8:
		e.Tag = other.Tag
	}
}

// TestValidateLikeXmllint mutates documents and compares our judgement with that of xmllint and the
// schemas of an installed Pacemaker.
func TestValidateLikeXmllint(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed (package libxml2-utils)")
	}
	if _, err := os.Stat(schemaDir + "/pacemaker-3.9.rng"); err != nil {
		t.Skip("the schemas of Pacemaker are not installed (package pacemaker-common)")
	}
	rounds := 12
	if os.Getenv("CIB_SCHEMA_ROUNDS") != "" {
		_, _ = fmt.Sscan(os.Getenv("CIB_SCHEMA_ROUNDS"), &rounds)
	}
	base := full(t)
	for _, name := range Schemas() {
		compareWithXmllint(t, lint, name, base, rounds)
	}
}

func compareWithXmllint(t *testing.T, lint, name string, base *Document, rounds int) {
	dir := t.TempDir()
	r := rand.New(rand.NewSource(int64(schemaNumber(name))))
	args := []string{"--noout", "--relaxng", filepath.Join(schemaDir, name+".rng")}
	var docs, originals []*Document
	var files []string
	valid := fit(base, name)
	for i := range rounds {
		d := valid.Copy()
		if i%2 == 1 {
			d = Generate(name, r.Intn)
		}
		before := d.Copy()
		for range 1 + i%3 {
			mutate(r, d)
		}
		file := filepath.Join(dir, fmt.Sprintf("%d.xml", i))
		if err := os.WriteFile(file, d.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		docs, originals, files = append(docs, d), append(originals, before), append(files, file)
	}
	out, _ := exec.Command(lint, append(args, files...)...).CombinedOutput() // exits 3 where one is not valid
	for i, file := range files {
		theirs := strings.Contains(string(out), file+" validates\n")
		if !theirs && !strings.Contains(string(out), file+" fails to validate\n") {
			t.Fatalf("%s: no answer from xmllint:\n%s", name, out)
		}
		d := parse(t, string(mustRead(t, file)))
		problems := ValidateWith(d, name)
		if (len(problems) == 0) != theirs {
			var lines []string
			for line := range strings.Lines(string(out)) {
				if strings.HasPrefix(line, file) {
					lines = append(lines, line)
				}
			}
			t.Errorf("%s: xmllint accepts: %v; we say %v\n%s%s", name, theirs, problems, strings.Join(lines, ""), DiffText(originals[i], docs[i]))
		}
	}
}

// fit drops from a document what a schema does not know, until it is valid.
func fit(base *Document, name string) *Document {
	d := base.Copy()
	for range 20 {
		problems := ValidateWith(d, name)
		for i := len(problems) - 1; i >= 0; i-- {
			e := d.Lookup(problems[i].Path)
			switch key, unknown := strings.CutPrefix(problems[i].Text, "the attribute "); {
			case e == nil:
			case unknown && strings.HasSuffix(key, " is not allowed"):
				e.RemoveAttr(strings.TrimSuffix(key, " is not allowed"))
			case e.Parent() != nil && e.Parent() != d.Root() && e.Parent().Tag != "configuration":
				e.Parent().RemoveChild(e)
			default:
				for _, c := range e.ChildElements() {
					if strings.HasPrefix(problems[i].Text, "<"+c.Tag+">") {
						e.RemoveChild(c)
					}
				}
			}
		}
		d.Touch()
	}
	return d
}

// TestValidateSuite accepts every input of the scheduler's regression suite and every configuration of
// the shell's corpus, where they are at hand: QUORATE_SHARED, or a folder "shared" beside the repository.
func TestValidateSuite(t *testing.T) {
	shared := os.Getenv("QUORATE_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	suite, _ := filepath.Glob(shared + "/scheduler-suite/xml/*.xml")
	corpus, _ := filepath.Glob(shared + "/crmsh/corpus/expected/*.exp")
	if len(suite) == 0 {
		t.Skip("no scheduler suite in " + shared + "; set QUORATE_SHARED")
	}
	for _, file := range append(suite, corpus...) {
		text := string(mustRead(t, file))
		if strings.HasSuffix(file, ".exp") {
			text = expectedCIB(text)
		}
		if text == "" {
			continue
		}
		d, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if p := Validate(d); p != nil {
			t.Errorf("%s: %v", file, p)
		}
		if err := d.Upgrade(); err != nil || d.Schema() != LatestSchema && d.Schema() != "none" {
			t.Errorf("%s: upgraded to %s: %v", file, d.Schema(), err)
		}
	}
}

// expectedCIB takes the configuration out of an expectation of the corpus, where sections without
// content are left out, and makes a whole CIB of it.
func expectedCIB(text string) string {
	_, text, _ = strings.Cut(text, "@@ cib\n# validate-with=")
	schema, text, _ := strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, "\n@@")
	config, err := ParseElement(text)
	if err != nil || config.Tag != "configuration" {
		return ""
	}
	for _, section := range []string{"crm_config", "nodes", "resources", "constraints"} {
		if child(config, section) == nil {
			config.CreateElement(section)
		}
	}
	return `<cib validate-with="` + schema + `" epoch="1" num_updates="0" admin_epoch="0">` + XML(config, false) + `<status/></cib>`
}
