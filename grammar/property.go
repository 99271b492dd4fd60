package grammar

import (
	"regexp"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// Properties is "property|rsc_defaults|op_defaults [SETID:|$id=ID|$id-ref=ID] {rule} {name=value}".
type Properties struct {
	Keyword string  `parser:"@Word"`
	Label   string  `parser:"( @Label"`
	SetID   string  `parser:"| @ID"`
	IDRef   string  `parser:"| @IDRef )?"`
	Rules   []*Rule `parser:"@@*"`
	Pairs   []*prop `parser:"@@*"`
}

// prop is one property. In files a name may stand alone; on the prompt it must have a value.
type prop struct{ Pair }

// Parse reads one property.
func (p *prop) Parse(lex *lexer.PeekingLexer) error {
	if lex.Peek().Type == tLabel {
		return participle.NextMatch
	}
	return p.Pair.Parse(lex)
}

// propertySets has the element of each statement and the id of its default set.
var propertySets = map[string][2]string{
	"property":     {"cluster_property_set", "cib-bootstrap-options"},
	"rsc_defaults": {"meta_attributes", "rsc-options"},
	"op_defaults":  {"meta_attributes", "op-options"},
}

func (p *Properties) id() string {
	switch {
	case p.Label != "":
		return strings.TrimSuffix(p.Label, ":")
	case p.SetID != "":
		return dollarValue(p.SetID)
	}
	return ""
}

// setLabel is what the id of a set may be before a colon; others need $id=.
var setLabel = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pN_-]+:$`) })

func (p *Properties) check(s *stmt) *fault {
	if p.Label != "" && !setLabel().MatchString(p.Label) {
		return &fault{reason: "Unknown arguments: " + strings.Join(texts(s.words[1:]), " "), at: 1}
	}
	if s.file != "" {
		return nil
	}
	for _, x := range p.Pairs {
		switch {
		case x.Ref == "" && !x.HasValue:
			return &fault{reason: "Unknown arguments: " + strings.Join(texts(s.words[x.at:]), " "), at: x.at}
		case x.Ref == "" && x.Value == "":
			return &fault{reason: "Empty value for " + x.Name + " is not allowed", at: x.at, near: noWord}
		}
	}
	return nil
}

func (p *Properties) build(b *builder, s *stmt) (*etree.Element, error) {
	d := propertySets[s.keyword]
	e := etree.NewElement(d[0])
	if p.IDRef != "" {
		e.CreateAttr("id-ref", b.resolveSet(d[0], dollarValue(p.IDRef)))
	} else {
		e.CreateAttr("id", orElse(p.id(), d[1]))
	}
	for _, r := range p.Rules {
		e.AddChild(r.element(b))
	}
	for _, x := range p.Pairs {
		e.AddChild(x.element())
	}
	return e, nil
}
