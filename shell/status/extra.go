package status

import (
	"fmt"
	"strconv"
	"strings"

	"quorate/engine/rule"
	"quorate/engine/scheduler"
)

// hiddenAttrs are the beginnings of names of attributes that only the cluster uses.
var hiddenAttrs = []string{"fail-count", "last-failure", "shutdown", "terminate", "standby", "#"}

// shownAttrs are the names of a node's attributes that are for people, sorted.
func shownAttrs(n *scheduler.Node) []string {
	var names []string
next:
	for _, name := range sortedKeys(n.Attrs) {
		for _, p := range hiddenAttrs {
			if strings.HasPrefix(name, p) {
				continue next
			}
		}
		names = append(names, name)
	}
	return names
}

// AttributeList shows the attributes of the nodes that are online.
func (v *View) AttributeList() *List {
	l := &List{Title: "Node Attributes"}
	for _, n := range v.Cluster.Nodes {
		if !n.Online || !v.showsNode(n) {
			continue
		}
		here := &List{Title: v.nodeTitle(n)}
		for _, name := range shownAttrs(n) {
			text := fmt.Sprintf("%-32s\t: %-10s", name, n.Attrs[name])
			if expected, ok := v.pingScore(n, name); ok {
				text += connectivity(n.Attrs[name], expected)
			}
			here.add(text, "")
		}
		if len(here.Items) > 0 {
			l.sub(here)
		}
	}
	if len(l.Items) == 0 {
		return nil
	}
	return l
}

// connectivity judges the value that a ping resource wrote.
func connectivity(value string, expected int) string {
	switch n := rule.ParseInt(value); {
	case n <= 0:
		return "\t: Connectivity is lost"
	case n < expected:
		return fmt.Sprintf("\t: Connectivity is degraded (Expected=%d)", expected)
	}
	return ""
}

// pingScore is the value that a ping resource on the node writes when all hosts answer, if one writes the attribute.
func (v *View) pingScore(n *scheduler.Node, name string) (int, bool) {
	for _, r := range n.Running {
		if r.Type != "ping" && r.Type != "pingd" {
			continue
		}
		p := func(key, otherwise string) string {
			if s, ok := r.Param(key); ok {
				return s
			}
			return otherwise
		}
		if p("name", "pingd") == name {
			return len(strings.Fields(p("host_list", ""))) * rule.ParseInt(p("multiplier", "1")), true
		}
	}
	return 0, false
}

// ticketList shows the tickets.
func (m *Mon) ticketList() *List {
	l := &List{Title: "Tickets"}
	for _, t := range m.Cluster.TicketList() {
		s := t.ID + ": revoked"
		if t.Granted {
			s = t.ID + ": granted"
		}
		if t.Standby {
			s += " [standby]"
		}
		if e := epoch(t.LastGranted); e > 0 {
			s += " last-granted=" + strconv.Quote(m.clock(e))
		}
		l.add(s, "")
	}
	if len(l.Items) == 0 {
		return nil
	}
	return l
}

func epoch(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// bans lists the negative location constraints that are to be shown.
func (m *Mon) bans() []scheduler.Ban {
	var list []scheduler.Ban
	for _, b := range m.allBans {
		if strings.HasPrefix(b.ID, m.BanPrefix) && (m.OnlyResources == nil || m.OnlyResources[b.Resource.ID]) {
			list = append(list, b)
		}
	}
	return list
}

// banList shows the bans.
func (m *Mon) banList() *List {
	l := &List{Title: "Negative Location Constraints"}
	for _, b := range m.bans() {
		running := "running"
		if b.PromotedOnly {
			running = "running in Promoted role"
		}
		l.add(b.ID+"\tprevents "+b.Resource.ID+" from "+running+" on "+b.Node.Name, "")
	}
	if len(l.Items) == 0 {
		return nil
	}
	return l
}
