// Package ra is what an agent is: its class, provider and type, where it lies, and its metadata.
//
// One package below it for each class (ocf, lsb, systemd, service, stonith) finds the agents and reads
// their metadata with the words of ra/meta; ra/options has what no agent describes, ra/agents the agents
// that this binary is itself. This package is the registry over them. Running operations is the business
// of engine/executor.
package ra

import (
	"context"
	"time"

	"quorate/ra/meta"
)

// The words of metadata; see ra/meta.
type (
	Agent     = meta.Agent
	Metadata  = meta.Metadata
	Parameter = meta.Parameter
	Action    = meta.Action
)

// ErrNotInstalled says that an agent is not on this machine: "could not check", never "wrong".
var ErrNotInstalled = meta.ErrNotInstalled

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
const MetadataTimeout time.Duration = meta.Timeout
