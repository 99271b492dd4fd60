package sim

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"quorate/engine/cib"
	"quorate/engine/quorum"
	"quorate/engine/replica"
)

// chaosSeeds is how many random stories of each kind the test tells. SIM_SEED=7 tells the seventh alone, SIM_SEEDS=500
// that many, and both together that many from the seventh on.
const chaosSeeds = 2

func chosenSeeds() (first, count uint64) {
	first, count = 1, chaosSeeds
	if s, err := strconv.ParseUint(os.Getenv("SIM_SEED"), 10, 64); err == nil {
		first, count = s, 1
	}
	if n, err := strconv.ParseUint(os.Getenv("SIM_SEEDS"), 10, 64); err == nil {
		count = n
	}
	return first, count
}

func TestChaos(t *testing.T) {
	first, count := chosenSeeds()
	for seed := first; seed < first+count; seed++ {
		for _, k := range []struct {
			name    string
			options Options
			fencing bool
			faults  Faults
		}{
			{"three", Options{Nodes: 3}, false, Faults{}},
			{"three-fencing", Options{Nodes: 3}, true, Faults{}},
			{"two", Options{Nodes: 2, Quorum: twoNodes}, false, Faults{}},
			{"two-fencing", Options{Nodes: 2, Quorum: twoNodes}, true, Faults{}},
			{"five-lossy", Options{Nodes: 5}, true, Faults{Loss: 0.02}},
			{"four-tie", Options{Nodes: 4, Quorum: quorum.Options{AutoTieBreaker: true, AutoTieBreakerBy: "lowest"}}, true, Faults{}},
			{"three-disks", Options{Nodes: 3}, true, Faults{Crash: 0.01, Slow: 100 * time.Millisecond, Jitter: 30 * time.Millisecond}},
			{"two-disks", Options{Nodes: 2, Quorum: twoNodes}, true, Faults{Crash: 0.01, Slow: 100 * time.Millisecond, Jitter: 30 * time.Millisecond}},
			{"three-slow", Options{Nodes: 3}, true, Faults{Drag: 3 * time.Second}},
			{"two-slow", Options{Nodes: 2, Quorum: twoNodes}, true, Faults{Drag: 3 * time.Second}},
			{"five-slow", Options{Nodes: 5}, true, Faults{Drag: 3 * time.Second, Loss: 0.01, Fail: 0.01}},
			{"three-thinking", Options{Nodes: 3}, true, Faults{Think: 2 * time.Second, Twice: 0.05, Jitter: 50 * time.Millisecond}},
			{"two-all", Options{Nodes: 2, Quorum: twoNodes}, true, Faults{Loss: 0.01, Twice: 0.02, Jitter: 20 * time.Millisecond, Crash: 0.002, Fail: 0.02, Hang: 0.01, Shot: 0.3, Think: time.Second}},
			{"two-tie", Options{Nodes: 2, Quorum: quorum.Options{AutoTieBreaker: true, AutoTieBreakerBy: "lowest"}}, true, Faults{Loss: 0.01}},
			{"five-last", Options{Nodes: 5, Quorum: quorum.Options{LastManStanding: true, LMSWindow: 2 * time.Second, WaitForAll: true}}, true, Faults{Loss: 0.01}},
			{"three-agents", Options{Nodes: 3}, true, Faults{Fail: 0.05, Hang: 0.02, Shot: 0.3}},
			{"five-all", Options{Nodes: 5}, true, Faults{Loss: 0.01, Jitter: 20 * time.Millisecond, Crash: 0.002, Slow: 50 * time.Millisecond, Fail: 0.02, Shot: 0.2}},
		} {
			k.options.Seed = seed
			t.Run(fmt.Sprintf("%s/%d", k.name, seed), func(t *testing.T) { chaos(t, k.options, k.fencing, k.faults) })
		}
	}
}

