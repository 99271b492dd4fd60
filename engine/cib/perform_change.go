package cib

import (
	"errors"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/exit"
)

// performModify merges the XML into the object with the same tag and id, wherever it stands in the
// scope: attributes are set, children merged in the same way or added. Nothing is removed.
func performModify(t *edit, r *Request) error {
	in, err := r.input()
	if err != nil {
		return err
	}
	scope, err := t.scope(r, r.AllowCreate)
	if err != nil {
		return err
	}
	target := findLike(scope, in)
	switch {
	case target != nil:
		t.merge(target, in)
		return nil
	case !r.AllowCreate:
		return Errorf(exit.NoSuch, "there is no %s", describe(in))
	case r.XPath != "":
		t.insert(scope, -1, newObject(in))
		return nil
	}
	return performCreate(t, r)
}

// merge sets the attributes of in on target and merges or adds the children of in.
func (t *edit) merge(target, in *etree.Element) {
	for i := range in.Attr {
		a := &in.Attr[i]
		t.setAttr(target, a.FullKey(), counted(a.Key, a.Value, attr(target, a.Key)))
	}
	for _, c := range in.ChildElements() {
		if same := childLike(target, c); same != nil {
			t.merge(same, c)
		} else {
			t.insert(target, -1, newObject(c))
		}
	}
	if text := ownText(in); text != "" && text != ownText(target) {
		t.setText(target, text)
	}
}

// newObject is a copy of what comes in as new; what is to be counted starts from nothing.
func newObject(in *etree.Element) *etree.Element {
	e := copyElement(in)
	var count func(*etree.Element)
	count = func(e *etree.Element) {
		for i := range e.Attr {
			a := &e.Attr[i]
			a.Value = counted(a.Key, a.Value, "")
		}
		for _, c := range e.ChildElements() {
			count(c)
		}
	}
	count(e)
	return e
}

// counted is the new value of an attribute: value itself, or old plus one or plus N where value is
// the attribute's name followed by "++" or "+=N". An old value that is no number counts as 0.
func counted(name, value, old string) string {
	add, ok := strings.CutPrefix(value, name+"+")
	if !ok {
		return value
	}
	n := 1
	if add != "+" {
		number, ok := strings.CutPrefix(add, "=")
		if !ok {
			return value
		}
		n = scoreNumber(number)
	}
	sum := scoreNumber(old) + n
	switch {
	case sum >= infinity:
		return "INFINITY"
	case sum <= -infinity:
		return "-INFINITY"
	}
	return strconv.Itoa(sum)
}

// infinity is the score that stands for INFINITY.
const infinity = 1000000

// scoreNumber reads a score within ±infinity. What follows a number is ignored and what is none counts
// as 0, as Pacemaker reads it.
func scoreNumber(s string) int {
	switch s {
	case "INFINITY", "+INFINITY":
		return infinity
	case "-INFINITY":
		return -infinity
	}
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if errors.Is(err, strconv.ErrRange) && s[0] == '-' {
		return -infinity
	} else if errors.Is(err, strconv.ErrRange) {
		return infinity
	}
	return max(-infinity, min(infinity, n))
}

// setText puts one text in the place of all text of e.
func (t *edit) setText(e *etree.Element, text string) {
	for i := len(e.Child) - 1; i >= 0; i-- {
		if c, ok := e.Child[i].(*etree.CharData); ok {
			t.remove(c)
		}
	}
	if text != "" {
		t.insert(e, 0, etree.NewText(text))
	}
}

// performReplace puts the XML in the place of the object, the section, or the whole CIB, which must
// not be older than the present one.
func performReplace(t *edit, r *Request) error {
	in, err := r.input()
	if err != nil {
		return err
	}
	if in.Tag == "cib" && r.XPath == "" {
		return t.replaceAll(in)
	}
	scope, err := t.scope(r, r.AllowCreate)
	if err != nil {
		return err
	}
	target := scope
	if r.XPath == "" {
		target = findLike(scope, in)
	}
	switch {
	case target == t.doc.root:
		return Errorf(exit.Software, "the whole CIB can only be replaced by a <cib>")
	case target != nil:
		with := newObject(in)
		if !equal(target, with) {
			t.replace(target, with)
		}
		return nil
	case !r.AllowCreate:
		return Errorf(exit.NoSuch, "there is no %s", describe(in))
	}
	return performCreate(t, r)
}

// replaceAll gives the document the attributes and contents of another.
func (t *edit) replaceAll(in *etree.Element) error {
	root := t.doc.root
	other := Document{root: in}
	if v := other.Version(); v.Compare(t.doc.Version()) < 0 {
		return Errorf(exit.Old, "version %s is older than %s", v, t.doc.Version())
	}
	t.attributes(root, func() { root.Attr = copyElement(in).Attr })
	for _, tag := range []string{"configuration", "status"} {
		t.replaceSection(tag, child(in, tag))
	}
	for _, c := range in.ChildElements() {
		if c.Tag != "configuration" && c.Tag != "status" {
			return Errorf(exit.Config, "<%s> is not allowed in <cib>", c.Tag)
		}
	}
	return nil
}

// replaceSection swaps a child of the root unless old and new say the same.
func (t *edit) replaceSection(tag string, in *etree.Element) {
	old := child(t.doc.root, tag)
	switch {
	case old != nil && in != nil:
		if !equal(old, in) {
			t.replace(old, copyElement(in))
		}
	case old != nil:
		t.remove(old)
	case in != nil:
		t.insert(t.doc.root, -1, copyElement(in))
	}
}

// performDelete removes the first object with the tag and all the attributes of the XML, whatever is in
// it; where the XML is the section that is named, each of its objects. With an XPath it is the first match,
// with All each. Nothing there is no error.
func performDelete(t *edit, r *Request) error {
	if r.XPath != "" {
		return t.deleteFound(r)
	}
	in, err := r.input()
	if err != nil {
		return err
	}
	scope, err := t.scope(r, false)
	if err != nil {
		return nil
	}
	objects := []*etree.Element{in}
	if in.Tag == r.Section {
		objects = in.ChildElements()
	}
	for _, o := range objects {
		if e := findLike(scope, o); e != nil && e != t.doc.root && hasAttrs(e, o) {
			t.remove(e)
		}
	}
	return nil
}

func (t *edit) deleteFound(r *Request) error {
	found, err := t.doc.FindElements(r.XPath)
	if err != nil {
		return err
	}
	if len(found) > 1 && !r.All {
		found = found[:1]
	}
	for _, e := range found {
		if e == t.doc.root {
			return Errorf(exit.Software, "the whole CIB cannot be deleted")
		}
		if e.Parent() != nil {
			t.remove(e)
		}
	}
	return nil
}

// performErase empties configuration and status and raises admin_epoch.
func performErase(t *edit, _ *Request) error {
	t.setAttr(t.doc.root, "admin_epoch", strconv.Itoa(t.doc.Version().AdminEpoch+1))
	blank := New().root
	t.replaceSection("configuration", child(blank, "configuration"))
	t.replaceSection("status", child(blank, "status"))
	return nil
}

// performBump raises the epoch alone.
func performBump(t *edit, _ *Request) error {
	t.undo = append(t.undo, func() {}) // the counting itself is the change
	return nil
}
