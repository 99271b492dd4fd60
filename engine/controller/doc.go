// Package controller is what the DC does: on every change it has the cluster scheduled, executes the
// transition, and starts over when the world moved meanwhile.
//
// It is a pure state machine: events in, effects out; no clock, socket, file or goroutine. It neither
// schedules (package scheduler), nor runs agents (executor) or fence devices (fencing), nor
// writes anything: it proposes commands for the replicated log and learns of their effect from there.
// Beyond the DC it serves a node without quorum, which carries out the no-quorum policy on a private copy.
package controller

import (
	"time"

	"quorate/engine/replica"
	"quorate/engine/scheduler"
)

// Event is something that happened: one of the types below.
type Event interface{ event() }

// Lead: this node is the DC now. RunID is unique to this tenure; it marks the DC's orders.
type Lead struct{ RunID string }

// Deposed: this node is not the DC any more.
type Deposed struct{}

// Changed: a command of the log was applied. Visible tells whether the document changed by it.
type Changed struct {
	Command *replica.Command
	Visible bool
}

// Scheduled answers a Schedule effect.
type Scheduled struct {
	Seq   int
	Graph *scheduler.Graph
	Err   error
}

// Fenced answers a Fence effect.
type Fenced struct {
	Target string
	OK     bool
}

// Tick: time has passed. The first event of a machine must be a Tick.
type Tick struct{ Now time.Time }

func (Lead) event()      {}
func (Deposed) event()   {}
func (Changed) event()   {}
func (Scheduled) event() {}
func (Fenced) event()    {}
func (Tick) event()      {}

// Effect is something to be done: one of the types below.
type Effect interface{ effect() }

// Schedule asks for a graph of the present document; the answer carries Seq.
type Schedule struct{ Seq int }

// Propose asks for a command to be appended to the log. ID and Time are filled in by the caller.
type Propose struct{ Command replica.Command }

// Fence asks for a node to be fenced: Action is reboot, off or on.
type Fence struct{ Target, Action string }

// Note is a line for the log and the event stream.
type Note struct{ Text string }

func (Schedule) effect() {}
func (Propose) effect()  {}
func (Fence) effect()    {}
func (Note) effect()     {}
