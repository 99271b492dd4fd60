package quorum

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestOneSide: whatever crashes, returns and splits, two partitions never act at the same time, and the
// members of one partition never disagree. two_node, and lowering the expected votes by hand, give
// that promise up by design.
func TestOneSide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := randomCluster(t)
		steps := rapid.IntRange(1, 25).Draw(t, "steps")
		for range steps {
			c.randomStep(t)
			c.settle(t)
			c.checkSides(t)
		}
	})
}

func randomCluster(t *rapid.T) *cluster {
	c := emptyCluster()
	n := rapid.IntRange(1, 6).Draw(t, "nodes")
	c.opts.WaitForAll = rapid.Bool().Draw(t, "wait_for_all")
	switch rapid.SampledFrom([]string{"plain", "atb", "lms"}).Draw(t, "option") {
	case "atb":
		if n%2 == 0 {
			c.opts.AutoTieBreaker = true
			c.opts.AutoTieBreakerBy = rapid.SampledFrom([]string{"lowest", "highest", "2 1"}).Draw(t, "by")
		}
	case "lms":
		c.opts.WaitForAll, c.opts.LastManStanding, c.opts.LMSWindow = true, true, time.Second
	}
	for i := range n {
		id := uint32(i + 1)
		c.votes[id] = 1
		c.voters = append(c.voters, Voter{ID: id, Votes: 1})
		c.nodes[id] = New(id, c.opts, c.voters)
	}
	for id := range c.nodes {
		c.nodes[id] = New(id, c.opts, c.voters)
	}
	c.settle(t)
	return c
}

func (c *cluster) randomStep(t *rapid.T) {
	id := uint32(rapid.IntRange(1, len(c.voters)).Draw(t, "node"))
	switch rapid.SampledFrom([]string{"crash", "start", "move", "move", "heal", "timer"}).Draw(t, "step") {
	case "crash":
		if n := c.nodes[id]; n != nil {
			c.disk[id] = n.Announce().Ledger
		}
		c.remove([]uint32{id})
	case "start":
		if c.nodes[id] == nil {
			c.nodes[id], c.group[id] = New(id, c.opts, c.voters), rapid.IntRange(0, 2).Draw(t, "side")
			c.nodes[id].Restore(c.disk[id])
		}
	case "move":
		if c.nodes[id] != nil {
			c.group[id] = rapid.IntRange(0, 2).Draw(t, "side")
		}
	case "heal":
		clear(c.group)
	case "timer":
		for _, id := range c.alive() {
			if c.timers[id] {
				delete(c.timers, id)
				c.nodes[id].LastManStanding()
			}
		}
	}
}

func (c *cluster) checkSides(t *rapid.T) {
	side, found := 0, []uint32{}
	for _, id := range c.alive() {
		if !c.last[id].Quorate {
			continue
		}
		if len(found) > 0 && c.group[id] != side {
			t.Fatalf("%v and %d are quorate in different partitions:\n%s", found, id, c.show())
		}
		side, found = c.group[id], append(found, id)
	}
	for _, id := range c.alive() {
		if len(found) > 0 && c.group[id] == side && !slices.Contains(found, id) {
			t.Fatalf("%v are quorate and %d beside them is not:\n%s", found, id, c.show())
		}
	}
}
