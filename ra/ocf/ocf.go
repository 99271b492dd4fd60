// Package ocf finds agents of the Open Cluster Framework: executables in OCF_ROOT/resource.d/PROVIDER,
// beside the agents of provider "quorate" that this binary has in itself.
// It does not run operations of resources; engine/executor does.
package ocf

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"quorate/ra/agents"
	"quorate/ra/meta"
)

// Class is the ocf class. Root is OCF_ROOT; "" means the environment's, else /usr/lib/ocf.
type Class struct{ Root string }

// DefaultRoot is OCF_ROOT of all distributions.
const DefaultRoot = "/usr/lib/ocf"

// SearchPath is the PATH of agents that are asked for metadata.
const SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Name returns "ocf".
func (c Class) Name() string { return "ocf" }

func (c Class) root() string {
	switch {
	case c.Root != "":
		return c.Root
	case os.Getenv("OCF_ROOT") != "":
		return os.Getenv("OCF_ROOT")
	}
	return DefaultRoot
}

// Path returns where the agent's executable lies; "" for agents of provider "quorate", which are in this
// binary.
func (c Class) Path(a meta.Agent) string {
	if a.Provider == agents.Provider {
		return ""
	}
	return filepath.Join(c.root(), "resource.d", a.Provider, a.Type)
}

// Providers lists the folders below resource.d, with "quorate".
func (c Class) Providers() []string {
	names := []string{agents.Provider}
	entries, err := os.ReadDir(filepath.Join(c.root(), "resource.d"))
	if err != nil {
		return names
	}
	for _, e := range entries {
		st, err := os.Stat(filepath.Join(c.root(), "resource.d", e.Name()))
		if err == nil && st.IsDir() && e.Name()[0] != '.' && e.Name() != agents.Provider {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	return names
}

// List lists the types of one provider, or of all ("").
func (c Class) List(provider string) ([]string, error) {
	providers := []string{provider}
	if provider == "" {
		providers = c.Providers()
	}
	var names []string
	for _, p := range providers {
		if p == agents.Provider {
			names = append(names, agents.Names()...)
			continue
		}
		names = append(names, meta.Executables(filepath.Join(c.root(), "resource.d", p), notAgent)...)
	}
	sort.Strings(names)
	return slices.Compact(names), nil
}

// notAgent refuses the shell libraries that lie among the agents.
func notAgent(name string) bool { return strings.HasSuffix(name, ".sh") }

// Metadata runs the agent's meta-data action, or gives our own agents' words.
func (c Class) Metadata(ctx context.Context, a meta.Agent) (*meta.Metadata, error) {
	if a.Provider == agents.Provider {
		return agents.Metadata(a.Type)
	}
	text, err := c.Text(ctx, a)
	if err != nil {
		return nil, err
	}
	return meta.Parse(a, text)
}

// Text returns what the agent prints for meta-data.
func (c Class) Text(ctx context.Context, a meta.Agent) ([]byte, error) {
	if a.Provider == agents.Provider {
		m, err := agents.Metadata(a.Type)
		if err != nil {
			return nil, err
		}
		return meta.XML(m), nil
	}
	path := c.Path(a)
	if !plain(a.Provider) || !plain(a.Type) || !meta.IsExecutable(path) {
		return nil, fmt.Errorf("%s: no executable %s: %w", a, path, meta.ErrNotInstalled)
	}
	key := []string{c.root(), os.Getenv("HA_RSCTMP")}
	return meta.Cached(path, key, func() ([]byte, error) {
		return meta.Query(ctx, c.environment(a), path, "meta-data")
	})
}

// environment is what agents need to name themselves; parameters are left out, so defaults show.
func (c Class) environment(a meta.Agent) []string {
	env := []string{
		"PATH=" + SearchPath, "LC_ALL=C", "OCF_ROOT=" + c.root(), "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1",
		"OCF_RESOURCE_INSTANCE=" + a.Type, "OCF_RESOURCE_TYPE=" + a.Type, "OCF_RESOURCE_PROVIDER=" + a.Provider,
	}
	if dir := os.Getenv("HA_RSCTMP"); dir != "" {
		env = append(env, "HA_RSCTMP="+dir)
	}
	return env
}

// plain refuses names that would leave the folder.
func plain(name string) bool {
	return name != "" && name[0] != '.' && !strings.ContainsRune(name, '/')
}
