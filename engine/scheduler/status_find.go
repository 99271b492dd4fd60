package scheduler

import (
	"slices"

	"github.com/beevik/etree"
)

// byHistory finds a resource by its id or by the name it goes by in the history.
func (c *Cluster) byHistory(id string) *Resource {
	if r := c.rscByID[id]; r != nil {
		return r
	}
	return c.named(id)
}

// named finds the first resource that goes by a name in the history; the history of another
// node may have given it another name since.
func (c *Cluster) named(id string) *Resource {
	for _, r := range c.rscByHistory[id] {
		if r.HistoryName == id {
			return r
		}
	}
	return nil
}

// findByHistory finds the primitive that an entry of the history is about; nil makes it an orphan.
func (c *Cluster) findByHistory(n *Node, id string) *Resource {
	r := c.byHistory(id)
	if r == nil {
		r = c.rscByID[baseID(id)+":0"]
		if r == nil || r.is(rUnique) {
			return nil
		}
	}
	if r.Kind != Primitives {
		return nil
	}
	if t := r.top(); t.Kind == Clone && !t.is(rUnique) {
		if b := r.inBundle(); b != nil {
			r = b.bundleChildOn(n)
		} else {
			r = c.findInstance(t, baseID(id), n)
		}
	}
	if r != nil && id != r.ID && id != r.HistoryName {
		r.HistoryName = id
		c.rscByHistory[id] = append(c.rscByHistory[id], r)
	}
	return r
}

func (r *Resource) bundleChildOn(n *Node) *Resource {
	for _, p := range r.Bundle.Replicas {
		if p.Node == n {
			return p.Child
		}
	}
	return nil
}

// member finds the primitive with a configured id at or below an instance.
func (r *Resource) member(base string) *Resource {
	var found *Resource
	r.leaves(func(x *Resource) {
		if found == nil && (x.ConfiguredID == base || x.HistoryName == base) {
			found = x
		}
	})
	return found
}

// places lists where an instance is known to be active or pending.
func (r *Resource) places() []*Node {
	var out []*Node
	r.leaves(func(x *Resource) {
		for _, n := range x.RunningOn {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	})
	return out
}

func (r *Resource) pendingElsewhere(n *Node) bool {
	return r.PendingNode != nil && r.PendingNode != n
}

// findInstance chooses the instance of an anonymous clone that a history entry on a node
// belongs to: the one that is there already, else a free one, else a new orphan.
func (c *Cluster) findInstance(t *Resource, base string, n *Node) *Resource {
	var found, free *Resource
	surplus := false
	for _, k := range t.Children {
		on := k.location()
		switch {
		case len(on) > 0:
			if on[0] != n || len(on) > 1 && !slices.Contains(on, n) {
				continue
			}
			m := k.member(base)
			if m == nil {
				continue
			}
			if len(m.RunningOn) > 0 {
				surplus = true // several histories on one node: none that is free may take it
			} else {
				found = m
			}
		case !surplus && free == nil && !k.blocked():
			if m := k.member(base); m != nil && !m.pendingElsewhere(n) {
				free = m
			}
		}
		if found != nil {
			break
		}
	}
	if found == nil && !surplus {
		found = free
	}
	if found != nil && !found.is(rNeedsFencing) && (!n.Online || n.Unclean) && !n.IsGuest() && t.CloneData.Max != len(c.Nodes) {
		found = nil
	}
	if found == nil {
		k := t.newInstance()
		if k == nil {
			return nil
		}
		found = k.member(base)
	}
	return found
}

// location lists where an instance is active or has an operation under way.
func (r *Resource) location() []*Node {
	out := r.places()
	r.leaves(func(x *Resource) {
		if x.PendingNode != nil && !slices.Contains(out, x.PendingNode) {
			out = append(out, x.PendingNode)
		}
	})
	return out
}

// orphan makes a resource of what only the history knows.
func (c *Cluster) orphan(n *Node, e *etree.Element) *Resource {
	id := attr(e, "id")
	p := etree.NewElement("primitive")
	for _, a := range e.Attr {
		p.CreateAttr(a.Key, a.Value)
	}
	if foldEq(attr(p, "class"), "ocf") && foldEq(attr(p, "provider"), "pacemaker") && foldEq(attr(p, "type"), "remote") {
		m := c.Node(id)
		if m == nil {
			m = c.newRemoteNode(id, 0)
		}
		m.Shutdown = true
	}
	r := c.unpackResource(p, nil, -1)
	if m := c.Node(id); r.is(rConnection) && m != nil && m.Kind == Remote {
		m.Connection, r.remoteNode = r, m
		if c.Options.StartupFencing && m.state == nil {
			m.Unclean, m.unseen = true, true
		}
	}
	if attr(e, "container") != "" {
		r.container = nil // only after the node's entries are read, if it exists
	}
	r.set(rOrphan)
	if c.rscByID[id] != r {
		c.shadowed[id] = append(c.shadowed[id], r)
	}
	c.Resources = append(c.Resources, r)
	if !c.Options.StopOrphans {
		r.clear(rManaged)
		return r
	}
	c.addAll(r.table, -Infinity)
	return r
}
