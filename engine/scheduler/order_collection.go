package scheduler

import (
	"strings"

	"quorate/engine/rule"
)

func (v primitive) summary(a *action, _ *Node) actionFlags { return a.flags }

func (v primitive) update(f, t *action, _ *Node, ff, filter actionFlags, as linkFlags) changed {
	return v.r.cluster.updatePair(f, t, ff, filter, as)
}

// plainTask is the operation of instances that an event of a collection is about.
func plainTask(a *action, primitives bool) string {
	task := a.task
	if i := strings.Index(a.keyTask, "notify_"); i >= 0 {
		task = a.keyTask[i+len("notify_"):]
	}
	if u := uncompleted[task]; u != "" && primitives {
		return u
	}
	return task
}

// newestOn finds the newest action of a task, on a node if one is given.
func (r *Resource) newestOn(task string, n *Node) *action {
	s := r.find(task, 0)
	if s == nil {
		return nil
	}
	if n == nil {
		return s.newest()
	}
	return s.exact(n)
}

// summary: a group is to do what any member is to do, and can if all can.
func (v group) summary(a *action, n *Node) actionFlags {
	flags := aOptional | aRunnable | aPseudo
	task := plainTask(a, true)
	for _, m := range v.r.Children {
		k := m.newestOn(task, n)
		if k == nil {
			if task != "stop" && task != "demote" {
				flags &^= aRunnable
			}
			continue
		}
		if !k.optional() {
			flags &^= aOptional
			a.clear(aOptional)
		}
		if task != a.task && !k.runnable() && flags&aRunnable != 0 {
			flags &^= aRunnable
			a.clear(aRunnable)
		}
	}
	return flags
}

func (v clone) summary(a *action, n *Node) actionFlags { return sumUp(a, v.r.Children, n) }

func (v bundle) summary(a *action, n *Node) actionFlags {
	list := v.r.partners()
	if k := v.r.Bundle.Clone; k != nil {
		switch plainTask(a, true) {
		case "promote", "demote", "notify":
			list = k.Children
		}
		if strings.Contains(a.keyTask, "notify") {
			list = k.Children
		}
	}
	return sumUp(a, list, n)
}

// sumUp: an event of a collection is required if any instance's action is, and runnable if any is.
func sumUp(a *action, list []*Resource, n *Node) actionFlags {
	flags := aOptional | aRunnable | aPseudo
	any := false
	for _, i := range list {
		task, on := plainTask(a, i.Kind == Primitives), n
		if i.Kind != Primitives {
			on = nil
		}
		k := i.newestOn(task, on)
		if k == nil {
			continue
		}
		kf := i.variant.summary(k, n)
		if kf&aOptional == 0 {
			flags &^= aOptional
			a.clear(aOptional)
		}
		any = any || kf&aRunnable != 0
	}
	if !any {
		flags &^= aRunnable
		if n == nil {
			a.clear(aRunnable)
		}
	}
	return flags
}

// update applies a link to the group's event and to the members' actions of that name.
func (v group) update(f, t *action, n *Node, ff, filter actionFlags, as linkFlags) changed {
	ch := v.r.cluster.updatePair(f, t, ff, filter, as)
	for _, m := range t.rsc.Children {
		if k := m.newestOn(t.task, n); k != nil {
			ch |= m.variant.update(f, k, n, ff, filter, as)
		}
	}
	return ch
}

func (v clone) update(f, t *action, n *Node, ff, filter actionFlags, as linkFlags) changed {
	return v.r.cluster.updateCollection(f, t, n, ff, filter, as)
}

func (v bundle) update(f, t *action, n *Node, ff, filter actionFlags, as linkFlags) changed {
	return v.r.cluster.updateCollection(f, t, n, ff, filter, as)
}

func (c *Cluster) updateCollection(f, t *action, n *Node, ff, filter actionFlags, as linkFlags) changed {
	if interleaves(f, t) {
		return c.interleave(f, t, n, filter, as)
	}
	ch := c.updatePair(f, t, ff, filter, as)
	for _, i := range t.rsc.partners() {
		k := i.newestOn(t.task, n)
		if k == nil || i.variant.summary(k, n)&aRunnable == 0 {
			continue
		}
		one := i.variant.update(f, k, n, ff, filter, as)
		ch |= one
		if one&changedThen != 0 {
			c.updateAfter(k)
		}
	}
	return ch
}

func (r *Resource) collects() bool { return r != nil && (r.Kind == Clone || r.Kind == Bundle) }

// interleaves reports whether a link between two collections holds instance by instance.
func interleaves(f, t *action) bool {
	if !f.rsc.collects() || !t.rsc.collects() || f.rsc == t.rsc {
		return false
	}
	r := t.rsc
	if t.keyTask == "stop" || t.keyTask == "demote" {
		r = f.rsc
	}
	return rule.IsTrue(r.meta["interleave"])
}

// interleave links each instance of then to its partner. One that has none stays down if the
// order is mandatory.
func (c *Cluster) interleave(f, t *action, n *Node, filter actionFlags, as linkFlags) changed {
	var ch changed
	current := strings.HasSuffix(f.keyTask, "stopped") || strings.HasSuffix(f.keyTask, "demoted")
	for _, ti := range t.rsc.partners() {
		fi := c.pair(ti, f.rsc, RoleUnknown, current)
		if fi == nil {
			if !current && as&(lRunnable|lThenRequired) != 0 && c.inhibit(ti) {
				ch |= changedThen
			}
			continue
		}
		fa := c.partnerAction(f, fi, plainTask(f, fi.Kind == Primitives), n, true)
		ta := c.partnerAction(t, ti, t.task, n, false)
		if fa == nil || ta == nil {
			continue
		}
		linked := c.orderActions(fa, ta, as)
		if linked {
			ch |= changedFirst | changedThen
		}
		ch |= ta.rsc.variant.update(fa, ta, n, fa.rsc.variant.summary(fa, n), filter, as)
	}
	return ch
}

// inhibit takes a resource off its node for good; it reports whether it had one.
func (c *Cluster) inhibit(r *Resource) bool {
	did := false
	r.leaves(func(x *Resource) {
		did = did || x.Assigned != nil
		c.assignTo(x, nil, true)
	})
	return did
}

// partnerAction finds the action of an instance that takes part in an interleaved link. In a
// bundle it may be that of the resource inside the container.
func (c *Cluster) partnerAction(a *action, i *Resource, task string, n *Node, first bool) *action {
	r := i
	if b := i.inBundle(); b != nil {
		inside := first && strings.Contains(task, "stop") || !first && strings.Contains(task, "mote")
		if inside || strings.Contains(task, "mote") {
			for _, p := range b.Bundle.Replicas {
				if p.Container == i && p.Child != nil && (!first || !strings.Contains(task, "stop") || p.Node == n) {
					r = p.Child
				}
			}
		}
	}
	if k := r.newestOn(task, n); k != nil {
		return k
	}
	return r.newestOn(task, nil)
}
