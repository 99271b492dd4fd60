package scheduler

import (
	"slices"

	"quorate/engine/rule"
)

// createProbes asks for the state of every resource on every node where it is not known.
func (c *Cluster) createProbes() {
	if !c.Options.StartupProbes {
		return
	}
	for _, n := range c.Nodes {
		switch {
		case !n.Online:
			if n.Kind == Remote && !n.IsGuest() && n.Connection != nil && c.connectionState(n.Connection) == connFailed {
				c.fenceNode(n, "the connection is unrecoverable", false)
			}
			continue
		case n.Unclean, n.noDiscovery:
			continue
		}
		if v, ok := n.Attrs["probe_complete"]; ok && !rule.IsTrue(v) {
			a := c.event("probe_again-"+n.Name, "probe_again", n, false)
			a.metaSet("op_no_wait", "true")
			continue
		}
		for _, r := range c.Resources {
			r.variant.createProbe(n)
		}
	}
}

func (v group) createProbe(n *Node) bool { return probeAll(v.r.Children, n) }

func probeAll(list []*Resource, n *Node) bool {
	any := false
	for _, k := range list {
		any = k.variant.createProbe(n) || any
	}
	return any
}

func (v clone) createProbe(n *Node) bool {
	r := v.r
	stableSort(r.Children, func(a, b *Resource) int { return a.number() - b.number() })
	if len(r.Children) == 0 {
		return false
	}
	if r.is(rExclusive) {
		if e := r.table.get(n); e != nil && e.mode != discoverExclusive {
			r.table.remove(n)
			return false
		}
	}
	if r.is(rUnique) {
		return probeAll(r.Children, n)
	}
	return r.probeInstance(n).variant.createProbe(n)
}

// probeInstance chooses the anonymous instance that is probed on a node.
func (r *Resource) probeInstance(n *Node) *Resource {
	for _, i := range r.Children {
		if i.anyLeafOrSelf(func(x *Resource) bool { return x.KnownOn(n) }) {
			return i
		}
	}
	for _, i := range r.Children {
		if i.node() == n {
			return i
		}
	}
	return r.Children[0]
}

func (r *Resource) anyLeafOrSelf(f func(*Resource) bool) bool { return f(r) || r.anyLeaf(f) }

func (v bundle) createProbe(n *Node) bool {
	b := v.r.Bundle
	c := v.r.cluster
	any := false
	for _, p := range b.Replicas {
		if p.IP != nil {
			any = p.IP.variant.createProbe(n) || any
		}
		if p.Child != nil && p.Node == n {
			any = p.Child.variant.createProbe(n) || any
		}
		if p.Container.variant.createProbe(n) {
			any = true
			if b.PerHost == 1 {
				c.probesBeforeStarts(b, p, n)
			}
		}
		if p.Connection != nil && p.Connection.variant.createProbe(n) {
			any = true
			if a := p.Connection.find("monitor", 0).exact(n); a != nil {
				c.order(p.Container.end("start"), a.end(), lProbe)
			}
		}
	}
	return any
}

// probesBeforeStarts: containers cannot tell whose they are, so all are probed before any starts.
func (c *Cluster) probesBeforeStarts(b *BundleData, p *Replica, n *Node) {
	a := p.Container.find("monitor", 0).exact(n)
	for _, other := range b.Replicas {
		if other != p && a != nil {
			c.order(a.end(), other.Container.end("start"), lOrder|lSameNode)
		}
	}
}

// createProbe makes the probe of a primitive on a node, if it is needed there.
func (v primitive) createProbe(n *Node) bool {
	r := v.r
	c := r.cluster
	top := r.top()
	if n.Kind == Remote {
		if r.is(rFenceDevice) || r.is(rConnection) || n.IsGuest() && r.holdsGuest() {
			return false
		}
	}
	if r.is(rOrphan) || r.KnownOn(n) || r.container != nil && !r.is(rConnection) {
		return false
	}
	e := r.table.get(n)
	if r.is(rExclusive) || top.is(rExclusive) {
		if e == nil || e.mode != discoverExclusive {
			return false
		}
	}
	if e != nil && e.mode == discoverNever || e == nil && n.neverProbe {
		return false
	}
	if n.IsGuest() && c.guestNotProbed(r, top, n) {
		return false
	}
	a := r.act("monitor", 0, n, false)
	a.clear(aOptional)
	c.orderUnfencing(r, n, a, lOrder)
	switch {
	case !slices.Contains(r.RunningOn, n):
		a.metaSet("op_target_rc", "7")
	case r.Role == RolePromoted:
		a.metaSet("op_target_rc", "8")
	}
	f := lOrder
	if !a.runnable() && len(r.RunningOn) == 0 {
		f |= lRunnable
	}
	target := top
	if target.Kind != Clone {
		target = r
	}
	if r.is(rFenceDevice) && c.unfencing {
		target = r
	}
	c.order(a.end(), target.end("start"), f)
	if target == r {
		c.order(a.end(), r.end("reload-agent"), lOrder)
	}
	return true
}

// holdsGuest reports whether a guest node lives in the resource.
func (r *Resource) holdsGuest() bool { return r.guestContainer() != nil }

// guestNotProbed: a guest that is down or about to go knows nothing; starts wait for what
// happens to its container instead.
func (c *Cluster) guestNotProbed(r, top *Resource, n *Node) bool {
	k := n.Connection.container
	if k.Role == RoleStopped {
		if k.Assigned != nil && !k.KnownOn(k.Assigned) {
			c.orderProbes(k, top)
		}
		return true
	}
	leaving := n.reset || n.Unclean || k.is(rFailed) || k.NextRole == RoleStopped ||
		k.Assigned != nil && !slices.Contains(k.RunningOn, k.Assigned)
	if leaving {
		c.orderTasks(k, "stop", top, "start", lOrder)
	}
	return leaving
}

func (c *Cluster) orderProbes(k, top *Resource) {
	if s := k.find("monitor", 0); s != nil {
		for _, a := range s.actions {
			if a.node == k.Assigned {
				c.order(a.end(), top.end("start"), lOrder)
			}
		}
	}
	c.orderTasks(k, "monitor", top, "start", lOrder)
}

// clearOrphanFailures clears the fail counts of what is not configured any more.
func (c *Cluster) clearOrphanFailures() {
	if !c.Options.StopOrphans {
		return
	}
	for _, r := range c.Resources {
		if !r.is(rOrphan) || r.Kind != Primitives {
			continue
		}
		for _, n := range c.Nodes {
			if n.Online {
				if count, _ := c.failCount(r, n, nil); count > 0 {
					a := c.clearFailCount(r, n)
					c.order(a.end(), r.end("stop"), lOrder)
				}
			}
		}
	}
}
