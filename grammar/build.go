package grammar

import (
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// Env is what Elements asks about the rest of the configuration. Every function may be nil.
type Env struct {
	// Old is the element that the statement redefines; its inner ids are kept. nil for a new object.
	Old *etree.Element
	// Taken tells whether an id is in use anywhere in the CIB outside of Old.
	Taken func(id string) bool
	// Find returns the element with that id: where $id-ref=web means a set of resource web.
	Find func(id string) *etree.Element
	// Provider returns the provider for an ocf agent that was named by its type only.
	// nil or "" means "heartbeat".
	Provider func(typ string) string
	// Nodes returns the names of all nodes, sorted; fencing_topology without a target needs them.
	Nodes func() []string
	// Warn takes what the person should know although the statement is accepted. Error is for
	// what is wrong, but does not stop the statement (a reference that does not exist).
	Warn, Error func(text string)
	// Schema is the validate-with of the CIB, "pacemaker-3.9". It decides how roles are spelled.
	Schema string
}

// builder makes the elements of one statement.
type builder struct {
	env Env
	err *fault
}

// Elements makes the CIB elements of a statement. Members of a container, which exist already, stand
// in it as <member id="…"/>; `monitor` gives the bare <op>, `fencing_topology` the whole section.
// Children keep the ids of those in env.Old that they match; other ids are made as the reference
// makes them and are free according to env.Taken.
func Elements(st Statement, env Env) ([]*etree.Element, error) {
	s, ok := st.(*stmt)
	if !ok {
		return nil, fmt.Errorf("statement %q is not from this package", st.Keyword())
	}
	b := &builder{env: env}
	e, err := s.tree.build(b, s)
	if err != nil {
		var f *fault
		if errors.As(err, &f) {
			return nil, s.syntaxError(f)
		}
		return nil, err
	}
	if b.err != nil {
		return nil, s.syntaxError(b.err)
	}
	for i := len(s.comments) - 1; i >= 0; i-- {
		e.InsertChildAt(0, etree.NewComment(s.comments[i]))
	}
	b.nameIDs(e)
	return []*etree.Element{e}, nil
}

// fail keeps the first error.
func (b *builder) fail(f *fault) {
	if b.err == nil {
		b.err = f
	}
}

func (b *builder) warn(format string, args ...any) {
	if b.env.Warn != nil {
		b.env.Warn(fmt.Sprintf(format, args...))
	}
}

func (b *builder) report(format string, args ...any) {
	if b.env.Error != nil {
		b.env.Error(fmt.Sprintf(format, args...))
	}
}

func (b *builder) find(id string) *etree.Element {
	if b.env.Find == nil {
		return nil
	}
	return b.env.Find(id)
}

// resolveSet finds what $id-ref means: a set, or the resource whose first set of that kind is meant.
func (b *builder) resolveSet(tag, ref string) string {
	e := b.find(ref)
	if e == nil {
		b.report("Reference not found: %s", ref)
		return ref
	}
	if e.Tag == tag {
		return ref
	}
	for _, c := range e.SelectElements(tag) {
		if id := c.SelectAttrValue("id", ""); id != "" {
			return id
		}
	}
	return ref
}

// resolveRule does the same for rules: $id-ref may name the constraint that has the rule.
func (b *builder) resolveRule(ref string) string {
	e := b.find(ref)
	if e == nil {
		b.report("Reference not found: %s", ref)
		return ref
	}
	if e.Tag == "rule" {
		return ref
	}
	rules := e.SelectElements("rule")
	if len(rules) > 1 {
		b.warn("%s contains more than one rule, using first", ref)
	}
	if len(rules) > 0 {
		return rules[0].SelectAttrValue("id", ref)
	}
	return ref
}

func newElement(tag string, attrs ...string) *etree.Element {
	e := etree.NewElement(tag)
	addAttrs(e, attrs...)
	return e
}

func addAttrs(e *etree.Element, attrs ...string) {
	for i := 0; i+1 < len(attrs); i += 2 {
		e.Attr = append(e.Attr, etree.Attr{Key: attrs[i], Value: attrs[i+1]})
	}
}

func orElse(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// score sets score, or score-attribute where the word is no score. label ends in a colon.
func (b *builder) score(e *etree.Element, label string) {
	if s, ok := parseScore(strings.TrimSuffix(label, ":")); ok {
		e.CreateAttr("score", s)
	} else {
		e.CreateAttr("score-attribute", s)
	}
}

// parseScore gives the CIB's spelling of a score; ok is false where the word is an attribute's name.
func parseScore(s string) (string, bool) {
	sign, rest := "", s
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, rest = s[:1], s[1:]
	}
	switch {
	case strings.EqualFold(rest, "inf") || strings.EqualFold(rest, "infinity"):
		return sign + "INFINITY", true
	case sign == "" && strings.EqualFold(rest, "mandatory"):
		return "INFINITY", true
	case sign == "" && strings.EqualFold(rest, "advisory"):
		return "0", true
	case rest != "" && strings.Trim(rest, "0123456789") == "":
		return s, true
	}
	return s, false
}

var roleNames = []string{"Stopped", "Started", "Promoted", "Unpromoted", "Master", "Slave"}

// canonicalRole returns the schema's spelling of a role in any case.
func canonicalRole(s string) (string, bool) {
	for _, r := range roleNames {
		if strings.EqualFold(r, s) {
			return r, true
		}
	}
	return s, false
}

// role spells a role as the schema of the CIB wants it: before 3.7 there were only Master and Slave.
func (b *builder) role(r string) string {
	old := map[string]string{"Promoted": "Master", "Unpromoted": "Slave"}
	if o, ok := old[r]; ok && b.env.Schema != "" && !schemaAtLeast(b.env.Schema, 3, 7) {
		b.warn("Convert \"%s\" to \"%s\" since the current schema version is old and not upgraded yet. Please consider \"%s\"", r, o, "cibadmin --upgrade")
		return o
	}
	return r
}

// sinceSchema is the first schema that has the element of a statement, for those that not every one has.
var sinceSchema = map[string][2]int{"tag": {1, 3}, "acl_target": {2, 0}, "acl_group": {2, 0}, "alert": {2, 5}, "bundle": {2, 8}}

// InSchema tells whether a CIB of that schema can have what a statement makes.
func InSchema(keyword, schema string) bool {
	if keyword == "user" {
		return strings.HasPrefix(schema, "pacemaker-1.")
	}
	since := sinceSchema[keyword]
	return schemaAtLeast(schema, since[0], since[1])
}

// schemaAtLeast compares "pacemaker-3.9" with a version.
func schemaAtLeast(schema string, major, minor int) bool {
	var a, b int
	if n, _ := fmt.Sscanf(schema, "pacemaker-%d.%d", &a, &b); n != 2 {
		return true
	}
	return a > major || a == major && b >= minor
}

// pairs adds the pairs; target-role is spelled for the schema.
func (b *builder) pairs(e *etree.Element, pairs []*Pair) {
	for _, p := range pairs {
		if p.Name == "target-role" || p.Name == "role" {
			p.Value = b.role(p.Value)
		}
		e.AddChild(p.element())
	}
}

var errEmptyXML = errors.New("no element")

// stripSpace removes the white space between elements.
func stripSpace(e *etree.Element) {
	for i := len(e.Child) - 1; i >= 0; i-- {
		switch c := e.Child[i].(type) {
		case *etree.CharData:
			if strings.TrimSpace(c.Data) == "" {
				e.RemoveChildAt(i)
			}
		case *etree.Element:
			stripSpace(c)
		}
	}
}
