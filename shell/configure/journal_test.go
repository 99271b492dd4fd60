package configure

import (
	"context"
	"path/filepath"
	"testing"

	"quorate/engine/cib"
)

// TestJournal: a session that is lost is there again after replaying its journal; a commit ends the journal.
func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pending")
	s := newSession(t, "")
	s.b.opt.Force = true
	s.b.journal.path = path
	for _, line := range []string{"primitive a Dummy params fake='x y'", "primitive b Dummy", "primitive c Dummy", "group g a b", "bad line",
		"modgroup g add c before b", "set a.fake z", "rename b bb", "order o1 g c", "undo", "property stonith-enabled=false",
		"filter Dummy=>Stateful c", "default-timeouts a", "delete nosuch"} {
		s.run(line)
	}
	entries, err := ReadJournal(path)
	if err != nil || len(entries) != 10 {
		t.Fatalf("%d entries, %v: %q", len(entries), err, entries)
	}
	again := newSession(t, "")
	if failed := again.b.Replay(entries); failed != 0 {
		t.Fatalf("%d commands failed: %s", failed, again.out.String())
	}
	if a, b := cib.ElementDigest(s.b.doc.Root()), cib.ElementDigest(again.b.doc.Root()); a != b {
		text, _ := again.b.Show(nil)
		t.Errorf("not the same after replaying:\n%s", text)
	}
	if err := s.b.Commit(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if entries, err := ReadJournal(path); err != nil || entries != nil {
		t.Errorf("the journal is still there after commit: %q, %v", entries, err)
	}
}
