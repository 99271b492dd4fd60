package node

import (
	"fmt"
	"strings"
	"time"

	"quorate/engine/api"
)

// Status is this node's view of the cluster. Cluster name, provider and addresses are the caller's to add.
func (c *Core) Status() *api.Status {
	s := &api.Status{Node: c.cfg.Name, NodeID: c.cfg.ID, Quorate: c.working(), Generation: c.log.Generation().Number,
		CIBVersion: c.State().CIB.Version(), State: c.stateName()}
	if lead, _ := c.log.Leader(); lead != 0 && c.local == nil {
		s.DC = c.nameOf(uint32(lead))
	}
	for _, p := range c.cfg.Peers {
		_, reachable := c.up[p.ID]
		_, member := c.State().Members[p.Name]
		reachable = reachable || p.ID == c.cfg.ID
		if p.ID == c.cfg.ID && c.local == nil {
			member = member && c.joined // what the log knows from before this start is not the present
		}
		s.Nodes = append(s.Nodes, api.Node{ID: p.ID, Name: p.Name, Member: reachable, Online: reachable && member})
	}
	s.Quorum = c.quorumStatus()
	s.WaitingFor = c.waitingFor()
	return s
}

// working tells whether this partition has quorum and the log goes on.
func (c *Core) working() bool { return c.local == nil && c.verdict.Quorate && c.majorityUp() }

func (c *Core) stateName() string {
	switch {
	case c.leaving:
		return "S_STOPPING"
	case c.dc != nil && c.dc.started:
		return c.dc.machine.State()
	case c.dc != nil:
		return "S_INTEGRATION"
	case !c.joined:
		return "S_PENDING"
	case c.lastLead == 0:
		return "S_ELECTION"
	}
	return "S_NOT_DC"
}

func (c *Core) quorumStatus() api.Quorum {
	members := c.members()
	q := api.Quorum{RingID: fmt.Sprintf("%d.%x", members[0], c.ringSeq), Quorate: c.verdict.Quorate, Expected: c.verdict.Expected,
		HighestExpected: c.verdict.Highest, Total: c.verdict.Total, Quorum: c.verdict.Needed, Blocked: c.verdict.Blocked, Flags: c.verdict.Flags}
	for _, id := range members {
		p, _ := c.peer(id)
		q.Members = append(q.Members, api.QuorumNode{ID: id, Votes: p.Votes, Name: p.Name})
	}
	return q
}

// waitingFor says in words why nothing happens, with what helps; "" when the cluster works.
func (c *Core) waitingFor() string {
	var missing []string
	for _, p := range c.cfg.Peers {
		if _, reachable := c.up[p.ID]; !reachable && p.ID != c.cfg.ID {
			missing = append(missing, p.Name)
		}
	}
	names := strings.Join(missing, ", ")
	switch {
	case c.disowned != "":
		return c.disownedText()
	case c.verdict.Waiting && len(missing) > 0:
		return fmt.Sprintf("waiting for %s (wait-for-all); to start without: corosync-cmapctl -s quorum.cancel_wait_for_all u8 1", names)
	case !c.verdict.Quorate && len(missing) > 0:
		return fmt.Sprintf("without quorum: %s cannot be reached", names)
	case c.force != nil:
		return fmt.Sprintf("waiting for %s to be fenced before going on; if it is certainly down: stonith_admin --confirm NODE", names)
	case c.dc != nil && !c.dc.started && c.now.Sub(c.dc.since) > time.Second && len(missing) > 0:
		return fmt.Sprintf("giving %s time to start before it is fenced", names)
	}
	return ""
}
