package cib

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed schema.txt
var schemaText string

// schema is the rules of one version.
type schema struct {
	elements map[string]*element
}

// element says what may stand in one kind of element: what one of its forms lists.
type element struct {
	forms []form
}

// form is one flat list of attributes and children; alternatives are written out.
type form struct {
	items []item
	child bool // needs at least one child element, whichever
}

// item is one attribute or child of a form.
type item struct {
	name     string
	attr     bool
	required bool
	many     bool
	rank     int // children of a lower rank come first
	value    valueType
	element  string // description of the child
}

// next is the number of pacemaker-next, after all others.
const next = 99999

// schemaNumber orders schema names: "3.9" or "pacemaker-3.9" is 309; 0 for what is none.
func schemaNumber(name string) int {
	name = strings.TrimPrefix(name, "pacemaker-")
	if name == "next" {
		return next
	}
	major, minor, ok := strings.Cut(name, ".")
	x, err1 := strconv.Atoi(major)
	y, err2 := strconv.Atoi(minor)
	if !ok || err1 != nil || err2 != nil || x < 0 || y < 0 || y > 99 {
		return 0
	}
	return x*100 + y
}

// Schemas lists the schemas whose rules are known, oldest first.
func Schemas() []string {
	list := []string{"pacemaker-1.0", "pacemaker-1.2", "pacemaker-1.3"}
	for minor := range 11 {
		list = append(list, fmt.Sprintf("pacemaker-2.%d", minor))
	}
	for minor := range 10 {
		list = append(list, fmt.Sprintf("pacemaker-3.%d", minor))
	}
	return append(list, "pacemaker-next")
}

var (
	schemasMutex sync.Mutex
	schemas      = map[string]*schema{}
)

// schemaFor returns the rules of a schema, nil where they are not known. Each is built when first used.
func schemaFor(name string) *schema {
	schemasMutex.Lock()
	defer schemasMutex.Unlock()
	if s, ok := schemas[name]; ok {
		return s
	}
	var s *schema
	if slices.Contains(Schemas(), name) {
		s = buildSchema(schemaText, schemaNumber(name))
	}
	schemas[name] = s
	return s
}

// ElementRule is what a schema says about one attribute of an element.
type ElementRule struct {
	Attr     string
	Required bool     // in every form of the element
	Values   []string // the only values allowed; nil = any
}

// ElementRules lists the attributes that an element may have in a schema, by name. The element is
// named by its tag; where the schema knows several kinds with one tag, the usual one is described.
func ElementRules(schemaName, tag string) []ElementRule {
	s := schemaFor(schemaName)
	if s == nil || s.elements[tag] == nil {
		return nil
	}
	rules, seen := map[string]*ElementRule{}, map[string]int{}
	for _, f := range s.elements[tag].forms {
		for _, it := range f.items {
			if !it.attr {
				continue
			}
			if rules[it.name] == nil {
				rules[it.name] = &ElementRule{Attr: it.name}
			}
			if it.required {
				seen[it.name]++
			}
			if !it.value.except {
				rules[it.name].Values = append(rules[it.name].Values, it.value.words...)
			}
		}
	}
	var list []ElementRule
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		r := rules[name]
		r.Required = seen[name] == len(s.elements[tag].forms)
		slices.Sort(r.Values)
		r.Values = slices.Compact(r.Values)
		list = append(list, *r)
	}
	return list
}

// buildSchema reads the table for one version. The table is part of the program, so a mistake in
// it is a panic, which the tests of this package would meet.
func buildSchema(text string, version int) *schema {
	s := &schema{elements: make(map[string]*element)}
	types := make(map[string]valueType)
	for _, line := range logicalLines(text) {
		p := &tableParser{tokens: tableTokens(line), version: version, types: types}
		if !p.versionFits() {
			continue
		}
		name := strings.TrimSuffix(p.take(), ":")
		if typeName, ok := strings.CutPrefix(name, "$"); ok {
			types[typeName] = p.valueType(p.take())
			continue
		}
		if s.elements[name] != nil {
			panic("schema.txt: two descriptions of " + name)
		}
		s.elements[name] = &element{forms: p.sequence()}
		if len(p.tokens) > 0 {
			panic("schema.txt: " + name + ": what is " + p.tokens[0])
		}
	}
	return s
}

