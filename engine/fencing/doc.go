// Package fencing decides how a node is fenced: which devices can hit it, through which node, in which
// order (topology levels), how often and how long. It is Pacemaker's fencer without its daemon.
//
// It is a pure state machine: events in, effects out; no clock, process or random number of its own. One
// node runs it, the DC; the agents it asks for may run on any other. Whether a node must be fenced is
// decided by engine/scheduler, and running an agent is the business of engine/executor/runner.
package fencing

import "time"

// DefaultTimeout is that of one fencing operation when neither the request nor the device says more
// (the cluster option stonith-timeout).
const DefaultTimeout = 60 * time.Second

// Event is something that happened to the Machine. All but the first of a kind carry the time.
type Event interface{ event() }

// Configure replaces the devices and levels by what the configuration has now.
type Configure struct {
	Config Config
	At     time.Time
}

// View tells who can run agents now. Work on a node that is not online any more has failed.
type View struct {
	Nodes []Node
	At    time.Time
}

// Node is what the fencer needs to know of a node.
type Node struct {
	Name       string
	Online     bool
	Attributes map[string]string // for levels that go by a node attribute
	Devices    []string          // ids of the device resources that run there: they can surely be reached from there
}

// Request asks for a node to be fenced. A request for the same target and action that is under way
// already is answered together with that one.
type Request struct {
	ID      int
	Target  string
	Action  string        // "reboot", "off" or "on"
	Timeout time.Duration // of each agent's run, where the device has none of its own; 0 means DefaultTimeout
	Delay   time.Duration // priority-fencing-delay, added to those of the devices
	Client  string        // who wants it: "stonith_admin.4711", "pacemaker-controld.1"
	Origin  string        // the node where it was asked for
	Random  uint64        // seed of the random part of pcmk_delay_max
	At      time.Time
}

// Confirm is a human's word that the target is down; all requests for it are fulfilled.
type Confirm struct {
	Target, Client, Origin string
	At                     time.Time
}

// AgentResult answers a RunAgent.
type AgentResult struct {
	Run    int
	RC     int    // the agent's exit code; -1 when it could not be run or was killed
	Stdout string // of list
	Reason string // why it failed
	At     time.Time
}

// Now is the passing of time; due after WakeAt.
type Now struct{ At time.Time }

func (Configure) event()   {}
func (View) event()        {}
func (Request) event()     {}
func (Confirm) event()     {}
func (AgentResult) event() {}
func (Now) event()         {}

// Effect is what the Machine wants done.
type Effect interface{ effect() }

// RunAgent asks for one run of a fence agent on a node, answered by AgentResult. Input is what goes to its
// stdin, with action, plug and nodename.
type RunAgent struct {
	Run     int               `json:"run"`
	Node    string            `json:"node"`
	Device  string            `json:"device"`
	Agent   string            `json:"agent"`
	Action  string            `json:"action"`
	Target  string            `json:"target,omitempty"`
	Input   map[string]string `json:"input"`
	Timeout time.Duration     `json:"timeout"`
}

// Done is the end of a request. One comes for each request id; a Confirm that no request waited for
// gives one with ID 0.
type Done struct {
	ID     int
	OK     bool
	NoSuch bool // there is no device for the target: exit code 105
	Event  Record
}

// WakeAt asks for an event Now at this time; it replaces an earlier WakeAt.
type WakeAt struct{ At time.Time }

// Note is a line for the log.
type Note struct{ Text string }

func (RunAgent) effect() {}
func (Done) effect()     {}
func (WakeAt) effect()   {}
func (Note) effect()     {}

// Record is one entry of the fencing history, with the fields of the API's.
type Record struct {
	Action    string
	Target    string
	Client    string
	Origin    string
	Delegate  string // the node whose agent did it; "a human" for a confirmation
	Status    string // "success", "failed" or "pending"
	Reason    string
	Completed time.Time
}
