package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"quorate/engine/cib"
	"quorate/engine/messaging"
	"quorate/engine/node"
	"quorate/engine/quorum"
	"quorate/engine/replica"
	"quorate/engine/scheduler"
)

// Node is one simulated machine: a core while its engine runs, a disk, and what agents have started.
type Node struct {
	world   *World
	peer    node.Peer
	peers   []node.Peer
	core    *node.Core
	run     int // counts starts, so that what belongs to an earlier life is dropped
	disk    replica.Stored
	ledger  quorum.Ledger // on the disk too
	greets  []byte
	heard   map[uint32]time.Time
	said    map[uint32]string // last payload from each peer that is up
	runs    map[uint32]int    // the newest run of each peer: packets of earlier ones may still be under way
	agents  map[string]*instance
	ops     map[string]int          // recurring operations by key, with the number of the run that owns them
	orders  map[string][]node.RunOp // by resource: what is done one after the other, the first one just now
	replies map[uint64]func(error)
	tags    uint64
	joining bool          // it was added at run time and has never run
	down    string        // why it is off
	hangs   bool          // every operation hangs until its timeout
	slow    time.Duration // operations take so much longer
	writing bool          // the disk is busy, and the engine waits for it
	waiting []node.Event
	wakes   int
	alone   time.Time // since when it has been without quorum; zero: it is not
}

// Name of the node.
func (n *Node) Name() string { return n.peer.Name }

// Running tells whether the engine runs.
func (n *Node) Running() bool { return n.core != nil }

// Core is the node's decision-making, nil while it is off.
func (n *Node) Core() *node.Core { return n.core }

// Start boots the engine from what its disk has.
func (n *Node) Start() {
	if n.core != nil {
		return
	}
	n.run++
	n.heard, n.said, n.runs = map[uint32]time.Time{}, map[uint32]string{}, map[uint32]int{}
	n.ops, n.orders = map[string]int{}, map[string][]node.RunOp{}
	n.replies = map[uint64]func(error){}
	n.writing, n.waiting, n.greets = false, nil, nil
	core, effects, err := node.New(node.Config{ID: n.peer.ID, Name: n.peer.Name,
		BootID: fmt.Sprintf("00000000-0000-0000-%04d-%012d", n.peer.ID, n.run), Peers: append([]node.Peer(nil), n.peers...),
		Quorum: n.world.opts.Quorum, Token: n.world.opts.Token, JobLimit: 8, Stored: n.disk, Ledger: n.ledger, Joining: n.joining, Now: n.world.now, RaftLog: silent})
	if err != nil {
		n.world.fail("%s does not start: %v", n.Name(), err)
		return
	}
	n.core = core
	n.world.logf("%s starts", n.Name())
	n.carryOut(effects)
	n.beat(n.run)
	n.tick(n.run)
}

// Kill is a power loss: engine and everything it started end at once; the disk stays.
func (n *Node) Kill() {
	n.world.logf("%s loses power", n.Name())
	n.stop("killed")
	n.agents = map[string]*instance{}
}

// Crash ends the engine alone: what it started goes on, watched by nobody.
func (n *Node) Crash() {
	n.world.logf("%s: the engine crashes", n.Name())
	n.stop("crashed")
}

// LoseDisk is a machine that is set up anew with the former corosync.conf and key: nothing runs, and nothing is
// remembered.
func (n *Node) LoseDisk() {
	n.Kill()
	n.disk, n.ledger = replica.Stored{}, quorum.Ledger{}
}

func (n *Node) stop(why string) {
	n.core, n.down = nil, why
	n.run++
}

// Shutdown asks the node to leave in good order.
func (n *Node) Shutdown() { n.step(node.Shutdown{}) }

// Submit has a command applied through this node; done may be nil.
func (n *Node) Submit(c replica.Command, done func(error)) {
	n.tags++
	n.replies[n.tags] = done
	n.step(node.Submit{Command: c, Tag: n.tags})
}

// Configure performs a change of the configuration.
func (n *Node) Configure(r cib.Request, done func(error)) { n.Submit(replica.Command{CIB: &r}, done) }

// step gives the core an event, and the time before it, as the engine does.
func (n *Node) step(ev node.Event) {
	if n.core == nil {
		return
	}
	if n.writing {
		n.waiting = append(n.waiting, ev)
		return
	}
	events := []node.Event{ev}
	if _, isTick := ev.(node.Tick); !isTick {
		events = []node.Event{node.Tick{Now: n.world.now}, ev}
	}
	n.carryOut(n.core.Step(events...))
}

