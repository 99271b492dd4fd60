package node

import (
	"maps"
	"slices"
	"time"

	"quorate/engine/quorum"
	"quorate/engine/replica"
)

// decide asks the quorum rules about the nodes that can be reached.
func (c *Core) decide() {
	view := quorum.View{Members: []quorum.Member{{ID: c.cfg.ID, Votes: c.votes()}}}
	for _, id := range c.upIDs() {
		g := c.up[id]
		view.Members = append(view.Members, quorum.Member{ID: id, Votes: g.Votes, Announcement: g.Quorum})
	}
	for id, clean := range c.clean {
		if clean {
			view.Left = append(view.Left, id)
		}
	}
	slices.Sort(view.Left)
	for _, v := range c.log.Voters() {
		view.Replicas = append(view.Replicas, uint32(v))
	}
	was := c.verdict.Quorate
	c.verdict = c.quorum.Decide(view)
	if d := c.verdict.StartTimer; d > 0 {
		c.lmsAt = c.now.Add(d)
	}
	if was != c.verdict.Quorate {
		c.tell("quorum", c.cfg.Name, "%s", map[bool]string{true: "quorum acquired", false: "quorum lost"}[c.verdict.Quorate])
	}
}

func (c *Core) voters() []quorum.Voter {
	var list []quorum.Voter
	for _, p := range c.cfg.Peers {
		list = append(list, quorum.Voter{ID: p.ID, Votes: p.Votes})
	}
	return list
}

// votes are this node's own.
func (c *Core) votes() int {
	p, _ := c.peer(c.cfg.ID)
	return p.Votes
}

// mayAct tells whether this partition may act: by the rules, or because the configuration ignores them.
func (c *Core) mayAct() bool {
	return c.verdict.Quorate || c.log.State().Option("no-quorum-policy", "stop") == "ignore"
}

// majorityUp tells whether enough replicas are reachable for the log to go on by itself.
func (c *Core) majorityUp() bool {
	voters := c.log.Voters()
	n := 0
	for _, v := range voters {
		if uint32(v) == c.cfg.ID || c.replicates(uint32(v)) {
			n++
		}
	}
	return len(voters) > 0 && n >= len(voters)/2+1
}

// replicates tells whether a reachable peer has this log, or can get it from the leader: one that has lost its disk has
// forgotten whom it elected and what it acknowledged, so it does not count where that matters.
func (c *Core) replicates(id uint32) bool {
	g, ok := c.up[id]
	if !ok || g.Generation != c.log.Generation() || c.blank[id] {
		return false
	}
	lead, _ := c.log.Leader()
	return lead != 0 || g.Log != logEmpty || c.ownLog() != logFormed
}

// forgetful tells whether this node has an empty log although the cluster was formed: it must not take part in an election.
func (c *Core) forgetful() bool {
	if c.ownLog() != logEmpty {
		return false
	}
	for _, g := range c.up {
		if g.Generation == c.log.Generation() && g.Log == logFormed {
			return true
		}
	}
	return false
}

// review looks at where the node stands and takes the step that is due. It is called until nothing changes.
func (c *Core) review() {
	lead, isLeader := c.log.Leader()
	if lead != c.lastLead {
		c.leaderChanged(lead, isLeader)
	}
	switch {
	case c.majorityUp():
		c.force = nil
		c.leaveLocal(lead)
		if lead == 0 {
			c.stand()
		} else {
			c.join(lead)
		}
	case c.mayAct() && len(c.log.Voters()) > 0 && !c.leaving: // who leaves and is left alone stops by itself
		c.considerForce()
	default:
		c.force = nil
		c.enterLocal()
	}
	if isLeader && c.majorityUp() {
		c.lead()
	} else {
		c.stopLeading()
	}
}

func (c *Core) leaderChanged(lead uint64, isLeader bool) {
	c.lastLead, c.leaderAt, c.campaigns = lead, c.now, 0
	if !isLeader {
		c.stopLeading()
	}
	if lead != 0 {
		c.tell("dc", c.nameOf(uint32(lead)), "%s is DC", c.nameOf(uint32(lead)))
		c.repropose()
	} else {
		c.tell("dc", "", "no DC")
	}
}

const (
	electionPace = 150 * time.Millisecond // between the turns of two voters
	retryPace    = 30 * time.Millisecond  // within a turn
	triesPerTurn = 3
)

