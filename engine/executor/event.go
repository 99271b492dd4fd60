package executor

import "time"

// Event is something that happened to the Machine. Each carries the time at which it did.
type Event interface{ event() }

// Run asks for an operation. A recurring one replaces that of the same key.
type Run struct {
	Op Operation
	At time.Time
}

// Cancel ends a recurring operation, or takes a one-shot (interval 0) out of the queue; answered by a
// Report with StatusCancelled, also when there is no such operation.
type Cancel struct {
	Resource, Action string
	Interval         time.Duration
	At               time.Time
}

// Forget ends all recurring operations of a resource without a report: the resource's history goes.
type Forget struct {
	Resource string
	At       time.Time
}

// Changed says that the system itself told of a change of the resource (an exited process, a unit's
// state): its monitors run now.
type Changed struct {
	Resource string
	At       time.Time
}

// Exited is the end of a run that Exec started.
type Exited struct {
	ID     int
	RC     int // OCF result code, mapped for the class already
	Status OpStatus
	Reason string
	Stdout []byte
	At     time.Time
}

// Now is the passing of time; due after WakeAt.
type Now struct{ At time.Time }

func (Run) event()     {}
func (Cancel) event()  {}
func (Forget) event()  {}
func (Changed) event() {}
func (Exited) event()  {}
func (Now) event()     {}

// Effect is what the Machine wants done.
type Effect interface{ effect() }

// Exec starts one run; its end comes back as Exited with the same ID.
type Exec struct {
	ID int
	Op Operation
}

// Kill ends the run's whole process group by SIGKILL. Its Exited is still awaited, for some seconds.
type Kill struct{ ID int }

// Report is a result to be recorded.
type Report struct{ Result Result }

// WakeAt asks for an event Now at this time; it replaces an earlier WakeAt.
type WakeAt struct{ At time.Time }

func (Exec) effect()   {}
func (Kill) effect()   {}
func (Report) effect() {}
func (WakeAt) effect() {}
