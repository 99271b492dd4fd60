package detector

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func three(t *testing.T) *world {
	w := newWorld(t, 3, 2)
	w.start(1, 2, 3)
	w.run(2 * ms)
	w.want("1:23 2:13 3:12")
	w.log = nil
	return w
}

func TestStart(t *testing.T) {
	w := three(t) // all at once: two round trips
	w.run(10 * token)
	w.quiet()

	late := newWorld(t, 3, 2)
	late.start(1, 2)
	late.run(10*token + 77*ms)
	late.want("1:2 2:1")
	late.start(3)
	late.run(2 * ms) // no heartbeat has to pass
	late.want("1:23 2:13 3:12")
}

func TestCrash(t *testing.T) {
	w := three(t)
	w.run(5*token + 130*ms)
	w.crash(3)
	w.run(token - token/5 - ms) // the last heartbeat was at most token/5 ago
	w.want("1:23 2:13")
	w.run(token/5 + 2*ms)
	w.want("1:2 2:1")
	for _, line := range w.log {
		if !strings.HasSuffix(line, "down 3 lost") {
			t.Error(line)
		}
	}
}

func TestLeave(t *testing.T) {
	w := three(t)
	w.run(token)
	for l := range 2 { // the first copies are lost
		w.cut[route{3, 1, l}] = true
	}
	w.step(w.nodes[3], Leave{w.clock(3)})
	w.run(ms)
	w.want("1:23 2:1 3:12")
	w.oneWay(3, 1, false)
	w.run(10 * ms)
	w.want("1:2 2:1 3:12")
	sent := w.sent
	w.nodes[1].d.Step(Tick{w.clock(1)})
	w.run(20 * ms)
	w.crash(3)
	w.run(3 * token)
	w.want("1:2 2:1")
	if !slices.ContainsFunc(w.log, func(s string) bool { return strings.Contains(s, "1: down 3 left") }) || len(w.log) != 2 {
		t.Error(w.log)
	}
	if sent == w.sent {
		t.Error("the others went silent")
	}
	w.start(3)
	w.run(2 * ms)
	w.want("1:23 2:13 3:12")
}

