package scheduler

import (
	"slices"

	"quorate/engine/rule"
)

type colocationEffect uint8

const (
	affectsNothing colocationEffect = iota
	affectsLocation
	affectsRole
)

// effect decides whether a colocation acts now on p, whose primary is the primitive q.
// A preview does not ask what is placed already.
func (k *colocation) effect(p, q *Resource, preview bool) colocationEffect {
	if !preview && q.is(rUnplaced) {
		return affectsNothing
	}
	if k.dependentRole >= RoleUnpromoted && p.Parent != nil && p.Parent.is(rPromotable) && !p.is(rUnplaced) {
		return affectsRole
	}
	if !preview && !p.is(rUnplaced) {
		return affectsNothing
	}
	same := func(want, have Role) bool { return want == RoleUnknown || want == have }
	differ := func(want, have Role) bool { return want == RoleUnknown || want != have }
	switch {
	case k.score > 0 && !(same(k.dependentRole, p.NextRole) && same(k.primaryRole, q.NextRole)):
		return affectsNothing
	case k.score < 0 && !(differ(k.dependentRole, p.NextRole) && differ(k.primaryRole, q.NextRole)):
		return affectsNothing
	}
	return affectsLocation
}

func (v primitive) colocate(k *colocation, p *Resource) {
	q := v.r
	switch k.effect(p, q, false) {
	case affectsLocation:
		q.cluster.colocateTable(k, p, q)
	case affectsRole:
		q.cluster.colocatePriority(k, p, q)
	}
}

// colocateTable changes p's scores according to where q is.
func (c *Cluster) colocateTable(k *colocation, p, q *Resource) {
	n := q.Assigned
	work := p.table.copy(c)
	if n == nil {
		if k.score < 0 {
			return
		}
		for i := range work.e {
			if work.e[i].present {
				work.e[i].score = work.e[i].score.Add(-k.score)
			}
		}
	} else {
		value := c.shared(n, k.attr, q)
		for i := range work.e {
			e := &work.e[i]
			switch {
			case !e.present:
			case c.shared(c.byIdx[i], k.attr, q) == value:
				if k.score < Infinity {
					e.score = e.score.Add(k.score)
				}
			case k.score >= Infinity:
				e.score = e.score.Add(-Infinity)
			}
		}
	}
	if k.score <= -Infinity || k.score >= Infinity || c.usable(work) {
		p.table = work
	}
}

// colocatePriority changes p's rank in the choice of what is promoted.
func (c *Cluster) colocatePriority(k *colocation, p, q *Resource) {
	if q.Assigned == nil || p.Assigned == nil {
		return
	}
	if c.shared(q.Assigned, k.attr, q) != c.shared(p.Assigned, k.attr, p) {
		if k.score >= Infinity && k.dependentRole == RolePromoted {
			p.priority = -Infinity
		}
		return
	}
	if k.primaryRole != RoleUnknown && k.primaryRole != q.NextRole {
		return
	}
	s := k.score
	if k.dependentRole == RoleUnpromoted {
		s = -s
	}
	p.priority = s.Add(p.priority)
}

// colocate: mandatory means with the last member, anything else with the first.
func (v group) colocate(k *colocation, p *Resource) {
	g := v.r
	if len(g.Children) == 0 || g.is(rUnplaced) {
		return
	}
	last := g.Children[len(g.Children)-1]
	switch {
	case g.is(rColocated) && k.score >= Infinity:
		last.variant.colocate(k, p)
	case g.is(rColocated):
		g.Children[0].variant.colocate(k, p)
	case k.score >= Infinity:
	default:
		for _, m := range g.Children {
			m.variant.colocate(k, p)
		}
	}
}

func (v clone) colocate(k *colocation, p *Resource) {
	q := v.r
	c := q.cluster
	if q.is(rUnplaced) {
		return
	}
	if q.is(rPromotable) && k.primaryRole != RoleUnknown {
		if p.is(rUnplaced) {
			c.colocateWithRole(k, p, q)
			return
		}
		if k.dependentRole == RolePromoted {
			c.promoteWithRole(k, p, q)
			return
		}
	}
	if c.interleaved(k, q) {
		c.colocatePair(k, p, q)
		return
	}
	if k.score >= Infinity {
		p.restrictTo(c, q.Children, RoleUnknown)
		return
	}
	for _, i := range q.Children {
		i.variant.colocate(k, p)
	}
}

// colocateWithRole places p relative to the instances that will have the wanted role.
func (c *Cluster) colocateWithRole(k *colocation, p, q *Resource) {
	var nodes []*Node
	for _, i := range q.Children {
		n := i.node()
		if n == nil || i.highestRole(true) != k.primaryRole {
			continue
		}
		if k.score < Infinity {
			value := c.shared(n, k.attr, q)
			for x := range p.table.e {
				if e := &p.table.e[x]; e.present && c.shared(c.byIdx[x], k.attr, q) == value {
					e.score = e.score.Add(k.score)
				}
			}
		}
		nodes = append(nodes, n)
	}
	if k.score < Infinity || k.dependentRole == RolePromoted && k.primaryRole == RolePromoted {
		return
	}
	for _, n := range nodes {
		if p.table.get(n) == nil {
			p.table.put(n, -Infinity)
		}
	}
	// only the nodes found remain, each with what the instance thought of it
	for x := range p.table.e {
		e := &p.table.e[x]
		if !e.present {
			continue
		}
		n := c.byIdx[x]
		if !slices.Contains(nodes, n) {
			e.score = -Infinity
			continue
		}
		for _, i := range q.Children {
			if i.node() == n && i.highestRole(true) == k.primaryRole {
				e.score = e.score.Add(i.assignedScore(n))
				break
			}
		}
	}
}

