package configure

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/rule"
	"quorate/grammar"
	"quorate/ra"
)

// sets has the section of each kind of property set.
var sets = map[string]string{"property": "crm_config", "rsc_defaults": "rsc_defaults", "op_defaults": "op_defaults"}

// kindOfSection is the other way round.
var kindOfSection = map[string]string{"crm_config": "property", "rsc_defaults": "rsc_defaults", "op_defaults": "op_defaults"}

// defineProperties adds properties to the set that the statement means, or makes it.
func (b *Buffer) defineProperties(st grammar.Statement) error {
	e, err := b.element(st, nil)
	if err != nil {
		return err
	}
	if id := e.SelectAttr("id"); id != nil && b.ids[id.Value] == nil && !ValidID(id.Value) {
		return fmt.Errorf("%s: invalid object id", id.Value)
	}
	if st.Keyword() == "property" && rule.IsTrue(valueOf(e, "maintenance-mode")) {
		b.clearMaintenance()
	}
	return b.mergeProperties(st.Keyword(), e)
}

// mergeProperties merges a set into the one with the same id: pairs by name, a rule replaces the rule.
func (b *Buffer) mergeProperties(kind string, e *etree.Element) error {
	section := b.section(sets[kind])
	id := attr(e, "id")
	old := b.ids[id]
	if id == "" || old == nil {
		lastWins(e)
		b.insert(section, e, -1)
		return nil
	}
	if old.Parent() != section {
		return fmt.Errorf("Cannot create %s with ID '%s': Found existing %s with same ID.", kind, id, typeOf(old))
	}
	n := copyOf(old)
	if r := e.SelectElement("rule"); r != nil {
		if was := n.SelectElement("rule"); was != nil {
			n.RemoveChild(was)
		}
		n.AddChild(copyOf(r))
	}
	mergePairs(n, e)
	for _, nv := range n.SelectElements("nvpair") {
		if got := b.ids[attr(nv, "id")]; got != nil && !within(got, old) {
			nv.CreateAttr("id", b.freeID(attr(nv, "id")))
		}
	}
	for i := len(e.Child) - 1; i >= 0; i-- {
		if c, ok := e.Child[i].(*etree.Comment); ok {
			n.InsertChildAt(0, etree.NewComment(c.Data))
		}
	}
	b.replace(old, n)
	return nil
}

// lastWins leaves one pair of each name: the first with the value of the last.
func lastWins(set *etree.Element) {
	for _, nv := range set.SelectElements("nvpair") {
		if first := pairNamed(set, attr(nv, "name")); first != nv && nv.SelectAttr("id-ref") == nil && first.SelectAttr("id-ref") == nil {
			first.CreateAttr("value", attr(nv, "value"))
			set.RemoveChild(nv)
		}
	}
}

func valueOf(set *etree.Element, name string) string {
	if nv := pairNamed(set, name); nv != nil {
		return attr(nv, "value")
	}
	return ""
}

// clearMaintenance removes what contradicts maintenance-mode=true: maintenance and is-managed of resources and nodes.
func (b *Buffer) clearMaintenance() {
	for _, e := range b.objects() {
		tag := ""
		switch {
		case isResource(e.Tag):
			tag = "meta_attributes"
		case e.Tag == "node":
			tag = "instance_attributes"
		default:
			continue
		}
		names := []string{"maintenance"}
		if tag == "meta_attributes" {
			names = append(names, "is-managed")
		}
		if b.hasPair(e, tag, names) && b.confirm(fmt.Sprintf("'%s' attribute already exists in %s. Remove it", strings.Join(names, "' or '"), idOf(e))) {
			b.dropPairs(e, tag, names)
		}
	}
}

func (b *Buffer) hasPair(e *etree.Element, tag string, names []string) bool {
	for _, s := range e.SelectElements(tag) {
		for _, n := range names {
			if pairNamed(s, n) != nil {
				return true
			}
		}
	}
	return false
}

// dropPairs removes pairs by name; a set that they leave empty goes too.
func (b *Buffer) dropPairs(e *etree.Element, tag string, names []string) {
	for _, s := range e.SelectElements(tag) {
		for _, n := range names {
			if nv := pairNamed(s, n); nv != nil {
				b.remove(nv)
			}
		}
		if len(s.ChildElements()) == 0 {
			b.remove(s)
		}
	}
}

// GetProperty returns the values of cluster properties, one a line: the configured one, else the default.
// args are "[-t] [NAME…]"; without a name it is the list of names; -t asks for true or false.
func (b *Buffer) GetProperty(args []string) (string, error) {
	truth := false
	if len(args) > 0 && (args[0] == "-t" || args[0] == "--true") {
		truth, args = true, args[1:]
	}
	var out []string
	if len(args) == 0 {
		for _, p := range ra.Properties() {
			out = append(out, p.Name)
		}
		return strings.Join(out, "\n"), nil
	}
	for _, n := range args {
		v, ok := b.property(n)
		switch {
		case truth:
			out = append(out, fmt.Sprint(ok && rule.IsTrue(v)))
		case !ok:
			return strings.Join(out, "\n"), fmt.Errorf("configure.get_property: %s: Property not set", n)
		default:
			out = append(out, v)
		}
	}
	return strings.Join(out, "\n"), nil
}

// property is the configured value of a cluster property, else its default.
func (b *Buffer) property(name string) (string, bool) {
	if s := b.doc.Section("crm_config"); s != nil {
		for _, set := range s.SelectElements("cluster_property_set") {
			if nv := pairNamed(set, name); nv != nil {
				return attr(nv, "value"), true
			}
		}
	}
	if p := ra.Property(name); p != nil && p.HasDefault {
		return p.Default, true
	}
	return "", false
}
