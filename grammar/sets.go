package grammar

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// resourceSet is one set of a constraint: "( a b )", "[ a b ]", or resources in a row.
type resourceSet struct {
	open       byte // '(', '[', or 0 outside of brackets
	kind       string
	suffix     string // role or action, as typed; of all members
	at         int
	members    []string
	sequential string // "true", "false", or "" = default
	requireAll string
}

const setMark = "_rsc_set_"

func anyBracket(its []lexer.Token) bool {
	for _, t := range its {
		v := t.Value
		if v == setMark || v != "" && (v[0] == '(' || v[0] == '[' || strings.ContainsAny(v[len(v)-1:], ")]")) {
			return true
		}
	}
	return false
}

// unstick cuts the bracket off a word that it sticks to: "(a" is "(" and "a". A word has one bracket only: what is left
// of "(a)" is "a)", which closes nothing.
func unstick(its []lexer.Token) []lexer.Token {
	out := make([]lexer.Token, 0, len(its)+2)
	for _, t := range its {
		cut := 0
		switch v := t.Value; {
		case len(v) > 1 && (v[0] == '(' || v[0] == '['):
			cut = 1
		case len(v) > 1 && (v[len(v)-1] == ')' || v[len(v)-1] == ']'):
			cut = len(v) - 1
		}
		if cut > 0 {
			before := t
			before.Value, t.Value = t.Value[:cut], t.Value[cut:]
			out = append(out, before)
		}
		out = append(out, t)
	}
	return out
}

// setReader walks over the words of resource sets.
type setReader struct {
	kind    string // "role" or "action"
	context string
	sets    []*resourceSet
	cur     *resourceSet
}

// parseSets reads resource sets; context is what errors name.
func parseSets(its []lexer.Token, kind, context string) ([]*resourceSet, *fault) {
	r := &setReader{kind: kind, context: context}
	toks := unstick(its)
	for _, t := range toks {
		if f := r.word(t); f != nil {
			return nil, f
		}
	}
	if r.cur != nil && r.cur.open != 0 {
		return nil, &fault{reason: "Unmatched opening bracket", at: toks[len(toks)-1].Pos.Offset, context: context}
	}
	r.end()
	return r.sets, nil
}

func (r *setReader) bad(t lexer.Token, text string) *fault {
	return &fault{reason: text, at: t.Pos.Offset, context: r.context}
}

func (r *setReader) word(t lexer.Token) *fault {
	switch t.Value {
	case setMark:
		return nil
	case "(", "[":
		if r.cur != nil && r.cur.open != 0 {
			return r.bad(t, "Cannot nest resource sets")
		}
		r.end()
		r.cur = &resourceSet{open: t.Value[0], kind: r.kind, sequential: "false"}
		if t.Value == "[" {
			r.cur.requireAll = "false"
		}
		return nil
	case ")", "]":
		return r.close(t)
	}
	if name, v, ok := strings.Cut(t.Value, "="); ok {
		return r.attr(t, name, v)
	}
	return r.member(t)
}

func (r *setReader) close(t lexer.Token) *fault {
	switch {
	case r.cur == nil || r.cur.open == 0:
		return r.bad(t, "Unmatched closing bracket")
	case (r.cur.open == '(') != (t.Value == ")"):
		return r.bad(t, "Mismatched closing bracket")
	case len(r.cur.members) == 0:
		return r.bad(t, "Empty resource set")
	}
	r.sets = append(r.sets, r.cur)
	r.cur = nil
	return nil
}

func (r *setReader) attr(t lexer.Token, name, v string) *fault {
	if name != "sequential" && name != "require-all" {
		return r.bad(t, "Unknown attribute")
	}
	if r.cur == nil {
		r.cur = &resourceSet{kind: r.kind} // of the set that follows
	}
	b, ok := parseBool(v)
	if !ok {
		return r.bad(t, "Not a boolean: "+v)
	}
	if b == "true" {
		b = "" // the schema's default is not written
	}
	if name == "sequential" {
		r.cur.sequential = b
	} else {
		r.cur.requireAll = b
	}
	return nil
}

func (r *setReader) member(t lexer.Token) *fault {
	rsc, what, has := strings.Cut(t.Value, ":")
	if !resourceWord(rsc) {
		return r.bad(t, "Expected resource")
	}
	if has && what == "" {
		return r.bad(t, "Invalid "+r.kind+" for "+t.Value)
	}
	if r.cur != nil && len(r.cur.members) > 0 && !strings.EqualFold(r.cur.suffix, what) {
		next := &resourceSet{open: r.cur.open, kind: r.kind, sequential: r.cur.sequential, requireAll: r.cur.requireAll}
		r.sets = append(r.sets, r.cur)
		r.cur = next
	}
	if r.cur == nil {
		r.cur = &resourceSet{kind: r.kind}
	}
	if len(r.cur.members) == 0 {
		r.cur.suffix, r.cur.at = what, t.Pos.Offset
	}
	r.cur.members = append(r.cur.members, rsc)
	return nil
}

func (r *setReader) end() {
	if r.cur != nil && len(r.cur.members) > 0 {
		r.sets = append(r.sets, r.cur)
	}
	r.cur = nil
}

func (x *resourceSet) element(b *builder) *etree.Element {
	e := etree.NewElement("resource_set")
	if x.requireAll != "" {
		e.CreateAttr("require-all", x.requireAll)
	}
	if x.sequential != "" {
		e.CreateAttr("sequential", x.sequential)
	}
	if x.suffix != "" {
		v, f := b.suffix(x.kind, x.suffix, x.members[0], x.at)
		if f != nil {
			b.fail(f)
		}
		e.CreateAttr(x.kind, v)
	}
	for _, m := range x.members {
		e.AddChild(newElement("resource_ref", "id", m))
	}
	return e
}
