package sim

import (
	"testing"
	"time"
)

// TestSlowDisks: where writing takes longer than a turn to stand for election, the turns become longer: the nodes
// must not depose each other for ever.
func TestSlowDisks(t *testing.T) {
	for _, nodes := range []int{2, 3, 5} {
		for seed := uint64(1); seed <= 20; seed++ {
			w := New(Options{Nodes: nodes, Seed: seed, Faults: Faults{Slow: 400 * time.Millisecond}})
			for _, n := range w.Nodes() {
				n.Start()
			}
			if !w.RunUntil(time.Minute, func() bool { return w.DC() != "" && len(w.Online()) == nodes }) {
				t.Errorf("%d nodes, seed %d: DC %q, online %v\n%s", nodes, seed, w.DC(), w.Online(), w.Story())
			}
		}
	}
}
