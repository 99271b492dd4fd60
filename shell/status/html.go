package status

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// Page is what an html page has around the sections.
type Page struct {
	Title      string // "" is "Cluster Status"
	Stylesheet string // address of a stylesheet; "" for none
	Refresh    int    // seconds after which a browser asks again; 0: never
}

const styles = `.bold { font-weight: bold }
.online { color: green }
.offline { color: red }
.maint { color: blue }
.standby { color: blue }
.health_red { color: red }
.health_yellow { color: GoldenRod }
.rsc-failed { color: red }
.rsc-failure-ignored { color: DarkGreen }
.rsc-managed { color: blue }
.rsc-multiple { color: orange }
.rsc-ok { color: green }
.warning { color: red; font-weight: bold }`

// WriteHTML prints the picture as a page.
func (m *Mon) WriteHTML(w io.Writer, p Page) {
	var b strings.Builder
	title := p.Title
	if title == "" {
		title = "Cluster Status"
	}
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>%s</title>\n<meta charset=\"utf-8\">\n", html.EscapeString(title))
	if p.Refresh > 0 {
		fmt.Fprintf(&b, "<meta http-equiv=\"refresh\" content=\"%d\">\n", p.Refresh)
	}
	fmt.Fprintf(&b, "<style>%s</style>\n", styles)
	if p.Stylesheet != "" {
		fmt.Fprintf(&b, "<link rel=\"stylesheet\" href=\"%s\">\n", html.EscapeString(p.Stylesheet))
	}
	b.WriteString("</head>\n<body>\n")
	header, rest := m.lists()
	if header != nil {
		header.html(&b, 2)
	}
	if note := m.MaintenanceNote(); note != "" && m.has(MaintMode) {
		fmt.Fprintf(&b, "<p class=\"warning\">%s</p>\n", html.EscapeString(strings.Join(strings.Fields(note), " ")))
	}
	for _, l := range rest {
		if l != nil && l.Title == "Node List" && !m.ByNode {
			l = m.nodesForHTML()
		}
		if l != nil {
			l.html(&b, 2)
		}
	}
	b.WriteString("</body>\n</html>\n")
	_, _ = io.WriteString(w, b.String())
}

// nodesForHTML gives every node a line, so that each can have its colour.
func (m *Mon) nodesForHTML() *List {
	l := &List{Title: "Node List"}
	for _, n := range m.Cluster.Nodes {
		if !m.showsNode(n) {
			continue
		}
		class := "online"
		switch {
		case !n.Online:
			class = "offline"
		case n.Standby:
			class = "standby"
		case n.Maintenance:
			class = "maint"
		}
		if c := m.HealthColor(n); c != "" {
			class += " health_" + strings.ToLower(c)
		}
		l.Items = append(l.Items, Item{Label: kindPrefix(n) + "Node " + m.nodeName(n), Text: m.nodeStateText(n), Class: class})
	}
	return l
}

// html writes the list under a heading of the level, lists in it one level down.
func (l *List) html(b *strings.Builder, level int) {
	if l.Title != "" {
		fmt.Fprintf(b, "<h%d>%s</h%d>\n", level, html.EscapeString(l.Title), level)
	}
	b.WriteString("<ul>\n")
	for _, it := range l.Items {
		if it.Sub != nil {
			b.WriteString("<li>\n")
			it.Sub.html(b, 3)
			b.WriteString("</li>\n")
			continue
		}
		b.WriteString("<li>")
		if it.Label != "" {
			fmt.Fprintf(b, "<span class=\"bold\">%s: </span>", html.EscapeString(it.Label))
		}
		if it.Class != "" {
			fmt.Fprintf(b, "<span class=\"%s\">%s</span>", it.Class, html.EscapeString(it.Text))
		} else {
			fmt.Fprintf(b, "<span>%s</span>", html.EscapeString(it.Text))
		}
		b.WriteString("</li>\n")
	}
	b.WriteString("</ul>\n")
}
