package configure

import (
	"fmt"

	"github.com/beevik/etree"
)

// createContainer makes a group, clone, ms or bundle: the members move into it, and constraints that name
// a member name the container from now on.
func (b *Buffer) createContainer(section, e *etree.Element) error {
	at := memberPlace(e)
	kids, err := b.takeMembers(e)
	if err != nil {
		return err
	}
	given := members(e)
	if err := b.giveWay(e, given); err != nil {
		return err
	}
	b.insert(section, e, -1)
	for _, k := range given {
		b.renameInConstraints(attr(k, "id"), attr(e, "id"), false)
	}
	b.fill(e, kids, at)
	return nil
}

// giveWay removes the resources that e, which `xml` gave with everything in it, brings along itself.
func (b *Buffer) giveWay(e *etree.Element, given []*etree.Element) error {
	for _, k := range given {
		if err := b.giveWay(k, members(k)); err != nil {
			return err
		}
		old := b.resource(attr(k, "id"))
		if old == nil {
			continue
		}
		if p := container(old); p != nil {
			return fmt.Errorf("Cannot create %s: Child %s already in %s", name(e), name(old), name(p))
		}
		if len(members(old)) > 0 {
			return fmt.Errorf("Cannot create %s: %s exists", name(e), name(old))
		}
		b.remove(old)
	}
	return nil
}

// memberPlace is where members go: in a bundle where they stood in the statement, else (-1) to the end.
func memberPlace(e *etree.Element) int {
	if m := e.SelectElement("member"); m != nil && e.Tag == "bundle" {
		return m.Index()
	}
	return -1
}

// takeMembers finds the members that stand in e as <member>, and checks that they are free for it. What is
// missing is reported, and left out.
func (b *Buffer) takeMembers(e *etree.Element) ([]*etree.Element, error) {
	var kids []*etree.Element
	for _, m := range e.SelectElements("member") {
		id := attr(m, "id")
		e.RemoveChild(m)
		kid := b.resource(id)
		if kid == nil {
			b.rep.Error("%s refers to missing object %s%s", attr(e, "id"), id, meant(id, b.IDs(nil)))
			continue
		}
		if p := container(kid); p != nil && attr(p, "id") != attr(e, "id") {
			return nil, fmt.Errorf("Cannot create %s: Child %s already in %s", name(e), name(kid), name(p))
		}
		kids = append(kids, kid)
	}
	return kids, nil
}

// fill moves the members into the container, in their order.
func (b *Buffer) fill(e *etree.Element, kids []*etree.Element, at int) {
	for _, k := range kids {
		b.move(k, e, at)
	}
	for _, k := range kids {
		b.renameInConstraints(attr(k, "id"), attr(e, "id"), false)
	}
}

// redefineContainer puts e in the place of old; members that are no longer in it become resources of their own.
// Constraints on new members stay theirs, as with modgroup.
func (b *Buffer) redefineContainer(old, e *etree.Element) error {
	at := memberPlace(e)
	kids, err := b.takeMembers(e)
	if err != nil {
		return err
	}
	keep := map[*etree.Element]bool{}
	for _, k := range kids {
		keep[k] = true
	}
	section := b.section("resources")
	for _, k := range members(old) {
		if !keep[k] {
			b.move(k, section, -1)
		}
	}
	for _, k := range kids {
		b.remove(k)
	}
	b.replace(old, e)
	for _, k := range kids {
		b.insert(e, k, at)
	}
	return nil
}
