package node

import (
	"fmt"

	"quorate/engine/api"
	"quorate/engine/replica"
)

// forcing is the way to a forced generation: first every lost voter must be known to be down.
type forcing struct {
	asked     map[string]bool // targets being fenced
	confirmed map[string]bool
	failed    map[string]int
}

// considerForce goes on without a majority of the replicas, when the quorum rules allow it: two_node, last man
// standing, tie breaker, or no-quorum-policy=ignore.
func (c *Core) considerForce() {
	if c.everyoneWaits() {
		return
	}
	if c.force == nil {
		c.force = &forcing{map[string]bool{}, map[string]bool{}, map[string]int{}}
	}
	if !c.lostAreDown() || !c.hasBestLog() {
		return
	}
	persist, err := c.log.Force([]uint64{uint64(c.cfg.ID)})
	if err != nil {
		c.tell("quorum", c.cfg.Name, "cannot go on without the others: %v", err)
		return
	}
	c.do(Persist{persist})
	c.force = nil
	c.tell("quorum", c.cfg.Name, "going on without a majority of the replicas: generation %d", c.log.Generation().Number)
	c.leaderAt, c.campaigns = c.now, 0
	c.log.Campaign()
}

// everyoneWaits: a node that has just started does not know whether the others are at work. It gives them time to be heard.
func (c *Core) everyoneWaits() bool {
	return !c.joined && (c.verdict.Waiting || c.now.Sub(c.since) < aloneAfter*c.cfg.Token)
}

// lostAreDown makes sure that no lost voter can be running anything; it asks for fencing where that is enabled.
func (c *Core) lostAreDown() bool {
	state := c.log.State()
	if state.Option("stonith-enabled", "true") == "false" || state.Option("no-quorum-policy", "stop") == "ignore" {
		return true
	}
	all := true
	for _, v := range c.log.Voters() {
		p, ok := c.peer(uint32(v))
		if _, reachable := c.up[uint32(v)]; uint32(v) == c.cfg.ID || reachable || !ok || c.clean[p.ID] {
			continue
		}
		if s, ok := state.CIB.NodeState(p.Name); c.force.confirmed[p.Name] || ok && s.Expected == "down" {
			continue
		}
		all = false
		c.askFencing(p.Name)
	}
	return all
}

const forceFenceAttempts = 10 // as stonith-max-attempts

func (c *Core) askFencing(target string) {
	if c.force.asked[target] || c.force.failed[target] >= forceFenceAttempts {
		return
	}
	c.force.asked[target] = true
	action := c.log.State().Option("stonith-action", "reboot")
	c.tell("fencing", target, "fencing %s before going on without it", target)
	c.do(Fence{ID: "force-" + target, Target: target, Action: action, CIB: c.log.State().CIB.Copy()})
}

// forceFenced takes the outcome of askFencing.
func (c *Core) forceFenced(e FenceDone, target string) {
	if c.force == nil || c.force.confirmed[target] {
		return
	}
	delete(c.force.asked, target)
	if e.OK {
		c.force.confirmed[target] = true
		c.propose("fenced-"+target, c.fenceReport(e, target, c.log.State().Option("stonith-action", "reboot")), 0)
		return
	}
	c.force.failed[target]++
	c.tell("fencing", target, "fencing %s failed: %s", target, e.Reason)
}

// fenceReport is the command that tells the cluster how a fencing ended.
func (c *Core) fenceReport(e FenceDone, target, action string) replica.Command {
	status := "success"
	if !e.OK {
		status = "failed"
	}
	event := api.FenceEvent{Action: action, Target: target, Client: "quorate." + fmt.Sprint(c.cfg.ID), Origin: c.cfg.Name,
		Delegate: e.Delegate, Status: status, Reason: e.Reason, Completed: c.now}
	return replica.Command{Fenced: &replica.Fenced{FenceEvent: event, Session: c.log.State().Sessions[target]}}
}

// hasBestLog tells whether no reachable peer of this generation has more of the log; that one would have to go on.
func (c *Core) hasBestLog() bool {
	term, index := c.log.Position()
	for _, id := range c.upIDs() {
		g := c.up[id]
		if g.Generation != c.log.Generation() {
			continue
		}
		if g.Term != term {
			if g.Term > term {
				return false
			}
			continue
		}
		if g.Index > index || g.Index == index && id < c.cfg.ID {
			return false
		}
	}
	return true
}

// meetGeneration gives up this node's log when it meets a generation that wins over its own: the others went on
// without it, so what it has beyond their past is not part of the cluster's history.
func (c *Core) meetGeneration(g replica.Generation) {
	if !newer(g, c.log.Generation()) {
		return
	}
	old := c.log.Generation()
	doc := c.log.State().CIB.Bytes()
	past, former := c.currentPast(), c.State()
	persist, err := c.log.Rejoin(g)
	if err != nil {
		c.tell("quorum", c.cfg.Name, "cannot rejoin: %v", err)
		return
	}
	c.tell("quorum", c.cfg.Name, "the others went on without this node (generation %d): rejoining them, own history is kept in a file", g.Number)
	c.do(Archive{old, doc})
	c.do(Persist{persist})
	c.stopLeading()
	c.local, c.force = nil, nil
	c.former, c.rejoins = former, c.now
	c.newSession(past)
	c.lastLead = 0
}

// currentPast is this node's own history wherever it is up to date.
func (c *Core) currentPast() []opRecord {
	if c.keepPast {
		return c.ownPast
	}
	return c.State().CIB.History(c.cfg.Name)
}
