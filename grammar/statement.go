package grammar

import (
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// Statement is one parsed configure statement.
type Statement interface {
	// Keyword is the canonical keyword: "primitive", "colocation", …
	Keyword() string
	// Kind is the kind of object that it makes: the keyword, or for xml that of the element.
	Kind() string
	// ID is the object's id; the uname of a node, the set's id of properties ("" = the default set),
	// "" for fencing_topology, the resource of monitor.
	ID() string
	// Position is where the statement begins in its text.
	Position() Position
	// Members are the resources that a group, clone, ms or bundle contains, in order.
	Members() []string
	// Comments are the comment lines before it, with their "#".
	Comments() []string
	// Text is the statement's words joined by blanks.
	Text() string
}

type stmt struct {
	keyword  string
	tree     tree
	file     string
	logical  int
	line     Line
	words    []Word
	comments []string
}

// tree is what a statement's grammar makes.
type tree interface {
	id() string
	build(b *builder, s *stmt) (*etree.Element, error)
}

func (s *stmt) Keyword() string { return s.keyword }
func (s *stmt) Kind() string {
	if x, ok := s.tree.(*XML); ok && x.elem != nil {
		switch x.elem.Tag {
		case "rsc_defaults", "op_defaults":
			return x.elem.Tag
		}
		return Keyword(x.elem)
	}
	return s.keyword
}

func (s *stmt) ID() string         { return s.tree.id() }
func (s *stmt) Position() Position { return s.line.Position(s.words[0].At) }
func (s *stmt) Comments() []string { return s.comments }
func (s *stmt) Text() string       { return strings.Join(texts(s.words), " ") }

func (s *stmt) Members() []string {
	if m, ok := s.tree.(interface{ members() []string }); ok {
		return m.members()
	}
	return nil
}

func texts(words []Word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.Text
	}
	return out
}

// syntaxError puts a fault into its place.
func (s *stmt) syntaxError(f *fault) *SyntaxError {
	e := &SyntaxError{File: s.file, Logical: s.logical, Context: orElse(f.context, s.keyword), Reason: f.reason, Words: texts(s.words)}
	at := len(s.line.Text)
	e.Hint, e.Word = f.hint, min(f.at, len(s.words))
	if f.at < len(s.words) {
		at = s.words[f.at].At
		e.Hint = orElse(f.hint, hint(s.keyword, s.words[f.at].Text))
	}
	near := f.at
	if f.near > 0 {
		near = f.near
	}
	if near < len(s.words) {
		e.Near = s.words[near].Text
	}
	e.Pos = s.line.Position(at)
	return e
}

// command is one entry of the statement table.
type command struct {
	keyword string
	min     int // least number of words behind the keyword
	words   []string
	parse   func(*lexer.PeekingLexer) (tree, error)
	onlyIn  string // "file": not a command on the prompt
}

// one makes the table's parse function of a grammar; the parser is built when it is first needed.
func one[G any, P interface {
	*G
	tree
}]() func(*lexer.PeekingLexer) (tree, error) {
	parser := sync.OnceValue(func() *participle.Parser[G] { return build[G]() })
	return func(lex *lexer.PeekingLexer) (tree, error) {
		g, err := parser().ParseFromLexer(lex)
		return P(g), err
	}
}

var bodyWords = []string{"params", "meta", "utilization", "operations", "op", "op_params", "op_meta", "rule", "description="}
var ruleWords = []string{"rule", "defined", "not_defined", "date", "and", "or", "lt", "gt", "lte", "gte", "eq", "ne", "in", "spec"}

// commands is the table of all statements, in the order of the help. Aliases are in aliases.
var commands = []command{
	{"node", 1, []string{"attributes", "utilization", "rule", "description="}, one[Node](), ""},
	{"primitive", 2, bodyWords, one[Primitive](), ""},
	{"rsc_template", 2, bodyWords, one[Template](), ""},
	{"group", 2, []string{"params", "meta", "description="}, one[Group](), ""},
	{"clone", 2, []string{"params", "meta", "description="}, one[Clone](), ""},
	{"ms", 2, []string{"params", "meta", "description="}, one[Clone](), ""},
	{"bundle", 2, []string{"docker", "podman", "rkt", "network", "port-mapping", "storage", "storage-mapping", "primitive", "meta"}, one[Bundle](), ""},
	{"monitor", 2, nil, one[Monitor](), ""},
	{"location", 2, append([]string{"role=", "resource-discovery="}, ruleWords...), one[Location](), ""},
	{"colocation", 2, []string{"node-attribute=", "sequential=", "require-all="}, one[Colocation](), ""},
	{"order", 2, []string{"symmetrical=", "sequential=", "require-all=", "Mandatory:", "Optional:", "Serialize:"}, one[Order](), ""},
	{"rsc_ticket", 2, []string{"loss-policy=", "sequential=", "require-all="}, one[Ticket](), ""},
	{"property", 1, ruleWords, one[Properties](), ""},
	{"rsc_defaults", 1, ruleWords, one[Properties](), ""},
	{"op_defaults", 1, ruleWords, one[Properties](), ""},
	{"fencing_topology", 0, nil, one[Topology](), ""},
	{"tag", 2, nil, one[Tag](), ""},
	{"role", 2, []string{"read", "write", "deny"}, one[Role](), ""},
	{"user", 2, []string{"read", "write", "deny", "role:"}, one[User](), ""},
	{"acl_target", 2, nil, one[ACLTarget](), ""},
	{"acl_group", 2, nil, one[ACLTarget](), "file"},
	{"alert", 2, []string{"attributes", "meta", "select", "to", "nodes", "fencing", "resources"}, one[Alert](), ""},
	{"xml", 1, nil, one[XML](), ""},
}

