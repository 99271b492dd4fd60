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
	"pgregory.net/rapid"
)

// resources makes a CIB of primitives, in order; "a=x" gives a the description x.
func resources(list string) string {
	var b strings.Builder
	b.WriteString(`<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="3" admin_epoch="0"><configuration><crm_config/><nodes/><resources>`)
	for _, id := range strings.Fields(list) {
		id, description, ok := strings.Cut(id, "=")
		fmt.Fprintf(&b, `<primitive id="%s" class="ocf" provider="p" type="Dummy"`, id)
		if ok {
			fmt.Fprintf(&b, ` description="%s"`, description)
		}
		b.WriteString("/>")
	}
	b.WriteString("</resources><constraints/></configuration><status/></cib>")
	return b.String()
}

// TestDiffMoves has what crm_diff 2.1.5 says is moved, created and deleted.
func TestDiffMoves(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"a b", "x a b", "create x 0"},
		{"a b c", "b c a", "move b 0, move a 2"},
		{"a b c", "c a b", "move c 0, move a 1"},
		{"m a b", "a x b m", "move a 0, create x 1, move m 3"},
		{"a b c d", "d c b a", "move d 0, move c 1, move b 2, move a 3"},
		{"a b c", "c x b", "delete a, move c 0, create x 1, move b 2"},
		{"a b c", "b y", "delete a, delete c, create y 1"},
		{"a b", "a b", ""},
	} {
		from, to := parse(t, resources(c.from)), parse(t, resources(c.to))
		var got []string
		changes := Diff(from, to)
		for _, ch := range changes {
			id := strings.TrimSuffix(ch.Path[strings.LastIndex(ch.Path, "=")+2:], "']")
			switch ch.Op {
			case ChangeCreate:
				e, _ := ParseElement(ch.XML)
				got = append(got, fmt.Sprintf("create %s %d", attr(e, "id"), ch.Position))
			case ChangeMove:
				got = append(got, fmt.Sprintf("move %s %d", id, ch.Position))
			default:
				got = append(got, fmt.Sprintf("%s %s", ch.Op, id))
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s -> %s: got %s, want %s", c.from, c.to, s, c.want)
		}
		if err := from.Perform(Request{Op: OpPatch, Changes: changes}); err != nil || from.Digest() != to.Digest() {
			t.Errorf("%s -> %s: %v\n%s", c.from, c.to, err, from.Bytes())
		}
	}
}

func TestMerge(t *testing.T) {
	for _, c := range []struct{ name, base, ours, theirs, want string }{
		{"both add", "a b", "a x b", "a b y", "a x b y"},
		{"both add behind the same", "a b", "a x b", "a y b", "a x y b"},
		{"one moves, one adds", "a b c", "c a b", "a b c d", "c a b d"},
		{"both change other objects", "a b", "a=1 b", "a b=2", "a=1 b=2"},
		{"both change alike", "a b", "a=1 b", "a=1 b", "a=1 b"},
		{"both delete", "a b", "b", "b", "b"},
		{"both add alike", "a", "a b", "a b", "a b"},
		{"same attribute", "a", "a=1", "a=2", `conflict /cib/configuration/resources/primitive[@id='a']: description is "2" now, not unset`},
		{"change under deleted", "a b", "a=1 b", "b", "conflict /cib/configuration/resources/primitive[@id='a'] was deleted meanwhile"},
		{"delete of changed", "a b", "b", "a=1 b", "conflict /cib/configuration/resources/primitive[@id='a'] was changed meanwhile and is to be deleted"},
		{"both add differently", "a", "a b=1", "a b=2", "conflict /cib/configuration/resources/primitive[@id='b'] was created meanwhile, with other contents"},
	} {
		merged, conflicts := merge(parse(t, resources(c.base)), parse(t, resources(c.ours)), parse(t, resources(c.theirs)))
		if want, ok := strings.CutPrefix(c.want, "conflict "); ok {
			if merged != nil || len(conflicts) != 1 || conflicts[0].Text != want {
				t.Errorf("%s: got %+v", c.name, conflicts)
			}
			continue
		}
		if conflicts != nil || merged.Digest() != parse(t, resources(c.want)).Digest() {
			t.Errorf("%s: conflicts %v, result\n%s", c.name, conflicts, merged.Bytes())
		}
	}
}