// write puts p on the disk and goes on with the rest afterwards; the power may fail just before or just after it.
func (n *Node) write(p *replica.Persist, rest []node.Effect) {
	if n.world.chance(n.world.opts.Crash / 2) {
		n.Kill()
		return
	}
	if n.world.opts.Slow == 0 {
		n.written(p, rest)
		return
	}
	run := n.run
	n.writing = true
	n.world.after(n.world.upTo(n.world.opts.Slow), func() {
		if n.run != run {
			return
		}
		n.writing = false
		n.written(p, rest)
		events := n.waiting
		n.waiting = nil
		for _, ev := range events {
			if n.run == run {
				n.step(ev)
			}
		}
	})
}

func (n *Node) written(p *replica.Persist, rest []node.Effect) {
	n.persist(p)
	if n.world.chance(n.world.opts.Crash / 2) {
		n.Kill()
		return
	}
	n.carryOut(rest)
}

// tick is the beat of the engine.
func (n *Node) tick(run int) {
	n.world.after(messaging.BeatEvery(n.world.opts.Token), func() {
		if n.run == run {
			n.step(node.Tick{Now: n.world.now, Regular: true})
			n.tick(run)
		}
	})
}

// beat sends heartbeats and notices silent peers, as the detector of package messaging does.
func (n *Node) beat(run int) {
	if n.run != run || n.core == nil {
		return
	}
	for _, p := range n.peers {
		if p.ID != n.peer.ID {
			payload := n.greets
			n.world.deliver(n.peer.ID, p.ID, func(to *Node) { to.hear(n.peer.ID, run, payload) })
		}
	}
	for _, p := range n.peers {
		if at, ok := n.heard[p.ID]; ok && n.world.now.Sub(at) >= n.world.opts.Token {
			delete(n.heard, p.ID)
			delete(n.said, p.ID)
			n.step(node.PeerDown{ID: p.ID})
		}
	}
	n.world.after(n.world.opts.Token/5, func() { n.beat(run) })
}

func (n *Node) hear(from uint32, run int, payload []byte) {
	if run < n.runs[from] {
		return
	}
	_, known := n.heard[from]
	if known && run > n.runs[from] {
		known = false
		n.step(node.PeerDown{ID: from, Restarted: true})
	}
	n.runs[from] = run
	n.heard[from] = n.world.now
	switch {
	case !known:
		n.said[from] = string(payload)
		n.step(node.PeerUp{ID: from, Payload: payload})
	case n.said[from] != string(payload):
		n.said[from] = string(payload)
		n.step(node.PeerPayload{ID: from, Payload: payload})
	}
}

// carryOut does what the core asks for.
func (n *Node) carryOut(effects []node.Effect) {
	run := n.run
	for i, e := range effects {
		if n.run != run {
			return
		}
		switch e := e.(type) {
		case node.Persist:
			n.write(e.What, effects[i+1:])
			return
		case node.Remember:
			n.ledger = e.Ledger
		case node.Send:
			n.send(e)
		case node.Greet:
			n.greets = e.Payload
			n.world.after(0, func() { n.greet(run) })
		case node.RunOp:
			n.runOp(e)
		case node.CancelOp:
			n.cancelOp(e)
		case node.ForgetOps:
			n.forgetOps(e.Resource)
		case node.Schedule:
			n.schedule(e)
		case node.Fence:
			n.fence(e)
		case node.Reply:
			if done := n.replies[e.Tag]; done != nil {
				done(e.Err)
			}
			delete(n.replies, e.Tag)
		case node.WakeAt:
			n.wakes++ // a newer wish replaces this one
			wish := n.wakes
			n.world.after(max(0, e.At.Sub(n.world.now)), func() {
				if n.run == run && n.wakes == wish {
					n.step(node.Tick{Now: n.world.now})
				}
			})
		case node.Admitted:
			if a := e.Node; !slices.ContainsFunc(n.peers, func(p node.Peer) bool { return p.ID == a.ID }) {
				n.peers = append(slices.Clone(n.peers), node.Peer{ID: a.ID, Name: a.Name, Votes: 1})
			}
		case node.Removed:
			n.peers = slices.DeleteFunc(slices.Clone(n.peers), func(p node.Peer) bool { return p.Name == e.Name })
		case node.Tell:
			n.world.logf("%s: %s: %s", n.Name(), e.Event.Kind, e.Event.Text)
		case node.Exit:
			n.exit(e)
		}
	}
}

// greet sends a changed payload at once.
func (n *Node) greet(run int) {
	if n.run != run {
		return
	}
	payload := n.greets
	for _, p := range n.peers {
		if p.ID != n.peer.ID {
			n.world.deliver(n.peer.ID, p.ID, func(to *Node) { to.hear(n.peer.ID, run, payload) })
		}
	}
}

