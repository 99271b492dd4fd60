package grammar

import (
	"sort"
	"strings"

	"github.com/beevik/etree"
)

func get(e *etree.Element, name string) string { return e.SelectAttrValue(name, "") }

// setKeywords has the keyword of each kind of attribute set inside resources.
var setKeywords = map[string]string{
	"instance_attributes": "params", "meta_attributes": "meta", "utilization": "utilization",
}

func (p *printer) primitive(e *etree.Element) {
	kw, _ := keywordOf(e)
	typ := "@" + get(e, "template")
	if e.SelectAttr("template") == nil {
		typ = p.agentType(e)
	}
	p.add(p.kw(kw), p.oid(p.word(get(e, "id"))), p.word(typ))
	p.description(e)
	for _, c := range e.ChildElements() {
		switch {
		case setKeywords[c.Tag] != "":
			p.add(p.kw(setKeywords[c.Tag]) + p.set(c))
		case c.Tag == "operations":
			p.operations(c)
		default:
			p.bad = true
		}
	}
}

// agentType leaves out class and provider of an ocf:heartbeat agent where reading finds them again.
func (p *printer) agentType(e *etree.Element) string {
	class, provider, typ := get(e, "class"), get(e, "provider"), get(e, "type")
	if class == "ocf" && provider == "heartbeat" && !strings.Contains(typ, ":") {
		if p.env.Provider == nil || orElse(p.env.Provider(typ), "heartbeat") == "heartbeat" {
			return typ
		}
	}
	if provider != "" {
		return class + ":" + provider + ":" + typ
	}
	return class + ":" + typ
}

// set writes the inside of an attribute set, with a blank in front of each part.
func (p *printer) set(e *etree.Element) string {
	var b strings.Builder
	if ref := e.SelectAttr("id-ref"); ref != nil {
		b.WriteString(" $id-ref=" + p.ref(ref.Value))
	}
	if id := p.setID(e, false); id != "" {
		b.WriteString(" " + id)
	}
	if s := p.score(e); s != "" {
		b.WriteString(" " + s)
	}
	kids := e.ChildElements()
	if !p.env.Exact { // the order of rules and pairs means nothing, and rules are read first
		sort.SliceStable(kids, func(i, j int) bool { return kids[i].Tag == "rule" && kids[j].Tag != "rule" })
	}
	for _, c := range kids {
		switch c.Tag {
		case "rule":
			b.WriteString(" " + p.rule(c))
		case "nvpair":
			b.WriteString(" " + p.nvpair(c))
		default:
			p.bad = true
		}
	}
	return b.String()
}

// label is an id in front of a colon. One with more than letters, digits, "_" and "-" is shown in the xml form,
// as the reference does.
func (p *printer) label(id string) string {
	if !p.env.Exact && strings.ContainsFunc(id, func(r rune) bool { return r != '_' && r != '-' && (r == '.' || notPlain(r)) }) {
		p.bad = true
	}
	return p.word(id)
}

// score writes "SCORE:" of score or score-attribute, "" if there is neither.
func (p *printer) score(e *etree.Element) string {
	if s := e.SelectAttr("score"); s != nil {
		return p.env.style(KindScore, scoreText(s.Value)) + ":"
	}
	if s := e.SelectAttr("score-attribute"); s != nil {
		return p.env.style(KindScore, p.word(s.Value)) + ":"
	}
	return ""
}

func (p *printer) nvpair(e *etree.Element) string {
	name := get(e, "name")
	if ref := e.SelectAttr("id-ref"); ref != nil {
		if e.SelectAttr("name") != nil {
			return "@" + p.ref(ref.Value) + ":" + name
		}
		return "@" + p.ref(ref.Value)
	}
	front := ""
	if id := p.setID(e, false); id != "" {
		front = "$" + strings.TrimPrefix(id, "$id=")
		if id != "$id="+name {
			front += ":" + p.env.style(KindAttrName, name)
		}
	} else {
		front = p.env.style(KindAttrName, name)
	}
	v := e.SelectAttr("value")
	if v == nil {
		return front
	}
	return front + "=" + p.env.style(KindAttrValue, p.hide(name, p.quote(v.Value)))
}

