package sim

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"quorate/engine/quorum"
)

// chaosSeeds is how many random stories the test tells; SIM_SEED tells one, SIM_SEEDS as many as it says.
const chaosSeeds = 4

func TestChaos(t *testing.T) {
	first, count := uint64(1), chaosSeeds
	if s, err := strconv.ParseUint(os.Getenv("SIM_SEED"), 10, 64); err == nil {
		first, count = s, 1
	} else if n, err := strconv.Atoi(os.Getenv("SIM_SEEDS")); err == nil {
		count = n
	}
	for seed := first; seed < first+uint64(count); seed++ {
		for _, k := range []struct {
			name    string
			options Options
			fencing bool
		}{
			{"three", Options{Nodes: 3}, false},
			{"three-fencing", Options{Nodes: 3}, true},
			{"two", Options{Nodes: 2, Quorum: twoNodes}, false},
			{"two-fencing", Options{Nodes: 2, Quorum: twoNodes}, true},
			{"five-lossy", Options{Nodes: 5, Loss: 0.02}, true},
			{"four-tie", Options{Nodes: 4, Quorum: quorum.Options{AutoTieBreaker: true, AutoTieBreakerBy: "lowest"}}, true},
		} {
			k.options.Seed = seed
			t.Run(fmt.Sprintf("%s/%d", k.name, seed), func(t *testing.T) { chaos(t, k.options, k.fencing) })
		}
	}
}

// chaos hurts a cluster at random for a while, then heals everything and asks that it works again (S7).
func chaos(t *testing.T, o Options, fencing bool) {
	w := start(t, o)
	r := rand.New(rand.NewPCG(o.Seed, 77))
	properties, resources := noFencing, dummy("a")+dummy("b")+dummy("c")
	if fencing {
		properties, resources = "", fenceDevice+resources
	}
	configure(t, w, properties, resources, "")
	for range 12 {
		hurt(w, r)
		if err := w.Run(time.Duration(50+r.IntN(4000)) * time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	w.Heal()
	w.opts.Loss = 0
	for range 3 {
		for _, n := range w.Nodes() {
			n.Start()
		}
		_ = w.Run(5 * time.Second) // a node may be fenced after it was started
	}
	names := []string{"a", "b", "c"}
	works := func() bool {
		for _, n := range w.Nodes() {
			n.Start()
		}
		return len(w.Online()) == o.Nodes && w.Settled() &&
			!slices.ContainsFunc(names, func(r string) bool { return len(w.Where(r)) != 1 })
	}
	if !w.RunUntil(90*time.Second, works) {
		if err := w.Fault(); err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			t.Logf("%s is active on %v", n, w.Where(n))
		}
		t.Fatalf("it does not work again: DC %q, online %v", w.DC(), w.Online())
	}
}

// hurt does one bad thing.
func hurt(w *World, r *rand.Rand) {
	n := 1 + r.IntN(len(w.Nodes()))
	m := 1 + r.IntN(len(w.Nodes()))
	switch r.IntN(8) {
	case 0, 1:
		w.Node(n).Kill()
	case 2, 3:
		w.Node(n).Start()
	case 4:
		w.Isolate(n)
	case 5:
		if n != m {
			w.Cut(n, m)
		}
	case 6:
		w.Heal()
	case 7:
		w.Node(n).Break(string(rune('a' + r.IntN(3))))
	}
}
