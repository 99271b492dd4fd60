package scheduler

// readShutdownLock takes in the lock that a history records, unless it is too old.
func (c *Cluster) readShutdownLock(r *Resource, n *Node, since string) {
	t := parseEpoch(since)
	if t == 0 {
		return
	}
	if limit := c.Options.ShutdownLockLimit; limit > 0 && c.Now.Unix() > t+limit {
		c.clearHistory(r, n)
		return
	}
	r.LockNode, r.lockTime = n, t
}

// clearHistory has the DC delete what a node's history says about a resource.
func (c *Cluster) clearHistory(r *Resource, n *Node) {
	a := r.act("lrm_delete", 0, n, false)
	a.set1(aOnDC)
	c.check(a)
}

// shutdownLocks keeps resources on nodes that shut down cleanly, where the option asks for it.
func (c *Cluster) shutdownLocks() {
	if !c.Options.ShutdownLock {
		return
	}
	for _, r := range c.Resources {
		switch r.Kind {
		case Primitives:
			c.lock(r)
		case Group:
			for _, m := range r.Children {
				c.lock(m)
			}
		}
	}
}

func (c *Cluster) lock(r *Resource) {
	if r.is(rFenceDevice) || r.isRemoteConnection() {
		return
	}
	switch {
	case r.LockNode != nil:
		if len(r.RunningOn) > 0 { // it was started elsewhere meanwhile
			c.clearHistory(r, r.LockNode)
			r.LockNode, r.lockTime = nil, 0
			return
		}
	case len(r.RunningOn) == 1 && r.RunningOn[0].Shutdown && !r.RunningOn[0].Unclean:
		n := r.RunningOn[0]
		r.LockNode, r.lockTime = n, c.Now.Unix()
		if v := parseEpoch(n.Attrs["shutdown"]); v > 0 {
			r.lockTime = v
		}
	}
	if r.LockNode == nil {
		return
	}
	if limit := c.Options.ShutdownLockLimit; limit > 0 {
		c.recheckAtUnix(r.lockTime + limit + 1)
	}
	for _, n := range c.Nodes {
		if n != r.LockNode {
			r.table.add(n, -Infinity)
		}
	}
}
