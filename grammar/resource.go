package grammar

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// objectID is the id of an object; its characters are checked when the object is made.
type objectID string

// Parse reads the id.
func (o *objectID) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() || !identWord(t.Value) {
		return faultf(lex, "Expected identifier")
	}
	*o = objectID(t.Value)
	lex.Next()
	return nil
}

// description is "description=TEXT"; without a text it is a pair like any other.
type description struct {
	Text string
	Has  bool
}

// Parse reads the description if there is one.
func (d *description) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.Type != tPair || !hasFoldPrefix(t.Value, "description=") || len(t.Value) == len("description=") {
		return participle.NextMatch
	}
	d.Text, d.Has = t.Value[len("description="):], true
	lex.Next()
	return nil
}

func (d *description) add(e *etree.Element) {
	if d.Has {
		e.CreateAttr("description", d.Text)
	}
}

// Primitive is "primitive ID TYPE|@TEMPLATE [description=] {params|meta|utilization|operations|op}".
type Primitive struct {
	Keyword string      `parser:"@Word"`
	Name    objectID    `parser:"@@"`
	Type    raType      `parser:"@@"`
	Desc    description `parser:"@@?"`
	Lead    *Implicit   `parser:"@@?"`
	Parts   []*Part     `parser:"@@*"`
}

// Template is an rsc_template; its grammar is that of Primitive.
type Template Primitive

// Part is one part of a primitive's body.
type Part struct {
	Params      *AttrSet    `parser:"'params' @@"`
	Meta        *AttrSet    `parser:"| 'meta' @@"`
	Utilization *AttrSet    `parser:"| 'utilization' @@"`
	Operations  *Operations `parser:"| 'operations' @@"`
	Op          *Op         `parser:"| 'op' @@"`
}

// raType is "[CLASS:[PROVIDER:]]TYPE" or "@TEMPLATE".
type raType string

// Parse reads the type.
func (r *raType) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() || t.Value == "" || t.Value == "@" {
		return faultf(lex, "Expected resource type or @template")
	}
	*r = raType(t.Value)
	lex.Next()
	return nil
}

// Operations is "operations $id=ID|$id-ref=ID {op …}".
type Operations struct {
	ID    opsID `parser:"@@"`
	IDRef string
	Ops   []*Op `parser:"( 'op' @@ )*"`
}

// opsID is the id or id-ref behind "operations"; it must be there.
type opsID string

// Parse reads it.
func (o *opsID) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.Type != tID && t.Type != tIDRef {
		return faultf(lex, "Expected $id-ref=<id> or $id=<id>")
	}
	*o = opsID(t.Value)
	lex.Next()
	return nil
}

// Op is "ACTION {$id=ID|name=value} [SCORE: …|rule …] {op_params …|op_meta …}": with a score or a rule begins a set of
// instance attributes whose op_params was left out.
type Op struct {
	Action ident    `parser:"@@"`
	Pairs  []*Pair  `parser:"@@*"`
	Lead   *opLead  `parser:"@@?"`
	Sets   []*OpSet `parser:"@@*"`
}

// opLead is the set without op_params.
type opLead struct {
	Start opLeadStart `parser:"@@"`
	Set   *AttrSet    `parser:"@@"`
}

// opLeadStart takes no word: it is there if a score or a rule follows.
type opLeadStart struct{}

// Parse looks at the word.
func (*opLeadStart) Parse(lex *lexer.PeekingLexer) error {
	if t := lex.Peek(); t.Type == tLabel || t.Type == tWord && strings.EqualFold(t.Value, "rule") {
		return nil
	}
	return participle.NextMatch
}

// OpSet is a set of instance or meta attributes of an op.
type OpSet struct {
	Kind string   `parser:"@( 'op_params' | 'op_meta' )"`
	Set  *AttrSet `parser:"@@"`
}

func (p *Primitive) id() string { return string(p.Name) }
func (t *Template) id() string  { return string(t.Name) }

func (p *Primitive) build(b *builder, s *stmt) (*etree.Element, error) {
	return p.element(b, "primitive")
}

func (t *Template) build(b *builder, s *stmt) (*etree.Element, error) {
	if strings.HasPrefix(string(t.Type), "@") {
		return nil, &fault{reason: "a template has a resource type, not a template", at: 2}
	}
	return (*Primitive)(t).element(b, "template")
}

