package grammar

import (
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// Location is "location ID RSC|/RE/|{ set } {role=|resource-discovery=} (SCORE: NODE [role=] | rule {rule})".
type Location struct {
	Keyword string         `parser:"@Word"`
	Name    objectID       `parser:"@@"`
	Target  locationTarget `parser:"@@"`
	Attrs   []*locationKey `parser:"@@*"`
	Node    *scoredNode    `parser:"( @@"`
	Rules   []*Rule        `parser:"| @@+"`
	Missing *noPlace       `parser:"| @@ )"`
}

// locationTarget is what is placed.
type locationTarget struct {
	Resource, Pattern string
	Sets              []*resourceSet
}

// Parse reads the target.
func (t *locationTarget) Parse(lex *lexer.PeekingLexer) error {
	w := lex.Peek()
	if v := w.Value; len(v) > 2 && v[0] == '/' && v[len(v)-1] == '/' {
		t.Pattern = v[1 : len(v)-1]
		lex.Next()
		return nil
	}
	if w.Value == "{" {
		lex.Next()
		var items []lexer.Token
		for lex.Peek().Value != "}" {
			if lex.Peek().EOF() {
				return faultf(lex, "Expected }")
			}
			items = append(items, *lex.Next())
		}
		lex.Next()
		sets, f := parseSets(items, "role", "location")
		if len(items) == 0 {
			f = faultf(lex, "Empty resource set")
		}
		if f != nil {
			return f
		}
		t.Sets = sets
		return nil
	}
	if w.EOF() || !resourceWord(w.Value) {
		return faultf(lex, "Expected resource")
	}
	t.Resource = w.Value
	lex.Next()
	return nil
}

// locationKey is role= or resource-discovery= of a location, with or without "$".
type locationKey struct{ Name, Value string }

// Parse reads one.
func (k *locationKey) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	name, v, ok := strings.Cut(strings.TrimPrefix(t.Value, "$"), "=")
	name = strings.ToLower(name)
	if t.EOF() || !ok || name != "role" && name != "resource-discovery" {
		return participle.NextMatch
	}
	*k = locationKey{name, v}
	lex.Next()
	return nil
}

// scoredNode is "SCORE: NODE [role=ROLE]".
type scoredNode struct {
	Score string   `parser:"@Label"`
	Node  ident    `parser:"@@"`
	Role  ruleRole `parser:"@@?"`
}

// noPlace is the error for a location that has neither.
type noPlace struct{}

// Parse complains unless a score or a rule stands there.
func (*noPlace) Parse(lex *lexer.PeekingLexer) error {
	if t := lex.Peek(); t.Type == tLabel || strings.EqualFold(t.Value, "rule") {
		return participle.NextMatch
	}
	return faultf(lex, "expected <score>: <node> or <rule> [<rule> ...]")
}

func (l *Location) id() string { return string(l.Name) }

func (l *Location) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("rsc_location", "id", string(l.Name))
	switch {
	case l.Target.Pattern != "":
		e.CreateAttr("rsc-pattern", l.Target.Pattern)
	case l.Target.Resource != "":
		e.CreateAttr("rsc", l.Target.Resource)
	}
	for _, x := range l.Target.Sets {
		e.AddChild(x.element(b))
	}
	keys := l.Attrs
	if l.Node != nil && l.Node.Role != "" {
		keys = append(keys, &locationKey{"role", string(l.Node.Role)})
	}
	for _, k := range keys {
		v := k.Value
		if k.Name == "role" {
			v = b.role(v)
		}
		e.CreateAttr(k.Name, v)
	}
	if l.Node != nil {
		b.score(e, l.Node.Score)
		e.CreateAttr("node", string(l.Node.Node))
	}
	for _, r := range l.Rules {
		e.AddChild(r.element(b))
	}
	return e, nil
}

// Colocation is "colocation ID SCORE: RSC[:ROLE] RSC[:ROLE]|sets [node-attribute=A]".
type Colocation struct {
	Keyword string     `parser:"@Word"`
	Name    objectID   `parser:"@@"`
	Score   scoreLabel `parser:"@@"`
	Items   items      `parser:"@@"`
}

