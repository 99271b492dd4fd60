package cib

import "github.com/beevik/etree"

// arena hands out elements and lists from larger blocks, so that a copy of a tree of a hundred
// thousand elements makes some hundred allocations and not three for each. A block lives as long as
// anything of it.
type arena struct {
	elements []etree.Element
	attrs    []etree.Attr
	tokens   []etree.Token
	block    int // size of the next block, doubled up to maxBlock
}

const maxBlock = 1024

func (a *arena) grow(n int) int {
	a.block = min(maxBlock, max(8, 2*a.block))
	return max(a.block, n)
}

func (a *arena) element(space, tag string) *etree.Element {
	if len(a.elements) == 0 {
		a.elements = make([]etree.Element, a.grow(1))
	}
	e := &a.elements[0]
	a.elements = a.elements[1:]
	e.Space, e.Tag = space, tag
	return e
}

// attrList returns a list of n attributes to be filled; appending to it moves it out of the arena.
func (a *arena) attrList(n int) []etree.Attr {
	if n > len(a.attrs) {
		a.attrs = make([]etree.Attr, a.grow(n))
	}
	list := a.attrs[:n:n]
	a.attrs = a.attrs[n:]
	return list
}

// tokenList returns an empty list with room for n children.
func (a *arena) tokenList(n int) []etree.Token {
	if n > len(a.tokens) {
		a.tokens = make([]etree.Token, a.grow(n))
	}
	list := a.tokens[:0:n]
	a.tokens = a.tokens[n:]
	return list
}

func (a *arena) copy(e *etree.Element) *etree.Element {
	c := a.element(e.Space, e.Tag)
	c.Attr = a.attrList(len(e.Attr))
	for i := range e.Attr {
		c.Attr[i] = etree.Attr{Space: e.Attr[i].Space, Key: e.Attr[i].Key, Value: e.Attr[i].Value}
	}
	c.Child = a.tokenList(len(e.Child))
	for _, t := range e.Child {
		if child, ok := t.(*etree.Element); ok {
			c.AddChild(a.copy(child))
		} else {
			c.AddChild(copyToken(t))
		}
	}
	return c
}
