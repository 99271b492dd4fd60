package lsb

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quorate/ra/meta"
)

const script = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          web
# Required-Start:    $network
# Short-Description: the web server
# Description:       serves pages
#	over several
#  lines
# Default-Start:     2 3
### END INIT INFO
# Short-Description: not this one
`

func TestLSB(t *testing.T) {
	c := Class{Dir: t.TempDir()}
	for name, mode := range map[string]os.FileMode{"web": 0o755, "README": 0o755, "skeleton": 0o755, ".hidden": 0o755, "data": 0o644} {
		if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(script), mode); err != nil {
			t.Fatal(err)
		}
	}
	list, err := c.List("")
	if err != nil || !slices.Equal(list, []string{"web"}) {
		t.Errorf("%v %v", list, err)
	}
	m, err := c.Metadata(context.Background(), meta.Agent{Class: "lsb", Type: "web"})
	if err != nil {
		t.Fatal(err)
	}
	if m.ShortDesc != "the web server" || m.LongDesc != "serves pages\nover several\nlines" {
		t.Errorf("%q %q", m.ShortDesc, m.LongDesc)
	}
	if a := m.Action("monitor"); a == nil || a.Timeout != "15" || a.Interval != "15" {
		t.Errorf("%+v", a)
	}
	if c.Has("data") || c.Has("../web") || c.Has("") || !c.Has("web") {
		t.Error("Has")
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(script)
	f.Add("### BEGIN INIT INFO\n# Description\n#\tx\n#:\n")
	f.Fuzz(func(t *testing.T, text string) {
		if h := header(bufio.NewScanner(strings.NewReader(text))); len(h) > len(text) {
			t.Error("more fields than characters")
		}
	})
}
