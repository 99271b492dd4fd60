package grammar

import (
	"strings"

	"github.com/beevik/etree"
)

// XML is "xml TEXT": the element as given.
type XML struct {
	Keyword string `parser:"@Word"`
	Words   items  `parser:"@@"`
	elem    *etree.Element
}

// defaultsTags are the elements that `xml` may give besides those that have a keyword.
var defaultsTags = set("meta_attributes", "rsc_defaults", "op_defaults")

func (x *XML) id() string {
	e := x.elem
	if e != nil && (e.Tag == "rsc_defaults" || e.Tag == "op_defaults") {
		e = e.SelectElement("meta_attributes")
	}
	switch {
	case e == nil:
		return ""
	case e.Tag == "node":
		return e.SelectAttrValue("uname", e.SelectAttrValue("id", ""))
	case e.Tag == "fencing-topology":
		return "fencing_topology"
	}
	return e.SelectAttrValue("id", "")
}

func (x *XML) check(s *stmt) *fault {
	parts := make([]string, len(x.Words.toks))
	for i, w := range x.Words.toks {
		parts[i] = w.Value
	}
	doc := etree.NewDocument()
	doc.ReadSettings.ValidateInput = true
	if err := doc.ReadFromString(strings.Join(parts, " ")); err != nil || doc.Root() == nil {
		if err == nil {
			err = errEmptyXML
		}
		return &fault{reason: "not well-formed XML: " + err.Error(), at: noWord}
	}
	x.elem = doc.Root()
	if keywordByTag[x.elem.Tag] == "" && !defaultsTags[x.elem.Tag] {
		return &fault{reason: "Unknown element " + x.elem.Tag, at: 1}
	}
	stripSpace(x.elem)
	return nil
}

func (x *XML) build(b *builder, s *stmt) (*etree.Element, error) {
	e := x.elem.Copy()
	return e, nil
}
