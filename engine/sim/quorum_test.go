package sim

import (
	"slices"
	"testing"
	"time"

	"quorate/engine/quorum"
)

// TestTieBreakerAfterRestart: when all have restarted, the half with the tie breaker of the last membership goes on,
// the other waits, and follows when they meet.
func TestTieBreakerAfterRestart(t *testing.T) {
	for _, half := range [][2]int{{1, 2}, {3, 4}} {
		w := start(t, Options{Nodes: 4, Seed: 31, Quorum: quorum.Options{AutoTieBreaker: true}})
		configure(t, w, noFencing, dummy("a"), "")
		for _, n := range w.Nodes() {
			n.Kill()
		}
		for _, i := range half {
			w.Node(i).Start()
		}
		goesOn := w.RunUntil(20*time.Second, func() bool { return len(w.Online()) == 2 })
		if want := half[0] == 1; goesOn != want {
			t.Fatalf("nodes %v go on: %v, want %v (%v)", half, goesOn, want, w.Fault())
		}
		for _, n := range w.Nodes() {
			n.Start()
		}
		await(t, w, 5*time.Second, "all online", func() bool { return len(w.Online()) == 4 && w.Settled() })
	}
}

// TestForgottenTie: a half that lost its disks does not know which half it is, so it waits.
func TestForgottenTie(t *testing.T) {
	w := start(t, Options{Nodes: 4, Seed: 32, Quorum: quorum.Options{AutoTieBreaker: true}})
	for _, n := range w.Nodes() {
		n.Kill()
		n.ledger = quorum.Ledger{}
	}
	w.Node(1).Start()
	w.Node(2).Start()
	if w.RunUntil(20*time.Second, func() bool { return w.DC() != "" }) {
		t.Fatal("two of four nodes went on without knowing where they were counted before")
	}
}

// TestLostWhileRejoining: a node hears that the other one went on without it, gives up its log, and gets no other, since the
// other hears nothing of it. It stops what it runs, by what it knew before (S6 is checked after every step).
func TestLostWhileRejoining(t *testing.T) {
	for _, deaf := range []int{1, 2} {
		w := start(t, Options{Nodes: 2, Seed: uint64(34 + deaf), Quorum: twoNodes})
		configure(t, w, noFencing, dummy("a")+dummy("b"), "")
		w.CutOneWay(3-deaf, deaf)
		await(t, w, 10*time.Second, "nothing runs on the node that gave up its log", func() bool { return len(w.Node(3-deaf).agents) == 0 })
		if w.Node(3-deaf).core.State().CIB.ByID("a") == nil {
			t.Error("the node has forgotten the configuration")
		}
		w.Heal()
		await(t, w, 5*time.Second, "both online", func() bool { return len(w.Online()) == 2 && w.Settled() })
		for _, r := range []string{"a", "b"} {
			if len(w.Where(r)) != 1 {
				t.Errorf("%s is active on %v", r, w.Where(r))
			}
		}
	}
}

// TestLastManStandingRestarts: the nodes are lost one by one until two are left, which then survive a restart of one:
// it learns from the other who is left.
func TestLastManStandingRestarts(t *testing.T) {
	w := start(t, Options{Nodes: 5, Seed: 33, Quorum: quorum.Options{LastManStanding: true, LMSWindow: 2 * time.Second}})
	configure(t, w, noFencing, dummy("a"), "")
	for _, i := range []int{5, 4, 3} {
		w.Node(i).Kill()
		await(t, w, 10*time.Second, "the others go on", func() bool { return len(w.Online()) == i-1 })
		_ = w.Run(4 * time.Second) // the window
	}
	await(t, w, 5*time.Second, "a runs", func() bool { return len(w.Where("a")) == 1 })
	w.Node(2).Kill()
	_ = w.Run(3 * time.Second)
	w.Node(2).Start()
	await(t, w, 5*time.Second, "two are online again", func() bool {
		return slices.Equal(w.Online(), []string{"node1", "node2"}) && w.Settled()
	})
	if v := w.Node(1).Core().Status().Quorum.Expected; v != 2 {
		t.Errorf("%d votes are expected", v)
	}
	for _, n := range w.Nodes() {
		n.Start()
	}
	await(t, w, 5*time.Second, "all online", func() bool { return len(w.Online()) == 5 && w.Settled() })
}

// TestForgottenCommit: of the two nodes that stored a change one dies and the other loses its disk. The third, which never
// saw the change, may go on with the one that has forgotten it, since they have quorum, but not as if nothing had been:
// in a generation of their own, so that the node that has the change keeps it in a file when it is back.
func TestForgottenCommit(t *testing.T) {
	for seed := uint64(81); seed < 86; seed++ {
		w := start(t, Options{Nodes: 3, Seed: seed})
		configure(t, w, noFencing, "", "")
		dc := w.named(w.DC())
		others := slices.DeleteFunc(slices.Clone(w.Nodes()), func(n *Node) bool { return n == dc })
		blank, late := others[0], others[1]
		w.Isolate(int(late.peer.ID))
		await(t, w, 5*time.Second, "the third is gone", func() bool { return len(w.Online()) == 2 })
		configure(t, w, noFencing+property("kept", "1"), "", "")
		dc.Kill()
		blank.LoseDisk()
		w.Heal()
		blank.Start()
		await(t, w, 10*time.Second, "two are online", func() bool { return len(w.Online()) == 2 && w.Settled() })
		dc.Start()
		await(t, w, 10*time.Second, "all online", func() bool { return len(w.Online()) == 3 && w.Settled() })
		if w.generation() != 1 {
			t.Errorf("seed %d: it is generation %d", seed, w.generation())
		}
	}
}

// TestReturnsToTheOthers: a node that could go on alone by the quorum rules is started while the others are at work. It
// gives them time to be heard before it goes on without them, and so gets what it missed.
func TestReturnsToTheOthers(t *testing.T) {
	for name, o := range map[string]Options{
		"ignore": {Nodes: 3, Seed: 91},
		"two":    {Nodes: 2, Seed: 92, Quorum: quorum.Options{TwoNode: true}},
	} {
		w := start(t, o)
		configure(t, w, noFencing+property("no-quorum-policy", "ignore"), dummy("a"), "")
		before := w.generation()
		w.Node(1).Shutdown()
		await(t, w, 5*time.Second, "node1 has left", func() bool { return !w.Node(1).Running() && len(w.Online()) == o.Nodes-1 })
		if o.Nodes == 2 {
			_ = w.Run(time.Second)
			before = w.generation()
		}
		configure(t, w, noFencing+property("no-quorum-policy", "ignore")+property("missed", "1"), dummy("a"), "")
		w.Node(1).Start()
		await(t, w, 10*time.Second, "all online", func() bool { return len(w.Online()) == o.Nodes && w.Settled() })
		if g := w.generation(); g != before {
			t.Errorf("%s: node1 went on without the others: generation %d after %d", name, g, before)
		}
		if v := w.Node(1).core.State().Option("missed", ""); v != "1" {
			t.Errorf("%s: what node1 missed is lost", name)
		}
	}
}
