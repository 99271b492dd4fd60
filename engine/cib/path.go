package cib

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// Path returns the absolute path of an element of a document, each step by tag and, where it has
// one, id: /cib/configuration/resources/primitive[@id='web']/operations/op[@id='web-start-0'].
// Steps without an id that have twins carry their number: /cib/…/expression[2]. Twins with the same
// id, which no schema allows, are not told apart.
func Path(e *etree.Element) string {
	var steps []string
	for ; e != nil; e = e.Parent() {
		steps = append(steps, step(e))
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(steps[i])
	}
	return b.String()
}

func step(e *etree.Element) string {
	if id := attr(e, "id"); id != "" {
		return e.Tag + "[@id=" + quoteXPath(id) + "]"
	}
	parent := e.Parent()
	if parent == nil {
		return e.Tag
	}
	before, twins := 0, false
	for i, t := range parent.Child {
		if s, ok := t.(*etree.Element); ok && s != e && s.Tag == e.Tag {
			twins = true
			if i < e.Index() {
				before++
			}
		}
	}
	if !twins {
		return e.Tag
	}
	return e.Tag + "[" + strconv.Itoa(before+1) + "]"
}

// quoteXPath quotes a literal; XPath 1.0 has no escape, so one that holds both quotes keeps its
// single ones, which Lookup understands although other tools do not.
func quoteXPath(s string) string {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	return "'" + s + "'"
}

// Lookup returns the element at a path as Path writes it, or nil. Objects of the configuration are
// found through the index, so that many look-ups in a large document are cheap.
func (d *Document) Lookup(path string) *etree.Element {
	steps, ok := splitPath(path)
	if !ok || len(steps) == 0 || steps[0].tag != d.root.Tag {
		return nil
	}
	if last := steps[len(steps)-1]; last.id != "" && len(steps) > 2 && steps[1].tag == "configuration" {
		if e := d.ByID(last.id); e != nil && Path(e) == path {
			return e
		}
	}
	e := d.root
	for _, s := range steps[1:] {
		if e = s.in(e); e == nil {
			return nil
		}
	}
	return e
}

// pathStep is one step of a path: a tag with an id or with a number that counts from 1.
type pathStep struct {
	tag, id string
	number  int
}

func (s pathStep) in(parent *etree.Element) *etree.Element {
	if last := len(parent.Child) - 1; last >= 0 && s.id != "" && s.number == 0 {
		// many objects created one behind the other are found without a search
		if e, ok := parent.Child[last].(*etree.Element); ok && e.Tag == s.tag && attr(e, "id") == s.id {
			return e
		}
	}
	n := 0
	for _, t := range parent.Child {
		e, ok := t.(*etree.Element)
		if !ok || e.Tag != s.tag || s.id != "" && attr(e, "id") != s.id {
			continue
		}
		if n++; s.number == 0 || n == s.number {
			return e
		}
	}
	return nil
}

// splitPath takes a path apart; ok is false for anything that Path does not write.
func splitPath(path string) (steps []pathStep, ok bool) {
	for path != "" {
		if path[0] != '/' {
			return nil, false
		}
		n := strings.IndexAny(path[1:], "/[")
		if n < 0 {
			return append(steps, pathStep{tag: path[1:]}), path != "/"
		}
		s := pathStep{tag: path[1 : n+1]}
		path = path[n+1:]
		for path != "" && path[0] == '[' {
			if path, ok = s.predicate(path); !ok {
				return nil, false
			}
		}
		steps = append(steps, s)
	}
	return steps, true
}

// predicate reads [@id='…'] or [N] and returns what follows.
func (s *pathStep) predicate(path string) (rest string, ok bool) {
	if body, isID := strings.CutPrefix(path, "[@id="); isID && body != "" {
		// the quote and bracket together end it: an id may hold either alone
		end := strings.Index(body[1:], body[:1]+"]")
		if end < 0 || body[0] != '\'' && body[0] != '"' {
			return "", false
		}
		s.id = body[1 : end+1]
		return body[end+3:], true
	}
	end := strings.IndexByte(path, ']')
	if end < 0 {
		return "", false
	}
	n, err := strconv.Atoi(path[1:end])
	s.number = n
	return path[end+1:], err == nil && n > 0
}
