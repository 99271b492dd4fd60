package cib

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// Problem is one thing that a schema has against a document.
type Problem struct {
	Path string `json:"path"`           // of the element
	Line int    `json:"line,omitempty"` // in the text that was parsed; 0 = not known
	Text string `json:"text"`
}

// String returns "line N: path: text", without the line where it is not known.
func (p Problem) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("line %d: %s: %s", p.Line, p.Path, p.Text)
	}
	return p.Path + ": " + p.Text
}

// Schema is the validate-with attribute: "pacemaker-3.9", "none", or "" where there is none.
func (d *Document) Schema() string { return attr(d.root, "validate-with") }

// Unchecked tells whether a document asks for no schema: it has no validate-with, or "none" in any case.
func (d *Document) Unchecked() bool {
	a := d.root.SelectAttr("validate-with")
	return a == nil || strings.EqualFold(a.Value, "none")
}

// Validate checks a document against the rules of its schema: attributes and their values,
// children and their order, ids used once, references to ids that are there. A document without
// schema, or with "none", has no problems. The status may hold anything.
func Validate(d *Document) []Problem {
	if d.Unchecked() {
		return nil
	}
	if schemaFor(d.Schema()) == nil {
		return []Problem{{Path: Path(d.root), Text: fmt.Sprintf("the schema %q is not known", d.Schema())}}
	}
	return ValidateWith(d, d.Schema())
}

// ValidateWith is Validate with the rules of the schema named, whatever the document says.
// It returns nil for a schema that is not in Schemas.
func ValidateWith(d *Document, name string) []Problem {
	s := schemaFor(name)
	if s == nil {
		return nil
	}
	v := &validator{schema: s, ids: make(map[string]*etree.Element)}
	v.element(d.root, s.elements["cib"])
	v.references()
	return v.problems(d)
}

type validator struct {
	schema *schema
	ids    map[string]*etree.Element
	refs   []reference
	found  []finding
}

// reference is an attribute that names an id.
type reference struct {
	at       *etree.Element
	attr, id string
}

type finding struct {
	at   *etree.Element
	text string
}

func (v *validator) report(at *etree.Element, format string, args ...any) {
	v.found = append(v.found, finding{at, fmt.Sprintf(format, args...)})
}

// element checks e and everything below it, but for the status.
func (v *validator) element(e *etree.Element, rule *element) {
	f := v.choose(e, rule)
	for i := range e.Attr {
		if it := f.attribute(&e.Attr[i]); it != nil {
			v.note(e, it, collapse(e.Attr[i].Value))
		}
	}
	for _, t := range e.Child {
		c, ok := t.(*etree.Element)
		if !ok || c.Tag == "status" && e.Tag == "cib" {
			continue
		}
		if it := f.children(c.FullTag()); it != nil {
			v.element(c, v.schema.elements[it.element])
		}
	}
}

// note remembers ids and references for the check of the whole.
func (v *validator) note(e *etree.Element, it *item, value string) {
	switch {
	case it.value.idref:
		v.refs = append(v.refs, reference{e, it.name, value})
	case it.value.id && v.ids[value] != nil:
		v.report(e, "the id %s is used already by %s", value, Path(v.ids[value]))
	case it.value.id:
		v.ids[value] = e
	}
}

func (v *validator) references() {
	for _, r := range v.refs {
		if v.ids[r.id] == nil {
			v.report(r.at, "%s=%q: there is no object with that id", r.attr, r.id)
		}
	}
}

// choose returns the form that e has; if none fits, what is against the nearest one is reported: the
// one with fewest problems, of such the one that knows most of the attributes.
func (v *validator) choose(e *etree.Element, rule *element) *form {
	var best *form
	var fewest []string
	for i := range rule.forms {
		f := &rule.forms[i]
		problems := f.problems(e)
		if len(problems) == 0 {
			return f
		}
		if best == nil || len(problems) < len(fewest) || len(problems) == len(fewest) && f.known(e) > best.known(e) {
			best, fewest = f, problems
		}
	}
	for _, text := range fewest {
		v.report(e, "%s", text)
	}
	return best
}

// known counts the attributes of e that the form has.
func (f *form) known(e *etree.Element) int {
	n := 0
	for i := range e.Attr {
		if f.attribute(&e.Attr[i]) != nil {
			n++
		}
	}
	return n
}

