package scheduler

// applyOrders turns the remembered orderings into links, in the order of their creation.
// An action of first that nobody made is made now: optional and without node, so that what
// must come after it cannot run.
func (c *Cluster) applyOrders() {
	for i := 0; i < len(c.orders); i++ {
		o := c.orders[i]
		firsts := c.firstActions(o)
		switch {
		case len(firsts) == 0 && o.first.rsc == nil:
		case o.then.rsc == nil:
			for _, f := range firsts {
				c.orderActions(f, o.then.act, o.flags)
			}
		default:
			for _, f := range firsts {
				c.linkThen(f, o)
			}
		}
	}
}

// firstActions finds the actions on the first side.
func (c *Cluster) firstActions(o *ordering) []*action {
	e := o.first
	if e.act != nil {
		return []*action{e.act}
	}
	if s := e.rsc.find(e.task, e.interval); s != nil && len(s.actions) > 0 {
		return s.actions
	}
	if e.rsc == o.then.rsc {
		return nil
	}
	role := e.rsc.highestRole(false)
	if e.task == "stop" && role <= RoleStopped || e.task == "demote" && role == RoleUnpromoted {
		return nil
	}
	return []*action{e.rsc.act(e.task, e.interval, nil, true)}
}

// linkThen links one first action to all actions on the other side.
func (c *Cluster) linkThen(f *action, o *ordering) {
	flags := o.flags
	if f.is(aDangling) && f.rsc == o.then.rsc {
		flags &^= lThenRequired // the stop of an interrupted migration restarts nothing
	}
	if o.then.act != nil {
		c.orderActions(f, o.then.act, flags)
		return
	}
	if s := o.then.rsc.find(o.then.task, o.then.interval); s != nil {
		for _, t := range s.actions {
			c.orderActions(f, t, flags)
		}
	}
}

// blockDependents: what must be with a resource that cannot start cannot start either.
func (c *Cluster) blockDependents(a *action) {
	if a.rsc == nil || a.runnable() || a.task != "start" && a.task != "promote" {
		return
	}
	r := a.rsc.uppermost()
	for _, k := range r.Children {
		s := k.find(a.task, 0)
		if s == nil || len(s.actions) == 0 || s.newest().runnable() {
			return
		}
	}
	for _, k := range r.withThis {
		if k.score < Infinity || a.task == "promote" && k.primaryRole != RolePromoted {
			continue
		}
		task := "start"
		if k.dependentRole == RolePromoted {
			task = "promote"
		}
		c.blockStart(k.dependent, a.rsc, task)
	}
}

// blockStart makes the starts of a resource and its children unrunnable.
func (c *Cluster) blockStart(r, because *Resource, task string) {
	if s := r.find(task, 0); s != nil {
		if a := s.newest(); a != nil && a.runnable() {
			a.clear(aRunnable)
			a.because("colocation with "+because.ID, false)
			c.blockDependents(a)
			c.updateAction(a)
		}
	}
	for _, k := range r.Children {
		c.blockStart(k, because, task)
	}
}
