package node

import (
	"bytes"
	"encoding/json"
	"slices"

	"quorate/engine/quorum"
	"quorate/engine/replica"
)

// Greeting is what a node's heartbeats say of it beyond that it lives.
type Greeting struct {
	Generation replica.Generation `json:"g"`
	// Position of the log, set only while there is no leader: who may go on without a majority is decided by it.
	Log    int                 `json:"f,omitempty"` // logEmpty, logBegun or logFormed
	Term   uint64              `json:"t,omitempty"`
	Index  uint64              `json:"i,omitempty"`
	Votes  int                 `json:"n"`
	Quorum quorum.Announcement `json:"q"` // what the quorum rules of the others need to know
}

// What a node has of the log. An empty one belongs to a first start, or to a disk that was lost; a formed one has what
// a majority has stored before.
const (
	logEmpty = iota
	logBegun
	logFormed
)

func (c *Core) ownLog() int {
	switch {
	case c.log.State().Run != "":
		return logFormed
	case c.log.Fresh():
		return logEmpty
	}
	return logBegun
}

// newer tells whether generation a wins over b when their nodes meet: the higher number; of two forced at the
// same time the one with the lower node id, so that both sides decide alike.
func newer(a, b replica.Generation) bool {
	if a.Number != b.Number {
		return a.Number > b.Number
	}
	return a.By < b.By
}

// keepLedger has a new quorate membership written down before anybody hears of it: the tie breaker is sought in it
// after a restart.
func (c *Core) keepLedger() {
	l := c.quorum.Announce().Ledger
	if l.Turn == c.remembered.Turn && slices.Equal(l.Last, c.remembered.Last) || len(l.Last) == 0 {
		return
	}
	c.remembered = l
	c.do(Remember{l})
}

// greet tells the transport what to say, where it changed.
func (c *Core) greet() {
	c.keepLedger()
	g := Greeting{Generation: c.log.Generation(), Log: c.ownLog(), Votes: c.votes(), Quorum: c.quorum.Announce()}
	if lead, _ := c.log.Leader(); lead == 0 {
		g.Term, g.Index = c.log.Position()
	}
	data, err := json.Marshal(g)
	if err != nil {
		panic(err) // numbers and strings always encode
	}
	if !bytes.Equal(data, c.greeting) {
		c.greeting = data
		c.do(Greet{data})
	}
}

// readGreeting reads what a peer says of itself; ok is false for one that has not said anything sensible.
func readGreeting(data []byte) (g Greeting, ok bool) {
	return g, json.Unmarshal(data, &g) == nil
}

// peerUp takes a peer in as soon as it has said what it is: until its disk has its first entries, its heartbeats are
// empty, and votes, quorum rules and generation are not to be guessed.
func (c *Core) peerUp(e PeerUp) {
	g, ok := readGreeting(e.Payload)
	c.mute[e.ID] = !ok
	if !ok {
		return
	}
	c.up[e.ID] = g
	c.blank[e.ID] = g.Log == logEmpty && c.log.Followed(uint64(e.ID))
	delete(c.clean, e.ID)
	delete(c.returning, e.ID)
	c.seen[e.ID]++
	c.tell("membership", c.nameOf(e.ID), "node %s is up", c.nameOf(e.ID))
	c.log.Nudge()
	c.changedView()
}

func (c *Core) peerPayload(e PeerPayload) {
	if c.mute[e.ID] {
		c.peerUp(PeerUp(e))
		return
	}
	g, ok := readGreeting(e.Payload)
	if _, up := c.up[e.ID]; !up || !ok {
		return
	}
	c.up[e.ID] = g
	// A leader that has stepped down does not say so in the log: its followers would wait for the election clock.
	if lead, _ := c.log.Leader(); lead == uint64(e.ID) && g.Term != 0 {
		c.log.LeaderLost()
	}
	c.meetGeneration(g.Generation)
	c.decide()
}

func (c *Core) peerDown(e PeerDown) {
	delete(c.mute, e.ID)
	if _, ok := c.up[e.ID]; !ok {
		return
	}
	if lead, _ := c.log.Leader(); lead == uint64(e.ID) {
		c.log.LeaderLost()
	}
	if e.Restarted {
		c.returning[e.ID] = c.now.Add(c.cfg.Token)
		c.tell("membership", c.nameOf(e.ID), "the engine of %s was started again", c.nameOf(e.ID))
		return
	}
	delete(c.up, e.ID)
	delete(c.returning, e.ID)
	c.clean[e.ID] = e.Clean
	how := "lost"
	if e.Clean {
		how = "gone"
	}
	c.tell("membership", c.nameOf(e.ID), "node %s is %s", c.nameOf(e.ID), how)
	c.changedView()
}

// checkReturning gives up on nodes whose new engine does not show itself. Until then such a node counts as there:
// its services live on, and nobody must start them elsewhere before it has said what it runs.
func (c *Core) checkReturning() {
	for _, id := range c.upIDs() {
		if at, ok := c.returning[id]; ok && !c.now.Before(at) {
			c.peerDown(PeerDown{ID: id})
		}
	}
}

// changedView takes a new set of reachable nodes in.
func (c *Core) changedView() {
	c.ringSeq += 4 // as Corosync counts
	c.campaigns = 0
	c.leaderAt = c.now
	for _, id := range c.upIDs() {
		c.meetGeneration(c.up[id].Generation)
	}
	c.decide()
}

// upIDs lists the reachable peers, ascending, so that what is done about them has an order.
func (c *Core) upIDs() []uint32 {
	ids := make([]uint32, 0, len(c.up))
	for id := range c.up {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// members lists the reachable nodes, this one included, ascending.
func (c *Core) members() []uint32 {
	ids := append(c.upIDs(), c.cfg.ID)
	slices.Sort(ids)
	return ids
}

func (c *Core) nameOf(id uint32) string {
	p, _ := c.peer(id)
	return p.Name
}
