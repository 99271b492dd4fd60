package grammar

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// RenderEnv is what Render asks about the rest of the configuration. Every function may be nil.
type RenderEnv struct {
	// Referenced tells whether some id-ref names this id: then $id= is written, so that the reference
	// still has its target when the text is read into another CIB.
	Referenced func(id string) bool
	// Exact writes every id that reading the text would not make again, as save does; without it
	// only ids that are referenced are written, as show does.
	Exact bool
	// Obscure tells whether the value of an attribute with this name is shown as "******".
	Obscure func(name string) bool
	// Provider is that of Env: where it finds another provider than heartbeat for a bare type, the type is written whole.
	Provider func(typ string) string
	// Nodes returns the sorted names of all nodes, for the short form of fencing_topology.
	Nodes func() []string
	// Style dresses a piece of text, for colours. nil leaves it plain.
	Style func(kind Kind, text string) string
	// OneLine puts the parts of an object on one line, as filter wants them.
	OneLine bool
	// XML gives the xml form in any case.
	XML bool
	// Schema is the validate-with of the CIB.
	Schema string
}

// Kind says what a piece of rendered text is, for colours.
type Kind int

// The kinds.
const (
	KindKeyword Kind = iota
	KindID
	KindAttrName
	KindAttrValue
	KindReference
	KindScore
	KindTicket
	KindComment
)

// Render gives the text of a CIB element as `show` prints it: lines joined by " \", comments in
// front. It falls back to the xml form when reading the text would not give the same element again.
// e is an object: a resource, a constraint, a node, a property set, fencing-topology, …
func Render(e *etree.Element, env RenderEnv) string {
	text, ok := "", false
	if !env.XML {
		text, ok = render(e, env)
	}
	if !ok {
		return renderXML(e, env)
	}
	return text
}

// Head gives the first words of an object's text: keyword and id, for messages. ok is false for an element without statement.
func keywordOf(e *etree.Element) (string, bool) {
	switch e.Tag {
	case "meta_attributes":
		if p := e.Parent(); p != nil && p.Tag == "op_defaults" {
			return "op_defaults", true
		}
		return "rsc_defaults", true
	}
	k, ok := keywordByTag[e.Tag]
	return k, ok
}

// Keyword returns the statement that an element of the CIB is written as, "" where there is none.
func Keyword(e *etree.Element) string { k, _ := keywordOf(e); return k }

var keywordByTag = map[string]string{
	"node": "node", "primitive": "primitive", "template": "rsc_template", "group": "group", "clone": "clone", "master": "ms",
	"bundle": "bundle", "rsc_location": "location", "rsc_colocation": "colocation", "rsc_order": "order",
	"rsc_ticket": "rsc_ticket", "cluster_property_set": "property", "fencing-topology": "fencing_topology",
	"tag": "tag", "acl_role": "role", "acl_target": "acl_target", "acl_group": "acl_group", "acl_user": "user", "alert": "alert",
}

// printer writes one object: the head and the parts behind it.
type printer struct {
	env   RenderEnv
	parts []string
	bad   bool                    // the text cannot say it
	made  map[*etree.Element]bool // elements whose id would be generated; nil = not computed
}

var writers map[string]func(*printer, *etree.Element)

func init() {
	writers = map[string]func(*printer, *etree.Element){
		"node": (*printer).node, "primitive": (*printer).primitive, "template": (*printer).primitive,
		"group": (*printer).container, "clone": (*printer).container, "master": (*printer).container,
		"bundle": (*printer).bundle, "rsc_location": (*printer).location, "rsc_colocation": (*printer).colocation,
		"rsc_order": (*printer).order, "rsc_ticket": (*printer).ticket, "cluster_property_set": (*printer).properties,
		"meta_attributes": (*printer).properties, "fencing-topology": (*printer).topology, "tag": (*printer).tag,
		"acl_role": (*printer).role, "acl_target": (*printer).aclTarget, "acl_group": (*printer).aclTarget,
		"acl_user": (*printer).user, "alert": (*printer).alert,
	}
}

// render writes the text form and proves that it reads back as the same element.
func render(e *etree.Element, env RenderEnv) (string, bool) {
	w := writers[e.Tag]
	if w == nil {
		return "", false
	}
	plain := env
	plain.Style, plain.Obscure = nil, nil
	p := &printer{env: plain}
	w(p, e)
	if p.bad || !plainly(e, plain) && !readsBack(e, p, plain) {
		return "", false
	}
	if env.Style != nil || env.Obscure != nil {
		p = &printer{env: env}
		w(p, e)
	}
	sep := " \\\n\t"
	if env.OneLine {
		sep = " "
	}
	return comments(e, env) + strings.Join(p.parts, sep), true
}

