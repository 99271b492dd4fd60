package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// dropIn makes a unit the cluster's while the cluster runs it: systemd must not restart it by itself, and at
// shutdown it must outlive the cluster's engine, which stops it in order.
type dropIn struct {
	dir     string // /run/systemd/system
	service string // the engine's own unit
}

func (c Config) dropIn() dropIn {
	service := c.Service
	if service == "" {
		service = "quorate.service"
	}
	return dropIn{dir: "/run/systemd/system", service: service}
}

func (d dropIn) path(unit string) string {
	return filepath.Join(d.dir, unit+".d", "50-quorate.conf")
}

func (d dropIn) text(unit string) string {
	name, kind, _ := strings.Cut(unit, ".")
	text := fmt.Sprintf("[Unit]\nDescription=Cluster Controlled %s\nBefore=%s\n", name, d.service)
	if kind == "service" || strings.HasSuffix(unit, ".service") {
		text += "\n[Service]\nRestart=no\n"
	}
	return text
}

// write puts the file there; the folder may exist from an earlier start.
func (d dropIn) write(unit string) error {
	path := d.path(unit)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("drop-in of %s: %w", unit, err)
	}
	if err := os.WriteFile(path, []byte(d.text(unit)), 0o644); err != nil {
		return fmt.Errorf("drop-in of %s: %w", unit, err)
	}
	return nil
}

// remove takes the file away and says whether there was one.
func (d dropIn) remove(unit string) bool {
	path := d.path(unit)
	if os.Remove(path) != nil {
		return false
	}
	_ = os.Remove(filepath.Dir(path)) // only if empty: the administrator may have drop-ins there
	return true
}
