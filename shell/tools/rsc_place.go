package tools

import (
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/rule"
	"quorate/engine/scheduler"
)

// placement is one constraint that move or ban makes.
type placement struct {
	id, node, score string
	names           [3]string // ids of rule, expression and date expression, for one with a lifetime
}

// until reads -u; "" without a lifetime.
func (r *resourceCall) until() (string, exit.Code) {
	if !r.has("lifetime") {
		return "", exit.OK
	}
	d, err := rule.ParseDuration(r.get("lifetime"))
	if err != nil {
		r.out.note("Invalid duration specified: %s", r.get("lifetime"))
		r.out.note("Please refer to https://en.wikipedia.org/wiki/ISO_8601#Durations for examples of valid durations")
		return "", exit.Usage
	}
	end := d.AddTo(r.Now().UTC().Truncate(time.Second)).Format("2006-01-02 15:04:05Z")
	if !r.has("quiet") {
		r.out.printf("Migration will take effect until: %s\n", end)
	}
	return end, exit.OK
}

// constrain makes the constraint.
func (r *resourceCall) constrain(p placement, until string) error {
	role := "Started"
	if r.has("promoted") {
		role = "Promoted"
	}
	loc := newElement("rsc_location", "id", p.id, "rsc", r.id, "role", role)
	if until == "" {
		loc.CreateAttr("node", p.node)
		loc.CreateAttr("score", p.score)
	} else {
		set := newElement("rule", "id", p.names[0], "score", p.score, "boolean-op", "and")
		set.AddChild(newElement("expression", "id", p.names[1], "attribute", "#uname", "operation", "eq", "value", p.node, "type", "string"))
		set.AddChild(newElement("date_expression", "id", p.names[2], "operation", "lt", "end", until))
		loc.AddChild(set)
	}
	return r.putConstraint(loc)
}

// putConstraint writes a constraint, in place of one with the same id.
func (r *resourceCall) putConstraint(loc *etree.Element) error {
	op := cib.OpCreate
	if c := r.doc.Section("constraints"); c != nil && child(c, "rsc_location", loc.SelectAttrValue("id", "")) != nil {
		op = cib.OpReplace
	}
	return r.perform(r.live, cib.Request{Op: op, Section: "constraints", XML: cib.XML(loc, false)})
}

// move makes a preference for the node of -N, or bans the resource from where it is.
func (r *resourceCall) move() exit.Code {
	if r.node == nil {
		return r.banHere("move")
	}
	here := runsOn(r.rsc)
	if r.has("promoted") {
		here = promotedOn(r.rsc)
	}
	single := len(here) == 1 && r.rsc.Kind != scheduler.Clone
	if single && here[0] == r.node && !r.has("force") {
		r.out.fail("Error performing operation: %s", exit.Exists)
		return exit.Exists
	}
	until, code := r.until()
	if code != exit.OK {
		return code
	}
	for _, old := range r.made(true, false) {
		if err := r.removeConstraint(old); err != nil {
			return r.refused(err)
		}
	}
	p := placement{"cli-prefer-" + r.id, r.node.Name, "INFINITY",
		[3]string{"cli-prefer-rule-" + r.id, "cli-prefer-expr-" + r.id, "cli-prefer-lifetime-end-" + r.id}}
	if err := r.constrain(p, until); err != nil {
		return r.refused(err)
	}
	if r.has("force") && single && here[0] != r.node {
		return r.banOn(here[0].Name, until)
	}
	return exit.OK
}

func (r *resourceCall) ban() exit.Code {
	if r.node == nil {
		return r.banHere("ban")
	}
	until, code := r.until()
	if code != exit.OK {
		return code
	}
	return r.banOn(r.node.Name, until)
}

// banHere bans the resource from the one node where it is, or where it is promoted.
func (r *resourceCall) banHere(string) exit.Code {
	here := runsOn(r.rsc)
	if len(here) != 1 && r.rsc.Promotable() {
		here = promotedOn(cloneOrSelf(r.rsc))
	}
	if len(here) != 1 {
		r.out.fail("Resource '%s' not moved: active in %d locations%s.", r.id, len(here), promotedIn(r.rsc, here))
		r.out.note("To prevent '%s' from running on a specific location, specify a node.", r.id)
		return exit.Usage
	}
	until, code := r.until()
	if code != exit.OK {
		return code
	}
	return r.banOn(here[0].Name, until)
}

