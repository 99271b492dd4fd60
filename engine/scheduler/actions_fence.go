package scheduler

// canFence reports whether a node can be fenced: a guest if all its hosts are online or can be.
func (c *Cluster) canFence(n *Node) bool {
	if n.IsGuest() {
		for _, h := range n.Connection.container.RunningOn {
			if !h.Online && !c.canFence(h) {
				return false
			}
		}
		return true
	}
	return c.Options.Stonith && c.haveDevice && (c.Quorum || c.Options.NoQuorum == PolicyIgnore || n.Online)
}

// fenceNode declares that a node must be fenced before anything there can be trusted.
func (c *Cluster) fenceNode(n *Node, reason string, delay bool) {
	conn := n.Connection
	switch {
	case n.IsGuest():
		k := conn.container
		if !k.is(rFailed) && k.is(rManaged) {
			n.reset = true
			k.set(rFailed | rMustStop)
		}
	case n.Kind == Remote && conn != nil && conn.is(rOrphan) && conn.meta["container"] != "" && conn.container == nil:
		conn.set(rFailed | rMustStop)
	case n.Kind == Remote:
		if conn == nil || conn.is(rManaged) {
			n.reset = true
		}
		n.Unclean = true
		c.fenceOp(n, "", true, reason, false)
	case !n.Unclean:
		n.Unclean = true
		c.fenceOp(n, "", true, reason, delay)
	}
}

// fenceOp gets or makes the fencing action of a node; op "" is the configured stonith-action.
func (c *Cluster) fenceOp(n *Node, op string, optional bool, reason string, delay bool) *action {
	if op == "" {
		op = c.Options.StonithAction
	}
	key := "stonith-" + n.Name + "-" + op
	var a *action
	if have := c.global[key]; len(have) > 0 {
		a = have[0]
	} else {
		a = c.event(key, "stonith", n, true)
		a.metaSet("on_node", n.Name)
		a.metaSet("on_node_uuid", n.ID)
		a.metaSet("stonith_action", op)
		if c.unfencing {
			optional = !c.addDeviceDigests(a, n) && optional
		}
	}
	_, had := a.meta["priority-fencing-delay"]
	if c.Options.PriorityFencingDelay > 0 && (delay || had) {
		a.metaSet("priority-fencing-delay", c.fencingDelay(n))
	}
	if !optional && c.canFence(n) {
		a.clear(aOptional)
	}
	if reason != "" {
		a.because(reason, false)
	}
	return a
}

// fencingDelay is priority-fencing-delay if the node is the weightier of two halves, else "0".
func (c *Cluster) fencingDelay(n *Node) string {
	if c.Options.PriorityFencingDelay <= 0 || n.Kind != Member || n.Online {
		return "0"
	}
	members, online := 0, 0
	top, bottom := 0, 0
	for _, m := range c.Nodes {
		if m.Kind != Member {
			continue
		}
		if members == 0 || m.priority > top {
			top = m.priority
		}
		if members == 0 || m.priority < bottom {
			bottom = m.priority
		}
		members++
		if m.Online {
			online++
		}
	}
	if online > members/2 || top == bottom || n.priority < top {
		return "0"
	}
	return itoa(int(c.Options.PriorityFencingDelay))
}