// element makes a <primitive> or a <template>.
func (p *Primitive) element(b *builder, tag string) (*etree.Element, error) {
	e := newElement(tag, "id", string(p.Name))
	if err := b.agent(e, string(p.Type)); err != nil {
		return nil, err
	}
	p.Desc.add(e)
	p.Lead.add(b, e)
	var ops *etree.Element
	for _, part := range p.Parts {
		switch {
		case part.Params != nil:
			e.AddChild(part.Params.element(b, "instance_attributes"))
		case part.Meta != nil:
			e.AddChild(part.Meta.element(b, "meta_attributes"))
		case part.Utilization != nil:
			e.AddChild(part.Utilization.element(b, "utilization"))
		case part.Operations != nil:
			ops = part.Operations.element(b)
			for _, o := range part.Operations.Ops {
				ops.AddChild(o.element(b))
			}
			e.AddChild(ops)
			continue
		case part.Op != nil:
			if ops == nil {
				ops = etree.NewElement("operations")
				e.AddChild(ops)
			}
			ops.AddChild(part.Op.element(b))
			continue
		}
		ops = nil // ops must be adjacent: a later one begins a new <operations>
	}
	return e, nil
}

// agent sets class, provider and type, or template.
func (b *builder) agent(e *etree.Element, spec string) error {
	if strings.HasPrefix(spec, "@") {
		e.CreateAttr("template", spec[1:])
		return nil
	}
	parts := strings.Split(spec, ":")
	class, provider, typ := "ocf", "", parts[len(parts)-1]
	switch len(parts) {
	case 1:
	case 2:
		class = parts[0]
	case 3:
		class, provider = parts[0], parts[1]
	}
	if len(parts) > 3 || typ == "" || len(parts) == 3 && provider == "" {
		return &fault{reason: "bad resource type specification " + spec, at: 2}
	}
	if class != "ocf" && provider != "" {
		b.warn("ra class %s does not support providers", class)
		provider = ""
	}
	if class == "ocf" && provider == "" {
		provider = "heartbeat"
		if b.env.Provider != nil {
			provider = orElse(b.env.Provider(typ), provider)
		}
	}
	addAttrs(e, "class", class)
	if provider != "" {
		addAttrs(e, "provider", provider)
	}
	addAttrs(e, "type", typ)
	return nil
}

func (o *Operations) element(b *builder) *etree.Element {
	e := etree.NewElement("operations")
	name, v, _ := strings.Cut(string(o.ID), "=")
	if strings.EqualFold(name, "$id-ref") {
		v = b.resolveSet("operations", v)
	}
	e.CreateAttr(strings.ToLower(strings.TrimPrefix(name, "$")), v)
	return e
}

// opAttrs are the attributes that the schema gives an op; everything else is an instance attribute of it.
var opAttrs = set("id", "name", "interval", "description", "start-delay", "interval-origin", "timeout", "enabled",
	"record-pending", "role", "on-fail")

// IsOpAttribute tells whether the schema gives an op an attribute of that name; others are instance attributes of it.
func IsOpAttribute(name string) bool { return opAttrs[name] }

func (o *Op) element(b *builder) *etree.Element {
	e := newElement("op", "name", string(o.Action))
	var extra *etree.Element
	for _, p := range o.Pairs {
		if p.NVID == "id" {
			e.CreateAttr("id", p.Value)
			continue
		}
		extra = b.opPair(e, extra, p)
	}
	if e.SelectAttr("interval") == nil {
		if extra != nil {
			b.attributeOrder("interval", noWord)
		}
		e.CreateAttr("interval", "0")
	}
	if extra != nil {
		e.AddChild(extra)
	}
	if o.Lead != nil {
		e.AddChild(o.Lead.Set.element(b, "instance_attributes"))
	}
	for _, s := range o.Sets {
		tag := "instance_attributes"
		if strings.EqualFold(s.Kind, "op_meta") {
			tag = "meta_attributes"
		}
		e.AddChild(s.Set.element(b, tag))
	}
	return e
}

func (b *builder) attributeOrder(name string, at int) {
	b.fail(&fault{reason: "Attribute order error: " + name + " must appear before any instance attribute", at: at, near: noWord})
}

// opPair makes one pair an attribute of the op or, in extra, one of its instance attributes.
func (b *builder) opPair(e, extra *etree.Element, p *Pair) *etree.Element {
	known := p.Ref == "" && p.NVID == "" && (opAttrs[strings.ToLower(p.Name)] || p.Name == "requires" && !schemaAtLeast(b.env.Schema, 3, 0))
	switch {
	case known && extra != nil:
		b.attributeOrder(p.Name, p.at)
	case known && p.Name == "role":
		e.CreateAttr("role", b.role(p.Value))
	case known:
		e.CreateAttr(p.Name, p.Value)
	default:
		if extra == nil {
			extra = etree.NewElement("instance_attributes")
		}
		b.pairs(extra, []*Pair{p})
	}
	return extra
}
