package node

import (
	"time"

	"quorate/engine/cib"
	"quorate/engine/controller"
	"quorate/engine/replica"
)

// localMode is a node without quorum: it carries out the no-quorum policy (or its own leaving) by itself, on a
// private copy of the last state. Nothing of it is ever merged; what it did comes back as this node's history.
type localMode struct {
	state   *replica.State
	machine *controller.Machine
	runID   string
}

// aloneAfter is how many times the detection time a node that has just started gives the others to show themselves,
// before it looks at what a former engine left running here.
const aloneAfter = 2

// enterLocal starts the private copy. A node that was never admitted has no configuration to go by.
func (c *Core) enterLocal() {
	if c.local != nil || !c.joined && (len(c.log.Voters()) == 0 || c.now.Sub(c.since) < aloneAfter*c.cfg.Token) {
		return
	}
	if c.former != nil && c.now.Sub(c.rejoins) < c.cfg.Token {
		return // it has just met the others, who will bring it their log
	}
	past, state := c.currentPast(), c.State().Copy()
	c.newSession(past)
	for _, m := range sortedMembers(state) {
		if m.Name != c.cfg.Name {
			c.applyTo(state, replica.Command{Leave: &replica.Leave{Node: cib.NodeRef{ID: m.ID, Name: m.Name}, Reason: "lost"}})
		}
	}
	c.applyTo(state, replica.Command{Join: c.membership()})
	l := &localMode{state: state, runID: c.unique()}
	c.applyTo(state, replica.Command{Quorum: &replica.Quorum{Have: false, DC: c.self().ID, Run: l.runID}})
	l.machine = controller.New(func() map[string]replica.Member { return onlySelf(state, c.cfg.Name) }, c.cfg.JobLimit)
	l.machine.Step(controller.Tick{Now: c.now})
	c.local = l
	c.tell("quorum", c.cfg.Name, "without quorum: no-quorum-policy is %s", state.Option("no-quorum-policy", "stop"))
	if c.leaving {
		c.localShutdown()
	}
	c.runLocal(l.machine.Step(controller.Lead{RunID: l.runID}))
}

func onlySelf(s *replica.State, name string) map[string]replica.Member {
	m, ok := s.Members[name]
	if !ok {
		return nil
	}
	return map[string]replica.Member{name: m}
}

// leaveLocal ends the private copy once there is a leader again.
func (c *Core) leaveLocal(lead uint64) {
	if c.local == nil || lead == 0 {
		return
	}
	past := c.local.state.CIB.History(c.cfg.Name)
	c.local = nil
	c.newSession(past)
	c.tell("quorum", c.cfg.Name, "quorum is back")
}

// localCommand applies a command to the private copy only.
func (c *Core) localCommand(cmd replica.Command) {
	l := c.local
	before := l.state.CIB.Version()
	applied := c.applyTo(l.state, cmd)
	if applied == nil {
		return
	}
	c.noteAttributes(l.state)
	for _, d := range applied.Dispatch {
		if d.Node.Name == c.cfg.Name {
			c.execute(d)
		}
	}
	if applied.Leave != nil && applied.Leave.Node.Name == c.cfg.Name {
		c.left("shut down without quorum")
		return
	}
	visible := l.state.CIB.Version() != before
	c.runLocal(l.machine.Step(controller.Changed{Command: applied, Visible: visible}))
}

func (c *Core) applyTo(s *replica.State, cmd replica.Command) *replica.Command {
	if cmd.ID == "" {
		cmd.ID = c.unique()
	}
	cmd.Time = c.now.Unix()
	if _, err := s.Apply(&cmd); err != nil {
		c.tell("cib", c.cfg.Name, "%v", err)
		return nil
	}
	return &cmd
}

func (c *Core) runLocal(effects []controller.Effect) {
	for _, e := range effects {
		l := c.local
		if l == nil {
			return
		}
		switch e := e.(type) {
		case controller.Schedule:
			c.do(Schedule{Run: l.runID, Seq: e.Seq, CIB: l.state.CIB.Copy()})
		case controller.Propose:
			for i := range e.Command.Dispatch {
				e.Command.Dispatch[i].Run = l.runID
			}
			c.localCommand(e.Command)
		case controller.Fence:
			c.localFence(e)
		case controller.Note:
			c.tell("transition", c.cfg.Name, "%s", e.Text)
		}
	}
}

// localFence: without quorum nobody is fenced but oneself (no-quorum-policy=suicide).
func (c *Core) localFence(e controller.Fence) {
	if e.Target == c.cfg.Name {
		c.exit(Exit{Code: 101, Kill: true, Reason: "no-quorum-policy is suicide"})
		return
	}
	c.runLocal(c.local.machine.Step(controller.Fenced{Target: e.Target, OK: false}))
}

func (c *Core) localWake() time.Time {
	if c.local == nil {
		return time.Time{}
	}
	return c.local.machine.WakeAt()
}
