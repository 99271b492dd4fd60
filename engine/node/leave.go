package node

import (
	"slices"
	"strconv"
	"time"

	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/replica"
)

// shutdownAttribute is how a node asks the DC to let it go, as in Pacemaker: the epoch second of the wish.
const shutdownAttribute = "shutdown"

const (
	handoverPatience = 600 * time.Millisecond
	leavePatience    = 20 * time.Minute // shutdown-escalation
)

// shutdown starts to leave: resources move away first, by the DC or, without quorum, by this node itself.
func (c *Core) shutdown() {
	if c.leaving {
		return
	}
	c.leaving, c.leftAt = true, time.Time{}
	c.tell("membership", c.cfg.Name, "node %s wants to leave", c.cfg.Name)
	switch {
	case c.local != nil:
		c.localShutdown()
	case !c.joined:
		c.exit(Exit{Code: int(exit.OK), Leave: true, Reason: "shut down"})
	default:
		c.handOver()
		c.propose("shutdown", replica.Command{Attributes: []attribute.Update{c.shutdownWish()}}, 0)
	}
}

func (c *Core) shutdownWish() attribute.Update {
	now := strconv.FormatInt(c.now.Unix(), 10)
	return attribute.Update{Node: c.cfg.Name, Name: shutdownAttribute, Value: &now}
}

func (c *Core) localShutdown() {
	c.localCommand(replica.Command{Attributes: []attribute.Update{c.shutdownWish()}})
}

// handOver gives leadership to another replica before this node goes, so that the others need no election.
func (c *Core) handOver() {
	_, isLeader := c.log.Leader()
	if !isLeader {
		return
	}
	for _, id := range c.upIDs() {
		if slices.Contains(c.log.Voters(), uint64(id)) && c.up[id].Generation == c.log.Generation() {
			c.log.Transfer(uint64(id))
			return
		}
	}
}

// left: the cluster has let this node go. A leader stays a moment to hand over, so that the last entry spreads.
func (c *Core) left(reason string) {
	if _, isLeader := c.log.Leader(); isLeader && len(c.upIDs()) > 0 && c.local == nil {
		c.handOver()
		c.leftAt = c.now
		return
	}
	c.exit(Exit{Code: int(exit.OK), Leave: true, Reason: reason})
}

func (c *Core) checkLeaving() {
	if c.leaving && !c.leftAt.IsZero() {
		if _, isLeader := c.log.Leader(); !isLeader || c.now.Sub(c.leftAt) >= handoverPatience {
			c.exit(Exit{Code: int(exit.OK), Leave: true, Reason: "shut down"})
		}
	}
}

func (c *Core) exit(e Exit) {
	if !c.exited {
		c.exited = true
		c.do(e)
	}
}

// addPeer takes a node that joined at run time into the nodelist.
func (c *Core) addPeer(a replica.Admission) {
	for i, p := range c.cfg.Peers {
		if p.ID == a.ID {
			c.cfg.Peers[i].Name = a.Name
			return
		}
	}
	c.cfg.Peers = append(c.cfg.Peers, Peer{ID: a.ID, Name: a.Name, Votes: 1})
	sortBy(c.cfg.Peers, func(p Peer) uint32 { return p.ID })
	c.resizeQuorum()
}

func (c *Core) removePeer(name string) {
	c.cfg.Peers = slices.DeleteFunc(c.cfg.Peers, func(p Peer) bool { return p.Name == name })
	c.resizeQuorum()
}

// resizeQuorum lets the quorum rules see a node list that has another length now.
func (c *Core) resizeQuorum() {
	c.cfg.Quorum.TwoNode = c.cfg.Quorum.WantsTwoNode(len(c.cfg.Peers))
	c.reconfigureQuorum()
}

func (c *Core) reconfigureQuorum() {
	if c.quorum == nil {
		return // still starting: the rules will be made with all nodes
	}
	c.quorum.Reconfigure(c.cfg.Quorum, c.voters())
	c.decide()
}

// HistoryOf returns what the document knows of a node's operations.
func (c *Core) HistoryOf(name string) []cib.OpRecord { return c.State().CIB.History(name) }
