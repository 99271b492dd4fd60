package simulate

import (
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/cib"
)

// editor changes a CIB and counts the changes: status changes in num_updates, others in epoch.
type editor struct {
	doc *cib.Document
	now time.Time // stamped into what is recorded

	states    map[string]*etree.Element                      // node_state by uname
	histories map[*etree.Element]map[string][]*etree.Element // lrm_resource by id, of each lrm_resources
}

// historiesIn indexes an lrm_resources element: big clusters have thousands of entries, and each is looked up often.
func (e *editor) historiesIn(list *etree.Element) map[string][]*etree.Element {
	if known, ok := e.histories[list]; ok {
		return known
	}
	index := map[string][]*etree.Element{}
	for _, t := range list.Child {
		if c, ok := t.(*etree.Element); ok && c.Tag == "lrm_resource" {
			id := c.SelectAttrValue("id", "")
			index[id] = append(index[id], c)
		}
	}
	if e.histories == nil {
		e.histories = map[*etree.Element]map[string][]*etree.Element{}
	}
	e.histories[list] = index
	return index
}

func (e *editor) statusChanged() { e.count("num_updates") }

func (e *editor) configurationChanged() {
	e.count("epoch")
	set(e.doc.Root(), "num_updates", "0")
}

func (e *editor) count(name string) {
	root := e.doc.Root()
	n, _ := strconv.Atoi(root.SelectAttrValue(name, "0"))
	set(root, name, strconv.Itoa(n+1))
}

// set changes an attribute in its place, or appends it.
func set(e *etree.Element, name, value string) (changed bool) {
	for i := range e.Attr {
		if a := &e.Attr[i]; a.Key == name && a.Space == "" {
			changed, a.Value = a.Value != value, value
			return changed
		}
	}
	e.Attr = append(e.Attr, etree.Attr{Key: name, Value: value})
	return true
}

// setAll takes names and values in turn; it tells whether any was another before.
func setAll(e *etree.Element, pairs ...string) (changed bool) {
	for i := 0; i+1 < len(pairs); i += 2 {
		changed = set(e, pairs[i], pairs[i+1]) || changed
	}
	return changed
}

// child finds the first child of a tag, and makes it where there is none; pairs are attributes of a new one.
func child(parent *etree.Element, tag string, pairs ...string) *etree.Element {
	for _, t := range parent.Child {
		if c, ok := t.(*etree.Element); ok && c.Tag == tag {
			return c
		}
	}
	return create(parent, tag, pairs...)
}

func create(parent *etree.Element, tag string, pairs ...string) *etree.Element {
	c := etree.NewElement(tag)
	setAll(c, pairs...)
	parent.AddChild(c)
	return c
}

// with finds the child of a tag whose attribute has a value.
func with(parent *etree.Element, tag, name, value string) *etree.Element {
	for _, t := range parent.Child {
		if c, ok := t.(*etree.Element); ok && c.Tag == tag && c.SelectAttrValue(name, "") == value {
			return c
		}
	}
	return nil
}

func (e *editor) status() *etree.Element { return child(e.doc.Root(), "status") }

// nodeState finds the state of a node; a missing one is made with the id.
func (e *editor) nodeState(name, id string) *etree.Element {
	if s := e.states[name]; s != nil {
		return s
	}
	s := with(e.status(), "node_state", "uname", name)
	if s == nil {
		s = create(e.status(), "node_state", "id", id, "uname", name)
		e.statusChanged()
	}
	if e.states == nil {
		e.states = map[string]*etree.Element{}
	}
	e.states[name] = s
	return s
}

// nodeID is the configured id of a node, its name if it has none.
func (e *editor) nodeID(name string) string {
	if nodes := e.doc.Section("nodes"); nodes != nil {
		if n := with(nodes, "node", "uname", name); n != nil {
			return n.SelectAttrValue("id", name)
		}
	}
	return name
}

// wipe removes what a node that went down does not have any more.
func (e *editor) wipe(state *etree.Element) {
	for _, tag := range []string{"lrm", "transient_attributes"} {
		for c := state.SelectElement(tag); c != nil; c = state.SelectElement(tag) {
			state.RemoveChild(c)
			e.statusChanged()
		}
	}
}

// configureNode adds a node that the configuration does not have.
func (e *editor) configureNode(name string) {
	nodes := e.doc.Section("nodes")
	if nodes == nil || with(nodes, "node", "uname", name) != nil {
		return
	}
	create(nodes, "node", "id", name, "uname", name)
	e.configurationChanged()
}

// xmlID replaces what must not be in an id.
func xmlID(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
			return r
		}
		return '.'
	}, s)
}
