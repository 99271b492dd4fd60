package node

import (
	"context"
	"slices"
	"time"

	"quorate/engine/api"
)

// A node that hears nobody asks the others whether they know it at all: they do not speak to one that was removed from
// the cluster while it was off.
const (
	askAfter = 2 * time.Second  // of silence
	askEvery = 15 * time.Second // from then on
)

// considerAsking asks when it is time to.
func (c *Core) considerAsking() {
	switch {
	case len(c.up) > 0 || len(c.cfg.Peers) < 2:
		c.askAt, c.disowned = c.now.Add(askAfter), ""
	case c.askAt.IsZero():
		c.askAt = c.now.Add(askAfter)
	case !c.now.Before(c.askAt):
		c.askAt = c.now.Add(askEvery)
		c.do(AskPeers{})
	}
}

// disownedBy takes the answer of a cluster that has quorum without this node in its list.
func (c *Core) disownedBy(name string) {
	if len(c.up) > 0 || c.disowned != "" {
		return
	}
	c.disowned = name
	c.tell("membership", c.cfg.Name, "%s", c.disownedText())
}

func (c *Core) disownedText() string {
	return "this node was removed from the cluster, says " + c.disowned +
		"; to come back: crm cluster stop here, crm cluster token there, and here the crm cluster join that it prints"
}

// askPeers asks every other node over the network; the first that does not know this one is believed.
func (e *Engine) askPeers() {
	for _, n := range e.names.all() {
		if n.ID == e.id {
			continue
		}
		if s := e.statusOf(n.ID); s != nil && s.Quorate && !slices.ContainsFunc(s.Nodes, func(p api.Node) bool { return p.ID == e.id }) {
			e.post(Disowned{By: n.DisplayName()})
			return
		}
	}
}

// statusOf is what another node says of the cluster, nil if it does not answer.
func (e *Engine) statusOf(id uint32) *api.Status {
	ctx, cancel := context.WithTimeout(e.work, askAfter)
	defer cancel()
	other := e.remote(id)
	defer other.Close()
	s, err := other.Status(ctx)
	if err != nil {
		return nil
	}
	return s
}
