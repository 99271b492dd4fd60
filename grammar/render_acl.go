package grammar

import (
	"strings"

	"github.com/beevik/etree"
)

func (p *printer) aclTarget(e *etree.Element) {
	p.add(p.kw(e.Tag), p.oid(p.word(get(e, "id"))))
	for _, c := range e.ChildElements() {
		p.add(p.ref(get(c, "id")))
	}
}

func (p *printer) role(e *etree.Element) {
	p.add(p.kw("role"), p.oid(p.word(get(e, "id"))))
	p.description(e)
	for _, c := range e.ChildElements() {
		if c.Tag != "acl_permission" {
			p.bad = true
			continue
		}
		words := []string{p.kw(get(c, "kind"))}
		if id := p.setID(c, false); id != "" {
			words = append(words, id)
		}
		if d := c.SelectAttr("description"); d != nil {
			words = append(words, p.pair("description", d.Value))
		}
		p.add(append(words, p.permission(c)...)...)
	}
}

// permission writes what a permission is about, in the order xpath, reference, attribute, object type.
func (p *printer) permission(c *etree.Element) []string {
	var words []string
	for _, a := range [][2]string{{"xpath", "xpath"}, {"reference", "ref"}, {"attribute", "attr"}, {"object-type", "type"}} {
		v := c.SelectAttr(a[0])
		if v == nil {
			continue
		}
		if short := p.shorten(v.Value); a[0] == "xpath" && short != "" {
			words = append(words, p.kw(short))
			continue
		}
		words = append(words, p.kw(a[1])+":"+p.env.style(KindAttrValue, p.quote(v.Value)))
	}
	return words
}

// shorten gives the shortcut of an xpath, "" if it has none.
func (p *printer) shorten(xpath string) string {
	for _, name := range shortcutOrder {
		s := shortcuts[name]
		args, rest, ok := fill(s.pattern, xpath)
		if !ok {
			continue
		}
		if rest != "" {
			more, tail, ok := fill(s.more, rest)
			if s.more == "" || !ok || tail != "" {
				continue
			}
			args = append(args, more...)
		}
		if len(args) == 0 {
			return name
		}
		if len(args) > 1 && args[0] == args[1] && strings.Count(s.pattern, "@@") == 2 {
			args = args[1:]
		}
		return p.word(name + ":" + strings.Join(args, ":"))
	}
	return ""
}

// fill matches text with a pattern in which @@ stands for an argument, and returns arguments and rest.
func fill(pattern, text string) (args []string, rest string, ok bool) {
	parts := strings.Split(pattern, "@@")
	for i, lit := range parts {
		if !strings.HasPrefix(text, lit) {
			return nil, "", false
		}
		text = text[len(lit):]
		if i+1 < len(parts) {
			end := strings.IndexByte(text, '\'')
			if end <= 0 || strings.ContainsAny(text[:end], ": ") {
				return nil, "", false
			}
			args, text = append(args, text[:end]), text[end:]
		}
	}
	return args, text, true
}

func (p *printer) user(e *etree.Element) {
	p.add(p.kw("user"), p.oid(p.word(get(e, "id"))))
	for _, c := range e.ChildElements() {
		if c.Tag != "role_ref" {
			p.bad = true
			continue
		}
		p.add(p.kw("role") + ":" + p.ref(get(c, "id")))
	}
}

func (p *printer) alert(e *etree.Element) {
	p.add(p.kw("alert"), p.oid(p.word(get(e, "id"))), p.env.style(KindAttrValue, p.quote(get(e, "path"))))
	p.description(e)
	braces := bracesNeeded(e)
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "instance_attributes":
			p.add(p.kw("attributes") + p.set(c))
		case "meta_attributes":
			p.add(p.kw("meta") + p.set(c))
		case "select":
			p.add(p.selection(c))
		case "recipient":
			p.add(p.recipient(c, braces))
		default:
			p.bad = true
		}
	}
}

// bracesNeeded tells whether an attribute set follows a recipient: without braces it would be read as the recipient's.
func bracesNeeded(e *etree.Element) bool {
	seen := false
	for _, c := range e.ChildElements() {
		if c.Tag == "recipient" {
			seen = true
		} else if seen && strings.HasSuffix(c.Tag, "_attributes") {
			return true
		}
	}
	return false
}

func (p *printer) selection(e *etree.Element) string {
	words := []string{p.kw("select")}
	for _, c := range e.ChildElements() {
		kind := strings.TrimPrefix(c.Tag, "select_")
		words = append(words, p.kw(kind))
		if kind == "attributes" {
			words = append(words, "{")
			for _, a := range c.ChildElements() {
				words = append(words, p.word(get(a, "name")))
			}
			words = append(words, "}")
		}
	}
	return strings.Join(words, " ")
}

func (p *printer) recipient(e *etree.Element, braces bool) string {
	words := []string{p.kw("to")}
	if braces {
		words = append(words, "{")
	}
	words = append(words, p.env.style(KindAttrValue, p.quote(get(e, "value"))))
	if p.env.Exact && e.SelectAttr("description") != nil {
		words = append(words, p.pair("description", get(e, "description")))
	}
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "instance_attributes":
			words = append(words, p.kw("attributes")+p.set(c))
		case "meta_attributes":
			words = append(words, p.kw("meta")+p.set(c))
		default:
			p.bad = true
		}
	}
	if braces {
		words = append(words, "}")
	}
	return strings.Join(words, " ")
}