func TestRestartIsSeenAtOnce(t *testing.T) {
	w := three(t)
	w.run(5 * token)
	w.crash(3)
	w.run(100 * ms)
	w.start(3)
	w.run(2 * ms)
	w.want("1:23 2:13 3:12")
	got := strings.Join(w.log, "\n")
	for _, want := range []string{"1: down 3 restarted", "2: down 3 restarted", "1: up 3", "2: up 3", "3: up 1", "3: up 2"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestRecordingsAreRefused(t *testing.T) {
	w := newWorld(t, 3, 2)
	w.record = true
	w.start(1, 2, 3)
	w.run(3 * token)
	first := w.wire
	w.crash(3)
	w.run(100 * ms)
	w.start(3)
	w.run(token)
	w.log, w.record = nil, false
	for _, p := range append(first, w.wire...) { // all that was ever sent, again
		w.at(0, func() { w.deliver(p) })
	}
	w.run(3 * token)
	w.quiet()
	w.want("1:23 2:13 3:12")

	w.crash(3)
	w.run(2 * token)
	w.want("1:2 2:1")
	for _, p := range append(first, w.wire...) {
		w.at(0, func() { w.deliver(p) })
	}
	w.run(token)
	w.want("1:2 2:1") // a recording does not raise the dead
	w.start(3)
	w.run(token / 5)
	w.want("1:23 2:13 3:12")

	w.crash(1) // the new process does not know which ones have ended
	w.run(10 * ms)
	w.start(1)
	w.run(token)
	w.want("1:23 2:13 3:12")
	w.log = nil
	for _, p := range append(first, w.wire...) {
		w.at(0, func() { w.deliver(p) })
	}
	w.run(token)
	w.quiet()
}

func TestOneLinkOfTwo(t *testing.T) {
	w := three(t)
	for _, r := range []route{{1, 2, 1}} { // one direction is enough
		w.cut[r] = true
	}
	w.run(token)
	w.quiet()
	for _, r := range []route{{1, 2, 1}, {2, 1, 1}} {
		if w.nodes[r.from].links[r] {
			t.Errorf("link %v is still up", r)
		}
	}
	if !w.nodes[1].links[route{1, 2, 0}] || !w.nodes[1].links[route{1, 3, 1}] {
		t.Error("other links are down")
	}
	w.cut = map[route]bool{}
	w.run(token / 2)
	w.quiet()
	if !w.nodes[1].links[route{1, 2, 1}] || !w.nodes[2].links[route{2, 1, 1}] {
		t.Error("the link did not come back")
	}
}

func TestPartition(t *testing.T) {
	w := three(t)
	w.isolate(3, true)
	w.run(token + ms)
	w.want("1:2 2:1 3:")
	w.log = nil
	w.run(20 * token)
	w.quiet()
	w.isolate(3, false)
	w.run(token)
	w.want("1:23 2:13 3:12")
}

// Both ends come to the same view, at about the same time, and it stays.
func TestOneWayLoss(t *testing.T) {
	w := three(t)
	w.run(token)
	w.oneWay(3, 1, true)
	w.run(token + 2*ms)
	w.want("1:2 2:13 3:2")
	w.log = nil
	w.run(30 * token)
	w.quiet()
	w.oneWay(3, 1, false)
	w.run(token)
	w.want("1:23 2:13 3:12")
}

func TestPause(t *testing.T) {
	for _, tc := range []struct {
		pause time.Duration
		lost  bool
	}{{token * 3 / 10, false}, {token * 8 / 10, false}, {token * 3, true}} {
		w := three(t)
		w.run(token)
		w.pause(3, tc.pause)
		w.run(tc.pause + 2*token)
		w.want("1:23 2:13 3:12")
		for _, line := range w.log {
			if strings.Contains(line, "3: down") && !strings.HasSuffix(line, "unheard") {
				t.Errorf("pause %v: the paused node dropped others on a stale clock: %s", tc.pause, line)
			}
		}
		if (len(w.log) > 0) != tc.lost {
			t.Errorf("pause %v: %v", tc.pause, w.log)
		}
	}
}

// The machine stood still, with its network: nothing is queued. Whenever that happens between two
// heartbeats, the node does not take its own silence for that of the others.
func TestPauseOfTheMachine(t *testing.T) {
	for phase := time.Duration(0); phase < token/5; phase += 9 * ms {
		for _, pause := range []time.Duration{token * 6 / 10, token * 9 / 10, token * 5 / 2} {
			w := newWorld(t, 3, 1)
			w.start(1, 2)
			w.run(phase) // how the heartbeats of the nodes lie to each other
			w.start(3)
			w.run(5*token + 1*ms)
			w.log = nil
			w.pause(3, pause)
			w.isolate(3, true)
			w.run(pause)
			w.isolate(3, false)
			w.run(3 * token)
			w.want("1:23 2:13 3:12")
			for _, line := range w.log {
				if strings.Contains(line, "3: down") && !strings.HasSuffix(line, "unheard") {
					t.Errorf("phase %v, pause %v: %s", phase, pause, line)
				}
			}
		}
	}
}

func TestPayload(t *testing.T) {
	w := three(t)
	w.step(w.nodes[2], SetPayload{w.clock(2), []byte("generation 7")})
	w.run(ms)
	if got := w.nodes[1].payloads[2] + w.nodes[3].payloads[2]; got != "generation 7generation 7" {
		t.Error(got)
	}
	w.run(token)
	w.crash(1)
	w.run(ms)
	w.start(1)
	w.run(2 * ms)
	if got := w.nodes[1].payloads[2]; got != "generation 7" {
		t.Errorf("the new node knows %q", got)
	}
}

func TestBadNetwork(t *testing.T) {
	for _, tc := range []struct {
		name         string
		links        int
		loss, dup    float64
		jitter       time.Duration
		hours        int
		packetsAtMax float64 // per node pair, link and interval
	}{
		{"clean", 1, 0, 0, 0, 1, 1.01},
		{"one link, 20 % lost", 1, 0.2, 0, 0, 2, 1.3},
		{"two links, 40 % lost", 2, 0.4, 0, 0, 1, 1.8},
		{"reordered and doubled", 2, 0.05, 0.3, 150 * ms, 1, 1.2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, 3, tc.links)
			w.start(1, 2, 3)
			w.run(token)
			w.want("1:23 2:13 3:12")
			w.log, w.sent = nil, 0
			w.loss, w.dup, w.jitter = tc.loss, tc.dup, tc.jitter
			w.run(time.Duration(tc.hours) * time.Hour)
			w.quiet()
			due := float64(tc.hours) * float64(time.Hour/(token/5)) * 6 * float64(tc.links)
			if r := float64(w.sent) / due; r > tc.packetsAtMax || r < 0.99 {
				t.Errorf("%.2f packets for each heartbeat", r)
			}
		})
	}
}

