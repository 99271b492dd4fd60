package grammar

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// Monitor is "monitor RSC[:ROLE] INTERVAL[:TIMEOUT]"; it adds an op to a resource.
type Monitor struct {
	Keyword  string       `parser:"@Word"`
	Resource monitorRsc   `parser:"@@"`
	Times    monitorTimes `parser:"@@"`
}

type monitorRsc struct{ ID, Role string }

// Parse reads the resource and its role.
func (m *monitorRsc) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	rsc, role, has := strings.Cut(t.Value, ":")
	if t.EOF() || !resourceWord(rsc) {
		return faultf(lex, "Expected resource[:role]")
	}
	lex.Next()
	m.ID = rsc
	if has && role != "" {
		r, ok := canonicalRole(role)
		if !ok {
			return &fault{reason: fmt.Sprintf("Invalid role '%s' for resource '%s'", role, rsc), at: t.Pos.Offset, near: t.Pos.Offset + 1,
				hint: nearest(role, roleNames)}
		}
		m.Role = r
	}
	return nil
}

type monitorTimes struct{ Interval, Timeout string }

// Parse reads interval and timeout.
func (m *monitorTimes) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	parts := strings.Split(t.Value, ":")
	if t.EOF() || len(parts) > 2 || parts[0] == "" || len(parts) == 2 && parts[1] == "" || strings.Contains(t.Value, "=") {
		return faultf(lex, "Expected value[:value]")
	}
	m.Interval = parts[0]
	if len(parts) == 2 {
		m.Timeout = parts[1]
	}
	lex.Next()
	return nil
}

func (m *Monitor) id() string { return m.Resource.ID }

func (m *Monitor) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("op", "name", "monitor")
	if m.Resource.Role != "" {
		e.CreateAttr("role", b.role(m.Resource.Role))
	}
	e.CreateAttr("interval", m.Times.Interval)
	if m.Times.Timeout != "" {
		e.CreateAttr("timeout", m.Times.Timeout)
	}
	return e, nil
}

// Topology is "fencing_topology (LEVEL {LEVEL} | TARGET LEVEL {LEVEL} {TARGET LEVEL {LEVEL}})".
type Topology struct {
	Keyword string `parser:"@Word"`
	Words   items  `parser:"@@"`
}

func (t *Topology) id() string { return "fencing_topology" }

func (t *Topology) build(b *builder, s *stmt) (*etree.Element, error) {
	e := etree.NewElement("fencing-topology")
	var targets [][]string // attribute name and value, in pairs
	index := map[string]int{}
	if len(t.Words.toks) == 0 {
		return e, nil
	}
	if w := t.Words.toks[0]; w.Type != tLabel && !isTarget(w.Value) && b.env.Nodes != nil {
		for _, n := range b.env.Nodes() {
			targets = append(targets, []string{"target", n})
		}
	}
	var levels []string
	write := func() {
		for _, tgt := range targets {
			b.levels(e, tgt, levels, index)
		}
		levels = nil
	}
	for _, w := range t.Words.toks {
		if tgt := parseTarget(w); tgt != nil {
			write()
			targets = [][]string{tgt}
			continue
		}
		levels = append(levels, w.Value)
	}
	write()
	return e, nil
}

// levels adds the levels of one target, counted on from those that it has.
func (b *builder) levels(e *etree.Element, tgt, devices []string, index map[string]int) {
	for _, d := range devices {
		key := strings.Join(tgt, "\x00")
		if tgt[0] == "target-attribute" {
			key = strings.Join(tgt[:2], "\x00") // the reference counts per attribute name
		}
		index[key]++
		l := etree.NewElement("fencing-level")
		if tgt[0] == "target" {
			addAttrs(l, tgt...)
		}
		addAttrs(l, "index", strconv.Itoa(index[key]), "devices", d)
		if tgt[0] != "target" {
			addAttrs(l, tgt...)
		}
		e.AddChild(l)
	}
}

func isTarget(v string) bool {
	return strings.HasPrefix(v, "attr:") || strings.HasPrefix(v, "pattern:")
}