// scoreLabel is a score that must be there.
type scoreLabel string

// Parse reads it.
func (l *scoreLabel) Parse(lex *lexer.PeekingLexer) error {
	if lex.Peek().Type != tLabel {
		return faultf(lex, "Expected <score>:")
	}
	*l = scoreLabel(lex.Next().Value)
	return nil
}

// items are the rest of a constraint: resources, brackets, attributes.
type items struct{ toks []lexer.Token }

// Parse takes all words that are left.
func (i *items) Parse(lex *lexer.PeekingLexer) error {
	for !lex.Peek().EOF() {
		i.toks = append(i.toks, *lex.Next())
	}
	return nil
}

// tail takes "NAME=VALUE" from the last word, if it is there.
func (i *items) tail(name string, accept func(string) bool) string {
	if n := len(i.toks); n > 0 {
		if k, v, ok := strings.Cut(i.toks[n-1].Value, "="); ok && strings.EqualFold(k, name) && accept(v) {
			i.toks = i.toks[:n-1]
			return v
		}
	}
	return ""
}

func (c *Colocation) id() string { return string(c.Name) }

func (c *Colocation) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("rsc_colocation", "id", string(c.Name))
	b.score(e, string(c.Score))
	its := c.Items
	attr := its.tail("node-attribute", func(v string) bool { return v != "" })
	if attr != "" {
		e.CreateAttr("node-attribute", attr)
	}
	if f := b.parties(e, its.toks, "role", "rsc", "with-rsc"); f != nil {
		return nil, f
	}
	return e, nil
}

// Order is "order ID [KIND:|SCORE:] RSC[:ACTION] RSC[:ACTION]|sets [symmetrical=BOOLEAN]".
type Order struct {
	Keyword string   `parser:"@Word"`
	Name    objectID `parser:"@@"`
	Kind    kind     `parser:"@@?"`
	Items   items    `parser:"@@"`
}

// kind is the kind of an order: a word of the schema; or a score, as was usual before.
type kind string

var kindNames = []string{"Mandatory", "Optional", "Serialize"}

// Parse reads the kind if there is one.
func (k *kind) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.Type != tLabel {
		return participle.NextMatch
	}
	lex.Next()
	word := strings.TrimSuffix(t.Value, ":")
	for _, n := range kindNames {
		if strings.EqualFold(n, word) {
			*k = kind(n)
			return nil
		}
	}
	score, ok := parseScore(word)
	switch {
	case !ok || strings.EqualFold(word, "advisory"):
		return &fault{reason: "Invalid kind: " + word, at: t.Pos.Offset, near: t.Pos.Offset + 1, hint: nearest(word, kindNames)}
	case strings.Trim(score, "+-0") == "":
		*k = "Optional"
	default:
		*k = "Mandatory"
	}
	return nil
}

func (o *Order) id() string { return string(o.Name) }

func (o *Order) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("rsc_order", "id", string(o.Name))
	if o.Kind != "" {
		e.CreateAttr("kind", string(o.Kind))
	}
	its := o.Items
	sym := its.tail("symmetrical", func(v string) bool { return len(v) > 1 && isBool(v) }) // not 0 and 1
	if v, ok := parseBool(sym); ok {
		e.CreateAttr("symmetrical", v)
	}
	if f := b.parties(e, its.toks, "action", "first", "then"); f != nil {
		return nil, f
	}
	return e, nil
}

// Ticket is "rsc_ticket ID TICKET: RSC[:ROLE]|sets [loss-policy=POLICY]".
type Ticket struct {
	Keyword string      `parser:"@Word"`
	Name    objectID    `parser:"@@"`
	Ticket  ticketLabel `parser:"@@"`
	Items   items       `parser:"@@"`
}

type ticketLabel string

// Parse reads the ticket.
func (l *ticketLabel) Parse(lex *lexer.PeekingLexer) error {
	if lex.Peek().Type != tLabel {
		return faultf(lex, "Expected <ticket-id>:")
	}
	*l = ticketLabel(strings.TrimSuffix(lex.Next().Value, ":"))
	return nil
}

