package status

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/beevik/etree"

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

// TicketList shows the tickets.
func (v *View) TicketList() *List {
	l := &List{Title: "Tickets"}
	for _, t := range v.Cluster.TicketList() {
		s := t.ID + ": revoked"
		if t.Granted {
			s = t.ID + ": granted"
		}
		if t.Standby {
			s += " [standby]"
		}
		if e := epoch(t.LastGranted); e > 0 {
			s += " last-granted=" + strconv.Quote(v1Time(e))
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

// Ban is a location constraint that keeps a resource from a node.
type Ban struct {
	ID, Resource, Node string
	Score              int
	PromotedOnly       bool
}

// Bans lists the negative location constraints of the plain form.
func (v *View) Bans(constraints *etree.Element) []Ban {
	if constraints == nil {
		return nil
	}
	var list []Ban
	for _, e := range constraints.SelectElements("rsc_location") {
		a := func(name string) string { return e.SelectAttrValue(name, "") }
		score := rule.ParseScore(a("score"))
		if a("node") == "" || a("rsc") == "" || score >= 0 || !strings.HasPrefix(a("id"), v.BanPrefix) {
			continue
		}
		n := v.Cluster.Node(a("node"))
		if n == nil || !v.showsNode(n) || v.OnlyResources != nil && !v.OnlyResources[a("rsc")] {
			continue
		}
		promoted := strings.EqualFold(a("role"), "Promoted") || strings.EqualFold(a("role"), "Master")
		list = append(list, Ban{a("id"), a("rsc"), n.Name, score, promoted})
	}
	return list
}

// BanList shows the bans.
func (v *View) BanList(constraints *etree.Element) *List {
	l := &List{Title: "Negative Location Constraints"}
	for _, b := range v.Bans(constraints) {
		running := "running"
		if b.PromotedOnly {
			running = "being promoted"
		}
		l.add(b.ID+"\tprevents "+b.Resource+" from "+running+" on "+b.Node, "")
	}
	if len(l.Items) == 0 {
		return nil
	}
	return l
}
