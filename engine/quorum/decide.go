package quorum

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrInvalidParam is the name under which the tools know a refused number of votes.
var ErrInvalidParam = errors.New("CS_ERR_INVALID_PARAM")

// State is what a node remembers from one decision to the next. A node that restarts is fresh and takes
// over what the others know; only the last quorate membership is worth keeping on disk (Restore).
type State struct {
	self   uint32
	opts   Options
	voters []Voter
	ledger Ledger

	quorate bool
	waiting bool // wait_for_all holds the node back
	fresh   bool // never quorate since the start
	forgot  bool // fresh, and not restored

	members  []uint32 // of the last decision
	previous []uint32 // the membership before that
	view     View     // of the last decision
}

// New returns the state of a node that has just started. opts.WaitForAll must have its default from
// TwoNode already (config does that).
func New(self uint32, opts Options, voters []Voter) *State {
	s := &State{self: self, opts: opts, voters: slices.Clone(voters), fresh: true, forgot: true, waiting: opts.WaitForAll}
	s.ledger.Expected = s.configured()
	return s
}

// Restore gives a node that starts what it knew when it ended (Announce().Ledger): the last quorate
// membership. With auto_tie_breaker a node that has forgotten it does not count in a tie.
func (s *State) Restore(l Ledger) { s.ledger.Last, s.ledger.Turn, s.forgot = l.Last, l.Turn, false }

// configured are the votes that the configuration expects.
func (s *State) configured() int {
	if s.opts.ExpectedVotes > 0 {
		return s.opts.ExpectedVotes
	}
	sum := s.opts.DeviceVotes
	for _, v := range s.voters {
		sum += v.Votes
	}
	return sum
}

// Announce returns what the other members need to know; it goes into the heartbeats.
func (s *State) Announce() Announcement {
	return Announcement{Quorate: s.quorate, Waiting: s.waiting, Fresh: s.fresh, Forgot: s.forgot, Ledger: s.ledger}
}

// Decide takes a new membership, or new announcements of the same one, and says whether the partition
// may act. The announcement of the node itself in v is ignored.
func (s *State) Decide(v View) Decision {
	changed := !slices.Equal(ids(v.Members), s.members)
	lost := s.enter(v)
	if lost > 0 {
		s.downscale(v)
	}
	s.adopt(v)
	total := s.total(v)
	if s.ledger.Electorate == nil {
		s.ledger.Expected = max(s.ledger.Expected, total)
	}
	was := s.quorate
	s.quorate = s.count(v)
	if s.quorate {
		s.admit()
		s.waiting, s.fresh, s.forgot = false, false, false
		if changed || !was {
			s.remember()
		}
	} else if was && s.opts.WaitForAll {
		s.waiting = true // all must come back, not only a majority
	}
	d := s.decision(v, total)
	if s.opts.LastManStanding && s.quorate && lost > 0 {
		d.StartTimer = max(s.opts.LMSWindow, time.Millisecond)
	}
	return d
}

// remember notes a quorate membership in the ledger, when it begins. Nodes that see different ones, because two of them
// cannot hear each other, would otherwise take turns in noting theirs for ever.
func (s *State) remember() {
	if !slices.Equal(s.ledger.Last, s.members) {
		s.ledger.Last, s.ledger.Turn = slices.Clone(s.members), s.ledger.Turn+1
	}
}

// enter takes the membership and returns how many members were lost in this step.
func (s *State) enter(v View) int {
	s.view = v
	now := ids(v.Members)
	if slices.Equal(now, s.members) {
		return 0
	}
	s.previous, s.members = s.members, now
	return s.lostInStep()
}

func (s *State) lostInStep() int {
	n := 0
	for _, id := range s.previous {
		if !slices.Contains(s.members, id) {
			n++
		}
	}
	return n
}

