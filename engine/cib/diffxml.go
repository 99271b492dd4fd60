package cib

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/exit"
)

// counters are the attributes that order versions of a document.
var counters = []string{"admin_epoch", "epoch", "num_updates"}

// fullDiff is Diff with the attributes of the root; without the counters where version is false.
func fullDiff(from, to *Document, version bool) []Change {
	c := differ{without: map[string]bool{}}
	for _, name := range counters {
		c.without[name] = !version
	}
	return c.compare(from, to)
}

// DiffXML returns the difference in the form that `crm_diff` prints, <diff format="2">, and "" for no
// difference. version says whether the versions of both documents belong to it (`crm_diff` without -u).
// Comments are not compared.
func DiffXML(from, to *Document, version bool) string {
	changes := fullDiff(from, to, version)
	if len(changes) == 0 {
		return ""
	}
	diff := etree.NewElement("diff")
	diff.CreateAttr("format", "2")
	if version {
		v := diff.CreateElement("version")
		addVersion(v.CreateElement("source"), from)
		addVersion(v.CreateElement("target"), to)
	}
	for i := range changes {
		diff.AddChild(changes[i].xml(to))
	}
	return XML(diff, true)
}

func addVersion(e *etree.Element, d *Document) {
	for _, name := range counters {
		e.CreateAttr(name, attr(d.root, name))
	}
}

// xml is the change as an element; to is the document that the changes lead to.
func (c *Change) xml(to *Document) *etree.Element {
	e := etree.NewElement("change")
	e.CreateAttr("operation", string(c.Op))
	e.CreateAttr("path", c.Path)
	switch c.Op {
	case ChangeMove, ChangeCreate:
		e.CreateAttr("position", strconv.Itoa(c.Position))
	}
	switch c.Op {
	case ChangeCreate:
		if child, err := ParseElement(c.XML); err == nil { // our own output reads back
			e.AddChild(child)
		}
	case ChangeModify:
		list := e.CreateElement("change-list")
		for _, key := range c.setOrder(to) {
			addAttrChange(list, key, "set").CreateAttr("value", c.Set[key])
		}
		for _, key := range c.Unset {
			addAttrChange(list, key, "unset")
		}
		if target := to.Lookup(c.Path); target != nil {
			result := etree.NewElement(target.FullTag())
			for i := range target.Attr {
				result.CreateAttr(target.Attr[i].FullKey(), target.Attr[i].Value)
			}
			e.CreateElement("change-result").AddChild(result)
		}
	}
	return e
}

func addAttrChange(list *etree.Element, name, operation string) *etree.Element {
	e := list.CreateElement("change-attr")
	e.CreateAttr("name", name)
	e.CreateAttr("operation", operation)
	return e
}

// setOrder lists the attributes that are set in the order of the target, else by name.
func (c *Change) setOrder(to *Document) []string {
	target := to.Lookup(c.Path)
	if target == nil {
		return slices.Sorted(maps.Keys(c.Set))
	}
	var order []string
	for i := range target.Attr {
		if _, ok := c.Set[target.Attr[i].FullKey()]; ok {
			order = append(order, target.Attr[i].FullKey())
		}
	}
	return order
}

// DiffText returns the difference as `crm_shadow --diff` prints it, "" for none.
func DiffText(from, to *Document) string {
	changes := fullDiff(from, to, true)
	var b strings.Builder
	switch {
	case len(changes) == 0:
		return ""
	case from.Version() != to.Version():
		fmt.Fprintf(&b, "Diff: --- %s 2\nDiff: +++ %s (null)\n", from.Version(), to.Version())
	default:
		fmt.Fprintf(&b, "  : Local-only Change: %s\n", to.Version())
	}
	for i := range changes {
		changes[i].text(&b, to)
	}
	return b.String()
}

func (c *Change) text(b *strings.Builder, to *Document) {
	switch c.Op {
	case ChangeDelete:
		fmt.Fprintf(b, "-- %s\n", c.Path)
	case ChangeMove:
		fmt.Fprintf(b, "+~ %s moved to offset %d\n", c.Path, c.Position)
	case ChangeModify:
		var set, unset []string
		for _, key := range c.setOrder(to) {
			set = append(set, "@"+key+"="+c.Set[key])
		}
		for _, key := range c.Unset {
			unset = append(unset, "@"+key)
		}
		if set != nil {
			fmt.Fprintf(b, "+  %s:  %s\n", c.Path, strings.Join(set, ", "))
		}
		if unset != nil {
			fmt.Fprintf(b, "-- %s:  %s\n", c.Path, strings.Join(unset, ", "))
		}
	case ChangeCreate:
		e, err := ParseElement(c.XML)
		if err != nil { // our own output reads back
			return
		}
		lead := c.Path + ":  "
		for line := range strings.Lines(XML(e, true)) {
			b.WriteString("++ " + lead + line)
			lead = strings.Repeat(" ", len(lead))
		}
	}
}

// ParseDiffXML reads a <diff format="2"> with the version it leads from, nil where it names none.
func ParseDiffXML(text string) (changes []Change, from *Version, err error) {
	diff, err := ParseElement(text)
	if err != nil {
		return nil, nil, Errorf(exit.Config, "%s", err)
	}
	if diff.Tag != "diff" || attr(diff, "format") != "2" {
		return nil, nil, Errorf(exit.Config, "this is no <diff format=\"2\">, as crm_diff writes it")
	}
	for _, e := range diff.ChildElements() {
		switch e.Tag {
		case "version":
			if source := child(e, "source"); source != nil {
				v := (&Document{root: source}).Version()
				from = &v
			}
		case "change":
			c, err := readChange(e)
			if err != nil {
				return nil, nil, err
			}
			changes = append(changes, c)
		}
	}
	return changes, from, nil
}

func readChange(e *etree.Element) (Change, error) {
	position, _ := strconv.Atoi(attr(e, "position")) // absent: first
	c := Change{Op: ChangeOp(attr(e, "operation")), Path: attr(e, "path"), Position: position}
	switch c.Op {
	case ChangeDelete, ChangeMove:
	case ChangeCreate:
		inside := e.ChildElements()
		if len(inside) != 1 {
			return c, Errorf(exit.Config, "a create at %s has %d elements instead of one", c.Path, len(inside))
		}
		c.XML = XML(inside[0], false)
	case ChangeModify:
		if list := child(e, "change-list"); list != nil {
			c.readAttrs(list)
		}
	default:
		return c, Errorf(exit.Config, "unknown change %q at %s", c.Op, c.Path)
	}
	return c, nil
}

func (c *Change) readAttrs(list *etree.Element) {
	c.Set = make(map[string]string)
	for _, a := range list.ChildElements() {
		if attr(a, "operation") == "unset" {
			c.Unset = append(c.Unset, attr(a, "name"))
		} else {
			c.Set[attr(a, "name")] = attr(a, "value")
		}
	}
}

// ApplyDiffXML returns a copy of d with a <diff format="2"> applied, as `crm_diff --patch` does: to a document
// of any version, as long as each change fits. It fails with exit.Old where one does not.
func ApplyDiffXML(d *Document, text string) (*Document, error) {
	changes, _, err := ParseDiffXML(text)
	if err != nil {
		return nil, err
	}
	patched := d.Copy()
	t := &edit{doc: patched}
	if conflicts := t.applyChanges(changes); len(conflicts) > 0 {
		return nil, conflictError(conflicts)
	}
	return patched, nil
}
