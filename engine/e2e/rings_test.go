//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// linksUp tells, as a node sees it, which links towards a peer work.
func (n *node) linksUp(peer *node) string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	links, err := n.engine().Links(ctx)
	if err != nil {
		return err.Error()
	}
	var up []string
	for _, l := range links.Links {
		for _, p := range l.Peers {
			if p.NodeID == uint32(peer.index) && p.Connected {
				up = append(up, fmt.Sprint(l.ID))
			}
		}
	}
	return strings.Join(up, " ")
}

// awaitLinks waits until a node and all others see exactly these links between them.
func (l *lab) awaitLinks(n *node, want string) {
	l.t.Helper()
	until(l.t, 5*time.Second, "the links of "+n.name+" that work are: "+want, func() bool {
		for _, o := range l.others(n) {
			if o.linksUp(n) != want || n.linksUp(o) != want {
				return false
			}
		}
		return true
	})
}

const (
	// clockPause is longer than the election clock of the log, which sees a leader whose connections were not moved to
	// the other ring.
	clockPause = 5 * time.Second
	tokenPause = 1500 * time.Millisecond // longer than the detection time
)

// TestTwoRings: while one ring of a node works, nothing moves and everything can be changed; without both it is lost.
func TestTwoRings(t *testing.T) {
	l := newRings(t, 3, 2)
	l.writeConfig()
	l.up()
	l.nodes[0].run("property stonith-enabled=false\nprimitive d ocf:heartbeat:Dummy op monitor interval=1s\n", "crm", "configure")
	l.nodes[0].settle()
	on := l.awaitDummy("d", nil)
	dc := l.named(on.status().DC)
	l.awaitLinks(on, "0 1")
	l.loseRing(dc, 0, clockPause, on, dc)
	l.loseRing(dc, 1, tokenPause, on, dc)
	l.loseRing(l.others(dc)[0], 0, tokenPause, on, dc)
	began := time.Now()
	on.cut()
	to := l.awaitDummy("d", on)
	t.Logf("both rings of %s cut: the Dummy runs on %s after %v", on.name, to.name, time.Since(began).Round(time.Millisecond))
	until(t, 10*time.Second, on.name+" stops what it cannot keep", func() bool { return !on.exists(fmt.Sprintf(dummyState, "d")) })
	on.heal()
	l.allSeeAll()
	l.awaitLinks(on, "0 1")
}

// loseRing cuts one ring of a node for a while and heals it again: no node is lost, DC and resource stay, and every node can
// change the configuration at once.
func (l *lab) loseRing(victim *node, ring int, pause time.Duration, on, dc *node) {
	l.t.Helper()
	logs := l.logSizes()
	victim.cutRing(ring)
	l.awaitLinks(victim, fmt.Sprint(1-ring))
	for _, n := range l.nodes {
		began := time.Now()
		n.crm(fmt.Sprintf("configure property cluster-delay=%ds", 60+int(began.UnixNano()%100)))
		if took := time.Since(began); took > time.Second {
			l.t.Errorf("ring %d of %s is cut: a change from %s took %v", ring, victim.name, n.name, took)
		}
	}
	time.Sleep(pause)
	victim.healRing(ring)
	l.awaitLinks(victim, "0 1")
	for _, n := range l.nodes {
		if s := n.status(); s == nil || s.DC != dc.name || !n.sees(3) {
			l.t.Fatalf("ring %d of %s was cut: %s sees DC %+v", ring, victim.name, n.name, s)
		}
		for _, word := range []string{"is lost", "is gone", "no DC", "quorum lost", "failed"} {
			if strings.Contains(n.logSince(logs[n]), word) {
				l.t.Fatalf("ring %d of %s was cut: %s says %q", ring, victim.name, n.name, word)
			}
		}
	}
	if now := l.dummyOn("d", nil); now != on {
		l.t.Fatalf("ring %d of %s was cut: the Dummy moved", ring, victim.name)
	}
	l.t.Logf("ring %d of %s cut for %v and healed: nothing moved", ring, victim.name, pause)
}
