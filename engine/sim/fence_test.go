package sim

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLateReportOfFencing: a DC has a lost node fenced and is cut off before it can say so. The node starts again and
// joins the others; the report that the former DC brings at last does not end it once more.
func TestLateReportOfFencing(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 61})
	configure(t, w, "", fenceDevice+dummy("a"), "")
	dc := w.named(w.DC())
	others := slices.DeleteFunc(slices.Clone(w.Nodes()), func(n *Node) bool { return n == dc })
	lost := others[0]
	lost.Kill()
	await(t, w, 5*time.Second, "the DC has the node fenced", func() bool {
		return strings.Contains(w.Story(), dc.Name()+": fence device: reboot "+lost.Name())
	})
	w.Isolate(int(dc.peer.ID))
	_ = w.Run(fenceTakes)
	lost.Start()
	await(t, w, 10*time.Second, "two are online without the former DC", func() bool {
		return len(w.Online()) == 2 && w.DC() != "" && w.DC() != dc.Name()
	})
	run := lost.run
	w.Heal()
	await(t, w, 20*time.Second, "all online", func() bool {
		dc.Start() // the others had it fenced
		return len(w.Online()) == 3 && w.Settled()
	})
	if lost.run != run {
		t.Errorf("%s was ended by a report of its past", lost.Name())
	}
}
