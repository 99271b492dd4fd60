package grammar

import (
	"regexp"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// Rule is "rule [$id=ID|$id-ref=ID] [$role=ROLE] [SCORE:] expression {and|or expression}".
type Rule struct {
	Keyword string      `parser:"@'rule'"`
	ID      string      `parser:"@ID?"`
	IDRef   string      `parser:"( @IDRef |"`
	Role    ruleRole    `parser:"( @@?"`
	Score   string      `parser:"@Label?"`
	First   *Expr       `parser:"@@"`
	Rest    []*BoolExpr `parser:"@@* ) )"`
}

// BoolExpr is one more expression with the operator before it, as typed.
type BoolExpr struct {
	Op   boolOp `parser:"@@"`
	Expr *Expr  `parser:"@@"`
}

// boolOp is "and" or "or"; it remembers the word that follows, for the message about mixed operators.
type boolOp struct {
	Text string
	next int
}

// Parse reads the operator.
func (o *boolOp) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if !strings.EqualFold(t.Value, "and") && !strings.EqualFold(t.Value, "or") || t.Type != tWord {
		return participle.NextMatch
	}
	o.Text = t.Value
	lex.Next()
	o.next = lex.Peek().Pos.Offset
	return nil
}

// Expr is one expression of a rule.
type Expr struct {
	Date   *DateExpr   `parser:"'date' @@"`
	Unary  *UnaryExpr  `parser:"| @@"`
	Binary *BinaryExpr `parser:"| @@"`
}

// UnaryExpr is "defined ATTR" or "not_defined ATTR".
type UnaryExpr struct {
	Op   string `parser:"@( 'defined' | 'not_defined' )"`
	Attr ident  `parser:"@@"`
}

// BinaryExpr is "ATTR [TYPE:]OP VALUE".
type BinaryExpr struct {
	Attr  ident   `parser:"@@"`
	Op    binOp   `parser:"@@"`
	Value ruleVal `parser:"@@"`
}

// ruleRole is "role=R" or "$role=R" in a rule.
type ruleRole string

// Parse reads the role if there is one.
func (r *ruleRole) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	name, v, ok := strings.Cut(strings.TrimPrefix(t.Value, "$"), "=")
	if t.EOF() || !ok || !strings.EqualFold(name, "role") {
		return participle.NextMatch
	}
	lex.Next()
	*r = ruleRole(v)
	return nil
}

// ident is a word that names something: `[A-Za-z0-9_#$-][^=]*`.
type ident string

// Parse reads the name.
func (i *ident) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() || !identWord(t.Value) {
		return faultf(lex, "Expected identifier")
	}
	*i = ident(t.Value)
	lex.Next()
	return nil
}

