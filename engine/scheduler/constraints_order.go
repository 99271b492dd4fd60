package scheduler

import (
	"github.com/beevik/etree"

	"quorate/engine/rule"
)

type orderKind uint8

const (
	orderMandatory orderKind = iota
	orderOptional
	orderSerialize
)

var inverseTask = map[string]string{"start": "stop", "stop": "start", "promote": "demote", "demote": "promote",
	"running": "stopped", "stopped": "running", "promoted": "demoted", "demoted": "promoted"}

func (c *Cluster) orderKind(e *etree.Element, kind string, def orderKind) orderKind {
	switch {
	case kind == "" && attr(e, "score") != "" && c.parseScore(attr(e, "score")) == 0:
		return orderOptional
	case kind == "":
		return def
	case foldEq(kind, "Mandatory"):
	case foldEq(kind, "Optional"):
		return orderOptional
	case foldEq(kind, "Serialize"):
		return orderSerialize
	default:
		c.err("constraint " + attr(e, "id") + ": kind " + kind + " is invalid: Mandatory is used")
	}
	return orderMandatory
}

func symmetric(e *etree.Element, k orderKind) bool {
	v, ok := rule.ParseBool(attr(e, "symmetrical"))
	if k == orderSerialize {
		return false
	}
	return !ok || v
}

// forwardFlags are those of "first then then"; a one-way mandatory order is weaker.
func forwardFlags(k orderKind, firstTask string, symmetrical bool) linkFlags {
	switch {
	case k == orderSerialize:
		return lOrder | lSerialize
	case k == orderOptional:
		return lOrder
	case !symmetrical:
		return lOrder | lAsymmetric
	case firstTask == "start" || firstTask == "promote":
		return lOrder | lThenRequired | lRunnable
	}
	return lOrder | lThenRequired
}

func inverseFlags(k orderKind) linkFlags {
	if k == orderMandatory {
		return lOrder | lFirstRequired
	}
	return lOrder
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func (c *Cluster) readOrder(e *etree.Element) {
	kind := c.orderKind(e, attr(e, "kind"), orderMandatory)
	if sets := c.readSets(e); len(sets) > 0 {
		c.orderBySets(e, sets, kind)
		return
	}
	first, then := attr(e, "first"), attr(e, "then")
	fa := or(attr(e, "first-action"), "start")
	ta := or(attr(e, "then-action"), fa)
	// with tags or templates the first action is no default for the second one
	sets, ok := c.tagSets(e, first, then, constraintSet{action: fa}, constraintSet{action: attr(e, "then-action")})
	if sets != nil {
		c.orderBySets(e, sets, kind)
	}
	if !ok || sets != nil {
		return
	}
	a, b := c.constraintResource(first), c.constraintResource(then)
	flags := forwardFlags(kind, fa, symmetric(e, kind))
	inverse := inverseFlags(kind)
	if kind == orderOptional && b.meta["restart-type"] == "restart" { // deprecated, but honoured
		flags |= lThenRequired
		inverse |= lFirstRequired
	}
	if n := c.cloneMin(e, a); n > 0 {
		c.orderAfterSome(e, a, fa, b, ta, flags, n)
	} else {
		c.orderTasks(a, fa, b, ta, flags)
	}
	if !symmetric(e, kind) {
		return
	}
	fi, ti := inverseTask[fa], inverseTask[ta]
	if fi == "" || ti == "" {
		c.warn("constraint " + attr(e, "id") + ": cannot invert the order of " + fa + " and " + ta)
		return
	}
	c.orderTasks(b, ti, a, fi, inverse)
}

// cloneMin is how many instances of a first clone must be there; 0 means no such rule.
func (c *Cluster) cloneMin(e *etree.Element, a *Resource) int {
	if a.Kind != Clone {
		return 0
	}
	if v, ok := a.meta["clone-min"]; ok {
		return max(0, parseIntOr(v, 0))
	}
	if isFalse(attr(e, "require-all")) {
		return 1
	}
	return 0
}

// orderAfterSome lets then wait for a number of instances of the first clone.
func (c *Cluster) orderAfterSome(e *etree.Element, a *Resource, fa string, b *Resource, ta string, f linkFlags, n int) {
	some := c.pseudoEvent("clone-one-or-more:" + attr(e, "id"))
	some.set1(aNeedsAny)
	some.wanted = n
	for _, k := range a.Children {
		c.order(k.end(fa), some.end(), lOne|lPrintThen)
	}
	c.order(some.end(), b.end(ta), f|lRunnable)
}

// pseudoEvent gets or makes an event that belongs to no resource and no node.
func (c *Cluster) pseudoEvent(name string) *action {
	if have := c.global[name]; len(have) > 0 {
		return have[0]
	}
	a := c.event(name, name, nil, true)
	a.set1(aPseudo | aRunnable)
	return a
}

func (c *Cluster) orderBySets(e *etree.Element, sets []*constraintSet, kind orderKind) {
	for i, s := range sets {
		if _, all := c.known(s); !all {
			return
		}
		c.orderInside(e, s, kind)
		if i == 0 {
			continue
		}
		prev := sets[i-1]
		a1, a2 := or(prev.action, "start"), or(s.action, "start")
		c.orderBetween(prev, s, a1, a2, forwardFlags(kind, a2, symmetric(e, kind)), false)
		if !symmetric(e, kind) {
			continue
		}
		if a1, a2 = inverseTask[a1], inverseTask[a2]; a1 != "" && a2 != "" {
			c.orderBetween(s, prev, a2, a1, inverseFlags(kind), true)
		}
	}
}

func (c *Cluster) orderInside(e *etree.Element, s *constraintSet, kind orderKind) {
	kind = c.orderKind(e, s.kind, kind)
	task := or(s.action, "start")
	sym := symmetric(e, kind)
	flags := forwardFlags(kind, task, sym)
	for i, r := range s.refs {
		switch {
		case kind == orderSerialize:
			for _, later := range s.refs[i+1:] {
				c.orderTasks(r, task, later, task, flags)
			}
		case s.sequential && i > 0:
			c.orderTasks(s.refs[i-1], task, r, task, flags)
		}
	}
	inv := inverseTask[task]
	if !sym || inv == "" || !s.sequential {
		return
	}
	for i := 1; i < len(s.refs); i++ {
		c.orderTasks(s.refs[i], inv, s.refs[i-1], inv, inverseFlags(kind))
	}
}

// orderBetween orders neighbouring sets; in the inverse, one is the later set.
func (c *Cluster) orderBetween(one, two *constraintSet, a1, a2 string, f linkFlags, inverse bool) {
	if !one.requireAll && a1 != "stop" && a1 != "demote" {
		some := c.pseudoEvent("one-or-more:" + one.id)
		some.set1(aNeedsAny)
		some.wanted = 1
		for _, r := range one.refs {
			c.order(r.end(a1), some.end(), lOne|lPrintThen)
		}
		for _, r := range two.refs {
			c.order(some.end(), r.end(a2), f|lRunnable)
		}
		return
	}
	left, right := one.refs, two.refs
	if one.explicit && len(left) > 0 {
		left = endOf(left, !inverse)
	}
	if two.explicit && len(right) > 0 {
		right = endOf(right, inverse)
	}
	for _, a := range left {
		for _, b := range right {
			c.orderTasks(a, a1, b, a2, f)
		}
	}
}

func endOf(list []*Resource, last bool) []*Resource {
	if last {
		return list[len(list)-1:]
	}
	return list[:1]
}
