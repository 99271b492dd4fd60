package scheduler

import "slices"

// promotionScore is what the agent wants for an instance on a node; ok is false if it set nothing.
func (c *Cluster) promotionScore(r *Resource, n *Node) (s Score, ok bool) {
	if r.Kind == Group {
		for _, m := range r.Children {
			v, set := c.promotionScore(m, n)
			s += v // a plain sum
			ok = ok || set
		}
		return s, ok
	}
	if !c.promotionCounts(r, n) {
		return 0, false
	}
	v, ok := c.nodeAttrFor(n, r, "master-"+r.historyID())
	if !ok && !r.is(rUnique) {
		v, ok = c.nodeAttrFor(n, r, "master-"+baseID(r.historyID()))
	}
	if !ok {
		return 0, false
	}
	return c.parseScore(v), true
}

// promotionCounts reports whether the score on a node is about this instance.
func (c *Cluster) promotionCounts(r *Resource, n *Node) bool {
	e := r.table.get(n)
	allowed := e != nil && e.score >= 0
	if !r.is(rUnique) {
		t := r.top()
		var here *Resource
		known := false
		for _, i := range t.Children {
			m := i.member(r.ConfiguredID)
			if m == nil {
				continue
			}
			if here == nil && slices.Contains(m.RunningOn, n) {
				here = m
			}
			known = known || m.KnownOn(n)
		}
		if here == r || here == nil && known {
			return allowed
		}
	}
	if len(r.RunningOn) == 0 && len(r.knownOn) == 0 {
		return allowed
	}
	return allowed && (r.KnownOn(n) || slices.Contains(r.RunningOn, n))
}

// addPromotionScores lets promotion scores count for placement, once.
func (c *Cluster) addPromotionScores(r *Resource) {
	if r.is(rScoresAdded) {
		return
	}
	r.set(rScoresAdded)
	for _, i := range r.Children {
		for x := range i.table.e {
			n := c.byIdx[x]
			if !i.table.e[x].present || !n.available() {
				continue
			}
			s, _ := c.promotionScore(i, n)
			if s > 0 {
				i.table.e[x].score = i.table.e[x].score.Add(s)
			}
			i.priority = max(i.priority, s)
		}
	}
}

// choosePromoted ranks the placed instances and promotes the best ones.
func (c *Cluster) choosePromoted(r *Resource) {
	for i := range r.table.e {
		r.table.e[i].count = 0
	}
	for _, i := range r.Children {
		c.rankInstance(r, i)
	}
	c.sortPromotion(r)
	r.CloneData.promoted = 0
	for _, i := range r.Children {
		name := "none"
		n := i.node()
		if n != nil {
			name = n.Name
		}
		if c.showsScores {
			c.scores = append(c.scores, ScoreLine{Kind: PromotionScore, Resource: i.ID, Node: name, Score: i.rank})
		}
		if n := c.promotable(r, i); n != nil {
			if e := r.table.get(n); e != nil {
				e.count++
			}
			r.CloneData.promoted++
			i.all(func(x *Resource) {
				if x.NextRole == RoleUnknown {
					x.NextRole = RolePromoted
				}
			})
			continue
		}
		i.all(func(x *Resource) {
			if x.Assigned != nil || x.Kind != Primitives && x.node() != nil {
				x.NextRole = RoleUnpromoted
			} else {
				x.NextRole = RoleStopped
			}
		})
	}
}

// rankInstance computes the priority for promotion of one instance.
func (c *Cluster) rankInstance(r, i *Resource) {
	i.startedIsUnpromoted()
	i.rank = 0
	n := i.node()
	if n == nil {
		return
	}
	switch next := i.highestRole(true); next {
	case RoleStarted, RoleUnknown:
		s, ok := c.promotionScore(i, n)
		i.priority = -1
		if ok {
			i.priority = s
		}
	case RoleUnpromoted, RoleStopped:
		i.priority = -Infinity
	}
	c.addPromotedLocations(i, i.locations, n)
	c.addPromotedLocations(i, r.locations, n)
	for _, k := range append([]*colocation(nil), i.thisWith...) {
		k.primary.variant.colocate(k, i)
	}
	i.rank = i.priority
	if i.highestRole(true) == RolePromoted {
		i.rank = Infinity
	}
}

