package scheduler

// internalConstraints makes the orderings that every primitive has, and those that its
// container and its place in a promotable clone imply.
func (v primitive) internalConstraints() {
	r := v.r
	c := r.cluster
	if !r.is(rManaged) {
		return
	}
	top := r.top()
	unfence := c.unfencing && r.is(rNeedsUnfencing) && !r.is(rFenceDevice)
	c.orderTasks(r, "stop", r, "start", lOrder|lThenRequired|lRestart)
	if top.is(rPromotable) || r.Role > RoleUnpromoted {
		c.orderTasks(r, "demote", r, "stop", lFirstPromoted)
		c.orderTasks(r, "start", r, "promote", lRunnable)
	}
	for _, t := range []string{"lrm_delete", "delete"} { // a probe will find out
		c.orderTasks(r, t, r, "monitor", lSameNode|lCancels)
	}
	if !unfence && !c.balances(r) && r.container == nil && !r.is(rFenceDevice|rConnection) {
		return
	}
	nodes := r.Allowed()
	if unfence {
		c.unfencingConstraints(r, nodes)
	}
	if c.balances(r) {
		c.loadConstraints(r, nodes)
	}
	if r.container != nil {
		c.containerConstraints(r)
	}
	if r.is(rFenceDevice | rConnection) {
		c.banRemoteNodes(r)
	}
	if r.is(rConnection) && r.container != nil && r.inBundle() == nil {
		c.banRemoteNodes(r.container) // guests in guests are not supported
	}
}

func (c *Cluster) banRemoteNodes(r *Resource) {
	for _, n := range r.Allowed() {
		if n.Connection != nil {
			r.table.get(n).score = -Infinity
		}
	}
}

func (c *Cluster) balances(r *Resource) bool {
	return len(r.util.Names) > 0 && c.Options.Placement != "default"
}

// guestContainer returns the connection that lives in this resource, nil if none does.
func (r *Resource) guestContainer() *Resource {
	for _, f := range r.fillers {
		if f.is(rConnection) {
			return f
		}
	}
	return nil
}

func (c *Cluster) unfencingConstraints(r *Resource, nodes []*Node) {
	for _, n := range nodes {
		u := c.fenceOp(n, "on", true, "", false)
		c.order(r.end("stop"), u.end(), lOrder|lSameNode)
		c.order(u.end(), r.end("start"), lThenOnNode|lSameNode)
	}
}

// loadConstraints lets starts wait until what leaves the node has made room.
func (c *Cluster) loadConstraints(r *Resource, nodes []*Node) {
	for _, n := range r.RunningOn {
		c.order(r.end("stop"), c.loadStopped(n).end(), lLoad)
	}
	for _, n := range nodes {
		l := c.loadStopped(n)
		c.order(l.end(), r.end("start"), lLoad)
		c.order(l.end(), r.end("migrate_to"), lLoad)
	}
}

func (c *Cluster) loadStopped(n *Node) *action {
	a := c.pseudoEvent("load_stopped_" + n.Name)
	if a.node == nil {
		a.node = n
		a.clear(aOptional)
	}
	return a
}

// containerConstraints: what lives in a container starts after it, stops before it, and is where it is.
func (c *Cluster) containerConstraints(r *Resource) {
	k := r.container
	var remote *Node
	if !r.is(rConnection) {
		if k.is(rConnection) {
			remote = k.remoteNode
		} else if g := k.guestContainer(); g != nil {
			remote = g.remoteNode
		}
	}
	if remote != nil {
		for i := range r.table.e {
			if r.table.e[i].present && c.byIdx[i] != remote {
				r.table.e[i].score = -Infinity
			}
		}
		return
	}
	if r.is(rConnection) {
		c.orderTasks(k, "monitor", r, "stop", lOrder)
	}
	c.orderTasks(k, "start", r, "start", lThenRequired|lRunnable)
	c.orderTasks(r, "stop", k, "stop", lFirstRequired)
	score := Infinity
	if r.is(rConnection) && r.inBundle() != nil {
		score = 10000
	}
	c.newColocation("resource-with-container", "", score, r, k, "", "", true)
}

func (v group) internalConstraints() {
	g := v.r
	c := g.cluster
	c.orderTasks(g, "stop", g, "stopped", lRunnable)
	c.orderTasks(g, "stopped", g, "start", lOrder)
	c.orderTasks(g, "start", g, "running", lRunnable)
	promotable := g.top().is(rPromotable)
	var prev, active *Resource
	for _, m := range g.Children {
		m.variant.internalConstraints()
		if g.is(rColocated) && prev != nil {
			c.newColocation("group:internal_colocation", "", Infinity, m, prev, "", "", m.is(rCritical))
		}
		g.memberOrders(m, prev, promotable)
		if g.is(rOrdered) && prev != nil && len(m.RunningOn) > 0 && len(prev.RunningOn) == 0 && active != nil {
			c.orderTasks(m, "stop", active, "stop", lOrder)
		}
		if len(m.RunningOn) > 0 {
			active = m
		}
		prev = m
	}
}

