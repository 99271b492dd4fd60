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

// Implicit is a set of instance attributes whose keyword was left out: it begins with an id, a score, a rule or
// a pair, and stands before the sets that have one.
type Implicit struct {
	Start implicitStart `parser:"@@"`
	Set   *AttrSet      `parser:"@@"`
}

// implicitStart takes no word: it is there if one follows that begins a set.
type implicitStart struct{}

// Parse looks at the word.
func (*implicitStart) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.Type == tID || t.Type == tIDRef || t.Type == tLabel || t.Type == tWord && strings.EqualFold(t.Value, "rule") {
		return nil
	}
	return new(Pair).match(t, endersOf(lex))
}

// add puts the set, if there is one, into e.
func (i *Implicit) add(b *builder, e *etree.Element) {
	if i != nil {
		e.AddChild(i.Set.element(b, "instance_attributes"))
	}
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
	if err := p.match(lex.Peek(), endersOf(lex)); err != nil {
		return err
	}
	lex.Next()
	return nil
}

// match reads the pair from one word.
func (p *Pair) match(t *lexer.Token, enders map[string]bool) error {
	if t.EOF() || t.Type == tWord && enders[strings.ToLower(t.Value)] {
		return participle.NextMatch
	}
	q, ok := parsePair(t.Value)
	if !ok {
		return participle.NextMatch
	}
	q.at = t.Pos.Offset
	*p = q
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
	return Pair{Name: name, HasName: true, Value: value, HasValue: has}, has || strings.IndexByte(s, ':') < 0
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
		if a.SetID+a.Score != "" || len(a.Rules)+len(a.Pairs) > 0 {
			b.fail(&fault{reason: "a set that refers to another ($id-ref) has no attributes of its own", at: noWord})
		}
		e.CreateAttr("id-ref", b.resolveSet(tag, dollarValue(a.IDRef)))
	}
	if id := dollarValue(a.SetID); id != "" {
		e.CreateAttr("id", id)
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
