// Package lsb finds init scripts of the Linux Standard Base in /etc/init.d and makes metadata of their
// comment header. Scripts have no parameters.
package lsb

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"quorate/ra/meta"
)

// Class is the lsb class. Dir is the scripts' folder; "" means /etc/init.d.
type Class struct{ Dir string }

// Name returns "lsb".
func (c Class) Name() string { return "lsb" }

func (c Class) dir() string {
	if c.Dir != "" {
		return c.Dir
	}
	return "/etc/init.d"
}

// Path returns where the script lies.
func (c Class) Path(a meta.Agent) string { return filepath.Join(c.dir(), a.Type) }

// Providers returns nil.
func (c Class) Providers() []string { return nil }

// List lists the scripts.
func (c Class) List(string) ([]string, error) {
	return meta.Executables(c.dir(), func(name string) bool {
		return strings.EqualFold(name, "README") || strings.HasPrefix(name, "skeleton")
	}), nil
}

// Has reports whether there is such a script.
func (c Class) Has(name string) bool {
	return name != "" && name[0] != '.' && !strings.ContainsRune(name, '/') && meta.IsExecutable(filepath.Join(c.dir(), name))
}

// actions are those which every script of the standard understands; the time limits are Pacemaker's.
var actions = []meta.Action{
	{Name: "meta-data", Timeout: "5"}, {Name: "start", Timeout: "15"}, {Name: "stop", Timeout: "15"},
	{Name: "status", Timeout: "15"}, {Name: "restart", Timeout: "15"}, {Name: "force-reload", Timeout: "15"},
	{Name: "monitor", Timeout: "15", Interval: "15"},
}

// Metadata reads the script's header ("### BEGIN INIT INFO"); a script without one has empty descriptions.
func (c Class) Metadata(_ context.Context, a meta.Agent) (*meta.Metadata, error) {
	if !c.Has(a.Type) {
		return nil, fmt.Errorf("%s: no executable %s: %w", a, c.Path(a), meta.ErrNotInstalled)
	}
	f, err := os.Open(c.Path(a))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a, err)
	}
	defer f.Close()
	h := header(bufio.NewScanner(f))
	return &meta.Metadata{Agent: a, Version: "1.0", ShortDesc: h["short-description"], LongDesc: h["description"],
		Actions: append([]meta.Action(nil), actions...)}, nil
}

// header reads the keywords of the header, names in lower case. Only Description goes on over several
// lines, which begin with "#" and a tab or two blanks.
func header(in *bufio.Scanner) map[string]string {
	fields := map[string]string{}
	inside, last := false, ""
	for in.Scan() {
		line := in.Text()
		switch {
		case strings.HasPrefix(line, "### BEGIN INIT INFO"):
			inside = true
			continue
		case strings.HasPrefix(line, "### END INIT INFO"):
			return fields
		case !inside || !strings.HasPrefix(line, "#"):
			continue
		}
		body := line[1:]
		if last == "description" && (strings.HasPrefix(body, "\t") || strings.HasPrefix(body, "  ")) {
			fields[last] += "\n" + strings.TrimSpace(body)
			continue
		}
		key, value, ok := strings.Cut(body, ":")
		if !ok {
			last = ""
			continue
		}
		last = strings.ToLower(strings.TrimSpace(key))
		fields[last] = strings.TrimSpace(value)
	}
	return fields
}
