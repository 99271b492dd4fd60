package grammar

import (
	"sort"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

func (p *printer) rule(e *etree.Element) string {
	words := []string{p.kw("rule")}
	if ref := e.SelectAttr("id-ref"); ref != nil {
		return p.kw("rule") + " $id-ref=" + p.ref(ref.Value)
	}
	if id := p.setID(e, true); id != "" {
		words = append(words, id)
	}
	if r := e.SelectAttr("role"); r != nil {
		words = append(words, "$role="+p.word(r.Value))
	}
	if get(e, "score") != "INFINITY" {
		if s := p.score(e); s != "" {
			words = append(words, s)
		}
	}
	op := orElse(get(e, "boolean-op"), "and")
	for i, c := range e.ChildElements() {
		if i > 0 {
			words = append(words, p.kw(op))
		}
		words = append(words, p.expression(c)...)
	}
	return strings.Join(words, " ")
}

func (p *printer) expression(e *etree.Element) []string {
	switch e.Tag {
	case "date_expression":
		return p.dateExpression(e)
	case "expression":
	default:
		p.bad = true
		return nil
	}
	op := get(e, "operation")
	attr := p.env.style(KindAttrName, p.word(get(e, "attribute")))
	if strings.EqualFold(op, "defined") || strings.EqualFold(op, "not_defined") {
		return []string{p.kw(op), attr}
	}
	if typ := get(e, "type"); typ != "" && typ != "string" {
		op = typ + ":" + op
	}
	value := get(e, "value")
	if src := get(e, "value-source"); src != "" && (p.env.Exact || src != "literal") {
		value = src + "{" + value + "}"
	}
	return []string{attr, p.kw(op), p.env.style(KindAttrValue, p.word(value))}
}

func (p *printer) dateExpression(e *etree.Element) []string {
	words := []string{p.kw("date")}
	switch op := get(e, "operation"); op {
	case "lt":
		return append(words, p.kw(op), p.quote(get(e, "end")))
	case "gt":
		return append(words, p.kw(op), p.quote(get(e, "start")))
	case "in_range":
		words = append(words, p.kw("in"))
	case "date_spec":
		words = append(words, p.kw("spec"))
	default:
		p.bad = true
		return nil
	}
	for _, k := range []string{"start", "end"} {
		if a := e.SelectAttr(k); a != nil {
			words = append(words, p.pair(k, a.Value))
		}
	}
	for _, c := range e.ChildElements() {
		words = append(words, p.attrsOf(c, "id")...)
	}
	return words
}

func (p *printer) location(e *etree.Element) {
	words := []string{p.kw("location"), p.oid(p.word(get(e, "id")))}
	switch {
	case e.SelectAttr("rsc") != nil:
		words = append(words, p.ref(get(e, "rsc")))
	case e.SelectAttr("rsc-pattern") != nil:
		words = append(words, p.env.style(KindReference, p.word("/"+get(e, "rsc-pattern")+"/")))
	default:
		words = append(words, "{")
		words = append(words, p.sets(e, "role", 0)...)
		words = append(words, "}")
	}
	for _, k := range []string{"role", "resource-discovery"} {
		if a := e.SelectAttr(k); a != nil {
			words = append(words, p.pair(k, a.Value))
		}
	}
	if a := e.SelectAttr("node"); a != nil {
		words = append(words, p.score(e), p.ref(a.Value))
	}
	p.add(words...)
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "rule":
			p.add(p.rule(c))
		case "resource_set":
		default:
			p.bad = true
		}
	}
}

func (p *printer) colocation(e *etree.Element) {
	words := []string{p.kw("colocation"), p.oid(p.word(get(e, "id"))), p.score(e)}
	words = append(words, p.partiesOf(e, "role", "rsc", "with-rsc")...)
	if a := e.SelectAttr("node-attribute"); a != nil {
		words = append(words, p.env.style(KindAttrName, "node-attribute")+"="+p.env.style(KindAttrValue, p.word(a.Value)))
	}
	p.add(words...)
}

func (p *printer) order(e *etree.Element) {
	words := []string{p.kw("order"), p.oid(p.word(get(e, "id")))}
	switch {
	case e.SelectAttr("kind") != nil:
		words = append(words, p.env.style(KindScore, get(e, "kind"))+":")
	case e.SelectAttr("score") != nil:
		words = append(words, p.score(e))
	}
	words = append(words, p.partiesOf(e, "action", "first", "then")...)
	if a := e.SelectAttr("symmetrical"); a != nil {
		words = append(words, p.pair("symmetrical", a.Value))
	}
	p.add(words...)
}

func (p *printer) ticket(e *etree.Element) {
	words := []string{p.kw("rsc_ticket"), p.oid(p.word(get(e, "id"))), p.env.style(KindTicket, p.word(get(e, "ticket"))) + ":"}
	words = append(words, p.partiesOf(e, "role", "rsc", "")...)
	if a := e.SelectAttr("loss-policy"); a != nil {
		words = append(words, p.pair("loss-policy", a.Value))
	}
	p.add(words...)
}

