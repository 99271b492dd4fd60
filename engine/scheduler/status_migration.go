package scheduler

import "github.com/beevik/etree"

// lrmResource finds what a node's history has under a resource's name.
func (c *Cluster) lrmResource(n *Node, id string) *etree.Element {
	if n == nil || n.state == nil {
		return nil
	}
	if n.lrm == nil {
		n.lrm = map[string]*etree.Element{}
		for _, l := range kids(kid(n.state, "lrm"), "lrm_resources") {
			for _, e := range kids(l, "lrm_resource") {
				if k := attr(e, "id"); n.lrm[k] == nil {
					n.lrm[k] = e
				}
			}
		}
	}
	return n.lrm[id]
}

// opsAt reads the entries of the resource being read in another node's history.
func (h *history) opsAt(n *Node) []*opEntry { return h.c.entriesOn(n, h.r.ID) }

// only returns the entry for which f holds if there is exactly one.
func only(ops []*opEntry, f func(*opEntry) bool) *opEntry {
	var found *opEntry
	for _, o := range ops {
		if f(o) {
			if found != nil {
				return nil
			}
			found = o
		}
	}
	return found
}

// migrateFrom finds the second half of a migration in the target's history.
func (h *history) migrateFrom(source, target *Node) *opEntry {
	return only(h.opsAt(target), func(o *opEntry) bool {
		return o.task == "migrate_from" && foldEq(o.from, source.Name)
	})
}

// migrateTo finds the first half in the source's history.
func (h *history) migrateTo(source *Node, target string) *opEntry {
	return only(h.opsAt(source), func(o *opEntry) bool {
		return o.task == "migrate_to" && foldEq(o.to, target)
	})
}

// succeeded reports whether there is an entry, of a half of a migration that went well.
func (o *opEntry) succeeded() bool { return o != nil && o.rc == rcOK && o.status == statusDone }

// opSince reports whether something changed the resource's state on n after the entry ref of node at.
func (h *history) opSince(n *Node, ref *opEntry, at *Node) bool {
	for _, o := range h.opsAt(n) {
		switch o.task {
		case "start", "stop", "migrate_to", "migrate_from":
			if compareOps(o, ref, n == at) > 0 {
				return true
			}
		}
	}
	return false
}

// stateSince also counts a monitor that found it stopped.
func (h *history) stateSince(n *Node, ref *opEntry, at *Node) bool {
	if h.opSince(n, ref, at) {
		return true
	}
	o := only(h.opsAt(n), func(o *opEntry) bool {
		return o.task == "monitor" && o.rc == rcNotRunning && o.status == statusDone
	})
	return o != nil && compareOps(o, ref, n == at) > 0
}

// unknownAt reports whether a node's history says nothing about the resource.
func (h *history) unknownAt(n *Node) bool {
	for _, o := range h.opsAt(n) {
		if o.rc != rcUnknownState {
			return false
		}
	}
	return true
}

// migrateToDone: the resource left this node; where it is depends on what the target recorded, if there is such a node.
func (h *history) migrateToDone(o *opEntry) {
	if !h.namesEnds(o) {
		return
	}
	r, s := h.r, h.n
	t := h.c.Node(o.to)
	up := t != nil && t.Online
	var from *opEntry
	if t != nil {
		from = h.migrateFrom(s, t)
	}
	ref, at := o, s
	if from != nil {
		ref, at = from, t
	}
	opOnSource := h.opSince(s, o, s)
	stateOnTarget := h.stateSince(t, ref, at)
	if opOnSource && (from != nil || stateOnTarget) {
		return
	}
	if from.succeeded() {
		r.Role = RoleStopped
		r.dangling = append(r.dangling, s)
		return
	}
	r.Role = RoleStarted
	lost := func() {
		r.set(rFailed | rMustStop)
		r.clear(rAllowMigrate)
	}
	if from != nil && from.status != statusPending {
		if !stateOnTarget && up {
			h.c.addRunning(r, t, failRecover)
		} else {
			lost()
		}
		return
	}
	switch {
	case up && h.unknownAt(t):
	case !stateOnTarget && up:
		h.c.addRunning(r, t, failIgnore)
		if s.Online {
			r.partialSource, r.partialTarget = s, t
		}
	case !opOnSource:
		lost()
	}
}

// namesEnds reports whether a migration's entry names both ends, one of them the node that has the entry. Others say nothing.
func (h *history) namesEnds(o *opEntry) bool {
	near, far := o.from, o.to
	if o.task == "migrate_from" {
		near, far = far, near
	}
	return near == h.n.Name && far != ""
}

// migrateToFailed: it may be on the target all the same.
func (h *history) migrateToFailed(o *opEntry) {
	if !h.namesEnds(o) {
		return
	}
	r, s := h.r, h.n
	t := h.c.Node(o.to)
	r.Role = RoleStarted
	if t == nil {
		return
	}
	ref, at := o, s
	if from := h.migrateFrom(s, t); from.succeeded() {
		ref, at = from, t
	}
	switch {
	case !h.unknownAt(t) && !h.stateSince(t, ref, at):
		if t.Online {
			h.c.addRunning(r, t, failIgnore)
		}
	case !h.opSince(s, o, s):
		r.dangling = append(r.dangling, s)
	}
}

// migrateFromFailed: it may still be on the source.
func (h *history) migrateFromFailed(o *opEntry) {
	if !h.namesEnds(o) {
		return
	}
	r := h.r
	s := h.c.Node(o.from)
	r.Role = RoleStarted
	if s == nil {
		return
	}
	ref, at := o, h.n
	if to := h.migrateTo(s, h.n.Name); to.succeeded() {
		ref, at = to, s
	}
	if !h.unknownAt(s) && !h.stateSince(s, ref, at) && s.Online {
		h.c.addRunning(r, s, failRecover)
	}
}
