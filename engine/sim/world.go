// Package sim runs a whole cluster in one goroutine: the real decision-making of every node
// (node.Core, the replicated log, quorum, controller, scheduler) under virtual time, with simulated
// network, disks, agents and fence devices, and faults from one seed.
//
// After every step it checks what must always be true (see docs/design.md). It simulates nothing that is
// decided: only what lies outside a node.
package sim

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"quorate/engine/node"
	"quorate/engine/quorum"
	"quorate/engine/replica"
)

// Options make a World.
type Options struct {
	Nodes  int
	Seed   uint64
	Token  time.Duration // 0: one second
	Quorum quorum.Options
	Faults
}

// Faults are shares, 0 to 1, of what goes wrong, and how much. Calm ends them all.
type Faults struct {
	Loss   float64       // packets that the network loses
	Twice  float64       // packets that arrive twice
	Jitter time.Duration // by how much packets are late at most, so that they overtake each other
	Crash  float64       // writes to the disk after which, or just before which, the power fails
	Slow   time.Duration // how long a write to the disk takes at most; the node does nothing else meanwhile
	Fail   float64       // operations of agents that fail
	Hang   float64       // operations of agents that hang until their timeout
	Drag   time.Duration // how much longer operations of agents take at most
	Shot   float64       // fencing operations that fail
	Think  time.Duration // how much longer the scheduler takes at most
}

// Calm ends all faults and heals the network.
func (w *World) Calm() {
	w.opts.Faults = Faults{}
	w.fences = map[string]bool{}
	w.Heal()
}

// chance throws the dice; without faults it does not, so that a quiet world's story does not depend on them.
func (w *World) chance(share float64) bool { return share > 0 && w.rand.Float64() < share }

// upTo is a time below the limit; like chance it throws no dice where there is no fault.
func (w *World) upTo(limit time.Duration) time.Duration {
	if limit <= 0 {
		return 0
	}
	return time.Duration(w.rand.Int64N(int64(limit)))
}

// World is a simulated cluster.
type World struct {
	opts   Options
	rand   *rand.Rand
	now    time.Time
	queue  eventQueue
	seq    int
	nodes  []*Node
	cut    map[[2]uint32]bool // direction of a link that loses everything
	fences map[string]bool    // targets whose fence device is broken
	led    map[string]string  // who was DC, by generation and term
	newest newest
	fault  error // the first violation of what must always be true
	log    []string
}

// start of the virtual time; any fixed moment will do.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// New makes a world in which no node runs yet.
func New(o Options) *World {
	if o.Token == 0 {
		o.Token = time.Second
	}
	w := &World{opts: o, rand: rand.New(rand.NewPCG(o.Seed, 0x9e3779b97f4a7c15)), now: epoch,
		cut: map[[2]uint32]bool{}, fences: map[string]bool{}, led: map[string]string{}}
	var peers []node.Peer
	for i := range o.Nodes {
		peers = append(peers, node.Peer{ID: uint32(i + 1), Name: fmt.Sprintf("node%d", i+1), Votes: 1})
	}
	for _, p := range peers {
		w.nodes = append(w.nodes, &Node{world: w, peer: p, peers: peers, agents: map[string]*instance{}})
	}
	return w
}

// Node returns a node by number, from 1.
func (w *World) Node(i int) *Node { return w.nodes[i-1] }

// Add admits one more node to the cluster, which has never run; the change goes through the first node that runs.
func (w *World) Add() *Node {
	p := node.Peer{ID: uint32(len(w.nodes) + 1), Name: fmt.Sprintf("node%d", len(w.nodes)+1), Votes: 1}
	n := &Node{world: w, peer: p, joining: true, agents: map[string]*instance{}}
	for _, other := range w.nodes {
		if other.core != nil && n.peers == nil {
			n.peers = append(slices.Clone(other.peers), p) // the list that its corosync.conf has
			other.Submit(replica.Command{Admit: &replica.Admission{ID: p.ID, Name: p.Name}}, nil)
		}
	}
	w.nodes = append(w.nodes, n)
	return n
}

// Nodes returns all nodes.
func (w *World) Nodes() []*Node { return w.nodes }

// Now is the virtual time since the world began.
func (w *World) Now() time.Duration { return w.now.Sub(epoch) }

// Fault is the first violation of an invariant, nil while there is none.
func (w *World) Fault() error { return w.fault }

func (w *World) logf(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf("%8.3f ", w.Now().Seconds())+fmt.Sprintf(format, args...))
}

func (w *World) fail(format string, args ...any) {
	if w.fault == nil {
		w.fault = fmt.Errorf("at %v: %s", w.Now(), fmt.Sprintf(format, args...))
		w.logf("VIOLATION: %v", w.fault)
	}
}

// Run lets d pass, or less if an invariant is violated.
func (w *World) Run(d time.Duration) error {
	end := w.now.Add(d)
	for w.fault == nil && len(w.queue) > 0 && !w.queue[0].at.After(end) {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
		w.check()
	}
	w.now = end
	return w.fault
}

// RunUntil lets time pass until cond holds, at most d; it tells whether it came true.
func (w *World) RunUntil(d time.Duration, cond func() bool) bool {
	for end := w.now.Add(d); w.now.Before(end) && w.fault == nil; {
		if cond() {
			return true
		}
		_ = w.Run(10 * time.Millisecond) // the fault is seen by the loop's condition
	}
	return w.fault == nil && cond()
}

// after has something done at a later time.
func (w *World) after(d time.Duration, do func()) {
	w.seq++
	heap.Push(&w.queue, event{w.now.Add(d), w.seq, do})
}

// Cut makes two nodes unable to hear each other; Heal undoes all cuts.
func (w *World) Cut(a, b int) { w.CutOneWay(a, b); w.CutOneWay(b, a) }

// CutOneWay loses everything that a sends to b.
func (w *World) CutOneWay(a, b int) { w.cut[[2]uint32{uint32(a), uint32(b)}] = true }

// Isolate cuts a node from all others.
func (w *World) Isolate(n int) {
	for i := range w.nodes {
		if i+1 != n {
			w.Cut(n, i+1)
		}
	}
}

// Heal restores the network.
func (w *World) Heal() { w.cut = map[[2]uint32]bool{} }

// deliver carries a packet from one node to another, or loses it.
func (w *World) deliver(from, to uint32, do func(*Node)) {
	if int(to) > len(w.nodes) || w.cut[[2]uint32{from, to}] || w.rand.Float64() < w.opts.Loss {
		return
	}
	target, run := w.nodes[to-1], w.nodes[to-1].run
	for range copies(w.chance(w.opts.Twice)) {
		late := time.Duration(200+w.rand.IntN(1800))*time.Microsecond + w.upTo(w.opts.Jitter)
		w.after(late, func() {
			if target.run == run && target.core != nil && !w.cut[[2]uint32{from, to}] {
				do(target)
			}
		})
	}
}

func copies(twice bool) int {
	if twice {
		return 2
	}
	return 1
}

type event struct {
	at  time.Time
	seq int
	do  func()
}

// eventQueue orders by time, then by when the event was made: that makes a run reproducible, as far as raft's own dice are.
type eventQueue []event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].seq < q[j].seq
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *eventQueue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}
