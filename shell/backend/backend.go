// Package backend gives the shell "the cluster" to work on: the engine's socket on this node, a CIB
// file, or a shadow copy. All of them are an api.Cluster, so that no command knows which one it has.
//
// It decides nothing about the configuration: changes of a file are performed by package cib, as the
// engine performs them on the replicated document.
package backend

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// Target says which CIB commands act on. The zero value is the running cluster.
type Target struct {
	File      string // CIB_file: a path; "" for none
	Shadow    string // CIB_shadow: a name; "" for none. It goes before File.
	ShadowDir string // where shadow copies lie
}

// TargetFrom reads CIB_file, CIB_shadow and CIB_shadow_dir; the directory defaults as crm_shadow(8) has it.
func TargetFrom(getenv func(string) string) Target {
	t := Target{File: getenv("CIB_file"), Shadow: getenv("CIB_shadow"), ShadowDir: getenv("CIB_shadow_dir")}
	if t.ShadowDir == "" {
		t.ShadowDir = filepath.Join(getenv("HOME"), ".cib")
		if os.Geteuid() == 0 {
			t.ShadowDir = "/var/lib/pacemaker/cib"
		}
	}
	return t
}

// Name is what the prompt calls the target: the shadow's name or "live".
func (t Target) Name() string {
	if t.Shadow != "" {
		return t.Shadow
	}
	return "live"
}

// Describe says in words what the target is.
func (t Target) Describe() string {
	switch {
	case t.Shadow != "":
		return "the shadow CIB " + t.ShadowPath(t.Shadow)
	case t.File != "":
		return "the CIB file " + t.File
	}
	return "the engine at " + api.SocketPath()
}

// Live returns the target without the shadow copy.
func (t Target) Live() Target {
	t.Shadow = ""
	return t
}

// Open returns the cluster that t names, and its name. Nothing is read yet, except that a shadow copy
// must be there.
func Open(t Target) (api.Cluster, string, error) {
	switch {
	case t.Shadow != "":
		if err := t.CheckShadow(); err != nil {
			return nil, "", err
		}
		return &File{Path: t.ShadowPath(t.Shadow)}, t.Shadow, nil
	case t.File != "":
		return &File{Path: t.File}, "live", nil
	}
	return api.Dial(), "live", nil
}

// ShadowPath is the file of a shadow copy.
func (t Target) ShadowPath(name string) string {
	return filepath.Join(t.ShadowDir, "shadow."+name)
}

// CheckShadow tells whether the shadow copy is there.
func (t Target) CheckShadow() error {
	if _, err := os.Stat(t.ShadowPath(t.Shadow)); err != nil {
		return cib.Errorf(exit.NoSuch, "%s: no such shadow CIB", t.Shadow)
	}
	return nil
}

// Shadows lists the shadow copies by name.
func (t Target) Shadows() ([]string, error) {
	entries, err := os.ReadDir(t.ShadowDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutPrefix(e.Name(), "shadow."); ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, err
}

// CreateShadow writes a new shadow copy; it does not replace one that is there.
func (t Target) CreateShadow(name string, doc *cib.Document) error {
	if _, err := os.Stat(t.ShadowPath(name)); err == nil {
		return cib.Errorf(exit.CantCreate, "%s shadow CIB already exists", name)
	}
	return t.WriteShadow(name, doc)
}

// WriteShadow writes a shadow copy, whether it is there or not.
func (t Target) WriteShadow(name string, doc *cib.Document) error {
	if name == "" || strings.ContainsAny(name, "/\x00") {
		return cib.Errorf(exit.InvalidParam, "%q is no name for a shadow CIB", name)
	}
	if err := os.MkdirAll(t.ShadowDir, 0o750); err != nil {
		return err
	}
	_ = os.Remove(t.basePath(name)) // of an earlier copy, if there was one
	return WriteFile(t.ShadowPath(name), doc.Bytes(), 0o600)
}

// basePath is the file that says which version of the cluster's document a shadow copy was made from. The copy's own
// version cannot say that: it counts the changes of the copy.
func (t Target) basePath(name string) string { return filepath.Join(t.ShadowDir, "base."+name) }

// SetShadowBase notes which version of the cluster's document the shadow copy stands for.
func (t Target) SetShadowBase(name string, v cib.Version) error {
	return WriteFile(t.basePath(name), fmt.Appendf(nil, "%d.%d\n", v.AdminEpoch, v.Epoch), 0o600)
}

// ShadowBase is the configuration's version that was noted, NumUpdates left out; false if there is none, as for copies
// that other tools made.
func (t Target) ShadowBase(name string) (v cib.Version, ok bool) {
	data, err := os.ReadFile(t.basePath(name))
	if err != nil {
		return v, false
	}
	n, _ := fmt.Sscanf(string(data), "%d.%d", &v.AdminEpoch, &v.Epoch)
	return v, n == 2
}

// RemoveShadow deletes a shadow copy.
func (t Target) RemoveShadow(name string) error {
	_ = os.Remove(t.basePath(name)) // there need not be one
	err := os.Remove(t.ShadowPath(name))
	if errors.Is(err, os.ErrNotExist) {
		return cib.Errorf(exit.NoSuch, "%s: no such shadow CIB", name)
	}
	return err
}