// partiesOf writes the resources of a constraint: simple, or as sets.
func (p *printer) partiesOf(e *etree.Element, suffix, first, second string) []string {
	if e.SelectAttr(first) == nil {
		least := 2
		if second == "" {
			least = 1
		}
		return p.sets(e, suffix, least)
	}
	words := []string{p.partyOf(e, first, suffix)}
	if second != "" {
		words = append(words, p.partyOf(e, second, suffix))
	}
	return words
}

func (p *printer) partyOf(e *etree.Element, attr, suffix string) string {
	s := p.ref(get(e, attr))
	if a := e.SelectAttr(attr + "-" + suffix); a != nil {
		s += ":" + a.Value
	} else if a := e.SelectAttr(attr + "-instance"); a != nil {
		s += ":" + a.Value
	}
	return s
}

// sets writes resource sets. With no more than least members in all and the last set plain, the
// simple form would be read; "_rsc_set_" in front prevents that.
func (p *printer) sets(e *etree.Element, suffix string, least int) []string {
	var words []string
	members := 0
	brackets := false
	for _, s := range e.SelectElements("resource_set") {
		w := p.set1(s, suffix)
		members += len(s.SelectElements("resource_ref"))
		brackets = strings.ContainsAny(w[0], "([")
		words = append(words, w...)
	}
	if least == 2 && members < 2 && !brackets {
		p.bad = true // the reference reads two or more
	}
	if least > 0 && members <= least && (least == 1 || !brackets) {
		words = append([]string{p.kw(setMark)}, words...)
	}
	return words
}

func (p *printer) set1(s *etree.Element, suffix string) []string {
	var words []string
	for _, r := range s.SelectElements("resource_ref") {
		w := p.ref(get(r, "id"))
		if a := s.SelectAttr(suffix); a != nil {
			w += ":" + a.Value
		}
		words = append(words, w)
	}
	seq, all := get(s, "sequential") == "false", get(s, "require-all") == "false"
	switch {
	case all:
		words = append([]string{"["}, words...)
		if !seq {
			words = append(words, p.pair("sequential", "true"))
		}
		words = append(words, "]")
	case seq:
		words = append(append([]string{"("}, words...), ")")
	}
	return words
}

// level is what stands for one target of the topology: its levels in order of the index.
type level struct {
	target  string // as written, "" for a target without name
	devices map[int]string
}

func (p *printer) topology(e *etree.Element) {
	var order []string
	byTarget := map[string]*level{}
	for _, l := range e.ChildElements() {
		key := p.targetText(l)
		if l.Tag != "fencing-level" || key == "" {
			p.bad = true
			return
		}
		if byTarget[key] == nil {
			byTarget[key] = &level{key, map[int]string{}}
			order = append(order, key)
		}
		i, err := strconv.Atoi(get(l, "index"))
		if _, twice := byTarget[key].devices[i]; err != nil || twice {
			p.bad = true
			return
		}
		byTarget[key].devices[i] = get(l, "devices")
	}
	lines := map[string]bool{}
	nodes := true
	for _, t := range order {
		lines[p.levels(byTarget[t])] = true
		nodes = nodes && !strings.HasPrefix(t, "attr:") && !strings.HasPrefix(t, "pattern:")
	}
	if !nodes && len(lines) == 1 && p.env.Nodes != nil && len(p.env.Nodes()) == len(order) {
		p.bad = true // the reference takes it for the short form, which cannot say it
	}
	if nodes && p.allNodes(order) && len(lines) == 1 {
		p.add(p.kw("fencing_topology"), p.levels(byTarget[order[0]]))
		return
	}
	p.add(p.kw("fencing_topology"))
	for _, t := range order {
		p.add(p.ref(t), p.levels(byTarget[t]))
	}
}

// allNodes tells whether the targets are exactly the nodes of the cluster.
func (p *printer) allNodes(targets []string) bool {
	if p.env.Nodes == nil {
		return false
	}
	nodes := p.env.Nodes()
	if len(nodes) != len(targets) || len(nodes) == 0 {
		return false
	}
	sorted := append([]string(nil), targets...)
	sort.Strings(sorted)
	for i, n := range nodes {
		if sorted[i] != n+":" {
			return false
		}
	}
	return true
}

func (p *printer) targetText(l *etree.Element) string {
	switch {
	case l.SelectAttr("target") != nil:
		return get(l, "target") + ":"
	case l.SelectAttr("target-pattern") != nil:
		return "pattern:" + get(l, "target-pattern")
	case l.SelectAttr("target-attribute") != nil:
		return "attr:" + get(l, "target-attribute") + "=" + get(l, "target-value")
	}
	return ""
}

func (p *printer) levels(l *level) string {
	idx := make([]int, 0, len(l.devices))
	for i := range l.devices {
		idx = append(idx, i)
	}
	sort.Ints(idx)
	words := make([]string, len(idx))
	for i, n := range idx {
		words[i] = p.word(l.devices[n])
	}
	return strings.Join(words, " ")
}
