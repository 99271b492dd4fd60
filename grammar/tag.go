package grammar

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

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
