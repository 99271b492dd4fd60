package scheduler

import (
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

// members lists the resources behind a template or tag, nil for what is no resource; ok is
// false if the id is neither.
func (c *Cluster) members(id string) (list []*Resource, ok bool) {
	ids, ok := c.tags[id]
	if c.templateIDs[id] {
		ids, ok = c.templates[id], true
	}
	for _, m := range ids {
		list = append(list, c.constraintResource(m))
	}
	return list, ok
}

// known returns the resources before the first unknown one.
func known(refs []*Resource) []*Resource {
	for i, r := range refs {
		if r == nil {
			return refs[:i]
		}
	}
	return refs
}

func complete(refs []*Resource) bool { return len(known(refs)) == len(refs) }

// readSets reads the resource sets of a constraint; tags and templates expand in place.
func (c *Cluster) readSets(e *etree.Element) []*constraintSet {
	var out []*constraintSet
	expand := c.refersToKnown(e)
	for _, s := range kids(e, "resource_set") {
		s = c.deref(s)
		set := &constraintSet{id: attr(s, "id"), role: attr(s, "role"), action: attr(s, "action"), score: attr(s, "score"),
			kind: attr(s, "kind"), ordering: attr(s, "ordering"), sequential: !isFalse(attr(s, "sequential")),
			explicit: rule.IsTrue(attr(s, "sequential")), requireAll: !isFalse(attr(s, "require-all"))}
		for _, ref := range kids(s, "resource_ref") {
			id := attr(ref, "id")
			if r := c.constraintResource(id); r != nil {
				set.refs, set.names = append(set.refs, r), append(set.names, id)
			} else if expand {
				members, _ := c.members(id)
				for _, r := range members {
					set.refs, set.names = append(set.refs, r), append(set.names, r.ID)
				}
			} else {
				c.err("Ignoring resource sets for constraint '" + attr(e, "id") + "' because '" + id + "' is not a valid resource or tag")
				set.refs, set.names = append(set.refs, nil), append(set.names, id)
			}
		}
		out = append(out, set)
	}
	return out
}

// refersToKnown reports whether all that the sets of a constraint name is there. If not, their tags stand for nothing either.
func (c *Cluster) refersToKnown(e *etree.Element) bool {
	for _, s := range kids(e, "resource_set") {
		for _, ref := range kids(c.deref(s), "resource_ref") {
			id := attr(ref, "id")
			if list, _ := c.members(id); c.constraintResource(id) == nil && (len(list) == 0 || !complete(list)) {
				return false
			}
		}
	}
	return true
}

// tagSets turns a simple constraint with a tag or template on one side into two sets, the
// tag's one not sequential; nil if there is none.
func (c *Cluster) tagSets(e *etree.Element, left, right string, leftSet, rightSet constraintSet) []*constraintSet {
	side := func(id string, s constraintSet) (*constraintSet, bool, bool) {
		if r := c.constraintResource(id); r != nil {
			s.refs, s.names, s.sequential = []*Resource{r}, []string{id}, true
			return &s, false, true
		}
		list, ok := c.members(id)
		s.refs, s.sequential = list, false
		return &s, ok, ok
	}
	leftSet.requireAll, rightSet.requireAll = true, true
	l, lt, lok := side(left, leftSet)
	r, rt, rok := side(right, rightSet)
	if !lok || !rok || !lt && !rt {
		return nil
	}
	l.id, r.id = attr(e, "id")+"-"+left, attr(e, "id")+"-"+right
	return []*constraintSet{l, r}
}

// unknownResource complains about a resource of a constraint.
func (c *Cluster) unknownResource(e *etree.Element, name string) {
	c.err("Ignoring constraint '" + attr(e, "id") + "' because '" + name + "' is not a valid resource or tag")
}
