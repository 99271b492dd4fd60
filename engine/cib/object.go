package cib

import (
	"strings"

	"github.com/beevik/etree"
)

// attr returns the value of an attribute, "" where it is absent.
func attr(e *etree.Element, key string) string {
	for i := range e.Attr {
		if e.Attr[i].Key == key && e.Attr[i].Space == "" {
			return e.Attr[i].Value
		}
	}
	return ""
}

// child returns the first child element with that tag, or nil.
func child(e *etree.Element, tag string) *etree.Element {
	for _, t := range e.Child {
		if c, ok := t.(*etree.Element); ok && c.Tag == tag {
			return c
		}
	}
	return nil
}

// ownText is the text directly in e, without blanks around it.
func ownText(e *etree.Element) string {
	text := ""
	for _, t := range e.Child {
		if c, ok := t.(*etree.CharData); ok {
			text += c.Data
		}
	}
	return strings.TrimSpace(text)
}

// sameObject tells whether e is the object that like describes: same tag and same id, or same id-ref
// where like has no id, or any where it has neither.
func sameObject(e, like *etree.Element) bool {
	if e.Tag != like.Tag {
		return false
	}
	for _, key := range []string{"id", "id-ref"} {
		if want := attr(like, key); want != "" {
			return attr(e, key) == want
		}
	}
	return true
}

// childLike returns the child of parent that is the object like describes.
func childLike(parent, like *etree.Element) *etree.Element {
	for _, t := range parent.Child {
		if e, ok := t.(*etree.Element); ok && sameObject(e, like) {
			return e
		}
	}
	return nil
}

// findLike returns the first element at or below scope, in document order, that is the object like describes.
func findLike(scope, like *etree.Element) *etree.Element {
	if sameObject(scope, like) {
		return scope
	}
	for _, t := range scope.Child {
		if e, ok := t.(*etree.Element); ok {
			if found := findLike(e, like); found != nil {
				return found
			}
		}
	}
	return nil
}

func describe(e *etree.Element) string {
	if id := attr(e, "id"); id != "" {
		return e.Tag + " " + id
	}
	return "<" + e.Tag + ">"
}

// hasAttrs tells whether e has all the attributes of like.
func hasAttrs(e, like *etree.Element) bool {
	for i := range like.Attr {
		if a := e.SelectAttr(like.Attr[i].FullKey()); a == nil || a.Value != like.Attr[i].Value {
			return false
		}
	}
	return true
}

// equal tells whether two elements are the same to the letter: attributes in any order, children in order.
func equal(a, b *etree.Element) bool {
	if a.Tag != b.Tag || a.Space != b.Space || len(a.Attr) != len(b.Attr) || len(a.Child) != len(b.Child) {
		return false
	}
	for i := range a.Attr {
		x := &a.Attr[i]
		if y := &b.Attr[i]; x.Key == y.Key && x.Space == y.Space && x.Value == y.Value {
			continue
		}
		if y := b.SelectAttr(x.FullKey()); y == nil || y.Value != x.Value {
			return false
		}
	}
	for i := range a.Child {
		if !equalToken(a.Child[i], b.Child[i]) {
			return false
		}
	}
	return true
}

func equalToken(a, b etree.Token) bool {
	switch a := a.(type) {
	case *etree.Element:
		b, ok := b.(*etree.Element)
		return ok && equal(a, b)
	case *etree.CharData:
		b, ok := b.(*etree.CharData)
		return ok && a.Data == b.Data
	case *etree.Comment:
		b, ok := b.(*etree.Comment)
		return ok && a.Data == b.Data
	case *etree.ProcInst:
		b, ok := b.(*etree.ProcInst)
		return ok && a.Target == b.Target && a.Inst == b.Inst
	}
	return false
}
