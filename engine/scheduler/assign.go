package scheduler

// assignAll decides where everything goes. Connections of remote nodes come first, as they
// decide which nodes there will be.
func (c *Cluster) assignAll() {
	if c.Options.Placement != "default" {
		c.sortForPlacement()
	}
	c.showCapacities("Original")
	for _, n := range c.Nodes {
		if n.Kind != Remote {
			continue
		}
		for _, r := range c.Resources {
			if r.is(rConnection) {
				r.variant.assign(r.partialTarget)
			}
		}
		break
	}
	for _, r := range c.Resources {
		if !r.is(rConnection) {
			r.variant.assign(nil)
		}
	}
	c.showCapacities("Remaining")
}

// showScores records the score lines of a resource and what it consists of.
func (c *Cluster) showScores(r *Resource, fn string) {
	if !c.showsScores || r.is(rOrphan) {
		return
	}
	c.each(r.table, func(n *Node, e *entry) {
		c.scores = append(c.scores, ScoreLine{Func: fn, Resource: r.ID, Node: n.Name, Score: e.score})
	})
	for _, k := range r.Children {
		c.showScores(k, fn)
	}
}

// assign places a primitive: its scores are adjusted to what is placed already and to the
// wishes of what depends on it, then the best node is taken.
func (v primitive) assign(prefer *Node) *Node {
	r := v.r
	c := r.cluster
	if p := r.Parent; p != nil && !p.is(rAssigning) {
		p.variant.assign(prefer)
	}
	if !r.is(rUnplaced) {
		return r.Assigned
	}
	if r.is(rAssigning) {
		return nil // a loop of colocations
	}
	r.set(rAssigning)
	defer r.clear(rAssigning)
	c.followPrimaries(r)
	for _, k := range append([]*colocation(nil), r.withThis...) {
		if k.influences(r) {
			r.table = c.collect(k.dependent, r.table, k.attr, factor(k.score), collectRollback)
		}
	}
	switch {
	case r.NextRole == RoleStopped:
		c.addAll(r.table, -Infinity)
	case r.NextRole > r.Role && !c.Quorum && c.Options.NoQuorum == PolicyFreeze:
		r.NextRole = r.Role
	}
	c.showScores(r, "pcmk__primitive_assign")
	if c.Options.Stonith && !c.haveDevice {
		r.clear(rManaged)
	}
	c.place(r, prefer)
	if r.is(rConnection) {
		r.connectionPlaced()
	}
	return r.Assigned
}

// followPrimaries assigns what r is colocated with and lets each act on r's table.
func (c *Cluster) followPrimaries(r *Resource) {
	for _, k := range append([]*colocation(nil), r.thisWith...) {
		var saved *table
		if k.dependentRole == RolePromoted || k.score < 0 && k.score > -Infinity {
			saved = r.table.copy(c)
		}
		k.primary.variant.assign(nil)
		k.primary.variant.colocate(k, r)
		if saved != nil && !c.usable(r.table) {
			r.table = saved
		}
	}
}

func (c *Cluster) place(r *Resource, prefer *Node) {
	switch {
	case !r.is(rManaged):
		r.NextRole = r.Role
		c.assignTo(r, r.currentNode(), true)
	case c.Options.StopAll:
		c.assignTo(r, nil, true)
	case !r.is(rUnplaced):
	default:
		c.assignTo(r, c.choose(r, prefer), false)
	}
}

// assignTo finishes the assignment of a primitive; n nil stops it.
func (c *Cluster) assignTo(r *Resource, n *Node, force bool) bool {
	r.clear(rUnplaced)
	if !force && n != nil {
		if e := r.table.get(n); e == nil || e.score < 0 || !n.available() && !n.IsGuest() {
			n = nil
		}
	}
	if r.Assigned != nil {
		c.unassign(r)
		r.clear(rUnplaced)
	}
	if n == nil {
		r.NextRole = RoleStopped
		r.inhibit()
		return false
	}
	r.Assigned = n
	r.placedScore = n.score // unmanaged: it never thought about it
	if e := r.table.get(n); e != nil && !force {
		r.placedScore = e.score
	}
	n.count++
	c.consume(r, n)
	return true
}

// unassign takes an assignment back.
func (c *Cluster) unassign(r *Resource) {
	n := r.Assigned
	r.set(rUnplaced)
	if n == nil {
		return
	}
	r.Assigned = nil
	n.count--
	c.release(r, n)
}

// inhibit adjusts the actions that exist already to a resource that goes nowhere.
func (r *Resource) inhibit() {
	for _, a := range r.actions {
		switch {
		case a.task == "stop":
			a.clear(aOptional)
		case a.task == "start":
			a.clear(aRunnable)
		case a.interval > 0 && a.meta["op_target_rc"] != "7":
			a.clear(aRunnable)
		}
	}
}

// connectionPlaced tells the node behind a connection what is to become of it.
func (r *Resource) connectionPlaced() {
	n := r.remoteNode
	if n == nil {
		return
	}
	if r.Assigned != nil && r.NextRole != RoleStopped {
		n.Online = true
		if n.unseen {
			n.Unclean = false
		}
		return
	}
	n.Shutdown = true
}

// assign places the members of a group one after the other; the constraints of the group
// move to its first member, what depends on the group to the last.
func (v group) assign(prefer *Node) *Node {
	g := v.r
	c := g.cluster
	if !g.is(rUnplaced) {
		return g.Assigned
	}
	if g.is(rAssigning) {
		return nil
	}
	if len(g.Children) == 0 {
		g.clear(rUnplaced)
		return nil
	}
	g.set(rAssigning)
	defer g.clear(rAssigning)
	first, last := g.Children[0], g.Children[len(g.Children)-1]
	g.Role = first.Role
	g.handDown(first, last)
	c.showScores(g, "pcmk__group_assign")
	var n *Node
	for _, m := range g.Children {
		if k := m.variant.assign(prefer); n == nil {
			n = k
		}
	}
	g.NextRole = first.NextRole
	g.clear(rUnplaced)
	if !g.is(rColocated) {
		return nil
	}
	return n
}

func (g *Resource) handDown(first, last *Resource) {
	primary := func(x *colocation) *Resource { return x.primary }
	unmanagedBefore := false
	for _, m := range g.Children {
		for _, k := range g.thisWith {
			if m == first || unmanagedBefore && k.score >= Infinity {
				m.thisWith = insertColocation(m.thisWith, k, primary)
			}
		}
		unmanagedBefore = unmanagedBefore || !m.is(rManaged)
	}
	for _, k := range g.withThis {
		last.withThis = insertColocation(last.withThis, k, func(x *colocation) *Resource { return x.dependent })
	}
	g.thisWith, g.withThis = nil, nil
}