func parseTarget(w lexer.Token) []string {
	v := w.Value
	switch {
	case strings.HasPrefix(v, "pattern:") && len(v) > len("pattern:"):
		return []string{"target-pattern", v[len("pattern:"):]}
	case strings.HasPrefix(v, "attr:"):
		name, value, _ := strings.Cut(v[len("attr:"):], "=")
		return []string{"target-attribute", name, "target-value", value}
	case strings.HasSuffix(v, ":") && len(v) > 1:
		return []string{"target", strings.TrimSuffix(v, ":")}
	}
	return nil
}

// Tag is "tag ID[:] OBJECT {OBJECT}".
type Tag struct {
	Keyword string    `parser:"@Word"`
	Name    tagName   `parser:"@@"`
	Objects []childID `parser:"@@+"`
}

type tagName string

// Parse reads the tag's name.
func (n *tagName) Parse(lex *lexer.PeekingLexer) error {
	v := strings.TrimSuffix(lex.Peek().Value, ":")
	if !identWord(v) || strings.Contains(v, ":") {
		return faultf(lex, "Expected tag name")
	}
	*n = tagName(v)
	lex.Next()
	return nil
}

func (t *Tag) id() string { return string(t.Name) }

func (t *Tag) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("tag", "id", string(t.Name))
	for _, o := range t.Objects {
		e.AddChild(newElement("obj_ref", "id", string(o)))
	}
	return e, nil
}

// Alert is "alert ID PATH [description=] {attributes …|meta …|select …|to …}".
type Alert struct {
	Keyword string       `parser:"@Word"`
	Name    objectID     `parser:"@@"`
	Path    alertPath    `parser:"@@"`
	Desc    description  `parser:"@@?"`
	Parts   []*AlertPart `parser:"@@*"`
}

// alertPath is the path of the program.
type alertPath string

// Parse reads it.
func (p *alertPath) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() || t.Value == "" {
		return faultf(lex, "Expected path")
	}
	*p = alertPath(t.Value)
	lex.Next()
	return nil
}

// AlertPart is one part of an alert.
type AlertPart struct {
	Attributes *AttrSet   `parser:"'attributes' @@"`
	Meta       *AttrSet   `parser:"| 'meta' @@"`
	Select     *Selection `parser:"| 'select' @@"`
	To         *Recipient `parser:"| 'to' @@"`
}

// Selection is "{nodes|fencing|resources|attributes { A {A} }}".
type Selection struct {
	Items []*Selected `parser:"@@*"`
}

// Selected is one kind of events.
type Selected struct {
	Kind  string   `parser:"@( 'nodes' | 'fencing' | 'resources' )"`
	Attrs selAttrs `parser:"| @@"`
}

// selAttrs is "attributes { A {A} }"; "attributes" without the brace belongs to the alert.
type selAttrs struct{ Names []string }

// Parse reads it.
func (a *selAttrs) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if !strings.EqualFold(t.Value, "attributes") || lex.Range(lex.RawCursor()+1, lex.RawCursor()+2)[0].Value != "{" {
		return participle.NextMatch
	}
	lex.Next()
	lex.Next()
	for lex.Peek().Value != "}" {
		if lex.Peek().EOF() {
			return faultf(lex, "Expected }")
		}
		a.Names = append(a.Names, lex.Next().Value)
	}
	lex.Next()
	return nil
}

// Recipient is "RCPT [description=] {attributes|meta}", with or without braces.
type Recipient struct {
	Brace string           `parser:"@'{'?"`
	Value recipientValue   `parser:"@@"`
	Desc  description      `parser:"@@?"`
	Sets  []*RecipientPart `parser:"@@*"`
	Close closing          `parser:"@@?"`
}

// closing is the brace behind a recipient: the index of its word, 0 if there is none.
type closing int

// Parse reads it.
func (c *closing) Parse(lex *lexer.PeekingLexer) error {
	if lex.Peek().Value != "}" {
		return participle.NextMatch
	}
	*c = closing(lex.Next().Pos.Offset)
	return nil
}

type recipientValue string

// Parse reads the recipient.
func (r *recipientValue) Parse(lex *lexer.PeekingLexer) error {
	if lex.Peek().EOF() {
		return faultf(lex, "Expected recipient")
	}
	*r = recipientValue(lex.Next().Value)
	return nil
}

// RecipientPart is one set of attributes of a recipient.
type RecipientPart struct {
	Attributes *AttrSet `parser:"'attributes' @@"`
	Meta       *AttrSet `parser:"| 'meta' @@"`
}

func (a *Alert) id() string { return string(a.Name) }

