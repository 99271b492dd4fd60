//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

var joinCommand = regexp.MustCompile(`crm cluster join (\S+)`)

// TestInitAndJoin makes a cluster of one machine, lets two more in with one-time tokens, and takes one out again.
func TestInitAndJoin(t *testing.T) {
	l := newLab(t, 3)
	for _, n := range l.nodes {
		n.boot()
	}
	first := l.nodes[0]
	out := first.crm("cluster init --name nights --addr " + first.addr())
	used := ""
	for i, n := range l.nodes[1:] {
		token := joinCommand.FindStringSubmatch(out)
		if token == nil {
			t.Fatalf("no token in:\n%s", out)
		}
		began := time.Now()
		n.crm("cluster join " + token[1] + " --addr " + n.addr())
		until(t, startPatience, n.name+" is online everywhere", func() bool { return first.sees(i+2) && n.sees(i+2) })
		t.Logf("%s: crm cluster join → online: %v", n.name, time.Since(began).Round(time.Millisecond))
		used = token[1]
		out = first.crm("cluster token")
	}
	if out, err := l.nodes[2].try("", "crm", "cluster", "join", used, "--addr", l.nodes[2].addr()); err == nil {
		t.Fatalf("a running node joined again:\n%s", out)
	}
	first.run("property stonith-enabled=false\nprimitive d ocf:heartbeat:Dummy op monitor interval=10s\n", "crm", "configure")
	first.settle()
	for _, n := range l.nodes {
		if on := n.runsOn("d"); on == "" {
			t.Fatalf("%s does not know where d runs", n.name)
		}
		n.hasMode("/etc/corosync/corosync.conf", 0o644)
	}
	l.awaitDummy("d", nil).hasMode(fmt.Sprintf(dummyState, "d"), 0o640)
	l.restartsWithWhatItLearned(first, used)
	l.takesOut(first, l.nodes[2])
	l.isTold(first, l.nodes[2])
	l.nodes[1].powerLoss()
	until(t, 10*time.Second, "one of two goes on without the other", func() bool { return first.sees(1) })
	until(t, 10*time.Second, "d runs on "+first.name, func() bool { return first.runsOn("d") == first.name })
}

// restartsWithWhatItLearned: the first node's own file had no other nodes when it was written.
func (l *lab) restartsWithWhatItLearned(first *node, used string) {
	l.t.Helper()
	first.powerLoss()
	second := l.nodes[1]
	until(l.t, 10*time.Second, "the others go on without the first", func() bool { return second.sees(2) })
	second.settle()
	first.boot()
	first.crm("cluster start")
	l.allSeeAll()
	if out := first.crm("cluster status"); !strings.Contains(out, "nights") || strings.Count(out, "online") != 3 {
		l.t.Fatalf("crm cluster status:\n%s", out)
	}
	third := l.nodes[2]
	third.crm("cluster stop")
	until(l.t, 10*time.Second, "the third has left", func() bool { return first.sees(2) })
	if out, err := third.try("", "crm", "cluster", "join", used, "--addr", third.addr()); err == nil {
		l.t.Fatalf("a token was good twice:\n%s", out)
	}
}

// takesOut removes a stopped node for good: two remain and are a cluster of two.
func (l *lab) takesOut(first, gone *node) {
	l.t.Helper()
	first.crm("cluster remove " + gone.name)
	until(l.t, 5*time.Second, "the node is forgotten", func() bool {
		s := first.status()
		return s != nil && len(s.Nodes) == 2 && s.Quorum.Expected == 2
	})
	if out := first.run("", "cat", "/etc/corosync/corosync.conf"); strings.Contains(out, gone.name) {
		l.t.Fatalf("%s is still in corosync.conf:\n%s", gone.name, out)
	}
	if out := first.crm("configure show"); strings.Contains(out, gone.name) {
		l.t.Fatalf("%s is still in the configuration:\n%s", gone.name, out)
	}
}

// isTold starts a node that was removed while it was off: it says so, instead of only missing the others, and joins
// again with a token.
func (l *lab) isTold(first, gone *node) {
	l.t.Helper()
	gone.startEngine()
	took := until(l.t, startPatience, gone.name+" says that it was removed", func() bool {
		s := gone.status()
		return s != nil && strings.Contains(s.WaitingFor, "removed from the cluster, says "+first.name)
	})
	l.t.Logf("%s says after %v that it was removed", gone.name, took.Round(time.Millisecond))
	if !first.sees(2) {
		l.t.Fatalf("the removed node disturbs the cluster: %+v", first.status())
	}
	gone.crm("cluster stop")
	gone.crm("cluster join " + joinCommand.FindStringSubmatch(first.crm("cluster token"))[1] + " --addr " + gone.addr())
	until(l.t, startPatience, gone.name+" is back", func() bool { return first.sees(3) && gone.sees(3) })
	gone.crm("cluster stop")
	until(l.t, startPatience, gone.name+" has left", func() bool { return first.sees(2) })
	first.crm("cluster remove " + gone.name)
	until(l.t, startPatience, "two remain", func() bool { s := first.status(); return s != nil && len(s.Nodes) == 2 })
}