// adopt makes the members of a partition count alike: the newest ledger among those that have been
// quorate since they started is taken over, and a waiting node follows a quorate one.
func (s *State) adopt(v View) {
	veterans := !s.fresh
	for _, m := range v.Members {
		veterans = veterans || m.ID != s.self && !m.Fresh
	}
	best, last := s.ledger, s.ledger
	mayReplace := s.fresh && veterans // whatever a fresh node thinks, it follows
	for _, m := range v.Members {
		if m.ID == s.self {
			continue
		}
		if m.Ledger.Turn > last.Turn {
			last = m.Ledger
		}
		if veterans && m.Fresh {
			continue
		}
		if mayReplace || newer(m.Ledger, best) {
			best, mayReplace = m.Ledger, false
		}
		if m.Quorate && !m.Waiting {
			s.waiting = false
		}
	}
	s.ledger = best
	s.ledger.Last, s.ledger.Turn = last.Last, last.Turn
}

// admit adds the members of a quorate partition to the electorate that last_man_standing has left. Until
// then they do not count: who was left out may have gone on elsewhere.
func (s *State) admit() {
	if s.ledger.Electorate == nil {
		return
	}
	votes := 0
	for _, v := range s.voters {
		if slices.Contains(s.members, v.ID) && !s.elects(v.ID) {
			s.ledger.Electorate = append(slices.Clone(s.ledger.Electorate), v.ID)
		}
		if s.elects(v.ID) {
			votes += v.Votes
		}
	}
	slices.Sort(s.ledger.Electorate)
	s.ledger.Expected = votes
}

func (s *State) elects(id uint32) bool {
	return s.ledger.Electorate == nil || slices.Contains(s.ledger.Electorate, id)
}

func newer(a, b Ledger) bool {
	if a.Revision != b.Revision {
		return a.Revision > b.Revision
	}
	return a.Expected > b.Expected
}

// downscale lowers the expected votes for members that left cleanly, down to expected_votes.
func (s *State) downscale(v View) {
	if !s.opts.AllowDownscale || !s.quorate {
		return
	}
	gone := 0
	for _, voter := range s.voters {
		if slices.Contains(v.Left, voter.ID) && slices.Contains(s.previous, voter.ID) && !slices.Contains(s.members, voter.ID) {
			gone += voter.Votes
		}
	}
	if e := max(s.ledger.Expected-gone, s.configured()); gone > 0 && e < s.ledger.Expected {
		s.amend(e, nil)
	}
}

// amend is a change of the expected votes at run time.
func (s *State) amend(expected int, electorate []uint32) {
	s.ledger.Revision++
	s.ledger.Expected, s.ledger.Electorate = expected, electorate
}

// total is the sum of the votes that are present.
func (s *State) total(v View) int {
	total := v.DeviceVotes
	for _, m := range v.Members {
		total += m.Votes
	}
	return total
}

// counted is total without those who have no vote now.
func (s *State) counted(v View) int {
	total := s.total(v)
	for _, m := range v.Members {
		if !s.elects(m.ID) {
			total -= m.Votes
		}
	}
	return total
}

// needed is the number of votes that make quorum: a strict majority of the expected ones, or one with
// two_node.
func (s *State) needed(v View, expected int) int {
	size := len(v.Members)
	if v.DeviceVotes > 0 {
		size++
	}
	if s.opts.TwoNode && size <= 2 {
		return 1
	}
	return expected/2 + 1
}

// count applies the rules in votequorum's order: waiting, majority, tie breaker, device.
func (s *State) count(v View) bool {
	total := s.counted(v)
	if s.waiting && total != s.ledger.Expected {
		return false
	}
	needed := s.needed(v, s.ledger.Expected)
	switch {
	case total >= needed:
		return true
	case s.opts.AutoTieBreaker && total == s.ledger.Expected/2 && s.tieBreak(v, needed):
		return true
	}
	return s.opts.DeviceMasterWins && v.DeviceVotes > 0
}

// tieBreak reports whether this half goes on. A node that has forgotten where it was counted before
// does not make a half.
func (s *State) tieBreak(v View, needed int) bool {
	for _, m := range v.Members {
		if m.ID == s.self && s.forgot || m.ID != s.self && m.Forgot {
			return false
		}
	}
	return s.lostInStep() < needed && s.tieBreakerHere()
}

