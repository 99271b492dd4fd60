//go:build e2e

package e2e

import (
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestRandomFaults breaks nodes, engines and links in random order for the time in E2E_FAULTS (60 s if not set) and
// wants the cluster whole after each fault. E2E_SEED repeats a run, E2E_NODES=2 has two nodes.
func TestRandomFaults(t *testing.T) {
	onlyWhenNamed(t)
	duration, err := time.ParseDuration(os.Getenv("E2E_FAULTS"))
	if err != nil {
		duration = time.Minute
	}
	seed, err := strconv.ParseUint(os.Getenv("E2E_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("E2E_SEED=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	nodes, err := strconv.Atoi(os.Getenv("E2E_NODES"))
	if err != nil {
		nodes = 3
	}
	l := newLab(t, nodes)
	s := &scene{l, l.startClient(), l.startWatch()}
	s.start()
	s.configure()
	for began := time.Now(); time.Since(began) < duration; {
		n := l.nodes[rng.IntN(len(l.nodes))]
		pause := time.Duration(rng.IntN(2500)) * time.Millisecond
		f := faults[rng.IntN(len(faults))]
		t.Logf("%s of %s, for %v", f.name, n.name, pause)
		f.do(n, pause)
		s.whole(f.mayOverlap)
	}
}

var faults = []struct {
	name       string
	mayOverlap bool // without fencing nobody can prevent it
	do         func(*node, time.Duration)
}{
	{"power loss", false, func(n *node, pause time.Duration) {
		n.powerLoss()
		time.Sleep(pause)
		n.boot()
		n.startEngine()
	}},
	{"reset", false, func(n *node, pause time.Duration) {
		n.kill()
		time.Sleep(pause)
		n.boot()
		n.startEngine()
	}},
	{"link cut", true, func(n *node, pause time.Duration) {
		n.cut()
		time.Sleep(pause)
		n.heal()
	}},
	{"engine crash", true, func(n *node, pause time.Duration) {
		for _, pid := range n.engines() {
			n.lab.must(syscall.Kill(pid, syscall.SIGKILL))
		}
		time.Sleep(pause)
		n.startEngine()
	}},
	{"stop", false, func(n *node, pause time.Duration) {
		n.crm("cluster stop")
		time.Sleep(pause)
		n.startEngine()
	}},
}

// whole waits until all is as it was: every node online, the service on one of them, the client served.
func (s *scene) whole(mayOverlap bool) {
	s.t.Helper()
	time.Sleep(50 * time.Millisecond)
	s.allSeeAll()
	until(s.t, 15*time.Second, "the virtual IP is on one node and served", func() bool {
		h := s.holders()
		return len(h) == 1 && h[0].nginx() != "" && s.client.answered(time.Now().Add(-100*time.Millisecond), h[0].name)
	})
	s.nodes[0].settle()
	if mayOverlap {
		s.watch.take()
	}
	s.alone()
}
