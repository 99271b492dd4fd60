package scheduler

import (
	"sort"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// attrSet is one set of name-value pairs below an element, its id-ref followed.
type attrSet struct {
	elem  *etree.Element
	score Score
	rules []*etree.Element
	pairs []namedValue
}

type namedValue struct{ name, value string }

type setKey struct {
	parent *etree.Element
	tag    string
}

// attrSets returns the sets of a kind below parent in the order in which they are processed:
// by score, and later in the document first among equals. The set named special is first of all.
func (c *Cluster) attrSets(parent *etree.Element, tag, special string) []attrSet {
	if parent == nil {
		return nil
	}
	key := setKey{parent, tag}
	if got, ok := c.sets[key]; ok {
		return got
	}
	var out []attrSet
	elems := kids(parent, tag)
	for i := len(elems) - 1; i >= 0; i-- {
		e := c.deref(elems[i])
		out = append(out, attrSet{elem: e, score: c.parseScore(attr(e, "score")), rules: kids(e, "rule"), pairs: c.pairs(e)})
	}
	first := func(s attrSet) bool { return special != "" && foldEq(attr(s.elem, "id"), special) }
	sort.SliceStable(out, func(i, j int) bool {
		if a, b := first(out[i]), first(out[j]); a != b {
			return a
		}
		return out[i].score > out[j].score
	})
	c.sets[key] = out
	return out
}

// pairs reads the nvpairs of a set; old configurations wrap them in <attributes>.
func (c *Cluster) pairs(e *etree.Element) []namedValue {
	if w := kid(e, ""); w != nil && w.Tag == "attributes" {
		e = w
	}
	var out []namedValue
	for _, nv := range kids(e, "nvpair") {
		name, value := attr(nv, "name"), attr(nv, "value")
		_, has := attrOK(nv, "value")
		if ref := c.deref(nv); ref != nv {
			if name == "" {
				name = attr(ref, "name")
			}
			if !has {
				value, has = attrOK(ref, "value")
			}
		}
		if name != "" && has {
			out = append(out, namedValue{name, value})
		}
	}
	return out
}

// merge adds the sets of a kind to the table. Without overwrite the first writer of a name wins;
// "#default" takes a name out again, so that lower layers may fill it.
func (c *Cluster) merge(parent *etree.Element, tag, special string, env rule.Env, into map[string]string, overwrite bool) {
	for _, s := range c.attrSets(parent, tag, special) {
		if !c.passes(s.rules, env) {
			continue
		}
		for _, nv := range s.pairs {
			_, have := into[nv.name]
			switch {
			case foldEq(nv.value, "#default"):
				delete(into, nv.name)
			case overwrite || !have:
				into[nv.name] = nv.value
			}
		}
	}
}

// passes reports whether one of the rules is true, or there are none.
func (c *Cluster) passes(rules []*etree.Element, env rule.Env) bool {
	if len(rules) == 0 {
		return true
	}
	for _, r := range rules {
		if c.eval(r, env) {
			return true
		}
	}
	return false
}

// eval evaluates one rule as of now and remembers when its result may change.
func (c *Cluster) eval(r *etree.Element, env rule.Env) bool {
	env.Now = c.Now
	env.ByID = func(_, id string) *etree.Element { return c.byID(id) }
	env.NoSpecChanges = c.noSpecRecheck
	ok, next := rule.Evaluate(c.deref(r), env)
	c.recheckAt(next)
	return ok
}

// recheckAt notes a time at which the decision may change.
func (c *Cluster) recheckAt(t time.Time) {
	if t.IsZero() || !t.After(c.Now) {
		return
	}
	if c.recheck.IsZero() || t.Before(c.recheck) {
		c.recheck = t
	}
}

// parseMS reads an interval or time option in milliseconds; ok is false if it is none.
func parseMS(s string) (ms int64, ok bool) {
	if s == "" {
		return 0, false
	}
	d, ok := rule.ParseInterval(s)
	if !ok {
		return 0, false
	}
	return min(d.Milliseconds(), 1<<32-1), true
}
