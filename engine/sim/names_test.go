package sim

import (
	"slices"
	"testing"
	"time"

	"quorate/engine/node"
	"quorate/engine/replica"
)

// TestRenamed: a node that starts under another name, which the others have been told, is the same node: it joins, and
// its former name is gone.
func TestRenamed(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 71})
	configure(t, w, noFencing, dummy("a")+dummy("b")+dummy("c"), "")
	w.Node(2).Shutdown()
	await(t, w, 5*time.Second, "node2 has left", func() bool { return !w.Node(2).Running() })
	w.Node(2).peer.Name = "other"
	for _, n := range w.Nodes() {
		n.peers = slices.Clone(n.peers)
		n.peers[1].Name = "other"
		n.step(node.Reconfigured{Peers: slices.Clone(n.peers), Token: time.Second})
	}
	w.Node(2).Start()
	await(t, w, 5*time.Second, "all online", func() bool { return slices.Equal(w.Online(), []string{"node1", "node3", "other"}) && w.Settled() })
	doc := w.Node(1).core.State().CIB
	if n := doc.Section("nodes").FindElements("node"); len(n) != 3 {
		t.Errorf("%d nodes are in the configuration", len(n))
	}
	if states := doc.NodeStates(); len(states) != 3 {
		t.Errorf("states of nodes: %v", states)
	}
	for _, r := range []string{"a", "b", "c"} {
		if len(w.Where(r)) != 1 {
			t.Errorf("%s is active on %v", r, w.Where(r))
		}
	}
}

// TestAddAndRemove: nodes are added and removed one after the other, while the DC is lost in the middle of each change. New
// ones count as replicas like the others, and in the end those that are left are at work.
func TestAddAndRemove(t *testing.T) {
	for seed := uint64(72); seed < 78; seed++ {
		w := start(t, Options{Nodes: 3, Seed: seed})
		configure(t, w, noFencing, dummy("a")+dummy("b"), "")
		all := func(names ...string) func() bool {
			return func() bool {
				return slices.Equal(w.Online(), names) && w.Settled() && len(w.Where("a")) == 1 && len(w.Where("b")) == 1
			}
		}
		for range 2 {
			added := w.Add()
			await(t, w, 5*time.Second, "the node is admitted", func() bool {
				_, known := w.named(w.DC()).core.State().NodeRef(added.Name())
				return known
			})
			added.Start()
			_ = w.Run(time.Duration(seed-72) * 20 * time.Millisecond)
			lost := w.named(w.DC())
			lost.Kill()
			_ = w.Run(2 * time.Second)
			lost.Start()
			_ = w.Run(time.Second)
		}
		await(t, w, 20*time.Second, "five are online", all("node1", "node2", "node3", "node4", "node5"))
		_ = w.Run(time.Second)
		w.Node(1).Kill()
		w.Node(2).Kill()
		await(t, w, 5*time.Second, "three of five go on, two of them new", all("node3", "node4", "node5"))
		if w.generation() != 0 {
			t.Errorf("seed %d: the new nodes are no replicas: generation %d", seed, w.generation())
		}
		w.Node(1).Start()
		w.Node(2).Start()
		await(t, w, 5*time.Second, "five are online again", all("node1", "node2", "node3", "node4", "node5"))
		w.Node(1).Shutdown()
		await(t, w, 5*time.Second, "node1 has left", func() bool { return !w.Node(1).Running() })
		w.Node(2).Submit(replica.Command{Remove: "node1"}, nil)
		_ = w.Run(time.Duration(seed-72) * 5 * time.Millisecond)
		if dc := w.named(w.DC()); dc != nil {
			dc.Kill()
			_ = w.Run(3 * time.Second)
			dc.Start()
		}
		await(t, w, 20*time.Second, "four are left", all("node2", "node3", "node4", "node5"))
	}
}
