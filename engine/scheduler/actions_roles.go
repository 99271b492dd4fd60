package scheduler

// nextStep is the role to take on the way from one role to another.
var nextStep = [5][5]Role{
	RoleUnknown:    {RoleUnknown, RoleStopped, RoleStopped, RoleStopped, RoleStopped},
	RoleStopped:    {RoleStopped, RoleStopped, RoleStarted, RoleUnpromoted, RoleUnpromoted},
	RoleStarted:    {RoleStopped, RoleStopped, RoleStarted, RoleUnpromoted, RolePromoted},
	RoleUnpromoted: {RoleStopped, RoleStopped, RoleStopped, RoleUnpromoted, RolePromoted},
	RolePromoted:   {RoleStopped, RoleUnpromoted, RoleUnpromoted, RoleUnpromoted, RolePromoted},
}

// step makes the actions of one step; it reports false if the walk ends there.
func (r *Resource) step(from, to Role, n *Node, optional bool) bool {
	switch {
	case from == to:
		return false
	case from == RolePromoted:
		r.demote(optional)
	case to == RoleStopped:
		r.stop(optional)
	case from == RoleStopped && (to == RoleStarted || to == RoleUnpromoted):
		r.start(n, optional)
	case from == RoleStarted && to == RoleUnpromoted:
	case to == RolePromoted:
		r.promote(n, optional)
	default:
		return false
	}
	return true
}

// createActions makes all actions of a primitive: those of a restart, mostly optional, and
// those of the change of role.
func (v primitive) createActions() {
	r := v.r
	c := r.cluster
	cur := r.currentNode()
	if r.NextRole == RoleUnknown {
		r.NextRole = RoleStopped
		if r.Assigned != nil {
			r.NextRole = RoleStarted
		}
	}
	r.stopDangling()
	needStop, migrate := false, r.is(rAllowMigrate)
	moving := cur != nil && r.Assigned != nil && cur != r.Assigned && r.NextRole >= RoleStarted
	if moving {
		needStop, migrate = true, r.canMigrate(cur)
	}
	needStop, migrate = r.checkCopies(cur, needStop, migrate)
	if r.is(rStartPending) {
		r.act("start", 0, r.Assigned, true).set1(aPrintAlways)
	}
	needPromote := false
	switch {
	case moving:
	case r.is(rFailed) && r.is(rMustStop):
		needStop = true
	case r.is(rFailed):
		needPromote = r.NextRole == RolePromoted
	case r.is(rBlocked):
		needStop = true
	case r.Role > RoleStarted && cur != nil && r.Assigned != nil:
		if !r.act("start", 0, r.Assigned, true).optional() {
			needStop = true
		}
	}
	r.restartActions(cur, needStop, needPromote)
	for role := r.Role; role != r.NextRole; {
		next := nextStep[role][r.NextRole]
		if !r.step(role, next, r.Assigned, false) {
			break
		}
		role = next
	}
	c.createRecurring(r)
	if migrate {
		r.createMigration(cur)
	}
}

// restartActions makes the way down to Stopped and up again to the present role.
func (r *Resource) restartActions(cur *Node, needStop, needPromote bool) {
	r.set(rRestarting)
	defer r.clear(rRestarting)
	role := r.Role
	for role != RoleStopped {
		next := nextStep[role][RoleStopped]
		if !r.step(role, next, cur, !needStop) {
			break
		}
		role = next
	}
	for r.Role <= r.NextRole && role != r.Role && !r.is(rBlocked) {
		next := nextStep[role][r.Role]
		required := needStop || next == RolePromoted && needPromote
		if !r.step(role, next, r.Assigned, !required) {
			break
		}
		role = next
	}
}

// stopDangling stops what an interrupted migration left on its source.
func (r *Resource) stopDangling() {
	for _, n := range r.dangling {
		r.act("stop", 0, n, false).set1(aDangling)
		if r.cluster.Options.RemoveAfterStop {
			r.deleteHistory(n, false)
		}
	}
}

