package configure

import (
	"maps"
	"slices"

	"github.com/beevik/etree"

	"quorate/grammar"
)

// partyAttrs are the attributes of a constraint that name a resource, with those that belong to them.
var partyAttrs = map[string][]string{
	"rsc":      {"rsc-role", "rsc-instance"},
	"with-rsc": {"with-rsc-role", "with-rsc-instance"},
	"first":    {"first-action", "first-instance"},
	"then":     {"then-action", "then-instance"},
}

// names tells whether a constraint names a resource, simple or in a set.
func names(c *etree.Element, rsc string) bool {
	for a := range partyAttrs {
		if x := c.SelectAttr(a); x != nil && x.Value == rsc {
			return true
		}
	}
	for _, s := range c.SelectElements("resource_set") {
		for _, r := range s.SelectElements("resource_ref") {
			if attr(r, "id") == rsc {
				return true
			}
		}
	}
	return false
}

// constraintsOf returns the constraints that name a resource, in the order of a listing.
func (b *Buffer) constraintsOf(rsc string) []*etree.Element {
	var out []*etree.Element
	for _, c := range b.constraints() {
		if isConstraint(c.Tag) && names(c, rsc) {
			out = append(out, c)
		}
	}
	sortObjects(out, b.opt.Unsorted)
	return out
}

// renameInConstraints makes constraints name another resource. What then has the same resource on both
// sides says nothing any more and vanishes; sets lose doubles. quiet leaves out the messages.
func (b *Buffer) renameInConstraints(from, to string, quiet bool) {
	b.renameIn(b.constraintsOf(from), from, to, quiet)
}

// renameInSimple does so in constraints without sets only.
func (b *Buffer) renameInSimple(from, to string) {
	var simple []*etree.Element
	for _, c := range b.constraintsOf(from) {
		if c.SelectElement("resource_set") == nil {
			simple = append(simple, c)
		}
	}
	b.renameIn(simple, from, to, false)
}

func (b *Buffer) renameIn(constraints []*etree.Element, from, to string, quiet bool) {
	for _, c := range constraints {
		n := copyOf(c)
		renameParties(n, from, to)
		if !quiet {
			b.rep.Info("modified %s from %s to %s", name(c), from, to)
		}
		if !tidyConstraint(n) {
			b.removeConstraint(c)
			continue
		}
		b.replace(c, n)
	}
}

// removeConstraint takes a constraint out, and out of tags.
func (b *Buffer) removeConstraint(c *etree.Element) {
	b.remove(c)
	b.dropFromTags(idOf(c))
}

// keepConstraints puts the constraints of a text that was applied as they stand in it, where deleting or making
// a container has changed them.
func (b *Buffer) keepConstraints(sts []grammar.Statement) error {
	for _, st := range sts {
		now := b.constraint(st)
		if now == nil {
			continue // it went with a resource
		}
		e, err := b.element(st, now)
		if err != nil {
			return err
		}
		if renamed(now, e) {
			b.replace(now, e)
		}
	}
	return b.checkReferences(sts)
}

// namedBy maps each constraint of a text between resources to those that it names.
func (b *Buffer) namedBy(sts []grammar.Statement) map[string][]string {
	named := map[string][]string{}
	for _, st := range sts {
		if c := b.constraint(st); c != nil && len(parties(c)) > 1 {
			named[idOf(c)] = parties(c)
		}
	}
	return named
}

// checkNamed refuses a text with a constraint none of whose resources is left.
func (b *Buffer) checkNamed(named map[string][]string) error {
	for _, id := range slices.Sorted(maps.Keys(named)) {
		rscs := named[id]
		if !slices.ContainsFunc(rscs, func(r string) bool { return b.object(r) != nil }) {
			b.rep.Error("constraint %s references a resource %s which doesn't exist%s", id, rscs[0], meant(rscs[0], b.IDs(nil)))
			return ErrReported
		}
	}
	return nil
}

// checkReferences refuses a text with a constraint on a resource that is not there.
func (b *Buffer) checkReferences(sts []grammar.Statement) error {
	for _, st := range sts {
		if c := b.constraint(st); c != nil && !b.checkParties(c) {
			return ErrReported
		}
	}
	return nil
}

// checkParties reports the first resource of a constraint that is not there.
func (b *Buffer) checkParties(c *etree.Element) bool {
	for _, id := range parties(c) {
		if b.object(id) == nil {
			b.rep.Error("constraint %s references a resource %s which doesn't exist%s", idOf(c), id, meant(id, b.IDs(nil)))
			return false
		}
	}
	return true
}

