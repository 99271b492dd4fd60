// Package quorum decides whether a partition may act: a pure function of who is there, their votes and
// the options of corosync.conf (two_node, wait_for_all, last_man_standing, auto_tie_breaker, device).
//
// It knows nothing of raft: where a decision lets a partition go on without a majority of the
// replicas, package node makes a forced generation.
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
	DeviceVotes      int
	DeviceMasterWins bool
}

// Voter is one configured node.
type Voter struct {
	ID    uint32
	Votes int
}
