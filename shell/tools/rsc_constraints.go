package tools

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/exit"
	"quorate/engine/rule"
	"quorate/engine/scheduler"
)

// constraints shows what places the resource: its locations, what is colocated with it, and what it is
// colocated with; with --recursive the constraints of the latter too.
func (r *resourceCall) constraints() exit.Code {
	x := r.rsc
	if !r.has("force") {
		x = top(x)
	}
	c := &constraintList{call: r.call, recursive: r.verb == "stack" || r.has("recursive"), section: r.doc.Section("constraints"),
		seen: map[string]bool{}, xml: r.out.element("constraints"), cluster: r.cluster}
	if c.section != nil {
		c.show(x.ConfiguredID, "", "", true, true)
	}
	return exit.OK
}

// constraintList is one listing.
type constraintList struct {
	*call
	recursive bool
	section   *etree.Element
	seen      map[string]bool // resources shown
	xml       *etree.Element
	cluster   *scheduler.Cluster
}

// show lists the constraints of one resource, indented; dependents and others say which side of its
// colocations is listed.
func (c *constraintList) show(id, indent, bullet string, dependents, others bool) {
	c.seen[id] = true
	c.locations(id, indent, bullet)
	if dependents {
		c.colocations(id, "with-rsc", "rsc", indent+bullet+"Resources colocated with "+id+":\n", indent+"  ")
	}
	if others {
		c.colocations(id, "rsc", "with-rsc", indent+bullet+"Resources "+id+" is colocated with:\n", indent+"  ")
	}
}

// locations lists the location constraints, the newest first.
func (c *constraintList) locations(id, indent, bullet string) {
	var lines []string
	for _, e := range slices.Backward(c.section.SelectElements("rsc_location")) {
		if e.SelectAttrValue("rsc", "") != id {
			continue
		}
		for _, l := range c.locationsOf(e) {
			lines = append(lines, indent+"  * Node "+l.node+" (score="+l.score+", id="+l.id+", rsc="+id+")\n")
			c.xml.AddChild(newElement("rsc_location", "node", l.node, "rsc", id, "id", l.id, "score", l.score))
		}
	}
	if len(lines) > 0 {
		c.out.printf("%s%sLocations:\n%s", indent, bullet, strings.Join(lines, ""))
	}
}

type nodeScore struct{ node, score, id string }

// locationsOf lists the nodes that a constraint speaks of: the one that it names, or those that its rules match.
func (c *constraintList) locationsOf(e *etree.Element) []nodeScore {
	if n := e.SelectAttrValue("node", ""); n != "" {
		return []nodeScore{{n, scoreText(e.SelectAttrValue("score", "0")), e.SelectAttrValue("id", "")}}
	}
	var list []nodeScore
	for _, x := range e.SelectElements("rule") {
		for _, n := range slices.Backward(c.cluster.Nodes) {
			attr := func(name string) (string, bool) { return nodeAttr(n, name) }
			if match, _ := rule.Evaluate(x, rule.Env{Now: c.Now(), NodeAttr: attr}); !match {
				continue
			}
			score := x.SelectAttrValue("score", "0")
			if by := x.SelectAttrValue("score-attribute", ""); by != "" {
				score, _ = nodeAttr(n, by) // unset: 0
			}
			list = append(list, nodeScore{n.Name, scoreText(score), x.SelectAttrValue("id", "")})
		}
	}
	return list
}

// nodeAttr is an attribute of a node as rules see it.
func nodeAttr(n *scheduler.Node, name string) (string, bool) {
	switch name {
	case "#uname":
		return n.Name, true
	case "#id":
		return n.ID, true
	}
	v, ok := n.Attrs[name]
	return v, ok
}

// scoreText writes a score as the cluster understands it: clipped, infinity by name.
func scoreText(s string) string {
	switch n := rule.ParseScore(s); {
	case n >= rule.Infinity:
		return "INFINITY"
	case n <= -rule.Infinity:
		return "-INFINITY"
	default:
		return strconv.Itoa(n)
	}
}

// colocations lists the colocations in which mine is id, naming the other side, and below each its
// locations and, with --recursive, its own colocations.
func (c *constraintList) colocations(id, mine, other, title, inner string) {
	for _, e := range c.section.SelectElements("rsc_colocation") {
		if e.SelectAttrValue(mine, "") != id && !c.within(e.SelectAttrValue(mine, ""), id) {
			continue
		}
		name := e.SelectAttrValue(other, "")
		role := e.SelectAttrValue("with-rsc-role", "")
		if role == "Master" {
			role = "Promoted"
		}
		switch {
		case role == "" || role == "Started":
			role = ""
		case mine == "rsc":
			role = " with role=" + role + ","
		default:
			role = " needs role=" + role + ","
		}
		score := scoreText(e.SelectAttrValue("score", "0"))
		c.out.printf("%s%s* %s (score=%s,%s id=%s)\n", title, inner, name, score, role, e.SelectAttrValue("id", ""))
		title = ""
		x := newElement("rsc_colocation", "id", e.SelectAttrValue("id", ""), "rsc", e.SelectAttrValue("rsc", ""),
			"with-rsc", e.SelectAttrValue("with-rsc", ""), "score", score)
		for _, a := range []string{"node-attribute", "rsc-role", "with-rsc-role"} {
			if v := e.SelectAttrValue(a, ""); v != "" {
				x.CreateAttr(a, v)
			}
		}
		c.xml.AddChild(x)
		if !c.seen[name] {
			c.show(name, inner+"  ", "* ", c.recursive && mine == "with-rsc", c.recursive && mine == "rsc")
		}
	}
}

// within reports whether the resource is inside the collection.
func (c *constraintList) within(id, collection string) bool {
	found := false
	everyResource(c.cluster.Resources, func(x *scheduler.Resource) {
		if x.ConfiguredID == id && top(x).ConfiguredID == collection {
			found = true
		}
	})
	return found
}
