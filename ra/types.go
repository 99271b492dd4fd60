// Package ra is what an agent is: its class, provider and type, where it lies, and its metadata.
//
// One package below it for each class (ocf, lsb, systemd, service, stonith) finds the agents and reads
// their metadata; this package has the common words and the registry. Running operations is the
// business of engine/executor.
package ra

import (
	"context"
	"time"
)

// Agent names a resource agent, for example {"ocf", "heartbeat", "IPaddr2"}. Provider is "" outside ocf.
type Agent struct{ Class, Provider, Type string }

// String returns "class:provider:type", or "class:type" without a provider.
func (a Agent) String() string {
	if a.Provider == "" {
		return a.Class + ":" + a.Type
	}
	return a.Class + ":" + a.Provider + ":" + a.Type
}

// Metadata is what an agent says of itself (OCF resource agent API 1.1, the "meta-data" action).
type Metadata struct {
	Agent      Agent
	Version    string
	ShortDesc  string
	LongDesc   string
	Parameters []Parameter
	Actions    []Action
}

// Parameter is one parameter of an agent, or one cluster option, or one meta attribute.
type Parameter struct {
	Name        string
	Type        string // "string", "integer", "boolean", "time", "select", "percentage", "score", …; "" = string
	Default     string
	HasDefault  bool
	Required    bool
	Unique      bool
	UniqueGroup string
	Reloadable  bool
	Private     bool
	Deprecated  bool
	ReplacedBy  []string
	Values      []string // the choices of a select
	ShortDesc   string
	LongDesc    string
}

// Action is one action that the agent advertises, with its advised values as written (for example "20s").
type Action struct {
	Name       string
	Role       string
	Timeout    string
	Interval   string
	Depth      string
	StartDelay string
	OnTarget   string
	Automatic  string
}

// Parameter returns the named parameter, nil if the agent has none.
func (m *Metadata) Parameter(name string) *Parameter {
	for i := range m.Parameters {
		if m.Parameters[i].Name == name {
			return &m.Parameters[i]
		}
	}
	return nil
}

// Class is one class of agents; each package below ra has one.
type Class interface {
	// Name is "ocf", "lsb", "service", "stonith" or "systemd".
	Name() string
	// Providers lists the providers, sorted; nil for a class that has none.
	Providers() []string
	// List lists the types, sorted by byte; provider "" means all of them.
	List(provider string) ([]string, error)
	// Metadata asks the agent (or invents it, for lsb and systemd). An agent that is not installed gives
	// an error for which errors.Is(err, ErrNotInstalled) holds: that means "could not check", never "wrong".
	Metadata(ctx context.Context, a Agent) (*Metadata, error)
}

// MetadataTimeout bounds one meta-data action of an agent.
const MetadataTimeout = 30 * time.Second

// The registry functions that shell, grammar and executor call; see registry.go.
//
//	func Classes() []string
//	func Lookup(class string) (Class, bool)
//	func ParseSpec(spec string) (Agent, error)         // "IPaddr2", "heartbeat:Dummy", "ocf:heartbeat:Dummy", "systemd:nginx"
//	func Meta(ctx, Agent) (*Metadata, error)            // cached for the process and on disk by agent file's time stamp
//	func ClusterOptions(daemon string) (*Metadata, bool) // "pacemaker-controld", "pacemaker-schedulerd", "pacemaker-based", "pacemaker-fenced"
//	func MetaAttributes() *Metadata                      // resource meta attributes: target-role, priority, …
