package tools

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/exit"
)

// output is where a tool's answer goes, as text or as XML. Each fact is told twice, once with printf
// and once with element; the one that the format does not want is dropped.
type output struct {
	tool   string
	xml    bool
	w, err io.Writer
	root   *etree.Element
	errors []string
}

// begin starts the XML frame around an answer.
func (o *output) begin(name string, args []string) {
	words := []string{name}
	for _, a := range args {
		words = append(words, quoteWord(a))
	}
	o.root = etree.NewElement("pacemaker-result")
	o.root.CreateAttr("api-version", apiVersion)
	o.root.CreateAttr("request", strings.Join(words, " "))
}

// quoteWord puts a word that has blanks in single quotes, as Pacemaker does in the frame of its XML output.
func quoteWord(s string) string {
	if !strings.ContainsAny(s, " \t\n") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// printf prints in text format.
func (o *output) printf(format string, args ...any) {
	if !o.xml {
		fmt.Fprintf(o.w, format, args...)
	}
}

// element adds an element in XML format; attributes come as name, value, name, value.
func (o *output) element(tag string, attrs ...string) *etree.Element {
	e := newElement(tag, attrs...)
	if o.xml {
		o.root.AddChild(e)
	}
	return e
}

// newElement makes an element; attributes come as name, value, name, value.
func newElement(tag string, attrs ...string) *etree.Element {
	e := etree.NewElement(tag)
	for i := 0; i+1 < len(attrs); i += 2 {
		e.CreateAttr(attrs[i], attrs[i+1])
	}
	return e
}

// fail tells an error, with the tool's name before it.
func (o *output) fail(format string, args ...any) {
	o.note(o.tool+": "+format, args...)
}

// note tells an error without the tool's name.
func (o *output) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if o.xml {
		o.errors = append(o.errors, text)
		return
	}
	fmt.Fprintln(o.err, text)
}

// finish ends the XML frame with the status.
func (o *output) finish(code exit.Code) exit.Code {
	if !o.xml {
		return code
	}
	status := o.element("status", "code", strconv.Itoa(int(code)), "message", code.String())
	if len(o.errors) > 0 {
		list := status.CreateElement("errors")
		for _, t := range o.errors {
			list.CreateElement("error").SetText(t)
		}
	}
	writeXML(o.w, o.root)
	return code
}

// writeXML prints an element as libxml2 does for Pacemaker: two blanks a level, one element a line.
// Text that is only white space is dropped.
func writeXML(w io.Writer, e *etree.Element) {
	b := bufio.NewWriter(w)
	writeElement(b, e, "")
	_ = b.Flush() // a closed stdout shows in the exit code of whoever closed it
}

// xmlText is writeXML into a string.
func xmlText(e *etree.Element) string {
	var b strings.Builder
	writeXML(&b, e)
	return b.String()
}

func writeElement(b *bufio.Writer, e *etree.Element, indent string) {
	b.WriteString(indent + "<" + e.FullTag())
	for _, a := range e.Attr {
		b.WriteString(" " + a.FullKey() + "=\"")
		_, _ = attrEscapes.WriteString(b, a.Value)
		b.WriteByte('"')
	}
	if !hasContent(e) {
		b.WriteString("/>\n")
		return
	}
	b.WriteByte('>')
	if c, ok := e.Child[0].(*etree.CharData); ok && c.IsCData() {
		b.WriteString("<![CDATA[" + c.Data + "]]></" + e.FullTag() + ">\n")
		return
	}
	text := e.Text()
	if strings.TrimSpace(text) != "" {
		_, _ = textEscapes.WriteString(b, text)
		b.WriteString("</" + e.FullTag() + ">\n")
		return
	}
	b.WriteByte('\n')
	for _, c := range e.Child {
		switch c := c.(type) {
		case *etree.Element:
			writeElement(b, c, indent+"  ")
		case *etree.Comment:
			b.WriteString(indent + "  <!--" + c.Data + "-->\n")
		}
	}
	b.WriteString(indent + "</" + e.FullTag() + ">\n")
}

// hasContent reports whether the element has anything to print inside.
func hasContent(e *etree.Element) bool {
	for _, c := range e.Child {
		t, isText := c.(*etree.CharData)
		if !isText || strings.TrimSpace(t.Data) != "" {
			return true
		}
	}
	return false
}

var (
	attrEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\t", "&#9;", "\r", "&#13;")
	textEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
)
