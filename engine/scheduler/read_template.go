package scheduler

import (
	"errors"

	"github.com/beevik/etree"
)

// expandTemplate returns the element of a resource with its template merged in, and its
// operations. The primitive's children come after the template's, so that they win ties.
func (c *Cluster) expandTemplate(e *etree.Element) (*etree.Element, []*opDef, error) {
	ref, ok := attrOK(e, "template")
	if !ok {
		return e, c.readOps(e), nil
	}
	if m, done := c.expanded[e]; done {
		return m, c.readOps(m), nil
	}
	t := c.byID(ref)
	if t == nil || t.Tag != "template" || ref == attr(e, "id") {
		return nil, nil, errors.New("template " + ref + " of resource " + attr(e, "id") + " does not exist")
	}
	m := t.Copy()
	m.Tag = "primitive"
	m.CreateAttr("id", attr(e, "id"))
	own := kid(e, "operations")
	from := kid(m, "operations")
	for _, k := range kids(e, "") {
		if k == own && from != nil {
			continue
		}
		m.AddChild(k.Copy())
	}
	if from != nil && own != nil {
		mergeOperations(m, from, own.Copy())
	}
	c.templates[ref] = append(c.templates[ref], attr(e, "id"))
	c.expanded[e] = m
	return m, c.readOps(m), nil
}

// mergeOperations adds those of the template whose name and role the primitive does not have.
// The interval does not tell them apart.
func mergeOperations(m, from, own *etree.Element) {
	have := map[string]bool{}
	for _, op := range kids(own, "op") {
		have[templateOpKey(op)] = true
	}
	for _, op := range kids(from, "op") {
		if !have[templateOpKey(op)] {
			own.AddChild(op.Copy())
		}
	}
	m.RemoveChild(from)
	m.AddChild(own)
}

func templateOpKey(op *etree.Element) string {
	role := RoleStarted
	if r := parseRole(attr(op, "role")); r == RolePromoted || r == RoleStopped {
		role = r
	}
	return attr(op, "name") + "-" + role.String()
}

// readOps reads the <operations> of a resource; instances of a clone share the result.
func (c *Cluster) readOps(e *etree.Element) []*opDef {
	o := kid(e, "operations")
	if o == nil {
		return nil
	}
	if ops, ok := c.opDefs[o]; ok {
		return ops
	}
	key := o
	o = c.deref(o)
	var out []*opDef
	for _, op := range kids(o, "op") {
		op = c.deref(op)
		d := &opDef{name: attr(op, "name"), elem: op, role: attr(op, "role"), enabled: !isFalse(attr(op, "enabled"))}
		if s := attr(op, "interval"); s != "" {
			ms, ok := parseMS(s)
			d.interval, d.badTime = ms, !ok
		}
		out = append(out, d)
	}
	c.opDefs[key] = out
	return out
}
