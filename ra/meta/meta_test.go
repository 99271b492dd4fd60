package meta

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(`<resource-agent name="x"><parameters><parameter name="a"><content type="string" default="b"/></parameter></parameters></resource-agent>`))
	f.Add([]byte(`<?xml version="1.0" encoding="latin1"?><resource-agent><longdesc>&nbsp;</longdesc></resource-agent>`))
	f.Add([]byte(`<a`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse(Agent{Class: "ocf", Provider: "p", Type: "T"}, text)
		if err != nil {
			return
		}
		if _, err := Parse(m.Agent, XML(m)); err != nil {
			t.Errorf("own XML is refused: %v\n%s", err, XML(m))
		}
	})
}

// TestCache: the agent is asked once, and again when its file changes.
func TestCache(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("QUORATE_CACHE", filepath.Join(dir, "cache"))
	file := filepath.Join(dir, "agent")
	touch := func(when time.Time) {
		if err := os.WriteFile(file, []byte("x"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	ask := func() ([]byte, error) { asked++; return []byte("text"), nil }
	get := func(key string) {
		t.Helper()
		if out, err := Cached(file, []string{key}, ask); err != nil || string(out) != "text" {
			t.Fatalf("%s %v", out, err)
		}
	}
	touch(time.Unix(1000, 0))
	get("a")
	get("a")
	memory.Clear() // as another process
	get("a")
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	get("b")
	touch(time.Unix(2000, 0))
	get("a")
	if asked != 3 {
		t.Errorf("asked %d times, want 3", asked)
	}
	if _, err := Cached(filepath.Join(dir, "none"), nil, ask); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("missing file: %v", err)
	}
}

func TestQuery(t *testing.T) {
	env := []string{"PATH=/usr/bin:/bin"}
	if out, err := Query(context.Background(), env, "/bin/sh", "-c", "echo hello"); err != nil || string(out) != "hello\n" {
		t.Errorf("%q %v", out, err)
	}
	if _, err := Query(context.Background(), env, "/bin/sh", "-c", "echo why >&2; exit 3"); err == nil || err.Error() != "/bin/sh -c echo why >&2; exit 3: exit status 3: why" {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Query(ctx, env, "/bin/sh", "-c", "sleep 60"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := Query(context.Background(), env, "/no/such/agent"); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("%v", err)
	}
}
