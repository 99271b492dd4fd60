package grammar

import (
	"strings"

	"github.com/beevik/etree"
)

// plainly proves for the ordinary primitive, without reading its text, that the text reads back: plain names,
// printable values, nothing but sets of pairs and operations with known attributes. What it does not
// recognize may still be fine; readsBack decides then. A test holds the two together.
func plainly(e *etree.Element, env RenderEnv) bool {
	if e.Tag != "primitive" && e.Tag != "template" || !onlyAttrs(e, primitiveAttrs) || !plainWord(get(e, "type")) {
		return false
	}
	if class := get(e, "class"); class == "" || !plainWord(class) || e.SelectAttr("template") != nil {
		return false
	}
	if p := e.SelectAttr("provider"); (p != nil) != (get(e, "class") == "ocf") || p != nil && !plainWord(p.Value) {
		return false
	}
	id := get(e, "id")
	if !plainWord(id) || strings.Trim(id, "0123456789") == "" {
		return false
	}
	ops := false
	for _, t := range e.Child {
		c, ok := t.(*etree.Element)
		if !ok {
			return false
		}
		switch {
		case setKeywords[c.Tag] != "":
			if !plainSet(c, id, env) {
				return false
			}
		case c.Tag == "operations" && !ops && len(c.Attr) == 0 && len(c.Child) > 0:
			if ops = true; !plainOps(c, id, env) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

var (
	primitiveAttrs = set("id", "class", "provider", "type")
	setAttrs       = set("id")
	pairAttrs      = set("id", "name", "value")
)

func onlyAttrs(e *etree.Element, known map[string]bool) bool {
	for i := range e.Attr {
		if e.Attr[i].Space != "" || !known[e.Attr[i].Key] {
			return false
		}
	}
	return true
}

// plainSet is a set with at least one pair, each with a plain name and a printable value.
func plainSet(s *etree.Element, outer string, env RenderEnv) bool {
	id := get(s, "id")
	if !onlyAttrs(s, setAttrs) || len(s.Child) == 0 || env.Exact && id != outer+"-"+s.Tag {
		return false
	}
	if !env.Exact && env.Referenced != nil && env.Referenced(id) {
		return false
	}
	for _, t := range s.Child {
		nv, ok := t.(*etree.Element)
		if !ok || nv.Tag != "nvpair" || len(nv.Attr) != 3 || !onlyAttrs(nv, pairAttrs) {
			return false
		}
		name := get(nv, "name")
		if !plainWord(name) || !printable(get(nv, "value")) || name == "role" || name == "target-role" {
			return false
		}
		nid := get(nv, "id")
		if env.Exact && nid != id+"-"+name || env.Referenced != nil && env.Referenced(nid) {
			return false
		}
	}
	return true
}

// plainOps are operations without sets of their own.
func plainOps(ops *etree.Element, outer string, env RenderEnv) bool {
	for _, t := range ops.Child {
		op, ok := t.(*etree.Element)
		if !ok || op.Tag != "op" || len(op.Child) > 0 || !onlyAttrs(op, opAttrs) {
			return false
		}
		name, interval := op.SelectAttr("name"), op.SelectAttr("interval")
		if name == nil || interval == nil || interval.Value == "" || !identWord(name.Value) || !plainWord(name.Value) {
			return false
		}
		if op.SelectAttr("role") != nil || op.SelectAttr("description") != nil {
			return false
		}
		for i := range op.Attr {
			if !printable(op.Attr[i].Value) {
				return false
			}
		}
		if env.Exact && get(op, "id") != outer+"-"+name.Value+"-"+interval.Value {
			return false
		}
	}
	return true
}

// plainWord is a word that means itself wherever a name may stand.
func plainWord(s string) bool {
	return s != "" && s[0] != '.' && strings.IndexFunc(s, func(r rune) bool { return r > 0x7f || notPlain(r) }) < 0
}

// printable is a value of printable ASCII characters without backslashes.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' || s[i] == '\\' {
			return false
		}
	}
	return true
}
