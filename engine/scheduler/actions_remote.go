package scheduler

// connState is what a connection resource is good for during the transition.
type connState uint8

const (
	connUnknown connState = iota
	connAlive
	connResting
	connFailed
	connStopped
)

// connectionState classifies a connection; see docs/scheduler.md.
func (c *Cluster) connectionState(r *Resource) connState {
	cur := r.currentNode()
	n := r.remoteNode
	if r.NextRole == RoleStopped || r.Assigned == nil {
		if cur != nil && cur.Unclean {
			return connFailed
		}
		if !r.is(rFailed) {
			return connStopped
		}
		if r.NextRole == RoleStopped && r.reconnect > 0 && n != nil && n.fenced && !n.Shutdown {
			return connUnknown
		}
		return connFailed
	}
	switch {
	case cur == nil:
		return connUnknown
	case cur.Unclean || !cur.Online:
		return connResting
	case len(r.RunningOn) > 1 && r.partialSource != nil && r.partialTarget != nil:
		return connResting
	}
	return connAlive
}

// remoteOrders ties what happens on remote and guest nodes to their connections.
func (c *Cluster) remoteOrders() {
	for i := len(c.actions) - 1; i >= 0; i-- {
		a := c.actions[i]
		if a.rsc == nil {
			continue
		}
		if a.rsc.is(rConnection) && a.task == "clear_failcount" {
			c.order(a.end(), a.rsc.end("start"), lOrder)
			continue
		}
		if a.node == nil || a.node.Kind != Remote || a.pseudo() {
			continue
		}
		conn := a.node.Connection
		if conn == nil {
			continue
		}
		if a.task == "start" {
			if s := a.rsc.find("stop", 0); s != nil {
				for _, stop := range s.actions {
					if stop.node != nil && stop.node != a.node {
						c.order(conn.end("start"), stop.end(), lOrder)
					}
				}
			}
		}
		if conn.container != nil {
			c.orderOnGuest(a, conn)
		} else {
			c.orderOnRemote(a, conn)
		}
	}
}

type taskClass uint8

const (
	classOther taskClass = iota
	classStart
	classStop
	classDemote
)

func classOf(a *action) taskClass {
	switch a.task {
	case "start", "promote":
		return classStart
	case "stop", "migrate_to", "migrate_from":
		return classStop
	case "demote":
		return classDemote
	}
	return classOther
}

// afterConnection: the action needs the connection to be started.
func (c *Cluster) afterConnection(conn *Resource, a *action, extra linkFlags) {
	c.order(conn.end("start"), a.end(), lPreserve|lRunnable|extra)
}

func (c *Cluster) orderOnRemote(a *action, conn *Resource) {
	state := c.connectionState(conn)
	beforeStop := func(f linkFlags) { c.order(a.end(), conn.end("stop"), lPreserve|f) }
	switch classOf(a) {
	case classStart:
		extra := linkFlags(0)
		if state == connFailed {
			extra = lThenRequired
		}
		c.afterConnection(conn, a, extra)
	case classStop:
		switch {
		case state == connAlive:
			beforeStop(lFirstRequired)
		case state == connFailed:
			c.fenceNode(a.node, "resources are active but connection is unrecoverable", false)
		case conn.NextRole == RoleStopped:
			beforeStop(lFirstRequired)
		default:
			c.order(conn.end("start"), a.end(), lPreserve|lRunnable)
		}
	case classDemote:
		if state == connResting || state == connUnknown {
			c.order(conn.end("start"), a.end(), lPreserve|lRunnable)
		}
	default:
		if a.interval > 0 {
			c.afterConnection(conn, a, lThenRequired)
			return
		}
		if a.task == "monitor" && state == connFailed {
			c.fenceNode(a.node, "resources are in unknown state and connection is unrecoverable", false)
		}
		if len(conn.RunningOn) > 0 && state == connStopped {
			beforeStop(lRunnable)
		} else {
			c.afterConnection(conn, a, 0)
		}
	}
}

func (c *Cluster) orderOnGuest(a *action, conn *Resource) {
	k := conn.container
	if k.is(rFailed) {
		c.fenceNode(a.node, "container failed", false)
	}
	switch classOf(a) {
	case classStart:
		c.order(k.end("start"), a.end(), lPreserve|lRunnable|lThenRequired)
		c.afterConnection(conn, a, 0)
	case classStop, classDemote:
		if !k.is(rFailed) {
			c.order(a.end(), conn.end("stop"), lPreserve)
		}
	default:
		if a.interval > 0 {
			if a.task != "cancel" {
				c.afterConnection(conn, a, lThenRequired)
			}
			return
		}
		c.afterConnection(conn, a, 0)
	}
}

// router is the cluster node that carries out an action on a remote or guest node.
func (c *Cluster) router(a *action) *Node {
	n := a.node
	if n == nil || n.Kind != Remote || a.task == "stonith" || n.Connection == nil {
		return nil
	}
	conn := n.Connection
	task := a.task
	if task == "notify" {
		task = a.meta["notify_operation"]
	}
	began := conn.currentNode()
	ended := conn.Assigned
	switch {
	case began == nil:
		return ended
	case ended == nil || began == ended:
		return began
	}
	if task == "cancel" || task == "stop" || task == "demote" || task == "migrate_from" || task == "migrate_to" {
		if conn.partialTarget != nil && conn.container == nil {
			return ended
		}
		return began
	}
	return ended
}
