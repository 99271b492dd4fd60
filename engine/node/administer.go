package node

import (
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// administer takes what a person changes of the membership and its votes while the node runs.
func (c *Core) administer(ev Event) {
	switch e := ev.(type) {
	case CancelWaitForAll:
		c.verdict = c.quorum.CancelWaitForAll()
	case Kill:
		c.exit(Exit{Code: int(exit.Error), Kill: true, Reason: "ended by corosync-cfgtool -k"})
	case SetExpected:
		c.setExpected(e)
	case SetVotes:
		c.setVotes(e)
	case Disowned:
		c.disownedBy(e.By)
	case Reconfigured:
		c.reconfigured(e)
	}
}

// setExpected changes the ledger of this node; the other members take the newer one over from its greeting.
func (c *Core) setExpected(e SetExpected) {
	d, err := c.quorum.SetExpected(e.Votes)
	if err != nil {
		c.do(Reply{e.Tag, cib.Errorf(exit.InvalidParam, "%v", err)})
		return
	}
	c.verdict = d
	c.tell("quorum", c.cfg.Name, "expected votes are %d now", e.Votes)
	c.do(Reply{e.Tag, nil})
}

func (c *Core) setVotes(e SetVotes) {
	for i, p := range c.cfg.Peers {
		if p.ID != e.ID {
			continue
		}
		c.cfg.Peers[i].Votes = e.Votes
		c.tell("quorum", p.Name, "node %s has %d votes now", p.Name, e.Votes)
		c.reconfigureQuorum()
		c.do(Reply{e.Tag, nil})
		return
	}
	c.do(Reply{e.Tag, cib.Errorf(exit.NoSuch, "there is no node %d", e.ID)})
}

// reconfigured takes nodes, votes and quorum options of a corosync.conf that was read again. Nodes that joined
// through the log stay, whatever the file says: they leave through the log too.
func (c *Core) reconfigured(e Reconfigured) {
	c.cfg.Peers, c.cfg.Quorum, c.cfg.Token = e.Peers, e.Quorum, e.Token
	for _, a := range c.log.State().Nodes {
		c.addPeer(a)
	}
	c.tell("membership", c.cfg.Name, "the configuration was read again: %d nodes", len(c.cfg.Peers))
	c.reconfigureQuorum()
}
