package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/replica"
)

// configure has the configuration replaced through the first node that runs, and waits until all is done.
func configure(t *testing.T, w *World, properties, resources, constraints string) {
	t.Helper()
	for _, r := range []cib.Request{
		{Op: cib.OpModify, Section: "crm_config", AllowCreate: true, XML: `<crm_config><cluster_property_set id="p">` + properties + `</cluster_property_set></crm_config>`},
		{Op: cib.OpReplace, Section: "resources", XML: `<resources>` + resources + `</resources>`},
		{Op: cib.OpReplace, Section: "constraints", XML: `<constraints>` + constraints + `</constraints>`},
	} {
		answered := false
		for _, n := range w.Nodes() {
			if n.Running() {
				n.Configure(r, func(err error) {
					answered = true
					if err != nil {
						t.Fatalf("%s %s: %v", r.Op, r.Section, err)
					}
				})
				break
			}
		}
		await(t, w, 3*time.Second, "change is committed", func() bool { return answered })
	}
	await(t, w, 5*time.Second, "all is done", w.Settled)
}

func property(name, value string) string {
	return fmt.Sprintf(`<nvpair id="p-%s" name="%s" value="%s"/>`, name, name, value)
}

func dummy(id string) string {
	return fmt.Sprintf(`<primitive id="%s" class="ocf" provider="quorate" type="Dummy"><operations>`+
		`<op id="%s-m" name="monitor" interval="1s"/></operations></primitive>`, id, id)
}

var noFencing = property("stonith-enabled", "false")

// fencing is a configuration with a device that reaches every node.
const fenceDevice = `<primitive id="shoot" class="stonith" type="fence_sim"/>`

func TestRecoversWithoutFencing(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 21})
	configure(t, w, noFencing, dummy("a"), "")
	where := w.Where("a")
	if len(where) != 1 {
		t.Fatalf("a is active on %v", where)
	}
	for _, n := range w.Nodes() {
		if n.Name() == where[0] {
			n.Kill()
		}
	}
	await(t, w, 1500*time.Millisecond, "a runs elsewhere", func() bool {
		now := w.Where("a")
		return len(now) == 1 && now[0] != where[0]
	})
}

func TestRecoversWithFencing(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 22})
	configure(t, w, "", fenceDevice+dummy("a"), "")
	await(t, w, 30*time.Second, "a runs", func() bool { return len(w.Where("a")) == 1 })
	where := w.Where("a")
	for i, n := range w.Nodes() {
		if n.Name() == where[0] {
			w.Isolate(i + 1)
		}
	}
	await(t, w, 6*time.Second, "a runs elsewhere", func() bool {
		now := w.Where("a")
		return len(now) == 1 && now[0] != where[0]
	})
}

func TestNoQuorumStops(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 23})
	configure(t, w, noFencing, dummy("a")+dummy("b")+dummy("c"), "")
	w.Isolate(1)
	await(t, w, 3*time.Second, "nothing runs on the lonely node", func() bool {
		return !w.Node(1).Active("a") && !w.Node(1).Active("b") && !w.Node(1).Active("c")
	})
	await(t, w, 3*time.Second, "everything runs on the others", func() bool {
		return len(w.Where("a")) == 1 && len(w.Where("b")) == 1 && len(w.Where("c")) == 1
	})
	w.Heal()
	await(t, w, 5*time.Second, "all online and done", func() bool { return len(w.Online()) == 3 && w.Settled() })
}

// setStandby takes all resources from a node, or lets it have them again, through the first node that runs.
func setStandby(w *World, name string, on bool) {
	id := name[len("node"):]
	xml := fmt.Sprintf(`<nodes><node id="%s" uname="%s"><instance_attributes id="n-%s"><nvpair id="n-%s-s" name="standby" value="%v"/></instance_attributes></node></nodes>`, id, name, id, id, on)
	change(w, cib.Request{Op: cib.OpModify, Section: "nodes", XML: xml})
}

// TestNoQuorumAfterCrash: an engine that is started again without the others finds and stops what the former one ran.
func TestNoQuorumAfterCrash(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 27})
	configure(t, w, noFencing, dummy("a")+dummy("b")+dummy("c"), "")
	w.Isolate(1)
	n := w.Node(1)
	n.Crash()
	if len(n.agents) == 0 {
		t.Fatal("nothing runs on the node")
	}
	n.Start()
	await(t, w, 5*time.Second, "nothing runs on the lonely node", func() bool { return len(n.agents) == 0 })
	w.Heal()
	await(t, w, 5*time.Second, "all online and done", func() bool { return len(w.Online()) == 3 && w.Settled() })
}

