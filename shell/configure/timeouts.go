package configure

import (
	"github.com/beevik/etree"

	"quorate/engine/rule"
	"quorate/ra"
)

// defaultTimeouts works on one primitive. One of a template has its timeouts from there.
func (b *Buffer) defaultTimeouts(e *etree.Element) {
	a, ok := b.agentOf(e)
	if !ok || attr(e, "template") != "" {
		return
	}
	m := b.meta(a)
	if m == nil {
		b.rep.Error("%s: got no meta-data, does this RA exist?", a)
		return
	}
	n := copyOf(e)
	ops := n.SelectElement("operations")
	have := map[string]bool{}
	if ops != nil {
		for _, op := range ops.SelectElements("op") {
			have[attr(op, "name")] = true
			if t := advised(m, op); t != "" {
				op.CreateAttr("timeout", t)
			}
		}
	}
	wanted := []string{"start", "stop"}
	if b.promotable(e) {
		wanted = append(wanted, "promote", "demote")
	}
	if metaValue(e, "allow-migrate") == "true" {
		wanted = append(wanted, "migrate_to", "migrate_from")
	}
	for _, w := range wanted {
		act := action(m, w)
		if have[w] || act == nil || act.Timeout == "" {
			continue
		}
		if ops == nil {
			ops = n.CreateElement("operations")
		}
		op := ops.CreateElement("op")
		for _, kv := range [][2]string{{"name", w}, {"timeout", act.Timeout}, {"interval", "0"}} {
			op.CreateAttr(kv[0], kv[1])
		}
		op.CreateAttr("id", b.freeID(idOf(e)+"-"+w+"-0"))
	}
	b.replace(e, n)
}

// action is what the agent says of an action, nil if it does not have it.
func action(m *ra.Metadata, name string) *ra.Action {
	for i := range m.Actions {
		if m.Actions[i].Name == name {
			return &m.Actions[i]
		}
	}
	return nil
}

// advised is the timeout that the agent advises for an op: that of the action with the same role, and of the same depth
// if there is one. An op without a role has the first action of its name.
func advised(m *ra.Metadata, op *etree.Element) string {
	if a := advisedAction(m, op); a != nil {
		return a.Timeout
	}
	return ""
}

func advisedAction(m *ra.Metadata, op *etree.Element) *ra.Action {
	name, role := attr(op, "name"), attr(op, "role")
	depth := ""
	for _, nv := range op.FindElements("instance_attributes/nvpair") {
		if k := attr(nv, "name"); k == "OCF_CHECK_LEVEL" || k == "depth" {
			depth = attr(nv, "value")
		}
	}
	var first *ra.Action
	for i := range m.Actions {
		a := &m.Actions[i]
		if a.Name != name || role != "" && a.Role != role {
			continue
		}
		if first == nil {
			first = a
		}
		if depth != "" && a.Depth == depth {
			return a
		}
	}
	return first
}

// newRole spells roles in the words of today.
func newRole(r string) string {
	switch r {
	case "Master":
		return "Promoted"
	case "Slave":
		return "Unpromoted"
	}
	return r
}

// metaValue is the value of a meta attribute of a resource, "" if it has none of that name.
func metaValue(e *etree.Element, name string) string {
	for _, s := range e.SelectElements("meta_attributes") {
		if v := valueOf(s, name); v != "" {
			return v
		}
	}
	return ""
}

// promotable tells whether a resource stands in a promotable clone.
func (b *Buffer) promotable(e *etree.Element) bool {
	for c := container(e); c != nil; c = container(c) {
		if c.Tag == "master" {
			return true
		}
		if rule.IsTrue(metaValue(c, "promotable")) {
			return true
		}
	}
	return false
}
