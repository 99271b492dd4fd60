package scheduler

import "slices"

// place records where the history leaves the resource, and starts what failures demand.
func (h *history) place() {
	r, n := h.r, h.n
	if r.Role != RoleUnknown {
		r.knowOn(n)
	}
	if r.Role > RoleStopped && !n.Online && !n.Maintenance && r.is(rManaged) {
		h.lostNode()
	}
	action := r.failAction
	if n.Unclean {
		action = failIgnore // fencing sets everything right
	}
	h.applyFailAction(action)
	if r.is(rConnection) && r.is(rFailed) && r.remoteNode != nil && r.remoteNode.Unclean {
		r.remoteNode.unseen = false
	}
	if r.Role != RoleStopped && r.Role != RoleUnknown {
		h.c.addRunning(r, n, r.failAction)
		switch action {
		case failIgnore:
		case failDemote, failBlock:
			r.set(rFailed)
		default:
			r.set(rFailed | rMustStop)
		}
		return
	}
	if r.HistoryName != "" && hasNumber(r.HistoryName) {
		r.HistoryName = ""
		return
	}
	if s := r.find("stop", 0); s != nil {
		for _, a := range s.actions {
			if a.node == n {
				a.set1(aOptional)
			}
		}
	}
}

func hasNumber(id string) bool {
	for i := 0; i < len(id); i++ {
		if id[i] == ':' {
			return true
		}
	}
	return false
}

// knowOn records that the state on a node is known, up to the first unique parent.
func (r *Resource) knowOn(n *Node) {
	for x := r; x != nil; x = x.Parent {
		if !slices.Contains(x.knownOn, n) {
			x.knownOn = append(x.knownOn, n)
		}
		if x.is(rUnique) {
			break
		}
	}
}

// lostNode: something is active on a node that is gone.
func (h *history) lostNode() {
	r, n := h.r, h.n
	switch {
	case n.IsGuest():
		r.set(rFailed | rMustStop)
		h.c.fenceNode(n, "", false)
	case !h.c.Options.Stonith:
	case n.Kind == Remote && n.Connection != nil && !n.Connection.is(rFailed):
		n.unseen = true
		h.c.fenceNode(n, r.ID+" is active there (fencing will be revoked if remote connection can be re-established elsewhere)", false)
	default:
		h.c.fenceNode(n, r.ID+" is thought to be active there", false)
	}
}

func (h *history) applyFailAction(action onFail) {
	r, n, c := h.r, h.n, h.c
	switch action {
	case failDemote:
		r.set(rFailed)
		r.act("demote", 0, n, false)
	case failFence:
		c.fenceNode(n, r.ID+" failed there", false)
	case failStandby:
		n.Standby, n.StandbyOnFail = true, true
	case failBlock:
		r.clear(rManaged)
		r.set(rBlocked)
	case failMigrate:
		r.table.add(n, -Infinity)
	case failStop:
		r.NextRole = RoleStopped
	case failRecover:
		h.mustRestart()
	case failRestartContainer:
		h.restartContainer()
	case failResetRemote:
		h.resetRemote()
	}
}

func (h *history) mustRestart() {
	if r := h.r; r.Role != RoleStopped && r.Role != RoleUnknown {
		r.set(rFailed | rMustStop)
		r.act("stop", 0, h.n, false)
	}
}

func (h *history) restartContainer() {
	r := h.r
	r.set(rFailed | rMustStop)
	switch {
	case r.container != nil && r.inBundle() != nil:
		h.c.deferredContainers = append(h.c.deferredContainers, r.container)
	case r.container != nil:
		r.container.act("stop", 0, h.n, false)
	default:
		h.mustRestart()
	}
}

func (h *history) resetRemote() {
	r, c := h.r, h.c
	r.set(rFailed | rMustStop)
	if c.Options.Stonith {
		n := c.Node(r.ID)
		if n != nil && n.Kind == Remote && !n.fenced {
			c.fenceNode(n, "remote connection is unrecoverable", false)
		}
	}
	if r.Role > RoleStopped {
		r.act("stop", 0, h.n, false)
	}
	if r.reconnect > 0 {
		r.NextRole = RoleStopped
	}
}

// addRunning puts a resource on the list of what is active on a node, with all its parents.
func (c *Cluster) addRunning(r *Resource, n *Node, action onFail) {
	if slices.Contains(r.RunningOn, n) {
		return
	}
	r.RunningOn = append(r.RunningOn, n)
	if r.Kind == Primitives {
		n.Running = append(n.Running, r)
		if action == failIgnore {
			c.addPriority(r, n)
		}
	}
	if r.Kind == Primitives && n.Maintenance {
		r.clear(rManaged)
	}
	if !r.is(rManaged) {
		r.all(func(x *Resource) { x.table.add(n, Infinity) })
		for p := r.Parent; p != nil && n.Online; p = p.Parent {
			p.RunningOn = append(p.RunningOn, n) // once for each member: the number counts where instances are compared
		}
		return
	}
	if r.Kind == Primitives && len(r.activeNodes()) > 1 {
		c.multiplyActive(r)
	}
	if r.Parent != nil {
		c.addRunning(r.Parent, n, action)
	}
}

// addPriority counts a resource toward the priority of its node, for priority-fencing-delay.
func (c *Cluster) addPriority(r *Resource, n *Node) {
	if r.priority == 0 {
		return
	}
	p := int(r.priority)
	if r.Role == RolePromoted {
		p++
	}
	n.priority += p
	if n.IsGuest() {
		for _, h := range n.Connection.container.RunningOn {
			h.priority += p
		}
	}
}

func (c *Cluster) multiplyActive(r *Resource) {
	switch r.multiple {
	case "stop_only":
		r.table = &table{}
		for _, n := range c.Nodes {
			r.table.put(n, -Infinity)
		}
	case "block":
		r.clear(rManaged)
		r.set(rBlocked)
		if p := r.Parent; p != nil && (p.Kind == Group || p.Kind == Bundle) && p.multiple == "block" {
			for _, k := range p.Children {
				k.clear(rManaged)
				k.set(rBlocked)
			}
		}
	}
}
