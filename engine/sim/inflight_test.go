package sim

import (
	"testing"
	"time"
)

// TestDCLostDuringStop: the DC is lost while another node stops a resource for long. Its successor starts the
// resource elsewhere only when it has stopped, also if the other node leaves (S2 is checked after every step).
func TestDCLostDuringStop(t *testing.T) {
	for name, why := range map[string]func(*World, *Node){
		"standby": func(w *World, n *Node) { setStandby(w, n.Name(), true) },
		"leave":   func(_ *World, n *Node) { n.Shutdown() },
	} {
		for _, resource := range []string{dummy("a"), `<primitive id="a" class="ocf" provider="quorate" type="Dummy"/>`} {
			t.Run(name, func(t *testing.T) {
				w := start(t, Options{Nodes: 5, Seed: 51})
				configure(t, w, "", fenceDevice+resource, "")
				on := w.named(w.Where("a")[0])
				dc := w.named(w.DC())
				if dc == on {
					t.Fatal("the DC runs the resource: take another seed")
				}
				on.slow = 5 * time.Second
				why(w, on)
				_ = w.Run(100 * time.Millisecond)
				dc.Kill()
				await(t, w, 30*time.Second, "a runs elsewhere", func() bool {
					now := w.Where("a")
					return len(now) == 1 && now[0] != on.Name()
				})
			})
		}
	}
}