// tieBreakerHere reports whether this half is the one that goes on: the one with the tie breaker of the
// last quorate membership. Before the first of those there is none.
func (s *State) tieBreakerHere() bool {
	last := s.ledger.Last
	if len(last) == 0 {
		return false
	}
	switch s.opts.AutoTieBreakerBy {
	case "", "lowest":
		return slices.Contains(s.members, slices.Min(last))
	case "highest":
		return slices.Contains(s.members, slices.Max(last))
	}
	for _, word := range strings.Fields(s.opts.AutoTieBreakerBy) {
		if id, err := strconv.ParseUint(word, 10, 32); err == nil && slices.Contains(last, uint32(id)) {
			return slices.Contains(s.members, uint32(id))
		}
	}
	return false
}

func (s *State) decision(v View, total int) Decision {
	expected := max(s.ledger.Expected, total)
	d := Decision{
		Quorate: s.quorate, Blocked: !s.quorate, Waiting: s.waiting,
		Expected: expected, Highest: expected,
		Total: total, Needed: s.needed(v, expected),
		Flags:    s.flags(),
		MayForce: s.quorate && len(v.Replicas) > 0 && !majority(s.members, v.Replicas),
	}
	if s.waiting {
		d.WaitingFor = s.absent()
	}
	return d
}

// absent are the nodes that wait_for_all waits for.
func (s *State) absent() []uint32 {
	var out []uint32
	for _, v := range s.voters {
		if s.elects(v.ID) && !slices.Contains(s.members, v.ID) {
			out = append(out, v.ID)
		}
	}
	return out
}

func majority(members, replicas []uint32) bool {
	n := 0
	for _, id := range replicas {
		if slices.Contains(members, id) {
			n++
		}
	}
	return n > len(replicas)/2
}

// flags returns the words of corosync-quorumtool in its order.
func (s *State) flags() []string {
	var out []string
	for _, f := range []struct {
		on   bool
		word string
	}{
		{s.opts.TwoNode, "2Node"}, {s.quorate, "Quorate"}, {s.opts.WaitForAll, "WaitForAll"},
		{s.opts.LastManStanding, "LastManStanding"}, {s.opts.AutoTieBreaker, "AutoTieBreaker"},
		{s.opts.AllowDownscale, "AllowDownscale"}, {s.opts.DeviceVotes > 0, "Qdevice"},
	} {
		if f.on {
			out = append(out, f.word)
		}
	}
	return out
}

func ids(members []Member) []uint32 {
	out := make([]uint32, len(members))
	for i, m := range members {
		out[i] = m.ID
	}
	slices.Sort(out)
	return out
}

// LastManStanding is the timer that a decision asked for: if the partition is still quorate, it becomes
// the whole electorate.
func (s *State) LastManStanding() Decision {
	total := s.total(s.view)
	if s.opts.LastManStanding && s.quorate && total < s.ledger.Expected {
		s.amend(total, slices.Clone(s.members))
	}
	return s.Decide(s.view)
}

// CancelWaitForAll lets a waiting node go on by majority (quorum.cancel_wait_for_all). It is to be done on
// all members.
func (s *State) CancelWaitForAll() Decision {
	s.waiting = false
	return s.Decide(s.view)
}

// SetExpected sets the expected votes at run time (corosync-quorumtool -e), on all members. It refuses
// less than the votes that are present, and what would cost a quorate partition its quorum; the error
// wraps ErrInvalidParam.
func (s *State) SetExpected(n int) (Decision, error) {
	total := s.total(s.view)
	switch {
	case n < max(total, 1):
		return Decision{}, fmt.Errorf("%w: %d expected votes are less than the %d that are present", ErrInvalidParam, n, total)
	case s.quorate && total < s.needed(s.view, n):
		return Decision{}, fmt.Errorf("%w: with %d expected votes the %d that are present would lose quorum", ErrInvalidParam, n, total)
	}
	s.amend(n, nil)
	return s.Decide(s.view), nil
}

// Reconfigure takes what may change while the node runs: votes, expected votes, two_node and device. The
// other options stay as they were at the start.
func (s *State) Reconfigure(opts Options, voters []Voter) {
	s.voters = slices.Clone(voters)
	s.opts.ExpectedVotes, s.opts.TwoNode = opts.ExpectedVotes, opts.TwoNode
	s.opts.DeviceVotes, s.opts.DeviceMasterWins = opts.DeviceVotes, opts.DeviceMasterWins
	if e := s.configured(); e != s.ledger.Expected || s.ledger.Electorate != nil {
		s.amend(e, nil)
	}
}
