package scheduler

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// Utilization is what a node offers or a resource takes, in the order of the configuration.
type Utilization struct {
	Names  []string
	values map[string]int
}

// Get returns the amount of a name; missing and invalid ones are 0.
func (u Utilization) Get(name string) int { return u.values[name] }

// set stores an amount.
func (u *Utilization) set(name string, v int) {
	if u.values == nil {
		u.values = map[string]int{}
	}
	if _, ok := u.values[name]; !ok {
		u.Names = append(u.Names, name)
	}
	u.values[name] = v
}

func (c *Cluster) readUtilization(e *etree.Element) Utilization {
	var u Utilization
	seen := map[string]bool{}
	for _, s := range c.attrSets(e, "utilization", "") {
		if !c.passes(s.rules, rule.Env{}) {
			continue
		}
		for _, nv := range s.pairs {
			if !seen[nv.name] {
				seen[nv.name] = true
				u.set(nv.name, c.amount(e, nv))
			}
		}
	}
	return u
}

// amount reads one value of a utilization; what is no number counts as 0, and is complained about where amounts count.
func (c *Cluster) amount(e *etree.Element, nv namedValue) int {
	v, ok := parseInt(nv.value)
	if !ok && c.Options.Placement != "default" {
		c.warn("utilization " + nv.name + " of " + attr(e, "id") + " is not a number: " + strconv.Quote(nv.value))
	}
	return int(v)
}

// readNodes makes the nodes that are configured.
func (c *Cluster) readNodes(section *etree.Element) {
	for _, e := range kids(section, "node") {
		id, name := attr(e, "id"), attr(e, "uname")
		if id == "" {
			continue
		}
		kind := Member
		switch t := attr(e, "type"); {
		case t == "" || foldEq(t, "member"):
		case foldEq(t, "remote"):
			kind = Remote
		default:
			kind = Ping
		}
		switch {
		case c.nodeByID[lowerASCII(id)] != nil:
			c.warn("More than one node entry has id '" + id + "'")
		case c.Node(name) != nil:
			c.warn("More than one node entry has name '" + name + "'")
		}
		n := c.addNode(id, name, kind, c.parseScore(attr(e, "score")))
		if kind != Remote {
			n.unseen = true
			n.Unclean = c.Options.StartupFencing
		}
		c.permanentAttrs(n, e)
		n.Capacity = c.readUtilization(e)
	}
}

// newRemoteNode makes the node behind a connection that is not configured as a node. It has no
// attributes but its kind until a node_state tells of it, not even a name for rules.
func (c *Cluster) newRemoteNode(name string, score Score) *Node {
	n := c.addNode(name, name, Remote, score)
	n.Attrs["#kind"] = "remote"
	return n
}

// permanentAttrs fills the attributes that the configuration gives a node.
func (c *Cluster) permanentAttrs(n *Node, e *etree.Element) {
	c.derivedAttrs(n)
	c.merge(e, "instance_attributes", "", rule.Env{}, n.Attrs, false)
	c.siteName(n)
	if n.Kind == Remote {
		n.Attrs["#kind"] = "remote"
	} else {
		n.Attrs["#kind"] = "cluster"
	}
}

// transientAttrs adds those of the status section, which win.
func (c *Cluster) transientAttrs(n *Node, state *etree.Element) {
	kind := n.Attrs["#kind"]
	c.derivedAttrs(n)
	c.merge(kid(state, "transient_attributes"), "instance_attributes", "", rule.Env{}, n.Attrs, true)
	c.siteName(n)
	if _, ok := n.Attrs["#kind"]; !ok {
		n.Attrs["#kind"] = kind
	}
	n.fails = nil
}

func (c *Cluster) derivedAttrs(n *Node) {
	n.Attrs["#uname"], n.Attrs["#id"], n.Attrs["#is_dc"] = n.Name, n.ID, "false"
	if dc := attr(c.cib, "dc-uuid"); dc != "" && foldEq(dc, n.ID) {
		n.Attrs["#is_dc"] = "true"
		n.isDC = true
		c.dc = n
	}
	if c.Options.ClusterName != "" {
		n.Attrs["#cluster-name"] = c.Options.ClusterName
	}
}

func (c *Cluster) siteName(n *Node) {
	if _, ok := n.Attrs["#site-name"]; ok {
		return
	}
	if s, ok := n.Attrs["site-name"]; ok {
		n.Attrs["#site-name"] = s
	} else if c.Options.ClusterName != "" {
		n.Attrs["#site-name"] = c.Options.ClusterName
	}
}

// attr returns a node attribute for a rule.
func (n *Node) attr(name string) (string, bool) {
	v, ok := n.Attrs[name]
	return v, ok
}

// healthScore is what the node's health adds to every resource's score there.
func (c *Cluster) healthScore(n *Node) Score {
	s := c.health.base
	for name, v := range n.Attrs {
		if strings.HasPrefix(name, "#health") {
			s = s.Add(c.parseScore(v))
		}
	}
	return s
}

// HealthColor is "RED", "YELLOW" or "" for a healthy node; always "" without a health strategy.
func (c *Cluster) HealthColor(n *Node) string {
	if c.Options.HealthStrategy == "none" {
		return ""
	}
	color := ""
	for name, v := range n.Attrs {
		if !strings.HasPrefix(name, "#health") {
			continue
		}
		s := c.parseScore(v)
		switch {
		case foldEq(v, "red"):
			return "RED"
		case foldEq(v, "yellow"):
			color = "YELLOW"
		case s <= c.health.red:
			return "RED"
		case s <= c.health.yellow && c.health.yellow != c.health.green:
			color = "YELLOW"
		}
	}
	return color
}
