package cib

import (
	"strings"

	"github.com/antchfx/xpath"
	"github.com/beevik/etree"
)

// navigator walks the tree for the XPath library.
type navigator struct {
	root *etree.Element
	node etree.Token // nil on the document itself
	attr int         // on that attribute of node, which is an element then; -1 = on the node
}

var _ xpath.NodeNavigator = (*navigator)(nil)

func (n *navigator) element() *etree.Element { e, _ := n.node.(*etree.Element); return e }

// NodeType tells what the navigator is on.
func (n *navigator) NodeType() xpath.NodeType {
	switch n.node.(type) {
	case nil:
		return xpath.RootNode
	case *etree.CharData:
		return xpath.TextNode
	case *etree.Element:
		if n.attr >= 0 {
			return xpath.AttributeNode
		}
		return xpath.ElementNode
	}
	return xpath.CommentNode
}

// LocalName is the name without prefix.
func (n *navigator) LocalName() string {
	switch e := n.element(); {
	case e == nil:
		return ""
	case n.attr >= 0:
		return e.Attr[n.attr].Key
	default:
		return e.Tag
	}
}

// Prefix is the part of the name before the colon.
func (n *navigator) Prefix() string {
	switch e := n.element(); {
	case e == nil:
		return ""
	case n.attr >= 0:
		return e.Attr[n.attr].Space
	default:
		return e.Space
	}
}

// Value is the string value as XPath defines it.
func (n *navigator) Value() string {
	switch t := n.node.(type) {
	case *etree.CharData:
		return t.Data
	case *etree.Comment:
		return t.Data
	case *etree.ProcInst:
		return t.Inst
	case *etree.Element:
		if n.attr >= 0 {
			return t.Attr[n.attr].Value
		}
		return deepText(t)
	}
	return deepText(n.root)
}

// deepText is all text in and below e.
func deepText(e *etree.Element) string {
	var b strings.Builder
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		for _, t := range e.Child {
			switch t := t.(type) {
			case *etree.CharData:
				b.WriteString(t.Data)
			case *etree.Element:
				walk(t)
			}
		}
	}
	walk(e)
	return b.String()
}

// Copy returns an independent position.
func (n *navigator) Copy() xpath.NodeNavigator { c := *n; return &c }

// MoveToRoot goes to the document.
func (n *navigator) MoveToRoot() { n.node, n.attr = nil, -1 }

// MoveToParent goes up; from an attribute to its element, from the root element to the document.
func (n *navigator) MoveToParent() bool {
	switch {
	case n.node == nil:
		return false
	case n.attr >= 0:
		n.attr = -1
	case n.node == etree.Token(n.root):
		n.node = nil
	default:
		n.node = n.node.Parent()
	}
	return true
}

// MoveToNextAttribute goes to the first attribute of an element, or from one to the next.
func (n *navigator) MoveToNextAttribute() bool {
	e := n.element()
	if e == nil || n.attr+1 >= len(e.Attr) {
		return false
	}
	n.attr++
	return true
}

// MoveToChild goes to the first child.
func (n *navigator) MoveToChild() bool {
	if n.attr >= 0 {
		return false
	}
	if n.node == nil {
		n.node = n.root
		return true
	}
	if e := n.element(); e != nil && len(e.Child) > 0 {
		n.node = e.Child[0]
		return true
	}
	return false
}

// sibling goes to another child of the same parent.
func (n *navigator) sibling(position func(now, count int) int) bool {
	if n.node == nil || n.attr >= 0 || n.node == etree.Token(n.root) {
		return false
	}
	all := n.node.Parent().Child
	i := position(n.node.Index(), len(all))
	if i < 0 || i >= len(all) || i == n.node.Index() {
		return false
	}
	n.node = all[i]
	return true
}

// MoveToFirst goes to the first child of the same parent.
func (n *navigator) MoveToFirst() bool { return n.sibling(func(int, int) int { return 0 }) }

// MoveToNext goes to the next child of the same parent.
func (n *navigator) MoveToNext() bool { return n.sibling(func(now, _ int) int { return now + 1 }) }

// MoveToPrevious goes to the child before.
func (n *navigator) MoveToPrevious() bool { return n.sibling(func(now, _ int) int { return now - 1 }) }

// MoveTo goes where another navigator of the same document is.
func (n *navigator) MoveTo(other xpath.NodeNavigator) bool {
	o, ok := other.(*navigator)
	if !ok || o.root != n.root {
		return false
	}
	*n = *o
	return true
}
