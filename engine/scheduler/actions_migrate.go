package scheduler

// canMigrate reports whether a move can be a live migration.
func (r *Resource) canMigrate(cur *Node) bool {
	return r.is(rAllowMigrate) && r.is(rManaged) && !r.is(rFailed|rStartPending) && !cur.Unclean && !r.Assigned.Unclean
}

// createMigration makes the two halves of a live migration and ties them to stop and start.
func (r *Resource) createMigration(cur *Node) {
	if cur == nil || r.Assigned == nil || cur == r.Assigned || r.NextRole < RoleStarted {
		return
	}
	c := r.cluster
	start := r.act("start", 0, r.Assigned, true)
	stop := r.act("stop", 0, cur, true)
	partial := r.partialTarget != nil
	var to *action
	if !partial {
		to = r.act("migrate_to", 0, cur, true)
	}
	from := r.act("migrate_from", 0, r.Assigned, true)
	for _, a := range []*action{start, stop, to, from} {
		if a != nil {
			a.set1(aMigratable)
		}
	}
	start.set1(aPseudo)
	if partial {
		from.needs = start.needs
		c.orderTasks(r, "monitor", r, "migrate_from", lOrder)
	} else {
		to.needs = start.needs
		c.orderTasks(r, "monitor", r, "migrate_to", lOrder)
		c.orderTasks(r, "migrate_to", r, "migrate_from", lOrder|lFirstMigrate)
	}
	c.orderTasks(r, "migrate_from", r, "stop", lOrder|lFirstMigrate)
	c.orderTasks(r, "migrate_from", r, "start", lOrder|lFirstMigrate|lPseudoLeft)
	for _, a := range []*action{to, from} {
		if a != nil {
			a.metaSet("migrate_source", cur.Name)
			a.metaSet("migrate_target", r.Assigned.Name)
		}
	}
	if to != nil && !r.is(rConnection) {
		to.metaSet("record-pending", "true")
	}
}
