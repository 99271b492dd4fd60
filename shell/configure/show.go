package configure

import (
	"path"
	"strings"

	"github.com/beevik/etree"

	"quorate/grammar"
)

// Show returns the text of the chosen objects, without a final newline. args are "[xml] [SPEC…]": ids and
// globs, type:T, tag:T, related:X, changed, obscure:GLOB, joined by or; "and" keeps what the next one also has.
func (b *Buffer) Show(args []string) (string, error) {
	xml := false
	if len(args) > 0 && args[0] == "xml" {
		xml, args = true, args[1:]
	}
	sel, err := b.choose(args)
	if err != nil {
		return "", err
	}
	if xml {
		return b.skeleton(sel.objects, sel.obscure) + "\n", nil // with a blank line behind it
	}
	if t := b.doc.Section("fencing-topology"); t != nil && len(args) == 0 && len(t.ChildElements()) == 0 {
		sel.objects = append(sel.objects, t) // as the reference shows that the section is there
		sortObjects(sel.objects, b.opt.Unsorted)
	}
	env := b.renderEnv(sel.obscure)
	env.Style = b.opt.Style
	return b.text(sel.objects, env), nil
}

// selection is what specs chose.
type selection struct {
	objects []*etree.Element // in the order of a listing
	obscure []string
}

// choose evaluates specs; without any it is everything.
func (b *Buffer) choose(specs []string) (selection, error) {
	sel := selection{obscure: b.opt.Obscure}
	all := b.objects()
	chosen := map[*etree.Element]bool{}
	any, and := false, false
	for _, s := range specs {
		switch {
		case s == "or" || s == "and":
			and = s == "and"
			continue
		case strings.HasPrefix(s, "obscure:"):
			sel.obscure = append(append([]string(nil), sel.obscure...), strings.TrimPrefix(s, "obscure:"))
			continue
		}
		found, err := b.match(s, all)
		if err != nil {
			return sel, err
		}
		if and {
			for e := range chosen {
				if !found[e] {
					delete(chosen, e)
				}
			}
		} else {
			for e := range found {
				chosen[e] = true
			}
		}
		any, and = true, false
	}
	for _, e := range all {
		if !any || chosen[e] {
			sel.objects = append(sel.objects, e)
		}
	}
	sortObjects(sel.objects, b.opt.Unsorted)
	return sel, nil
}

// match returns the objects that one spec means.
func (b *Buffer) match(spec string, all []*etree.Element) (map[*etree.Element]bool, error) {
	keep := func(f func(*etree.Element) bool) map[*etree.Element]bool {
		out := map[*etree.Element]bool{}
		for _, e := range all {
			if f(e) {
				out[e] = true
			}
		}
		return out
	}
	kind, arg, has := strings.Cut(spec, ":")
	switch {
	case spec == "changed":
		changed := b.changedIDs()
		return keep(func(e *etree.Element) bool { return changed[idOf(e)] }), nil
	case has && kind == "type":
		return keep(func(e *etree.Element) bool { return typeOf(e) == arg }), nil
	case has && kind == "tag":
		return b.tagged(arg), nil
	case has && kind == "related":
		return b.related(arg, all), nil
	case strings.ContainsAny(spec, "*?["):
		return keep(func(e *etree.Element) bool { ok, _ := path.Match(spec, idOf(e)); return ok }), nil
	}
	e := b.object(spec)
	if e == nil {
		return nil, b.noObject(spec)
	}
	return map[*etree.Element]bool{e: true}, nil
}

// tagged returns the objects of a tag.
func (b *Buffer) tagged(tag string) map[*etree.Element]bool {
	out := map[*etree.Element]bool{}
	if t := b.ids[tag]; t != nil && t.Tag == "tag" {
		for _, r := range t.SelectElements("obj_ref") {
			if e := b.object(attr(r, "id")); e != nil {
				out[e] = true
			}
		}
	}
	return out
}

