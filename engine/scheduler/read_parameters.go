package scheduler

import (
	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// parameters returns the instance attributes in force on a node; nil asks without node.
// The result is shared: callers do not change it.
func (r *Resource) parameters(n *Node) map[string]string {
	if r.params != nil && (n == nil || r.paramsBy == nil) {
		return r.params
	}
	if n != nil {
		if m, ok := r.paramsBy[n]; ok {
			return m
		}
	}
	m, perNode := r.evalParameters(n)
	if perNode && r.paramsBy == nil {
		r.paramsBy = map[*Node]map[string]string{} // from now on, each node is asked for its own
	}
	if n == nil || !perNode {
		r.params = m
	} else {
		r.paramsBy[n] = m
	}
	return m
}

// noteRuleTimes evaluates parameters that depend on rules, wherever the resource is to be: the time when they change
// counts even if nothing runs.
func (r *Resource) noteRuleTimes() {
	for p := r; p != nil && r.Kind == Primitives; p = p.Parent {
		for _, s := range r.cluster.attrSets(p.Element, "instance_attributes", "") {
			if len(s.rules) > 0 {
				r.parameters(nil)
				return
			}
		}
	}
}

func (r *Resource) evalParameters(n *Node) (m map[string]string, perNode bool) {
	c := r.cluster
	m = map[string]string{}
	env := rule.Env{}
	if n != nil {
		env.NodeAttr = n.attr
	}
	add := func(e *etree.Element) {
		for _, s := range c.attrSets(e, "instance_attributes", "") {
			perNode = perNode || len(s.rules) > 0
		}
		c.merge(e, "instance_attributes", "", env, m, false)
	}
	for p := r; p != nil; p = p.Parent {
		add(p.Element)
	}
	add(c.rscDefaults)
	return m, perNode
}
