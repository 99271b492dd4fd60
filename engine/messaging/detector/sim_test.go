package detector

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	ms    = time.Millisecond
	token = 1000 * ms
)

// world is a network of detectors in virtual time: one goroutine, one seeded source of chance, events
// in the order of time.
type world struct {
	t     *testing.T
	rnd   *rand.Rand
	now   time.Duration
	queue eventQueue
	seq   int
	nodes map[uint32]*node
	links int

	delay, jitter time.Duration
	loss, dup     float64
	cut           map[route]bool
	sent          int
	log           []string
	wire          []delivery // everything sent, if record is set
	record        bool
}

type route struct {
	from, to uint32
	link     int
}

type node struct {
	id       uint32
	d        *Detector
	wake     time.Duration
	paused   time.Duration // until when the process does not run
	inbox    []delivery    // arrived while it was paused
	ups      map[uint32]bool
	links    map[route]bool
	payloads map[uint32]string
}

type delivery struct {
	route
	data []byte
}

type timed struct {
	at  time.Duration
	seq int
	do  func()
}

type eventQueue []timed

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].seq < q[j].seq
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(x any)   { *q = append(*q, x.(timed)) }
func (q *eventQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func newWorld(t *testing.T, nodes, links int) *world {
	w := &world{t: t, rnd: rand.New(rand.NewPCG(1, 2)), nodes: map[uint32]*node{}, links: links, delay: ms / 5, cut: map[route]bool{}}
	for id := range nodes {
		w.nodes[uint32(id+1)] = nil
	}
	return w
}

func (w *world) at(d time.Duration, do func()) {
	w.seq++
	heap.Push(&w.queue, timed{w.now + d, w.seq, do})
}

// run lets time pass.
func (w *world) run(d time.Duration) {
	end := w.now + d
	for len(w.queue) > 0 && w.queue[0].at <= end {
		e := heap.Pop(&w.queue).(timed)
		w.now = e.at
		e.do()
	}
	w.now = end
}

func (w *world) ids() []uint32 {
	var out []uint32
	for id := range w.nodes {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (w *world) peers() []Peer {
	links := make([]int, w.links)
	for i := range links {
		links[i] = i
	}
	var out []Peer
	for _, id := range w.ids() {
		out = append(out, Peer{id, links})
	}
	return out
}

func (w *world) start(ids ...uint32) {
	for _, id := range ids {
		// Each process has a clock of its own.
		d := New(Config{Self: id, Incarnation: w.rnd.Uint64() | 1, Token: token, Peers: w.peers(), Now: w.clock(id)})
		n := &node{id: id, d: d, ups: map[uint32]bool{}, links: map[route]bool{}, payloads: map[uint32]string{}}
		w.nodes[id] = n
		w.at(0, func() { w.step(n, Tick{w.clock(id)}) })
	}
}

func (w *world) clock(id uint32) time.Duration { return w.now + time.Duration(id)*time.Hour }

func (w *world) crash(ids ...uint32) {
	for _, id := range ids {
		w.nodes[id] = nil
	}
}

// pause stops the process, not the network.
func (w *world) pause(id uint32, d time.Duration) {
	n := w.nodes[id]
	n.paused = w.now + d
	w.at(d, func() { w.resume(n) })
}

// resume does what the adapter does: first what is queued, then the clock.
func (w *world) resume(n *node) {
	for _, p := range n.inbox {
		w.step(n, Packet{w.clock(n.id), p.link, p.data})
	}
	n.inbox = nil
	w.step(n, Tick{w.clock(n.id)})
}

func (w *world) step(n *node, e Event) {
	if w.nodes[n.id] != n {
		return
	}
	for _, eff := range n.d.Step(e) {
		w.effect(n, eff)
	}
}

func (w *world) effect(n *node, eff Effect) {
	switch e := eff.(type) {
	case Send:
		w.send(delivery{route{n.id, e.To, e.Link}, slices.Clone(e.Packet)})
	case WakeAt:
		at := e.At - w.clock(n.id)
		n.wake = w.now + at
		w.at(max(at, 0), func() { w.wakeUp(n) })
	case Up:
		w.note("%d: up %d", n.id, e.Node)
		if n.ups[e.Node] {
			w.t.Errorf("%v: node %d: up %d twice", w.now, n.id, e.Node)
		}
		n.ups[e.Node], n.payloads[e.Node] = true, string(e.Payload)
	case Down:
		w.note("%d: down %d %s", n.id, e.Node, e.Reason)
		if !n.ups[e.Node] {
			w.t.Errorf("%v: node %d: down %d, which was not up", w.now, n.id, e.Node)
		}
		delete(n.ups, e.Node)
	case LinkUp:
		n.links[route{n.id, e.Node, e.Link}] = true
	case LinkDown:
		delete(n.links, route{n.id, e.Node, e.Link})
	case Payload:
		n.payloads[e.Node] = string(e.Payload)
	}
}

func (w *world) wakeUp(n *node) {
	if w.now >= n.wake && w.now >= n.paused {
		w.step(n, Tick{w.clock(n.id)})
	}
}

func (w *world) note(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf("%v ", w.now.Round(ms))+fmt.Sprintf(format, args...))
}

func (w *world) send(p delivery) {
	w.sent++
	if w.record {
		w.wire = append(w.wire, p)
	}
	copies := 1
	if w.rnd.Float64() < w.dup {
		copies = 2
	}
	for range copies {
		if w.cut[p.route] || w.rnd.Float64() < w.loss {
			continue
		}
		delay := w.delay
		if w.jitter > 0 {
			delay += time.Duration(w.rnd.Int64N(int64(w.jitter)))
		}
		w.at(delay, func() { w.deliver(p) })
	}
}

func (w *world) deliver(p delivery) {
	n := w.nodes[p.to]
	switch {
	case n == nil:
	case w.now < n.paused:
		n.inbox = append(n.inbox, p)
	default:
		w.step(n, Packet{w.clock(n.id), p.link, p.data})
	}
}

// oneWay cuts or heals a direction on all links.
func (w *world) oneWay(from, to uint32, cut bool) {
	for l := range w.links {
		w.cut[route{from, to, l}] = cut
	}
}

func (w *world) isolate(id uint32, cut bool) {
	for _, other := range w.ids() {
		w.oneWay(id, other, cut)
		w.oneWay(other, id, cut)
	}
}

// view is who counts whom: "1:23 2:13 3:12".
func (w *world) view() string {
	var out []string
	for _, id := range w.ids() {
		n := w.nodes[id]
		if n == nil {
			continue
		}
		s := fmt.Sprintf("%d:", id)
		for _, o := range w.ids() {
			if n.ups[o] {
				s += fmt.Sprint(o)
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func (w *world) want(view string) {
	w.t.Helper()
	if got := w.view(); got != view {
		w.t.Errorf("%v: %s, want %s\n%s", w.now, got, view, strings.Join(w.log, "\n"))
	}
}

// quiet checks that nothing was reported since the last call.
func (w *world) quiet() {
	w.t.Helper()
	if len(w.log) > 0 {
		w.t.Errorf("unexpected:\n%s", strings.Join(w.log, "\n"))
	}
	w.log = nil
}
