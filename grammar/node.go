package grammar

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// Node is "node [ID:|$id=ID] UNAME[:TYPE] [description=] {attributes …|utilization …|name=value}".
type Node struct {
	Keyword string      `parser:"@Word"`
	NumID   string      `parser:"( @ID | @Label )?"`
	Uname   nodeName    `parser:"@@"`
	Desc    description `parser:"@@?"`
	Lead    *Implicit   `parser:"@@?"`
	Parts   []*NodePart `parser:"@@*"`
}

// NodePart is one set of attributes of a node.
type NodePart struct {
	Attributes  *AttrSet `parser:"'attributes' @@"`
	Utilization *AttrSet `parser:"| 'utilization' @@"`
}

// nodeName is "UNAME[:TYPE]".
type nodeName struct{ Uname, Type string }

var nodeTypes = set("member", "remote", "normal", "ping")

// Parse reads the name.
func (n *nodeName) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	name, typ, typed := strings.Cut(t.Value, ":")
	if typ = strings.ToLower(typ); t.EOF() || name == "" || typed && !nodeTypes[typ] {
		return faultf(lex, "Expected uname[:type]")
	}
	n.Uname, n.Type = name, typ
	lex.Next()
	return nil
}

func (n *Node) id() string { return n.Uname.Uname }

func (n *Node) build(b *builder, s *stmt) (*etree.Element, error) {
	e := etree.NewElement("node")
	if n.NumID != "" {
		id := strings.TrimSuffix(n.NumID, ":")
		if strings.HasPrefix(id, "$") {
			id = dollarValue(n.NumID)
		}
		e.CreateAttr("id", id)
	}
	e.CreateAttr("uname", n.Uname.Uname)
	if n.Uname.Type != "" {
		e.CreateAttr("type", n.Uname.Type)
	}
	n.Desc.add(e)
	if n.NumID == "" {
		id := n.Uname.Uname
		if b.env.Old != nil {
			id = b.env.Old.SelectAttrValue("id", id)
		}
		e.CreateAttr("id", id)
	}
	n.Lead.add(b, e)
	for _, p := range n.Parts {
		if p.Attributes != nil {
			e.AddChild(p.Attributes.element(b, "instance_attributes"))
		} else {
			e.AddChild(p.Utilization.element(b, "utilization"))
		}
	}
	return e, nil
}
