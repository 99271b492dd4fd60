package scheduler

import "time"

// react acts on the remapped result.
func (h *history) react(o *opEntry, rc, status int) {
	r := h.r
	switch status {
	case statusCancelled:
		h.cancelled(o)
		return
	case statusPending:
		h.pending(o)
		return
	case statusDone:
		h.success(o, rc, false)
		return
	case statusNotInstalled:
		if r.onFailOf(r.lookupHistoryOp(o), o.task, o.interval).action == failIgnore {
			r.failAction = failMigrate
		}
		h.c.banTop(r, h.n)
		h.failed(o, rc)
		return
	case statusNotConnected:
		if conn := h.n.Connection; h.n.Kind == Remote && conn != nil && conn.is(rManaged) {
			conn.set(rFailed | rMustStop)
		}
		status = statusError
	case statusNoFenceDev, statusNoSecrets:
		status = statusHardError
	}
	h.error(o, rc, status)
}

// cancelled complains about the record of a cancellation: histories hold none.
func (h *history) cancelled(o *opEntry) {
	at := "unknown time"
	if o.hasChanged {
		at = time.Unix(o.changed, 0).In(h.c.Now.Location()).Format("Jan _2 15:04:05 2006")
	}
	h.c.err("Resource history contains cancellation '" + o.key + "' (" + o.task + " of " + h.r.ID + " on " + h.n.Name + " at " + at + ")")
}

// error handles what failed, unless on-fail says to look away.
func (h *history) error(o *opEntry, rc, status int) {
	r := h.r
	f := r.onFailOf(r.lookupHistoryOp(o), o.task, o.interval)
	if f.action == failIgnore || f.action == failRestartContainer && o.task == "stop" {
		h.success(o, o.target, false)
		r.set(rFailureIgnored)
		h.recordFailure(o, rc)
		if f.action == failRestartContainer && r.failAction <= failRecover {
			r.failAction = failRestartContainer
		}
		return
	}
	h.failed(o, rc)
	switch status {
	case statusHardError:
		h.c.banTop(r, h.n)
	case statusFatal:
		h.c.banTop(r, nil)
	}
}

// lookupHistoryOp finds the configured operation of a history entry by its key: one under
// another name than the resource has, here or in the history, counts as not configured.
func (r *Resource) lookupHistoryOp(o *opEntry) *opDef {
	id, task, interval, ok := splitKey(o.key)
	if !ok || id != r.ID && id != r.HistoryName {
		return nil
	}
	return r.lookupOp(task, interval)
}

// remap turns a result into what it means: status done or a kind of error.
func (h *history) remap(o *opEntry, masked bool) (rc, status int) {
	r := h.r
	rc, status = o.rc, o.status
	if masked {
		rc, status = rcNotRunning, statusDone
	}
	if o.task == "monitor" && (rc == rcDegraded || rc == rcDegradedPromoted) {
		h.recordDegraded(o)
		rc = map[int]int{rcDegraded: rcOK, rcDegradedPromoted: rcPromoted}[rc]
	}
	if status != statusDone && status != statusError {
		return rc, status
	}
	status = statusDone
	if o.target < 0 || rc != o.target {
		status = statusError
	}
	probe := o.isProbe()
	switch rc {
	case rcOK:
		if probe && o.target == rcNotRunning {
			status = statusDone
		}
	case rcNotRunning:
		if probe || rc == o.target || !r.is(rManaged) {
			status = statusDone
			r.Role, r.failAction, r.NextRole = RoleStopped, failIgnore, RoleUnknown
		}
	case rcPromoted:
		if probe && rc != o.target {
			status = statusDone
		}
		r.Role = RolePromoted
	case rcFailedPromoted, rcDegradedPromoted:
		r.Role = RolePromoted
		status = statusError
	case rcNotConfigured:
		status = statusFatal
	case rcUnimplemented:
		if o.interval > 0 {
			return rc, statusUnsupported
		}
		status = h.hardError(o)
	case rcNotInstalled, rcInvalidParam, rcNoPermission:
		status = h.hardError(o)
	default:
		if status == statusDone {
			status = statusError
		}
	}
	return rc, status
}

