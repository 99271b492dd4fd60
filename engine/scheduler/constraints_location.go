package scheduler

import (
	"regexp"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// location is a constraint that gives nodes scores for one resource.
type location struct {
	id    string // of the constraint, or of the rule in it
	or    bool   // of the rule: its parts are alternatives
	rsc   *Resource
	role  Role // only in this role; RoleUnknown: always
	nodes []nodeScore
	mode  discovery
}

type nodeScore struct {
	node  *Node
	score Score
}

func (c *Cluster) addLocation(l *location) {
	c.locations = append(c.locations, l)
	l.rsc.locations = append(l.rsc.locations, l)
}

// healthLocations makes node health count: negative health spares those that may ignore it.
func (c *Cluster) healthLocations() {
	if c.Options.HealthStrategy == "none" {
		return
	}
	for _, n := range c.Nodes {
		s := c.healthScore(n)
		if s == 0 {
			continue
		}
		for _, r := range c.Resources {
			if s > 0 || !rule.IsTrue(r.meta["allow-unhealthy-nodes"]) {
				c.addLocation(&location{rsc: r, nodes: []nodeScore{{n, s}}})
			}
		}
	}
}

func (c *Cluster) readLocation(e *etree.Element) {
	if sets := c.readSets(e); len(sets) > 0 {
		for _, s := range sets {
			refs, all := c.known(s)
			for _, r := range refs {
				c.unpackLocation(e, r, s.role, s.score, nil)
			}
			if !all {
				return
			}
		}
		return
	}
	if id := attr(e, "rsc"); id != "" {
		for _, r := range c.meant(e, id) {
			c.unpackLocation(e, r, "", "", nil)
		}
	}
	if p := attr(e, "rsc-pattern"); p != "" {
		c.locationByPattern(e, p)
	}
}

func (c *Cluster) locationByPattern(e *etree.Element, pattern string) {
	pattern, invert := strings.CutPrefix(pattern, "!")
	re, err := regexp.CompilePOSIX(pattern)
	if err != nil {
		c.err("Ignoring constraint '" + attr(e, "id") + "' because rsc-pattern has invalid value '" + pattern + "'")
		return
	}
	for _, r := range c.Resources {
		m := re.FindStringSubmatch(r.ID)
		if (m != nil) != invert {
			c.unpackLocation(e, r, "", "", m)
		}
	}
}

var discoveryModes = map[string]discovery{"": discoverAlways, "always": discoverAlways, "never": discoverNever, "exclusive": discoverExclusive}

// unpackLocation applies one rsc_location to one resource; role and score are those of a set.
func (c *Cluster) unpackLocation(e *etree.Element, r *Resource, role, score string, match []string) {
	if role == "" {
		role = attr(e, "role")
	}
	mode, ok := discoveryModes[attr(e, "resource-discovery")]
	if !ok {
		c.err("constraint " + attr(e, "id") + ": invalid resource-discovery")
	}
	if score == "" {
		score = attr(e, "score")
	}
	if node, ok := attrOK(e, "node"); ok && score != "" {
		n := c.Node(node)
		if n == nil {
			return
		}
		l := &location{id: attr(e, "id"), rsc: r, nodes: []nodeScore{{n, c.parseScore(score)}}, mode: mode}
		if l.role = parseRole(role); l.role == RoleStarted || l.role == RoleUnpromoted {
			l.role = RoleUnknown // no filter: where it may run, it may be started
		}
		c.finishLocation(l)
		return
	}
	for _, rl := range kids(e, "rule") {
		c.ruleLocation(c.deref(rl), r, mode, match)
	}
}

func (c *Cluster) finishLocation(l *location) {
	if l.mode == discoverExclusive {
		l.rsc.set(rExclusive)
	}
	c.addLocation(l)
}

// ruleLocation applies one rule of an rsc_location to one resource. Only the rule's own role is a
// filter, and its Started one that never matches, as no resource has that role to come yet.
func (c *Cluster) ruleLocation(rl *etree.Element, r *Resource, mode discovery, match []string) {
	or := foldEq(attr(rl, "boolean-op"), "or")
	l := &location{id: attr(rl, "id"), or: or, rsc: r, role: parseRole(attr(rl, "role")), mode: mode}
	if l.role == RoleUnpromoted {
		l.role = RoleUnknown
	}
	scoreText, byAttr := attr(rl, "score"), ""
	if scoreText == "" {
		byAttr = expandMatch(attr(rl, "score-attribute"), match)
	}
	score := c.parseScore(scoreText)
	env := rule.Env{Submatch: match,
		Meta: func(k string) (string, bool) { v, ok := r.meta[k]; return v, ok }}
	for _, n := range c.Nodes {
		env.Param = func(k string) (string, bool) { v, ok := r.parameters(n)[k]; return v, ok }
		env.NodeAttr = n.attr
		if !c.eval(rl, env) {
			continue
		}
		s := score
		if byAttr != "" {
			if v, ok := c.nodeAttrFor(n, r, byAttr); ok {
				s = c.parseScore(v)
			} else {
				s = -Infinity
			}
		}
		if or {
			s = n.score.Add(s) // an "or" rule starts from the base score of the node
		}
		l.nodes = append(l.nodes, nodeScore{n, s})
	}
	if len(l.nodes) > 0 || mode == discoverExclusive {
		c.finishLocation(l)
	}
}

func expandMatch(s string, match []string) string {
	if len(match) == 0 || !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+1 < len(s) && isDigit(s[i+1]) {
			if k := int(s[i+1] - '0'); k < len(match) {
				b.WriteString(match[k])
			}
			i++
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// nodeAttrFor reads a node attribute; resources with container-attribute-target=host mean
// the host of a guest.
func (c *Cluster) nodeAttrFor(n *Node, r *Resource, name string) (string, bool) {
	if r != nil && r.is(rHostAttrs) && n.IsGuest() {
		h := n.host()
		if h == nil {
			return "", false
		}
		n = h
	}
	return n.attr(name)
}

// host is where the container of a guest node runs.
func (n *Node) host() *Node {
	k := n.Connection.container
	if len(k.RunningOn) == 0 {
		return nil
	}
	return k.RunningOn[0]
}

// applyLocations applies all location constraints, the last made first.
func (c *Cluster) applyLocations() {
	for i := len(c.locations) - 1; i >= 0; i-- {
		l := c.locations[i]
		l.rsc.applyLocation(l, false)
	}
}

// applyLocation adds a constraint to the tables of a resource and what it consists of.
// zero makes entries without their scores.
func (r *Resource) applyLocation(l *location, zero bool) {
	if l.role != RoleUnknown && r.NextRole != l.role {
		if r.Kind == Bundle && l.role == RolePromoted && r.Bundle.Clone != nil {
			r.Bundle.Clone.locations = append(r.Bundle.Clone.locations, l)
		}
		if r.Kind != Group && r.Kind != Clone {
			return
		}
		for _, k := range r.Children {
			k.applyLocation(l, zero)
		}
		return
	}
	for _, ns := range l.nodes {
		s := ns.score
		if zero {
			s = 0
		}
		e := r.table.get(ns.node)
		if e == nil {
			e = r.table.put(ns.node, s)
		} else {
			e.score = e.score.Add(s)
		}
		if e.mode < l.mode {
			e.mode = l.mode
			if l.mode == discoverExclusive {
				r.set(rExclusive)
			}
		}
	}
	r.variant.locate(l, zero)
}

func (v primitive) locate(*location, bool) {}

// locate: the scores count once for a group, with its first member, as the others follow that one.
func (v group) locate(l *location, zero bool) {
	for i, k := range v.r.Children {
		k.applyLocation(l, zero || i > 0 && v.r.is(rColocated))
	}
}

func (v clone) locate(l *location, zero bool) {
	for _, k := range v.r.Children {
		k.applyLocation(l, zero)
	}
}

func (v bundle) locate(l *location, zero bool) {
	for _, p := range v.r.Bundle.Replicas {
		p.Container.applyLocation(l, zero)
		if p.IP != nil {
			p.IP.applyLocation(l, zero)
		}
	}
}
