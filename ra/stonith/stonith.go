// Package stonith finds fence agents: the executables fence_* of the system, with the metadata that they
// print themselves and the pcmk_ parameters that every fence device understands.
// Who is fenced by which device is decided by engine/fencing; engine/executor runs the agent.
package stonith

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"quorate/ra/meta"
	"quorate/ra/options"
)

// Class is the stonith class. Dir is where the agents lie; "" means /usr/sbin.
type Class struct{ Dir string }

// Name returns "stonith".
func (c Class) Name() string { return "stonith" }

func (c Class) dir() string {
	if c.Dir != "" {
		return c.Dir
	}
	return "/usr/sbin"
}

// Path returns where the agent's executable lies.
func (c Class) Path(a meta.Agent) string { return filepath.Join(c.dir(), a.Type) }

// Providers returns nil: fence agents have none.
func (c Class) Providers() []string { return nil }

// List lists the installed fence agents.
func (c Class) List(string) ([]string, error) {
	return meta.Executables(c.dir(), func(name string) bool { return !strings.HasPrefix(name, "fence_") }), nil
}

// Metadata is Raw with the parameters of the fencer.
func (c Class) Metadata(ctx context.Context, a meta.Agent) (*meta.Metadata, error) {
	m, err := c.Raw(ctx, a)
	if err != nil {
		return nil, err
	}
	m.Parameters = append(m.Parameters, options.Fencing.Parameters...)
	return m, nil
}

// Raw runs the agent with "-o metadata" and adds the start and stop that the cluster does without the
// agent's help, as crm_resource --show-metadata prints it.
func (c Class) Raw(ctx context.Context, a meta.Agent) (*meta.Metadata, error) {
	path := c.Path(a)
	if !strings.HasPrefix(a.Type, "fence_") || strings.ContainsRune(a.Type, '/') || !meta.IsExecutable(path) {
		return nil, fmt.Errorf("%s: no executable %s: %w", a, path, meta.ErrNotInstalled)
	}
	text, err := meta.Cached(path, nil, func() ([]byte, error) {
		return meta.Query(ctx, Environment(), path, "-o", "metadata")
	})
	if err != nil {
		return nil, err
	}
	m, err := meta.Parse(a, text)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"action", "plug", "port"} {
		if p := m.Parameter(name); p != nil {
			p.Required = false // the fencer gives these with each action
		}
	}
	for _, name := range []string{"stop", "start"} {
		if !m.Supports(name) {
			m.Actions = append(m.Actions, meta.Action{Name: name, Timeout: "20s"})
		}
	}
	return m, nil
}

// Text is Raw as XML.
func (c Class) Text(ctx context.Context, a meta.Agent) ([]byte, error) {
	m, err := c.Raw(ctx, a)
	if err != nil {
		return nil, err
	}
	return meta.XML(m), nil
}

// Environment is what fence agents run with: PCMK_service makes the Python library drop its own time limits.
func Environment() []string {
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
		"PCMK_service=pacemaker-fenced", "OCF_OUTPUT_FORMAT=log"}
	if home := os.Getenv("HOME"); home != "" {
		env = append(env, "HOME="+home)
	}
	return env
}
