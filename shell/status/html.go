package status

import (
	"fmt"
	"html"
	"io"
	"strings"

	"quorate/engine/scheduler"
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
		if m.showsNode(n) {
			l.Items = append(l.Items, Item{Spans: append([]Span{{"bold", m.nodeName(n) + ":"}}, m.nodeSpans(n)...)})
		}
	}
	return l
}

// nodeSpans say how a node is.
func (m *Mon) nodeSpans(n *scheduler.Node) []Span {
	state := Span{"online", " online"}
	switch {
	case n.Unclean:
		state = Span{"offline", " " + nodeState(n)}
	case !n.Online:
		state = Span{"offline", " OFFLINE"}
	case n.Pending:
		state.Text = " pending"
	}
	spans := []Span{state}
	switch {
	case n.StandbyOnFail && n.Online:
		spans = append(spans, Span{"standby", " (in standby due to on-fail)"})
	case n.Standby && n.Online && len(n.Running) > 0:
		spans = append(spans, Span{"standby", " (in standby, with active resources)"})
	case n.Standby:
		spans = append(spans, Span{"standby", " (in standby)"})
	case n.Maintenance:
		spans = append(spans, Span{"maint", " (in maintenance mode)"})
	}
	if c := m.HealthColor(n); c != "" {
		spans = append(spans, Span{"health_" + strings.ToLower(c), " (health is " + c + ")"})
	}
	if m.Detail && n.Online && !n.IsRemote() {
		spans = append(spans, Span{"", ", feature set " + featureSet(n)})
	}
	return spans
}

// html writes the list under a heading of the level, lists in it one level down. Line ends are where libxml2 makes them:
// around the children of an element that has several.
func (l *List) html(b *strings.Builder, level int) {
	if node, ok := strings.CutPrefix(l.Title, "Node: "); ok {
		fmt.Fprintf(b, "<h%d>%s:</h%d>\n", level, escapeHTML(node), level)
	} else if l.Title != "" {
		fmt.Fprintf(b, "<h%d>%s</h%d>\n", level, escapeHTML(l.Title), level)
	}
	several := "\n"
	if len(l.Items) < 2 {
		several = ""
	}
	b.WriteString("<ul>" + several)
	for i, it := range l.Items {
		if i > 0 {
			b.WriteByte('\n')
		}
		it.html(b)
	}
	b.WriteString(several + "</ul>\n")
}

func (it *Item) html(b *strings.Builder) {
	spans := it.Spans
	switch {
	case it.Sub != nil:
		b.WriteString("<li>\n")
		it.Sub.html(b, 3)
		b.WriteString("</li>")
		return
	case spans != nil:
	case it.Label != "":
		spans = []Span{{"bold", it.Label + ": "}, {"", strings.TrimLeft(it.Text, " ")}}
	case it.Class != "":
		spans = []Span{{it.Class, it.Text}}
	default:
		b.WriteString("<li>" + escapeHTML(it.Text) + "</li>")
		return
	}
	several := "\n"
	if len(spans) == 1 {
		several = ""
	}
	b.WriteString("<li>" + several)
	for _, s := range spans {
		if s.Class == "" {
			b.WriteString("<span>" + escapeHTML(s.Text) + "</span>")
		} else {
			b.WriteString(`<span class="` + s.Class + `">` + escapeHTML(s.Text) + "</span>")
		}
	}
	b.WriteString(several + "</li>")
}

var escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
