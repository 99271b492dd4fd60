package cib

import (
	"slices"
	"strings"

	"github.com/antchfx/xpath"
	"github.com/beevik/etree"

	"quorate/engine/exit"
)

// Match is one hit of an XPath expression: an element, or one attribute of it.
type Match struct {
	Element *etree.Element
	Attr    string // name of the attribute; "" = the element itself
	Value   string // value of the attribute; of an element, its text
}

// Find evaluates an XPath 1.0 expression on the document and returns its hits in document order.
// A bad expression is an *Error with exit.InvalidParam.
func (d *Document) Find(expression string) (found []Match, err error) {
	x, err := compile(expression)
	if err != nil {
		return nil, err
	}
	defer func() { // the library panics where a function meets a type it does not expect
		if p := recover(); p != nil {
			found, err = nil, Errorf(exit.InvalidParam, "bad XPath %q: %v", expression, p)
		}
	}()
	for it := x.Select(&navigator{root: d.root, attr: -1}); it.MoveNext(); {
		n := it.Current().(*navigator)
		e, ok := n.node.(*etree.Element)
		switch {
		case ok && n.attr >= 0:
			found = append(found, Match{e, e.Attr[n.attr].FullKey(), e.Attr[n.attr].Value})
		case ok:
			found = append(found, Match{Element: e, Value: ownText(e)})
		}
	}
	if strings.Contains(expression, "|") || strings.Contains(expression, "::") {
		sortMatches(d.root, found)
	}
	return found, nil
}

// sortMatches puts hits into document order; the library gives those of unions one side after the other.
func sortMatches(root *etree.Element, found []Match) {
	order := documentOrder(root)
	slices.SortStableFunc(found, func(a, b Match) int { return order[a.Element] - order[b.Element] })
}

// documentOrder numbers all elements in the order in which they begin.
func documentOrder(root *etree.Element) map[*etree.Element]int {
	order := make(map[*etree.Element]int)
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		order[e] = len(order)
		for _, t := range e.Child {
			if c, ok := t.(*etree.Element); ok {
				walk(c)
			}
		}
	}
	walk(root)
	return order
}

// FindElements returns the elements that an expression finds, or whose attributes it finds, each once.
func (d *Document) FindElements(expression string) ([]*etree.Element, error) {
	found, err := d.Find(expression)
	if err != nil {
		return nil, err
	}
	var elements []*etree.Element
	for _, m := range found {
		if len(elements) == 0 || elements[len(elements)-1] != m.Element {
			elements = append(elements, m.Element)
		}
	}
	return elements, nil
}

// maxExpression bounds the length of an expression, and so the depth of the library's parser.
const maxExpression = 4096

func compile(expression string) (x *xpath.Expr, err error) {
	if len(expression) > maxExpression {
		return nil, Errorf(exit.InvalidParam, "the XPath is longer than %d characters", maxExpression)
	}
	if x, err = xpath.Compile(expression); err != nil {
		return nil, Errorf(exit.InvalidParam, "bad XPath %q: %s", expression, err)
	}
	return x, nil
}
