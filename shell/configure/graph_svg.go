package configure

import (
	"fmt"
	"strings"
)

// Sizes of the drawing, in pixels.
const (
	boxWidth, boxHeight = 150, 44
	gapX, gapY, margin  = 40, 56, 30
)

// svg draws the picture by itself: what starts first stands higher, nodes of the cluster stand below all.
func (p *picture) svg() string {
	x, y, width, height := p.place()
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="Helvetica" font-size="12">`+"\n", width, height)
	s.WriteString(`<defs><marker id="arrow" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs>` + "\n")
	for _, b := range p.boxes {
		drawBox(&s, b, x, y)
	}
	for _, e := range p.edges {
		drawEdge(&s, e, x, y)
	}
	for _, v := range p.vertices {
		fill, stroke := "#e4e5e6", "#b9b9b9"
		if v.node {
			fill, stroke = "#ffffff", "#7ac142"
		}
		fmt.Fprintf(&s, `<rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="%s"/>`+"\n", x[v.id], y[v.id], boxWidth, boxHeight, fill, stroke)
		for i, line := range strings.Split(v.label, "\n") {
			fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", x[v.id]+boxWidth/2, y[v.id]+18+16*i, escape(line))
		}
	}
	s.WriteString("</svg>\n")
	return s.String()
}

// place gives every vertex its corner: rows by the longest way over orders, in a row in the order of the listing.
func (p *picture) place() (x, y map[string]int, width, height int) {
	rank := p.ranks()
	lowest := 0
	for _, r := range rank {
		lowest = max(lowest, r)
	}
	x, y = map[string]int{}, map[string]int{}
	column := map[int]int{}
	for _, v := range p.vertices {
		r := rank[v.id]
		if v.node {
			r = lowest + 1
		}
		x[v.id] = margin + column[r]*(boxWidth+gapX)
		y[v.id] = margin + r*(boxHeight+gapY)
		column[r]++
		width = max(width, x[v.id]+boxWidth+margin)
		height = max(height, y[v.id]+boxHeight+margin)
	}
	return x, y, max(width, 2*margin), max(height, 2*margin)
}

// ranks counts for each vertex how many stand before it; a circle of orders ends the count.
func (p *picture) ranks() map[string]int {
	before := map[string][]string{}
	for _, e := range p.edges {
		if e.kind == "order" && e.from != e.to {
			before[e.to] = append(before[e.to], e.from)
		}
	}
	rank, busy := map[string]int{}, map[string]bool{}
	var count func(id string) int
	count = func(id string) int {
		if r, ok := rank[id]; ok || busy[id] {
			return r
		}
		busy[id] = true
		r := 0
		for _, f := range before[id] {
			r = max(r, count(f)+1)
		}
		rank[id] = r
		return r
	}
	for _, v := range p.vertices {
		count(v.id)
	}
	return rank
}

func drawBox(s *strings.Builder, b box, x, y map[string]int) {
	if len(b.inside) == 0 {
		return
	}
	left, top, right, bottom := 1<<30, 1<<30, 0, 0
	for _, id := range b.inside {
		left, top = min(left, x[id]), min(top, y[id])
		right, bottom = max(right, x[id]+boxWidth), max(bottom, y[id]+boxHeight)
	}
	fmt.Fprintf(s, `<rect x="%d" y="%d" width="%d" height="%d" rx="10" fill="none" stroke="#00aeef"/>`+"\n", left-8, top-22, right-left+16, bottom-top+30)
	fmt.Fprintf(s, `<text x="%d" y="%d" fill="#00aeef">%s</text>`+"\n", left, top-8, escape(b.label))
}

func drawEdge(s *strings.Builder, e edge, x, y map[string]int) {
	if _, ok := x[e.from]; !ok {
		return
	}
	if _, ok := x[e.to]; !ok || e.from == e.to {
		return
	}
	look := map[string]string{"order": `stroke="#000" marker-end="url(#arrow)"`, "colocation": `stroke="#ec008c" stroke-dasharray="2 3"`,
		"location": `stroke="#7ac142" stroke-dasharray="6 4"`}[e.kind]
	x1, y1, x2, y2 := x[e.from]+boxWidth/2, y[e.from]+boxHeight, x[e.to]+boxWidth/2, y[e.to]
	switch {
	case y[e.from] > y[e.to]:
		y1, y2 = y[e.from], y[e.to]+boxHeight
	case y[e.from] == y[e.to]:
		y1, y2 = y[e.from], y[e.to]
	}
	fmt.Fprintf(s, `<line x1="%d" y1="%d" x2="%d" y2="%d" %s/>`+"\n", x1, y1, x2, y2, look)
	if e.label != "" {
		fmt.Fprintf(s, `<text x="%d" y="%d" font-size="10">%s</text>`+"\n", (x1+x2)/2+4, (y1+y2)/2, escape(e.label))
	}
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace
