package grammar

import (
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// Group is "group ID RSC {RSC} [description=] {params|meta}".
type Group struct {
	Keyword string      `parser:"@Word"`
	Name    objectID    `parser:"@@"`
	Member  []memberID  `parser:"@@+"`
	Desc    description `parser:"@@?"`
	Lead    *Implicit   `parser:"@@?"`
	Parts   []*SetPart  `parser:"@@*"`
}

// Clone is "clone ID RSC [description=] {params|meta}"; ms and master are read the same way.
type Clone struct {
	Keyword string      `parser:"@Word"`
	Name    objectID    `parser:"@@"`
	Child   childID     `parser:"@@"`
	Desc    description `parser:"@@?"`
	Lead    *Implicit   `parser:"@@?"`
	Parts   []*SetPart  `parser:"@@*"`
}

// SetPart is a set of attributes of a container.
type SetPart struct {
	Params *AttrSet `parser:"'params' @@"`
	Meta   *AttrSet `parser:"| 'meta' @@"`
}

// memberID is a resource in a group: any word up to params, meta or a pair. A keyword that a group does not
// have (utilization) is a resource too, and reported when it is looked for.
type memberID string

// Parse reads one member.
func (m *memberID) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() || t.Type != tWord && t.Type != tLabel || !identWord(t.Value) || strings.EqualFold(t.Value, "params") || strings.EqualFold(t.Value, "meta") {
		return participle.NextMatch
	}
	*m = memberID(t.Value)
	lex.Next()
	return nil
}

// childID is the resource in a clone.
type childID string

// Parse reads it.
func (c *childID) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() || !resourceWord(t.Value) {
		return faultf(lex, "Expected resource")
	}
	*c = childID(t.Value)
	lex.Next()
	return nil
}

// resourceWord tells whether a word can name a resource: `[A-Za-z_#$][^=]*`.
func resourceWord(s string) bool {
	return identWord(s) && s[0] != '-' && !(s[0] >= '0' && s[0] <= '9')
}

func (g *Group) id() string { return string(g.Name) }
func (c *Clone) id() string { return string(c.Name) }

func (g *Group) members() []string {
	out := make([]string, len(g.Member))
	for i, m := range g.Member {
		out[i] = string(m)
	}
	return out
}

func (c *Clone) members() []string { return []string{string(c.Child)} }

func (g *Group) check(s *stmt) *fault {
	if len(g.Member) == 0 {
		return &fault{reason: "Expected at least 2 arguments", at: 0}
	}
	seen := map[memberID]bool{}
	for _, m := range g.Member {
		if seen[m] {
			return &fault{reason: fmt.Sprintf("child %s listed more than once in group %s", m, g.Name), at: len(s.words)}
		}
		seen[m] = true
	}
	return nil
}

func (g *Group) build(b *builder, s *stmt) (*etree.Element, error) {
	e := buildContainer(b, "group", string(g.Name), &g.Desc, g.Lead, g.Parts)
	for _, m := range g.Member {
		e.AddChild(newElement("member", "id", string(m)))
	}
	return e, nil
}

func (c *Clone) build(b *builder, s *stmt) (*etree.Element, error) {
	tag := "clone"
	if s.keyword == "ms" {
		tag = "master"
	}
	e := buildContainer(b, tag, string(c.Name), &c.Desc, c.Lead, c.Parts)
	e.AddChild(newElement("member", "id", string(c.Child)))
	return e, nil
}

func buildContainer(b *builder, tag, id string, d *description, lead *Implicit, parts []*SetPart) *etree.Element {
	e := newElement(tag, "id", id)
	d.add(e)
	lead.add(b, e)
	for _, p := range parts {
		if p.Params != nil {
			e.AddChild(p.Params.element(b, "instance_attributes"))
		} else {
			e.AddChild(p.Meta.element(b, "meta_attributes"))
		}
	}
	return e
}

// Bundle is "bundle ID [description=] {docker|podman|rkt … | network … | storage … | meta … | primitive RSC}".
type Bundle struct {
	Keyword string        `parser:"@Word"`
	Name    objectID      `parser:"@@"`
	Desc    description   `parser:"@@?"`
	Parts   []*BundlePart `parser:"@@*"`
}

// BundlePart is one part of a bundle.
type BundlePart struct {
	Engine   string     `parser:"( @( 'docker' | 'podman' | 'rkt' )"`
	Options  []*Pair    `parser:"@@* )"`
	Network  *Mappings  `parser:"| 'network' @@"`
	Storage  *Mappings  `parser:"| 'storage' @@"`
	Meta     *AttrSet   `parser:"| 'meta' @@"`
	Resource *bundleRsc `parser:"| 'primitive' @@"`
}

// bundleRsc is the resource inside the bundle.
type bundleRsc struct {
	ID childID `parser:"@@"`
}

// Mappings are the options and mappings of network and storage.
type Mappings struct {
	Options []*Pair    `parser:"@@*"`
	Maps    []*Mapping `parser:"@@*"`
}

// Mapping is one port-mapping or storage-mapping.
type Mapping struct {
	Kind  string  `parser:"@( 'port-mapping' | 'storage-mapping' )"`
	Pairs []*Pair `parser:"@@*"`
}

func (u *Bundle) id() string { return string(u.Name) }

func (u *Bundle) members() []string {
	for _, p := range u.Parts {
		if p.Resource != nil {
			return []string{string(p.Resource.ID)}
		}
	}
	return nil
}

func (u *Bundle) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("bundle", "id", string(u.Name))
	u.Desc.add(e)
	for _, p := range u.Parts {
		switch {
		case p.Engine != "":
			e.AddChild(optionElement(strings.ToLower(p.Engine), p.Options))
		case p.Network != nil:
			e.AddChild(p.Network.element("network"))
		case p.Storage != nil:
			e.AddChild(p.Storage.element("storage"))
		case p.Meta != nil:
			e.AddChild(p.Meta.element(b, "meta_attributes"))
		case p.Resource != nil:
			e.AddChild(newElement("member", "id", string(p.Resource.ID)))
		}
	}
	return e, nil
}

func (m *Mappings) element(tag string) *etree.Element {
	e := optionElement(tag, m.Options)
	for _, x := range m.Maps {
		e.AddChild(optionElement(strings.ToLower(x.Kind), x.Pairs))
	}
	return e
}

func optionElement(tag string, pairs []*Pair) *etree.Element {
	e := etree.NewElement(tag)
	for _, p := range pairs {
		e.CreateAttr(p.Name, p.Value)
	}
	return e
}
