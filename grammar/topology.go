package grammar

import (
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/beevik/etree"
)

// Topology is "fencing_topology (LEVEL {LEVEL} | TARGET LEVEL {LEVEL} {TARGET LEVEL {LEVEL}})".
type Topology struct {
	Keyword string `parser:"@Word"`
	Words   items  `parser:"@@"`
}

func (t *Topology) id() string { return "fencing_topology" }

func (t *Topology) build(b *builder, s *stmt) (*etree.Element, error) {
	e := etree.NewElement("fencing-topology")
	var targets [][]string // attribute name and value, in pairs
	index := map[string]int{}
	if len(t.Words.toks) == 0 {
		return e, nil
	}
	if w := t.Words.toks[0]; w.Type != tLabel && !isTarget(w.Value) && b.env.Nodes != nil {
		for _, n := range b.env.Nodes() {
			targets = append(targets, []string{"target", n})
		}
	}
	var levels []string
	write := func() {
		for _, tgt := range targets {
			b.levels(e, tgt, levels, index)
		}
		levels = nil
	}
	for _, w := range t.Words.toks {
		if tgt := parseTarget(w); tgt != nil {
			write()
			targets = [][]string{tgt}
			continue
		}
		levels = append(levels, w.Value)
	}
	write()
	return e, nil
}

// levels adds the levels of one target, counted on from those that it has.
func (b *builder) levels(e *etree.Element, tgt, devices []string, index map[string]int) {
	for _, d := range devices {
		key := strings.Join(tgt, "\x00")
		if tgt[0] == "target-attribute" {
			key = strings.Join(tgt[:2], "\x00") // the reference counts per attribute name
		}
		index[key]++
		l := etree.NewElement("fencing-level")
		if tgt[0] == "target" {
			addAttrs(l, tgt...)
		}
		addAttrs(l, "index", strconv.Itoa(index[key]), "devices", d)
		if tgt[0] != "target" {
			addAttrs(l, tgt...)
		}
		e.AddChild(l)
	}
}

func isTarget(v string) bool {
	return strings.HasPrefix(v, "attr:") || strings.HasPrefix(v, "pattern:")
}

func parseTarget(w lexer.Token) []string {
	v := w.Value
	switch {
	case strings.HasPrefix(v, "pattern:") && len(v) > len("pattern:"):
		return []string{"target-pattern", v[len("pattern:"):]}
	case strings.HasPrefix(v, "attr:"):
		name, value, _ := strings.Cut(v[len("attr:"):], "=")
		return []string{"target-attribute", name, "target-value", value}
	case strings.HasSuffix(v, ":") && len(v) > 1:
		return []string{"target", strings.TrimSuffix(v, ":")}
	}
	return nil
}
