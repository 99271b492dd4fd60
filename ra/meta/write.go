package meta

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// XML writes metadata as agents print it; Parse reads it back equal.
func XML(m *Metadata) []byte {
	var w writer
	w.line("<?xml version=\"1.0\"?>")
	w.open("resource-agent", Attr{"name", m.Agent.Type}, Attr{"version", m.Version})
	w.text("version", "1.1")
	w.desc(m.LongDesc, m.ShortDesc)
	w.open("parameters")
	for i := range m.Parameters {
		w.parameter(&m.Parameters[i])
	}
	w.close("parameters")
	w.open("actions")
	for _, a := range m.Actions {
		w.empty("action", append([]Attr{{"name", a.Name}}, a.Advice()...)...)
	}
	w.close("actions")
	w.close("resource-agent")
	return w.buf.Bytes()
}

// Advice gives all attributes but the name, in the agent's order, or in ours for metadata made in memory.
func (a *Action) Advice() []Attr {
	if a.Attrs != nil {
		return a.Attrs
	}
	var out []Attr
	for _, at := range []Attr{
		{"timeout", a.Timeout}, {"interval", a.Interval}, {"depth", a.Depth}, {"role", a.Role},
		{"start-delay", a.StartDelay}, {"on_target", a.OnTarget}, {"automatic", a.Automatic},
	} {
		if at.Value != "" {
			out = append(out, at)
		}
	}
	return out
}

type writer struct {
	buf   bytes.Buffer
	depth int
}

func (w *writer) line(s string) {
	w.buf.WriteString(strings.Repeat("  ", w.depth))
	w.buf.WriteString(s)
	w.buf.WriteByte('\n')
}

func (w *writer) open(name string, attrs ...Attr)  { w.line("<" + name + list(attrs) + ">"); w.depth++ }
func (w *writer) empty(name string, attrs ...Attr) { w.line("<" + name + list(attrs) + "/>") }
func (w *writer) close(name string)                { w.depth--; w.line("</" + name + ">") }

func (w *writer) text(name, text string, attrs ...Attr) {
	w.line("<" + name + list(attrs) + ">" + escape(text) + "</" + name + ">")
}

func (w *writer) desc(long, short string) {
	w.text("longdesc", long, Attr{"lang", "en"})
	w.text("shortdesc", short, Attr{"lang", "en"})
}

func (w *writer) parameter(p *Parameter) {
	attrs := []Attr{{"name", p.Name}}
	flag := func(name string, on bool) {
		if on {
			attrs = append(attrs, Attr{name, "1"})
		}
	}
	flag("unique", p.Unique && p.UniqueGroup == "")
	if p.UniqueGroup != "" {
		attrs = append(attrs, Attr{"unique-group", p.UniqueGroup})
	}
	flag("required", p.Required)
	flag("reloadable", p.Reloadable)
	flag("private", p.Private)
	w.open("parameter", attrs...)
	if p.Deprecated {
		w.open("deprecated")
		for _, by := range p.ReplacedBy {
			w.empty("replaced-with", Attr{"name", by})
		}
		w.close("deprecated")
	}
	w.desc(p.LongDesc, p.ShortDesc)
	w.content(p)
	w.close("parameter")
}

func (w *writer) content(p *Parameter) {
	attrs := []Attr{{"type", p.Type}}
	if p.HasDefault {
		attrs = append(attrs, Attr{"default", p.Default})
	}
	if len(p.Values) == 0 {
		w.empty("content", attrs...)
		return
	}
	w.open("content", attrs...)
	for _, v := range p.Values {
		w.empty("option", Attr{"value", v})
	}
	w.close("content")
}

func list(attrs []Attr) string {
	var b strings.Builder
	for _, a := range attrs {
		b.WriteString(" " + a.Name + `="` + escape(a.Value) + `"`)
	}
	return b.String()
}

func escape(s string) string {
	var b bytes.Buffer
	// EscapeText cannot fail on a bytes.Buffer.
	_ = xml.EscapeText(&b, []byte(s))
	return strings.ReplaceAll(b.String(), "&#xA;", "\n")
}