// memberOrders ties one member to its group and to the member before it.
func (g *Resource) memberOrders(m, prev *Resource, promotable bool) {
	c := g.cluster
	ordered := g.is(rOrdered)
	before, after := lPrintFirst, lPrintThen
	if prev == nil && ordered {
		before, after = lPrintFirst|lOrder, lThenRequired
	}
	if promotable {
		c.orderTasks(g, "demote", m, "demote", before)
		c.orderTasks(m, "demote", g, "demoted", after)
		c.orderTasks(m, "promote", g, "promoted", lRunnable|lThenRequired|lPrintThen)
		c.orderTasks(g, "promote", m, "promote", lPrintFirst)
	}
	c.orderTasks(g, "stop", m, "stop", before)
	c.orderTasks(m, "stop", g, "stopped", after)
	c.orderTasks(g, "start", m, "start", lPrintFirst)
	c.orderTasks(m, "start", g, "running", lRunnable|lThenRequired|lPrintThen)
	switch {
	case !ordered:
		c.orderTasks(g, "start", m, "start", lThenRequired|lRunnable|lPrintFirst)
		if promotable {
			c.orderTasks(g, "promote", m, "promote", lThenRequired|lRunnable|lPrintFirst)
		}
	case prev != nil:
		c.orderTasks(prev, "start", m, "start", lThenRequired|lRunnable)
		c.orderTasks(m, "stop", prev, "stop", lOrder|lRestart)
		if promotable {
			c.orderTasks(prev, "promote", m, "promote", lThenRequired|lRunnable)
			c.orderTasks(m, "demote", prev, "demote", lOrder)
		}
	}
}

func (v clone) internalConstraints() {
	r := v.r
	c := r.cluster
	c.orderTasks(r, "stopped", r, "start", lOrder)
	c.orderTasks(r, "start", r, "running", lRunnable)
	c.orderTasks(r, "stop", r, "stopped", lRunnable)
	if r.is(rPromotable) {
		c.orderTasks(r, "demoted", r, "stop", lOrder)
		c.orderTasks(r, "running", r, "promote", lRunnable)
	}
	if r.is(rOrdered) {
		stableSort(r.Children, func(a, b *Resource) int { return a.number() - b.number() })
	}
	var prev *Resource
	for _, i := range r.Children {
		i.variant.internalConstraints()
		c.orderTasks(r, "start", i, "start", lRunnable|lPrintFirst)
		c.orderTasks(i, "start", r, "running", lPrintThen)
		c.orderTasks(r, "stop", i, "stop", lPrintFirst)
		c.orderTasks(i, "stop", r, "stopped", lPrintThen)
		if r.is(rOrdered) && prev != nil {
			c.orderTasks(prev, "start", i, "start", lOrder)
			c.orderTasks(i, "stop", prev, "stop", lOrder)
		}
		prev = i
	}
	if r.is(rPromotable) {
		r.promotableConstraints(r.Children)
	}
}

// promotableConstraints orders the phases of a promotable collection.
func (r *Resource) promotableConstraints(instances []*Resource) {
	c := r.cluster
	for _, p := range [][2]string{{"stopped", "start"}, {"stopped", "promote"}, {"demoted", "stop"}, {"demoted", "start"},
		{"demoted", "promote"}, {"running", "promote"}, {"demote", "demoted"}} {
		c.orderTasks(r, p[0], r, p[1], lOrder)
	}
	var prev *Resource
	for _, i := range instances {
		c.orderTasks(i, "demote", i, "promote", lOrder)
		c.orderTasks(r, "promote", i, "promote", lOrder)
		c.orderTasks(i, "promote", r, "promoted", lOrder)
		c.orderTasks(r, "demote", i, "demote", lPrintFirst)
		c.orderTasks(i, "demote", r, "demoted", lPrintThen)
		if r.is(rOrdered) && prev != nil {
			c.orderTasks(prev, "promote", i, "promote", lOrder)
			c.orderTasks(i, "demote", prev, "demote", lOrder)
		}
		prev = i
	}
}

func (v bundle) internalConstraints() {
	r := v.r
	c := r.cluster
	k := r.Bundle.Clone
	if k != nil {
		c.orderTasks(r, "start", k, "start", lPrintFirst)
		c.orderTasks(r, "stop", k, "stop", lPrintFirst)
		c.orderTasks(k, "running", r, "running", lPrintThen)
		c.orderTasks(k, "stopped", r, "stopped", lPrintThen)
	}
	for _, p := range r.Bundle.Replicas {
		r.replicaConstraints(p)
	}
	if k == nil {
		return
	}
	k.variant.internalConstraints()
	if k.is(rPromotable) {
		r.promotableConstraints(nil)
		c.orderTasks(k, "demoted", r, "demoted", lPrintThen)
		c.orderTasks(r, "demote", k, "demote", lPrintFirst)
		c.orderTasks(k, "promoted", r, "promoted", lPrintThen)
		c.orderTasks(r, "promote", k, "promote", lPrintFirst)
	}
}

func (r *Resource) replicaConstraints(p *Replica) {
	c := r.cluster
	k := p.Container
	k.variant.internalConstraints()
	c.orderTasks(r, "start", k, "start", lRunnable|lPrintFirst)
	if p.Child != nil {
		c.orderTasks(r, "stop", p.Child, "stop", lPrintFirst)
	}
	c.orderTasks(r, "stop", k, "stop", lPrintFirst)
	c.orderTasks(k, "start", r, "running", lPrintThen)
	c.orderTasks(k, "stop", r, "stopped", lPrintThen)
	if p.IP != nil {
		p.IP.variant.internalConstraints()
		c.orderTasks(p.IP, "start", k, "start", lRunnable|lPreserve)
		c.orderTasks(k, "stop", p.IP, "stop", lFirstRequired|lPreserve)
		c.newColocation("ip-with-docker", "", Infinity, p.IP, k, "", "", true)
	}
	if p.Connection != nil {
		p.Connection.variant.internalConstraints()
	}
}
