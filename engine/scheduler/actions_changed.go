package scheduler

import (
	"slices"

	"github.com/beevik/etree"
)

// checkHistory compares what runs with its configuration: recurring operations that are
// gone are cancelled, changed definitions lead to a restart, a reload or a new monitor.
func (c *Cluster) checkHistory() {
	for _, n := range c.Nodes {
		if n.state == nil || !n.Maintenance && !n.available() {
			continue
		}
		if n.Kind == Remote && !n.unpacked {
			continue
		}
		for _, l := range kids(kid(n.state, "lrm"), "lrm_resources") {
			for _, e := range kids(l, "lrm_resource") {
				if kid(e, "lrm_rsc_op") != nil {
					c.checkLrmResource(n, e)
				}
			}
		}
	}
}

func (c *Cluster) checkLrmResource(n *Node, e *etree.Element) {
	id := attr(e, "id")
	for _, r := range c.byAnyName(id) {
		switch {
		case r.is(rOrphan):
			if t := r.top(); !(t.Kind == Clone && !t.is(rUnique)) {
				r.deleteHistory(n, false)
			}
		case !slices.Contains(r.RunningOn, n):
			if c.agentChanged(r, n, e, false) {
				r.deleteHistory(n, false)
			}
		default:
			if c.agentChanged(r, n, e, true) {
				r.deleteHistory(n, false)
			}
			c.checkEntries(r, n, e)
		}
	}
}

// byAnyName lists the primitives that have an id as their own or in the history, the last one first.
func (c *Cluster) byAnyName(id string) []*Resource {
	var out []*Resource
	if h := c.named(id); h != nil {
		h.top().leaves(func(x *Resource) {
			if x.HistoryName == id || x.ID == id {
				out = append(out, x)
			}
		})
	}
	if r := c.rscByID[id]; r != nil && r.Kind == Primitives && !slices.Contains(out, r) {
		out = append(out, r)
	}
	out = append(out, c.shadowed[id]...)
	slices.Reverse(out)
	return out
}

// agentChanged reports whether the history is of another agent; a running one is to be stopped then.
func (c *Cluster) agentChanged(r *Resource, n *Node, e *etree.Element, active bool) bool {
	if r.Class == attr(e, "class") && r.Provider == attr(e, "provider") && r.Type == attr(e, "type") {
		return false
	}
	c.triggerIfDevice(r, n, "Device definition changed")
	if active {
		a := r.act("stop", 0, n, false)
		a.because("resource definition change", true)
		r.set(rStartPending)
	}
	return true
}

func (c *Cluster) triggerIfDevice(r *Resource, n *Node, reason string) {
	if r.is(rFenceDevice) {
		c.triggerUnfencing(n, reason)
	}
}

func (c *Cluster) checkEntries(r *Resource, n *Node, e *etree.Element) {
	ops := sortOps(e)
	start, stop := activeRange(ops)
	if start < stop {
		return
	}
	for i := max(start, 0); i < len(ops); i++ {
		o := ops[i]
		switch {
		case o.interval > 0 && (r.is(rMaintenance) || n.Maintenance):
			c.cancelFromHistory(r, n, o)
		case o.interval > 0 || o.task == "monitor" || o.task == "start" || o.task == "promote" || o.task == "migrate_from":
			c.checkEntry(r, n, o)
		}
	}
}

func (c *Cluster) checkEntry(r *Resource, n *Node, o *opEntry) {
	if addr, ok := r.parameters(nil)["addr"]; ok && addr == "#uname" && r.inBundle() != nil {
		c.deferredDigests = append(c.deferredDigests, deferredDigest{r: r, n: n, o: o})
		return
	}
	c.compareEntry(r, n, o)
}

// compareEntry acts on a changed definition; failures of the former one count no more.
func (c *Cluster) compareEntry(r *Resource, n *Node, o *opEntry) {
	if !c.definitionChanged(r, n, o) {
		return
	}
	if count, _ := c.failCount(r, n, nil); count != 0 {
		c.clearFailCount(r, n)
	}
}

// checkDeferred makes the comparisons that had to wait for the assignment of containers, the last
// one first.
func (c *Cluster) checkDeferred() {
	for _, d := range slices.Backward(c.deferredDigests) {
		switch {
		case !d.failure:
			c.compareEntry(d.r, d.n, d.o)
		case c.digestDiffers(d.r, d.n, d.o):
			c.clearFailCount(d.r, d.n)
		}
	}
}

// cancelFromHistory cancels a recurring operation that the history has in force.
func (c *Cluster) cancelFromHistory(r *Resource, n *Node, o *opEntry) {
	a := c.cancel(r, o.task, o.interval, n)
	if a.meta["call_id"] == "" { // of several entries about one operation the first counts
		a.metaSet("call_id", attr(o.elem, "call-id"))
	}
	c.order(r.end("stop"), a.end(), lOrder)
}

// definitionChanged reports whether an operation was made with another definition than
// today's, and does what that takes.
func (c *Cluster) definitionChanged(r *Resource, n *Node, o *opEntry) bool {
	if o.interval > 0 && r.findOp(o.task, o.interval, true) == nil {
		if c.Options.StopOrphanActions {
			c.cancelFromHistory(r, n, o)
		}
		return true
	}
	asStart := *o
	if o.interval == 0 && (o.task == "monitor" || o.task == "migrate_from" || o.task == "promote") {
		asStart.task = "start"
	}
	_, hasRestart := attrOK(o.elem, "op-restart-digest")
	switch v := c.compareDigest(r, n, o); {
	case v == digestSame || c.onlyPrivate(r, n, o):
		return false
	case v == digestRestart:
		c.forceRestart(r, n, &asStart)
	case o.interval > 0:
		c.triggerIfDevice(r, n, "Device parameters changed (reschedule)")
		c.reschedule(r, n, o)
	case hasRestart:
		c.triggerIfDevice(r, n, "Device parameters changed (reload)")
		c.reload(r, n)
	default:
		c.forceRestart(r, n, &asStart)
	}
	return true
}

func (c *Cluster) forceRestart(r *Resource, n *Node, o *opEntry) {
	a := r.act(o.task, o.interval, nil, false)
	a.because("resource definition change", true)
	c.triggerIfDevice(r, n, "Device parameters changed")
}

func (c *Cluster) reschedule(r *Resource, n *Node, o *opEntry) {
	r.act(o.task, o.interval, n, true).set1(aReschedule)
}

// reload applies changed parameters without a restart, where the agent can.
func (c *Cluster) reload(r *Resource, n *Node) {
	switch {
	case r.Kind != Primitives:
		for _, k := range r.Children {
			c.reload(k, n)
		}
		return
	case !r.is(rManaged) || r.is(rFailed) || len(r.RunningOn) == 0:
		return
	case r.is(rStartPending):
		r.act("stop", 0, n, false).because("resource definition change", true)
		return
	}
	r.set(rReload)
	a := r.act("reload-agent", 0, n, false)
	a.because("resource definition change", false)
	c.order(a.end(), r.end("stop"), lOrder|lCancels)
	c.order(a.end(), r.end("demote"), lOrder|lCancels)
}