// chaos hurts a cluster at random for a while, then heals everything and asks that it works again (S7).
func chaos(t *testing.T, o Options, fencing bool, faults Faults) *World {
	w := start(t, o)
	r := rand.New(rand.NewPCG(o.Seed, 77))
	properties, resources := noFencing, dummy("a")+dummy("b")+dummy("c")
	if fencing {
		properties, resources = "", fenceDevice+resources
	}
	configure(t, w, properties, resources, "")
	kept := commits{}
	w.opts.Faults = faults
	for i := range 12 {
		hurt(w, r)
		kept.add(w, r, i)
		if err := w.Run(time.Duration(50+r.IntN(4000)) * time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	w.Calm()
	for range 3 {
		for _, n := range w.Nodes() {
			n.Start()
		}
		_ = w.Run(5 * time.Second) // a node may be fenced after it was started
	}
	names := []string{"a", "b", "c"}
	w.RunUntil(30*time.Second, func() bool { return w.DC() != "" }) // who takes the changes
	setMaintenance(w, false)
	forget(w)
	for _, n := range w.Nodes() {
		setStandby(w, n.Name(), false)
	}
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
	if fencing || w.generation() == 0 { // without fencing, a forced generation is where a majority may be gone for good
		kept.check(t, w)
	}
	return w
}

// generation is the newest that any node has.
func (w *World) generation() (newest uint64) {
	for _, n := range running(w) {
		newest = max(newest, n.core.Generation().Number)
	}
	return newest
}

// TestReproducible: the same seed tells the same story, to the letter.
func TestReproducible(t *testing.T) {
	for _, o := range []Options{{Nodes: 5, Seed: 3}, {Nodes: 2, Seed: 4, Quorum: twoNodes}} {
		faults := Faults{Loss: 0.01, Twice: 0.02, Jitter: 20 * time.Millisecond, Crash: 0.002, Fail: 0.02, Shot: 0.2, Think: time.Second}
		first, again := chaos(t, o, true, faults).log, chaos(t, o, true, faults).log
		for i := range first {
			if i >= len(again) || first[i] != again[i] {
				t.Errorf("line %d of %d: %s, and again: %s", i, len(first), first[i], again[min(i, len(again)-1)])
				break
			}
		}
	}
}

// forget is an administrator's cleanup: what failed may be tried again.
func forget(w *World) {
	var list []replica.Forget
	for _, n := range w.Nodes() {
		list = append(list, replica.Forget{Node: n.Name(), FailCounts: true})
	}
	for _, n := range w.Nodes() {
		if n.Name() == w.DC() {
			n.Submit(replica.Command{Forget: list}, nil)
		}
	}
}

// setMaintenance has the cluster touch nothing, or go on.
func setMaintenance(w *World, on bool) {
	xml := fmt.Sprintf(`<crm_config><cluster_property_set id="p">%s</cluster_property_set></crm_config>`, property("maintenance-mode", strconv.FormatBool(on)))
	change(w, cib.Request{Op: cib.OpModify, Section: "crm_config", AllowCreate: true, XML: xml})
}

// changeParameter makes a resource need a restart.
func changeParameter(w *World, id string, value int) {
	xml := fmt.Sprintf(`<primitive id="%[1]s"><instance_attributes id="%[1]s-i"><nvpair id="%[1]s-i-n" name="n" value="%[2]d"/></instance_attributes></primitive>`, id, value)
	change(w, cib.Request{Op: cib.OpModify, Section: "resources", XML: xml})
}

// change has the first node that runs perform a request.
func change(w *World, r cib.Request) {
	if list := running(w); len(list) > 0 {
		list[0].Configure(r, nil)
	}
}

// commits are the changes that were acknowledged.
type commits map[string]bool

// add has a change made through any node.
func (c commits) add(w *World, r *rand.Rand, i int) {
	id := fmt.Sprintf("kept-%d", i)
	xml := `<crm_config><cluster_property_set id="kept"><nvpair id="` + id + `" name="` + id + `" value="1"/></cluster_property_set></crm_config>`
	n := w.Node(1 + r.IntN(len(w.Nodes())))
	if n.Running() {
		n.Configure(cib.Request{Op: cib.OpModify, Section: "crm_config", AllowCreate: true, XML: xml}, func(err error) {
			if err == nil {
				c[id] = true
			}
		})
	}
}

// check asks that nothing acknowledged was lost (S4).
func (c commits) check(t *testing.T, w *World) {
	for _, n := range w.Nodes() {
		for id := range c {
			if n.core.State().CIB.ByID(id) == nil {
				t.Errorf("S4: %s does not have the change %s, which was acknowledged", n.Name(), id)
			}
		}
	}
}

// hurt does one bad thing.
func hurt(w *World, r *rand.Rand) {
	n := 1 + r.IntN(len(w.Nodes()))
	m := 1 + r.IntN(len(w.Nodes()))
	switch r.IntN(15) {
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
	case 8:
		w.Node(n).Shutdown()
	case 9:
		w.Node(n).Crash()
	case 10:
		setStandby(w, w.Node(n).Name(), r.IntN(2) == 0)
	case 11:
		if n != m {
			w.CutOneWay(n, m)
		}
	case 12:
		setMaintenance(w, r.IntN(2) == 0)
	case 13:
		changeParameter(w, string(rune('a'+r.IntN(3))), r.IntN(1000))
	case 14:
		w.fences[w.Node(n).Name()] = r.IntN(2) == 0
	}
}
