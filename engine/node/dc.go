package node

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"quorate/engine/cib"
	"quorate/engine/controller"
	"quorate/engine/replica"
)

// dcDuties is what a node has to do while it leads.
type dcDuties struct {
	runID     string
	machine   *controller.Machine
	started   bool // the controller leads
	announced bool // the log says that this node is DC
	since     time.Time
}

const (
	startGrace = 400 * time.Millisecond // for nodes that start together with this one to join
	bootGrace  = 20 * time.Second       // dc-deadtime: for nodes that boot, before they are fenced
)

// lead does what is due for a leader.
func (c *Core) lead() {
	if c.dc == nil {
		c.dc = &dcDuties{runID: c.unique(), since: c.now,
			machine: controller.New(func() map[string]replica.Member { return c.log.State().Members }, c.cfg.JobLimit)}
		c.dc.machine.Step(controller.Tick{Now: c.now})
	}
	c.announceQuorum()
	if !c.dc.announced {
		return
	}
	c.dropLost()
	c.reconcileVoters()
	c.announceProperties()
	if !c.dc.started && c.mayStart() {
		c.dc.started = true
		c.runController(c.dc.machine.Step(controller.Lead{RunID: c.dc.runID}))
	}
}

// announceQuorum writes into the log who leads and whether there is quorum, where that changed.
func (c *Core) announceQuorum() {
	root := c.log.State().CIB.Root()
	have := "0"
	if c.mayAct() {
		have = "1"
	}
	id := fmt.Sprint(c.cfg.ID)
	if c.log.State().Run == c.dc.runID && root.SelectAttrValue("have-quorum", "") == have && root.SelectAttrValue("dc-uuid", "") == id {
		c.dc.announced = true
		return
	}
	if !c.proposing("quorum-" + have) {
		c.dropProposal("quorum-0")
		c.dropProposal("quorum-1")
		c.proposeAsDC("quorum-"+have, replica.Command{Quorum: &replica.Quorum{Have: have == "1", DC: id, Run: c.dc.runID}})
	}
}

// dropLost ends the membership of nodes whose heartbeats have stopped.
func (c *Core) dropLost() {
	for _, m := range sortedMembers(c.log.State()) {
		p, ok := c.peerWith(m.ID) // its name may have changed in corosync.conf
		if _, reachable := c.up[p.ID]; m.Name == c.cfg.Name || ok && reachable || c.proposing("leave-"+m.Name) {
			continue
		}
		clean := ok && c.clean[p.ID]
		c.proposeAsDC("leave-"+m.Name, replica.Command{Leave: &replica.Leave{Node: cib.NodeRef{ID: m.ID, Name: m.Name},
			Session: m.Session, Clean: clean, Reason: "lost"}})
	}
}

func sortedMembers(s *replica.State) []replica.Member {
	list := make([]replica.Member, 0, len(s.Members))
	for _, m := range s.Members {
		list = append(list, m)
	}
	sortBy(list, func(m replica.Member) string { return m.Name })
	return list
}

// mayStart tells whether the first graph may be made: as soon as all nodes take part, or when those that
// are slow have had their chance. Without this the first node up would get everything, or shoot the others
// while they boot.
func (c *Core) mayStart() bool {
	members := c.log.State().Members
	if _, ok := members[c.cfg.Name]; !ok {
		return false
	}
	waited := c.now.Sub(c.dc.since)
	absent := false
	for _, p := range c.cfg.Peers {
		if _, ok := members[p.Name]; ok {
			continue
		}
		if _, reachable := c.up[p.ID]; reachable && waited < startGrace {
			return false
		}
		if s, ok := c.log.State().CIB.NodeState(p.Name); !ok || s.Expected != "down" && !c.everMember(p.Name) {
			absent = true
		}
	}
	if absent && c.log.State().Option("stonith-enabled", "true") != "false" {
		return waited >= bootGrace
	}
	return !absent || waited >= startGrace
}

// everMember tells whether the document knows the node as one that took part and was lost since.
func (c *Core) everMember(name string) bool {
	s, ok := c.log.State().CIB.NodeState(name)
	return ok && s.Expected == "member"
}

