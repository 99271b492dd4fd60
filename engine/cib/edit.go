package cib

import "github.com/beevik/etree"

// edit is a series of changes to the tree of a document that can be taken back as a whole. It keeps
// the indexes right, so that a small change of a large document costs little.
type edit struct {
	doc           *Document
	undo          []func()
	configuration bool // something in the configuration was changed
}

// rollback takes all changes back, last first.
func (t *edit) rollback() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		t.undo[i]()
	}
	t.undo, t.configuration = nil, false
}

// changed tells whether anything was changed so far.
func (t *edit) changed() bool { return len(t.undo) > 0 }

// note remembers in which half of the document a change is: what is not the status is to conform to the schema.
func (t *edit) note(at *etree.Element) {
	if top := topSection(at); top != nil && top.Tag != "status" {
		t.configuration = true
	}
}

func (t *edit) setAttr(e *etree.Element, key, value string) {
	if a := e.SelectAttr(key); a != nil && a.Value == value {
		return
	}
	t.attributes(e, func() { e.CreateAttr(key, value) })
}

func (t *edit) dropAttr(e *etree.Element, key string) {
	if e.SelectAttr(key) != nil {
		t.attributes(e, func() { e.RemoveAttr(key) })
	}
}

// attributes runs a change of the attributes of e.
func (t *edit) attributes(e *etree.Element, change func()) {
	t.note(e)
	before := append([]etree.Attr(nil), e.Attr...)
	t.doc.noteChange(e, t.doc.leaveOne)
	change()
	t.doc.noteChange(e, t.doc.enterOne)
	t.undo = append(t.undo, func() {
		t.doc.noteChange(e, t.doc.leaveOne)
		e.Attr = before
		t.doc.noteChange(e, t.doc.enterOne)
	})
}

// insert puts a token among the children of parent; -1 or a position past the end means last.
func (t *edit) insert(parent *etree.Element, position int, token etree.Token) {
	t.put(parent, position, token)
	t.noteToken(parent, token)
	t.undo = append(t.undo, func() { t.take(token) })
}

func (t *edit) remove(token etree.Token) {
	parent, position := token.Parent(), token.Index()
	t.noteToken(parent, token)
	t.take(token)
	t.undo = append(t.undo, func() { t.put(parent, position, token) })
}

func (t *edit) noteToken(parent *etree.Element, token etree.Token) {
	if e, ok := token.(*etree.Element); ok {
		t.note(e)
	} else {
		t.note(parent)
	}
}

func (t *edit) put(parent *etree.Element, position int, token etree.Token) {
	if position < 0 {
		position = len(parent.Child)
	}
	parent.InsertChildAt(position, token)
	if e, ok := token.(*etree.Element); ok {
		t.doc.noteChange(e, t.doc.enter)
	}
}

func (t *edit) take(token etree.Token) {
	if e, ok := token.(*etree.Element); ok {
		t.doc.noteChange(e, t.doc.leave)
	}
	token.Parent().RemoveChildAt(token.Index())
}

// replace puts with in the place of old.
func (t *edit) replace(old, with *etree.Element) {
	parent, position := old.Parent(), old.Index()
	t.remove(old)
	t.insert(parent, position, with)
}
