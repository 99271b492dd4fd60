package node

import (
	"cmp"
	"slices"

	"quorate/engine/cib"
	"quorate/engine/controller"
	"quorate/engine/executor"
	"quorate/engine/replica"

	pb "go.etcd.io/raft/v3/raftpb"
)

type opRecord = cib.OpRecord

const pendingStatus = int(executor.StatusPending)

func sortBy[T any, K cmp.Ordered](list []T, key func(T) K) {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}

// message takes a log message. One of another generation is no business of this log.
func (c *Core) message(e Message) {
	if e.Generation != c.log.Generation() {
		c.meetGeneration(e.Generation)
		if e.Generation != c.log.Generation() {
			return
		}
	}
	if t := e.Message.GetType(); (t == pb.MessageType_MsgVote || t == pb.MessageType_MsgPreVote) && c.forgetful() {
		return
	}
	c.log.Receive(e.Message)
}

// drain takes what the log has produced; false when there was nothing.
func (c *Core) drain() bool {
	out, ok := c.log.Output()
	if !ok {
		return false
	}
	if out.Persist != nil {
		c.do(Persist{out.Persist})
	}
	if len(out.Messages) > 0 {
		c.do(Send{c.log.Generation(), out.Messages})
	}
	if out.Restored {
		c.former = nil
		for _, a := range c.log.State().Nodes {
			c.addPeer(a)
		}
	}
	var orders []replica.Dispatch
	for _, a := range out.Applied {
		orders = append(orders, c.applied(a)...)
	}
	c.replaying = false
	c.noteAttributes(c.log.State())
	c.obey(orders)
	return true
}

// applied looks at what a command of the log means for this node; orders for it come back to be carried
// out when the whole batch is known, since a later entry may make them void.
func (c *Core) applied(a replica.Applied) []replica.Dispatch {
	c.replaying = a.Index <= c.stored
	c.settled(a)
	if a.Err != nil || a.Again {
		return nil
	}
	cmd := a.Command
	var orders []replica.Dispatch
	switch {
	case cmd.Dispatch != nil:
		orders = cmd.Dispatch
	case cmd.Join != nil:
		c.joinApplied(cmd.Join)
	case cmd.Leave != nil:
		c.leaveApplied(cmd.Leave)
	case cmd.Fenced != nil:
		c.fencedApplied(cmd)
	case cmd.Forget != nil:
		c.forgetApplied(cmd.Forget)
	case cmd.Admit != nil:
		c.addPeer(*cmd.Admit)
		c.do(Admitted{*cmd.Admit})
	case cmd.Remove != "":
		c.removePeer(cmd.Remove)
		c.do(Removed{cmd.Remove})
	}
	c.announce(cmd)
	c.dcApplied(cmd, a.Visible)
	return orders
}

func (c *Core) joinApplied(j *replica.Join) {
	c.tell("membership", j.Node.Name, "node %s joined", j.Node.Name)
	if j.Node.Name == c.cfg.Name && j.Session == c.session {
		c.joined, c.keepPast, c.ownPast = true, false, nil
	}
}

func (c *Core) leaveApplied(l *replica.Leave) {
	c.tell("membership", l.Node.Name, "node %s left: %s", l.Node.Name, l.Reason)
	if l.Node.Name != c.cfg.Name || l.Session != "" && l.Session != c.session {
		return
	}
	if c.leaving {
		c.left("shut down")
		return
	}
	// The DC took this node for lost, but it lives: join again with what is really here.
	c.newSession(c.log.State().CIB.History(c.cfg.Name))
}

func (c *Core) forgetApplied(list []replica.Forget) {
	for _, f := range list {
		if f.Node == c.cfg.Name && !f.FailedOnly && f.Operation == "" {
			c.do(ForgetOps{f.Resource})
		}
	}
}

// human is the delegate of a fencing that was done by hand (stonith_admin --confirm).
const human = "a human"

func (c *Core) fencedApplied(cmd *replica.Command) {
	e := cmd.Fenced
	if e.Delegate == human {
		delete(c.fences, e.Target)
	}
	c.tell("fencing", e.Target, "%s of %s by %s: %s", e.Action, e.Target, e.Delegate, e.Status)
	if c.joined && e.Target == c.cfg.Name && e.Status == "success" && e.Action != "on" {
		c.exit(Exit{Code: 100, Kill: true, Reason: "this node was fenced, by " + e.Origin})
	}
}

// announce puts results and changes into the event stream.
func (c *Core) announce(cmd *replica.Command) {
	for _, r := range cmd.Results {
		if !r.Silent && !r.Cancel {
			c.tell("operation", r.Node.Name, "%s on %s: rc=%d%s", r.Record.Key, r.Node.Name, r.Record.RC, after(" ", r.Record.ExitReason))
		}
	}
	if cmd.CIB != nil {
		c.tell("cib", cmd.CIB.Origin, "configuration %s%s", c.log.State().CIB.Version(), after(" by ", cmd.CIB.Client))
	}
}

// dcApplied lets the controller see the command, where this node leads.
func (c *Core) dcApplied(cmd *replica.Command, visible bool) {
	if c.dc == nil {
		return
	}
	if cmd.Quorum != nil && cmd.Quorum.Run == c.dc.runID {
		c.dc.announced = true
		return
	}
	c.runController(c.dc.machine.Step(controller.Changed{Command: cmd, Visible: visible}))
}

// obey carries out the orders to this node that are for its present session.
func (c *Core) obey(orders []replica.Dispatch) {
	m, ok := c.log.State().Members[c.cfg.Name]
	if !ok || m.Session != c.session || c.local != nil {
		return
	}
	for _, d := range orders {
		if d.Node.Name == c.cfg.Name && d.Session == c.session && d.Run == c.log.State().Run {
			c.execute(d)
		}
	}
}

func (c *Core) execute(d replica.Dispatch) {
	if d.Cancel {
		delete(c.inFlight, d.Op.Key())
		c.do(CancelOp{d.Op})
		return
	}
	if !d.Silent {
		c.inFlight[d.Op.Key()] = d.Op.TransitionKey
	}
	c.do(RunOp{d.Op, d.Silent})
}

// opDone reports what the executor did, into the log or, without quorum, into the private copy.
func (c *Core) opDone(e OpDone) {
	if e.Finished {
		delete(c.inFlight, e.Record.Key)
	}
	e.Record.OnNode = c.cfg.Name
	result := replica.OpResult{Node: c.self(), Session: c.session, Record: e.Record, Cancel: e.Cancel, Silent: e.Silent}
	if c.local != nil {
		c.localCommand(replica.Command{Results: []replica.OpResult{result}})
		return
	}
	if c.keepPast && !e.Silent {
		c.remember(result)
	}
	c.propose("", replica.Command{Results: []replica.OpResult{result}}, 0)
}

// remember keeps a result for the next join: between two memberships nobody else records it.
func (c *Core) remember(r replica.OpResult) {
	kept := c.ownPast[:0:0]
	for _, old := range c.ownPast {
		if old.Key != r.Record.Key || old.Status != pendingStatus && !r.Cancel {
			kept = append(kept, old)
		}
	}
	if !r.Cancel {
		kept = append(kept, r.Record)
	}
	c.ownPast = kept
}

// after puts words before a text, where there is one.
func after(words, text string) string {
	if text == "" {
		return ""
	}
	return words + text
}
