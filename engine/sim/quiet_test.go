package sim

import (
	"testing"
	"time"

	"quorate/engine/quorum"
)

// TestQuietWithBrokenLinks: where some nodes cannot hear some others, each has its own view; what they tell each other of it
// comes to an end all the same, and nobody joins and leaves in turn.
func TestQuietWithBrokenLinks(t *testing.T) {
	for _, o := range []Options{
		{Nodes: 3, Seed: 1}, {Nodes: 5, Seed: 2}, {Nodes: 2, Seed: 3, Quorum: twoNodes}, {Nodes: 4, Seed: 4, Quorum: quorum.Options{AutoTieBreaker: true}},
		{Nodes: 5, Seed: 5, Quorum: quorum.Options{LastManStanding: true, LMSWindow: time.Second, WaitForAll: true}},
	} {
		for name, hurt := range map[string]func(w *World){
			"cut":       func(w *World) { w.Cut(1, o.Nodes) },
			"one way":   func(w *World) { w.CutOneWay(1, o.Nodes) },
			"the other": func(w *World) { w.CutOneWay(2, 1) },
			"two cuts":  func(w *World) { w.Cut(1, 2); w.CutOneWay(2, o.Nodes) },
		} {
			w := start(t, o)
			configure(t, w, noFencing, dummy("a"), "")
			hurt(w)
			_ = w.Run(5 * time.Second)
			events, lines := w.seq, len(w.log)
			if err := w.Run(10 * time.Second); err != nil {
				t.Fatal(err)
			}
			// Of each node to each other there are 5 heartbeats a second, and some work of its own.
			if n := w.seq - events; n > 150*o.Nodes*o.Nodes || len(w.log) > lines {
				t.Errorf("%d nodes, %s: %d events and %d lines of news in 10 s", o.Nodes, name, n, len(w.log)-lines)
			}
		}
	}
}
