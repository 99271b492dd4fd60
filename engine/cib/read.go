package cib

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// maxDepth bounds the nesting of elements, maxAttributes what one may carry; a CIB needs about a
// dozen levels and two dozen attributes.
const (
	maxDepth      = 200
	maxAttributes = 1000
)

// SyntaxError says where the text stops being XML. Line and Column count from 1, Column in bytes.
type SyntaxError struct {
	Line, Column int
	Text         string
}

// Error returns "line:column: text".
func (e *SyntaxError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Text) }

// reader is a strict reader of XML 1.0 without document type declarations. The library's own
// reader takes duplicate attributes and needs six times as long; names and values here are
// slices of the source, so that a large document costs few allocations.
type reader struct {
	src   string
	pos   int
	attrs []etree.Attr // scratch of one start tag
	arena arena
}

// parseRoot reads a whole document and returns its root element. Text between elements that is
// only blanks is layout and dropped; comments and processing instructions inside the root are kept.
func parseRoot(src string) (root *etree.Element, err error) {
	src = strings.TrimPrefix(src, "\ufeff")
	r := &reader{src: src}
	defer func() {
		if p := recover(); p != nil {
			s, ok := p.(*SyntaxError)
			if !ok {
				panic(p)
			}
			root, err = nil, s
		}
	}()
	r.checkCharacters()
	r.prolog()
	if !r.at("<") || r.at("<!") || r.at("</") {
		r.fail("no element here")
	}
	root = r.element()
	r.misc()
	if r.pos < len(r.src) {
		r.fail("something follows the end of <%s>", root.FullTag())
	}
	return root, nil
}

// fail stops the reading with a position; parseRoot turns it into an error.
func (r *reader) fail(format string, args ...any) {
	pos := min(r.pos, len(r.src))
	before := r.src[:pos]
	panic(&SyntaxError{
		Line:   1 + strings.Count(before, "\n"),
		Column: pos - strings.LastIndexByte(before, '\n'),
		Text:   fmt.Sprintf(format, args...),
	})
}

func (r *reader) at(s string) bool { return strings.HasPrefix(r.src[r.pos:], s) }

// checkCharacters refuses what XML 1.0 cannot hold, once for the whole text.
func (r *reader) checkCharacters() {
	if !utf8.ValidString(r.src) {
		r.fail("the text is not UTF-8")
	}
	for i := 0; i < len(r.src); i++ {
		if c := r.src[i]; c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			r.pos = i
			r.fail("control character %#x", c)
		}
	}
}

func (r *reader) prolog() {
	if r.at("<?xml ") || r.at("<?xml\t") || r.at("<?xml\n") {
		if v := declared(r.through("<?xml", "?>", "declaration"), "version"); v != "" && v != "1.0" {
			r.fail("XML of version %s", v)
		}
	}
	r.misc()
	if r.at("<!DOCTYPE") {
		r.fail("document type declarations are not accepted")
	}
}

// declared returns the value of one part of an XML declaration, "" where it is not there.
func declared(text, name string) string {
	_, rest, _ := strings.Cut(text, name)
	rest = strings.TrimLeft(rest, xmlBlanks+"=")
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	v, _, _ := strings.Cut(rest[1:], rest[:1])
	return v
}

// misc skips blanks, comments and processing instructions outside the root element.
func (r *reader) misc() {
	for {
		r.blanks()
		switch {
		case r.at("<!--"):
			r.comment()
		case r.at("<?"):
			r.instruction()
		default:
			return
		}
	}
}

