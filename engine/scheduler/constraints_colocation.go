package scheduler

import (
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// colocation wants the dependent where the primary is (or, negative, is not).
type colocation struct {
	id                         string
	attr                       string // node attribute to share, "" for the node itself
	dependent, primary         *Resource
	dependentRole, primaryRole Role
	score                      Score
	influence                  bool // the dependent's preferences count for the primary
}

// newColocation makes a colocation and enters it in the lists of both resources.
func (c *Cluster) newColocation(id, attr string, score Score, dependent, primary *Resource, drole, prole string, influence bool) *colocation {
	if score == 0 || dependent == nil || primary == nil {
		return nil
	}
	k := &colocation{id: id, attr: attr, dependent: dependent, primary: primary, score: score, influence: influence,
		dependentRole: colocationRole(drole), primaryRole: colocationRole(prole)}
	if k.attr == "#uname" {
		k.attr = ""
	}
	dependent.thisWith = insertColocation(dependent.thisWith, k, func(x *colocation) *Resource { return x.primary })
	primary.withThis = insertColocation(primary.withThis, k, func(x *colocation) *Resource { return x.dependent })
	if score <= -Infinity {
		c.antiColocationOrders(k)
		c.antiColocationOrders(&colocation{dependent: primary, primary: dependent, dependentRole: k.primaryRole, primaryRole: k.dependentRole})
	}
	return k
}

func colocationRole(s string) Role {
	if r := parseRole(s); r != RoleStarted {
		return r
	}
	return RoleUnknown
}

// insertColocation keeps a list sorted by the weight of the other side; equals are newest first.
func insertColocation(list []*colocation, k *colocation, other func(*colocation) *Resource) []*colocation {
	at := 0
	for at < len(list) && compareWeight(other(list[at]), other(k)) < 0 {
		at++
	}
	list = append(list, nil)
	copy(list[at+1:], list[at:])
	list[at] = k
	return list
}

// compareWeight orders resources in lists of colocations: priority, then bundles, clones,
// groups, primitives, promotable clones before others, then id.
func compareWeight(a, b *Resource) int {
	switch {
	case a.priority != b.priority:
		return int(b.priority) - int(a.priority)
	case a.Kind != b.Kind:
		return int(b.Kind) - int(a.Kind)
	case a.Kind == Clone && a.is(rPromotable) != b.is(rPromotable):
		if a.is(rPromotable) {
			return -1
		}
		return 1
	}
	return strings.Compare(a.ID, b.ID)
}

func influenceOf(text string, dependent *Resource) bool {
	if v, ok := rule.ParseBool(text); ok {
		return v
	}
	return dependent.is(rCritical)
}

func (c *Cluster) readColocation(e *etree.Element) {
	score, infl := attr(e, "score"), attr(e, "influence")
	if _, ok := rule.ParseBool(infl); !ok && e.SelectAttr("influence") != nil {
		c.err("Constraint '" + attr(e, "id") + "' has invalid value for influence (using default)")
	}
	if sets := c.readSets(e); len(sets) > 0 {
		c.colocateSets(e, sets, score, infl)
		return
	}
	left, right := attr(e, "rsc"), attr(e, "with-rsc")
	sets, ok := c.tagSets(e, left, right, constraintSet{role: attr(e, "rsc-role")}, constraintSet{role: attr(e, "with-rsc-role")})
	if !ok {
		return
	}
	if len(sets) == 2 && !sets[0].sequential && !sets[1].sequential {
		c.err("Ignoring constraint '" + attr(e, "id") + "' because two templates or tags cannot be colocated")
		return
	}
	if sets != nil {
		c.colocateSets(e, sets, score, infl)
		return
	}
	d, p := c.constraintResource(left), c.constraintResource(right)
	if rule.IsTrue(attr(e, "symmetrical")) {
		c.warn("constraint " + attr(e, "id") + ": symmetrical has no meaning for colocations")
	}
	c.newColocation(attr(e, "id"), attr(e, "node-attribute"), c.parseScore(score), d, p, attr(e, "rsc-role"), attr(e, "with-rsc-role"), influenceOf(infl, d))
}

// colocateSets: inside each set, and each set with the next.
func (c *Cluster) colocateSets(e *etree.Element, sets []*constraintSet, score, infl string) {
	id := attr(e, "id")
	for i, s := range sets {
		inner := s.score
		if inner == "" {
			inner = score
		}
		c.colocateInside(id, s, c.parseScore(inner), infl)
		if i > 0 {
			c.colocateBetween(id, sets[i-1], s, c.parseScore(score), infl)
		}
	}
}

func (c *Cluster) colocateInside(id string, s *constraintSet, score Score, infl string) {
	if !s.sequential {
		return
	}
	join := func(d, p *Resource) { c.newColocation(id, "", score, d, p, s.role, s.role, influenceOf(infl, d)) }
	refs, _ := c.known(s)
	for i, r := range refs {
		switch {
		case score < 0:
			if !s.keepApart(r, join) {
				return
			}
		case i == 0:
		case s.ordering == "" || s.ordering == "group":
			join(r, refs[i-1])
		default:
			join(refs[i-1], r)
		}
	}
}

// keepApart joins a resource to those before it in the set; false: an unknown one came first. A
// clone that the set names by its primitive does not find itself there, and is joined to all.
func (s *constraintSet) keepApart(r *Resource, join func(d, p *Resource)) bool {
	for i, other := range s.refs {
		switch {
		case s.names[i] == r.ID:
			return true
		case other == nil:
			return false
		}
		join(r, other)
	}
	return true
}

func (c *Cluster) colocateBetween(id string, one, two *constraintSet, score Score, infl string) {
	left, right := one.refs, two.refs
	if len(left) == 0 || len(right) == 0 {
		return
	}
	names := two.names
	if one.sequential {
		left = left[:1]
	}
	if two.sequential {
		right, names = right[len(right)-1:], names[len(names)-1:]
	}
	for i, d := range left {
		for j, p := range right {
			switch {
			case d == nil:
				c.notFound(id, one.names[i])
				return
			case p == nil:
				c.notFound(id, names[j])
				return
			}
			c.newColocation(id, "", score, d, p, one.role, two.role, influenceOf(infl, d))
		}
	}
}