var lossPolicies = set("stop", "demote", "fence", "freeze")

func (t *Ticket) id() string { return string(t.Name) }

func (t *Ticket) build(b *builder, s *stmt) (*etree.Element, error) {
	e := newElement("rsc_ticket", "id", string(t.Name), "ticket", string(t.Ticket))
	its := t.Items
	policy := its.tail("loss-policy", func(v string) bool { return lossPolicies[v] })
	if policy != "" {
		e.CreateAttr("loss-policy", policy)
	}
	if f := b.parties(e, its.toks, "role", "rsc", ""); f != nil {
		return nil, f
	}
	return e, nil
}

// parties puts the resources of a constraint into e: as attributes first (and second) in the simple form, else as sets.
func (b *builder) parties(e *etree.Element, its []lexer.Token, suffix, first, second string) *fault {
	simple := 2
	if second == "" {
		simple = 1
	}
	if len(its) == simple && !anyBracket(its) {
		for i, attr := range []string{first, second}[:simple] {
			if f := b.party(e, its, i, suffix, attr); f != nil {
				return f
			}
		}
		return nil
	}
	if len(its) == 0 {
		return &fault{reason: emptyParties[suffix+second], at: noWord}
	}
	sets, f := parseSets(its, suffix, suffix)
	if f != nil {
		return f
	}
	for _, x := range sets {
		e.AddChild(x.element(b))
	}
	return nil
}

// emptyParties says what was expected where no resource stands.
var emptyParties = map[string]string{
	"rolewith-rsc": "Expected <rsc>[:<role>] <rsc>[:<role>] | resource_sets",
	"actionthen":   "Expected <rsc>[:<action>] <rsc>[:<action>] | resource_sets",
	"role":         "Expected <rsc>[:<role>] | resource_sets",
}

// party sets the attributes of one resource of a simple constraint: "RSC[:ROLE|:ACTION|:INSTANCE]".
func (b *builder) party(e *etree.Element, its []lexer.Token, i int, suffix, attr string) *fault {
	tok := its[i]
	rsc, what, has := strings.Cut(tok.Value, ":")
	if strings.IndexByte(tok.Value, '=') >= 0 {
		return &fault{reason: "Unknown attribute", at: tok.Pos.Offset, context: suffix}
	}
	if !resourceWord(rsc) {
		return &fault{reason: "Expected resource", at: tok.Pos.Offset}
	}
	e.CreateAttr(attr, rsc)
	if !has || what == "" {
		return nil
	}
	if suffix == "role" && what != "" && strings.Trim(what, "0123456789") == "" {
		e.CreateAttr(attr+"-instance", what)
		return nil
	}
	v, f := b.suffix(suffix, what, rsc, tok.Pos.Offset)
	if f != nil {
		f.near = tok.Pos.Offset + 1
		return f
	}
	e.CreateAttr(attr+"-"+suffix, v)
	return nil
}

// suffix checks and spells what stands behind the colon of a resource.
func (b *builder) suffix(kind, what, rsc string, at int) (string, *fault) {
	if kind == "role" {
		r, ok := canonicalRole(what)
		if !ok {
			return "", &fault{reason: "Invalid role '" + what + "' for '" + rsc + "'", at: at, hint: nearest(what, roleNames)}
		}
		return b.role(r), nil
	}
	for _, a := range actionNames {
		if strings.EqualFold(a, what) {
			return a, nil
		}
	}
	return "", &fault{reason: "Invalid action '" + what + "' for '" + rsc + "'", at: at, hint: nearest(what, actionNames)}
}

var actionNames = []string{"start", "promote", "demote", "stop"}

func isBool(s string) bool {
	_, ok := parseBool(s)
	return ok
}

// parseBool reads a boolean in any of its spellings but y and n, and gives the CIB's.
func parseBool(s string) (string, bool) {
	value, ok := rule.ParseBool(s)
	if !ok || strings.EqualFold(s, "y") || strings.EqualFold(s, "n") {
		return "", false
	}
	return strconv.FormatBool(value), true
}