func TestQuality(t *testing.T) {
	w := newWorld(t, 2, 2)
	w.delay = 5 * ms
	w.start(1, 2)
	w.run(5 * token)
	w.loss = 0.25
	w.run(10 * time.Minute)
	for _, s := range w.nodes[1].d.Links(w.clock(1)) {
		if !s.Connected || s.RTT < 9*ms || s.RTT > 11*ms || s.Lost < 0.05 || s.Lost > 0.5 {
			t.Errorf("%+v", s)
		}
	}
	w.loss = 1
	w.run(2 * token)
	for _, s := range w.nodes[1].d.Links(w.clock(1)) {
		if s.Connected || s.Lost != 1 {
			t.Errorf("%+v", s)
		}
	}
}

func TestConfigure(t *testing.T) {
	w := three(t)
	w.nodes[4] = nil
	for _, id := range []uint32{1, 2, 3} {
		w.step(w.nodes[id], Configure{w.clock(id), token, w.peers()})
	}
	w.start(4)
	w.run(2 * ms)
	w.want("1:234 2:134 3:124 4:123")
	for _, id := range []uint32{1, 2, 4} {
		w.step(w.nodes[id], Configure{w.clock(id), token, slices.DeleteFunc(w.peers(), func(p Peer) bool { return p.ID == 3 })})
	}
	w.run(ms)
	w.want("1:24 2:14 3:124 4:12")
	w.crash(3)
	w.log = nil
	// A longer detection time is rolled out node by node, a crash is seen all the same.
	for i, id := range []uint32{1, 2, 4} {
		w.run(2 * token)
		w.step(w.nodes[id], Configure{w.clock(id), 5 * token, w.peers()})
		_ = i
	}
	w.run(20 * token)
	w.quiet()
	w.crash(4)
	w.run(5*token + ms)
	w.want("1:2 2:1")
}

// Two processes with the same node id: the newer one stays, nothing flaps.
func TestDuplicateID(t *testing.T) {
	w := three(t)
	old := w.nodes[3]
	w.start(3)
	w.run(token)
	w.nodes[3].d, old.d = old.d, w.nodes[3].d // both speak, turn by turn
	for range 20 {
		w.run(token / 4)
		w.step(w.nodes[3], Tick{w.clock(3)})
		w.nodes[3].d, old.d = old.d, w.nodes[3].d
	}
	n := 0
	for _, line := range w.log {
		if strings.Contains(line, "1: down 3 restarted") {
			n++
		}
	}
	if n > 1 {
		t.Errorf("%d restarts:\n%s", n, strings.Join(w.log, "\n"))
	}
}
