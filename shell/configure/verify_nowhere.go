package configure

import (
	"slices"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// places says on which nodes the locations of a resource forbid it, and on which they allow it by name.
type places struct{ banned, allowed map[string]bool }

// checkNowhere finds resources that are forbidden on every node, or with symmetric-cluster=false allowed on none.
func checkNowhere(v *verifier) {
	nodes := v.b.nodeNames()
	if len(nodes) == 0 {
		return
	}
	nodes = append(nodes, v.b.remoteNames()...)
	all, open := v.locations(nodes)
	for _, id := range sortedKeys(all) {
		if coversAll(all[id].banned, nodes) && v.b.resource(id) != nil {
			v.warn("%s can run nowhere: it is forbidden on every node", id)
		}
	}
	if s, ok := v.b.property("symmetric-cluster"); !ok || rule.IsTrue(s) || open {
		return
	}
	for _, e := range v.b.objects() {
		if isResource(e.Tag) && container(e) == nil && !allowedWithin(e, all) {
			v.warn("%s can run nowhere: symmetric-cluster is false and no location allows it", idOf(e))
		}
	}
}

// allowedWithin tells whether a location allows a resource, or one inside it, by name.
func allowedWithin(e *etree.Element, all map[string]*places) bool {
	if p := all[idOf(e)]; p != nil && len(p.allowed) > 0 {
		return true
	}
	return slices.ContainsFunc(members(e), func(m *etree.Element) bool { return allowedWithin(m, all) })
}

// locations reads all location constraints on single resources. open tells that there are others, with
// patterns or sets, which may allow any resource.
func (v *verifier) locations(nodes []string) (all map[string]*places, open bool) {
	all = map[string]*places{}
	for _, c := range v.b.constraints() {
		if c.Tag != "rsc_location" {
			continue
		}
		id := attr(c, "rsc")
		if id == "" {
			open = true
			continue
		}
		if attr(c, "role") != "" {
			continue
		}
		if all[id] == nil {
			all[id] = &places{map[string]bool{}, map[string]bool{}}
		}
		if n := attr(c, "node"); n != "" {
			all[id].add(attr(c, "score"), n)
		}
		for _, r := range c.SelectElements("rule") {
			v.ruleLocation(all[id], r, nodes)
		}
	}
	return all, open
}

func (p *places) add(score, node string) {
	switch n := rule.ParseScore(score); {
	case n <= rule.ParseScore("-INFINITY"):
		p.banned[node] = true
	case n >= 0:
		p.allowed[node] = true
	}
}

// ruleLocation adds what a rule says of each node. One that asks for more than names and kinds of nodes may
// change its mind at any time, so it forbids nothing for certain and may allow everything.
func (v *verifier) ruleLocation(p *places, r *etree.Element, nodes []string) {
	score := r.SelectAttrValue("score", "INFINITY")
	if attr(r, "role") != "" {
		return
	}
	if !lasting(r) {
		if !strings.HasPrefix(score, "-") {
			p.allowed["*"] = true
		}
		return
	}
	for _, n := range nodes {
		env := rule.Env{NodeAttr: func(name string) (string, bool) { return v.lastingAttr(n, name) }}
		if match, _ := rule.Evaluate(r, env); match {
			p.add(score, n)
		}
	}
}

// lasting tells whether a rule depends on names and kinds of nodes alone.
func lasting(r *etree.Element) bool {
	if r.SelectAttr("id-ref") != nil || r.SelectAttr("score-attribute") != nil {
		return false
	}
	for _, e := range r.ChildElements() {
		switch {
		case e.Tag == "rule" && lasting(e):
		case e.Tag == "expression" && e.SelectAttr("value-source") == nil && lastingAttrs[attr(e, "attribute")]:
		default:
			return false
		}
	}
	return true
}

var lastingAttrs = map[string]bool{"#uname": true, "#id": true, "#kind": true}

func (v *verifier) lastingAttr(uname, name string) (string, bool) {
	e := v.b.node(uname)
	switch {
	case name == "#uname":
		return uname, true
	case name == "#kind" && (e == nil || attr(e, "type") == "remote"):
		return "remote", true
	case name == "#kind":
		return "cluster", true
	case e == nil:
		return uname, true
	}
	return attr(e, "id"), true
}

func coversAll(set map[string]bool, nodes []string) bool {
	for _, n := range nodes {
		if !set[n] {
			return false
		}
	}
	return true
}
