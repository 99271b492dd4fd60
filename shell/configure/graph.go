package configure

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/beevik/etree"

	"quorate/grammar"
)

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// picture is the configuration as a graph: primitives in boxes of their containers, and constraints as edges.
type picture struct {
	vertices []vertex
	edges    []edge
	boxes    []box
}

// vertex is a primitive or a node of the cluster.
type vertex struct {
	id, label string
	node      bool
}

// edge is a constraint: an order (from is first), a colocation or a location.
type edge struct {
	from, to, label string
	kind            string // "order", "colocation", "location"
}

// box is a group, clone or bundle around others.
type box struct {
	id, label string
	inside    []string // ids of primitives
}

// Graph writes the configuration as a picture: "[dot|svg [FILE [dot|svg]]]". Without a file the text is returned.
func (b *Buffer) Graph(args []string) (string, error) {
	format := "dot"
	if len(args) > 0 {
		format = args[0]
	}
	if len(args) > 2 {
		format = args[2]
	}
	if len(args) > 3 {
		return "", fmt.Errorf("configure.graph: Expected ([dot|svg [file [format]]]), takes at most 3 arguments (%d given)", len(args))
	}
	p := b.picture()
	var text string
	switch format {
	case "dot":
		text = p.dot()
	case "svg":
		text = p.svg()
	default:
		return "", fmt.Errorf("configure.graph: the format %s is not known: dot and svg are; 'dot -T%s' of graphviz makes it from dot", format, format)
	}
	if len(args) < 2 {
		return text, nil
	}
	if err := os.WriteFile(args[1], []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("could not write %s: %w", args[1], reasonOf(err))
	}
	return "", nil
}

func (b *Buffer) picture() *picture {
	p := &picture{}
	objs := b.objects()
	sortObjects(objs, false)
	for _, e := range objs {
		switch {
		case e.Tag == "primitive":
			p.vertices = append(p.vertices, vertex{id: idOf(e), label: idOf(e) + "\n" + strings.Fields(grammar.Render(e, grammar.RenderEnv{}) + " - -")[2]})
		case e.Tag == "node":
			p.vertices = append(p.vertices, vertex{id: idOf(e), label: idOf(e), node: true})
		case isContainer(e.Tag):
			p.boxes = append(p.boxes, box{id: idOf(e), label: typeOf(e) + " " + idOf(e), inside: primitives(e)})
		case e.Tag == "rsc_order":
			p.orders(b, e)
		case e.Tag == "rsc_colocation":
			p.colocations(b, e)
		case e.Tag == "rsc_location" && attr(e, "node") != "":
			for _, r := range parties(e) {
				p.edge(b, attr(e, "node"), r, attr(e, "score"), "location")
			}
		}
	}
	for _, e := range objs { // members of a group start one after the other
		if e.Tag == "group" {
			kids := primitives(e)
			for i := 1; i < len(kids); i++ {
				p.edges = append(p.edges, edge{from: kids[i-1], to: kids[i], kind: "order"})
			}
		}
	}
	return p
}

// primitives are the ids of the primitives inside of a resource, in order.
func primitives(e *etree.Element) []string {
	if e.Tag == "primitive" {
		return []string{idOf(e)}
	}
	var out []string
	for _, m := range members(e) {
		out = append(out, primitives(m)...)
	}
	return out
}

// edge adds one edge between primitives that stand for the resources: the last of the first, the first of the second.
func (p *picture) edge(b *Buffer, from, to, label, kind string) {
	end := func(id string, last bool) string {
		e := b.resource(id)
		if e == nil {
			return id
		}
		kids := primitives(e)
		switch {
		case len(kids) == 0:
			return id
		case last:
			return kids[len(kids)-1]
		}
		return kids[0]
	}
	p.edges = append(p.edges, edge{end(from, true), end(to, false), strings.ReplaceAll(label, "INFINITY", "inf"), kind})
}

func (p *picture) orders(b *Buffer, c *etree.Element) {
	label := attr(c, "kind")
	if label == "Mandatory" {
		label = ""
	}
	if c.SelectAttr("first") != nil {
		p.edge(b, attr(c, "first"), attr(c, "then"), label, "order")
		return
	}
	for _, pair := range orderPairs(c) {
		p.edge(b, pair[0], pair[1], label, "order")
	}
}

func (p *picture) colocations(b *Buffer, c *etree.Element) {
	label := attr(c, "score")
	if c.SelectAttr("rsc") != nil {
		p.edge(b, attr(c, "with-rsc"), attr(c, "rsc"), label, "colocation")
		return
	}
	all := parties(c)
	for i := 1; i < len(all); i++ {
		p.edge(b, all[i-1], all[i], label, "colocation")
	}
}

var dotStyles = map[string]string{
	"order": `style="solid"`, "colocation": `style="dotted",dir="none",constraint="false"`, "location": `style="dashed",dir="none"`,
}

// dot writes the picture in the language of graphviz.
func (p *picture) dot() string {
	var s strings.Builder
	q := func(t string) string {
		return `"` + strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(t, `\`, `\\`), `"`, `\"`), "\n", `\n`) + `"`
	}
	s.WriteString("digraph G {\n\tcompound=\"true\";\n\tfontname=\"Helvetica\";\n")
	for _, x := range p.boxes {
		fmt.Fprintf(&s, "\tsubgraph %s {\n\t\tlabel=%s;\n\t\tcolor=\"#00aeef\";\n", q("cluster_"+x.id), q(x.label))
		for _, id := range x.inside {
			fmt.Fprintf(&s, "\t\t%s;\n", q(id))
		}
		s.WriteString("\t}\n")
	}
	for _, v := range p.vertices {
		look := `shape="box",style="rounded,filled",fillcolor="#e4e5e6"`
		if v.node {
			look = `shape="box",style="bold",color="#7ac142"`
		}
		fmt.Fprintf(&s, "\t%s [label=%s,%s];\n", q(v.id), q(v.label), look)
	}
	for _, e := range p.edges {
		fmt.Fprintf(&s, "\t%s -> %s [%s,label=%s];\n", q(e.from), q(e.to), dotStyles[e.kind], q(e.label))
	}
	s.WriteString("}\n")
	return s.String()
}