// constraint is the staged constraint of a statement, nil where it is none.
func (b *Buffer) constraint(st grammar.Statement) *etree.Element {
	if e := b.sameObject(st.Kind(), st.ID()); e != nil && isConstraint(e.Tag) {
		return e
	}
	return nil
}

// renamed tells whether a constraint names a resource that stands not in its text; one that lost some is not meant.
func renamed(now, text *etree.Element) bool {
	said := parties(text)
	return slices.ContainsFunc(parties(now), func(id string) bool { return !slices.Contains(said, id) })
}

func renameParties(c *etree.Element, from, to string) {
	for a := range partyAttrs {
		if x := c.SelectAttr(a); x != nil && x.Value == from {
			x.Value = to
		}
	}
	for _, s := range c.SelectElements("resource_set") {
		for _, r := range s.SelectElements("resource_ref") {
			if attr(r, "id") == from {
				r.CreateAttr("id", to)
			}
		}
	}
}

// dropFromConstraints takes a resource out of all constraints: those that lose a party go.
func (b *Buffer) dropFromConstraints(rsc string) {
	for _, c := range b.constraintsOf(rsc) {
		n := copyOf(c)
		gone := n.SelectElement("resource_set") == nil
		for _, s := range n.SelectElements("resource_set") {
			for _, r := range s.SelectElements("resource_ref") {
				if attr(r, "id") == rsc {
					s.RemoveChild(r)
				}
			}
		}
		if gone || !tidyConstraint(n) || countRefs(n) == 1 && n.Tag != "rsc_location" && n.Tag != "rsc_ticket" {
			b.rep.Info("hanging %s deleted", name(c))
			b.removeConstraint(c)
			continue
		}
		b.rep.Info("constraint %s updated", name(c))
		b.replace(c, n)
	}
}

func countRefs(c *etree.Element) int {
	n := 0
	for _, s := range c.SelectElements("resource_set") {
		n += len(s.SelectElements("resource_ref"))
	}
	return n
}

func backwards(es []*etree.Element) []*etree.Element {
	slices.Reverse(es)
	return es
}

// tidyConstraint removes all but the last of doubles, and empty sets, and turns what has two members left into the simple
// form. It returns false where nothing sensible is left.
func tidyConstraint(c *etree.Element) bool {
	if c.SelectElement("resource_set") == nil {
		switch c.Tag {
		case "rsc_colocation":
			return attr(c, "rsc") != attr(c, "with-rsc") || attr(c, "rsc-role") != attr(c, "with-rsc-role")
		case "rsc_order":
			return attr(c, "first") != attr(c, "then")
		}
		return true
	}
	seen := map[string]bool{}
	for _, s := range backwards(c.SelectElements("resource_set")) {
		for _, r := range backwards(s.SelectElements("resource_ref")) {
			if seen[attr(r, "id")] {
				s.RemoveChild(r)
			}
			seen[attr(r, "id")] = true
		}
		if len(s.SelectElements("resource_ref")) == 0 {
			c.RemoveChild(s)
		}
	}
	if len(seen) == 0 || len(c.SelectElements("resource_set")) == 0 {
		return false
	}
	if len(seen) < 2 && (c.Tag == "rsc_colocation" || c.Tag == "rsc_order") {
		return false
	}
	if len(seen) == 2 {
		simplify(c)
	}
	return true
}

// simplify makes the simple form of a colocation or order whose sets have two members in all. In one
// colocation set the last one is started first, in the simple form it is the second: they change places.
func simplify(c *etree.Element) {
	sets := c.SelectElements("resource_set")
	if c.Tag != "rsc_colocation" && c.Tag != "rsc_order" {
		return
	}
	for _, s := range sets {
		if len(s.SelectElements("resource_ref")) == 1 {
			s.RemoveAttr("sequential")
		}
	}
	for _, s := range sets {
		if s.SelectAttr("sequential") != nil || s.SelectAttr("require-all") != nil {
			return
		}
	}
	first, second, what := "rsc", "with-rsc", "role"
	if c.Tag == "rsc_order" {
		first, second, what = "first", "then", "action"
	}
	var ids, roles []string
	for _, s := range sets {
		for _, r := range s.SelectElements("resource_ref") {
			ids = append(ids, attr(r, "id"))
			roles = append(roles, attr(s, what))
		}
		c.RemoveChild(s)
	}
	if len(sets) == 1 && c.Tag == "rsc_colocation" {
		ids[0], ids[1], roles[0], roles[1] = ids[1], ids[0], roles[1], roles[0]
	}
	for i, a := range []string{first, second} {
		c.CreateAttr(a, ids[i])
		if roles[i] != "" {
			c.CreateAttr(a+"-"+what, roles[i])
		}
	}
}
