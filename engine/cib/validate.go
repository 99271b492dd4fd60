package cib

import (
	"fmt"

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

// Validate checks the ids of the configuration: every object has its own.
func Validate(d *Document) []Problem {
	if d.Schema() == "none" {
		return nil
	}
	var problems []Problem
	ids := make(map[string]bool)
	var walk func(e *etree.Element)
	walk = func(e *etree.Element) {
		if id := attr(e, "id"); id != "" && !referring[e.Tag] {
			if ids[id] {
				problems = append(problems, Problem{Path: Path(e), Text: "the id is taken by another object"})
			}
			ids[id] = true
		}
		for _, c := range e.ChildElements() {
			walk(c)
		}
	}
	if c := child(d.root, "configuration"); c != nil {
		walk(c)
	}
	return problems
}
