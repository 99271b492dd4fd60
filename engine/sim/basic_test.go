package sim

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"quorate/engine/quorum"
)

// start makes a world and boots all its nodes; it is over when all are online.
func start(t *testing.T, o Options) *World {
	t.Helper()
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], o.Seed)
	cryptorand.Reader = rand.NewChaCha8(seed) // raft throws its dice with it
	w := New(o)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(w.Story())
		}
	})
	for _, n := range w.Nodes() {
		n.Start()
	}
	await(t, w, 5*time.Second, "all nodes online", func() bool { return len(w.Online()) == o.Nodes && w.Settled() })
	return w
}

func await(t *testing.T, w *World, d time.Duration, what string, cond func() bool) {
	t.Helper()
	began := w.Now()
	if !w.RunUntil(d, cond) {
		if err := w.Fault(); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("not within %v: %s", d, what)
	}
	t.Logf("%s after %v", what, w.Now()-began)
}

func TestStart(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 1})
	if w.Now() > 2*time.Second {
		t.Errorf("it took %v until all nodes were online", w.Now())
	}
}

func TestLeaderDies(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 2})
	dc := w.DC()
	for _, n := range w.Nodes() {
		if n.Name() == dc {
			n.Kill()
		}
	}
	await(t, w, 1500*time.Millisecond, "another DC without the dead node", func() bool {
		return w.DC() != "" && w.DC() != dc && len(w.Online()) == 2
	})
}

func TestReturns(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 3})
	w.Node(2).Kill()
	await(t, w, 2*time.Second, "two online", func() bool { return len(w.Online()) == 2 })
	w.Node(2).Start()
	await(t, w, time.Second, "three online", func() bool { return len(w.Online()) == 3 })
}

func TestIsolatedNodeComesBack(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 4})
	w.Isolate(1)
	await(t, w, 3*time.Second, "two online", func() bool { return len(w.Online()) == 2 })
	w.Heal()
	await(t, w, 2*time.Second, "three online", func() bool { return len(w.Online()) == 3 })
}

var twoNodes = quorum.Options{TwoNode: true, WaitForAll: true}

func TestTwoNodesCrash(t *testing.T) {
	for i := 1; i <= 2; i++ {
		w := start(t, Options{Nodes: 2, Seed: uint64(i), Quorum: twoNodes})
		other := w.Node(3 - i)
		w.Node(i).Kill()
		await(t, w, 3*time.Second, "survivor goes on alone", func() bool { return slices.Equal(w.Online(), []string{other.Name()}) })
		w.Node(i).Start()
		await(t, w, 3*time.Second, "both online", func() bool { return len(w.Online()) == 2 })
		if !other.Core().IsDC() {
			t.Error("the node that returned took the lead from the survivor")
		}
	}
}

func TestTwoNodesWaitForAll(t *testing.T) {
	w := start(t, Options{Nodes: 2, Seed: 9, Quorum: twoNodes})
	w.Node(1).Kill()
	w.Node(2).Kill()
	w.Node(1).Start()
	if w.RunUntil(30*time.Second, func() bool { return w.DC() != "" }) {
		t.Fatal("one node started alone, although it has to wait for the other")
	}
	w.Node(2).Start()
	await(t, w, 3*time.Second, "both online", func() bool { return len(w.Online()) == 2 })
}

func TestAllDie(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 10})
	for _, n := range w.Nodes() {
		n.Kill()
	}
	for _, n := range w.Nodes() {
		n.Start()
	}
	await(t, w, 2*time.Second, "all online", func() bool { return len(w.Online()) == 3 })
}

// TestDiskLost: nodes that are set up anew, one after the other, come back and get everything from the others, whether
// they had left or crashed, and whether they were DC.
func TestDiskLost(t *testing.T) {
	for _, k := range []struct {
		nodes  int
		quorum quorum.Options
	}{{3, quorum.Options{}}, {5, quorum.Options{}}, {2, twoNodes}} {
		for _, clean := range []bool{false, true} {
			w := start(t, Options{Nodes: k.nodes, Seed: 9, Quorum: k.quorum})
			configure(t, w, noFencing, dummy("a"), "")
			for i := range w.Nodes() {
				n := w.Node(i + 1)
				if clean {
					n.Shutdown()
					await(t, w, 5*time.Second, n.Name()+" has left", func() bool { return !n.Running() })
				}
				n.LoseDisk()
				_ = w.Run(100 * time.Millisecond) // it comes back before it is missed, and after it
				n.Start()
				await(t, w, 10*time.Second, n.Name()+" is back and has everything", func() bool {
					return len(w.Online()) == k.nodes && w.Settled() && n.core.State().CIB.ByID("a") != nil
				})
			}
			if where := w.Where("a"); len(where) != 1 {
				t.Errorf("%d nodes: a runs on %v", k.nodes, where)
			}
		}
	}
}