// TestAttributesComeBack: a node that was cut off has its attributes again as soon as it is back, so that nothing is demoted
// for want of a promotion score; one that was started anew has none.
func TestAttributesComeBack(t *testing.T) {
	for name, away := range map[string]func(w *World, n *Node){
		"cut": func(w *World, n *Node) { w.Isolate(int(n.peer.ID)); _ = w.Run(3 * time.Second); w.Heal() },
		"one way": func(w *World, n *Node) {
			w.CutOneWay(int(n.peer.ID), 1+int(n.peer.ID)%3)
			_ = w.Run(3 * time.Second)
			w.Heal()
		},
		"started": func(w *World, n *Node) { n.Kill(); _ = w.Run(3 * time.Second); n.Start() },
	} {
		for _, o := range []Options{{Nodes: 3, Seed: 28}, {Nodes: 2, Seed: 29, Quorum: twoNodes}} {
			w := start(t, o)
			configure(t, w, noFencing, dummy("a"), "")
			var set []attribute.Update
			for _, attr := range []string{"master-a", "load", "fail-count-a#monitor_1000"} {
				value := "7"
				set = append(set, attribute.Update{Node: "node2", Name: attr, Value: &value, Private: attr == "load"})
			}
			w.Node(1).Submit(replica.Command{Attributes: set}, nil)
			_ = w.Run(time.Second)
			away(w, w.Node(2))
			await(t, w, 5*time.Second, "all online", func() bool { return len(w.Online()) == o.Nodes && w.Settled() })
			for _, u := range set {
				if _, there := w.named(w.DC()).core.State().Attribute("node2", u.Name); there != (name != "started") {
					t.Errorf("%d nodes, %s: %s is there: %v", o.Nodes, name, u.Name, there)
				}
			}
		}
	}
}

func TestStandby(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 24})
	configure(t, w, noFencing, dummy("a"), "")
	from := w.Where("a")[0]
	setStandby(w, from, true)
	await(t, w, 300*time.Millisecond, "a has moved", func() bool { return len(w.Where("a")) == 1 && w.Where("a")[0] != from })
}

func TestMonitorRecovers(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 25})
	configure(t, w, noFencing, dummy("a"), "")
	for _, n := range w.Nodes() {
		n.Break("a")
	}
	await(t, w, 2*time.Second, "a runs again", func() bool { return len(w.Where("a")) == 1 })
	await(t, w, 2*time.Second, "all is done", w.Settled)
	failed := false
	for name := range w.Nodes()[0].Core().State().CIB.Transients(w.Where("a")[0]) {
		failed = failed || name == "fail-count-a#monitor_1000"
	}
	if !failed {
		t.Error("the failure was not counted")
	}
}

func TestStopMovesResources(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 26})
	configure(t, w, noFencing, dummy("a")+dummy("b")+dummy("c"), "")
	w.Node(2).Shutdown()
	await(t, w, 2*time.Second, "node2 is gone", func() bool { return !w.Node(2).Running() })
	await(t, w, time.Second, "all is done", w.Settled)
	for _, r := range []string{"a", "b", "c"} {
		if where := w.Where(r); len(where) != 1 || slices.Contains(where, "node2") {
			t.Errorf("%s is active on %v", r, where)
		}
	}
}

func TestTwoNodesForced(t *testing.T) {
	w := start(t, Options{Nodes: 2, Seed: 27, Quorum: twoNodes})
	configure(t, w, noFencing, dummy("a")+dummy("b"), "")
	w.Node(1).Kill()
	await(t, w, 3*time.Second, "node2 has all", func() bool { return w.Node(2).Active("a") && w.Node(2).Active("b") })
	w.Node(1).Start()
	await(t, w, 5*time.Second, "both online and done", func() bool { return len(w.Online()) == 2 && w.Settled() })
	if len(w.Where("a")) != 1 || len(w.Where("b")) != 1 {
		t.Errorf("a is on %v, b on %v", w.Where("a"), w.Where("b"))
	}
}