// related returns an object, its containers, and the constraints and tags that name it; and the resources whose agent
// is of that type, alone or with class and provider.
func (b *Buffer) related(x string, all []*etree.Element) map[*etree.Element]bool {
	out := map[*etree.Element]bool{}
	for e := b.object(x); e != nil; e = container(e) {
		out[e] = true
	}
	known := len(out) > 0
	for _, e := range all {
		switch {
		case e.Tag == "primitive" || e.Tag == "template":
			if x != "" && (attr(e, "type") == x || attr(e, "class")+":"+attr(e, "provider")+":"+attr(e, "type") == x) {
				out[e] = true
			}
		case known && isConstraint(e.Tag) && names(e, x), known && e.Tag == "tag" && tagHas(e, x):
			out[e] = true
		}
	}
	return out
}

func tagHas(t *etree.Element, id string) bool {
	for _, r := range t.SelectElements("obj_ref") {
		if attr(r, "id") == id {
			return true
		}
	}
	return false
}

// changedIDs are the objects that are new or differ from the loaded ones.
func (b *Buffer) changedIDs() map[string]bool {
	was := map[string]string{}
	base := &Buffer{doc: b.base}
	for _, e := range base.objects() {
		was[idOf(e)] = shallow(e)
	}
	out := map[string]bool{}
	for _, e := range b.objects() {
		if was[idOf(e)] != shallow(e) {
			out[idOf(e)] = true
		}
	}
	return out
}

// shallow is the XML of an object with its members by name only.
func shallow(e *etree.Element) string {
	c := copyOf(e)
	for _, m := range members(c) {
		ref := etree.NewElement("member")
		ref.CreateAttr("id", attr(m, "id"))
		c.InsertChildAt(m.Index(), ref)
		c.RemoveChild(m)
	}
	d := etree.NewDocumentWithRoot(c)
	d.WriteSettings.CanonicalAttrVal = true
	s, _ := d.WriteToString() // a string builder never fails
	return s
}

// renderEnv is what the grammar asks when it writes text.
func (b *Buffer) renderEnv(obscure []string) grammar.RenderEnv {
	return grammar.RenderEnv{
		Referenced: func(id string) bool { return b.refs[id] > 0 },
		Obscure:    func(n string) bool { return obscured(n, obscure) },
		Provider:   b.providerOf,
		Nodes:      b.nodeNames,
		Schema:     b.schema(),
	}
}

func obscured(name string, globs []string) bool {
	for _, g := range globs {
		if ok, _ := path.Match(g, name); ok {
			return true
		}
	}
	return false
}

// text renders objects, one below the other.
func (b *Buffer) text(es []*etree.Element, env grammar.RenderEnv) string {
	lines := make([]string, 0, len(es))
	for _, e := range es {
		lines = append(lines, grammar.Render(e, env))
	}
	return strings.Join(lines, "\n")
}

// skeleton is the whole <cib> with the chosen objects only; a member of a container brings the container along.
func (b *Buffer) skeleton(es []*etree.Element, obscure []string) string {
	want := map[*etree.Element]bool{}
	for _, e := range es {
		want[topmost(e)] = true
	}
	root := etree.NewElement("cib")
	for _, a := range b.doc.Root().Attr {
		root.CreateAttr(a.FullKey(), a.Value)
	}
	conf := root.CreateElement("configuration")
	if c := b.doc.Section("configuration"); c != nil {
		for _, s := range c.ChildElements() {
			if s.Tag == "fencing-topology" {
				if want[s] {
					conf.AddChild(copyOf(s))
				}
				continue
			}
			sec := etree.NewElement(s.Tag)
			for _, e := range s.ChildElements() {
				if want[e] {
					sec.AddChild(copyOf(e))
				}
			}
			if len(sec.Child) > 0 || fixedSections[s.Tag] {
				conf.AddChild(sec)
			}
		}
	}
	for _, nv := range root.FindElements(".//nvpair") {
		if a := nv.SelectAttr("value"); a != nil && obscured(attr(nv, "name"), obscure) {
			a.Value = "******"
		}
	}
	d := etree.NewDocumentWithRoot(root)
	d.WriteSettings.CanonicalAttrVal = true
	d.Indent(2)
	s, _ := d.WriteToString() // a string builder never fails
	return "<?xml version=\"1.0\" ?>\n" + strings.ReplaceAll(s, "&apos;", "'")
}

// fixedSections are those that every CIB has.
var fixedSections = map[string]bool{"crm_config": true, "nodes": true, "resources": true, "constraints": true}
