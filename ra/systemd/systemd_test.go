package systemd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"quorate/ra/meta"
)

func TestFolders(t *testing.T) {
	c := Class{Dirs: []string{t.TempDir(), t.TempDir()}}
	for name, text := range map[string]string{
		"web.service": "[Unit]\nDescription=The web\n", "tunnel@.service": "[Unit]\nDescription=A tunnel\n", "data.mount": "", "notes.txt": "",
	} {
		if err := os.WriteFile(filepath.Join(c.Dirs[1], name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list, err := c.List("")
	if err != nil || !slices.Equal(list, []string{"data.mount", "tunnel@", "web"}) {
		t.Errorf("%v %v", list, err)
	}
	for name, want := range map[string]string{"web": "The web", "tunnel@a": "A tunnel", "data.mount": "data.mount"} {
		m, err := c.Metadata(context.Background(), meta.Agent{Class: "systemd", Type: name})
		if err != nil || m.LongDesc != want || m.Action("monitor").Interval != "60" {
			t.Errorf("%s: %+v %v", name, m, err)
		}
	}
	for _, name := range []string{"nope", "data", "../web", "nope@a"} {
		if _, err := c.Metadata(context.Background(), meta.Agent{Class: "systemd", Type: name}); !errors.Is(err, meta.ErrNotInstalled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnit(t *testing.T) {
	for name, want := range map[string]string{"web": "web.service", "web.service": "web.service", "a.b": "a.b.service", "data.mount": "data.mount"} {
		if got := Unit(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
