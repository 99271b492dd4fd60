package cib

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// cibadminArgs are the options that ask cibadmin for the same.
func cibadminArgs(r *Request) []string {
	args := map[RequestOp][]string{OpCreate: {"-C"}, OpModify: {"-M"}, OpReplace: {"-R"}, OpDelete: {"-D"},
		OpErase: {"-E", "--force"}, OpBump: {"-B"}, OpUpgrade: {"-u", "--force"}}[r.Op]
	if r.All {
		args = []string{"-d", "--force"}
	}
	if r.AllowCreate {
		args = append(args, "-c")
	}
	for _, a := range [][2]string{{"-o", r.Section}, {"-A", r.XPath}, {"-X", r.XML}} {
		if a[1] != "" {
			args = append(args, a[0], a[1])
		}
	}
	return args
}

// performBoth performs a request with cibadmin on a file and with us, and reports the difference.
func performBoth(t *testing.T, tool, name, text string, r Request) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, cibadminArgs(&r)...)
	cmd.Env = append(os.Environ(), "CIB_file="+file)
	out, err := cmd.CombinedOutput()
	theirs := 0
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		theirs = exited.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	d := parse(t, text)
	ours := d.Perform(r)
	if int(CodeOf(ours)) != theirs {
		t.Errorf("%s %v: code %d (%v), cibadmin %d (%.80s)", name, cibadminArgs(&r), CodeOf(ours), ours, theirs, out)
		return
	}
	if diff := DiffText(parse(t, string(mustRead(t, file))), d); diff != "" {
		t.Errorf("%s %v: ours differs from cibadmin's result by\n%s", name, cibadminArgs(&r), diff)
	}
}

// TestPerformLikeCibadmin performs random requests on both sides. Left out is what we do otherwise on
// purpose, see Perform: missing sections, modify that creates, objects with an id-ref.
func TestPerformLikeCibadmin(t *testing.T) {
	tool, err := exec.LookPath("cibadmin")
	if err != nil {
		t.Skip("cibadmin is not installed (package pacemaker-cli-utils)")
	}
	rounds := 40
	if os.Getenv("CIB_PERFORM_ROUNDS") != "" {
		_, _ = fmt.Sscan(os.Getenv("CIB_PERFORM_ROUNDS"), &rounds)
	}
	text := string(full(t).Bytes())
	r := rand.New(rand.NewSource(1))
	for i := range rounds {
		performBoth(t, tool, fmt.Sprint(i), text, drawRequest(r, full(t)))
	}
}

// drawRequest makes a request about a random element of d or one like it.
func drawRequest(r *rand.Rand, d *Document) Request {
	all, err := d.FindElements("/cib/configuration/*/*/descendant-or-self::*[not(@id-ref)]")
	if err != nil {
		panic(err)
	}
	e := copyElement(all[r.Intn(len(all))])
	home := "/cib/configuration"
	if source := d.Lookup(home); source != nil && r.Intn(3) == 0 {
		home = Path(all[r.Intn(len(all))])
	}
	if len(e.Attr) > 1 && r.Intn(2) == 0 {
		e.Attr[1+r.Intn(len(e.Attr)-1)].Value = []string{"1", "Started", "x", "value++", "id++", "INFINITY"}[r.Intn(6)]
	}
	if r.Intn(3) == 0 {
		e.Child = nil
	}
	if r.Intn(4) == 0 && attr(e, "id") != "" {
		e.CreateAttr("id", attr(e, "id")+"x")
	}
	sections := []string{"resources", "constraints", "crm_config", "nodes", "acls", "alerts", "configuration"}
	q := Request{XML: XML(e, false)}
	if r.Intn(6) == 0 { // the whole document, of which the section counts
		whole := d.Copy()
		whole.root.CreateAttr("epoch", "0")
		for _, section := range child(whole.root, "configuration").ChildElements() {
			section.RemoveChild(section.ChildElements()[0]) // so that each differs, as what changes nothing is not counted here
		}
		q.XML = XML(whole.root, false)
	}
	switch r.Intn(5) {
	case 0:
		q.Op, q.Section = OpCreate, sections[r.Intn(len(sections))]
		return q
	case 1:
		q.Op = OpModify
		if r.Intn(3) > 0 {
			q.Section = sections[r.Intn(len(sections))]
		}
		return q
	case 2:
		q.Op, q.Section = OpReplace, sections[r.Intn(len(sections))]
		return q
	case 3:
		q.Op, q.Section = OpDelete, sections[r.Intn(len(sections))]
		return q
	default:
		return Request{Op: OpDelete, XPath: home}
	}
}
