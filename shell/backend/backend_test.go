package backend

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"quorate/engine/api"
	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

const start = `<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/>` +
	`<nodes><node id="1" uname="n1"/></nodes><resources/><constraints/></configuration><status/></cib>`

func newFile(t *testing.T) *File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(path, []byte(start), 0o640); err != nil {
		t.Fatal(err)
	}
	return &File{Path: path}
}

func addPrimitive(id string) cib.Request {
	return cib.Request{Op: cib.OpCreate, Section: "resources", XML: `<primitive id="` + id + `" class="ocf" provider="quorate" type="Dummy"/>`}
}

func TestFilePerform(t *testing.T) {
	f, ctx := newFile(t), context.Background()
	if err := f.Perform(ctx, addPrimitive("a")); err != nil {
		t.Fatal(err)
	}
	doc, err := f.CIB(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if doc.ByID("a") == nil {
		t.Error("the change is not in the file")
	}
	if got := doc.Version().Epoch; got != 2 {
		t.Errorf("epoch is %d after one change of the configuration", got)
	}
	if doc.Root().SelectAttr("cib-last-written") != nil {
		t.Error("a file has a stamp, as the field's tools write none")
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o640 {
		t.Errorf("mode is %v now", info.Mode().Perm())
	}
}

func TestFileRefusedRequestChangesNothing(t *testing.T) {
	f, ctx := newFile(t), context.Background()
	if err := f.Perform(ctx, addPrimitive("a")); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(f.Path)
	if err := f.Perform(ctx, addPrimitive("a")); cib.CodeOf(err) != exit.Exists {
		t.Errorf("a second object with the id: %v", err)
	}
	if after, _ := os.ReadFile(f.Path); string(after) != string(before) {
		t.Error("a refused request changed the file")
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(f.Path), ".*"))
	if len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

// Writers at the same time do not lose each other's changes.
func TestFileConcurrentWriters(t *testing.T) {
	f, ctx := newFile(t), context.Background()
	var wg sync.WaitGroup
	ids := strings.Split("abcdefghij", "")
	for _, id := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := (&File{Path: f.Path}).Perform(ctx, addPrimitive(id)); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}()
	}
	wg.Wait()
	doc, err := f.CIB(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if doc.ByID(id) == nil {
			t.Errorf("%s is lost", id)
		}
	}
}

func TestFileThroughLink(t *testing.T) {
	f := newFile(t)
	link := filepath.Join(t.TempDir(), "link.xml")
	if err := os.Symlink(f.Path, link); err != nil {
		t.Fatal(err)
	}
	if err := (&File{Path: link}).Perform(context.Background(), addPrimitive("a")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced by a file")
	}
	if data, _ := os.ReadFile(f.Path); !strings.Contains(string(data), `id="a"`) {
		t.Error("the file behind the link was not changed")
	}
}

// A pipe can be read once; it is remembered, and cannot be written.
func TestFilePipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	go func() { _ = os.WriteFile(path, []byte(start), 0o600) }()
	f, ctx := &File{Path: path}, context.Background()
	for range 2 {
		doc, err := f.CIB(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if doc.Version().Epoch != 1 {
			t.Error("the document is not the one from the pipe")
		}
	}
	if err := f.Perform(ctx, addPrimitive("a")); cib.CodeOf(err) != exit.CantCreate {
		t.Errorf("writing to a pipe: %v", err)
	}
}

func TestFileErrors(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	missing := &File{Path: filepath.Join(dir, "nosuch.xml")}
	if _, err := missing.CIB(ctx); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("a missing file: %v", err)
	}
	broken := filepath.Join(dir, "broken.xml")
	if err := os.WriteFile(broken, []byte("<cib>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&File{Path: broken}).CIB(ctx); cib.CodeOf(err) != exit.DataErr || !strings.Contains(err.Error(), broken) {
		t.Errorf("a broken file: %v", err)
	}
	if _, err := missing.Status(ctx); !errors.Is(err, api.ErrNoCluster) {
		t.Errorf("the status of a file: %v", err)
	}
}

