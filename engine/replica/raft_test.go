package replica

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"quorate/engine/attribute"
)

// bed is a few replicas with real disks, and a network without clocks.
type bed struct {
	t     *testing.T
	nodes map[uint64]*bedNode
	cut   map[uint64]bool // nodes that hear nobody and are not heard
	sent  int             // snapshots
}

type bedNode struct {
	*Replica
	dir      string
	disk     *Disk
	restored int // snapshots taken in
	inbox    []*pb.Message
}

func newBed(t *testing.T, ids ...uint64) *bed {
	b := &bed{t: t, nodes: map[uint64]*bedNode{}, cut: map[uint64]bool{}}
	for _, id := range ids {
		b.nodes[id] = &bedNode{dir: t.TempDir()}
		b.boot(id, ids...)
	}
	return b
}

func (b *bed) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// boot starts a replica from its disk.
func (b *bed) boot(id uint64, founders ...uint64) {
	b.t.Helper()
	n := b.nodes[id]
	n.disk = open(b.t, n.dir)
	stored, err := n.disk.Load()
	b.must(err)
	var first *Persist
	n.Replica, first, err = NewReplica(Options{ID: id, Bootstrap: founders, Stored: stored, ElectionTicks: 4, HeartbeatTicks: 1, Logger: mute{}})
	b.must(err)
	if first != nil {
		b.must(n.disk.Store(first))
	}
	n.inbox = nil
}

// crash ends a replica; boot starts it from what it has stored.
func (b *bed) crash(id uint64) {
	b.must(b.nodes[id].disk.Close())
	b.cut[id] = true
}

func (b *bed) revive(id uint64) {
	b.boot(id)
	b.cut[id] = false
}

