package configure

import (
	"slices"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/cib"
)

// applyElement stages an element given as XML, whole, with the members that stand in it.
func (b *Buffer) applyElement(e *etree.Element) error {
	if p := e.Tag; p == "rsc_defaults" || p == "op_defaults" {
		for _, s := range e.ChildElements() {
			if err := b.mergeProperties(p, s); err != nil {
				return err
			}
		}
		return nil
	}
	switch e.Tag {
	case "fencing-topology":
		return b.create(e)
	case "cluster_property_set":
		return b.mergeProperties("property", e)
	case "meta_attributes":
		if old := b.ids[attr(e, "id")]; old != nil && isDefaults(old) {
			b.replace(old, e)
			return nil
		}
		return b.mergeProperties("rsc_defaults", e)
	}
	for _, m := range members(e) {
		if old := b.object(idOf(m)); old != nil && (container(old) == nil || idOf(container(old)) != idOf(e)) {
			b.remove(old)
		}
	}
	old := b.sameObject(typeOf(e), idOf(e))
	if old == nil {
		b.insert(b.section(sectionOf[e.Tag]), e, -1)
		return nil
	}
	b.releaseMembers(old, e)
	b.replace(old, e)
	return nil
}

// releaseMembers makes members of old that stand not in e, which takes its place, resources of their own.
func (b *Buffer) releaseMembers(old, e *etree.Element) {
	for _, m := range members(old) {
		if !slices.ContainsFunc(members(e), func(k *etree.Element) bool { return idOf(k) == idOf(m) }) {
			b.move(m, b.section("resources"), -1)
		}
	}
}

// loadXML imports a whole CIB document.
func (b *Buffer) loadXML(method, text string) error {
	d, err := cib.Parse([]byte(text))
	if err != nil {
		if strings.Contains(text, "<configuration") {
			b.rep.Warn("CIB has no configuration element")
		}
		b.rep.Error("%v", err)
		return ErrReported
	}
	conf := d.Section("configuration")
	if conf == nil {
		b.rep.Error("CIB has no configuration element")
		return ErrReported
	}
	if method == "replace" {
		b.erase(false, true)
	}
	given := map[string]bool{}
	for _, section := range conf.ChildElements() {
		if err := b.applySection(section, given); err != nil {
			return err
		}
	}
	if method == "push" {
		b.deleteOthers(b.objects(), given)
	}
	for _, c := range b.constraints() {
		if isConstraint(c.Tag) && given[key(typeOf(c), idOf(c))] && !b.checkParties(c) {
			return ErrReported
		}
	}
	return nil
}

// applySection stages what a section of a CIB has, and notes in given what that is.
func (b *Buffer) applySection(section *etree.Element, given map[string]bool) error {
	if section.Tag == "fencing-topology" {
		given[key("fencing_topology", topologyID)] = true
		return b.applyElement(copyOf(section))
	}
	kind := kindOfSection[section.Tag]
	for _, e := range section.ChildElements() {
		for _, o := range appendObject(nil, e) {
			given[key(typeOf(o), idOf(o))] = true
		}
		n, old := copyOf(e), b.ids[attr(e, "id")]
		var err error
		switch {
		case kind != "" && old != nil && old.Parent() == b.section(section.Tag):
			b.replace(old, n) // whole, as any other object
		case kind != "":
			err = b.mergeProperties(kind, n)
		default:
			err = b.applyElement(n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
