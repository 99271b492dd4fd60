package grammar

import (
	"fmt"
	"sort"
	"strings"

	"github.com/beevik/etree"
)

// readsBack proves that the text which p wrote is read as element e again.
func readsBack(e *etree.Element, p *printer, env RenderEnv) bool {
	line := strings.Join(p.parts, " ")
	if strings.ContainsAny(line, "\n\r\v\f") || strings.HasSuffix(line, `\`) || partEndsInBackslash(p.parts) {
		return false // a text is read line by line
	}
	if !env.Exact && hasNonASCII(line) {
		return false // as the reference prints it
	}
	s, err := parseLogical("-", 1, Line{Text: line})
	if err != nil {
		return false
	}
	if nestedComment(e, 0) {
		return false
	}
	want := bare(e)
	benv := Env{Schema: env.Schema, Nodes: env.Nodes, Provider: env.Provider, Find: findIn(want)}
	if !env.Exact {
		benv.Old = want
	} else if e.Tag == "node" && e.SelectAttr("id") == nil {
		return false
	}
	got, err := Elements(s, benv)
	if err != nil || len(got) != 1 {
		return false
	}
	c := comparer{ids: env.Exact}
	return c.same(want, got[0])
}

// nestedComment tells whether there is a comment below the object itself, where the text has no place for it.
func nestedComment(e *etree.Element, depth int) bool {
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.Comment:
			if depth > 0 {
				return true
			}
		case *etree.Element:
			if !(depth == 0 && resourceTags[t.Tag]) && nestedComment(t, depth+1) {
				return true
			}
		}
	}
	return false
}

func partEndsInBackslash(parts []string) bool {
	for _, p := range parts {
		if strings.HasSuffix(p, `\`) {
			return true
		}
	}
	return false
}

func hasNonASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return true
		}
	}
	return false
}

// findIn resolves references to themselves: every id that an id-ref names exists for the proof.
func findIn(*etree.Element) func(string) *etree.Element {
	return func(id string) *etree.Element { return nil }
}

// bare copies an object with <member id="…"/> in place of the resources in it, without white space and comments.
func bare(e *etree.Element) *etree.Element {
	c := etree.NewElement(e.Tag)
	c.Space = e.Space
	c.Attr = append([]etree.Attr(nil), e.Attr...)
	for _, t := range e.Child {
		k, ok := t.(*etree.Element)
		if !ok {
			continue
		}
		if resourceTags[k.Tag] {
			c.AddChild(newElement("member", "id", get(k, "id")))
		} else {
			c.AddChild(bare(k))
		}
	}
	return c
}

// comparer compares two elements. Without ids it does as the reference: ids, defaults and the order of
// children (but of resource sets) are no difference.
type comparer struct{ ids bool }

// defaults are attributes that say what is so anyway.
var defaults = map[string]map[string]string{
	"resource_set": {"sequential": "true", "require-all": "true"}, "rule": {"boolean-op": "and"},
	"expression": {"type": "string"}, "node": {"type": "normal"},
}

func (c comparer) same(a, b *etree.Element) bool {
	if a.Tag != b.Tag || a.Space != b.Space || !c.sameAttrs(a, b) {
		return false
	}
	as, bs := a.ChildElements(), b.ChildElements()
	if len(as) != len(bs) {
		return false
	}
	if c.sameInOrder(as, bs) {
		return true
	}
	return !c.ids && a.Tag != "resource_set" && c.sameInOrder(c.sorted(as), c.sorted(bs))
}

func (c comparer) sameInOrder(as, bs []*etree.Element) bool {
	for i := range as {
		if !c.same(as[i], bs[i]) {
			return false
		}
	}
	return true
}

// counts tells whether an attribute makes a difference. The id of a recipient does: the text says which one it is.
func (c comparer) counts(e *etree.Element, a *etree.Attr) bool {
	return c.ids || !(a.Key == "id" && needsID[e.Tag] && e.Tag != "recipient") && (a.Value == "" || defaults[e.Tag][a.Key] != a.Value)
}

func (c comparer) sameAttrs(a, b *etree.Element) bool {
	n := 0
	for i := range a.Attr {
		x := &a.Attr[i]
		if !c.counts(a, x) {
			continue
		}
		n++
		if y := b.SelectAttr(x.FullKey()); y == nil || y.Value != x.Value {
			return false
		}
	}
	for i := range b.Attr {
		if c.counts(b, &b.Attr[i]) {
			n--
		}
	}
	return n == 0
}

// key is everything about an element but its children.
func (c comparer) key(e *etree.Element) string {
	attrs := make([]string, 0, len(e.Attr))
	for i := range e.Attr {
		if a := &e.Attr[i]; c.counts(e, a) {
			attrs = append(attrs, a.FullKey()+"="+a.Value)
		}
	}
	sort.Strings(attrs)
	return fmt.Sprintf("%s %q", e.FullTag(), attrs)
}

func (c comparer) sorted(es []*etree.Element) []*etree.Element {
	type keyed struct {
		key string
		e   *etree.Element
	}
	ks := make([]keyed, len(es))
	for i, e := range es {
		ks[i] = keyed{c.deepKey(e), e}
	}
	sort.SliceStable(ks, func(i, j int) bool { return ks[i].key < ks[j].key })
	out := make([]*etree.Element, len(es))
	for i := range ks {
		out[i] = ks[i].e
	}
	return out
}

func (c comparer) deepKey(e *etree.Element) string {
	k := c.key(e)
	kids := make([]string, 0, len(e.Child))
	for _, x := range e.ChildElements() {
		kids = append(kids, c.deepKey(x))
	}
	sort.Strings(kids)
	return k + strings.Join(kids, "")
}

// renderXML gives the xml form: "xml <…>", two blanks a level, lines joined by " \".
func renderXML(e *etree.Element, env RenderEnv) string {
	var lines []string
	b := displayCopy(e, env)
	if kw, _ := keywordOf(e); kw == "op_defaults" && env.Exact {
		outer := etree.NewElement(kw) // alone it would be read as rsc_defaults
		outer.AddChild(b)
		b = outer
	}
	front := comments(e, env)
	xmlLines(b, "", &lines)
	sep := " \\\n"
	if env.OneLine {
		sep = ""
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
		}
	}
	return front + env.style(KindKeyword, "xml") + " " + strings.Join(lines, sep)
}

// displayCopy is the element as the xml form shows it: members by reference stay whole, defaults are dropped for show.
func displayCopy(e *etree.Element, env RenderEnv) *etree.Element {
	c := etree.NewElement(e.Tag)
	c.Space = e.Space
	for _, a := range e.Attr {
		if !env.Exact && defaults[e.Tag][a.Key] == a.Value && a.Value != "" {
			continue
		}
		if e.Tag == "nvpair" && a.Key == "value" && env.Obscure != nil && env.Obscure(get(e, "name")) {
			a.Value = "******"
		}
		c.Attr = append(c.Attr, etree.Attr{Space: a.Space, Key: a.Key, Value: a.Value})
	}
	for _, t := range e.Child {
		switch k := t.(type) {
		case *etree.Element:
			c.AddChild(displayCopy(k, env))
		case *etree.Comment:
			if e.Parent() != nil && !isObject(e) {
				c.AddChild(etree.NewComment(k.Data))
			}
		case *etree.CharData:
			if strings.TrimSpace(k.Data) != "" {
				c.AddChild(etree.NewText(k.Data))
			}
		}
	}
	return c
}

// xmlLines writes an element. As in the reference, the attributes of the outermost element have characters outside of ASCII
// by their hexadecimal number, all others by the decimal one.
func xmlLines(e *etree.Element, indent string, lines *[]string) {
	format := "&#%d;"
	if indent == "" {
		format = "&#x%X;"
	}
	var b strings.Builder
	b.WriteString(indent + "<" + e.FullTag())
	for _, a := range e.Attr {
		b.WriteString(" " + a.FullKey() + `="` + escapeXML(a.Value, format) + `"`)
	}
	if len(e.Child) == 0 {
		*lines = append(*lines, b.String()+"/>")
		return
	}
	if text := e.Text(); len(e.ChildElements()) == 0 && text != "" {
		*lines = append(*lines, b.String()+">"+escapeXML(text, format)+"</"+e.FullTag()+">")
		return
	}
	*lines = append(*lines, b.String()+">")
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.Element:
			xmlLines(t, indent+"  ", lines)
		case *etree.Comment:
			*lines = append(*lines, indent+"  <!--"+strings.Join(strings.Fields(t.Data), " ")+"-->")
		}
	}
	*lines = append(*lines, indent+"</"+e.FullTag()+">")
}

// escapeXML writes text for an attribute: everything that is no printable ASCII character by its number.
func escapeXML(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r > '~':
			fmt.Fprintf(&b, format, r)
		case r < ' ':
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
