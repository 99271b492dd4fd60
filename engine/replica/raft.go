package replica

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// Generation orders histories of the log that do not share a majority: a partition that goes on
// without one (a forced generation) raises Number and writes its node id into By.
type Generation struct {
	Number uint64 `json:"number"`
	By     uint32 `json:"by"`
}

// Stored is what a replica finds on its disk, or writes to it whole when it starts a generation.
type Stored struct {
	Generation Generation
	HardState  *pb.HardState
	Snapshot   *pb.Snapshot // metadata and encoded State; nil only on a node that never ran
	Entries    []*pb.Entry  // after the snapshot
}

// Options make a Replica.
type Options struct {
	ID             uint64
	Bootstrap      []uint64 // voters of a cluster that starts from nothing
	Stored         Stored
	ElectionTicks  int
	HeartbeatTicks int
	Logger         raft.Logger
}

// Replica is one node's copy of the log and the state it makes. It does no I/O and is not safe for
// concurrent use. After any call, the caller takes Output until there is none.
type Replica struct {
	opts       Options
	generation Generation
	mem        *raft.MemoryStorage
	raft       *raft.RawNode
	conf       *pb.ConfState
	state      *State
	leader     uint64
	isLeader   bool
	appliedIdx uint64
	logBytes   int // applied since the last snapshot
	// confChanged asks for a new snapshot: a node refuses one that does not name it as a replica.
	confChanged bool
	// quietFrom is the index that must be applied before the voters can be changed: the newest change in the log,
	// or the first entry of this node's leadership.
	quietFrom uint64
}

// Output is what the caller must do after a step, in this order: store Persist, archive, send
// Messages, then whatever the applied commands ask for.
type Output struct {
	Persist  *Persist
	Messages []*pb.Message
	Applied  []Applied
	// Restored: the state was replaced as a whole by a snapshot of the leader.
	Restored bool
}

// Persist must be on the disk before any message of the same Output is sent.
type Persist struct {
	HardState *pb.HardState // nil = unchanged
	Entries   []*pb.Entry   // appended; those on disk from the first index on are replaced
	Snapshot  *pb.Snapshot  // replaces everything up to its index; nil = none
	Compact   uint64        // entries up to this index may go; 0 = none
	Whole     *Stored       // a new beginning: everything on disk is replaced
}

// Applied is one command with its outcome.
type Applied struct {
	Index   uint64
	Command *Command
	Err     error // why it was refused; the same on every node
	Again   bool  // a repeated proposal that had no effect
	Visible bool  // the document changed
}

const (
	snapshotEveryBytes   = 4 << 20
	snapshotEveryEntries = 2000
	keepEntries          = 500 // for followers that are a little behind
)

// NewReplica continues from what is stored, or starts with the bootstrap voters, or with none of them
// waits for a leader; then Persist is what
// must be stored first of all.
func NewReplica(o Options) (*Replica, *Persist, error) {
	r := &Replica{opts: o}
	var first *Persist
	if o.Stored.Snapshot == nil {
		data, err := NewState().Encode()
		if err != nil {
			return nil, nil, err
		}
		index := uint64(1) // the founders agree on an empty first entry
		if len(o.Bootstrap) == 0 {
			index = 0
		}
		o.Stored.Snapshot = &pb.Snapshot{Data: data, Metadata: &pb.SnapshotMetadata{
			ConfState: &pb.ConfState{Voters: o.Bootstrap}, Index: &index, Term: &index}}
		o.Stored.HardState = &pb.HardState{Term: &index, Vote: proto.Uint64(0), Commit: &index}
		first = &Persist{Whole: &o.Stored}
	}
	return r, first, r.start(o.Stored)
}

