package cib

import (
	"strings"

	"github.com/beevik/etree"
)

// XML returns e with everything below it: with indent, one element a line, two blanks a level and a
// final newline, as cibadmin prints; without, all on one line. Attributes keep their order, and
// what a reader would normalize away (newline, tab) is escaped.
func XML(e *etree.Element, indent bool) string { return string(appendXML(nil, e, indent)) }

func appendXML(b []byte, e *etree.Element, indent bool) []byte {
	w := writer{b: b, indent: indent}
	w.element(e, 0)
	return w.b
}

type writer struct {
	b      []byte
	indent bool
}

func (w *writer) element(e *etree.Element, depth int) {
	w.pad(depth)
	w.b = append(w.b, '<')
	w.tag(e)
	for i := range e.Attr {
		a := &e.Attr[i]
		w.b = append(w.b, ' ')
		if a.Space != "" {
			w.b = append(append(w.b, a.Space...), ':')
		}
		w.b = append(append(w.b, a.Key...), '=', '"')
		w.b = appendEscaped(w.b, a.Value, true)
		w.b = append(w.b, '"')
	}
	switch {
	case len(e.Child) == 0:
		w.b = append(w.b, '/', '>')
	case hasText(e):
		w.b = append(w.b, '>')
		inline := writer{b: w.b}
		inline.children(e, 0)
		w.b = inline.b
		w.close(e)
	default:
		w.b = append(w.b, '>')
		w.newline()
		w.children(e, depth+1)
		w.pad(depth)
		w.close(e)
	}
	w.newline()
}

func (w *writer) children(e *etree.Element, depth int) {
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.Element:
			w.element(t, depth)
		case *etree.CharData:
			if t.IsCData() {
				w.b = append(append(append(w.b, "<![CDATA["...), t.Data...), "]]>"...)
			} else {
				w.b = appendEscaped(w.b, t.Data, false)
			}
		case *etree.Comment:
			w.line(depth, "<!--", t.Data, "-->")
		case *etree.ProcInst:
			w.line(depth, "<?", strings.TrimSuffix(t.Target+" "+t.Inst, " "), "?>")
		}
	}
}

func (w *writer) line(depth int, open, text, end string) {
	w.pad(depth)
	w.b = append(append(append(w.b, open...), text...), end...)
	w.newline()
}

func (w *writer) close(e *etree.Element) {
	w.b = append(w.b, '<', '/')
	w.tag(e)
	w.b = append(w.b, '>')
}

func (w *writer) tag(e *etree.Element) {
	if e.Space != "" {
		w.b = append(append(w.b, e.Space...), ':')
	}
	w.b = append(w.b, e.Tag...)
}

func (w *writer) newline() {
	if w.indent {
		w.b = append(w.b, '\n')
	}
}

func (w *writer) pad(depth int) {
	if w.indent {
		for range depth {
			w.b = append(w.b, ' ', ' ')
		}
	}
}

// hasText tells whether e holds text, so that no layout may be put between its children.
func hasText(e *etree.Element) bool {
	for _, t := range e.Child {
		if _, ok := t.(*etree.CharData); ok {
			return true
		}
	}
	return false
}

func appendEscaped(b []byte, s string, attribute bool) []byte {
	last := 0
	for i := 0; i < len(s); i++ {
		esc := ""
		switch s[i] {
		case '&':
			esc = "&amp;"
		case '<':
			esc = "&lt;"
		case '>':
			esc = "&gt;"
		case '\r':
			esc = "&#13;"
		case '"':
			esc = "&quot;"
		case '\'':
			esc = "&apos;"
		case '\n':
			esc = "&#10;"
		case '\t':
			esc = "&#9;"
		default:
			continue
		}
		if !attribute && (s[i] == '"' || s[i] == '\'' || s[i] == '\n' || s[i] == '\t') {
			continue
		}
		b = append(append(b, s[last:i]...), esc...)
		last = i + 1
	}
	return append(b, s[last:]...)
}