func TestShutdown(t *testing.T) {
	for i := 1; i <= 3; i++ {
		w := start(t, Options{Nodes: 3, Seed: uint64(i)})
		w.Node(i).Shutdown()
		await(t, w, time.Second, "node is gone", func() bool { return !w.Node(i).Running() && len(w.Online()) == 2 })
	}
}

func TestTwoNodesLeave(t *testing.T) {
	for i := 1; i <= 2; i++ {
		w := start(t, Options{Nodes: 2, Seed: uint64(i), Quorum: twoNodes})
		other := w.Node(3 - i)
		w.Node(i).Shutdown()
		await(t, w, 3*time.Second, "the other goes on alone", func() bool {
			return !w.Node(i).Running() && slices.Equal(w.Online(), []string{other.Name()})
		})
		w.Node(i).Start()
		await(t, w, 3*time.Second, "both online", func() bool { return len(w.Online()) == 2 })
	}
}

// A node that wants to leave while the other one dies has nobody to ask: it stops by itself.
func TestTwoNodesLeaveAlone(t *testing.T) {
	for i := 1; i <= 2; i++ {
		w := start(t, Options{Nodes: 2, Seed: uint64(i), Quorum: twoNodes})
		configure(t, w, noFencing, dummy("r"), "")
		await(t, w, 3*time.Second, "r runs", func() bool { return len(w.Where("r")) == 1 })
		w.Node(3 - i).Kill()
		w.Node(i).Shutdown()
		await(t, w, 5*time.Second, "the other has left too", func() bool { return !w.Node(i).Running() })
	}
}

// TestFormerDCBringsNoOldOrders: a DC that is cut off takes the others for lost one after the other. What it wanted
// done about that must not come true when it meets them again.
func TestFormerDCBringsNoOldOrders(t *testing.T) {
	for seed := range uint64(20) {
		w := start(t, Options{Nodes: 3, Seed: seed})
		dc := slices.IndexFunc(w.Nodes(), func(n *Node) bool { return n.Name() == w.DC() }) + 1
		w.Isolate(dc)
		await(t, w, 4*time.Second, "two online", func() bool { return len(w.Online()) == 2 && w.DC() != "" })
		other := w.Node(dc%3 + 1)
		before := maps.Clone(other.Core().State().Members)
		delete(before, w.Node(dc).Name()) // its going may not be applied yet
		w.Heal()
		await(t, w, 3*time.Second, "three online", func() bool { return len(w.Online()) == 3 })
		_ = w.Run(2 * time.Second)
		for name, m := range before {
			if now := other.Core().State().Members[name]; now != m {
				t.Fatalf("seed %d: %s had to join anew: %v → %v\n%s", seed, name, m, now, w.Story())
			}
		}
	}
}

// TestOnlineWhenJoined: a node that comes back says that it is online when it knows what happened meanwhile, not from
// what its log says of the time before.
func TestOnlineWhenJoined(t *testing.T) {
	w := start(t, Options{Nodes: 3, Seed: 7})
	configure(t, w, noFencing, dummy("a"), "")
	await(t, w, 10*time.Second, "a runs", func() bool { return w.Settled() && len(w.Where("a")) == 1 })
	back := w.Node(2)
	back.Kill()
	await(t, w, 20*time.Second, "the others go on", func() bool { return len(w.Online()) == 2 && w.Settled() })
	meanwhile := w.Node(1).Core().State().CIB.Version()
	back.Start()
	await(t, w, 20*time.Second, "it is online", func() bool { return back.Core().Status().Nodes[1].Online })
	if v := back.Core().State().CIB.Version(); v.Compare(meanwhile) < 0 {
		t.Errorf("online at version %v, the others had %v before it came", v, meanwhile)
	}
}