// start (re)builds raft from s.
func (r *Replica) start(s Stored) error {
	mem := raft.NewMemoryStorage()
	meta := s.Snapshot.GetMetadata()
	if meta.GetIndex() > 0 {
		if err := mem.ApplySnapshot(s.Snapshot); err != nil {
			return fmt.Errorf("stored snapshot: %w", err)
		}
	}
	if s.HardState != nil {
		if err := mem.SetHardState(s.HardState); err != nil {
			return fmt.Errorf("stored vote: %w", err)
		}
	}
	if err := mem.Append(s.Entries); err != nil {
		return fmt.Errorf("stored log: %w", err)
	}
	state, err := DecodeState(s.Snapshot.GetData())
	if err != nil {
		return err
	}
	node, err := raft.NewRawNode(&raft.Config{
		ID: r.opts.ID, ElectionTick: r.opts.ElectionTicks, HeartbeatTick: r.opts.HeartbeatTicks,
		Storage: mem, Applied: meta.GetIndex(), MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 64,
		MaxCommittedSizePerReady: math.MaxUint64, CheckQuorum: true, PreVote: true, StepDownOnRemoval: true,
		Logger: r.opts.Logger,
	})
	if err != nil {
		return fmt.Errorf("start the log: %w", err)
	}
	r.mem, r.raft, r.state, r.generation = mem, node, state, s.Generation
	r.conf = meta.GetConfState()
	r.appliedIdx, r.logBytes, r.leader, r.isLeader, r.quietFrom = meta.GetIndex(), 0, 0, false, 0
	return nil
}

// State returns the present state; callers read it and must not change it.
func (r *Replica) State() *State { return r.state }

// Generation returns the generation that this replica belongs to.
func (r *Replica) Generation() Generation { return r.generation }

// Leader returns the raft id of the leader, 0 while there is none, and whether it is this node.
func (r *Replica) Leader() (id uint64, self bool) { return r.leader, r.isLeader }

// Leads tells whether this node leads by the last message it received; Leader says what Output has told.
func (r *Replica) Leads() bool { return r.raft.BasicStatus().RaftState == raft.StateLeader }

// Term returns the current term.
func (r *Replica) Term() uint64 { return r.raft.BasicStatus().GetTerm() }

// Voters and learners of the present configuration.
func (r *Replica) Voters() []uint64 { return r.conf.GetVoters() }

// Learners returns the ids that follow the log without a vote.
func (r *Replica) Learners() []uint64 { return r.conf.GetLearners() }

// Tick is one unit of the election clock.
func (r *Replica) Tick() { r.raft.Tick() }

// Nudge has a leader speak to its followers now, not with the next tick: one that has just come back is told at once
// what it missed. (Raft does that for a question about the newest state; the answer does not matter here.)
func (r *Replica) Nudge() {
	if r.isLeader {
		r.raft.ReadIndex([]byte("nudge"))
	}
}

// Receive takes a message of a peer.
func (r *Replica) Receive(m *pb.Message) {
	if last, _ := r.mem.LastIndex(); m.GetType() == pb.MessageType_MsgHeartbeat && m.GetCommit() > last {
		return // from a leader that does not know yet that this node has lost its log
	}
	// An error means that the message is out of place (an unknown sender, a stale response): dropping is the protocol.
	_ = r.raft.Step(m)
}

// ErrNoLeader means that a proposal was dropped because nobody leads; propose again later.
var ErrNoLeader = errors.New("no DC at the moment")

// Propose asks the leader, wherever it is, to append the command. Nil means only that it is on its
// way: the caller repeats it under the same ID until it sees it applied.
func (r *Replica) Propose(c *Command) error {
	data, err := c.Encode()
	if err != nil {
		return err
	}
	if err := r.raft.Propose(data); err != nil {
		return ErrNoLeader
	}
	return nil
}

// Campaign stands for election now.
func (r *Replica) Campaign() { _ = r.raft.Campaign() }

// CountsVotes tells whether this node has been found electable and waits for the votes themselves: standing
// again would throw away those that are under way.
func (r *Replica) CountsVotes() bool { return r.raft.BasicStatus().RaftState == raft.StateCandidate }

// LeaderLost tells the core that the leader is known to be gone, so that this node votes for
// another one without waiting for the election clock.
func (r *Replica) LeaderLost() { _ = r.raft.ForgetLeader() }

// Transfer hands leadership to another voter.
func (r *Replica) Transfer(to uint64) { r.raft.TransferLeader(to) }

// Unreachable tells that messages to a peer are not getting through.
func (r *Replica) Unreachable(id uint64) { r.raft.ReportUnreachable(id) }

// SnapshotSent tells whether a snapshot for a peer was handed over.
func (r *Replica) SnapshotSent(id uint64, ok bool) {
	s := raft.SnapshotFinish
	if !ok {
		s = raft.SnapshotFailure
	}
	r.raft.ReportSnapshot(id, s)
}

// Fresh tells whether the log has nothing but the founders' entry: a node on its first start, or one whose disk
// was lost.
func (r *Replica) Fresh() bool {
	last, _ := r.mem.LastIndex()
	return last <= 1
}

