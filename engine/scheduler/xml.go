package scheduler

import (
	"strings"

	"github.com/beevik/etree"
)

// attr returns an attribute's value, "" if missing. etree's own lookup parses the key for a
// namespace each time, which counts on large status sections.
func attr(e *etree.Element, name string) string {
	v, _ := attrOK(e, name)
	return v
}

func attrOK(e *etree.Element, name string) (string, bool) {
	if e == nil {
		return "", false
	}
	for i := range e.Attr {
		if e.Attr[i].Key == name && e.Attr[i].Space == "" {
			return e.Attr[i].Value, true
		}
	}
	return "", false
}

// kids returns the child elements with a tag, all of them for "".
func kids(e *etree.Element, tag string) []*etree.Element {
	if e == nil {
		return nil
	}
	var out []*etree.Element
	for _, t := range e.Child {
		if k, ok := t.(*etree.Element); ok && (tag == "" || k.Tag == tag) {
			out = append(out, k)
		}
	}
	return out
}

// kid returns the first child element with a tag, or nil.
func kid(e *etree.Element, tag string) *etree.Element {
	if e == nil {
		return nil
	}
	for _, t := range e.Child {
		if k, ok := t.(*etree.Element); ok && (tag == "" || k.Tag == tag) {
			return k
		}
	}
	return nil
}

// walk calls f for every element below e, in document order, until f returns false.
func walk(e *etree.Element, f func(*etree.Element) bool) bool {
	if e == nil {
		return true
	}
	for _, t := range e.Child {
		if k, ok := t.(*etree.Element); ok && (!f(k) || !walk(k, f)) {
			return false
		}
	}
	return true
}

// byID finds the element of a document-wide id; the index is built on first use.
func (c *Cluster) byID(id string) *etree.Element {
	if c.ids == nil {
		c.ids = map[string]*etree.Element{}
		walk(c.cib, func(e *etree.Element) bool {
			if id, ok := attrOK(e, "id"); ok && e.Tag != "status" {
				if _, dup := c.ids[id]; !dup {
					c.ids[id] = e
				}
			}
			return e.Tag != "lrm"
		})
	}
	return c.ids[id]
}

// deref follows an id-ref to the element of the same tag; e itself if it has none.
func (c *Cluster) deref(e *etree.Element) *etree.Element {
	ref, ok := attrOK(e, "id-ref")
	if !ok {
		return e
	}
	if t := c.byID(ref); t != nil && t != e {
		return t
	}
	return e
}

func foldEq(a, b string) bool { return strings.EqualFold(a, b) }

// naturalCompare orders names for display: digits compare as numbers, letters without case.
func naturalCompare(a, b string) int {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		if isDigit(a[i]) && isDigit(b[j]) {
			si, sj := i, j
			for i < len(a) && isDigit(a[i]) {
				i++
			}
			for j < len(b) && isDigit(b[j]) {
				j++
			}
			if d := compareNumbers(a[si:i], b[sj:j]); d != 0 {
				return d
			}
			continue
		}
		x, y := lower(a[i]), lower(b[j])
		if x != y {
			return int(x) - int(y)
		}
		i++
		j++
	}
	return (len(a) - i) - (len(b) - j)
}

func compareNumbers(a, b string) int {
	x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(x) != len(y) {
		return len(x) - len(y)
	}
	if d := strings.Compare(x, y); d != 0 {
		return d
	}
	return len(a) - len(b)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 32
	}
	return b
}
