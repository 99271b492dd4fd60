// Package meta is the words of agent metadata, as the OCF resource agent API 1.1 has them, and how they
// are read and written as XML.
//
// Packages ocf, lsb, systemd, service, stonith and agents below ra give such metadata; package ra gives
// the types out under its own name. Metadata is asked for here too (Query, Cache), with a time limit;
// operations of resources are run elsewhere, by engine/executor.
package meta

import "errors"

// ErrNotInstalled says that the agent is not on this machine: a check against its metadata could not be
// made. It never means that the configuration is wrong.
var ErrNotInstalled = errors.New("agent is not installed")

// Agent names a resource agent, for example {"ocf", "heartbeat", "IPaddr2"}. Provider is "" outside ocf.
type Agent struct{ Class, Provider, Type string }

// String returns "class:provider:type", or "class:type" without a provider.
func (a Agent) String() string {
	switch {
	case a.Class == "":
		return a.Type
	case a.Provider == "":
		return a.Class + ":" + a.Type
	}
	return a.Class + ":" + a.Provider + ":" + a.Type
}

// Metadata is what an agent says of itself (OCF resource agent API 1.1, the "meta-data" action).
type Metadata struct {
	Agent      Agent
	Version    string
	ShortDesc  string // blanks around it removed, as in LongDesc
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
	Advanced    bool // for people who know why
	ReplacedBy  []string
	Values      []string // the choices of a select
	Range       string   // of a number, "LOW:HIGH" with either side empty; "" = any
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
	Attrs      []Attr // all but the name, in the agent's order
}

// Attr is one attribute of an action as written.
type Attr struct{ Name, Value string }

// Parameter returns the named parameter, nil if the agent has none.
func (m *Metadata) Parameter(name string) *Parameter {
	for i := range m.Parameters {
		if m.Parameters[i].Name == name {
			return &m.Parameters[i]
		}
	}
	return nil
}

// Action returns the first action of that name, nil if the agent does not advertise it.
func (m *Metadata) Action(name string) *Action {
	for i := range m.Actions {
		if m.Actions[i].Name == name {
			return &m.Actions[i]
		}
	}
	return nil
}

// Supports reports whether the agent advertises the action.
func (m *Metadata) Supports(action string) bool { return m != nil && m.Action(action) != nil }
