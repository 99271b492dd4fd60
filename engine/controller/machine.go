package controller

import (
	"fmt"
	"time"

	"quorate/engine/replica"
)

// Machine is the controller of one node.
type Machine struct {
	jobLimit int // operations in flight per node, where the graph sets no limit

	now        time.Time
	active     bool
	runID      string
	members    func() map[string]replica.Member
	dirty      bool // the document changed since the last graph was asked for
	scheduling bool
	seq        int
	transition *transition
	recheck    time.Time // zero: none
	effects    []Effect
	// fenceFailures counts by node since the last success.
	fenceFailures map[string]int
}

// recheckInterval is the default of cluster-recheck-interval.
const recheckInterval = 15 * time.Minute

// New makes a controller. members tells who takes part now, with sessions; jobLimit bounds the operations in
// flight on one node (Pacemaker's node-action-limit: twice the cores).
func New(members func() map[string]replica.Member, jobLimit int) *Machine {
	return &Machine{members: members, jobLimit: jobLimit, fenceFailures: map[string]int{}}
}

// Step takes one event and returns what is to be done, in order.
func (m *Machine) Step(ev Event) []Effect {
	m.effects = nil
	switch e := ev.(type) {
	case Tick:
		m.tick(e.Now)
	case Lead:
		m.active, m.runID, m.dirty, m.transition, m.scheduling = true, e.RunID, true, nil, false
	case Deposed:
		m.active, m.transition, m.scheduling, m.recheck = false, nil, false, time.Time{}
	case Changed:
		m.changed(e)
	case Scheduled:
		m.scheduled(e)
	case Fenced:
		m.fenced(e)
	}
	if m.active {
		m.advance()
	}
	return m.effects
}

// Idle tells whether there is nothing to do until something changes.
func (m *Machine) Idle() bool {
	return m.active && !m.dirty && !m.scheduling && m.transition == nil
}

// Active tells whether this machine leads.
func (m *Machine) Active() bool { return m.active }

// State is the name of the state as crmadmin -S prints it.
func (m *Machine) State() string {
	switch {
	case !m.active:
		return "S_NOT_DC"
	case m.transition != nil:
		return "S_TRANSITION_ENGINE"
	case m.scheduling || m.dirty:
		return "S_POLICY_ENGINE"
	}
	return "S_IDLE"
}

// Pending describes the actions in flight or waiting, for --wait and for status.
func (m *Machine) Pending() []string {
	if m.transition == nil {
		return nil
	}
	return m.transition.pending()
}

func (m *Machine) do(e Effect) { m.effects = append(m.effects, e) }

func (m *Machine) note(format string, args ...any) { m.do(Note{fmt.Sprintf(format, args...)}) }

// advance moves on as far as possible: ends what is complete, asks for a graph when one is needed.
func (m *Machine) advance() {
	if t := m.transition; t != nil {
		if !t.aborted {
			m.fire(t)
		}
		if t.inFlight() > 0 || !t.aborted && !t.complete() {
			return
		}
		if t.aborted {
			m.note("transition %d aborted: %s", t.graph.ID, t.reason)
		} else {
			m.note("transition %d complete: %d actions", t.graph.ID, len(t.graph.Actions))
		}
		m.transition = nil
	}
	if m.dirty && !m.scheduling {
		m.seq++
		m.dirty, m.scheduling = false, true
		m.do(Schedule{m.seq})
	}
}

// WakeAt is when the machine needs a Tick at the latest, as of the last Step: the earliest time limit in flight, or
// the time to look again. Zero: no Tick is needed.
func (m *Machine) WakeAt() time.Time {
	at := m.recheck
	if m.transition != nil {
		if d := m.transition.deadline(); !d.IsZero() && (at.IsZero() || d.Before(at)) {
			at = d
		}
	}
	return at
}

func (m *Machine) tick(now time.Time) {
	m.now = now
	if !m.active {
		return
	}
	if !m.recheck.IsZero() && !now.Before(m.recheck) {
		m.recheck, m.dirty = time.Time{}, true
		m.abort("time to look again")
	}
	if m.transition != nil {
		m.expire(m.transition)
	}
}

func (m *Machine) scheduled(e Scheduled) {
	if !m.active || e.Seq != m.seq || !m.scheduling {
		return
	}
	m.scheduling = false
	if e.Err != nil {
		m.note("cannot schedule: %v", e.Err)
		return
	}
	if m.dirty { // the graph is about a past
		return
	}
	m.recheck = m.now.Add(recheckInterval)
	if at := e.Graph.RecheckBy; !at.IsZero() && at.Before(m.recheck) && at.After(m.now) {
		m.recheck = at
	}
	e.Graph.ID = e.Seq
	if len(e.Graph.Actions) > 0 {
		m.transition = newTransition(e.Graph)
	}
}

// abort stops the running transition: nothing new is started, and when the last operation in flight has answered, a new
// graph is made.
func (m *Machine) abort(reason string) {
	m.dirty = true
	if t := m.transition; t != nil && !t.aborted {
		t.aborted, t.reason = true, reason
	}
}

// changed looks at what a command means for the running transition.
func (m *Machine) changed(e Changed) {
	if !m.active {
		return
	}
	c := e.Command
	switch {
	case c.Dispatch != nil:
	case c.Results != nil:
		for i := range c.Results {
			m.result(&c.Results[i])
		}
	case c.Forget != nil:
		m.forgotten(c.ID, e.Visible)
	case c.Leave != nil:
		m.left(c.Leave.Node.Name)
		m.abort("node " + c.Leave.Node.Name + " left: " + c.Leave.Reason)
	case c.Join != nil:
		m.left(c.Join.Node.Name) // orders to its former session are void
		m.abort("node " + c.Join.Node.Name + " joined")
	case c.Fenced != nil:
		m.fencingKnown(c.Fenced.Target, c.Fenced.Status == "success")
	case e.Visible:
		m.abort(describe(c))
	}
}

func describe(c *replica.Command) string {
	switch {
	case c.CIB != nil:
		return "configuration changed by " + c.CIB.Client
	case len(c.Attributes) > 0:
		return fmt.Sprintf("attribute %s of %s changed", c.Attributes[0].Name, c.Attributes[0].Node)
	case c.Quorum != nil:
		return "quorum changed"
	}
	return "the cluster changed"
}

// left gives up the operations in flight on a node that cannot answer any more.
func (m *Machine) left(node string) {
	if t := m.transition; t != nil {
		t.dropNode(node)
	}
}
