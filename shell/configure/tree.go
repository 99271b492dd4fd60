package configure

import (
	"strings"

	"github.com/beevik/etree"
)

// step is one change of the staged tree; it can be taken back.
type step struct {
	parent, elem *etree.Element
	index        int      // place among the parent's tokens
	inserted     bool     // else removed
	spent        []string // ids in elem that what came into its place does not have
	attr         string
	was, now     *string // attr != "": the values before and after, nil = absent
}

// begin marks where a command's changes begin.
func (b *Buffer) begin() { b.marks = append(b.marks, len(b.steps)) }

// Undo takes back the newest command that changed something. It reports whether there was one.
func (b *Buffer) Undo() bool {
	for len(b.marks) > 0 {
		m := b.marks[len(b.marks)-1]
		b.marks = b.marks[:len(b.marks)-1]
		if m < len(b.steps) {
			b.rollback(m)
			b.journal.drop()
			return true
		}
	}
	return false
}

// rollback takes back all steps behind mark.
func (b *Buffer) rollback(mark int) {
	for i := len(b.steps) - 1; i >= mark; i-- {
		s := b.steps[i]
		for _, id := range s.spent {
			b.spent[id]--
		}
		switch {
		case s.attr != "":
			b.putAttr(s.elem, s.attr, s.was)
		case s.inserted:
			s.parent.RemoveChild(s.elem)
			b.leave(s.elem)
		default:
			s.parent.InsertChildAt(s.index, s.elem)
			b.enter(s.elem)
		}
	}
	b.steps = b.steps[:mark]
	b.doc.Touch()
}

// putAttr sets or (nil) removes an attribute, and keeps the table of ids right.
func (b *Buffer) putAttr(e *etree.Element, key string, v *string) {
	b.leaveOne(e)
	if v == nil {
		e.RemoveAttr(key)
	} else {
		e.CreateAttr(key, *v)
	}
	b.enterOne(e)
}

// insert puts e into parent before the token at index; -1 = at the end.
func (b *Buffer) insert(parent, e *etree.Element, index int) {
	if index < 0 || index >= len(parent.Child) {
		parent.AddChild(e)
	} else {
		parent.InsertChildAt(index, e)
	}
	b.enter(e)
	b.steps = append(b.steps, step{parent: parent, elem: e, index: e.Index(), inserted: true})
	b.doc.Touch()
}

// remove takes e out of the tree.
func (b *Buffer) remove(e *etree.Element) {
	parent, index := e.Parent(), e.Index()
	parent.RemoveChildAt(index)
	b.leave(e)
	b.steps = append(b.steps, step{parent: parent, elem: e, index: index})
	b.doc.Touch()
}

// replace puts e in the place of old.
func (b *Buffer) replace(old, e *etree.Element) {
	parent, index := old.Parent(), old.Index()
	b.remove(old)
	b.insert(parent, e, index)
	b.spend(old, &b.steps[len(b.steps)-1])
}

// spend notes the ids inside e that are not in the tree any more.
func (b *Buffer) spend(e *etree.Element, s *step) {
	if a := e.SelectAttr("id"); a != nil && !referenceTags[e.Tag] && b.ids[a.Value] == nil {
		s.spent = append(s.spent, a.Value)
		b.spent[a.Value]++
	}
	for _, c := range e.ChildElements() {
		b.spend(c, s)
	}
}

// taken tells whether an id is not free for something new.
func (b *Buffer) taken(id string) bool { return b.ids[id] != nil || b.spent[id] > 0 }

// move puts e, which is in the tree, at the end of parent.
func (b *Buffer) move(e, parent *etree.Element, index int) {
	b.remove(e)
	b.insert(parent, e, index)
}

// setAttr sets an attribute of an element that stays in the tree; value "" with drop removes it.
func (b *Buffer) setAttr(e *etree.Element, key, value string, drop bool) {
	s := step{elem: e, attr: key}
	if a := e.SelectAttr(key); a != nil {
		v := a.Value
		s.was = &v
	}
	if !drop {
		s.now = &value
	}
	b.putAttr(e, key, s.now)
	b.steps = append(b.steps, s)
	b.doc.Touch()
}

