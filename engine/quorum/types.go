// Package quorum decides whether a partition may act: a pure function of who is there, their votes and
// the options of corosync.conf (two_node, wait_for_all, last_man_standing, auto_tie_breaker, device).
//
// The rules are votequorum's, see votequorum(5). It knows nothing of raft: where a decision lets a
// partition go on without a majority of the replicas, package node makes a forced generation.
//
// Not copied from Corosync 3.1.7: members that count differently (each node had its own expected votes
// after last_man_standing, its own last quorate membership with auto_tie_breaker, so that both halves could
// go on; here a partition agrees on the newest ledger), allow_downscale that lowers
// the expected votes but not the quorum, a list of tie breakers that decides before the node was ever
// part of a quorate cluster, and expected_votes_tracking, which the replicated log makes needless.
package quorum

import "time"

// Options are the keys of corosync.conf's quorum section that decide.
type Options struct {
	ExpectedVotes    int // 0: the sum of the votes
	TwoNode          bool
	WaitForAll       bool // after the default has been taken from TwoNode
	LastManStanding  bool
	LMSWindow        time.Duration
	AutoTieBreaker   bool
	AutoTieBreakerBy string // "lowest", "highest" or node ids with blanks
	AllowDownscale   bool
	DeviceVotes      int // votes that the quorum device has; 0: there is none
	DeviceMasterWins bool
}

// WantsTwoNode tells whether a cluster of so many nodes is to have two_node set when one joins or is removed:
// two nodes go on when one of them is lost, unless another rule decides that already.
func (o Options) WantsTwoNode(nodes int) bool {
	return nodes == 2 && !o.AutoTieBreaker && o.DeviceVotes == 0
}

// Voter is one configured node.
type Voter struct {
	ID    uint32
	Votes int
}

// View is the partition that a node decides about.
type View struct {
	Members     []Member // this node included
	Left        []uint32 // who left with a leave message when it was lost; only those lost in this step count
	DeviceVotes int      // votes that the quorum device casts for this partition now
	Replicas    []uint32 // voters of the replicated log, for Decision.MayForce; nil: not asked
}

// Member is one node of a partition with what it last announced. An announcement from before the node
// was lost must not be used: heartbeats bring it along with the first sign of life.
type Member struct {
	ID    uint32
	Votes int
	Announcement
}

// Announcement is what a node tells the others about its own state (State.Announce).
type Announcement struct {
	Quorate bool   `json:"q,omitempty"`
	Waiting bool   `json:"w,omitempty"` // held back by wait_for_all
	Fresh   bool   `json:"f,omitempty"` // not once quorate since it started
	Forgot  bool   `json:"g,omitempty"` // fresh, and without the memory of an earlier start
	Ledger  Ledger `json:"l"`
}

// Ledger is what the members of a partition must agree on before they count: how many votes are
// expected. The ledger with the highest revision is the newest.
type Ledger struct {
	Revision uint64 `json:"r,omitempty"` // grows with each change at run time
	Expected int    `json:"e"`
	// Electorate are the nodes that last_man_standing has left; nil: all that are configured.
	Electorate []uint32 `json:"v,omitempty"`
	// Last is the last quorate membership that somebody here was part of, and Turn its number: the tie
	// breaker is sought in it.
	Last []uint32 `json:"m,omitempty"`
	Turn uint64   `json:"t,omitempty"`
}

// Decision is what a node may do, with the numbers that corosync-quorumtool shows.
type Decision struct {
	Quorate  bool
	Expected int
	Highest  int
	Total    int
	Needed   int      // "Quorum:" of the tool
	Blocked  bool     // "Activity blocked"
	Flags    []string // "2Node", "Quorate", "WaitForAll", …, in the tool's order
	// Waiting: wait_for_all holds the node back; WaitingFor are the nodes that are missing.
	Waiting    bool
	WaitingFor []uint32
	// MayForce: the partition is quorate but has no majority of the replicas, so that it goes on only by a
	// forced generation. That needs the lost nodes fenced, or fencing disabled: not decided here.
	MayForce bool
	// StartTimer asks for State.LastManStanding after this time; a new one replaces one that runs. 0: none.
	StartTimer time.Duration
}
