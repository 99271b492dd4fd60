package cib

import "github.com/beevik/etree"

// referring are the elements whose id attribute names another object instead of being their own.
var referring = map[string]bool{"resource_ref": true, "obj_ref": true, "role": true, "role_ref": true}

// ByID returns the object of the configuration with that id, or nil. References to it (in sets, tags
// and ACL targets) are not objects. The first call builds an index; requests keep it right.
func (d *Document) ByID(id string) *etree.Element {
	if d.ids == nil {
		d.ids = make(map[string]*etree.Element)
		if c := child(d.root, "configuration"); c != nil {
			d.enter(c)
		}
	}
	return d.ids[id]
}

// enter puts e and everything below it into the index; an id that is taken keeps its first owner.
func (d *Document) enter(e *etree.Element) {
	d.enterOne(e)
	for _, t := range e.Child {
		if c, ok := t.(*etree.Element); ok {
			d.enter(c)
		}
	}
}

func (d *Document) enterOne(e *etree.Element) {
	if id := attr(e, "id"); id != "" && d.ids[id] == nil && !referring[e.Tag] {
		d.ids[id] = e
	}
}

func (d *Document) leaveOne(e *etree.Element) {
	if id := attr(e, "id"); id != "" && d.ids[id] == e {
		delete(d.ids, id)
	}
}

func (d *Document) leave(e *etree.Element) {
	d.leaveOne(e)
	for _, t := range e.Child {
		if c, ok := t.(*etree.Element); ok {
			d.leave(c)
		}
	}
}

// noteChange keeps the indexes right over a change of e or its children: it is called before and
// after, with what is to be left and what is to be entered.
func (d *Document) noteChange(e *etree.Element, step func(*etree.Element)) {
	d.source = ""
	switch top := topSection(e); {
	case top == nil || top.Tag != "configuration":
		d.status = nil
	case d.ids != nil:
		step(e)
	}
}

// topSection returns the child of the root that e is or stands below, nil for the root and strangers.
func topSection(e *etree.Element) *etree.Element {
	for p := e.Parent(); p != nil; e, p = p, p.Parent() {
		if p.Tag == "cib" && p.Parent() == nil {
			return e
		}
	}
	return nil
}