func identWord(s string) bool {
	if s == "" || strings.IndexByte(s, '=') >= 0 {
		return false
	}
	c := s[0]
	return c == '_' || c == '#' || c == '$' || c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// binOp is an operator with its type in front: "version:gt".
type binOp string

const binOpPattern = `((string|integer|number|version):)?(lt|gt|lte|gte|eq|ne)`

var binOpRE = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^` + binOpPattern + `$`) })

// Parse reads the operator.
func (o *binOp) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() {
		return faultf(lex, "Unexpected end of line")
	}
	if !binOpRE().MatchString(t.Value) {
		return faultf(lex, "Expected %s", binOpPattern)
	}
	*o = binOp(t.Value)
	lex.Next()
	return nil
}

// ruleVal is the value that an attribute is compared with; any word.
type ruleVal string

// Parse reads the value.
func (v *ruleVal) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.EOF() {
		return faultf(lex, "Unexpected end of line")
	}
	*v = ruleVal(t.Value)
	lex.Next()
	return nil
}

// DateExpr is what stands behind "date".
type DateExpr struct {
	Op    string // lt, gt, in_range, date_spec
	Date  string // for lt and gt
	Pairs []Pair // for the others, as typed
}

var dateWords = set("hours", "monthdays", "weekdays", "yearsdays", "months", "weeks", "years", "weekyears", "moon")

// Parse reads the operator and the dates.
func (d *DateExpr) Parse(lex *lexer.PeekingLexer) error {
	switch op := strings.ToLower(lex.Peek().Value); op {
	case "lt", "gt":
		lex.Next()
		d.Op = op
		if lex.Peek().EOF() {
			return faultf(lex, "Unexpected end of line")
		}
		d.Date = lex.Next().Value
	case "in", "in_range":
		lex.Next()
		d.Op = "in_range"
		d.Pairs = datePairs(lex, true)
		if len(d.Pairs) < 2 {
			return faultf(lex, "Expected at least 2 name-value pairs")
		}
	case "spec", "date_spec":
		lex.Next()
		d.Op = "date_spec"
		d.Pairs = datePairs(lex, false)
		if len(d.Pairs) == 0 {
			return faultf(lex, "Expected at least one name-value pair")
		}
	default:
		return faultf(lex, "Expected date operator: lt, gt, in or spec")
	}
	return nil
}

func datePairs(lex *lexer.PeekingLexer, bounds bool) []Pair {
	var out []Pair
	for {
		t := lex.Peek()
		p, ok := parsePair(t.Value)
		if t.EOF() || !ok || !p.HasValue || !dateWords[p.Name] && !(bounds && (p.Name == "start" || p.Name == "end")) {
			return out
		}
		out = append(out, p)
		lex.Next()
	}
}

func (r *Rule) element(b *builder) *etree.Element {
	e := etree.NewElement("rule")
	if r.IDRef != "" {
		e.CreateAttr("id-ref", b.resolveRule(dollarValue(r.IDRef)))
		return e
	}
	if r.ID != "" {
		e.CreateAttr("id", dollarValue(r.ID))
	}
	if r.Role != "" {
		e.CreateAttr("role", b.role(string(r.Role)))
	}
	b.score(e, orElse(r.Score, "INFINITY:"))
	if op := r.op(b); op != "" && !strings.EqualFold(op, "and") {
		e.CreateAttr("boolean-op", op)
	}
	e.AddChild(r.First.element())
	for _, x := range r.Rest {
		e.AddChild(x.Expr.element())
	}
	return e
}

// op returns the operator between the expressions, as typed; mixing two kinds is an error.
func (r *Rule) op(b *builder) string {
	op := ""
	for _, x := range r.Rest {
		if op != "" && x.Op.Text != op {
			b.fail(&fault{reason: "Mixing bool ops not allowed: " + op + " != " + x.Op.Text, at: x.Op.next - 1, near: x.Op.next})
			return op
		}
		op = x.Op.Text
	}
	return op
}

func (x *Expr) element() *etree.Element {
	switch {
	case x.Date != nil:
		return x.Date.element()
	case x.Unary != nil:
		return newElement("expression", "operation", x.Unary.Op, "attribute", string(x.Unary.Attr))
	}
	e := etree.NewElement("expression")
	typ, op := "", string(x.Binary.Op)
	if i := strings.LastIndexByte(op, ':'); i >= 0 {
		typ, op = op[:i], op[i+1:]
	}
	addAttrs(e, "operation", op, "attribute", string(x.Binary.Attr))
	if typ != "" {
		e.CreateAttr("type", typ)
	}
	value, source := string(x.Binary.Value), ""
	if i := strings.IndexByte(value, '{'); i > 0 && strings.HasSuffix(value, "}") && valueSources[value[:i]] {
		source, value = value[:i], value[i+1:len(value)-1]
	}
	e.CreateAttr("value", value)
	if source != "" {
		e.CreateAttr("value-source", source)
	}
	return e
}

var valueSources = set("literal", "param", "meta")

func (d *DateExpr) element() *etree.Element {
	e := newElement("date_expression", "operation", d.Op)
	switch d.Op {
	case "lt":
		e.CreateAttr("end", d.Date)
	case "gt":
		e.CreateAttr("start", d.Date)
	case "date_spec":
		e.AddChild(pairElement("date_spec", d.Pairs))
	default:
		var rest []Pair
		for _, p := range d.Pairs {
			if p.Name == "start" || p.Name == "end" {
				e.CreateAttr(p.Name, p.Value)
			} else {
				rest = append(rest, p)
			}
		}
		if len(rest) > 0 {
			e.AddChild(pairElement("duration", rest))
		}
	}
	return e
}

func pairElement(tag string, pairs []Pair) *etree.Element {
	e := etree.NewElement(tag)
	for _, p := range pairs {
		e.CreateAttr(p.Name, p.Value)
	}
	return e
}
