package bootstrap

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
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
