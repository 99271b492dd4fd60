package grammar

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// AttrSet is a set of attributes: [$id=ID] [SCORE:] {rule} {name=value}, or a reference to another one.
type AttrSet struct {
	IDRef string  `parser:"@IDRef?"`
	SetID string  `parser:"@ID?"`
	Score string  `parser:"@Label?"`
	Rules []*Rule `parser:"@@*"`
	Pairs []*Pair `parser:"@@*"`
}

// Implicit is a set of instance attributes whose keyword was left out: it begins with an id, a rule or a pair.
type Implicit struct {
	SetID string  `parser:"( ( @ID"`
	More  []*Pair `parser:"@@* )"`
	Rules []*Rule `parser:"| ( @@+"`
	Tail  []*Pair `parser:"@@* )"`
	Pairs []*Pair `parser:"| @@+ )"`
}

func (i *Implicit) element(b *builder) *etree.Element {
	pairs := append(append(i.More, i.Tail...), i.Pairs...)
	return (&AttrSet{SetID: i.SetID, Rules: i.Rules, Pairs: pairs}).element(b, "instance_attributes")
}

// Pair is one name=value, a name alone, $id:name=value, or a reference @id[:name].
type Pair struct {
	NVID, Ref, Name, Value string
	HasName, HasValue      bool
	at                     int
}

// enders are the words that end a list of pairs, by the keyword of the statement ("" = all others).
var enders = map[string]map[string]bool{
	"":       set("params", "meta", "utilization", "operations", "op", "op_params", "op_meta", "rule", "attributes"),
	"alert":  set("attributes", "meta", "to", "select", "}", "rule"),
	"bundle": set("network", "storage", "primitive", "meta", "docker", "podman", "rkt", "port-mapping", "storage-mapping", "rule"),
}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

func endersOf(lex *lexer.PeekingLexer) map[string]bool {
	if e := enders[keyword(lex)]; e != nil {
		return e
	}
	return enders[""]
}

// Parse reads one pair; a word that ends the list is no match.
func (p *Pair) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() || t.Type == tID || t.Type == tIDRef || t.Type == tWord && endersOf(lex)[strings.ToLower(t.Value)] {
		return participle.NextMatch
	}
	q, ok := parsePair(t.Value)
	if !ok {
		return participle.NextMatch
	}
	q.at = t.Pos.Offset
	*p = q
	lex.Next()
	return nil
}

func parsePair(s string) (Pair, bool) {
	switch {
	case s == "" || s[0] == '=':
		return Pair{}, false
	case s[0] == '@':
		ref, name, has := strings.Cut(s[1:], ":")
		return Pair{Ref: ref, Name: name, HasName: has}, ref != ""
	case s[0] == '$':
		left, value, has := strings.Cut(s[1:], "=")
		if !has || left == "" {
			return Pair{}, false
		}
		id, name, hasName := strings.Cut(left, ":")
		if !hasName {
			name = id
		}
		return Pair{NVID: id, Name: name, HasName: true, Value: value, HasValue: true}, true
	}
	name, value, has := strings.Cut(s, "=")
	return Pair{Name: name, HasName: true, Value: value, HasValue: has}, true
}

func (p *Pair) element() *etree.Element {
	e := etree.NewElement("nvpair")
	if p.Ref != "" {
		e.CreateAttr("id-ref", p.Ref)
		if p.HasName {
			e.CreateAttr("name", p.Name)
		}
		return e
	}
	if p.NVID != "" {
		e.CreateAttr("id", p.NVID)
	}
	e.CreateAttr("name", p.Name)
	if p.HasValue {
		e.CreateAttr("value", p.Value)
	}
	return e
}

// element makes the set's element: instance_attributes, meta_attributes, utilization, …
func (a *AttrSet) element(b *builder, tag string) *etree.Element {
	e := etree.NewElement(tag)
	if a.IDRef != "" {
		e.CreateAttr("id-ref", b.resolveSet(tag, dollarValue(a.IDRef)))
	}
	if a.SetID != "" {
		e.CreateAttr("id", dollarValue(a.SetID))
	}
	if a.Score != "" {
		b.score(e, a.Score)
	}
	for _, r := range a.Rules {
		e.AddChild(r.element(b))
	}
	b.pairs(e, a.Pairs)
	return e
}

// dollarValue returns x of "$id=x" and "$id-ref=x".
func dollarValue(tok string) string {
	_, v, _ := strings.Cut(tok, "=")
	return v
}