var multiplyActiveTexts = map[string]string{"stop_start": "attempting recovery", "stop_only": "shutting it down",
	"block": "waiting for an administrator", "stop_unexpected": "stopping unexpected instances"}

// checkCopies looks at partial migrations and at resources that are active too often.
func (r *Resource) checkCopies(cur *Node, needStop, migrate bool) (bool, bool) {
	all := len(r.RunningOn)
	clean := len(r.activeNodes())
	switch {
	case r.partialTarget != nil && migrate && all == 2 && cur == r.partialSource && r.Assigned == r.partialTarget:
	case r.partialTarget != nil:
		r.partialSource, r.partialTarget = nil, nil
		return true, false
	case r.is(rNeedsFencing) && all > 1 || !r.is(rNeedsFencing) && clean > 1:
		r.cluster.Messages = append(r.cluster.Messages, Message{Trouble, r.Class + " resource " + r.ID + " might be active on " +
			itoa(clean) + " nodes (" + multiplyActiveTexts[r.multiple] + ")"})
		switch r.multiple {
		case "stop_start":
			return true, migrate
		case "stop_unexpected":
			r.expected = r.Assigned
			return true, migrate
		}
	}
	return needStop, migrate
}

// stop makes the stops of all active copies.
func (r *Resource) stop(optional bool) {
	c := r.cluster
	for _, n := range r.RunningOn {
		if r.is(rRestarting) && r.expected != nil && n == r.expected {
			continue
		}
		opt := optional
		if r.partialTarget != nil {
			if n == r.partialTarget && n == r.Assigned {
				continue
			}
			opt = false
		}
		a := r.act("stop", 0, n, opt)
		if r.Assigned == nil {
			a.because("node availability", true)
		} else if r.is(rRestarting) && r.expected != nil {
			a.because("being multiply active", true)
		}
		if !r.is(rManaged) {
			a.clear(aRunnable)
		}
		if c.Options.RemoveAfterStop {
			r.deleteHistory(n, opt)
		}
		if r.is(rNeedsUnfencing) {
			u := c.fenceOp(n, "on", true, "", false)
			c.orderActions(a, u, lFirstRequired)
		}
	}
}

func (r *Resource) start(n *Node, optional bool) {
	a := r.act("start", 0, n, true)
	r.cluster.orderUnfencing(r, n, a, lThenRequired)
	if a.runnable() && !optional {
		a.clear(aOptional)
	}
	if r.is(rRestarting) && r.expected != nil && n == r.expected {
		a.set1(aPseudo)
	}
}

func (r *Resource) promote(n *Node, optional bool) {
	runnable := true
	if s := r.find("start", 0); s != nil {
		for _, a := range s.actions {
			if a.node == n && !a.runnable() {
				runnable = false
			}
		}
	}
	if runnable {
		a := r.act("promote", 0, n, optional)
		if r.is(rRestarting) && r.expected != nil && n == r.expected {
			a.set1(aPseudo)
		}
		return
	}
	if s := r.find("promote", 0); s != nil {
		for _, a := range s.actions {
			if a.node == n {
				a.clear(aRunnable)
			}
		}
	}
}

func (r *Resource) demote(optional bool) {
	for _, n := range r.RunningOn {
		if r.is(rRestarting) && r.expected != nil && n == r.expected {
			continue
		}
		r.act("demote", 0, n, optional)
	}
}

// deleteHistory has the history of a resource on a node removed.
func (r *Resource) deleteHistory(n *Node, optional bool) {
	if r.is(rFailed) || n.Unclean || !n.Online {
		return
	}
	c := r.cluster
	r.act("delete", 0, n, optional)
	f := lOrder
	if optional {
		f = lThenRequired
	}
	c.orderTasks(r, "stop", r, "delete", f)
	c.orderTasks(r, "delete", r, "start", f)
}
