package scheduler

import "github.com/beevik/etree"

// history is the reading of one resource's entries on one node.
type history struct {
	c    *Cluster
	r    *Resource
	n    *Node
	ops  []*opEntry
	name string // as the history has it
}

// readHistory reads all resources that a node reports.
func (c *Cluster) readHistory(n *Node, state *etree.Element) {
	found := false
	for _, lrm := range kids(kid(state, "lrm"), "lrm_resources") {
		for _, e := range kids(lrm, "lrm_resource") {
			r := c.readLrmResource(n, e)
			if r != nil && attr(e, "container") != "" {
				found = true
			}
		}
	}
	if !found {
		return
	}
	for _, lrm := range kids(kid(state, "lrm"), "lrm_resources") {
		for _, e := range kids(lrm, "lrm_resource") {
			c.adoptOrphanFiller(e)
		}
	}
}

// adoptOrphanFiller ties an orphan to the container that its history names.
func (c *Cluster) adoptOrphanFiller(e *etree.Element) {
	k := c.byHistory(attr(e, "container")) // a clone's instance too
	r := c.byHistory(attr(e, "id"))
	if k == nil || r == nil || !r.is(rOrphan) || r.container == k {
		return
	}
	r.container = k
	k.fillers = append(k.fillers, r)
}

// readLrmResource finds out where one resource stands on one node.
func (c *Cluster) readLrmResource(n *Node, e *etree.Element) *Resource {
	id := attr(e, "id")
	ops := sortOps(e)
	if len(ops) == 0 && !c.Options.ShutdownLock {
		return nil
	}
	r := c.findByHistory(n, id)
	if r == nil {
		if len(ops) == 0 {
			return nil
		}
		r = c.orphan(n, e)
	}
	if v := attr(e, "shutdown-lock"); v != "" && c.Options.ShutdownLock {
		c.readShutdownLock(r, n, v)
	}
	before := r.Role
	r.Role, r.failAction, r.lastFailure = RoleUnknown, failIgnore, nil
	h := &history{c: c, r: r, n: n, ops: ops, name: id}
	for _, o := range ops {
		h.apply(o)
	}
	h.recurring()
	h.place()
	if r.Role == RoleStopped && n == r.partialSource && len(r.RunningOn) > 0 {
		r.Role = RoleStarted // the target of the interrupted migration has it
	}
	if t := r.targetRole(); t != RoleUnknown && (r.NextRole == RoleUnknown || t < r.NextRole) {
		r.NextRole = t
	}
	r.Role = max(r.Role, before)
	return r
}

// recurring makes optional actions of the recurring operations that are in force.
func (h *history) recurring() {
	if !h.n.Online {
		return
	}
	start, stop := activeRange(h.ops)
	from := start
	if start < stop {
		from = stop + 1
	}
	for i := max(from, 0); i < len(h.ops); i++ {
		o := h.ops[i]
		if o.interval > 0 && o.status != statusPending {
			h.r.act(o.task, o.interval, h.n, true)
		}
	}
}

// apply takes one entry into account.
func (h *history) apply(o *opEntry) {
	if o.task == "" || o.status < statusPending || o.status > statusNoSecrets || o.task == "notify" || o.task == "meta-data" {
		return
	}
	r := h.r
	masked := o.maskable() && r.inBundle() == nil
	expired := o.status != statusNotInstalled && h.expired(o)
	original := o.rc
	rc, status := h.remap(o, masked)
	switch {
	case expired && masked && original != o.target:
		if r.Role <= RoleStopped {
			r.Role = RoleUnknown
		}
		return
	case expired && rc != o.target:
		if o.interval == 0 {
			return
		}
		if h.n.Online && !h.n.Unclean {
			h.c.staleEntries[o.elem] = true // its definition counts as changed, so it is run again
			return
		}
	}
	if masked {
		h.success(o, o.target, true)
		if h.n.Online { // unlike other failures it is told in an asymmetric cluster, too
			h.addFailedOp(o, original)
		}
		h.c.banTop(r, h.n)
		return
	}
	h.react(o, rc, status)
}

// banTop puts -INFINITY on a node, nil for all nodes, for the resource or its whole anonymous clone.
func (c *Cluster) banTop(r *Resource, n *Node) {
	t := r
	if !r.is(rUnique) {
		t = r.top()
	}
	t.all(func(x *Resource) {
		if n != nil {
			x.table.add(n, -Infinity)
		} else {
			c.addAll(x.table, -Infinity)
		}
	})
}

// banEverywhere replaces the table of the resource, or of its anonymous clone itself.
func (c *Cluster) banEverywhere(r *Resource) {
	if !r.is(rUnique) {
		r = r.top()
	}
	r.table = &table{}
	for _, n := range c.Nodes {
		r.table.put(n, -Infinity)
	}
}

func (h *history) recordFailure(o *opEntry, rc int) {
	if !h.n.Online || rc == rcNotInstalled && !h.c.Options.Symmetric {
		return
	}
	h.addFailedOp(o, rc)
}

func (h *history) recordDegraded(o *opEntry) {
	if h.n.Shutdown && !h.n.Online {
		return
	}
	h.addFailedOp(o, o.rc)
}

func (h *history) addFailedOp(o *opEntry, rc int) {
	for _, f := range h.c.FailedOps {
		if f.Node == h.n && attr(f.Element, "operation_key") == attr(o.elem, "operation_key") {
			return // entries of old clusters have no key: only the first of a node is remembered
		}
	}
	h.c.FailedOps = append(h.c.FailedOps, &FailedOp{Element: o.elem, Resource: h.r, Node: h.n, Key: o.key, RC: rc, Status: o.status, Masked: o.maskable()})
}