// Followed tells, on the leader, whether a peer has had entries of the log.
func (r *Replica) Followed(id uint64) bool {
	return r.isLeader && r.raft.Status().Progress[id].Match > 1
}

// CaughtUp tells, on the leader, whether a peer has nearly all of the log.
func (r *Replica) CaughtUp(id uint64) bool {
	if !r.isLeader {
		return false
	}
	p, ok := r.raft.Status().Progress[id]
	return ok && p.Match+16 >= r.raft.BasicStatus().GetCommit() && p.Match > 0
}

// ErrBusy means that another change of the voters is under way; ask again when it is applied.
var ErrBusy = errors.New("another change of the replicas is under way")

// Reconfigure proposes one change of the voters: "add" (as learner), "promote" or "remove". Raft would put an empty
// entry into the log for each change that comes too early, so those are refused here; so are those of a follower, which
// would be passed on.
func (r *Replica) Reconfigure(what string, id uint64) error {
	if !r.Leads() {
		return ErrNoLeader
	}
	if r.appliedIdx < r.quietFrom {
		return ErrBusy
	}
	kinds := map[string]pb.ConfChangeType{"add": pb.ConfChangeType_ConfChangeAddLearnerNode,
		"promote": pb.ConfChangeType_ConfChangeAddNode, "remove": pb.ConfChangeType_ConfChangeRemoveNode}
	t := kinds[what]
	return r.raft.ProposeConfChange(&pb.ConfChange{Type: &t, NodeId: &id})
}

// Output takes what the last steps produced; false when there is nothing more.
func (r *Replica) Output() (Output, bool) {
	if !r.raft.HasReady() {
		return Output{}, false
	}
	rd := r.raft.Ready()
	out := Output{Messages: rd.Messages}
	if rd.SoftState != nil {
		if self := rd.SoftState.RaftState == raft.StateLeader; self && !r.isLeader {
			last, _ := r.mem.LastIndex()
			r.quietFrom = last + 1
		}
		r.leader, r.isLeader = rd.SoftState.Lead, rd.SoftState.RaftState == raft.StateLeader
	}
	p := &Persist{Entries: rd.Entries}
	if !raft.IsEmptyHardState(rd.HardState) {
		p.HardState = rd.HardState
		_ = r.mem.SetHardState(rd.HardState)
	}
	if !raft.IsEmptySnap(rd.Snapshot) {
		p.Snapshot = rd.Snapshot
		out.Restored = r.restore(rd.Snapshot)
	}
	for _, e := range rd.Entries {
		if e.GetType() != pb.EntryType_EntryNormal {
			r.quietFrom = e.GetIndex()
		}
	}
	if len(rd.Entries) > 0 {
		if err := r.mem.Append(rd.Entries); err != nil {
			panic(fmt.Sprintf("replica: log does not fit together: %v", err)) // raft guarantees that it does
		}
	}
	for _, e := range rd.CommittedEntries {
		out.Applied = r.applyEntry(e, out.Applied)
	}
	r.compact(p)
	if p.HardState != nil || p.Snapshot != nil || len(p.Entries) > 0 || p.Compact > 0 {
		out.Persist = p
	}
	r.raft.Advance(rd)
	return out, true
}

// restore replaces the state by a snapshot of the leader.
func (r *Replica) restore(s *pb.Snapshot) bool {
	if err := r.mem.ApplySnapshot(s); err != nil {
		return false // older than what is here
	}
	state, err := DecodeState(s.GetData())
	if err != nil {
		panic(fmt.Sprintf("replica: snapshot from the leader: %v", err)) // it came over an authenticated channel, whole
	}
	r.state, r.conf = state, s.GetMetadata().GetConfState()
	r.appliedIdx, r.logBytes = s.GetMetadata().GetIndex(), 0
	return true
}

func (r *Replica) applyEntry(e *pb.Entry, done []Applied) []Applied {
	if e.GetIndex() <= r.appliedIdx {
		return done
	}
	r.appliedIdx = e.GetIndex()
	r.logBytes += len(e.GetData())
	if e.GetType() != pb.EntryType_EntryNormal {
		r.applyConfChange(e)
		return done
	}
	if len(e.GetData()) == 0 { // a new leader's first entry
		return done
	}
	c, err := DecodeCommand(e.GetData())
	if err != nil {
		return append(done, Applied{Index: e.GetIndex(), Command: &Command{}, Err: err})
	}
	before := r.state.CIB.Version()
	again, err := r.state.Apply(c)
	visible := r.state.CIB.Version() != before
	return append(done, Applied{Index: e.GetIndex(), Command: c, Err: err, Again: again, Visible: visible})
}

