package node

import (
	"fmt"
	"time"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/replica"
)

// proposal is a command on its way into the log. It is repeated until it is seen applied.
type proposal struct {
	name    string // what kind it is, where only one of the kind may be on its way; else its id
	command replica.Command
	tag     uint64 // of the Submit to answer; 0 = none
	last    time.Time
	until   time.Time // give up and answer; zero: never
	order   int
	asDC    bool // void when this node does not lead any more
}

const (
	repeatAfter   = 500 * time.Millisecond
	refusedPause  = 5 * time.Second  // before a refused join is repeated
	submitPatient = 10 * time.Second // an election takes far less
)

// propose sends a command on its way; name "" means that there may be many of its kind.
func (c *Core) propose(name string, command replica.Command, tag uint64) *proposal {
	if command.ID == "" {
		command.ID = c.unique()
	}
	if command.Time == 0 {
		command.Time = c.now.Unix()
	}
	if name == "" {
		name = command.ID
	}
	c.counter++
	p := &proposal{name: name, command: command, tag: tag, order: c.counter}
	c.proposals[command.ID] = p
	c.send(p)
	return p
}

// proposeAsDC is propose for what only a DC may want. One that has just been deposed by a message, and has not noticed
// yet, would send it on to its successor.
func (c *Core) proposeAsDC(name string, command replica.Command) {
	if c.log.Leads() {
		c.propose(name, command, 0).asDC = true
	}
}

// stopLeading ends this node's tenure as DC. What it wanted must not come true under its successor, who may have
// seen more: a node that was lost to this one alone is still at work.
func (c *Core) stopLeading() {
	if c.dc == nil {
		return
	}
	c.dc = nil
	for id, p := range c.proposals {
		if p.asDC {
			delete(c.proposals, id)
		}
	}
}

func (c *Core) send(p *proposal) {
	if p.asDC && !c.log.Leads() {
		return // about to be dropped by stopLeading
	}
	p.last = c.now
	// A dropped proposal is repeated by retryProposals, so the answer does not matter here.
	_ = c.log.Propose(&p.command)
}

func (c *Core) proposing(name string) bool {
	for _, p := range c.proposals {
		if p.name == name {
			return true
		}
	}
	return false
}

func (c *Core) dropProposal(name string) {
	for id, p := range c.proposals {
		if p.name == name {
			delete(c.proposals, id)
		}
	}
}

// inOrder lists what is on its way, oldest first, so that repeats keep the order.
func (c *Core) inOrder() []*proposal {
	list := make([]*proposal, 0, len(c.proposals))
	for _, p := range c.proposals {
		list = append(list, p)
	}
	sortBy(list, func(p *proposal) int { return p.order })
	return list
}

// repropose repeats everything at once: there is a new leader.
func (c *Core) repropose() {
	for _, p := range c.inOrder() {
		c.send(p)
	}
}

func (c *Core) retryProposals() {
	lead, _ := c.log.Leader()
	for _, p := range c.inOrder() {
		switch {
		case !p.until.IsZero() && !c.now.Before(p.until):
			delete(c.proposals, p.command.ID)
			c.do(Reply{p.tag, c.whyNot()})
		case lead != 0 && c.now.Sub(p.last) >= repeatAfter:
			c.send(p)
		}
	}
}

// whyNot says why a change cannot be made now.
func (c *Core) whyNot() error {
	if !c.majorityUp() {
		return &cib.Error{Code: exit.Quorum, Text: "this node is without quorum, so nothing can be changed",
			Hint: "see 'crm status' for the nodes that are missing"}
	}
	return &cib.Error{Code: exit.Timeout, Text: "the cluster did not take the change in time", Hint: "it may still come: look before you repeat it"}
}

// submit takes a change from this node's API.
func (c *Core) submit(e Submit) {
	if c.local != nil || !c.majorityUp() && !c.mayAct() {
		c.do(Reply{e.Tag, c.whyNot()})
		return
	}
	e.Command.ID, e.Command.Time = "", 0
	p := c.propose("", e.Command, e.Tag)
	p.until = c.now.Add(submitPatient)
}

// settled answers whoever waits for an applied command.
func (c *Core) settled(a replica.Applied) {
	p, ok := c.proposals[a.Command.ID]
	if !ok {
		return
	}
	delete(c.proposals, a.Command.ID)
	if p.tag != 0 {
		c.do(Reply{p.tag, a.Err})
	} else if a.Err != nil {
		c.tell("cib", c.cfg.Name, "%s was refused: %v", fmt.Sprint(p.name), a.Err)
		if p.command.Join != nil {
			c.joinAt = c.now.Add(refusedPause)
		}
	}
}
