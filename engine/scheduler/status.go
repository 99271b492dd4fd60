package scheduler

import (
	"strconv"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

type stateElem = *etree.Element

// readStatus takes in the status section: tickets and node states, then the histories.
func (c *Cluster) readStatus(status *etree.Element) {
	for _, e := range kids(status, "") {
		switch e.Tag {
		case "tickets":
			c.readTickets(e)
		case "node_state":
			c.readNodeState(e)
		}
	}
	states := kids(status, "node_state")
	for c.historyPass(states, false) {
	}
	c.historyPass(states, true)
	c.stopBrokenContainers()
	c.finishRemotes()
}

func (c *Cluster) readTickets(e *etree.Element) {
	for _, t := range kids(e, "ticket_state") {
		k := &Ticket{ID: attr(t, "id"), Attrs: map[string]string{}}
		for _, a := range t.Attr {
			if a.Key != "id" {
				k.Attrs[a.Key] = a.Value
			}
		}
		k.Granted, k.Standby = rule.IsTrue(k.Attrs["granted"]), rule.IsTrue(k.Attrs["standby"])
		k.LastGranted = k.Attrs["last-granted"]
		c.Tickets[k.ID] = k
	}
}

// stateNode finds the node of a node_state; one that lacks its id or name says nothing.
func (c *Cluster) stateNode(e *etree.Element) *Node {
	id, hasID := attrOK(e, "id")
	name, hasName := attrOK(e, "uname")
	if !hasID || !hasName {
		return nil
	}
	return c.findNode(id, name)
}

func (c *Cluster) readNodeState(e *etree.Element) {
	n := c.stateNode(e)
	if n == nil {
		return
	}
	n.state = e
	if n.Kind == Remote {
		n.fenced = parseIntOr(attr(e, "node_fenced"), 0) > 0
		return
	}
	c.transientAttrs(n, e)
	n.unseen, n.Unclean = false, false
	n.Standby = rule.IsTrue(n.Attrs["standby"])
	n.Maintenance = rule.IsTrue(n.Attrs["maintenance"])
	n.Shutdown = n.wantsShutdown()
	n.expectedUp = !n.Shutdown && foldEq(attr(e, "expected"), "member")
	switch {
	case n.Kind == Ping:
		n.Online = false
	case !c.Options.Stonith:
		c.stateWithoutFencing(n, e)
	default:
		c.stateWithFencing(n, e)
	}
	if n.Kind != Ping {
		c.checkSuicideNode(n)
	}
	if n.Online && n.Shutdown || !n.Online {
		n.score = -Infinity
	}
}

// wantsShutdown: any value but a plain 0 asks for a shutdown.
func (n *Node) wantsShutdown() bool {
	v, ok := n.Attrs["shutdown"]
	return ok && v != "0"
}

func (c *Cluster) checkSuicideNode(n *Node) {
	if c.Options.NoQuorum == PolicySuicide && !c.Quorum && n.Online {
		c.fenceNode(n, "cluster does not have quorum", false)
	}
}

func (c *Cluster) stateWithoutFencing(n *Node, e *etree.Element) {
	inCCM, peer := rule.IsTrue(attr(e, "in_ccm")), foldEq(attr(e, "crmd"), "online")
	switch {
	case !inCCM:
	case peer:
		n.Online = foldEq(attr(e, "join"), "member")
	case n.expectedUp:
		c.fenceNode(n, "peer is unexpectedly down", false)
	}
}

// stateWithFencing decides from the membership marks whether a node is sound; see the table
// in docs/scheduler.md.
func (c *Cluster) stateWithFencing(n *Node, e *etree.Element) {
	ccm, hasCCM := attrOK(e, "in_ccm")
	inCCM, peer := rule.IsTrue(ccm), foldEq(attr(e, "crmd"), "online")
	join := attr(e, "join")
	expected, hasExpected := attrOK(e, "expected") // an empty one is none of those known
	terminate := wantsTermination(n.Attrs["terminate"])
	n.Online = inCCM
	joining := func() { n.Standby, n.Pending = true, true }
	switch {
	case n.Shutdown:
		n.Online = peer
	case !hasCCM:
		c.fenceNode(n, "peer has not been seen by the cluster", false)
	case foldEq(join, "banned"):
		c.fenceNode(n, "peer failed Pacemaker membership criteria", false)
	case !terminate && (foldEq(expected, "down") || !hasExpected):
		if inCCM || peer {
			joining()
		}
	case terminate && foldEq(join, "down") && !inCCM && !peer:
		n.Online = false
	case !inCCM:
		c.fenceNode(n, "peer is no longer part of the cluster", true)
	case !peer:
		c.fenceNode(n, "peer process is no longer available", false)
	case terminate:
		c.fenceNode(n, "termination was requested", false)
	case foldEq(join, "member"):
	case foldEq(join, "pending") || foldEq(join, "down"):
		joining()
	default:
		c.fenceNode(n, "peer was in an unknown state", false)
	}
}

func wantsTermination(v string) bool {
	return rule.IsTrue(v) || v != "" && isDigit(v[0]) && v[0] != '0'
}

// historyPass reads the histories that can be read now, and reports whether any was new: those
// of remote and guest nodes have to wait until their connections are known to be up.
func (c *Cluster) historyPass(states []*etree.Element, last bool) bool {
	changed := false
	for _, e := range states {
		n := c.stateNode(e)
		if n == nil || n.unpacked || !c.historyReadable(n, last) {
			continue
		}
		if n.Kind == Remote {
			c.remoteState(n)
			c.remoteAttrs(n, e)
		}
		n.state = e // again, as an orphaned connection makes its node only now
		n.unpacked, n.historyRead, changed = true, true, true
		c.readHistory(n, e)
	}
	return changed
}

func (c *Cluster) historyReadable(n *Node, last bool) bool {
	if last && c.Options.Stonith {
		return true
	}
	conn := n.Connection
	switch {
	case n.IsGuest():
		return conn.Role == RoleStarted && conn.container.Role == RoleStarted
	case n.Kind == Remote:
		return conn != nil && (c.Options.ShutdownLock || conn.Role == RoleStarted)
	case c.Options.Stonith || c.Options.ShutdownLock:
		return true
	}
	return n.Online
}

// remoteState derives the state of a remote or guest node from its connection.
func (c *Cluster) remoteState(n *Node) {
	conn := n.Connection
	if conn == nil {
		n.Online = false
		return
	}
	k := conn.container
	if conn.Role == RoleStarted {
		n.Online = true
		if conn.NextRole == RoleStopped {
			n.Shutdown = true
		}
	}
	switch {
	case k != nil && k.is(rFailed):
		n.Online, n.reset = false, true
	case conn.is(rFailed):
		n.Online = false
	case conn.Role == RoleStopped || k != nil && k.Role == RoleStopped:
		n.Online, n.reset = false, false
	case k != nil && len(conn.RunningOn) == 1:
		if h := conn.RunningOn[0]; !h.Online && h.Unclean {
			n.Online, n.reset = false, true
		}
	}
}

// remoteAttrs takes in the transient attributes of a remote or guest node.
func (c *Cluster) remoteAttrs(n *Node, e *etree.Element) {
	n.inMaintenance = parseIntOr(attr(e, "node_in_maintenance"), 0) != 0
	if !n.reset {
		n.Unclean, n.unseen = false, false
	}
	c.transientAttrs(n, e)
	n.Shutdown = n.Shutdown || n.wantsShutdown()
	if rule.IsTrue(n.Attrs["standby"]) {
		n.Standby = true
	}
	if rule.IsTrue(n.Attrs["maintenance"]) || n.Connection != nil && !n.Connection.is(rManaged) {
		n.Maintenance = true
	}
	if v, ok := n.Attrs["resource-discovery-enabled"]; ok && !rule.IsTrue(v) && (n.IsGuest() || c.Options.Stonith) {
		n.noDiscovery = true
	}
}

// stopBrokenContainers stops the containers of bundles whose connections failed, where they run now.
func (c *Cluster) stopBrokenContainers() {
	for _, r := range c.deferredContainers {
		if n := r.currentNode(); n != nil {
			r.act("stop", 0, n, false)
		}
	}
	c.deferredContainers = nil
}

// finishRemotes: connections of nodes that shut down are to stop; nodes without history get
// their state now.
func (c *Cluster) finishRemotes() {
	for _, n := range c.Nodes {
		if n.Kind != Remote {
			continue
		}
		if n.Shutdown && n.Connection != nil {
			n.Connection.NextRole = RoleStopped
		}
		if !n.unpacked {
			c.remoteState(n)
		}
	}
}

func parseEpoch(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		w, _ := parseInt(s)
		return w
	}
	return v
}
