// Package systemd finds the service units of this machine, through the bus where systemd runs and in the
// unit folders where it does not, and makes metadata for them. Starting and watching units is the business
// of engine/executor.
package systemd

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"

	"quorate/ra/meta"
)

// Class is the systemd class. Dirs are the unit folders to scan where systemd does not run; nil means
// systemd's own search path.
type Class struct{ Dirs []string }

var unitDirs = []string{
	"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
}

// Running reports whether systemd is this machine's init, as sd_booted(3) tests it.
func Running() bool {
	st, err := os.Lstat("/run/systemd/system")
	if err != nil || !st.IsDir() {
		return false
	}
	comm, err := os.ReadFile("/proc/1/comm")
	return err == nil && strings.HasPrefix(string(comm), "systemd")
}

// Name returns "systemd".
func (c Class) Name() string { return "systemd" }

// Providers returns nil.
func (c Class) Providers() []string { return nil }

// Available reports whether there is any unit folder, so whether the class makes sense here.
func (c Class) Available() bool {
	return Running() || slices.ContainsFunc(c.dirs(), func(dir string) bool {
		st, err := os.Stat(dir)
		return err == nil && st.IsDir()
	})
}

func (c Class) dirs() []string {
	if c.Dirs != nil {
		return c.Dirs
	}
	return unitDirs
}

// Unit returns the full unit name: names without a known suffix are services.
func Unit(name string) string {
	for _, suffix := range []string{".service", ".socket", ".mount", ".timer", ".path", ".target", ".device", ".swap", ".slice", ".scope"} {
		if strings.HasSuffix(name, suffix) {
			return name
		}
	}
	return name + ".service"
}

// listed are the kinds of units that can be resources.
var listed = []string{".service", ".socket", ".mount", ".timer", ".path"}

// List lists the unit files that can be resources; services without ".service".
func (c Class) List(string) ([]string, error) {
	if c.Dirs == nil && Running() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if names, err := fromBus(ctx); err == nil {
			return tidy(names), nil
		}
		if names, err := fromSystemctl(ctx); err == nil {
			return tidy(names), nil
		}
	}
	return tidy(c.fromFolders()), nil
}

func fromBus(ctx context.Context) ([]string, error) {
	conn, err := dbus.NewSystemConnectionContext(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var patterns []string
	for _, kind := range listed {
		patterns = append(patterns, "*"+kind)
	}
	files, err := conn.ListUnitFilesByPatternsContext(ctx, nil, patterns)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f.Path))
	}
	return names, nil
}

func fromSystemctl(ctx context.Context) ([]string, error) {
	out, err := exec.CommandContext(ctx, "systemctl", "list-unit-files", "--type=service,socket,mount,timer,path", "--no-legend", "--no-pager").Output()
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 0 {
			names = append(names, f[0])
		}
	}
	return names, nil
}

func (c Class) fromFolders() []string {
	var names []string
	for _, dir := range c.dirs() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if slices.Contains(listed, filepath.Ext(e.Name())) && !e.IsDir() {
				names = append(names, e.Name())
			}
		}
	}
	return names
}

func tidy(names []string) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		if n = strings.TrimSuffix(n, ".service"); n != "" {
			out = append(out, n)
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// File returns the unit file that serves the name, "" if none lies in the folders. An instance
// "name@x" is served by its template "name@".
func (c Class) File(name string) string {
	unit := Unit(name)
	if strings.ContainsRune(unit, '/') {
		return ""
	}
	candidates := []string{unit}
	if at := strings.IndexByte(unit, '@'); at >= 0 {
		candidates = append(candidates, unit[:at+1]+unit[strings.LastIndexByte(unit, '.'):])
	}
	for _, file := range candidates {
		for _, dir := range c.dirs() {
			path := filepath.Join(dir, file)
			if st, err := os.Stat(path); err == nil && !st.IsDir() {
				return path
			}
		}
	}
	return ""
}

// Path returns the unit file, "" if there is none in the folders.
func (c Class) Path(a meta.Agent) string { return c.File(a.Type) }

// Has reports whether systemd knows the unit: a file, or a unit that a generator or the bus made.
func (c Class) Has(name string) bool {
	if c.File(name) != "" {
		return true
	}
	if c.Dirs != nil || !Running() {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := dbus.NewSystemConnectionContext(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	p, err := conn.GetUnitPropertyContext(ctx, Unit(name), "LoadState")
	return err == nil && p.Value.Value() == "loaded"
}

var actions = []meta.Action{
	{Name: "start", Timeout: "100"}, {Name: "stop", Timeout: "100"}, {Name: "status", Timeout: "100"},
	{Name: "monitor", Timeout: "100", Interval: "60"}, {Name: "meta-data", Timeout: "5"},
}

// Metadata makes metadata: units have no parameters, and the time limits are those that Pacemaker gives.
func (c Class) Metadata(_ context.Context, a meta.Agent) (*meta.Metadata, error) {
	if !c.Has(a.Type) {
		return nil, fmt.Errorf("%s: no unit %s: %w", a, Unit(a.Type), meta.ErrNotInstalled)
	}
	long := description(c.File(a.Type))
	if long == "" {
		long = Unit(a.Type)
	}
	return &meta.Metadata{Agent: a, Version: "1.1", ShortDesc: "systemd unit file for " + a.Type, LongDesc: long,
		Actions: append([]meta.Action(nil), actions...)}, nil
}

// description reads Description= of a unit file.
func description(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	for in.Scan() {
		if v, ok := strings.CutPrefix(in.Text(), "Description="); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
