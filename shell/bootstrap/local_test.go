package bootstrap

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// A second local cluster would make the commands forget the first one, which runs.
func TestStartLocalBesideAnother(t *testing.T) {
	dir, err := os.MkdirTemp("", "q") // the path of a unix socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	first := localCluster{filepath.Join(dir, "c")}
	if _, err := makeLocal(first.dir, 1); err != nil {
		t.Fatal(err)
	}
	if err := remember(first.dir); err != nil {
		t.Fatal(err)
	}
	if first.runs(t.Context()) {
		t.Fatal("it runs before it was started")
	}
	l, err := net.Listen("unix", api.NodeSocket(first.dir, "node1"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) })}
	go server.Serve(l)
	defer server.Close()

	err = startLocal(t.Context(), Env{}, 2, filepath.Join(dir, "other"), time.Second)
	if cib.CodeOf(err) != exit.Exists {
		t.Errorf("a second local cluster: %v", err)
	}
	if got := api.LocalDir(); got != first.dir {
		t.Errorf("the local cluster is now %q, not %q", got, first.dir)
	}
}

// A start that is interrupted says so, and does not tell of a time that has not passed.
func TestAwaitInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := awaitSelf(ctx, filepath.Join(t.TempDir(), "none"), time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if err := awaitSelf(t.Context(), filepath.Join(t.TempDir(), "none"), 0); cib.CodeOf(err) != exit.Timeout {
		t.Errorf("too late: %v", err)
	}
}

// What a local cluster cannot be made of is refused before anything is written or killed.
func TestLocalRefused(t *testing.T) {
	dir := t.TempDir()
	long := filepath.Join(dir, strings.Repeat("x", socketPathMax))
	if _, err := makeLocal(long, 1); cib.CodeOf(err) != exit.Usage {
		t.Errorf("a path too long for a socket: %v", err)
	}
	if found, _ := os.ReadDir(dir); len(found) > 0 {
		t.Errorf("it made %v", found)
	}
	if _, err := (localCluster{dir}).named("node1"); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("a node that there is not: %v", err)
	}
	if err := parse(flags("start"), []string{"--nosuch"}); cib.CodeOf(err) != exit.Usage {
		t.Errorf("an unknown option: %v", err)
	}
	f := flags("start")
	f.Int("local", 0, "")
	if err := parse(f, []string{"--local", "x"}); err == nil || err.Error() != "cluster start: --local takes a number, not 'x'" {
		t.Errorf("a wrong value: %v", err)
	}
}
