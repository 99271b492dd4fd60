package shell

import (
	"github.com/beevik/etree"
)

// node finds a node by name, nil if there is none.
func (e *confEdit) node(name string) *etree.Element {
	for _, n := range e.section("nodes").SelectElements("node") {
		if n.SelectAttrValue("uname", "") == name {
			return n
		}
	}
	return nil
}

func (e *confEdit) nodeNames() []string {
	var names []string
	for _, n := range e.section("nodes").SelectElements("node") {
		names = append(names, n.SelectAttrValue("uname", ""))
	}
	return names
}

// mustNode finds a node or says which there are.
func (e *confEdit) mustNode(name string) (*etree.Element, error) {
	if n := e.node(name); n != nil {
		return n, nil
	}
	return nil, e.nodeNotFound(name)
}

// setNodeAttribute sets an attribute of a node; a new set gets the id that crm_attribute gives it.
func (e *confEdit) setNodeAttribute(n *etree.Element, setTag, name, value string) {
	id := "nodes-" + idOf(n)
	if setTag == "utilization" {
		id += "-utilization"
	}
	e.setAttribute(n, setTag, id, name, value)
}
