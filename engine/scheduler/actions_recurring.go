package scheduler

// createRecurring makes the monitors that a primitive is to have, and cancels others.
func (c *Cluster) createRecurring(r *Resource) {
	if r.is(rBlocked) || r.is(rMaintenance) {
		return
	}
	inForce := r.Assigned != nil && !r.Assigned.Maintenance && (r.NextRole != RoleStopped || !r.is(rManaged))
	var start *action
	if inForce {
		start = r.act("start", 0, r.Assigned, true)
	}
	for _, d := range r.ops {
		switch {
		case !r.recurs(d):
		case parseRole(d.role) == RoleStopped:
			c.recurringStopped(r, d)
		case inForce:
			c.recurringActive(r, d, start)
		}
	}
}

// doneOnce are the operations that cannot be repeated, whatever interval they have.
var doneOnce = map[string]bool{"start": true, "stop": true, "promote": true, "demote": true, "reload-agent": true,
	"migrate_to": true, "migrate_from": true}

// recurs reports whether an operation is to be repeated; of two with the same name and
// interval neither is.
func (r *Resource) recurs(d *opDef) bool {
	return d.interval > 0 && d.enabled && !d.badTime && !doneOnce[d.name] && len(r.alike(d)) == 1
}

// alike lists the operations with the name and the interval of d, which is one of them.
func (r *Resource) alike(d *opDef) []*opDef {
	var out []*opDef
	for _, x := range r.ops {
		if x.name == d.name && x.interval == d.interval {
			out = append(out, x)
		}
	}
	return out
}

// cancel turns the recurring action of a key into its cancellation.
func (c *Cluster) cancel(r *Resource, task string, interval int64, n *Node) *action {
	a := r.act(task, interval, n, false)
	a.set1(aCancel)
	a.clear(aOptional)
	a.task = "cancel"
	a.metaSet("operation", task)
	a.metaSet("interval", itoa(int(interval)))
	return a
}

// recurringActive makes one monitor of a resource that is or will be active.
func (c *Cluster) recurringActive(r *Resource, d *opDef, start *action) {
	n := r.Assigned
	optional := false
	if have := r.find(d.name, d.interval); n != nil && start.optional() {
		if a := have.on(n); a != nil {
			optional = !a.is(aReschedule)
		}
	}
	role := parseRole(d.role)
	if d.role != "" && role != r.NextRole || d.role == "" && r.NextRole == RolePromoted {
		if optional {
			c.cancelForRole(r, d, n)
		}
		return
	}
	a := r.act(d.name, d.interval, n, optional)
	switch {
	case !start.runnable():
		a.clear(aRunnable)
	case n == nil, !n.Online, n.Unclean:
		a.clear(aRunnable)
	}
	if r.NextRole == RolePromoted {
		a.metaSet("op_target_rc", "8")
	}
	if n != nil && !r.is(rManaged) {
		return
	}
	key := end{rsc: r, task: d.name, interval: d.interval}
	if n != nil {
		key = a.end()
	}
	c.order(r.end("start"), key, lThenRequired|lRunnable)
	c.order(r.end("reload-agent"), key, lThenRequired|lRunnable)
	switch {
	case r.NextRole == RolePromoted:
		c.order(r.end("promote"), key, lOrder|lRunnable)
	case r.Role == RolePromoted:
		c.order(r.end("demote"), key, lOrder|lRunnable)
	}
}

// cancelForRole: the operation belongs to another role than the coming one.
func (c *Cluster) cancelForRole(r *Resource, d *opDef, n *Node) {
	a := c.cancel(r, d.name, d.interval, n)
	after := ""
	switch r.Role {
	case RoleStarted, RoleUnpromoted:
		switch r.NextRole {
		case RolePromoted:
			after = "promote"
		case RoleStopped:
			after = "stop"
		}
	case RolePromoted:
		after = "demote"
	}
	if after != "" {
		c.order(a.end(), r.end(after), lRunnable)
	}
}

// recurringStopped makes monitors that see to it that a resource stays stopped elsewhere.
func (c *Cluster) recurringStopped(r *Resource, d *opDef) {
	if !r.is(rUnique) {
		return
	}
	for _, n := range c.Nodes {
		have := r.find(d.name, d.interval).exact(n)
		if n == r.Assigned {
			if have == nil {
				continue
			}
			a := c.cancel(r, d.name, d.interval, n)
			if r.NextRole == RoleStarted || r.NextRole == RoleUnpromoted {
				c.order(a.end(), r.end("start"), lRunnable)
			}
			continue
		}
		a := r.act(d.name, d.interval, n, have != nil)
		a.metaSet("op_target_rc", "7")
		if r.is(rManaged) {
			if p := r.find("monitor", 0).exact(n); p != nil {
				c.orderActions(p, a, lRunnable)
			}
		}
		c.afterStops(r, a, n)
		if !n.Online || n.Unclean {
			a.clear(aRunnable)
		}
	}
}

func (c *Cluster) afterStops(r *Resource, a *action, n *Node) {
	s := r.find("stop", 0)
	if s == nil {
		return
	}
	for _, stop := range s.actions {
		if stop.node != n {
			continue
		}
		if !stop.optional() && !a.optional() && !r.is(rManaged) {
			a.set1(aOptional)
		}
		if !stop.runnable() {
			a.clear(aRunnable)
		}
		if r.is(rManaged) {
			c.order(stop.end(), a.end(), lThenRequired|lRunnable)
		}
	}
}
