package cib

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/exit"
)

// performPatch applies the request's changes in order. Every change is checked first against what it
// expects (the path is there, the values are the old ones or the new ones already); one that does
// not fit refuses the whole request, with all conflicts listed.
func performPatch(t *edit, r *Request) error {
	var conflicts []Conflict
	for i := range r.Changes {
		if c := t.applyChange(&r.Changes[i]); c != nil {
			conflicts = append(conflicts, *c)
		}
	}
	if len(conflicts) > 0 {
		return conflictError(conflicts)
	}
	return nil
}

// Conflict is a change that does not fit the document it is applied to.
type Conflict struct {
	Change Change `json:"change"`
	Path   string `json:"path"`           // of the element in question
	Attr   string `json:"attr,omitempty"` // the attribute in question, "" = the element as a whole
	Was    string `json:"was,omitempty"`  // value both started from; "" = absent
	Ours   string `json:"ours,omitempty"`
	Theirs string `json:"theirs,omitempty"` // value that is there now
	Text   string `json:"text"`             // one line for people
}

func conflictError(conflicts []Conflict) *Error {
	e := Errorf(exit.Old, "the configuration was changed meanwhile")
	var lines []string
	for _, c := range conflicts {
		lines = append(lines, c.Text)
	}
	e.Hint = strings.Join(lines, "; ")
	e.Conflicts = conflicts
	return e
}

// applyChange applies one change, or returns why not.
func (t *edit) applyChange(c *Change) *Conflict {
	e := t.doc.Lookup(c.Path)
	if e == nil {
		return &Conflict{Change: *c, Path: c.Path, Text: c.Path + " is not there any more"}
	}
	switch c.Op {
	case ChangeCreate:
		return t.applyCreate(c, e)
	case ChangeModify:
		return t.applyModify(c, e)
	case ChangeDelete:
		if e == t.doc.root {
			break
		}
		t.remove(e)
		return nil
	case ChangeMove:
		if e == t.doc.root {
			break
		}
		parent := e.Parent()
		t.remove(e)
		t.insert(parent, c.Position, e)
		return nil
	}
	return &Conflict{Change: *c, Path: c.Path, Text: "cannot " + string(c.Op) + " " + c.Path}
}

func (t *edit) applyCreate(c *Change, parent *etree.Element) *Conflict {
	in, err := ParseElement(c.XML)
	if err != nil {
		return &Conflict{Change: *c, Path: c.Path, Text: "bad XML for " + c.Path + ": " + err.Error()}
	}
	if attr(in, "id") != "" || isSection(in.Tag) {
		if old := childLike(parent, in); old != nil && !equal(old, in) {
			return &Conflict{Change: *c, Path: c.Path, Text: describe(in) + " was created meanwhile, with other contents"}
		} else if old != nil {
			return nil
		}
	}
	t.insert(parent, c.Position, in)
	return nil
}

func (t *edit) applyModify(c *Change, e *etree.Element) *Conflict {
	for _, key := range slices.Sorted(keysOf(c)) {
		now, want := attr(e, key), c.Set[key]
		if was, checked := c.Was[key]; checked && now != was && now != want {
			return &Conflict{Change: *c, Path: c.Path, Attr: key, Was: was, Ours: want, Theirs: now,
				Text: c.Path + " " + key + " is " + quoted(now) + " now, not " + quoted(was)}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Set)) {
		t.setAttr(e, key, c.Set[key])
	}
	for _, key := range c.Unset {
		t.dropAttr(e, key)
	}
	return nil
}

// keysOf yields the attributes that a modification sets or unsets.
func keysOf(c *Change) iter.Seq[string] {
	return func(yield func(string) bool) {
		for key := range c.Set {
			if !yield(key) {
				return
			}
		}
		for _, key := range c.Unset {
			if !yield(key) {
				return
			}
		}
	}
}

func quoted(s string) string {
	if s == "" {
		return "unset"
	}
	return `"` + s + `"`
}
