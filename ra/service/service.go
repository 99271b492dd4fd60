// Package service is the class that means "whatever this system has": a systemd unit of that name, else
// an LSB script.
package service

import (
	"context"
	"errors"
	"slices"
	"sort"

	"quorate/ra/lsb"
	"quorate/ra/meta"
	"quorate/ra/systemd"
)

// Class is the service class over the two real ones.
type Class struct {
	Systemd systemd.Class
	LSB     lsb.Class
}

// Name returns "service".
func (c Class) Name() string { return "service" }

// Providers returns nil.
func (c Class) Providers() []string { return nil }

// List lists units and scripts together.
func (c Class) List(string) ([]string, error) {
	units, err := c.Systemd.List("")
	if err != nil {
		return nil, err
	}
	scripts, err := c.LSB.List("")
	if err != nil {
		return nil, err
	}
	all := append(units, scripts...)
	sort.Strings(all)
	return slices.Compact(all), nil
}

// Resolve says which class serves the name on this machine: "systemd" where systemd runs and knows it,
// else "lsb" when there is a script, else "systemd" for a unit on disk; ErrNotInstalled otherwise.
func (c Class) Resolve(name string) (string, error) {
	if systemd.Running() && c.Systemd.Has(name) {
		return "systemd", nil
	}
	if c.LSB.Has(name) {
		return "lsb", nil
	}
	if c.Systemd.Has(name) {
		return "systemd", nil
	}
	return "", errors.Join(errors.New("service:"+name+": neither a systemd unit nor an init script"), meta.ErrNotInstalled)
}

// Metadata is that of the class which serves the name.
func (c Class) Metadata(ctx context.Context, a meta.Agent) (*meta.Metadata, error) {
	class, err := c.Resolve(a.Type)
	if err != nil {
		return nil, err
	}
	real := meta.Agent{Class: class, Type: a.Type}
	var m *meta.Metadata
	if class == "systemd" {
		m, err = c.Systemd.Metadata(ctx, real)
	} else {
		m, err = c.LSB.Metadata(ctx, real)
	}
	if err != nil {
		return nil, err
	}
	m.Agent = a
	return m, nil
}
