package sim

import (
	"testing"
	"time"

	"quorate/engine/quorum"
)

// TestAllLeave stops the nodes one after the other, without waiting, or at once: nobody takes longer than the
// resources need to stop, the last one neither, although it has no quorum then.
func TestAllLeave(t *testing.T) {
	for name, o := range map[string]Options{
		"three": {Nodes: 3, Seed: 41}, "two": {Nodes: 2, Seed: 42, Quorum: twoNodes}, "five": {Nodes: 5, Seed: 43},
		"four": {Nodes: 4, Seed: 44, Quorum: quorum.Options{AutoTieBreaker: true}},
	} {
		for _, properties := range []string{noFencing, ""} {
			for _, pause := range []time.Duration{0, 5 * time.Millisecond, 100 * time.Millisecond, 2 * time.Second} {
				w := start(t, o)
				configure(t, w, properties, fenceDevice+dummy("a")+dummy("b")+dummy("c"), "")
				for i := range w.Nodes() {
					w.Node(i + 1).Shutdown()
					_ = w.Run(pause)
				}
				await(t, w, 3*time.Second, name+": all have left", func() bool {
					for _, n := range w.Nodes() {
						if n.Running() {
							return false
						}
					}
					return true
				})
				for _, n := range w.Nodes() {
					if len(n.agents) > 0 {
						t.Errorf("%s, pause %v: %s left and still runs %v", name, pause, n.Name(), n.agents)
					}
				}
			}
		}
	}
}

// TestLostWhileAwaited: a node is lost while a transition waits for its agents, which hang. The others go on at once.
func TestLostWhileAwaited(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 45})
	configure(t, w, noFencing, dummy("a")+dummy("b")+dummy("c"), "")
	victim := 1
	if w.DC() == "node1" {
		victim = 2
	}
	w.Node(victim).hangs = true
	for _, r := range []string{"a", "b", "c"} {
		w.Node(victim).Break(r)
	}
	_ = w.Run(1500 * time.Millisecond)
	w.Node(victim).Kill()
	await(t, w, 3*time.Second, "all runs on the others", func() bool {
		for _, r := range []string{"a", "b", "c"} {
			if len(w.Where(r)) != 1 {
				return false
			}
		}
		return w.Settled()
	})
}
