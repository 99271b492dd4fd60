package sim

import (
	"slices"
	"testing"
	"time"

	"quorate/engine/node"
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
