package scheduler

import (
	"slices"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// constraintSet is a resource_set, or what a tag or template in a simple constraint stands for.
type constraintSet struct {
	id         string
	refs       []*Resource // nil stands for what is no resource: reading the constraint ends there
	names      []string    // of the resources as the set has them
	role       string
	action     string
	score      string
	kind       string
	ordering   string
	sequential bool // absent counts as true
	explicit   bool // sequential="true" is written out
	requireAll bool
}

// readConstraints unpacks all constraints in document order.
func (c *Cluster) readConstraints() {
	section := kid(kid(c.cib, "configuration"), "constraints")
	for _, e := range kids(section, "") {
		if attr(e, "id") == "" {
			c.err("ignoring <" + e.Tag + "> without id")
			continue
		}
		if l := kid(e, "lifetime"); l != nil && !c.passes(kids(l, "rule"), rule.Env{}) {
			continue
		}
		switch e.Tag {
		case "rsc_location":
			c.readLocation(e)
		case "rsc_colocation":
			c.readColocation(e)
		case "rsc_order":
			c.readOrder(e)
		case "rsc_ticket":
			c.readTicketConstraint(e)
		}
	}
}

// constraintResource finds what an id in a constraint names. The history name of an instance
// stands for the whole clone.
func (c *Cluster) constraintResource(id string) *Resource {
	if r := c.rscByID[id]; r != nil {
		return r
	}
	if r := c.named(id); r != nil {
		return r.top()
	}
	return nil
}

// members lists what a template or tag stands for, nil for what is no resource, and the ids of these; ok is
// false if the id is neither, or a template that nothing uses.
func (c *Cluster) members(id string) (list []*Resource, ids []string, ok bool) {
	ids, ok = c.tags[id]
	if c.templateIDs[id] {
		ids, ok = c.templates[id], len(c.templates[id]) > 0
		if !ok {
			c.warn("No resource is derived from template '" + id + "'")
		}
	}
	for _, m := range ids {
		list = append(list, c.constraintResource(m))
	}
	return list, ids, ok
}

// known returns the resources of a set before the first unknown one, which it complains about; all is false if there is one.
func (c *Cluster) known(s *constraintSet) (refs []*Resource, all bool) {
	for i, r := range s.refs {
		if r == nil {
			c.notFound(s.id, s.names[i])
			return s.refs[:i], false
		}
	}
	return s.refs, true
}

// notFound complains about a resource that a set, tag or constraint names.
func (c *Cluster) notFound(where, name string) { c.err(where + ": No resource found for " + name) }

// meant lists what a constraint names by an id: a resource, or what a template or tag stands for. It complains about what
// is not there.
func (c *Cluster) meant(e *etree.Element, id string) []*Resource {
	if r := c.constraintResource(id); r != nil {
		return []*Resource{r}
	}
	list, ids, ok := c.members(id)
	if !ok {
		c.unknownResource(e, id)
		return nil
	}
	refs, _ := c.known(&constraintSet{id: id, refs: list, names: ids})
	return refs
}

// readSets reads the resource sets of a constraint; tags and templates expand in place.
func (c *Cluster) readSets(e *etree.Element) []*constraintSet {
	var out []*constraintSet
	unknown := c.unknownInSets(e)
	if unknown != "" {
		c.err("Ignoring resource sets for constraint '" + attr(e, "id") + "' because '" + unknown + "' is not a valid resource or tag")
	}
	for _, s := range kids(e, "resource_set") {
		s = c.deref(s)
		set := &constraintSet{id: attr(s, "id"), role: attr(s, "role"), action: attr(s, "action"), score: attr(s, "score"),
			kind: attr(s, "kind"), ordering: attr(s, "ordering"), sequential: !isFalse(attr(s, "sequential")),
			explicit: rule.IsTrue(attr(s, "sequential")), requireAll: !isFalse(attr(s, "require-all"))}
		for _, ref := range kids(s, "resource_ref") {
			id := attr(ref, "id")
			if r := c.constraintResource(id); r != nil {
				set.refs, set.names = append(set.refs, r), append(set.names, id)
			} else if unknown == "" {
				members, _, _ := c.members(id)
				for _, r := range members {
					set.refs, set.names = append(set.refs, r), append(set.names, r.ID)
				}
			} else {
				set.refs, set.names = append(set.refs, nil), append(set.names, id)
			}
		}
		out = append(out, set)
	}
	return out
}

// unknownInSets returns the first id in the sets of a constraint that is not there, "" if all are. Where one is not, the
// tags stand for nothing either.
func (c *Cluster) unknownInSets(e *etree.Element) string {
	for _, s := range kids(e, "resource_set") {
		for _, ref := range kids(c.deref(s), "resource_ref") {
			id := attr(ref, "id")
			if c.constraintResource(id) != nil {
				continue
			}
			list, ids, ok := c.members(id)
			if !ok || len(list) == 0 {
				return id
			}
			if i := slices.Index(list, nil); i >= 0 {
				return ids[i]
			}
		}
	}
	return ""
}

// tagSets turns a simple constraint with a tag or template on one side into two sets, the
// tag's one not sequential; nil if there is none. ok is false, and complained about, if one side is nothing at all.
func (c *Cluster) tagSets(e *etree.Element, left, right string, leftSet, rightSet constraintSet) (sets []*constraintSet, ok bool) {
	side := func(id string, s constraintSet) (*constraintSet, bool, bool) {
		if r := c.constraintResource(id); r != nil {
			s.refs, s.names, s.sequential = []*Resource{r}, []string{id}, true
			return &s, false, true
		}
		var ok bool
		s.refs, s.names, ok = c.members(id)
		s.sequential = false
		return &s, ok, ok
	}
	leftSet.requireAll, rightSet.requireAll = true, true
	l, lt, lok := side(left, leftSet)
	r, rt, rok := side(right, rightSet)
	switch {
	case !lok:
		c.unknownResource(e, left)
		return nil, false
	case !rok:
		c.unknownResource(e, right)
		return nil, false
	case !lt && !rt:
		return nil, true
	}
	l.id, r.id = left, right
	return []*constraintSet{l, r}, true
}

// unknownResource complains about a resource of a constraint.
func (c *Cluster) unknownResource(e *etree.Element, name string) {
	c.err("Ignoring constraint '" + attr(e, "id") + "' because '" + name + "' is not a valid resource or tag")
}