// stand lets the reachable voters campaign one after the other, lowest id first, until one wins; so no two
// stand in each other's way, and one with an old log is simply refused. A voter asks more than once in its turn,
// since one that has not missed the leader yet does not answer, and misses it a few milliseconds later. Who leaves
// stands after all others: it may just have handed over, and its candidacy would depose its successor.
func (c *Core) stand() {
	rank := 0
	if c.leaving {
		rank = len(c.log.Voters())
	}
	for _, v := range c.log.Voters() {
		if _, ok := c.up[uint32(v)]; ok && uint32(v) < c.cfg.ID {
			rank++
		}
	}
	if !slices.Contains(c.log.Voters(), uint64(c.cfg.ID)) {
		return
	}
	turn, try := c.campaigns/triesPerTurn, c.campaigns%triesPerTurn
	due := c.leaderAt.Add(turnBegins(turn, rank, len(c.log.Voters())) + time.Duration(try)*retryPace)
	if c.now.Before(due) {
		return
	}
	c.campaigns++
	if try == 0 || !c.log.CountsVotes() {
		c.log.Campaign()
	}
}

// longestPace bounds the time between the turns of two voters; a write to a disk that takes longer is as good as none.
const longestPace = 32 * electionPace

// turnBegins is when a voter has its turn, from the moment on that there is no leader. Each round gives twice the time
// of the one before: where votes are slow to be written down, the next candidate must not depose the one they are for.
func turnBegins(turn, rank, voters int) time.Duration {
	pace, begins := electionPace, time.Duration(0)
	for range turn {
		begins += time.Duration(voters) * pace
		pace = min(2*pace, longestPace)
	}
	return begins + time.Duration(rank)*pace
}

// standWake is when stand wants to be asked again.
func (c *Core) standWake() time.Time {
	if lead, _ := c.log.Leader(); lead != 0 || !c.majorityUp() {
		return time.Time{}
	}
	return c.now.Add(retryPace)
}

// join proposes this node's membership while it is none; one that wants to leave and was without quorum until now
// joins with that wish, since only a member is let go.
func (c *Core) join(lead uint64) {
	m, ok := c.log.State().Members[c.cfg.Name]
	if !c.leftAt.IsZero() || c.exited || ok && m.Session == c.session || c.proposing("join") || c.now.Before(c.joinAt) {
		return
	}
	c.propose("join", replica.Command{Join: c.membership()}, 0)
}

// membership is what this node joins with.
func (c *Core) membership() *replica.Join {
	j := &replica.Join{Node: c.self(), Session: c.session, History: c.past(), Attributes: maps.Clone(c.ownAttributes), Private: c.ownPrivate}
	if c.leaving {
		j.Attributes[shutdownAttribute] = *c.shutdownWish().Value
	}
	return j
}

// noteAttributes remembers this node's attributes while it is a member of s: who is taken for lost and lives brings
// them along when it joins again. A wish to leave is not one of them.
func (c *Core) noteAttributes(s *replica.State) {
	if m, ok := s.Members[c.cfg.Name]; !ok || m.Session != c.session {
		return
	}
	c.ownAttributes, c.ownPrivate = s.CIB.Transients(c.cfg.Name), maps.Clone(s.Private[c.cfg.Name])
	delete(c.ownAttributes, shutdownAttribute)
}

// past is this node's own history without orders that will never be carried out.
func (c *Core) past() []opRecord {
	past := c.ownPast
	if !c.keepPast {
		past = c.log.State().CIB.History(c.cfg.Name)
	}
	var kept []opRecord
	for _, r := range past {
		if r.Status != pendingStatus || c.inFlight[r.Key] == r.TransitionKey {
			kept = append(kept, r)
		}
	}
	if !c.joined {
		return nil // a fresh start knows nothing: everything is probed
	}
	return kept
}

// newSession makes every order given so far void, and remembers what this node knows of itself: past, and the results
// that are still on their way into the log, where nobody would take them any more.
func (c *Core) newSession(past []opRecord) {
	c.ownPast, c.keepPast = past, true
	for _, p := range c.inOrder() {
		for _, r := range p.command.Results {
			if r.Session == c.session && !r.Silent {
				c.remember(r)
			}
		}
		if p.command.Results != nil {
			delete(c.proposals, p.command.ID)
		}
	}
	c.session = c.unique()
	c.dropProposal("join")
}
