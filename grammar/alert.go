package grammar

import (
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

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
