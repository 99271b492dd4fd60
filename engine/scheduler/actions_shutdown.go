package scheduler

// fencingAndShutdown makes the fencings and shutdowns that are due, and puts the DC last.
func (c *Cluster) fencingAndShutdown() {
	var fences []*action
	var shutdowns []*action
	var dcAction *action
	managed := c.anyManaged()
	for _, n := range c.Nodes {
		if n.IsGuest() {
			if n.reset && managed && c.canFence(n) {
				c.fenceGuest(n)
			}
			continue
		}
		var a *action
		switch {
		case n.Unclean && managed && c.canFence(n):
			a = c.fenceOp(n, "", false, "node is unclean", false)
			c.fencingConstraints(a, n)
		case n.Online && n.Shutdown && n.Kind != Remote:
			a = c.event("do_shutdown-"+n.Name, "do_shutdown", n, false)
			a.metaSet("op_no_wait", "true")
			c.shutdownConstraints(n, a)
			if n.isDC {
				dcAction = a
			} else {
				shutdowns = append(shutdowns, a)
			}
			continue
		}
		if a == nil {
			continue
		}
		switch {
		case n.isDC:
			dcAction = a
		case c.Options.ConcurrentFencing:
			fences = append(fences, a)
		default:
			if len(fences) > 0 {
				c.orderActions(fences[0], a, lOrder)
			}
			fences = []*action{a}
		}
	}
	if dcAction == nil {
		return
	}
	if dcAction.task == "do_shutdown" {
		for _, s := range shutdowns {
			c.orderActions(s, dcAction, lOrder)
		}
	}
	for _, f := range fences {
		c.orderActions(f, dcAction, lOrder)
	}
}

func (c *Cluster) anyManaged() bool {
	for _, r := range c.Resources {
		if r.is(rManaged) {
			return true
		}
		found := false
		r.all(func(x *Resource) { found = found || x.is(rManaged) })
		if found {
			return true
		}
	}
	return false
}

// shutdownConstraints lets a shutdown wait for the stops on its node.
func (c *Cluster) shutdownConstraints(n *Node, down *action) {
	for i := len(c.actions) - 1; i >= 0; i-- {
		a := c.actions[i]
		r := a.rsc
		if r == nil || a.node != n || a.task != "stop" {
			continue
		}
		if r.is(rMaintenance) || n.Maintenance || !r.is(rManaged) && !r.is(rBlocked) {
			continue
		}
		a.clear(aOptional)
		c.order(a.end(), down.end(), lOrder|lRunnable)
	}
}

// fencingConstraints ties what happens on a fenced node, and what waits for it, to the fencing.
func (c *Cluster) fencingConstraints(f *action, n *Node) {
	for _, r := range c.Resources {
		r.leaves(func(x *Resource) {
			if x.is(rManaged) {
				c.startsAfterFencing(x, n, f)
				c.stopsByFencing(x, n, f)
			}
		})
	}
}

func (c *Cluster) startsAfterFencing(r *Resource, n *Node, f *action) {
	for _, a := range r.actions {
		switch a.needs {
		case needFencing:
			c.orderActions(f, a, lOrder)
		case needQuorum:
			known := r.KnownOn(n)
			if p := r.Parent; !known && p != nil && p.Kind == Clone && !p.is(rUnique) {
				known = p.KnownOn(n)
			}
			if a.task == "start" && r.table.get(n) != nil && !known {
				c.orderActions(f, a, lOrder|lRunnable)
			}
		}
	}
}

// stopsByFencing: fencing stops and demotes whatever is on the node.
func (c *Cluster) stopsByFencing(r *Resource, n *Node, f *action) {
	top := r.top()
	topStop := top.newestOn("stop", nil)
	bundled := r.inBundle() != nil
	if s := r.find("stop", 0); s != nil {
		for _, a := range append([]*action(nil), s.actions...) {
			if a.node != n {
				continue
			}
			a.set1(aPseudo | aRunnable)
			if r.is(rNeedsFencing) || n.IsGuest() {
				a.set1(aImplied)
				if !bundled {
					c.orderActions(f, a, lPreserve)
				}
				c.orderActions(f, topStop, lPreserve)
			}
			if r.is(rNotify) {
				c.notifyFencedStop(r, a, f)
			}
		}
	}
	if s := r.find("demote", 0); s != nil {
		for _, a := range append([]*action(nil), s.actions...) {
			if a.node != n || n.Online && !n.Unclean && !r.is(rFailed) {
				continue
			}
			a.set1(aPseudo | aRunnable)
			if !bundled && (r.is(rNeedsFencing) || n.IsGuest()) {
				c.orderActions(f, a, lPreserve|lOrder)
			}
		}
	}
}

// fenceGuest: a guest is fenced by the stop of its container.
func (c *Cluster) fenceGuest(n *Node) {
	k := n.Connection.container
	op := "off"
	var stop *action
	if s := k.find("stop", 0); s != nil {
		stop = s.newest()
		if k.find("start", 0) != nil {
			op = "reboot"
		}
	} else if k.find("start", 0) != nil {
		op = "reboot"
	}
	f := c.fenceOp(n, op, false, "guest is unclean", false)
	f.set1(aPseudo | aRunnable)
	switch {
	case stop != nil && stop.pseudo():
		host := c.fenceOp(stop.node, "", false, "", false)
		c.orderActions(host, f, lRunnable|lThenRequired)
	case stop != nil:
		c.orderActions(stop, f, lRunnable|lThenRequired)
	default:
		if s := n.Connection.find("stop", 0); s != nil {
			c.orderActions(s.newest(), f, lOrder)
		}
	}
	c.fencingConstraints(f, n)
}

func (s *opSet) newest() *action {
	if s == nil || len(s.actions) == 0 {
		return nil
	}
	return s.actions[len(s.actions)-1]
}