// reconcileVoters brings the replicas in line with the nodes: one change at a time, as raft wants it.
func (c *Core) reconcileVoters() {
	voters, learners := c.log.Voters(), c.log.Learners()
	for _, v := range voters {
		if _, ok := c.peer(uint32(v)); (!ok || c.blank[uint32(v)]) && uint32(v) != c.cfg.ID {
			_ = c.log.Reconfigure("remove", v) // refused while another change is under way: asked again
			return
		}
	}
	for _, id := range c.upIDs() {
		g := c.up[id]
		if _, ok := c.peer(id); !ok || g.Generation != c.log.Generation() || slices.Contains(voters, uint64(id)) {
			continue
		}
		delete(c.blank, id)
		if !slices.Contains(learners, uint64(id)) {
			_ = c.log.Reconfigure("add", uint64(id))
			return
		}
		if c.log.CaughtUp(uint64(id)) {
			_ = c.log.Reconfigure("promote", uint64(id))
			return
		}
	}
}

// runController carries out what the controller asks for.
func (c *Core) runController(effects []controller.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case controller.Schedule:
			c.do(Schedule{Run: c.dc.runID, Seq: e.Seq, CIB: c.log.State().CIB.Copy()})
		case controller.Propose:
			cmd := e.Command
			for i := range cmd.Dispatch {
				cmd.Dispatch[i].Run = c.dc.runID
			}
			if cmd.Leave != nil && !c.partClean(cmd.Leave.Node.Name) {
				continue
			}
			c.proposeAsDC("", cmd)
		case controller.Fence:
			c.fence(e)
		case controller.Note:
			c.tell("transition", c.cfg.Name, "%s", e.Text)
		}
		if c.dc == nil {
			return
		}
	}
}

// partClean lets a node that leaves go out of the replicas first, where the others would be too few for a
// majority but the quorum rules let them go on (two_node): so its going needs no forced generation.
func (c *Core) partClean(name string) bool {
	p, ok := c.peerNamed(name)
	voters := c.log.Voters()
	if ok && p.ID != c.cfg.ID && len(voters) == 2 && slices.Contains(voters, uint64(p.ID)) && c.cfg.Quorum.TwoNode {
		_ = c.log.Reconfigure("remove", uint64(p.ID)) // goes into the log before the leave does
	}
	return true
}

func (c *Core) fence(e controller.Fence) {
	if _, running := c.fences[e.Target]; running {
		return
	}
	c.fences[e.Target] = e.Action
	c.do(Fence{ID: "dc-" + e.Target, Target: e.Target, Action: e.Action, CIB: c.log.State().CIB.Copy()})
}

// fenceDone tells the cluster how a fencing ended, also when another node is DC by now: what was shot need not be shot again.
func (c *Core) fenceDone(e FenceDone) {
	if target, ok := strings.CutPrefix(e.ID, "force-"); ok {
		c.forceFenced(e, target)
		return
	}
	target, ok := strings.CutPrefix(e.ID, "dc-")
	action, waiting := c.fences[target]
	if !ok || !waiting { // a human's word came first
		return
	}
	delete(c.fences, target)
	c.propose("", c.fenceReport(e, target, action), 0)
}

func (c *Core) scheduled(e Scheduled) {
	done := controller.Scheduled{Seq: e.Seq, Graph: e.Graph, Err: e.Err}
	switch {
	case c.local != nil && c.local.runID == e.Run:
		c.runLocal(c.local.machine.Step(done))
	case c.dc != nil && c.dc.runID == e.Run:
		c.runController(c.dc.machine.Step(done))
	}
}

// dcWake is when a leader, or who wants to be one, must be asked again.
func (c *Core) dcWake() time.Time {
	if c.dc == nil {
		return c.standWake()
	}
	if !c.dc.started {
		return c.now.Add(startGrace / 8)
	}
	return c.dc.machine.WakeAt()
}

// Idle tells whether this node leads and has nothing to do until something changes.
func (c *Core) Idle() bool {
	return c.dc != nil && c.dc.started && c.dc.machine.Idle() && len(c.proposals) == 0
}

// Pending lists what the controller has under way.
func (c *Core) Pending() []string {
	if c.dc == nil {
		return nil
	}
	return c.dc.machine.Pending()
}
