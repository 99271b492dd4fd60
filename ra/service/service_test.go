package service

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"quorate/ra/lsb"
	"quorate/ra/meta"
	"quorate/ra/systemd"
)

func TestService(t *testing.T) {
	c := Class{Systemd: systemd.Class{Dirs: []string{t.TempDir()}}, LSB: lsb.Class{Dir: t.TempDir()}}
	write := func(path string, mode os.FileMode) {
		if err := os.WriteFile(path, []byte("# x\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(c.Systemd.Dirs[0], "unit.service"), 0o644)
	write(filepath.Join(c.LSB.Dir, "script"), 0o755)
	for name, want := range map[string]string{"unit": "systemd", "script": "lsb"} {
		if got, err := c.Resolve(name); got != want || err != nil {
			t.Errorf("%s: %s %v", name, got, err)
		}
		m, err := c.Metadata(context.Background(), meta.Agent{Class: "service", Type: name})
		if err != nil || m.Agent.String() != "service:"+name {
			t.Errorf("%s: %+v %v", name, m, err)
		}
	}
	if _, err := c.Resolve("nope"); !errors.Is(err, meta.ErrNotInstalled) {
		t.Error(err)
	}
	if list, err := c.List(""); err != nil || len(list) != 2 {
		t.Error(list, err)
	}
}
