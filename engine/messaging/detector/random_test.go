package detector

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSeeds lets chance cut, slow, pause, kill and restart, and checks after each calm that the views of
// both ends of every pair agree and are true, and after the end of all faults that everybody is up. A
// seed that fails is run again with -run TestSeeds/SEED.
func TestSeeds(t *testing.T) {
	seeds := 150
	if testing.Short() {
		seeds = 30
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { runSeed(t, uint64(seed)) })
	}
}

func runSeed(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 7))
	w := newWorld(t, 2+rnd.IntN(4), 1+rnd.IntN(2))
	w.rnd, w.record = rnd, true
	w.start(w.ids()...)
	w.run(token)
	for range 12 {
		for range 1 + rnd.IntN(3) {
			w.fault(rnd)
			w.run(time.Duration(rnd.Int64N(int64(2 * token))))
		}
		w.calm()
		w.run(3 * token)
		w.checkPairs()
	}
	w.cut = map[route]bool{}
	for _, id := range w.ids() {
		if w.nodes[id] == nil {
			w.start(id)
		}
	}
	w.run(2 * token)
	for _, a := range w.ids() {
		if n := len(w.nodes[a].ups); n != len(w.ids())-1 {
			t.Fatalf("node %d counts %d others at the end: %s\n%s", a, n, w.view(), w.tail())
		}
	}
}

// fault changes one thing in the world.
func (w *world) fault(rnd *rand.Rand) {
	ids := w.ids()
	id := ids[rnd.IntN(len(ids))]
	other := ids[rnd.IntN(len(ids))]
	switch rnd.IntN(9) {
	case 0:
		w.note("fault: crash %d", id)
		w.crash(id)
	case 1:
		if w.nodes[id] == nil {
			w.note("fault: start %d", id)
			w.start(id)
		}
	case 2:
		if n := w.nodes[id]; n != nil && w.now >= n.paused {
			d := time.Duration(rnd.Int64N(int64(3 * token)))
			w.note("fault: pause %d for %v", id, d)
			w.pause(id, d)
		}
	case 3:
		r := route{id, other, rnd.IntN(w.links)}
		w.cut[r] = !w.cut[r]
		w.note("fault: cut %v %v", r, w.cut[r])
	case 4:
		cut := rnd.IntN(2) == 0
		w.note("fault: isolate %d %v", id, cut)
		w.isolate(id, cut)
	case 5:
		cut := rnd.IntN(2) == 0
		w.note("fault: one way %d to %d %v", id, other, cut)
		w.oneWay(id, other, cut)
	case 6:
		w.loss, w.dup = rnd.Float64()*0.5, rnd.Float64()*0.5
		w.jitter = time.Duration(rnd.Int64N(int64(300 * ms)))
	case 8: // somebody replays what was sent at any time before
		for range 50 {
			p := w.wire[rnd.IntN(len(w.wire))]
			w.at(time.Duration(rnd.Int64N(int64(token))), func() { w.deliver(p) })
		}
	case 7:
		if n := w.nodes[id]; n != nil && w.now >= n.paused {
			w.note("fault: leave %d", id)
			w.step(n, Leave{w.clock(id)})
			w.run(30 * ms)
			w.crash(id)
		}
	}
}

// calm ends what is not constant: loss, delay, pauses. Cuts stay.
func (w *world) calm() {
	w.loss, w.dup, w.jitter = 0, 0, 0
	for _, n := range w.nodes {
		if n != nil && w.now < n.paused {
			w.run(n.paused - w.now)
		}
	}
}

// checkPairs compares who counts whom with who can talk to whom.
func (w *world) checkPairs() {
	w.t.Helper()
	for _, a := range w.ids() {
		for _, b := range w.ids() {
			if a == b || w.nodes[a] == nil {
				continue
			}
			talk := w.nodes[b] != nil && slices.ContainsFunc(linkNumbers(w.links), func(l int) bool {
				return !w.cut[route{a, b, l}] && !w.cut[route{b, a, l}]
			})
			if w.nodes[a].ups[b] != talk {
				w.t.Fatalf("%v: node %d counts %d: %v, but they can talk: %v\n%s", w.now, a, b, w.nodes[a].ups[b], talk, w.tail())
			}
		}
	}
}

func linkNumbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func (w *world) tail() string { return strings.Join(w.log[max(0, len(w.log)-40):], "\n") }

// BenchmarkHeartbeat is one round of one node with two peers on two links: four packets made, four
// taken.
func BenchmarkHeartbeat(b *testing.B) {
	d := New(Config{Self: 1, Incarnation: 1, Token: token, Peers: []Peer{{2, []int{0, 1}}, {3, []int{0, 1}}}})
	in := [2]packet{sample(), sample()}
	now := time.Duration(0)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		now += token / 5
		d.Step(Tick{now})
		for i := range in {
			p := &in[i]
			p.from = uint32(i + 2)
			for l := range 2 {
				p.link, p.echo, p.echoStamp = uint8(l), 1, now
				p.seq++
				p.linkSeq = p.seq
				buf = p.encode(buf[:0])
				d.Step(Packet{now, l, buf})
			}
		}
	}
}