func (r *Replica) applyConfChange(e *pb.Entry) {
	var cc pb.ConfChangeI
	if e.GetType() == pb.EntryType_EntryConfChange {
		c := &pb.ConfChange{}
		if proto.Unmarshal(e.GetData(), c) != nil {
			return
		}
		cc = c
	} else {
		c := &pb.ConfChangeV2{}
		if proto.Unmarshal(e.GetData(), c) != nil {
			return
		}
		cc = c
	}
	r.conf = r.raft.ApplyConfChange(cc)
	r.confChanged = true
}

// compact makes a snapshot of its own when the log has grown, and drops what it covers.
func (r *Replica) compact(p *Persist) {
	snap, err := r.mem.Snapshot()
	if err != nil || p.Snapshot != nil {
		return
	}
	since := r.appliedIdx - snap.GetMetadata().GetIndex()
	if !r.confChanged && r.logBytes < snapshotEveryBytes && since < snapshotEveryEntries {
		return
	}
	data, err := r.state.Encode()
	if err != nil {
		return // the log stays; tried again with the next entry
	}
	made, err := r.mem.CreateSnapshot(r.appliedIdx, r.conf, data)
	if err != nil {
		return
	}
	p.Snapshot, r.logBytes, r.confChanged = made, 0, false
	if r.appliedIdx > keepEntries {
		first, _ := r.mem.FirstIndex()
		if to := r.appliedIdx - keepEntries; to >= first && r.mem.Compact(to) == nil {
			p.Compact = to
		}
	}
}

// Force starts a new generation with only the given voters, keeping every entry of the log: what the
// lost leader acknowledged may be in it without this node knowing that it was committed.
// The result must be stored before anything is sent; the caller then lets the node campaign.
func (r *Replica) Force(voters []uint64) (*Persist, error) {
	data, err := r.state.Encode()
	if err != nil {
		return nil, err
	}
	last, _ := r.mem.LastIndex()
	var rest []*pb.Entry
	if last > r.appliedIdx {
		if rest, err = r.mem.Entries(r.appliedIdx+1, last+1, math.MaxUint64); err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
	}
	term, err := r.mem.Term(r.appliedIdx)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	hs := &pb.HardState{Term: proto.Uint64(r.Term()), Vote: proto.Uint64(0), Commit: proto.Uint64(r.appliedIdx)}
	s := Stored{
		Generation: Generation{r.generation.Number + 1, uint32(r.opts.ID)},
		HardState:  hs,
		Snapshot: &pb.Snapshot{Data: data, Metadata: &pb.SnapshotMetadata{
			ConfState: &pb.ConfState{Voters: slices.Clone(voters)}, Index: &r.appliedIdx, Term: &term}},
		Entries: slices.Clone(rest),
	}
	s.Snapshot.Metadata.Index = proto.Uint64(r.appliedIdx)
	if err := r.start(s); err != nil {
		return nil, err
	}
	return &Persist{Whole: &s}, nil
}

// Rejoin gives up this node's log for another generation's: it waits, without a vote, for the leader
// of that generation to bring it up to date.
func (r *Replica) Rejoin(g Generation) (*Persist, error) {
	data, err := NewState().Encode()
	if err != nil {
		return nil, err
	}
	s := Stored{Generation: g, HardState: &pb.HardState{}, Snapshot: &pb.Snapshot{Data: data,
		Metadata: &pb.SnapshotMetadata{ConfState: &pb.ConfState{}, Index: proto.Uint64(0), Term: proto.Uint64(0)}}}
	if err := r.start(s); err != nil {
		return nil, err
	}
	return &Persist{Whole: &s}, nil
}

// Position is the term and index of the last entry: whose is greater has the more complete log.
func (r *Replica) Position() (term, index uint64) {
	index, _ = r.mem.LastIndex()
	term, _ = r.mem.Term(index)
	return term, index
}

// AppliedIndex is the index of the last entry that State includes.
func (r *Replica) AppliedIndex() uint64 { return r.appliedIdx }
