package bootstrap

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
)

// A cluster that takes the place of an earlier one begins without its log, and what the earlier one left is kept.
func TestEarlierClusterIsSetAside(t *testing.T) {
	dir := t.TempDir()
	p := Paths{Config: filepath.Join(dir, "etc", "corosync.conf"), State: filepath.Join(dir, "lib")}
	n := config.Node{ID: 1, Name: "n1", Addrs: map[int]string{0: "192.0.2.1"}, Votes: 1}
	var out bytes.Buffer
	if err := writeNew(Env{Out: &out}, p, "first", n); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 0 {
		t.Errorf("nothing was there, but it says %q", out.String())
	}
	key, err := os.ReadFile(p.key())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(p.log(), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(Env{Out: &out}, p, "bad name", n); cib.CodeOf(err) != exit.Usage {
		t.Errorf("a name that cannot be: %v", err)
	}
	if again, _ := os.ReadFile(p.key()); !bytes.Equal(key, again) {
		t.Error("what is refused has replaced the key")
	}
	if err := writeNew(Env{Out: &out}, p, "second", n); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.log()); !os.IsNotExist(err) {
		t.Errorf("the second cluster has a log: %v", err)
	}
	for _, path := range []string{p.Config, p.key(), p.log()} {
		kept, _ := filepath.Glob(path + "-*")
		if len(kept) != 1 || !strings.Contains(out.String(), path+" of an earlier cluster is kept as "+kept[0]+"\n") {
			t.Errorf("%s is kept as %q; it says %s", path, kept, out.String())
		}
	}
	if kept, _ := filepath.Glob(p.key() + "-*"); len(kept) == 1 {
		if old, _ := os.ReadFile(kept[0]); !bytes.Equal(old, key) {
			t.Error("the key that is kept is another one")
		}
	}
}

func TestTokensThatAreNone(t *testing.T) {
	for _, args := range [][]string{nil, {"bogus"}, {"quorate1/192.0.2.1:5405/abc"}, {"a", "b"}} {
		if err := runJoin(t.Context(), Env{Out: io.Discard, Err: io.Discard}, args); cib.CodeOf(err) != exit.Usage {
			t.Errorf("join %v: %v", args, err)
		}
	}
	if err := runToken(t.Context(), Env{Out: io.Discard}, []string{"--for", "-1h"}); cib.CodeOf(err) != exit.Usage {
		t.Errorf("a token that is over before it begins: %v", err)
	}
}