// assignedScore is what an instance thought of its node when it was put there.
func (r *Resource) assignedScore(n *Node) Score {
	x := r
	for len(x.Children) > 0 {
		x = x.Children[0]
	}
	return x.placedScore
}

// promoteWithRole ranks a placed instance by whether a partner with the role is on its node.
func (c *Cluster) promoteWithRole(k *colocation, p, q *Resource) {
	if i := c.pairOn(p.node(), q, k.primaryRole, false); i != nil {
		p.priority = k.score.Add(p.priority)
	} else if k.score >= Infinity {
		p.priority = -Infinity
	}
}

// interleaved reports whether the dependent's instances pair with those of q.
func (c *Cluster) interleaved(k *colocation, q *Resource) bool {
	d := k.dependent
	if d.Kind != Clone && d.Kind != Bundle || !rule.IsTrue(d.meta["interleave"]) {
		return false
	}
	return perNode(d) == perNode(q)
}

// perNode is how many instances may run on a node, as written.
func perNode(r *Resource) string {
	if r.Kind == Bundle {
		return itoa(r.Bundle.PerHost)
	}
	return or(r.meta["clone-node-max"], "1")
}

// colocatePair applies a colocation to p and the one instance that p pairs with.
func (c *Cluster) colocatePair(k *colocation, p, q *Resource) {
	if i := c.pair(p, q, RoleUnknown, false); i != nil {
		i.variant.colocate(k, p)
	} else if k.score >= Infinity {
		c.assignTo(p, nil, true)
	}
}

// restrictTo bans all nodes without a not blocked instance in the list.
func (r *Resource) restrictTo(c *Cluster, list []*Resource, role Role) {
	var nodes []*Node
	for _, i := range list {
		if n := i.node(); n != nil && !i.blocked() && (role == RoleUnknown || i.highestRole(true) == role) {
			nodes = append(nodes, n)
		}
	}
	r.onlyOn(c, nodes)
}

func (r *Resource) onlyOn(c *Cluster, nodes []*Node) {
	keep := make([]bool, len(c.byIdx))
	for _, n := range nodes {
		keep[n.idx] = true
	}
	for _, n := range c.Nodes {
		if keep[n.idx] {
			if r.table.get(n) == nil {
				r.table.put(n, -Infinity)
			}
			continue
		}
		if e := r.table.get(n); e != nil {
			e.score = -Infinity
		}
	}
}

func (v bundle) colocate(k *colocation, p *Resource) {
	q := v.r
	c := q.cluster
	if q.is(rUnplaced) {
		return
	}
	if d := k.dependent; d.Kind == Clone || d.Kind == Bundle {
		c.colocatePair(k, p, q)
		return
	}
	var nodes []*Node
	for _, rep := range q.Bundle.Replicas {
		if k.score < Infinity {
			rep.Container.variant.colocate(k, p)
			continue
		}
		n := rep.Container.Assigned
		if n == nil || rep.Container.is(rBlocked) {
			continue
		}
		if k.primaryRole >= RolePromoted && (rep.Child == nil || rep.Child.NextRole < RolePromoted) {
			continue
		}
		nodes = append(nodes, n)
	}
	if k.score >= Infinity {
		p.onlyOn(c, nodes)
	}
}

// partners lists what an instance of another collection may pair with.
func (r *Resource) partners() []*Resource {
	if r.Kind != Bundle {
		return r.Children
	}
	out := make([]*Resource, 0, len(r.Bundle.Replicas))
	for _, p := range r.Bundle.Replicas {
		out = append(out, p.Container)
	}
	return out
}

// pairOn finds the first not blocked instance that is on a node, now or next.
func (c *Cluster) pairOn(n *Node, q *Resource, role Role, current bool) *Resource {
	if n == nil {
		return nil
	}
	for _, i := range q.partners() {
		if i.blocked() || role != RoleUnknown && i.highestRole(!current) != role {
			continue
		}
		if i.nodeNowOrNext(current) == n {
			return i
		}
	}
	return nil
}

// pair finds the instance of q that p pairs with: on p's node, or where p would go.
func (c *Cluster) pair(p, q *Resource, role Role, current bool) *Resource {
	if n := p.nodeNowOrNext(current); n != nil {
		return c.pairOn(n, q, role, current)
	}
	for _, k := range c.candidates(p.table, nil) {
		if i := c.pairOn(k.node, q, role, current); i != nil {
			return i
		}
	}
	return nil
}

// node is where a resource is assigned: the common node of all its assigned primitives.
func (r *Resource) node() *Node { return r.nodeNowOrNext(false) }

func (r *Resource) nodeNowOrNext(current bool) *Node {
	if r.Kind == Primitives {
		if !current {
			return r.Assigned
		}
		if len(r.RunningOn) == 1 {
			return r.RunningOn[0]
		}
		return nil
	}
	var n *Node
	common := true
	r.leaves(func(x *Resource) {
		list := x.RunningOn
		if !current {
			list = nil
			if x.Assigned != nil {
				list = []*Node{x.Assigned}
			}
		}
		for _, m := range list {
			if n == nil {
				n = m
			} else if n != m {
				common = false
			}
		}
	})
	if !common {
		return nil
	}
	return n
}
