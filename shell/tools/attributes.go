package tools

import (
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/cib"
)

// attributeSet is a place for name-value pairs in the CIB: the sets of one tag below one element.
type attributeSet struct {
	scope   string      // how the tools call it
	section string      // as for cib.Document.Section
	path    [][2]string // tag and id ("" = none) of the elements from the section down to the sets' parent
	tag     string      // of the set
	id      string      // of the set to create; "" with a resource's means: the first one there is
}

// pair is one name-value pair with the set that holds it.
type pair struct{ set, nvpair *etree.Element }

func (p pair) name() string  { return p.nvpair.SelectAttrValue("name", "") }
func (p pair) value() string { return p.nvpair.SelectAttrValue("value", "") }
func (p pair) id() string    { return p.nvpair.SelectAttrValue("id", "") }
func (p pair) setID() string { return p.set.SelectAttrValue("id", "") }

// parent returns the element whose children are the sets, nil if the document has none.
func (s attributeSet) parent(doc *cib.Document) *etree.Element {
	e := doc.Section(s.section)
	for _, step := range s.path {
		if e == nil {
			return nil
		}
		e = child(e, step[0], step[1])
	}
	return e
}

// child returns the child with the tag and id ("" = any).
func child(e *etree.Element, tag, id string) *etree.Element {
	for _, c := range e.SelectElements(tag) {
		if id == "" || c.SelectAttrValue("id", "") == id {
			return c
		}
	}
	return nil
}

// pairs returns the pairs in all sets, or in the set with the id onlySet, that keep accepts.
func (s attributeSet) pairs(doc *cib.Document, onlySet string, keep func(pair) bool) []pair {
	var found []pair
	parent := s.parent(doc)
	if parent == nil {
		return nil
	}
	for _, set := range parent.SelectElements(s.tag) {
		if onlySet != "" && set.SelectAttrValue("id", "") != onlySet {
			continue
		}
		for _, nv := range set.SelectElements("nvpair") {
			if p := (pair{set, nv}); keep(p) {
				found = append(found, p)
			}
		}
	}
	return found
}

// write makes the request that sets one pair in the set with the given id.
func (s attributeSet) write(setID, pairID, name, value string) cib.Request {
	root := newElement(s.section)
	e := root
	for _, step := range s.path {
		c := newElement(step[0])
		if step[1] != "" {
			c.CreateAttr("id", step[1])
		}
		e.AddChild(c)
		e = c
	}
	set := newElement(s.tag, "id", setID)
	e.AddChild(set)
	set.AddChild(newElement("nvpair", "id", pairID, "name", name, "value", value))
	return cib.Request{Op: cib.OpModify, Section: s.section, XML: xmlText(root), AllowCreate: true}
}

// remove makes the request that deletes one pair.
func (s attributeSet) remove(p pair) cib.Request {
	return cib.Request{Op: cib.OpDelete, Section: s.section, XML: xmlText(newElement("nvpair", "id", p.id(), "name", p.name()))}
}

// pairID makes the id of a new pair. Status has no schema, so there only what other software trips over
// is replaced.
func (s attributeSet) pairID(set, name string) string {
	if s.section == "status" {
		return statusIDs.Replace(set + "-" + name)
	}
	return xmlID(set + "-" + name)
}

var statusIDs = strings.NewReplacer("#", ".", ":", ".")

// xmlID makes a text fit to be an XML id: what may not be in one becomes a dot.
func xmlID(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.', r > 127:
			return r
		}
		return '.'
	}, text)
}