func (b *bed) ids() []uint64 {
	var ids []uint64
	for id := range b.nodes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// settle carries messages until nobody has anything to say.
func (b *bed) settle() {
	b.t.Helper()
	for range 10000 {
		quiet := true
		for _, id := range b.ids() {
			if n := b.nodes[id]; !b.cut[id] {
				for _, m := range n.inbox {
					n.Receive(m)
				}
				n.inbox = nil
				quiet = !b.drain(id) && quiet
			}
		}
		if quiet {
			return
		}
	}
	b.t.Fatal("the replicas never come to rest")
}

// drain stores and sends what a replica has produced.
func (b *bed) drain(id uint64) bool {
	n := b.nodes[id]
	out, ok := n.Output()
	if !ok {
		return false
	}
	if out.Persist != nil {
		b.must(n.disk.Store(out.Persist))
	}
	if out.Restored {
		n.restored++
	}
	for _, m := range out.Messages {
		to := b.nodes[m.GetTo()]
		if to == nil || b.cut[m.GetTo()] {
			n.Unreachable(m.GetTo())
			if m.GetType() == pb.MessageType_MsgSnap {
				n.SnapshotSent(m.GetTo(), false)
			}
			continue
		}
		if m.GetType() == pb.MessageType_MsgSnap {
			b.sent++
			n.SnapshotSent(m.GetTo(), true)
		}
		to.inbox = append(to.inbox, proto.Clone(m).(*pb.Message))
	}
	return true
}

func (b *bed) elect(id uint64) {
	b.t.Helper()
	b.nodes[id].Campaign()
	b.settle()
	if _, leads := b.nodes[id].Leader(); !leads {
		b.t.Fatalf("%d does not lead", id)
	}
}

// write proposes so many changes of an attribute through a node, a few hundred at a time.
func (b *bed) write(id uint64, prefix string, count, size int) {
	b.t.Helper()
	for i := range count {
		v := fmt.Sprint(prefix, i) + strings.Repeat(".", size)
		b.must(b.nodes[id].Propose(&Command{ID: fmt.Sprint(prefix, i), Attributes: []attribute.Update{{Node: "n1", Name: prefix, Value: &v, Private: true}}}))
		if i%200 == 199 || (i+1)*size/1e6 > i*size/1e6 { // or raft would hold proposals back
			b.settle()
		}
	}
	b.settle()
}

// has tells which prefixes a replica's state knows.
func (b *bed) last(id uint64, prefix string) string {
	v, _ := b.nodes[id].State().Attribute("n1", prefix)
	return strings.TrimRight(v, ".")
}

// same asks that replicas have the same state at the same index.
func (b *bed) same(ids ...uint64) {
	b.t.Helper()
	want, err := b.nodes[ids[0]].State().Encode()
	b.must(err)
	for _, id := range ids[1:] {
		got, err := b.nodes[id].State().Encode()
		b.must(err)
		if string(got) != string(want) || b.nodes[id].AppliedIndex() != b.nodes[ids[0]].AppliedIndex() {
			b.t.Errorf("replica %d differs from %d (index %d, %d)", id, ids[0], b.nodes[id].AppliedIndex(), b.nodes[ids[0]].AppliedIndex())
		}
	}
}

type mute struct{ raft.Logger }

func (mute) Debug(...any)            {}
func (mute) Debugf(string, ...any)   {}
func (mute) Error(...any)            {}
func (mute) Errorf(string, ...any)   {}
func (mute) Info(...any)             {}
func (mute) Infof(string, ...any)    {}
func (mute) Warning(...any)          {}
func (mute) Warningf(string, ...any) {}
func (mute) Panic(v ...any)          { panic(fmt.Sprint(v...)) }
func (mute) Panicf(f string, v ...any) {
	panic(fmt.Sprintf(f, v...))
}

// TestCompaction: a log that has grown is replaced by a snapshot, by number or by size, and a restart finds the same
// state in what is left.
func TestCompaction(t *testing.T) {
	for _, k := range []struct {
		name        string
		count, size int
	}{{"many entries", snapshotEveryEntries + 300, 0}, {"large entries", 90, 50000}} {
		t.Run(k.name, func(t *testing.T) {
			b := newBed(t, 1, 2, 3)
			b.elect(1)
			b.write(1, "a", k.count, k.size)
			b.same(1, 2, 3)
			before := b.nodes[2].AppliedIndex()
			b.crash(2)
			b.revive(2)
			if first := b.nodes[2].State().CIB; first == nil {
				t.Fatal("no state")
			}
			stored, err := b.nodes[2].disk.Load()
			b.must(err)
			if n := len(stored.Entries); n > keepEntries+300 || stored.Snapshot.GetMetadata().GetIndex() <= 1 {
				t.Errorf("%d entries on the disk beside a snapshot at %d, of %d", n, stored.Snapshot.GetMetadata().GetIndex(), before)
			}
			b.nodes[1].Tick()
			b.settle()
			b.same(1, 2, 3)
			if b.sent > 0 {
				t.Errorf("%d snapshots were sent, although everybody was there", b.sent)
			}
		})
	}
}

// TestLongAbsent: a replica that misses more than the others keep gets a snapshot, and keeps it over a restart.
func TestLongAbsent(t *testing.T) {
	b := newBed(t, 1, 2, 3)
	b.elect(1)
	b.write(1, "before", 5, 0)
	b.crash(3)
	b.write(2, "meanwhile", keepEntries+400, 8000) // proposed by a follower; enough for a snapshot
	b.revive(3)
	b.nodes[1].Nudge()
	b.settle()
	if b.nodes[3].restored != 1 || b.sent != 1 {
		t.Errorf("%d snapshots sent, %d taken", b.sent, b.nodes[3].restored)
	}
	b.same(1, 2, 3)
	b.crash(3)
	b.revive(3)
	if got := b.last(3, "before"); got != "before4" {
		t.Errorf("after a restart from the snapshot: %q", got)
	}
	b.write(1, "after", 3, 0)
	b.same(1, 2, 3)
	if b.sent != 1 {
		t.Errorf("%d snapshots sent", b.sent)
	}
}

// TestForce: one of two goes on alone. It keeps what it has of the lost leader's log although it cannot know whether
// that was committed; the other one, back, gives its own log up and follows as a learner until it may vote.
func TestForce(t *testing.T) {
	b := newBed(t, 1, 2)
	b.elect(1)
	b.write(1, "a", 3, 0)
	v := "maybe"
	b.must(b.nodes[1].Propose(&Command{ID: "maybe", Attributes: []attribute.Update{{Node: "n1", Name: "maybe", Value: &v, Private: true}}}))
	b.drain(1) // stored and sent; the answer of 2 never comes
	b.nodes[2].Receive(b.nodes[2].inbox[0])
	b.nodes[2].inbox = nil
	b.drain(2)
	b.cut[1] = true
	if b.last(2, "maybe") != "" {
		t.Fatal("it is known as committed: nothing is tested")
	}
	p, err := b.nodes[2].Force([]uint64{2})
	b.must(err)
	b.must(b.nodes[2].disk.Store(p))
	b.elect(2)
	if g := b.nodes[2].Generation(); g != (Generation{1, 2}) || b.last(2, "maybe") != "maybe" || b.last(2, "a") != "a2" {
		t.Errorf("generation %v, maybe %q, a %q", g, b.last(2, "maybe"), b.last(2, "a"))
	}
	b.write(2, "alone", 10, 0)
	b.crash(2)
	b.revive(2)
	b.elect(2)
	if g := b.nodes[2].Generation(); g.Number != 1 || b.last(2, "alone") != "alone9" || !slices.Equal(b.nodes[2].Voters(), []uint64{2}) {
		t.Errorf("after a restart: generation %v, voters %v, %q", g, b.nodes[2].Voters(), b.last(2, "alone"))
	}
	b.rejoins(1, 2)
}

// rejoins brings a replica into a newer generation.
func (b *bed) rejoins(id, leader uint64) {
	t := b.t
	t.Helper()
	n, lead := b.nodes[id], b.nodes[leader]
	p, err := n.Rejoin(lead.Generation())
	b.must(err)
	b.must(n.disk.Store(p))
	if n.Generation() != lead.Generation() || len(n.Voters()) != 0 || b.last(id, "a") != "" {
		t.Errorf("generation %v, voters %v: it should have given everything up", n.Generation(), n.Voters())
	}
	n.Campaign() // has no voice
	b.cut[id] = false
	b.settle()
	if _, leads := lead.Leader(); !leads {
		t.Fatal("the one that rejoins has deposed the leader")
	}
	b.must(lead.Reconfigure("add", id))
	if err := lead.Reconfigure("promote", id); err == nil {
		b.drain(leader) // the first change is in the log now
		err = lead.Reconfigure("promote", id)
		if !errors.Is(err, ErrBusy) {
			t.Errorf("a second change at the same time: %v", err)
		}
	}
	b.settle()
	if !slices.Contains(lead.Learners(), id) && !slices.Contains(lead.Voters(), id) {
		t.Fatalf("learners %v, voters %v", lead.Learners(), lead.Voters())
	}
	if !lead.CaughtUp(id) || n.restored != 1 {
		t.Errorf("caught up: %v, snapshots taken: %d", lead.CaughtUp(id), n.restored)
	}
	if !slices.Contains(lead.Voters(), id) {
		b.must(lead.Reconfigure("promote", id))
		b.settle()
	}
	if len(lead.Voters()) != 2 || len(n.Voters()) != 2 {
		t.Errorf("voters %v and %v", lead.Voters(), n.Voters())
	}
	b.write(id, "together", 3, 0)
	b.same(leader, id)
	b.crash(id)
	b.revive(id)
	b.write(leader, "again", 3, 0)
	b.same(leader, id)
}

// TestRemoved: a replica that is taken out does not count any more, and the others go on without it.
func TestRemoved(t *testing.T) {
	b := newBed(t, 1, 2, 3)
	b.elect(1)
	b.must(b.nodes[1].Reconfigure("remove", 3))
	b.settle()
	if got := b.nodes[2].Voters(); !slices.Equal(got, []uint64{1, 2}) {
		t.Fatalf("voters %v", got)
	}
	b.crash(3)
	b.write(1, "a", 3, 0)
	b.same(1, 2)
	b.must(b.nodes[1].Reconfigure("remove", 1)) // the leader itself: it steps down
	b.settle()
	if _, leads := b.nodes[1].Leader(); leads {
		t.Error("a leader that was taken out still leads")
	}
	b.elect(2)
	b.write(2, "b", 3, 0)
	if b.last(2, "b") != "b2" {
		t.Error("the last one does not go on")
	}
}

// TestTransfer: leadership is handed over without an election's wait.
func TestTransfer(t *testing.T) {
	b := newBed(t, 1, 2, 3)
	b.elect(1)
	b.nodes[1].Transfer(3)
	b.settle()
	if lead, _ := b.nodes[2].Leader(); lead != 3 {
		t.Errorf("%d leads", lead)
	}
	if err := b.nodes[2].Propose(&Command{ID: "x"}); err != nil {
		t.Error(err)
	}
}

// TestNoLeader: a proposal without a leader says so.
func TestNoLeader(t *testing.T) {
	b := newBed(t, 1, 2, 3)
	if err := b.nodes[1].Propose(&Command{ID: "x"}); !errors.Is(err, ErrNoLeader) {
		t.Error(err)
	}
}