// promotedIn adds the number of promoted instances where there are some kinds of them.
func promotedIn(x *scheduler.Resource, _ []*scheduler.Node) string {
	if !x.Promotable() {
		return ""
	}
	return " (promoted in " + string(rune('0'+min(9, len(promotedOn(cloneOrSelf(x)))))) + ")"
}

func cloneOrSelf(x *scheduler.Resource) *scheduler.Resource {
	if c := cloneOf(x); c != nil {
		return c
	}
	return x
}

// promotedOn lists the nodes of promoted instances.
func promotedOn(x *scheduler.Resource) []*scheduler.Node {
	var nodes []*scheduler.Node
	for _, p := range primitives(x) {
		if p.Role == scheduler.RolePromoted {
			nodes = append(nodes, p.RunningOn...)
		}
	}
	return nodes
}

// banOn makes the constraint against a node, and says what that means.
func (r *resourceCall) banOn(node, until string) exit.Code {
	id := "cli-ban-" + r.id + "-on-" + node
	if !r.has("quiet") {
		what := "running"
		if r.has("promoted") {
			what = "being promoted"
		}
		r.out.printf("WARNING: Creating rsc_location constraint '%s' with a score of -INFINITY for resource %s on %s.\n", id, r.id, node)
		r.out.printf("\tThis will prevent %s from %s on %s until the constraint is removed using the clear option or by editing the CIB with an appropriate tool\n", r.id, what, node)
		r.out.printf("\tThis will be the case even if %s is the last node in the cluster\n", node)
	}
	p := placement{id, node, "-INFINITY", [3]string{id + "-rule", id + "-expr", id + "-lifetime"}}
	if err := r.constrain(p, until); err != nil {
		return r.refused(err)
	}
	return exit.OK
}

// made lists the constraints that move (prefer) and ban made for the resource.
func (r *resourceCall) made(prefer, ban bool) []*etree.Element {
	var found []*etree.Element
	c := r.doc.Section("constraints")
	if c == nil {
		return nil
	}
	for _, e := range c.SelectElements("rsc_location") {
		id := e.SelectAttrValue("id", "")
		if prefer && id == "cli-prefer-"+r.id || ban && strings.HasPrefix(id, "cli-ban-"+r.id+"-on-") {
			found = append(found, e)
		}
	}
	return found
}

func (r *resourceCall) removeConstraint(e *etree.Element) error {
	x := newElement("rsc_location", "id", e.SelectAttrValue("id", ""))
	return r.perform(r.live, cib.Request{Op: cib.OpDelete, Section: "constraints", XML: cib.XML(x, false)})
}

// clear removes what move and ban made: all of it, that for a node, or what has expired.
func (r *resourceCall) clear() exit.Code {
	for _, e := range r.made(true, true) {
		switch {
		case r.has("expired") && !r.expired(e):
			continue
		case r.node != nil && constraintNode(e) != r.node.Name && !(r.has("force") && strings.HasPrefix(e.SelectAttrValue("id", ""), "cli-prefer-")):
			continue
		case r.has("promoted") && e.SelectAttrValue("role", "") != "Promoted" && e.SelectAttrValue("role", "") != "Master":
			continue
		}
		if err := r.removeConstraint(e); err != nil {
			return r.refused(err)
		}
		r.out.printf("Removing constraint: %s\n", e.SelectAttrValue("id", ""))
	}
	return exit.OK
}

// constraintNode is the node of a constraint, also of one with a rule.
func constraintNode(e *etree.Element) string {
	if n := e.SelectAttrValue("node", ""); n != "" {
		return n
	}
	for _, x := range e.FindElements("rule/expression") {
		if x.SelectAttrValue("attribute", "") == "#uname" {
			return x.SelectAttrValue("value", "")
		}
	}
	return ""
}

// expired reports whether the constraint's lifetime has ended.
func (r *resourceCall) expired(e *etree.Element) bool {
	for _, x := range e.FindElements("rule/date_expression") {
		end, err := rule.ParseTime(x.SelectAttrValue("end", ""), r.Now())
		if err == nil && !end.After(r.Now()) {
			return true
		}
	}
	return false
}
