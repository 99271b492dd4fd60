//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scene is a cluster with a web service in it, and a client that uses it.
type scene struct {
	*lab
	client *client
	watch  *watch
}

func TestThreeNodes(t *testing.T) { runScenarios(t, 3) }

// TestTwoNodes is the classic pair: two_node: 1 (which means wait_for_all), without fencing.
func TestTwoNodes(t *testing.T) { runScenarios(t, 2) }

func runScenarios(t *testing.T, nodes int) {
	l := newLab(t, nodes)
	s := &scene{l, l.startClient(), l.startWatch()}
	for _, step := range []struct {
		name string
		run  func()
	}{
		{"start", s.start}, {"configure", s.configure}, {"standby and online", s.standby},
		{"power loss and return", s.powerLossAndReturn}, {"link cut and healed", s.cutAndHeal},
		{"nginx killed", s.nginxKilled}, {"engine crashed", s.engineCrashed}, {"engine stopped", s.engineStopped}, {"all nodes killed", s.allKilled},
	} {
		if !t.Run(step.name, func(sub *testing.T) {
			l.t = sub
			defer func() { l.t = t }()
			step.run()
		}) {
			t.FailNow() // the steps build on each other
		}
	}
}

// corosyncConf is the configuration of a cluster of n nodes with default settings.
func corosyncConf(n, rings int) []byte {
	var b bytes.Buffer
	b.WriteString("totem {\n\tversion: 2\n\tcluster_name: e2e\n}\nnodelist {\n")
	for i := 1; i <= n; i++ {
		b.WriteString("\tnode {\n")
		for r := range rings {
			fmt.Fprintf(&b, "\t\tring%d_addr: %s\n", r, ringAddr(r, 10+i))
		}
		fmt.Fprintf(&b, "\t\tname: node%d\n\t\tnodeid: %d\n\t}\n", i, i)
	}
	b.WriteString("}\nquorum {\n\tprovider: corosync_votequorum\n")
	if n == 2 {
		b.WriteString("\ttwo_node: 1\n")
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// writeConfig gives every node the same corosync.conf and key.
func (l *lab) writeConfig() {
	key := bytes.Repeat([]byte("not a secret but long enough....."), 4)
	for _, n := range l.nodes {
		dir := filepath.Join(n.dir, "corosync")
		l.must(os.MkdirAll(dir, 0o755))
		l.must(os.WriteFile(filepath.Join(dir, "corosync.conf"), corosyncConf(len(l.nodes), l.rings), 0o644))
		l.must(os.WriteFile(filepath.Join(dir, "authkey"), key, 0o400))
	}
}

const startPatience = 15 * time.Second

// up boots all nodes and starts their engines at once; it returns how long the engines took.
func (l *lab) up() time.Duration {
	l.t.Helper()
	for _, n := range l.nodes {
		n.boot()
	}
	began := time.Now()
	for _, n := range l.nodes {
		n.startEngine()
	}
	l.allSeeAll()
	return time.Since(began)
}

// allSeeAll waits until every running node sees all running nodes online.
func (l *lab) allSeeAll() {
	l.t.Helper()
	all := l.running()
	until(l.t, startPatience, fmt.Sprintf("%d nodes see each other online, with quorum and a DC", len(all)), func() bool {
		for _, n := range all {
			if !n.sees(len(all)) {
				return false
			}
		}
		return true
	})
}

func (s *scene) start() {
	s.writeConfig()
	s.t.Logf("engines started → all online, quorum, DC: %v", s.up().Round(time.Millisecond))
}

// webConfig is an address and a web server, in that order.
func (l *lab) webConfig() string {
	return `property stonith-enabled=false
rsc_defaults resource-stickiness=100
primitive ip ocf:heartbeat:IPaddr2 params ip=` + vip + ` cidr_netmask=24 nic=eth0 op monitor interval=5s
primitive web ocf:heartbeat:nginx params configfile=` + l.dir + `/nginx.conf httpd=/usr/sbin/nginx op monitor interval=1s timeout=30s
group g ip web
`
}

func (s *scene) configure() {
	began := time.Now()
	s.nodes[0].run(s.webConfig(), "crm", "configure")
	s.client.eventually(s.t, began, 10*time.Second, "")
	s.t.Logf("crm configure → the client is served: %v", time.Since(began).Round(time.Millisecond))
	s.nodes[0].settle()
	s.alone()
}

// active is the node that has the service.
func (s *scene) active() *node {
	s.t.Helper()
	if h := s.holders(); len(h) == 1 {
		return h[0]
	} else {
		s.t.Fatalf("the virtual IP is on %d nodes", len(h))
	}
	return nil
}

// alone asserts that the service is on one node, that the cluster says the same, and that it never was on two.
func (s *scene) alone() *node {
	s.t.Helper()
	if d := s.watch.take(); d > 0 {
		s.t.Fatalf("the virtual IP was on two nodes for %v", d)
	}
	on := s.active()
	for _, n := range s.running() {
		for _, rsc := range []string{"ip", "web"} {
			rsc, n := rsc, n
			until(s.t, 2*time.Second, fmt.Sprintf("%s says that %s is on %s (says %q)", n.name, rsc, on.name, n.runsOn(rsc)), func() bool { return n.runsOn(rsc) == on.name })
		}
		if n != on && n.nginx() != "" {
			s.t.Fatalf("nginx runs on %s as well", n.name)
		}
	}
	return on
}

// nginx is the PID of the node's nginx, as the node sees it; "" if it does not run.
func (n *node) nginx() string {
	data, err := os.ReadFile(n.file("/run/e2e-nginx.pid"))
	pid := strings.TrimSpace(string(data))
	if err != nil || !n.exists("/proc/"+pid) {
		return ""
	}
	return pid
}

// moves does something that makes the service leave the active node, and waits until another one serves the client.
// It returns both nodes and when this began, and tells the outage.
func (s *scene) moves(what string, patience time.Duration, do func(active *node)) (from, to *node, began time.Time) {
	s.t.Helper()
	from = s.alone()
	began = time.Now()
	do(from)
	until(s.t, patience, what+": another node serves the client", func() bool {
		for _, n := range s.nodes {
			if n != from && s.client.answered(began, n.name) {
				to = n
			}
		}
		return to != nil
	})
	s.t.Logf("%s: %s → %s, outage of the client %v", what, from.name, to.name, s.client.outage(began).Round(time.Millisecond))
	return from, to, began
}

func (s *scene) standby() {
	from, to, _ := s.moves("standby", 10*time.Second, func(active *node) { s.others(active)[0].crm("node standby " + active.name) })
	to.settle()
	s.alone()
	to.crm("node online " + from.name)
	to.settle()
	if on := s.alone(); on != to {
		s.t.Fatalf("the service went back to %s against its stickiness", on.name)
	}
}

// undisturbed does something that must not touch the service.
func (s *scene) undisturbed(what string, do func()) {
	s.t.Helper()
	on := s.active()
	pid := on.nginx()
	began := time.Now()
	do()
	on.settle()
	if now := s.alone(); now != on || on.nginx() != pid {
		s.t.Fatalf("%s disturbed the service: it was on %s (nginx %s), is on %s (nginx %s)", what, on.name, pid, now.name, now.nginx())
	}
	s.t.Logf("%s: undisturbed, longest gap between answers %v", what, s.client.outage(began).Round(time.Millisecond))
}

func (s *scene) powerLossAndReturn() {
	before := s.active().status().Generation
	from, to, _ := s.moves("power loss", 10*time.Second, (*node).powerLoss)
	to.settle()
	s.alone()
	generation := to.status().Generation
	if forced := len(s.nodes) == 2; forced != (generation > before) {
		s.t.Fatalf("generation %d → %d with %d nodes", before, generation, len(s.nodes))
	}
	s.undisturbed("return of "+from.name, func() { s.comeBack(from) })
}

// comeBack switches a node on again.
func (s *scene) comeBack(n *node) {
	s.t.Helper()
	n.boot()
	began := time.Now()
	n.startEngine()
	s.allSeeAll()
	s.t.Logf("%s: engine started → online: %v", n.name, time.Since(began).Round(time.Millisecond))
}

// cutAndHeal: with three nodes the one that is cut off stops its resources by itself, some time after the others
// went on: without fencing nobody can make that sooner. With two nodes both go on, as two_node without fencing
// promises; when they meet again, one gives way.
func (s *scene) cutAndHeal() {
	from, to, _ := s.moves("link cut", 10*time.Second, (*node).cut)
	if len(s.nodes) == 2 {
		until(s.t, 5*time.Second, "both sides go on", func() bool { return from.sees(1) && to.sees(1) })
		if !from.hasAddr(vip) {
			s.t.Fatalf("%s gave up its service, though two_node lets it go on", from.name)
		}
	} else {
		took := until(s.t, 10*time.Second, from.name+" stops what it cannot keep", func() bool { return !from.hasAddr(vip) })
		s.t.Logf("the cut-off node stopped its address %v after another one served", took.Round(time.Millisecond))
	}
	to.settle()
	overlap := s.watch.take()
	s.t.Logf("the virtual IP was on both sides of the cut for %v", overlap.Round(time.Millisecond))
	if len(s.nodes) > 2 && overlap > 3*time.Second {
		s.t.Fatal("that is too long")
	}
	began := time.Now()
	from.heal()
	s.allSeeAll()
	s.t.Logf("healed → all online: %v", time.Since(began).Round(time.Millisecond))
	until(s.t, 10*time.Second, "the virtual IP is on one node", func() bool { return len(s.holders()) == 1 })
	s.nodes[0].settle()
	overlap = s.watch.take()
	if len(s.nodes) > 2 && overlap > 0 {
		s.t.Fatalf("the virtual IP was on two nodes for %v after the link came back", overlap)
	}
	s.client.eventually(s.t, time.Now(), 10*time.Second, s.active().name)
	s.alone()
}

func (s *scene) nginxKilled() {
	on := s.alone()
	pid := on.nginx()
	began := time.Now()
	// The master first: it would put a new worker in the place of a killed one, and that would keep the port.
	on.run("", "sh", "-c", "kill -9 "+pid+" $(cat /proc/"+pid+"/task/"+pid+"/children)")
	until(s.t, 10*time.Second, "nginx runs again", func() bool { p := on.nginx(); return p != "" && p != pid })
	s.client.eventually(s.t, time.Now(), 5*time.Second, on.name)
	s.t.Logf("nginx killed: served again by %s, outage of the client %v", on.name, s.client.outage(began).Round(time.Millisecond))
	on.settle()
	s.alone()
	on.crm("resource cleanup web")
	on.settle()
}

// engineCrashed: the engine alone dies and is started again at once, as systemd does it; its services live on, are
// found by probes and stay.
func (s *scene) engineCrashed() {
	on := s.alone()
	s.undisturbed("crash of "+on.name+"'s engine", func() {
		for _, pid := range on.engines() {
			s.must(syscall.Kill(pid, syscall.SIGKILL))
		}
		time.Sleep(100 * time.Millisecond)
		on.startEngine()
		s.allSeeAll()
		on.settle()
	})
}

func (s *scene) engineStopped() {
	from, to, _ := s.moves("engine stopped", 15*time.Second, func(active *node) { active.crm("cluster stop") })
	if from.status() != nil {
		s.t.Fatalf("the engine of %s runs after its stop", from.name)
	}
	if p := from.nginx(); p != "" || from.hasAddr(vip) {
		s.t.Fatalf("%s was stopped but keeps nginx (%q) or the address", from.name, p)
	}
	until(s.t, 5*time.Second, to.name+" sees the others only", func() bool { return to.sees(len(s.nodes) - 1) })
	to.settle()
	s.undisturbed("return of "+from.name, func() {
		from.startEngine()
		s.allSeeAll()
	})
}

func (s *scene) allKilled() {
	s.alone()
	for _, n := range s.nodes {
		s.inBridge("ip link set " + n.port(0) + " down")
	}
	for _, n := range s.nodes {
		n.kill()
	}
	s.t.Logf("engines started again → all online: %v", s.up().Round(time.Millisecond))
	began := time.Now()
	s.client.eventually(s.t, began, 10*time.Second, "")
	s.t.Logf("all online → the client is served: %v", time.Since(began).Round(time.Millisecond))
	s.nodes[0].settle()
	s.alone()
	if out := s.nodes[0].crm("configure show"); !strings.Contains(out, "group g ip web") {
		s.t.Fatalf("the configuration did not survive:\n%s", out)
	}
}
