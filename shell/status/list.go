package status

import (
	"io"
	"strings"
)

// List is a titled list; the same tree becomes text or html.
type List struct {
	Title string
	Bare  bool // no colon after the title
	Items []Item
}

// Item is one entry of a list: text with an optional label before it, or a list of its own.
type Item struct {
	Label string // "Online"; plain text leaves it out
	Text  string
	Class string // css class of the text in html
	Sub   *List
	Spans []Span // how html tells it, where that is not label and text
}

// Span is a piece of an item in html.
type Span struct{ Class, Text string }

func (l *List) add(text, class string) { l.Items = append(l.Items, Item{Text: text, Class: class}) }

func (l *List) label(label, text string) { l.Items = append(l.Items, Item{Label: label, Text: text}) }

func (l *List) sub(s *List) {
	if s != nil {
		l.Items = append(l.Items, Item{Sub: s})
	}
}

// WriteText prints lists with an empty line between them. Plain text, as of crm_simulate -s, has no
// titles, labels, bullets and indentation.
func WriteText(w io.Writer, plain bool, lists ...*List) { WriteNested(w, plain, 0, lists...) }

// WriteNested is WriteText for lists inside another one.
func WriteNested(w io.Writer, plain bool, depth int, lists ...*List) {
	var b strings.Builder
	first := true
	for _, l := range lists {
		if l == nil {
			continue
		}
		if !first {
			b.WriteByte('\n')
		}
		first = false
		l.text(&b, plain, depth)
	}
	_, _ = io.WriteString(w, b.String())
}

func (l *List) text(b *strings.Builder, plain bool, depth int) {
	if !plain && l.Title != "" {
		indent(b, depth)
		b.WriteString(l.Title)
		if !l.Bare {
			b.WriteByte(':')
		}
		b.WriteByte('\n')
	}
	for i := range l.Items {
		it := &l.Items[i]
		switch {
		case it.Sub != nil:
			it.Sub.text(b, plain, depth+1)
			continue
		case plain:
		default:
			indent(b, depth+1)
			if it.Label != "" {
				b.WriteString(it.Label)
				b.WriteString(": ")
			}
		}
		b.WriteString(it.Text)
		b.WriteByte('\n')
	}
}

// indent writes two blanks a level, and the bullet below a title.
func indent(b *strings.Builder, depth int) {
	for range depth {
		b.WriteString("  ")
	}
	if depth > 0 {
		b.WriteString("* ")
	}
}
