package scheduler

// Schedule decides what to do. It may be called once for a Cluster.
func (c *Cluster) Schedule() *Result {
	c.prepare()
	c.assignAll()
	c.checkDeferred()
	c.createProbes()
	c.clearOrphanFailures()
	for _, r := range c.Resources {
		r.variant.createActions()
	}
	c.remoteOrders()
	c.fencingAndShutdown()
	c.applyOrders()
	c.settle()
	c.voidInvalid()
	lines := c.summarize()
	return &Result{Cluster: c, Graph: c.buildGraph(), Scores: c.scores, summary: lines}
}

// prepare lets all constraints act on the tables of the resources.
func (c *Cluster) prepare() {
	c.healthLocations()
	c.findPlaces()
	c.readConstraints()
	c.shutdownLocks()
	c.applyLocations()
	for _, r := range c.Resources {
		r.leaves(c.applyStickiness)
	}
	for _, n := range c.Nodes {
		for _, r := range c.Resources {
			c.applyThreshold(r, n)
			c.exclusiveDiscovery(r, n)
		}
	}
	for _, r := range c.Resources {
		r.variant.internalConstraints()
	}
	c.checkHistory()
}

// applyStickiness makes a resource prefer the one node it is active on.
func (c *Cluster) applyStickiness(r *Resource) {
	if !r.is(rManaged) || r.stickiness < 1 || len(r.RunningOn) != 1 {
		return
	}
	n := r.RunningOn[0]
	if !c.Options.Symmetric && r.table.get(n) == nil {
		return
	}
	r.table.add(n, r.stickiness)
}

// exclusiveDiscovery bans nodes that are not among those marked for exclusive discovery. What a collection consists of
// is asked only if the collection is marked; of a bundle these are its containers and addresses.
func (c *Cluster) exclusiveDiscovery(r *Resource, n *Node) {
	if !r.is(rExclusive) && !r.top().is(rExclusive) {
		return
	}
	for _, k := range r.Children {
		if r.Kind != Bundle || k.Kind == Primitives {
			c.exclusiveDiscovery(k, n)
		}
	}
	if e := r.table.get(n); e != nil && e.mode != discoverExclusive {
		e.score = -Infinity
	}
}
