package scheduler

import "github.com/beevik/etree"

// history is the reading of one resource's entries on one node.
type history struct {
	c    *Cluster
	r    *Resource
	n    *Node
	ops  []*opEntry
	name string // as the history has it
}

// readHistory reads all resources that a node reports.
func (c *Cluster) readHistory(n *Node, state *etree.Element) {
	found := false
	for _, lrm := range kids(kid(state, "lrm"), "lrm_resources") {
		for _, e := range kids(lrm, "lrm_resource") {
			r := c.readLrmResource(n, e)
			if r != nil && attr(e, "container") != "" {
				found = true
			}
		}
	}
	if !found {
		return
	}
	for _, lrm := range kids(kid(state, "lrm"), "lrm_resources") {
		for _, e := range kids(lrm, "lrm_resource") {
			c.adoptOrphanFiller(e)
		}
	}
}

// adoptOrphanFiller ties an orphan to the container that its history names.
func (c *Cluster) adoptOrphanFiller(e *etree.Element) {
	k := c.rscByID[attr(e, "container")]
	r := c.rscByID[attr(e, "id")]
	if k == nil || r == nil || !r.is(rOrphan) || r.container == k {
		return
	}
	r.container = k
	k.fillers = append(k.fillers, r)
}

// readLrmResource finds out where one resource stands on one node.
func (c *Cluster) readLrmResource(n *Node, e *etree.Element) *Resource {
	id := attr(e, "id")
	ops := sortOps(e)
	if len(ops) == 0 && !c.Options.ShutdownLock {
		return nil
	}
	r := c.findByHistory(n, id)
	if r == nil {
		if len(ops) == 0 {
			return nil
		}
		r = c.orphan(n, e)
	}
	if v := attr(e, "shutdown-lock"); v != "" && c.Options.ShutdownLock {
		c.readShutdownLock(r, n, v)
	}
	before := r.Role
	r.Role, r.failAction, r.lastFailure = RoleUnknown, failIgnore, nil
	h := &history{c: c, r: r, n: n, ops: ops, name: id}
	for _, o := range ops {
		h.apply(o)
	}
	h.recurring()
	h.place()
	if r.Role == RoleStopped && n == r.partialSource && len(r.RunningOn) > 0 {
		r.Role = RoleStarted // the target of the interrupted migration has it
	}
	if t := r.targetRole(); t != RoleUnknown && (r.NextRole == RoleUnknown || t < r.NextRole) {
		r.NextRole = t
	}
	r.Role = max(r.Role, before)
	return r
}

// recurring makes optional actions of the recurring operations that are in force.
func (h *history) recurring() {
	if !h.n.Online {
		return
	}
	start, stop := activeRange(h.ops)
	from := start
	if start < stop {
		from = stop + 1
	}
	for i := max(from, 0); i < len(h.ops); i++ {
		o := h.ops[i]
		if o.interval > 0 && o.status != statusPending {
			h.r.act(o.task, o.interval, h.n, true)
		}
	}
}

// apply takes one entry into account.
func (h *history) apply(o *opEntry) {
	if o.task == "" || o.status < statusPending || o.status > statusNoSecrets || o.task == "notify" || o.task == "meta-data" {
		return
	}
	r := h.r
	masked := o.maskable() && r.inBundle() == nil
	expired := o.status != statusNotInstalled && h.expired(o)
	original := o.rc
	rc, status := h.remap(o, masked)
	switch {
	case expired && masked && original != o.target:
		if r.Role <= RoleStopped {
			r.Role = RoleUnknown
		}
		return
	case expired && rc != o.target:
		if o.interval == 0 {
			return
		}
		if h.n.Online && !h.n.Unclean {
			h.c.staleEntries[o.elem] = true // its definition counts as changed, so it is run again
			return
		}
	}
	if masked {
		h.success(o, o.target, true)
		h.recordFailure(o, original, true)
		h.c.banTop(r, h.n)
		return
	}
	h.react(o, rc, status)
}

// react acts on the remapped result.
func (h *history) react(o *opEntry, rc, status int) {
	r := h.r
	switch status {
	case statusCancelled:
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

// error handles what failed, unless on-fail says to look away.
func (h *history) error(o *opEntry, rc, status int) {
	r := h.r
	f := r.onFailOf(r.lookupHistoryOp(o), o.task, o.interval)
	if f.action == failIgnore || f.action == failRestartContainer && o.task == "stop" {
		h.success(o, o.target, false)
		r.set(rFailureIgnored)
		h.recordFailure(o, rc, false)
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

// lookupHistoryOp finds the configured operation of a history entry.
func (r *Resource) lookupHistoryOp(o *opEntry) *opDef {
	_, task, interval, ok := splitKey(o.key)
	if !ok {
		task, interval = o.task, o.interval
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
	h.recordFailure(o, rc, false)
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

// banTop puts -INFINITY on a node, nil for all nodes, for the resource or its whole anonymous clone.
func (c *Cluster) banTop(r *Resource, n *Node) {
	t := r
	if !r.is(rUnique) {
		t = r.top()
	}
	t.all(func(x *Resource) {
		if n != nil {
			x.table.add(n, -Infinity)
		} else {
			c.addAll(x.table, -Infinity)
		}
	})
}

// banEverywhere replaces the table of the resource, or of its anonymous clone itself.
func (c *Cluster) banEverywhere(r *Resource) {
	if !r.is(rUnique) {
		r = r.top()
	}
	r.table = &table{}
	for _, n := range c.Nodes {
		r.table.put(n, -Infinity)
	}
}

func (h *history) recordFailure(o *opEntry, rc int, masked bool) {
	if !h.n.Online || rc == rcNotInstalled && !h.c.Options.Symmetric {
		return
	}
	h.addFailedOp(o, rc, masked)
}

func (h *history) recordDegraded(o *opEntry) {
	if h.n.Shutdown && !h.n.Online {
		return
	}
	h.addFailedOp(o, o.rc, false)
}

func (h *history) addFailedOp(o *opEntry, rc int, masked bool) {
	for _, f := range h.c.FailedOps {
		if f.Node == h.n && attr(f.Element, "operation_key") == attr(o.elem, "operation_key") {
			return // entries of old clusters have no key: only the first of a node is remembered
		}
	}
	h.c.FailedOps = append(h.c.FailedOps, &FailedOp{Element: o.elem, Resource: h.r, Node: h.n, Key: o.key, RC: rc, Status: o.status, Masked: masked})
}