// commandNamed finds the statement of a canonical keyword; nil if there is none.
func commandNamed(keyword string) *command {
	for i := range commands {
		if commands[i].keyword == keyword {
			return &commands[i]
		}
	}
	return nil
}

// aliases are the other names of statements; the reference reads some of them in files only.
var aliases = map[string]string{
	"resource": "primitive", "master": "ms", "collocation": "colocation", "fencing-topology": "fencing_topology",
}

// Keywords lists the statements that are commands on the prompt, in the order of the help.
func Keywords() []string {
	var out []string
	for _, c := range commands {
		if c.onlyIn != "file" {
			out = append(out, c.keyword)
		}
	}
	return out
}

// ParseLine parses one logical line. On the prompt file is ""; then the stricter rules of the prompt
// hold: the id may be written id=ID, acl_group is not known, properties must have a value. In the text of
// a file, line is the number of the logical line.
func ParseLine(file string, line int, text string) (Statement, error) {
	return parseLogical(file, line, Line{Text: text, segs: []segment{{0, max(line, 1), 1}}})
}

func parseLogical(file string, logical int, line Line) (*stmt, error) {
	words, err := splitStatement(line.Text, file != "")
	if err != nil {
		return nil, &SyntaxError{File: file, Logical: logical, Pos: line.Position(len(line.Text)), Reason: err.Error()}
	}
	s := &stmt{file: file, logical: logical, line: line, words: words}
	if len(words) == 0 {
		return nil, s.syntaxError(&fault{reason: "Expected a statement"})
	}
	s.keyword = strings.ToLower(words[0].Text)
	if full, ok := aliases[s.keyword]; ok && (file != "" || s.keyword != "fencing-topology") {
		s.keyword = full
	}
	c := commandNamed(s.keyword)
	if c == nil || file == "" && c.onlyIn == "file" {
		s.keyword = ""
		e := s.syntaxError(&fault{reason: "Unknown command"})
		e.Hint = nearest(words[0].Text, Keywords())
		return nil, e
	}
	if file == "" && len(words) > 1 {
		words[1].Text = strings.TrimPrefix(words[1].Text, "id=")
	}
	if len(words)-1 < c.min {
		return nil, s.syntaxError(&fault{reason: "Expected at least " + plural(c.min) + " arguments"})
	}
	lex, err := lexer.Upgrade(&wordLexer{words: words})
	if err != nil {
		return nil, err
	}
	if s.tree, err = c.parse(lex); err != nil {
		return nil, s.syntaxError(reason(err, texts(words)))
	}
	if check, ok := s.tree.(interface{ check(*stmt) *fault }); ok {
		if f := check.check(s); f != nil {
			return nil, s.syntaxError(f)
		}
	}
	return s, nil
}

// splitStatement splits a line into words. In a text, what stands behind "xml" is taken as it is, so that
// the xml form of Render can be read again; on the prompt it has to be quoted.
func splitStatement(line string, text bool) ([]Word, error) {
	rest := strings.Trim(line, blanks)
	if text && len(rest) > 4 && strings.EqualFold(rest[:3], "xml") && isBlank(rest[3]) {
		if body := strings.TrimSpace(rest[4:]); strings.HasPrefix(body, "<") {
			at := strings.Index(line, rest)
			return []Word{{"xml", at}, {body, strings.Index(line, body)}}, nil
		}
	}
	return Split(line)
}

func plural(n int) string { return string(rune('0' + n)) }

// Parse parses a whole text: a file, the text of an editor, the output of a filter. It returns the good
// statements and an error for every bad one. Comment lines go to the statement that follows them.
func Parse(file, text string) ([]Statement, []error) {
	var out []Statement
	var errs []error
	var comments []string
	for i, l := range Lines(text) {
		if IsComment(l.Text) {
			if c := strings.Trim(l.Text, blanks); c != "" {
				comments = append(comments, c)
			}
			continue
		}
		s, err := parseLogical(orElse(file, "-"), i+1, l)
		if err != nil {
			errs = append(errs, err)
			comments = nil
			continue
		}
		s.comments, comments = comments, nil
		out = append(out, s)
	}
	return out, errs
}
