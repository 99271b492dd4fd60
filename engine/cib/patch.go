package cib

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/exit"
)

// performPatch applies the request's changes in order. A change that does not fit (its path is gone,
// a value is neither the one it expects nor the one it sets, what it deletes was changed) is a
// conflict; one conflict refuses the whole request, with all of them listed.
func performPatch(t *edit, r *Request) error {
	if err := r.leadsFrom(t.doc.Version()); err != nil {
		return err
	}
	if conflicts := t.applyChanges(r.Changes); len(conflicts) > 0 {
		return conflictError(conflicts)
	}
	return nil
}

// leadsFrom refuses a patch that was made for another version, with the codes of cibadmin. The version it leads
// to is not asked: counting is done here.
func (r *Request) leadsFrom(now Version) error {
	switch {
	case r.From == nil || *r.From == now:
		return nil
	case r.From.Compare(now) < 0:
		return Errorf(exit.Old, "the patch was made for version %s, and this is %s", r.From, now)
	}
	return Errorf(exit.Error, "Application of update diff failed: it was made for version %s, and this is %s", r.From, now)
}

// applyChanges applies what fits and returns what does not. Paths are those of the document as the
// leading deletions leave it, or of what an earlier change created; everything that is to be moved
// is taken out first and put in again in order, so that positions are those of the result.
func (t *edit) applyChanges(changes []Change) []Conflict {
	var conflicts []Conflict
	note := func(c *Conflict) {
		if c != nil {
			conflicts = append(conflicts, *c)
		}
	}
	for len(changes) > 0 && changes[0].Op == ChangeDelete {
		note(t.applyChange(&changes[0], t.doc.Lookup(changes[0].Path)))
		changes = changes[1:]
	}
	targets, parents := make([]*etree.Element, len(changes)), make(map[int]*etree.Element)
	for i := range changes {
		targets[i] = t.doc.Lookup(changes[i].Path)
	}
	for i, e := range targets {
		if changes[i].Op == ChangeMove && e != nil && e.Parent() != nil {
			parents[i] = e.Parent()
			t.remove(e)
		}
	}
	for i := range changes {
		switch e := targets[i]; {
		case parents[i] != nil:
			t.insert(parents[i], changes[i].place(parents[i]), e)
		case e == nil:
			note(t.applyChange(&changes[i], t.doc.Lookup(changes[i].Path)))
		default:
			note(t.applyChange(&changes[i], e))
		}
	}
	return conflicts
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
	texts := make([]string, len(conflicts))
	for i, c := range conflicts {
		texts[i] = c.Text
	}
	e.Hint = firstOf(texts)
	e.Conflicts = conflicts
	return e
}

// firstOf is one line about a list of which people should see the beginning.
func firstOf(texts []string) string {
	const shown = 3
	if len(texts) <= shown {
		return strings.Join(texts, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(texts[:shown], "; "), len(texts)-shown)
}

// applyChange applies one change to e, the element at its path, or returns why not.
func (t *edit) applyChange(c *Change, e *etree.Element) *Conflict {
	switch {
	case e == nil && (c.Op == ChangeDelete || c.Op == ChangeMove):
		return nil // deleted on both sides; there is nothing left to put in order
	case e == nil:
		return c.conflict(c.Path + " was deleted meanwhile")
	case c.Op == ChangeCreate:
		return t.applyCreate(c, e)
	case c.Op == ChangeModify:
		return t.applyModify(c, e)
	case c.Op != ChangeDelete || e.Parent() == nil:
		return c.conflict("cannot " + string(c.Op) + " " + c.Path)
	case c.Digest != "" && ElementDigest(e) != c.Digest:
		return c.conflict(c.Path + " was changed meanwhile and is to be deleted")
	}
	t.remove(e)
	return nil
}

func (c *Change) conflict(text string) *Conflict {
	return &Conflict{Change: *c, Path: c.Path, Text: text}
}

// place is where among the children of parent the change puts its element: behind the sibling it
// names, so that it stands right also where others changed the neighbourhood; else by number.
func (c *Change) place(parent *etree.Element) int {
	if c.After != "" {
		if steps, ok := splitPath("/" + c.After); ok && len(steps) == 1 {
			if sibling := steps[0].in(parent); sibling != nil {
				return sibling.Index() + 1
			}
		}
	}
	n := 0
	for i, t := range parent.Child {
		if _, ok := t.(*etree.Element); ok {
			if n == c.Position {
				return i
			}
			n++
		}
	}
	return len(parent.Child)
}

// containers are the elements that both sides may create: what is in them is put together.
var containers = map[string]bool{"operations": true, "cluster_property_set": true, "meta_attributes": true,
	"instance_attributes": true, "utilization": true}

func (t *edit) applyCreate(c *Change, parent *etree.Element) *Conflict {
	in, err := ParseElement(c.XML)
	if err != nil {
		return c.conflict("bad XML for " + c.Path + ": " + err.Error())
	}
	return t.createUnlessThere(c, parent, in, c.place(parent))
}

// createUnlessThere inserts in, unless it is there already in the same form.
func (t *edit) createUnlessThere(c *Change, parent, in *etree.Element, place int) *Conflict {
	switch old := t.present(parent, in); {
	case old == nil:
		t.insert(parent, place, copyElement(in))
		return nil
	case old.Parent() == parent && equal(old, in):
		return nil
	case old.Parent() != parent || !isSection(in.Tag) && !containers[in.Tag] || !sameAttrs(old, in):
		return c.conflict(Path(old) + " was created meanwhile, with other contents")
	default:
		for _, child := range in.ChildElements() {
			if k := t.createUnlessThere(c, old, child, len(old.Child)); k != nil {
				return k
			}
		}
		return nil
	}
}

// present returns the object that stands where in is to be created, or has its id.
func (t *edit) present(parent, in *etree.Element) *etree.Element {
	id := attr(in, "id")
	if id == "" && !isSection(in.Tag) && !containers[in.Tag] {
		return nil
	}
	top := topSection(parent)
	indexed := id != "" && !referring[in.Tag] && top != nil && top.Tag == "configuration"
	if indexed && t.doc.ByID(id) == nil {
		return nil // without a search through all siblings
	}
	if old := childLike(parent, in); old != nil || !indexed {
		return old
	}
	return t.doc.ByID(id)
}

func sameAttrs(a, b *etree.Element) bool { return len(a.Attr) == len(b.Attr) && hasAttrs(a, b) }

func (t *edit) applyModify(c *Change, e *etree.Element) *Conflict {
	for _, key := range slices.Sorted(keysOf(c)) {
		now, want := attr(e, key), c.Set[key]
		if was, checked := c.Was[key]; checked && now != was && now != want {
			k := c.conflict(c.Path + ": " + key + " is " + quoted(now) + " now, not " + quoted(was))
			k.Attr, k.Was, k.Ours, k.Theirs = key, was, want, now
			return k
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Set)) {
		if !isName(key) || !isStorable(c.Set[key]) {
			return c.conflict(fmt.Sprintf("%s: %s=%q cannot be written as XML", c.Path, key, c.Set[key]))
		}
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