func (r *reader) blanks() bool {
	start := r.pos
	for r.pos < len(r.src) && isBlank(r.src[r.pos]) {
		r.pos++
	}
	return r.pos > start
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// through returns what stands between open, which is here, and the next end.
func (r *reader) through(open, end, what string) string {
	body := r.src[r.pos+len(open):]
	n := strings.Index(body, end)
	if n < 0 {
		r.fail("%s without its end %q", what, end)
	}
	r.pos += len(open) + n + len(end)
	return body[:n]
}

func (r *reader) comment() string {
	start := r.pos
	text := r.through("<!--", "-->", "comment")
	if strings.Contains(text, "--") || strings.HasSuffix(text, "-") {
		r.pos = start
		r.fail("\"--\" inside a comment")
	}
	return text
}

func (r *reader) instruction() *etree.ProcInst {
	start := r.pos
	name, rest, _ := strings.Cut(r.through("<?", "?>", "processing instruction"), " ")
	if !isName(name) || strings.EqualFold(name, "xml") {
		r.pos = start
		r.fail("bad processing instruction")
	}
	return etree.NewProcInst(name, rest)
}

// element reads one element, which starts here, with everything below it. It keeps its own
// stack, so that deep nesting is an error message and no exhausted stack.
func (r *reader) element() *etree.Element {
	var stack []*etree.Element
	for {
		closed := false
		switch {
		case r.pos >= len(r.src):
			r.fail("<%s> is not closed", stack[len(stack)-1].FullTag())
		case r.at("</"):
			r.endTag(stack[len(stack)-1])
			closed = true
		case r.src[r.pos] == '<' && !r.at("<!") && !r.at("<?"):
			if len(stack) >= maxDepth {
				r.fail("elements nested more than %d deep", maxDepth)
			}
			e, empty := r.startTag()
			if len(stack) > 0 {
				stack[len(stack)-1].AddChild(e)
			}
			stack = append(stack, e)
			closed = empty
		default:
			r.content(stack[len(stack)-1])
		}
		if closed {
			if len(stack) == 1 {
				return stack[0]
			}
			stack = stack[:len(stack)-1]
		}
	}
}

// content reads one piece of what an element holds beside elements.
func (r *reader) content(parent *etree.Element) {
	switch {
	case r.at("<!--"):
		parent.AddChild(etree.NewComment(r.comment()))
	case r.at("<![CDATA["):
		parent.AddChild(etree.NewCData(normalizeNewlines(r.through("<![CDATA[", "]]>", "CDATA section"))))
	case r.at("<?"):
		parent.AddChild(r.instruction())
	case r.at("<!"):
		r.fail("declarations are not accepted")
	default:
		r.text(parent)
	}
}

func (r *reader) text(parent *etree.Element) {
	end := strings.IndexByte(r.src[r.pos:], '<')
	if end < 0 {
		end = len(r.src) - r.pos
	}
	raw := r.src[r.pos : r.pos+end]
	if n := strings.Index(raw, "]]>"); n >= 0 {
		r.pos += n
		r.fail("\"]]>\" in text")
	}
	if strings.TrimLeft(raw, " \t\r\n") != "" {
		parent.AddChild(etree.NewText(r.unescape(normalizeNewlines(raw))))
	}
	r.pos += end
}

func normalizeNewlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

func (r *reader) endTag(open *etree.Element) {
	start := r.pos
	r.pos += 2
	if name := r.name(); name != open.FullTag() {
		r.pos = start
		r.fail("</%s> where </%s> should be", name, open.FullTag())
	}
	r.blanks()
	if !r.at(">") {
		r.fail("\">\" is missing")
	}
	r.pos++
}

// startTag reads "<name a='b'>" or "<name/>"; empty says it was the latter.
func (r *reader) startTag() (e *etree.Element, empty bool) {
	r.pos++
	space, tag := splitName(r.name())
	e = r.arena.element(space, tag)
	r.attrs = r.attrs[:0]
	for {
		blank := r.blanks()
		switch {
		case r.at(">"), r.at("/>"):
			empty = r.src[r.pos] == '/'
			r.pos++
			if empty {
				r.pos++
			}
			e.Attr = r.arena.attrList(len(r.attrs))
			for i, a := range r.attrs {
				a.Space, a.Key = splitName(a.Key)
				e.Attr[i] = a
			}
			return e, empty
		case r.pos >= len(r.src):
			r.fail("the text ends inside <%s>", e.FullTag())
		case !blank:
			r.fail("a blank is missing before the attribute")
		}
		r.attribute(e)
	}
}

// splitName parts a name into prefix and local name.
func splitName(name string) (prefix, local string) {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

func (r *reader) attribute(e *etree.Element) {
	if len(r.attrs) == maxAttributes {
		r.fail("more than %d attributes in <%s>", maxAttributes, e.FullTag())
	}
	start := r.pos
	key := r.name()
	for _, a := range r.attrs {
		if a.Key == key {
			r.pos = start
			r.fail("attribute %s stands twice in <%s>", key, e.FullTag())
		}
	}
	r.blanks()
	if !r.at("=") {
		r.fail("\"=\" is missing after attribute %s", key)
	}
	r.pos++
	r.blanks()
	if !r.at(`"`) && !r.at("'") {
		r.fail("the value of attribute %s is not quoted", key)
	}
	quote := r.src[r.pos]
	r.pos++
	n := strings.IndexByte(r.src[r.pos:], quote)
	if n < 0 {
		r.fail("the value of attribute %s does not end", key)
	}
	raw := r.src[r.pos : r.pos+n]
	if i := strings.IndexByte(raw, '<'); i >= 0 {
		r.pos += i
		r.fail("\"<\" in the value of attribute %s", key)
	}
	if strings.ContainsAny(raw, "\n\t\r") {
		raw = strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ", "\r", " ").Replace(raw)
	}
	r.attrs = append(r.attrs, etree.Attr{Key: key, Value: r.unescape(raw)})
	r.pos += n + 1
}

func (r *reader) name() string {
	start := r.pos
	for r.pos < len(r.src) {
		c := r.src[r.pos]
		if c >= utf8.RuneSelf || isNameByte(c) {
			r.pos++
			continue
		}
		break
	}
	name := r.src[start:r.pos]
	if !isName(name) {
		r.pos = start
		r.fail("a name should be here")
	}
	return name
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':'
}

// isName tells whether s is a name with at most one prefix.
func isName(s string) bool {
	if s == "" || s[0] == '-' || s[0] == '.' || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	if i := strings.IndexByte(s, ':'); i >= 0 && (i == 0 || i == len(s)-1 || strings.IndexByte(s[i+1:], ':') >= 0) {
		return false
	}
	for _, c := range s {
		if c < utf8.RuneSelf && isNameByte(byte(c)) || c >= utf8.RuneSelf && unicode.IsLetter(c) {
			continue
		}
		return false
	}
	return true
}

var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

// unescape replaces the references in s, which stands at or after the present position.
func (r *reader) unescape(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	for ; i >= 0; i = strings.IndexByte(s, '&') {
		b.WriteString(s[:i])
		n := strings.IndexByte(s[i:], ';')
		if n < 0 {
			r.fail("\"&\" without \";\"")
		}
		b.WriteString(r.reference(s[i+1 : i+n]))
		s = s[i+n+1:]
	}
	b.WriteString(s)
	return b.String()
}

func (r *reader) reference(name string) string {
	if text, ok := entities[name]; ok {
		return text
	}
	number, base := "", 10
	switch {
	case strings.HasPrefix(name, "#x"):
		number, base = name[2:], 16
	case strings.HasPrefix(name, "#"):
		number = name[1:]
	}
	n, err := strconv.ParseUint(number, base, 21)
	c := rune(n)
	if err != nil || !utf8.ValidRune(c) || c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0xFFFE || c == 0xFFFF {
		r.fail("unknown reference &%s;", name)
	}
	return string(c)
}