// logicalLines joins lines that begin with a blank to the one before and drops comments.
func logicalLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == ' ':
			lines[len(lines)-1] += line
		default:
			lines = append(lines, line)
		}
	}
	return lines
}

// tableTokens splits at blanks outside brackets, and after a version in braces.
func tableTokens(line string) []string {
	var tokens []string
	depth, start := 0, 0
	cut := func(end int) {
		if end > start {
			tokens = append(tokens, line[start:end])
		}
	}
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '[':
			depth++
		case ']':
			depth--
		case ' ':
			if depth == 0 {
				cut(i)
				start = i + 1
			}
		case '}':
			cut(i + 1)
			start = i + 1
		}
	}
	cut(len(line))
	return tokens
}

type tableParser struct {
	tokens  []string
	version int
	rank    int
	types   map[string]valueType
}

func (p *tableParser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *tableParser) take() string {
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

// versionFits takes a version in braces, if one is next, and tells whether it covers ours.
func (p *tableParser) versionFits() bool {
	t := p.peek()
	if !strings.HasPrefix(t, "{") {
		return true
	}
	p.take()
	from, to, isRange := strings.Cut(strings.Trim(t, "{}"), "-")
	low, high := 0, next
	if from != "" {
		low = schemaNumber(from)
	}
	if !isRange {
		high = low
	} else if to != "" {
		high = schemaNumber(to)
	}
	return low <= p.version && p.version <= high
}

// sequence reads items up to the end, "|" or ")" and returns the forms they allow.
func (p *tableParser) sequence() []form {
	forms := []form{{}}
	for {
		switch t := p.peek(); {
		case t == "" || t == "|" || strings.HasPrefix(t, ")"):
			return forms
		case t == ";":
			p.take()
			p.rank++
		default:
			forms = combine(forms, p.factor())
		}
	}
}

// factor reads one item or one group; what another version has is nothing.
func (p *tableParser) factor() []form {
	fits := p.versionFits()
	t := p.take()
	var forms []form
	switch {
	case t == "(":
		forms = p.group()
	case t == "#+":
		forms = []form{{child: true}}
	default:
		forms = []form{{items: []item{p.item(t)}}}
	}
	if !fits {
		return []form{{}}
	}
	return forms
}

func (p *tableParser) group() []form {
	forms := p.alternative()
	for p.peek() == "|" {
		p.take()
		forms = append(forms, p.alternative()...)
	}
	switch p.take() {
	case ")":
	case ")?":
		forms = append([]form{{}}, forms...) // first, as it is the usual one
	default:
		panic("schema.txt: a group is not closed")
	}
	return forms
}

// alternative is one side of a choice; one whose only item belongs to another version is none.
func (p *tableParser) alternative() []form {
	hidden := strings.HasPrefix(p.peek(), "{")
	forms := p.sequence()
	if hidden && len(forms) == 1 && len(forms[0].items) == 0 {
		return nil
	}
	return forms
}

// combine is every form of a followed by every form of b.
func combine(a, b []form) []form {
	all := make([]form, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			all = append(all, form{items: slices.Concat(x.items, y.items), child: x.child || y.child})
		}
	}
	return all
}

// item reads "@name:type?" or "tag:element*".
func (p *tableParser) item(t string) item {
	it := item{required: true, rank: p.rank}
	switch t[len(t)-1] {
	case '?':
		it.required = false
	case '*':
		it.required, it.many = false, true
	case '+':
		it.many = true
	}
	if !it.required || it.many {
		t = t[:len(t)-1]
	}
	t, it.attr = strings.CutPrefix(t, "@")
	name, kind, _ := strings.Cut(t, ":")
	it.name = name
	if it.attr {
		it.value = p.valueType(kind)
	} else if it.element = kind; kind == "" {
		it.element = name
	}
	return it
}

func (p *tableParser) valueType(name string) valueType {
	if v, ok := p.types[name]; ok {
		return v
	}
	list, except := strings.CutPrefix(name, "!")
	if strings.HasPrefix(list, "[") {
		return valueType{words: strings.Split(strings.Trim(list, "[]"), "|"), except: except}
	}
	v, ok := valueTypes[name]
	if !ok {
		panic("schema.txt: unknown type " + name)
	}
	return v
}