func (f *form) attribute(a *etree.Attr) *item {
	if a.Space != "" {
		return nil
	}
	for i := range f.items {
		if it := &f.items[i]; it.attr && it.name == a.Key {
			return it
		}
	}
	return nil
}

func (f *form) children(tag string) *item {
	for i := range f.items {
		if it := &f.items[i]; !it.attr && it.name == tag {
			return it
		}
	}
	return nil
}

// problems lists what keeps e from having this form, without looking into its children.
func (f *form) problems(e *etree.Element) []string {
	var list []string
	for i := range e.Attr {
		a := &e.Attr[i]
		if a.Space == "xmlns" || a.Key == "xmlns" && a.Space == "" {
			continue
		}
		if it := f.attribute(a); it == nil {
			list = append(list, fmt.Sprintf("the attribute %s is not allowed", a.FullKey()))
		} else if p := it.value.problem(a.Value); p != "" {
			list = append(list, fmt.Sprintf("%s=%q %s", a.Key, a.Value, p))
		}
	}
	children := 0
	list, children = f.childProblems(e, list)
	if f.child && children == 0 {
		list = append(list, "it has no content")
	}
	for i := range f.items {
		if it := &f.items[i]; it.required && !it.isIn(e) {
			list = append(list, it.String()+" is missing")
		}
	}
	return list
}

func (f *form) childProblems(e *etree.Element, list []string) ([]string, int) {
	rank, last, count := 0, "", 0
	for _, t := range e.Child {
		c, ok := t.(*etree.Element)
		if !ok {
			continue
		}
		count++
		it := f.children(c.FullTag())
		switch {
		case it == nil:
			list = append(list, fmt.Sprintf("<%s> is not allowed here", c.FullTag()))
		case it.rank < rank:
			list = append(list, fmt.Sprintf("<%s> must come before <%s>", it.name, last))
		case !it.many && child(e, it.name) != c:
			list = append(list, fmt.Sprintf("there is more than one <%s>", it.name))
		default:
			rank, last = it.rank, it.name
		}
	}
	return list, count
}

func (it *item) isIn(e *etree.Element) bool {
	if it.attr {
		return e.SelectAttr(it.name) != nil
	}
	return child(e, it.name) != nil
}

// String names the item for messages.
func (it *item) String() string {
	if it.attr {
		return "the attribute " + it.name
	}
	return "<" + it.name + ">"
}

// problems turns the findings into problems with paths and lines.
func (v *validator) problems(d *Document) []Problem {
	if len(v.found) == 0 {
		return nil
	}
	lines := d.lines()
	list := make([]Problem, len(v.found))
	for i, f := range v.found {
		list[i] = Problem{Path: Path(f.at), Line: lines[f.at], Text: f.text}
	}
	return list
}

// lines tells in which line each element begins, while the document is as it was parsed. Start tags
// stand in the text in the order in which a walk meets the elements.
func (d *Document) lines() map[*etree.Element]int {
	if d.source == "" {
		return nil
	}
	starts := startLines(d.source)
	lines := make(map[*etree.Element]int, len(starts))
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		if len(lines) < len(starts) {
			lines[e] = starts[len(lines)]
		}
		for _, t := range e.Child {
			if c, ok := t.(*etree.Element); ok {
				walk(c)
			}
		}
	}
	walk(d.root)
	return lines
}

// startLines lists the lines of all start tags in a well-formed text.
func startLines(src string) []int {
	var starts []int
	line := 1
	skip := func(n int) {
		line += strings.Count(src[:n], "\n")
		src = src[n:]
	}
	for {
		i := strings.IndexByte(src, '<')
		if i < 0 {
			return starts
		}
		skip(i)
		end := 1
		switch {
		case strings.HasPrefix(src, "<!--"):
			end = strings.Index(src, "-->")
		case strings.HasPrefix(src, "<![CDATA["):
			end = strings.Index(src, "]]>")
		case strings.HasPrefix(src, "<?"):
			end = strings.Index(src, "?>")
		case !strings.HasPrefix(src, "</"):
			starts = append(starts, line)
		}
		skip(max(end, 1))
	}
}