// TestMergeContainers lets both sides create the same section and the same set.
func TestMergeContainers(t *testing.T) {
	base := parse(t, resources("a"))
	side := func(tag, pair string) *Document {
		d := base.Copy()
		performOK(t, d, Request{Op: OpCreate, XML: `<tag id="` + tag + `"><obj_ref id="a"/></tag>`})
		performOK(t, d, Request{Op: OpModify, XML: `<primitive id="a"><meta_attributes id="a-meta"><nvpair id="a-` + pair + `" name="` + pair + `" value="1"/></meta_attributes></primitive>`})
		return d
	}
	merged, conflicts := merge(base, side("t1", "x"), side("t2", "y"))
	if conflicts != nil {
		t.Fatal(conflicts)
	}
	for _, x := range []string{"//tag[@id='t1']", "//tag[@id='t2']", "//meta_attributes[nvpair[@name='x'] and nvpair[@name='y']]"} {
		if !matches(t, merged, x) {
			t.Errorf("%s is not in\n%s", x, merged.Bytes())
		}
	}
	if p := Validate(merged); p != nil {
		t.Error(p)
	}
}

func TestDiffText(t *testing.T) {
	from := parse(t, resources("a b=x c"))
	to := parse(t, strings.Replace(resources("c a=1"), `epoch="5"`, `epoch="6"`, 1))
	performOK(t, to, Request{Op: OpModify, AllowCreate: true, Section: "resources", XML: `<primitive id="n" class="ocf" provider="p" type="Dummy"><operations><op id="o" name="monitor" interval="1"/></operations></primitive>`})
	const want = `Diff: --- 0.5.3 2
Diff: +++ 0.7.0 (null)
-- /cib/configuration/resources/primitive[@id='b']
+  /cib:  @epoch=7, @num_updates=0
+~ /cib/configuration/resources/primitive[@id='c'] moved to offset 0
+  /cib/configuration/resources/primitive[@id='a']:  @description=1
+~ /cib/configuration/resources/primitive[@id='a'] moved to offset 1
++ /cib/configuration/resources:  <primitive id="n" class="ocf" provider="p" type="Dummy">
++                                  <operations>
++                                    <op id="o" name="monitor" interval="1"/>
++                                  </operations>
++                                </primitive>
`
	if got := DiffText(from, to); got != want {
		t.Errorf("got\n%s", got)
	}
}

func performOK(t *testing.T, d *Document, r Request) {
	t.Helper()
	if err := d.Perform(r); err != nil {
		t.Fatal(err)
	}
}

// treeGenerator draws documents that share many ids, with moves between parents, twins without id and text.
func drawDocument(t *rapid.T, label string) *Document {
	used := map[string]bool{}
	d := New()
	var fill func(e *etree.Element, depth int)
	fill = func(e *etree.Element, depth int) {
		for range rapid.IntRange(0, 6-depth).Draw(t, label) {
			c := etree.NewElement(rapid.SampledFrom([]string{"primitive", "group", "expression"}).Draw(t, label))
			if c.Tag != "expression" {
				id := rapid.SampledFrom(strings.Fields("a b c d e f g h i j k")).Draw(t, label)
				if used[id] {
					continue
				}
				used[id] = true
				c.CreateAttr("id", id)
			}
			for range rapid.IntRange(0, 2).Draw(t, label) {
				c.CreateAttr(rapid.SampledFrom(strings.Fields("x y z")).Draw(t, label), rapid.StringMatching(`[a-c'"&<\n ]{0,3}`).Draw(t, label))
			}
			if rapid.IntRange(0, 5).Draw(t, label) == 0 {
				c.CreateText(rapid.SampledFrom([]string{"one", "two"}).Draw(t, label))
			} else if depth < 3 {
				fill(c, depth+1)
			}
			e.AddChild(c)
		}
	}
	fill(d.Section("resources"), 0)
	fill(d.Section("constraints"), 0)
	d.Root().CreateAttr("validate-with", "none")
	return d
}

func TestDiffRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := drawDocument(t, "from"), drawDocument(t, "to")
		changes := Diff(from, to)
		got := from.Copy()
		got.ByID("a") // so that the index has to keep up
		if err := got.Perform(Request{Op: OpPatch, Changes: changes}); err != nil {
			t.Fatalf("%v\nfrom %s\nto %s", err, from.Bytes(), to.Bytes())
		}
		if got.Digest() != to.Digest() {
			t.Fatalf("from %s\nto %s\ngot %s\n%+v", from.Bytes(), to.Bytes(), got.Bytes(), changes)
		}
		for _, id := range strings.Fields("a b c d e f g h i j k") {
			if a, b := got.ByID(id), to.ByID(id); (a == nil) != (b == nil) || a != nil && Path(a) != Path(b) {
				t.Fatalf("the index is wrong about %s", id)
			}
		}
		if rest := Diff(got, to); len(rest) > 0 {
			t.Fatalf("still different: %+v", rest)
		}
		if text := DiffXML(from, to, true); text != "" {
			again, err := ApplyDiffXML(from, text)
			if err != nil || again.Digest() != to.Digest() {
				t.Fatalf("%v\nfrom %s\nto %s\n%s", err, from.Bytes(), to.Bytes(), text)
			}
		}
	})
}

// TestMergeDisjoint lets two sides edit attributes, each its own objects.
func TestMergeDisjoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawDocument(t, "base")
		ours, theirs, both := base.Copy(), base.Copy(), base.Copy()
		for _, id := range strings.Fields("a b c d e f") {
			side := rapid.SampledFrom([]*Document{ours, theirs, base}).Draw(t, "side")
			if side == base || base.ByID(id) == nil {
				continue
			}
			value := rapid.SampledFrom(strings.Fields("1 2 3")).Draw(t, "value")
			side.ByID(id).CreateAttr("x", value)
			both.ByID(id).CreateAttr("x", value)
		}
		merged, conflicts := merge(base, ours, theirs)
		if conflicts != nil || merged.Digest() != both.Digest() {
			t.Fatalf("%v\n%s\n%s", conflicts, merged.Bytes(), both.Bytes())
		}
	})
}

// TestRefusedRequestChangesNothing performs a patch whose last change does not fit.
func TestRefusedRequestChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := drawDocument(t, "from"), drawDocument(t, "to")
		before := string(from.Bytes())
		changes := append(Diff(from, to), Change{Op: ChangeModify, Path: "/cib/nowhere", Set: map[string]string{"a": "b"}})
		if err := from.Perform(Request{Op: OpPatch, Changes: changes}); CodeOf(err) != 103 {
			t.Fatalf("got %v", err)
		}
		if after := string(from.Bytes()); after != before {
			t.Fatalf("before %s\nafter %s", before, after)
		}
	})
}

// TestDiffLikeCrmDiff compares with the real tool where it is installed: the same text for the same
// documents, and each applies what the other wrote.
func TestDiffLikeCrmDiff(t *testing.T) {
	tool, err := exec.LookPath("crm_diff")
	if err != nil {
		t.Skip("crm_diff is not installed (package pacemaker-cli-utils)")
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	r := rand.New(rand.NewSource(1))
	draw := func() string {
		var list []string
		for _, i := range r.Perm(7)[:r.Intn(8)] {
			list = append(list, string(rune('a'+i))+[]string{"", "=1", "=2"}[r.Intn(3)])
		}
		return resources(strings.Join(list, " "))
	}
	for range 15 {
		from, to := draw(), strings.Replace(draw(), `epoch="5"`, `epoch="6"`, 1)
		a, b := write("a.xml", from), write("b.xml", to)
		theirs, _ := exec.Command(tool, "-o", a, "-n", b).Output() // exits 1 where they differ
		ours := DiffXML(parse(t, from), parse(t, to), true)
		if ours != string(theirs) {
			t.Errorf("ours\n%s\ntheirs\n%s", ours, theirs)
		}
		patched, err := exec.Command(tool, "-o", a, "-p", write("p.xml", ours)).Output()
		if err != nil || parse(t, string(patched)).Digest() != parse(t, to).Digest() {
			t.Errorf("crm_diff makes of ours: %v\n%s", err, patched)
		}
		got, err := ApplyDiffXML(parse(t, from), string(theirs))
		if err != nil || string(got.Bytes()) != string(parse(t, to).Bytes()) {
			t.Errorf("we make of crm_diff's: %v\n%s", err, theirs)
		}
	}
}

// merge does on theirs again what ours changed against base, as a patch does; with a conflict the result is nil.
func merge(base, ours, theirs *Document) (*Document, []Conflict) {
	merged := theirs.Copy()
	if conflicts := (&edit{doc: merged}).applyChanges(Diff(base, ours)); len(conflicts) > 0 {
		return nil, conflicts
	}
	return merged, nil
}
