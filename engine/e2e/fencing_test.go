//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// gallows ends the nodes that the fence agent asks for, as a power switch does.
type gallows struct {
	mu    sync.Mutex
	ended map[string]time.Time
}

func (l *lab) startGallows() *gallows {
	g := &gallows{ended: map[string]time.Time{}}
	done := make(chan struct{})
	var finished sync.WaitGroup
	finished.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(watchEvery):
				g.look(l)
			}
		}
	})
	l.t.Cleanup(func() { close(done); finished.Wait() })
	return g
}

func (g *gallows) look(l *lab) {
	for _, n := range l.nodes {
		ask, done := filepath.Join(l.dir, "fence", n.name+".ask"), filepath.Join(l.dir, "fence", n.name+".done")
		if os.Remove(ask) != nil {
			continue
		}
		n.kill()
		g.mu.Lock()
		g.ended[n.name] = time.Now()
		g.mu.Unlock()
		_ = os.WriteFile(done, nil, 0o644) // if it fails, the agent and with it the test says so
	}
}

// fenced is when a node was ended for the agent since it was last asked.
func (g *gallows) fenced(n *node) (time.Time, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, ok := g.ended[n.name]
	delete(g.ended, n.name)
	return at, ok
}

// lateForNode1 delays the fencing of node1, so that it wins when two nodes shoot at each other.
const lateForNode1 = "node1:1s;node2:0"

// TestFencing: with fencing, what a lost node may run starts elsewhere only when that node is known to be off.
func TestFencing(t *testing.T) {
	for _, nodes := range []int{3, 2} {
		t.Run(map[int]string{3: "three nodes", 2: "two nodes"}[nodes], func(t *testing.T) {
			l := newLab(t, nodes)
			s := &scene{l, l.startClient(), l.startWatch()}
			g := l.startGallows()
			s.start()
			began := time.Now()
			config := strings.Replace(s.webConfig(), "stonith-enabled=false", "stonith-enabled=true", 1) +
				"primitive switch stonith:fence_e2e params dir=" + l.dir + "/fence pcmk_host_list=\"" + l.names() + "\" pcmk_delay_base=\"" + lateForNode1 + "\"\n"
			s.nodes[0].run(config, "crm", "configure")
			s.client.eventually(t, began, 15*time.Second, "")
			s.nodes[0].settle()
			s.fencesBeforeTakeover(g, "power loss", (*node).powerLoss)
			if nodes == 2 {
				s.fenceRace(g)
			} else {
				s.fencesBeforeTakeover(g, "link cut", (*node).cut)
			}
		})
	}
}

func (l *lab) names() string {
	var names []string
	for _, n := range l.nodes {
		names = append(names, n.name)
	}
	return strings.Join(names, " ")
}

func (s *scene) fencesBeforeTakeover(g *gallows, what string, do func(*node)) {
	s.t.Helper()
	from, to, began := s.moves(what, 15*time.Second, do)
	served, _ := s.client.firstAnswer(began, to.name)
	at, ok := g.fenced(from)
	if !ok || at.After(served) {
		s.t.Fatalf("%s served at %v, but %s was fenced at %v", to.name, served, from.name, at)
	}
	s.t.Logf("%s was fenced %v before %s served", from.name, served.Sub(at).Round(time.Millisecond), to.name)
	s.afterFencing(from, to)
}

func (s *scene) afterFencing(fenced, other *node) {
	s.t.Helper()
	other.settle()
	s.alone() // it also asserts that the address never was on two nodes
	if out := other.run("", "crm_mon", "-1", "--fence-history=3"); !strings.Contains(out, fenced.name) {
		s.t.Fatalf("the fencing is not in the history:\n%s", out)
	}
	s.undisturbed("return of "+fenced.name, func() { s.comeBack(fenced) })
}

// fenceRace cuts two nodes apart: each wants to fence the other, and the one that the configuration lets wait
// loses. The winner has everything in the end.
func (s *scene) fenceRace(g *gallows) {
	s.t.Helper()
	s.alone()
	winner, loser := s.nodes[0], s.nodes[1]
	loser.cut()
	took := until(s.t, 15*time.Second, loser.name+" is fenced", func() bool { _, ok := g.fenced(loser); return ok })
	if !winner.alive() {
		s.t.Fatalf("%s was fenced as well: pcmk_delay_base lets %s wait", winner.name, loser.name)
	}
	s.client.eventually(s.t, time.Now(), 10*time.Second, winner.name)
	s.t.Logf("link cut: %s was fenced after %v", loser.name, took.Round(time.Millisecond))
	s.afterFencing(loser, winner)
}