// comments gives the comment children, one a line, each with "#" in front.
func comments(e *etree.Element, env RenderEnv) string {
	var b strings.Builder
	for _, t := range e.Child {
		if c, ok := t.(*etree.Comment); ok {
			for _, l := range strings.Split(strings.TrimSpace(c.Data), "\n") {
				l = strings.TrimSpace(l)
				if !strings.HasPrefix(l, "#") {
					l = "# " + l
				}
				b.WriteString(env.style(KindComment, l) + "\n")
			}
		}
	}
	return b.String()
}

func (env RenderEnv) style(k Kind, s string) string {
	if env.Style == nil {
		return s
	}
	return env.Style(k, s)
}

func (p *printer) kw(s string) string  { return p.env.style(KindKeyword, s) }
func (p *printer) oid(s string) string { return p.env.style(KindID, s) }
func (p *printer) ref(s string) string { return p.env.style(KindReference, p.word(s)) }

// pair writes name=value.
func (p *printer) pair(name, value string) string {
	return p.env.style(KindAttrName, name) + "=" + p.env.style(KindAttrValue, p.hide(name, p.quote(value)))
}

// quote is Quote; a value whose backslashes have to be doubled is shown in the xml form, as the reference does.
func (p *printer) quote(s string) string {
	if i := strings.IndexByte(s, '\\'); i >= 0 && !p.env.Exact && Quote(s) != `"`+strings.ReplaceAll(s, `"`, `\"`)+`"` {
		p.bad = true
	}
	return Quote(s)
}

func (p *printer) hide(name, text string) string {
	if p.env.Obscure != nil && p.env.Obscure(name) {
		return `"******"`
	}
	return text
}

func (p *printer) add(words ...string) { p.parts = append(p.parts, strings.Join(words, " ")) }

// attrsOf writes all attributes of e except those named.
func (p *printer) attrsOf(e *etree.Element, except ...string) []string {
	skip := set(except...)
	var out []string
	for _, a := range e.Attr {
		if !skip[a.Key] {
			out = append(out, p.pair(a.FullKey(), a.Value))
		}
	}
	return out
}

// description is always the first part.
func (p *printer) description(e *etree.Element) {
	if a := e.SelectAttr("description"); a != nil && a.Value != "" {
		p.add(p.pair("description", a.Value))
	}
}

// Quote writes a value so that Split reads it again: bare if it has letters, digits, "_", "." and "-"
// only, else in double quotes. A backslash is doubled only where it would change what follows, so that
// ordinary values look as the reference prints them.
func Quote(s string) string {
	if s != "" && strings.IndexFunc(s, notPlain) < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			b.WriteString(`\"`)
		case s[i] == '\\' && (i+1 == len(s) || s[i+1] == '\\' || s[i+1] == '"'):
			b.WriteString(`\\`)
		default:
			b.WriteByte(s[i])
		}
	}
	b.WriteByte('"')
	return b.String()
}

func notPlain(r rune) bool {
	if r < utf8.RuneSelf {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.' || r == '-')
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// word writes a word that stands alone. One that Split would not give back as it is (a blank or quote in an id)
// cannot be said: as in the reference, the object is shown as xml then.
func (p *printer) word(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\r\n\\'\"") {
		p.bad = true
	}
	return s
}

// scoreText writes a score: INFINITY is inf.
func scoreText(s string) string { return strings.ReplaceAll(s, "INFINITY", "inf") }

// setID writes "$id=X" where the id has to be said.
func (p *printer) setID(e *etree.Element, rule bool) string {
	id := e.SelectAttrValue("id", "")
	if id == "" {
		return ""
	}
	referenced := p.env.Referenced != nil && p.env.Referenced(id)
	if referenced && (rule || e.Tag == "utilization") || (referenced || p.env.Exact) && !p.generated(e, id) {
		return "$id=" + p.oid(p.word(id))
	}
	return ""
}

// generated tells whether reading the text gives the element this id without being told.
func (p *printer) generated(e *etree.Element, id string) bool {
	if e.Tag == "operations" {
		return false
	}
	if p.made == nil {
		top := e
		for top.Parent() != nil && !isObject(top) {
			top = top.Parent()
		}
		p.made = map[*etree.Element]bool{}
		n := &namer{used: map[string]bool{get(top, "id"): true}}
		p.expect(n, top, ancestorPrefix(top, ""))
	}
	return p.made[e]
}

// expect marks the elements whose id is the one that would be generated for them.
func (p *printer) expect(n *namer, e *etree.Element, prefix string) {
	for _, c := range e.ChildElements() {
		if resourceTags[c.Tag] {
			continue
		}
		if id := get(c, "id"); id != "" && needsID[c.Tag] {
			p.made[c] = n.pick(c, prefix) == id
			n.used[id] = true
		}
		p.expect(n, c, ancestorPrefix(c, prefix))
	}
}

func isObject(e *etree.Element) bool {
	if e.Tag == "meta_attributes" {
		p := e.Parent()
		return p != nil && (p.Tag == "rsc_defaults" || p.Tag == "op_defaults")
	}
	_, ok := keywordByTag[e.Tag]
	return ok
}