// index builds the table of ids of the configuration.
func (b *Buffer) index() {
	b.ids = map[string]*etree.Element{}
	b.spent = map[string]int{}
	b.refs = map[string]int{}
	if c := b.doc.Section("configuration"); c != nil {
		b.enter(c)
	}
}

// referenceTags are the elements whose id attribute names another element; and nodes, whose ids are of their own kind:
// a node may be called like the resource that connects to it.
var referenceTags = map[string]bool{"resource_ref": true, "obj_ref": true, "role": true, "role_ref": true, "node": true}

func (b *Buffer) enter(e *etree.Element) {
	b.enterOne(e)
	for _, c := range e.Child {
		if c, ok := c.(*etree.Element); ok {
			b.enter(c)
		}
	}
}

func (b *Buffer) enterOne(e *etree.Element) {
	for i := range e.Attr {
		switch {
		case e.Attr[i].Key == "id" && !referenceTags[e.Tag]:
			b.ids[e.Attr[i].Value] = e
		case e.Attr[i].Key == "id-ref":
			b.refs[e.Attr[i].Value]++
		}
	}
}

func (b *Buffer) leave(e *etree.Element) {
	b.leaveOne(e)
	for _, c := range e.Child {
		if c, ok := c.(*etree.Element); ok {
			b.leave(c)
		}
	}
}

func (b *Buffer) leaveOne(e *etree.Element) {
	for i := range e.Attr {
		switch v := e.Attr[i].Value; {
		case e.Attr[i].Key == "id" && b.ids[v] == e:
			delete(b.ids, v)
		case e.Attr[i].Key == "id-ref":
			b.refs[v]--
		}
	}
}

// section returns a section of the configuration, and makes it if it is missing.
func (b *Buffer) section(name string) *etree.Element {
	if s := b.doc.Section(name); s != nil {
		return s
	}
	conf := b.doc.Section("configuration")
	if conf == nil {
		conf = etree.NewElement("configuration")
		b.insert(b.doc.Root(), conf, 0)
	}
	s := etree.NewElement(name)
	b.insert(conf, s, -1)
	return s
}

// sectionOf names the section that an object belongs to, by its tag.
var sectionOf = map[string]string{
	"node": "nodes", "primitive": "resources", "template": "resources", "group": "resources", "clone": "resources",
	"master": "resources", "bundle": "resources", "rsc_location": "constraints", "rsc_colocation": "constraints",
	"rsc_order": "constraints", "rsc_ticket": "constraints", "cluster_property_set": "crm_config", "tag": "tags",
	"acl_role": "acls", "acl_target": "acls", "acl_group": "acls", "acl_user": "acls", "alert": "alerts",
}

func attr(e *etree.Element, name string) string { return e.SelectAttrValue(name, "") }

// isResource tells whether a tag is that of a resource.
func isResource(tag string) bool {
	switch tag {
	case "primitive", "group", "clone", "master", "bundle":
		return true
	}
	return false
}

func isContainer(tag string) bool { return isResource(tag) && tag != "primitive" }

func isConstraint(tag string) bool {
	return strings.HasPrefix(tag, "rsc_") && sectionOf[tag] == "constraints"
}

// copyOf is a deep copy of an element that shares nothing with it.
func copyOf(e *etree.Element) *etree.Element {
	c := etree.NewElement(e.Tag)
	c.Space = e.Space
	for _, a := range e.Attr {
		c.Attr = append(c.Attr, etree.Attr{Space: a.Space, Key: a.Key, Value: a.Value})
	}
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.Element:
			c.AddChild(copyOf(t))
		case *etree.CharData:
			c.AddChild(etree.NewText(t.Data))
		case *etree.Comment:
			c.AddChild(etree.NewComment(t.Data))
		}
	}
	return c
}
