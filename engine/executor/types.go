// Package executor runs the operations of agents on this node.
//
// Its core is a state machine without clock, process or file: one queue for each resource, many
// resources at once, recurring operations, time limits, cancellation. An adapter starts the
// agents' processes (OCF, LSB, systemd, fence agents) and ends whole process groups when time is up.
// What to run is decided by package controller; what an agent is stands in package ra.
package executor

import "time"

// Operation is one request to run an action of an agent, once or again and again.
type Operation struct {
	Resource      string        // instance name, as the agent sees it in OCF_RESOURCE_INSTANCE
	Class         string        // ocf, lsb, systemd, service, stonith
	Provider      string        // only for ocf
	Type          string        // the agent's name
	Action        string        // start, stop, monitor, promote, demote, notify, migrate_to, migrate_from, reload-agent, validate-all
	Interval      time.Duration // 0: once
	Timeout       time.Duration
	StartDelay    time.Duration
	Params        map[string]string // resource parameters, without OCF_RESKEY_
	Meta          map[string]string // without CRM_meta_: "timeout", "on_node", "interval", notify lists, …
	TransitionKey string            // "action:transition:expected rc:uuid of the DC's run"
}

// Key is the operation key: "web_monitor_10000", interval in milliseconds.
func (o Operation) Key() string { return OpKey(o.Resource, o.Action, o.Interval) }

// OpStatus is the op-status of a history entry.
type OpStatus int

// The states of an operation, as lrm_rsc_op has them.
const (
	StatusPending      OpStatus = -1
	StatusDone         OpStatus = 0
	StatusCancelled    OpStatus = 1
	StatusTimeout      OpStatus = 2
	StatusNotSupported OpStatus = 3
	StatusError        OpStatus = 4
	StatusErrorHard    OpStatus = 5
	StatusErrorFatal   OpStatus = 6
	StatusNotInstalled OpStatus = 7
	StatusNotConnected OpStatus = 8
	StatusInvalid      OpStatus = 9
)

// Result is the outcome of one run of an operation that is worth telling: every run of a one-shot
// operation; of a recurring one the first run and each change of RC or Status.
type Result struct {
	Operation Operation
	CallID    int // the executor's running number on this node
	RC        int // OCF result code
	Status    OpStatus
	Reason    string    // exit reason: at most 128 characters; "" when RC was the expected one
	Stdout    []byte    // only for actions whose output is wanted (meta-data, validate-all)
	Changed   time.Time // when this RC was first seen: start of a one-shot, the run for a recurring one
	Exec      time.Duration
	Queue     time.Duration
}