// startedIsUnpromoted: what only started is unpromoted, but for members of a group in which
// another one is more than started already.
func (r *Resource) startedIsUnpromoted() {
	if r.highestRole(false) != RoleStarted {
		return
	}
	r.all(func(x *Resource) {
		if x.Role == RoleStarted {
			x.Role = RoleUnpromoted
		}
	})
}

func (c *Cluster) addPromotedLocations(i *Resource, list []*location, n *Node) {
	for x := len(list) - 1; x >= 0; x-- {
		if list[x].role != RolePromoted {
			continue
		}
		for _, ns := range list[x].nodes {
			if ns.node == n {
				i.priority = i.priority.Add(ns.score)
			}
		}
	}
}

// sortPromotion lets role constraints of the clone count, and sorts the instances for promotion.
func (c *Cluster) sortPromotion(r *Resource) {
	if r.is(rPromotionMerged) {
		return
	}
	r.set(rPromotionMerged | rMerging)
	for _, i := range r.Children {
		if n := i.node(); n != nil && i.rank >= 0 {
			if e := r.table.get(n); e != nil {
				e.score = e.score.Add(i.rank)
			}
		}
	}
	for _, k := range r.thisWith {
		if k.dependentRole == RolePromoted {
			fl := collectRollback
			if k.score >= Infinity {
				fl = 0
			}
			r.table = c.collect(k.primary, r.table, k.attr, factor(k.score), fl)
		}
	}
	for _, k := range r.withThis {
		if k.primaryRole == RolePromoted && k.influences(r) {
			r.table = c.collect(k.dependent, r.table, k.attr, factor(k.score), collectRollback|collectPositive)
		}
	}
	for _, d := range r.tickets {
		if d.role == RolePromoted && (!d.ticket.Granted || d.ticket.Standby) {
			r.all(func(x *Resource) { c.addAll(x.table, -Infinity) })
		}
	}
	for _, i := range r.Children {
		n := i.node()
		switch {
		case !i.is(rManaged) && i.highestRole(true) == RolePromoted:
			i.rank = Infinity
		case n == nil || i.rank < 0:
		default:
			if e := r.table.get(n); e != nil {
				i.rank = e.score
			}
		}
	}
	r.clear(rMerging)
	stableSort(r.Children, func(a, b *Resource) int {
		if a.rank != b.rank {
			return int(b.rank) - int(a.rank)
		}
		if x, y := a.highestRole(false), b.highestRole(false); x != y {
			return int(y) - int(x)
		}
		return c.compareInstances(r, a, b)
	})
}

// promotable returns the node on which an instance can be promoted, nil if it cannot. Without quorum a frozen
// instance stays as it is; a group is promoted already if one of its members is.
func (c *Cluster) promotable(r, i *Resource) *Node {
	if i.rank < 0 || r.CloneData.promoted >= r.CloneData.PromotedMax && r.is(rManaged) {
		return nil
	}
	if !c.Quorum && c.Options.NoQuorum == PolicyFreeze && i.highestRole(false) != RolePromoted {
		return nil
	}
	for _, m := range i.Children {
		if c.memberPromotable(r, m) == nil {
			return nil
		}
	}
	return c.memberPromotable(r, i)
}

func (c *Cluster) memberPromotable(r, i *Resource) *Node {
	n := i.node()
	switch {
	case n == nil:
		return nil
	case !i.is(rManaged):
		if i.highestRole(false) == RolePromoted {
			return n
		}
		return nil
	case i.priority < 0 || !n.available():
		return nil
	case n.IsGuest() && n.Connection.container.Assigned == nil:
		return nil
	}
	e := r.table.get(n)
	if e == nil || int(e.count) >= r.CloneData.PromotedNodeMax && i.is(rManaged) {
		return nil
	}
	return n
}