func (p *printer) operations(e *etree.Element) {
	if ref := e.SelectAttr("id-ref"); ref != nil {
		p.add(p.kw("operations"), "", "$id-ref="+p.ref(ref.Value))
	} else if id := p.setID(e, true); id != "" {
		p.add(p.kw("operations"), id)
	} else if e.SelectAttr("id") != nil {
		p.add(p.kw("operations"), "$id="+p.oid(p.word(get(e, "id"))))
	}
	for _, op := range e.ChildElements() {
		if op.Tag != "op" {
			p.bad = true
			return
		}
		words := []string{p.kw("op"), p.word(get(op, "name"))}
		if id := p.setID(op, false); id != "" {
			words = append(words, id)
		}
		p.add(append(words, p.attrsOf(op, "id", "name")...)...)
		p.description(op)
		for _, c := range op.ChildElements() {
			switch c.Tag {
			case "instance_attributes":
				p.add(p.kw("op_params") + p.set(c))
			case "meta_attributes":
				p.add(p.kw("op_meta") + p.set(c))
			default:
				p.bad = true
			}
		}
	}
}

// resourceTags are the resources that may stand inside a container.
var resourceTags = set("primitive", "group", "clone", "master", "bundle", "member")

func (p *printer) container(e *etree.Element) {
	kw, _ := keywordOf(e)
	head := []string{p.kw(kw), p.oid(p.word(get(e, "id")))}
	for _, c := range e.ChildElements() {
		if resourceTags[c.Tag] {
			head = append(head, p.ref(get(c, "id")))
		}
	}
	p.add(head...)
	p.description(e)
	for _, c := range e.ChildElements() {
		switch {
		case c.Tag == "instance_attributes" || c.Tag == "meta_attributes":
			p.add(p.kw(setKeywords[c.Tag]) + p.set(c))
		case !resourceTags[c.Tag]:
			p.bad = true
		}
	}
}

func (p *printer) bundle(e *etree.Element) {
	p.add(p.kw("bundle"), p.oid(p.word(get(e, "id"))))
	p.description(e)
	var last []string
	if kids := e.ChildElements(); !p.env.Exact && len(kids) > 0 && kids[0].Tag == "meta_attributes" {
		p.bad = true // the reference reads the container first
	}
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "docker", "podman", "rkt":
			p.add(append([]string{p.kw(c.Tag)}, p.attrsOf(c)...)...)
		case "network", "storage":
			words := append([]string{p.kw(c.Tag)}, p.attrsOf(c)...)
			for _, m := range c.ChildElements() {
				words = append(append(words, p.kw(m.Tag)), p.attrsOf(m)...)
			}
			p.add(words...)
		case "meta_attributes":
			p.add(p.kw("meta") + p.set(c))
		case "primitive", "member":
			last = append(last, p.kw("primitive")+" "+p.ref(get(c, "id")))
		default:
			p.bad = true
		}
	}
	p.parts = append(p.parts, last...)
}

func (p *printer) node(e *etree.Element) {
	id, uname := get(e, "id"), get(e, "uname")
	name := p.oid(p.word(uname))
	if typ := e.SelectAttr("type"); typ != nil && typ.Value != "normal" {
		name += ":" + typ.Value
	}
	if id != uname {
		p.add(p.kw("node"), p.oid(p.label(id))+":", name)
	} else {
		p.add(p.kw("node"), name)
	}
	p.description(e)
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "instance_attributes":
			p.add(p.kw("attributes") + p.set(c))
		case "utilization":
			p.add(p.kw("utilization") + p.set(c))
		default:
			p.bad = true
		}
	}
}

func (p *printer) properties(e *etree.Element) {
	kw, _ := keywordOf(e)
	if ref := e.SelectAttr("id-ref"); ref != nil {
		p.add(p.kw(kw), "$id-ref="+p.ref(ref.Value))
	} else {
		p.add(p.kw(kw), p.oid(p.label(get(e, "id")))+":")
	}
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "rule":
			p.add(p.rule(c))
		case "nvpair":
			p.add(p.nvpair(c))
		default:
			p.bad = true
		}
	}
}

func (p *printer) tag(e *etree.Element) {
	words := []string{p.kw("tag"), p.oid(p.word(get(e, "id")))}
	for _, c := range e.ChildElements() {
		words = append(words, p.ref(get(c, "id")))
	}
	p.add(words...)
}