func (n *Node) exit(e node.Exit) {
	n.world.logf("%s ends: %s", n.Name(), e.Reason)
	if e.Kill {
		n.agents = map[string]*instance{}
	}
	run := n.run
	n.stop(e.Reason)
	for _, p := range n.peers {
		if p.ID != n.peer.ID && e.Leave {
			n.world.deliver(n.peer.ID, p.ID, func(to *Node) {
				to.runs[n.peer.ID] = run + 1
				if _, ok := to.heard[n.peer.ID]; ok {
					delete(to.heard, n.peer.ID)
					to.step(node.PeerDown{ID: n.peer.ID, Clean: true})
				}
			})
		}
	}
}

// persist is a disk that never lies; what is on it survives Kill.
func (n *Node) persist(p *replica.Persist) {
	if p.Whole != nil {
		n.disk = *p.Whole
		return
	}
	if p.Snapshot != nil {
		n.disk.Snapshot = p.Snapshot
		var rest = n.disk.Entries[:0:0]
		for _, e := range n.disk.Entries {
			if e.GetIndex() > p.Snapshot.GetMetadata().GetIndex() {
				rest = append(rest, e)
			}
		}
		n.disk.Entries = rest
	}
	if p.HardState != nil {
		n.disk.HardState = p.HardState
	}
	if len(p.Entries) > 0 {
		first := p.Entries[0].GetIndex()
		kept := n.disk.Entries
		for len(kept) > 0 && kept[len(kept)-1].GetIndex() >= first {
			kept = kept[:len(kept)-1]
		}
		n.disk.Entries = append(kept, p.Entries...)
	}
}

// send encodes each message: nothing that a receiver does may reach into the sender.
func (n *Node) send(e node.Send) {
	for _, m := range e.Messages {
		data, err := proto.Marshal(m)
		if err != nil {
			n.world.fail("%s: message: %v", n.Name(), err)
			return
		}
		to := uint32(m.GetTo())
		n.world.deliver(n.peer.ID, to, func(to *Node) { to.receive(e.Generation, data) })
		n.reportSent(to, m.GetType() == pb.MessageType_MsgSnap)
	}
}

// reportSent tells the sender a little later what a transport knows: that the way to the peer is cut, and that a
// snapshot was handed over. That anything arrived nobody knows.
func (n *Node) reportSent(to uint32, snapshot bool) {
	run, cut := n.run, n.world.cut[[2]uint32{n.peer.ID, to}]
	if !cut && !snapshot {
		return
	}
	n.world.after(5*time.Millisecond, func() {
		if n.run != run {
			return
		}
		if cut {
			n.step(node.Unreachable{ID: to})
		}
		if n.run == run && snapshot {
			n.step(node.SnapshotSent{ID: to, OK: !cut})
		}
	})
}

// schedule runs the real scheduler, and lets it take a little while.
func (n *Node) schedule(e node.Schedule) {
	run := n.run
	result, err := scheduler.Run(scheduler.Input{CIB: e.CIB.Root(), Now: n.world.now})
	done := node.Scheduled{Run: e.Run, Seq: e.Seq, Err: err}
	if err == nil {
		done.Graph = result.Graph
	}
	n.world.after(3*time.Millisecond+n.world.upTo(n.world.opts.Think), func() {
		if n.run == run {
			n.step(done)
		}
	})
}

const fenceTakes = 700 * time.Millisecond

// fence is a power switch outside of the network.
func (n *Node) fence(e node.Fence) {
	run := n.run
	n.world.logf("%s: fence device: %s %s", n.Name(), e.Action, e.Target)
	n.world.after(fenceTakes, func() {
		var target *Node
		for _, t := range n.world.nodes {
			if t.Name() == e.Target {
				target = t
			}
		}
		broken := target == nil || n.world.fences[e.Target] || n.world.chance(n.world.opts.Shot)
		if !broken {
			target.Kill()
		}
		if n.run == run {
			n.step(node.FenceDone{ID: e.ID, OK: !broken, Delegate: n.Name(), Reason: map[bool]string{true: "device is broken"}[broken]})
		}
	})
}

var silent raft.Logger = quiet{}

// quiet drops raft's own log: the world's log tells the story.
type quiet struct{}

func (quiet) Debug(...any)              {}
func (quiet) Debugf(string, ...any)     {}
func (quiet) Error(...any)              {}
func (quiet) Errorf(string, ...any)     {}
func (quiet) Info(...any)               {}
func (quiet) Infof(string, ...any)      {}
func (quiet) Warning(...any)            {}
func (quiet) Warningf(string, ...any)   {}
func (quiet) Fatal(v ...any)            { panic(fmt.Sprint(v...)) }
func (quiet) Fatalf(f string, v ...any) { panic(fmt.Sprintf(f, v...)) }
func (quiet) Panic(v ...any)            { panic(fmt.Sprint(v...)) }
func (quiet) Panicf(f string, v ...any) { panic(fmt.Sprintf(f, v...)) }

// Story is the log as one text.
func (w *World) Story() string { return strings.Join(w.log, "\n") + "\n" }
