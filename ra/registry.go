package ra

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"quorate/ra/lsb"
	"quorate/ra/ocf"
	"quorate/ra/options"
	"quorate/ra/service"
	"quorate/ra/stonith"
	"quorate/ra/systemd"
)

var classes = []Class{lsb.Class{}, ocf.Class{}, service.Class{}, stonith.Class{}, systemd.Class{}}

// Classes lists the classes that this machine has, sorted: systemd is left out where there are no units.
func Classes() []string {
	var names []string
	for _, c := range classes {
		if s, ok := c.(systemd.Class); !ok || s.Available() {
			names = append(names, c.Name())
		}
	}
	return names
}

// Lookup returns the class of that name.
func Lookup(class string) (Class, bool) {
	i := slices.IndexFunc(classes, func(c Class) bool { return c.Name() == class })
	if i < 0 {
		return nil, false
	}
	return classes[i], true
}

// ParseSpec reads "class:provider:type", "class:type", "provider:type" or "type". A provider that is left
// out is the first that has the type: heartbeat, then pacemaker, then the rest in order. The agent
// need not be installed, except that a type without provider must be found somewhere: else it is
// taken for heartbeat's.
func ParseSpec(spec string) (Agent, error) {
	parts := strings.Split(spec, ":")
	if slices.Contains(parts, "") || len(parts) > 3 {
		return Agent{}, fmt.Errorf("%q is no agent: write class:provider:type, such as ocf:heartbeat:IPaddr2 or systemd:nginx", spec)
	}
	class, isClass := Lookup(parts[0])
	switch {
	case len(parts) == 1:
		return Agent{Class: "ocf", Provider: providerOf(spec), Type: spec}, nil
	case len(parts) == 2 && isClass && class.Name() == "ocf":
		return Agent{Class: "ocf", Provider: providerOf(parts[1]), Type: parts[1]}, nil
	case len(parts) == 2 && isClass:
		return Agent{Class: parts[0], Type: parts[1]}, nil
	case len(parts) == 2:
		return Agent{Class: "ocf", Provider: parts[0], Type: parts[1]}, nil
	case class == nil:
		return Agent{}, fmt.Errorf("%q: class %s does not exist; classes are %s", spec, parts[0], strings.Join(Classes(), ", "))
	case class.Name() != "ocf":
		// Types of fence plugins such as external/ssh have no colon; three words mean a provider.
		return Agent{}, fmt.Errorf("%q: class %s has no providers; write %s:%s", spec, parts[0], parts[0], parts[2])
	}
	return Agent{Class: parts[0], Provider: parts[1], Type: parts[2]}, nil
}

// ProvidersOf lists the ocf providers that have the type, sorted.
func ProvidersOf(name string) []string {
	var found []string
	c := ocf.Class{}
	for _, p := range c.Providers() {
		if list, err := c.List(p); err == nil && slices.Contains(list, name) {
			found = append(found, p)
		}
	}
	return found
}

func providerOf(name string) string {
	found := ProvidersOf(name)
	for _, p := range []string{"heartbeat", "pacemaker"} {
		if slices.Contains(found, p) {
			return p
		}
	}
	if len(found) > 0 {
		return found[0]
	}
	return "heartbeat"
}

// known is what Meta remembers of an agent, and of which state of its file.
type known struct {
	meta  *Metadata
	stamp stamp
}

// stamp tells one state of a file from another; the zero value is that of agents without a file.
type stamp struct {
	path string
	time time.Time
	size int64
}

var parsed sync.Map // Agent → known

// stampOf looks at the agent's file, where its class has one.
func stampOf(c Class, a Agent) stamp {
	p, ok := c.(interface{ Path(Agent) string })
	if !ok || p.Path(a) == "" {
		return stamp{}
	}
	st, err := os.Stat(p.Path(a))
	if err != nil {
		return stamp{path: p.Path(a)}
	}
	return stamp{p.Path(a), st.ModTime(), st.Size()}
}

// Meta returns an agent's metadata, asked for once in this process and kept on disk, until the agent's file
// changes. Do not change what it returns. An agent that is not here gives ErrNotInstalled.
func Meta(ctx context.Context, a Agent) (*Metadata, error) {
	c, ok := Lookup(a.Class)
	if !ok {
		return nil, fmt.Errorf("%s: class %q does not exist: %w", a, a.Class, ErrNotInstalled)
	}
	now := stampOf(c, a)
	if k, ok := parsed.Load(a); ok && k.(known).stamp == now {
		return k.(known).meta, nil
	}
	m, err := c.Metadata(ctx, a)
	if err != nil {
		return nil, err
	}
	parsed.Store(a, known{m, now})
	return m, nil
}

// ClusterOptions returns the options that a daemon of the classic stack reads: "pacemaker-controld",
// "pacemaker-schedulerd", "pacemaker-based", and "pacemaker-fenced" for the parameters of fence devices.
func ClusterOptions(daemon string) (*Metadata, bool) { return options.Cluster(daemon) }

// Property returns the cluster option of that name, nil if there is none.
func Property(name string) *Parameter { return options.Property(name) }

// Properties lists all cluster options.
func Properties() []Parameter { return options.Properties() }

// MetaAttributes returns the meta attributes of resources: target-role, priority, … Clones have
// CloneAttributes as well.
func MetaAttributes() *Metadata { return &options.ResourceMeta }

// CloneAttributes returns the meta attributes that only clones have.
func CloneAttributes() *Metadata { return &options.CloneMeta }

// OpAttributes returns the attributes of operations: interval, timeout, on-fail, …
func OpAttributes() *Metadata { return &options.Operation }

// Check says what is wrong with a value of a built-in option, nil if nothing.
func Check(p *Parameter, value string) error { return options.Check(p, value) }
