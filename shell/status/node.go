package status

import (
	"strings"

	"quorate/engine/scheduler"
)

func kindPrefix(n *scheduler.Node) string {
	switch {
	case n.IsGuest():
		return "Guest"
	case n.IsRemote():
		return "Remote"
	}
	return ""
}

// nodeState is what is to be said about a node, the worst first.
func nodeState(n *scheduler.Node) string {
	switch {
	case n.Unclean && n.Online:
		return "UNCLEAN (online)"
	case n.Unclean && n.Pending:
		return "UNCLEAN (pending)"
	case n.Unclean:
		return "UNCLEAN (offline)"
	case n.Pending:
		return "pending"
	case n.StandbyOnFail && n.Online:
		return "standby (on-fail)"
	case n.Standby && !n.Online:
		return "OFFLINE (standby)"
	case n.Standby && len(n.Running) > 0:
		return "standby (with active resources)"
	case n.Standby:
		return "standby"
	case n.Maintenance && !n.Online:
		return "OFFLINE (maintenance)"
	case n.Maintenance:
		return "maintenance"
	case n.Online:
		return "online"
	}
	return "OFFLINE"
}

// needsLine tells whether a node's state is more than online or offline.
func (v *View) needsLine(n *scheduler.Node) bool {
	return n.Unclean || n.Pending || n.StandbyOnFail && n.Online || n.Standby || n.Maintenance || v.HealthColor(n) != ""
}

// nodeName is the name, with the host of a guest and the id where details are wanted.
func (v *View) nodeName(n *scheduler.Node) string {
	if !v.Detail {
		return n.Name
	}
	var host *scheduler.Node
	if n.IsGuest() {
		host = n.Connection.Container().CurrentNode()
	}
	s := n.Name
	if n.IsGuest() {
		s += "@"
		if host != nil {
			s += host.Name
		}
	}
	if n.ID != n.Name && n.ID != "" {
		s += " (" + n.ID + ")"
	}
	return s
}

func (v *View) nodeLine(n *scheduler.Node) string {
	s := kindPrefix(n) + "Node " + v.nodeName(n) + ": " + v.nodeStateText(n)
	return s
}

func (v *View) nodeStateText(n *scheduler.Node) string {
	s := nodeState(n)
	if c := v.HealthColor(n); c != "" {
		s += " (health is " + c + ")"
	}
	if v.Detail && n.Online && !n.IsRemote() {
		s += ", feature set " + featureSet(n)
	}
	return s
}

// featureSet is what the node announced; before 3.15.1 nodes announced nothing.
func featureSet(n *scheduler.Node) string {
	if f := n.Attrs["#feature-set"]; f != "" {
		return f
	}
	return "<3.15.1"
}

// NodeList shows the nodes: each with something to say on a line of its own, the others by state.
func (v *View) NodeList() *List {
	l := &List{Title: "Node List"}
	if v.ByNode {
		v.nodesWithResources(l)
		return l
	}
	by := map[string][]string{}
	shown := false
	for _, n := range v.Cluster.Nodes {
		if !v.showsNode(n) {
			continue
		}
		shown = true
		switch {
		case v.needsLine(n) || v.Detail:
			l.add(v.nodeLine(n), "")
		case n.Online:
			by[kindPrefix(n)+"Online"] = append(by[kindPrefix(n)+"Online"], n.Name)
		case !n.IsGuest(): // guests that are down are just not running
			label := "OFFLINE"
			if n.IsRemote() {
				label = "RemoteOFFLINE"
			}
			by[label] = append(by[label], n.Name)
		}
	}
	for _, label := range []string{"Online", "OFFLINE", "RemoteOnline", "RemoteOFFLINE", "GuestOnline"} {
		if names := by[label]; len(names) > 0 {
			l.label(label, bracketed(names))
		}
	}
	if !shown {
		return nil
	}
	return l
}

func bracketed(names []string) string { return "[ " + strings.Join(names, " ") + " ]" }

func healthName(v *View, n *scheduler.Node) string {
	if c := v.HealthColor(n); c != "" {
		return strings.ToLower(c)
	}
	return "green"
}

// standby tells whether the attribute asks for it; a joining node is held back too, but not standby.
func standby(n *scheduler.Node) bool { return n.Standby }

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
