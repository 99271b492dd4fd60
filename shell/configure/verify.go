package configure

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/cib"
)

// Finding is one thing that verify has to say.
type Finding struct {
	Error bool // else a warning
	Text  string
}

// check is one check of verify; together they are the table below.
type check func(v *verifier)

// checks run in this order: schema, references and structure, agents and their metadata, options, and what
// goes beyond single objects.
var checks = []check{
	checkSchemaRules, checkScheduler, checkResources, checkProperties, checkConstraintParties, checkTopology,
	checkUnique, checkGroupMembers, checkOrderLoops, checkColocations, checkNowhere, checkFencing, checkNetmasks,
	checkPromotedMonitors, checkStateFiles, checkTimeoutsHold, checkKeptOnly,
}

// verifier collects findings.
type verifier struct {
	b        *Buffer
	findings []Finding
	said     map[string]bool
}

func (v *verifier) warn(format string, args ...any)  { v.say(false, format, args...) }
func (v *verifier) error(format string, args ...any) { v.say(true, format, args...) }

func (v *verifier) say(isError bool, format string, args ...any) {
	t := fmt.Sprintf(format, args...)
	if !v.said[t] {
		v.said[t] = true
		v.findings = append(v.findings, Finding{isError, t})
	}
}

// Verify checks the staged CIB and reports what it finds. The error is ErrReported when there was an error
// among it; warnings alone are fine.
func (b *Buffer) Verify() error {
	if !b.report(b.Findings()) {
		return ErrReported
	}
	return nil
}

// Findings runs all checks and returns what they say.
func (b *Buffer) Findings() []Finding {
	v := &verifier{b: b, said: map[string]bool{}}
	for _, c := range checks {
		c(v)
	}
	return v.findings
}

// report prints findings; false if there is an error among them.
func (b *Buffer) report(findings []Finding) bool {
	ok := true
	for _, f := range findings {
		if f.Error {
			ok = false
			b.rep.Error("%s", f.Text)
		} else {
			b.rep.Warn("%s", f.Text)
		}
	}
	return ok
}

func checkSchemaRules(v *verifier) {
	for _, p := range cib.Validate(v.b.doc) {
		v.error("%s", p)
	}
}

func (b *Buffer) hasResources() bool {
	s := b.doc.Section("resources")
	return s != nil && len(s.ChildElements()) > 0
}

// checkScheduler has nothing to say where there is nothing to run.
func checkScheduler(v *verifier) {
	if v.b.opt.Warnings == nil || !v.b.hasResources() {
		return
	}
	errs, warnings := v.b.opt.Warnings(v.b.doc)
	for _, e := range errs {
		v.error("%s", e)
	}
	for _, w := range warnings {
		v.warn("%s", w)
	}
}

// checkConstraintParties: what constraints name must exist and be the outermost resource.
func checkConstraintParties(v *verifier) {
	for _, c := range v.b.constraints() {
		if !isConstraint(c.Tag) {
			continue
		}
		id := attr(c, "id")
		if n := c.SelectAttr("node"); n != nil && !v.b.isNode(n.Value) {
			v.warn("%s: referenced node %s does not exist%s", id, n.Value, meant(n.Value, v.b.nodeNames()))
		}
		if p := c.SelectAttr("rsc-pattern"); p != nil {
			if err := checkPattern(p.Value); err != nil {
				v.error("%s: '%s' may not be a valid regular expression (%v)", id, p.Value, err)
			}
		}
		for _, rsc := range parties(c) {
			v.party(id, rsc)
		}
	}
}

// parties are the resources that a constraint names, in order.
func parties(c *etree.Element) []string {
	var out []string
	for _, a := range []string{"rsc", "with-rsc", "first", "then"} {
		if x := c.SelectAttr(a); x != nil {
			out = append(out, x.Value)
		}
	}
	for _, s := range c.SelectElements("resource_set") {
		for _, r := range s.SelectElements("resource_ref") {
			out = append(out, attr(r, "id"))
		}
	}
	return out
}

func (v *verifier) party(constraint, rsc string) {
	e := v.b.ids[rsc]
	if e != nil && (e.Tag == "tag" || e.Tag == "template") {
		return
	}
	if e = v.b.resource(rsc); e == nil {
		v.warn("%s: resource %s does not exist%s", constraint, rsc, meant(rsc, v.b.IDs(func(e *etree.Element) bool { return isResource(e.Tag) })))
		return
	}
	switch top := topmost(e); {
	case top == e:
	case top.Tag == "group":
		v.warn("%s: resource %s is grouped, constraints should apply to the group", constraint, rsc)
	default:
		v.warn("%s: resource %s ambiguous, apply constraints to container", constraint, rsc)
	}
}

func checkTopology(v *verifier) {
	t := v.b.object(topologyID)
	if t == nil {
		return
	}
	for _, l := range t.ChildElements() {
		if n := l.SelectAttr("target"); n != nil && !v.b.isNode(n.Value) {
			v.warn("fencing_topology: target %s not a node%s", n.Value, meant(n.Value, v.b.nodeNames()))
		}
	}
	for _, l := range t.ChildElements() {
		for _, d := range strings.Split(attr(l, "devices"), ",") {
			d = strings.TrimSpace(d)
			e := v.b.resource(d)
			switch {
			case e == nil:
				v.warn("fencing_topology: resource %s does not exist", d)
			case e.Tag != "primitive" || !v.isStonith(e):
				v.warn("fencing_topology: %s not a stonith resource", d)
			}
		}
	}
}

func (v *verifier) isStonith(e *etree.Element) bool {
	a, ok := v.b.agentOf(e)
	return ok && a.Class == "stonith"
}
