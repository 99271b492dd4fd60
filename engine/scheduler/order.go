package scheduler

// ordering is a remembered wish "first before then"; it becomes links between actions once
// all actions exist.
type ordering struct {
	first, then end
	flags       linkFlags
}

// end is one side of an ordering: an action, or any actions of a resource with a key.
type end struct {
	rsc      *Resource
	act      *action
	task     string
	interval int64
}

func (r *Resource) end(task string) end { return end{rsc: r, task: task} }
func (a *action) end() end              { return end{rsc: a.rsc, act: a, task: a.keyTask, interval: a.interval} }

// order remembers an ordering, and what it means for live migrations.
func (c *Cluster) order(first, then end, f linkFlags) {
	c.orders = append(c.orders, &ordering{first, then, f})
	a, b := first.rsc, then.rsc
	if a == nil || b == nil || a == b || a.below(b) || b.below(a) {
		return
	}
	c.migrationOrders(first, then)
}

func (c *Cluster) orderTasks(a *Resource, atask string, b *Resource, btask string, f linkFlags) {
	if a != nil && b != nil {
		c.order(a.end(atask), b.end(btask), f)
	}
}

// migrationOrders adds what an ordering means while either side migrates: the other
// half of a migration is as good as a start or stop.
func (c *Cluster) migrationOrders(first, then end) {
	a, b := first.rsc, then.rsc
	am, bm := a.is(rAllowMigrate), b.is(rAllowMigrate)
	if !bm {
		return
	}
	flags := lOrder
	if am {
		flags |= lNotMigratable
	}
	add := func(at, bt string, f linkFlags) {
		c.orders = append(c.orders, &ordering{a.end(at), b.end(bt), f})
	}
	partial := b.partialTarget != nil
	switch {
	case first.interval != 0 || then.interval != 0:
	case first.task == "start" && then.task == "start":
		if am {
			add("migrate_from", "migrate_to", lOrder)
		}
		add("start", "migrate_to", flags)
	case first.task == "stop" && then.task == "stop":
		add("stop", "migrate_to", flags)
		if partial {
			add("stop", "migrate_from", lOrder)
		}
	case first.task == "promote" && then.task == "start":
		add("promote", "migrate_to", lOrder)
	case first.task == "demote" && then.task == "stop":
		add("demote", "migrate_to", lOrder)
		if partial {
			add("demote", "migrate_from", lOrder)
		}
	}
}

// antiColocationOrders: what may not share a node changes places one after the other.
func (c *Cluster) antiColocationOrders(k *colocation) {
	for _, lose := range leavingTasks(k.dependentRole) {
		for _, gain := range enteringTasks(k.primaryRole) {
			c.orderTasks(k.dependent, lose, k.primary, gain, lAntiColocation)
		}
	}
}

func leavingTasks(r Role) []string {
	switch r {
	case RolePromoted:
		return []string{"demote"}
	case RoleUnpromoted:
		return []string{"stop", "promote"}
	}
	return []string{"stop"}
}

func enteringTasks(r Role) []string {
	switch r {
	case RolePromoted:
		return []string{"promote"}
	case RoleUnpromoted:
		return []string{"start", "demote"}
	}
	return []string{"start"}
}