func (a *Alert) check(s *stmt) *fault {
	for _, p := range a.Parts {
		switch {
		case p.To == nil:
		case p.To.Brace != "" && p.To.Close == 0:
			return &fault{reason: "Expected }", at: len(s.words)}
		case p.To.Brace == "" && p.To.Close != 0:
			return &fault{reason: "Unmatched }", at: int(p.To.Close)}
		}
	}
	return nil
}

func (a *Alert) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("alert", "id", string(a.Name), "path", string(a.Path))
	a.Desc.add(e)
	recipients := 0
	for _, p := range a.Parts {
		switch {
		case p.Attributes != nil:
			e.AddChild(p.Attributes.element(b, "instance_attributes"))
		case p.Meta != nil:
			e.AddChild(p.Meta.element(b, "meta_attributes"))
		case p.Select != nil && len(p.Select.Items) > 0:
			e.AddChild(p.Select.element())
		case p.To != nil:
			recipients++ // their ids say which they are, whatever others there were before
			e.AddChild(p.To.element(b, fmt.Sprintf("%s-recipient-%d", a.Name, recipients)))
		}
	}
	return e, nil
}

func (x *Selection) element() *etree.Element {
	e := etree.NewElement("select")
	for _, i := range x.Items {
		if i.Kind != "" {
			e.AddChild(etree.NewElement("select_" + strings.ToLower(i.Kind)))
			continue
		}
		attrs := etree.NewElement("select_attributes")
		for _, a := range i.Attrs.Names {
			attrs.AddChild(newElement("attribute", "name", a))
		}
		e.AddChild(attrs)
	}
	return e
}

func (r *Recipient) element(b *builder, id string) *etree.Element {
	e := newElement("recipient", "id", id, "value", string(r.Value))
	r.Desc.add(e)
	for _, s := range r.Sets {
		if s.Attributes != nil {
			e.AddChild(s.Attributes.element(b, "instance_attributes"))
		} else {
			e.AddChild(s.Meta.element(b, "meta_attributes"))
		}
	}
	return e
}

// XML is "xml TEXT": the element as given.
type XML struct {
	Keyword string `parser:"@Word"`
	Words   items  `parser:"@@"`
	elem    *etree.Element
}

// objectTags are the elements that `xml` may give, with the section of each.
var objectTags = map[string]string{
	"node": "nodes", "primitive": "resources", "template": "resources", "group": "resources", "clone": "resources",
	"master": "resources", "bundle": "resources", "rsc_location": "constraints", "rsc_colocation": "constraints",
	"rsc_order": "constraints", "rsc_ticket": "constraints", "cluster_property_set": "crm_config",
	"meta_attributes": "rsc_defaults", "fencing-topology": "configuration", "tag": "tags", "acl_role": "acls",
	"acl_target": "acls", "acl_group": "acls", "acl_user": "acls", "alert": "alerts",
	"rsc_defaults": "configuration", "op_defaults": "configuration",
}

func (x *XML) id() string {
	e := x.elem
	if e != nil && (e.Tag == "rsc_defaults" || e.Tag == "op_defaults") {
		e = e.SelectElement("meta_attributes")
	}
	switch {
	case e == nil:
		return ""
	case e.Tag == "node":
		return e.SelectAttrValue("uname", e.SelectAttrValue("id", ""))
	case e.Tag == "fencing-topology":
		return "fencing_topology"
	}
	return e.SelectAttrValue("id", "")
}

func (x *XML) check(s *stmt) *fault {
	parts := make([]string, len(x.Words.toks))
	for i, w := range x.Words.toks {
		parts[i] = w.Value
	}
	doc := etree.NewDocument()
	doc.ReadSettings.ValidateInput = true
	if err := doc.ReadFromString(strings.Join(parts, " ")); err != nil || doc.Root() == nil {
		if err == nil {
			err = errEmptyXML
		}
		return &fault{reason: "not well-formed XML: " + err.Error(), at: noWord}
	}
	x.elem = doc.Root()
	if objectTags[x.elem.Tag] == "" {
		return &fault{reason: "Unknown element " + x.elem.Tag, at: 1}
	}
	stripSpace(x.elem)
	return nil
}

func (x *XML) build(b *builder, s *stmt) (*etree.Element, error) {
	e := x.elem.Copy()
	return e, nil
}
