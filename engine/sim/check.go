package sim

import (
	"fmt"
	"sort"
	"time"

	"quorate/engine/replica"
)

// check tests after every step what must always be true: S1, S2, S5 and S6 of docs/design.md. (S3 shows as
// a violation of S2, S4 and S7 are asked for by the tests when the faults are over.)
func (w *World) check() {
	w.checkLeaders()
	w.checkActive()
	w.checkPolicy()
	w.checkDigests()
}

// checkLeaders: at most one DC in a generation and term, ever (S1).
func (w *World) checkLeaders() {
	for _, n := range w.nodes {
		if n.core == nil || !n.core.IsDC() {
			continue
		}
		g, term := n.core.Generation(), n.core.Term()
		key := fmt.Sprintf("generation %d by %d, term %d", g.Number, g.By, term)
		if other, ok := w.led[key]; ok && other != n.Name() {
			w.fail("S1: %s and %s are both DC in %s", other, n.Name(), key)
		}
		w.led[key] = n.Name()
	}
}

// checkActive: with fencing, nothing is active twice (S2).
func (w *World) checkActive() {
	if !w.fencing() {
		return
	}
	where := map[string]string{}
	for _, n := range w.nodes {
		for resource := range n.agents {
			if n.agents[resource].device { // may be in use on several nodes: it needs no fencing itself
				continue
			}
			if other, ok := where[resource]; ok {
				w.fail("S2: %s is active on %s and %s", resource, other, n.Name())
			}
			where[resource] = n.Name()
		}
	}
}

// stopTime is how long a node without quorum may take to stop what it runs, where agents do not hang or fail.
const stopTime = 5 * time.Second

// checkPolicy: a node that lost quorum stops what it runs within a bounded time (S6).
func (w *World) checkPolicy() {
	for _, n := range w.nodes {
		switch {
		case n.core == nil || !n.core.WithoutQuorum() || w.opts.Fail > 0 || w.opts.Hang > 0 || w.opts.Drag > 0 || w.opts.Slow > 0:
			n.alone = time.Time{}
		case n.alone.IsZero():
			n.alone = w.now
		case w.now.Sub(n.alone) > stopTime && n.core.State().Option("no-quorum-policy", "stop") == "stop" && n.core.State().Option("maintenance-mode", "false") != "true":
			for resource, is := range n.agents {
				if !is.device {
					w.fail("S6: %s runs %s, without quorum since %v", n.Name(), resource, n.alone.Sub(epoch))
				}
			}
		}
	}
}

// fencing tells whether it is on, by the newest state that any node has had: one that starts knows only what its
// snapshot says, and one that rejoins nothing.
func (w *World) fencing() bool {
	for _, n := range w.nodes {
		if n.core == nil {
			continue
		}
		if g, i := n.core.Generation().Number, n.core.AppliedIndex(); g > w.newest.generation || g == w.newest.generation && i >= w.newest.index {
			w.newest = newest{g, i, n.core.State().Option("stonith-enabled", "true") != "false"}
		}
	}
	return w.newest.fencing
}

// newest is what the newest state seen so far says about fencing.
type newest struct {
	generation, index uint64
	fencing           bool
}

// checkDigests: at equal position of the log, documents are equal (S5).
func (w *World) checkDigests() {
	if w.seq%256 != 0 { // a digest costs more than all other checks together
		return
	}
	type position struct {
		g     replica.Generation
		index uint64
	}
	seen := map[position]string{}
	for _, n := range w.nodes {
		if n.core == nil || n.core.WithoutQuorum() || n.core.AppliedIndex() == 0 { // without a log it goes by another
			continue
		}
		p := position{n.core.Generation(), n.core.AppliedIndex()}
		d := n.core.State().CIB.Digest()
		if other, ok := seen[p]; ok && other != d {
			w.fail("S5: the documents differ at index %d of generation %d", p.index, p.g.Number)
		}
		seen[p] = d
	}
}

// Where lists the nodes on which a resource is really active, sorted.
func (w *World) Where(resource string) []string {
	var names []string
	for _, n := range w.nodes {
		if n.Active(resource) {
			names = append(names, n.Name())
		}
	}
	sort.Strings(names)
	return names
}

// DC is the name of the node that leads the newest generation, "" if there is none.
func (w *World) DC() string {
	name, best := "", replica.Generation{}
	for _, n := range w.nodes {
		if n.core != nil && n.core.IsDC() && (name == "" || n.core.Generation().Number > best.Number) {
			name, best = n.Name(), n.core.Generation()
		}
	}
	return name
}

// Online lists the members as the DC sees them, sorted.
func (w *World) Online() []string {
	for _, n := range w.nodes {
		if n.Name() == w.DC() {
			var names []string
			for name := range n.core.State().Members {
				names = append(names, name)
			}
			sort.Strings(names)
			return names
		}
	}
	return nil
}

// Settled tells whether the DC has nothing left to do.
func (w *World) Settled() bool {
	for _, n := range w.nodes {
		if n.Name() == w.DC() {
			return n.core.Idle()
		}
	}
	return false
}