func TestFileAttributes(t *testing.T) {
	f, ctx := newFile(t), context.Background()
	set := func(value string) {
		t.Helper()
		if err := f.UpdateAttribute(ctx, attribute.Update{Node: "n1", Name: "x", Value: &value}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want string) {
		t.Helper()
		values, err := f.Attributes(ctx, "x", "n1")
		if err != nil || len(values) != 1 || values[0].Value != want {
			t.Errorf("attribute is %v (%v), not %q", values, err, want)
		}
	}
	set("3")
	check("3")
	set("value++")
	check("4")
	if err := f.UpdateAttribute(ctx, attribute.Update{Node: "n1", Name: "x"}); err != nil {
		t.Fatal(err)
	}
	if values, err := f.Attributes(ctx, "x", ""); err != nil || len(values) != 0 {
		t.Errorf("a deleted attribute is %v (%v)", values, err)
	}
	one := "1"
	if err := f.UpdateAttribute(ctx, attribute.Update{Node: "n9", Name: "x", Value: &one}); cib.CodeOf(err) != exit.NoHost {
		t.Errorf("an attribute of an unknown node: %v", err)
	}
}

func TestShadows(t *testing.T) {
	env := map[string]string{"CIB_shadow_dir": filepath.Join(t.TempDir(), "shadows"), "CIB_shadow": "try"}
	target := TargetFrom(func(name string) string { return env[name] })
	if got := target.Name(); got != "try" {
		t.Errorf("target is called %q", got)
	}
	if _, _, err := Open(target); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("a shadow that is not there: %v", err)
	}
	if err := target.CreateShadow("try", cib.New()); err != nil {
		t.Fatal(err)
	}
	if err := target.CreateShadow("try", cib.New()); err == nil {
		t.Error("a shadow was replaced")
	}
	c, name, err := Open(target)
	if err != nil || name != "try" {
		t.Fatalf("%q, %v", name, err)
	}
	if err := c.Perform(context.Background(), addPrimitive("a")); err != nil {
		t.Fatal(err)
	}
	if names, err := target.Shadows(); err != nil || len(names) != 1 || names[0] != "try" {
		t.Errorf("shadows are %v (%v)", names, err)
	}
	if target.Live().Name() != "live" {
		t.Error("the live target has a shadow")
	}
	for _, bad := range []string{"", "../x", "a/b"} {
		if err := target.WriteShadow(bad, cib.New()); err == nil {
			t.Errorf("%q is a name for a shadow", bad)
		}
	}
	if err := target.RemoveShadow("try"); err != nil {
		t.Error(err)
	}
	if err := target.RemoveShadow("try"); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("removing a shadow twice: %v", err)
	}
}

// TestFileThatDoesNotConform: only what mends it is written.
func TestFileThatDoesNotConform(t *testing.T) {
	f, ctx := newFile(t), context.Background()
	broken := strings.Replace(start, "<resources/>", `<resources><bogus id="x"/></resources>`, 1)
	if err := os.WriteFile(f.Path, []byte(broken), 0o640); err != nil {
		t.Fatal(err)
	}
	value := "1"
	for name, change := range map[string]func() error{
		"bump":      func() error { return f.Perform(ctx, cib.Request{Op: cib.OpBump}) },
		"create":    func() error { return f.Perform(ctx, addPrimitive("a")) },
		"nothing":   func() error { return f.Perform(ctx, cib.Request{Op: cib.OpDelete, XPath: "//nope"}) },
		"attribute": func() error { return f.UpdateAttribute(ctx, attribute.Update{Node: "n1", Name: "x", Value: &value}) },
	} {
		if err := change(); cib.CodeOf(err) != exit.Config {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after, _ := os.ReadFile(f.Path); string(after) != broken {
		t.Error("the file was changed")
	}
	if err := f.Perform(ctx, cib.Request{Op: cib.OpDelete, XPath: "//bogus"}); err != nil {
		t.Errorf("what mends it is refused: %v", err)
	}
}