// hardError: a stop that cannot work on a node that cannot be fenced leaves nothing to try.
func (h *history) hardError(o *opEntry) int {
	if o.task == "stop" && !h.c.canFence(h.n) {
		h.r.clear(rManaged)
		h.r.set(rBlocked)
	}
	return statusHardError
}

// activeRole is the role of a resource that is found active.
func (r *Resource) activeRole() Role {
	if r.top().is(rPromotable) {
		return RoleUnpromoted
	}
	return RoleStarted
}

// success applies an entry that went well.
func (h *history) success(o *opEntry, rc int, masked bool) {
	r := h.r
	clear := false
	switch {
	case rc == rcNotInstalled || masked:
		r.Role = RoleStopped
	case rc == rcNotRunning:
		clear = true
	case o.task == "monitor":
		if r.lastFailure != nil && foldEq(r.lastFailure.key, o.key) {
			clear = true
		}
		if r.Role < RoleStarted {
			r.Role = r.activeRole()
		}
	case o.task == "start", o.task == "migrate_from":
		r.Role, clear = RoleStarted, true
	case o.task == "stop":
		r.Role, clear = RoleStopped, true
	case o.task == "promote":
		r.Role, clear = RolePromoted, true
	case o.task == "demote":
		clear = r.failAction == failDemote
		r.Role = RoleUnpromoted
	case o.task == "migrate_to":
		h.migrateToDone(o)
	case r.Role < RoleStarted:
		r.Role = r.activeRole()
	}
	if clear {
		h.forgive()
	}
}

// forgive lets a later success undo an earlier failure, except where the reaction must stand.
func (h *history) forgive() {
	r := h.r
	switch r.failAction {
	case failStop, failFence, failMigrate, failStandby:
	case failResetRemote:
		if r.reconnect == 0 {
			r.failAction, r.NextRole = failIgnore, RoleUnknown
		}
	default:
		r.failAction, r.NextRole = failIgnore, RoleUnknown
	}
}

// pending applies an operation that is under way.
func (h *history) pending(o *opEntry) {
	r := h.r
	switch o.task {
	case "start":
		r.set(rStartPending)
		r.Role = r.activeRole()
	case "promote":
		r.Role = RolePromoted
	case "migrate_to":
		if h.n.Unclean {
			if t := h.c.Node(o.to); t != nil {
				r.act("stop", 0, t, false)
			}
		}
	}
	if r.PendingTask == "" && !(o.isProbe()) {
		r.PendingTask, r.PendingNode = o.task, h.n
	}
}

// failed applies a failure that is not ignored.
func (h *history) failed(o *opEntry, rc int) {
	r := h.r
	r.lastFailure = o
	h.recordFailure(o, rc)
	f := r.onFailOf(r.lookupHistoryOp(o), o.task, o.interval)
	r.failAction = max(r.failAction, f.action)
	switch o.task {
	case "stop":
		r.table.add(h.n, -Infinity)
	case "migrate_to":
		h.migrateToFailed(o)
	case "migrate_from":
		h.migrateFromFailed(o)
	case "promote":
		r.Role = RolePromoted
	case "demote":
		switch {
		case f.action == failBlock:
			r.Role, r.NextRole = RolePromoted, RoleStopped
		case rc == rcNotRunning:
			r.Role = RoleStopped
		default:
			r.Role = RoleUnpromoted
		}
	}
	switch {
	case o.isProbe() && rc == rcNotInstalled:
		r.Role = RoleStopped
	case r.Role < RoleStarted:
		r.Role = r.activeRole()
	}
	if f.role != RoleStarted && r.NextRole < f.role {
		r.NextRole = f.role
	}
	if f.role == RoleStopped {
		h.c.banEverywhere(r)
	}
}
