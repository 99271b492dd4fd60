package configure

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"quorate/grammar"
)

// ModGroup changes the members of a group: "G add R [before|after M]" or "G remove R".
func (b *Buffer) ModGroup(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("configure.modgroup: Expected (group_id add <id> [after <id>|before <id>] | group_id remove <id>)")
	}
	return b.command(append([]string{"modgroup"}, args...), func() error {
		g := b.object(args[0])
		switch {
		case g == nil:
			return fmt.Errorf("configure.modgroup: group %s does not exist", args[0])
		case g.Tag != "group":
			return fmt.Errorf("configure.modgroup: element %s is not a group", args[0])
		}
		switch args[1] {
		case "add":
			return b.groupAdd(g, args[2], args[3:])
		case "remove":
			if len(args) > 3 {
				return fmt.Errorf("configure.modgroup: unexpected %s", strings.Join(args[3:], " "))
			}
			return b.groupRemove(g, args[2])
		}
		return fmt.Errorf("configure.modgroup: modgroup subcommand %s unknown", args[1])
	})
}

func (b *Buffer) groupAdd(g *etree.Element, id string, place []string) error {
	r := b.resource(id)
	switch {
	case r == nil && b.sameObject("", id) != nil:
		return fmt.Errorf("a group may contain only primitives; %s is %s", id, typeOf(b.object(id)))
	case r == nil:
		b.rep.Error("%s refers to missing object %s", idOf(g), id) // as in a group statement: the rest is done
		return nil
	case r.Tag != "primitive":
		return fmt.Errorf("configure.modgroup: %s is not a primitive", id)
	case container(r) != nil:
		return fmt.Errorf("configure.modgroup: %s already in %s", id, idOf(container(r)))
	}
	index := -1
	if len(place) > 0 {
		if len(place) != 2 || place[0] != "before" && place[0] != "after" {
			return fmt.Errorf("configure.modgroup: Expected before <id> or after <id> (found '%s')", strings.Join(place, " "))
		}
		m := memberNamed(g, place[1])
		if m == nil {
			return fmt.Errorf("configure.modgroup: %s is not member of %s", place[1], idOf(g))
		}
		if index = m.Index(); place[0] == "after" {
			index++
		}
	}
	b.move(r, g, index)
	return nil
}

func (b *Buffer) groupRemove(g *etree.Element, id string) error {
	m := memberNamed(g, id)
	if m == nil {
		return fmt.Errorf("configure.modgroup: %s is not member of %s", id, idOf(g))
	}
	if len(members(g)) == 1 {
		return fmt.Errorf("configure.modgroup: %s is the last member of %s: delete the group instead", id, idOf(g))
	}
	b.move(m, b.section("resources"), -1)
	return nil
}

func memberNamed(g *etree.Element, id string) *etree.Element {
	for _, m := range members(g) {
		if attr(m, "id") == id {
			return m
		}
	}
	return nil
}

// Set changes the value of one attribute that exists: path is "id.attr", "id.op.attr" or "id.op.interval.attr".
func (b *Buffer) Set(path, value string) error {
	parts := strings.Split(path, ".")
	if len(parts) < 2 || len(parts) > 4 {
		return fmt.Errorf("configure.set: Invalid path: \"%s\"; Valid path: \"id.[op_type.][interval.]name\"", path)
	}
	return b.command([]string{"set", path, value}, func() error {
		old := b.object(parts[0])
		if old == nil {
			return fmt.Errorf("configure.set: Object %s not found", parts[0])
		}
		e := copyOf(old)
		for _, m := range members(e) {
			e.RemoveChild(m)
		}
		target := e
		if len(parts) > 2 {
			op, err := findOp(e, parts)
			if err != nil {
				return err
			}
			target = op
		}
		if err := setOne(target, parts, path, value); err != nil {
			return err
		}
		kids := members(old)
		for _, k := range kids {
			b.remove(k)
		}
		b.replace(old, e)
		for _, k := range kids {
			b.insert(e, k, -1)
		}
		return nil
	})
}

func findOp(e *etree.Element, parts []string) (*etree.Element, error) {
	kind, interval := parts[1], ""
	if len(parts) == 4 {
		interval = parts[2]
	}
	var found []*etree.Element
	for _, op := range e.FindElements("operations/op") {
		if attr(op, "name") == kind && (interval == "" || attr(op, "interval") == interval) {
			found = append(found, op)
		}
	}
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("configure.set: Operation \"%s\" not found for resource %s", kind, parts[0])
	case len(found) > 1:
		return nil, fmt.Errorf("configure.set: Should specify interval of %s", kind)
	}
	return found[0], nil
}

// setOne sets the one attribute or nvpair of that name inside e.
func setOne(e *etree.Element, parts []string, path, value string) error {
	key := parts[len(parts)-1]
	if a := e.SelectAttr(key); len(parts) > 2 && a != nil {
		a.Value = value
		return nil
	}
	var found []*etree.Element
	for _, nv := range e.FindElements(".//nvpair") {
		if attr(nv, "name") == key {
			found = append(found, nv)
		}
	}
	switch len(found) {
	case 0:
		if len(parts) > 2 && grammar.IsOpAttribute(key) {
			e.CreateAttr(key, value)
			return nil
		}
		return fmt.Errorf("configure.set: Attribute not found: %s", path)
	case 1:
		found[0].CreateAttr("value", value)
		return nil
	}
	return fmt.Errorf("configure.set: Expected 1 attribute named %s, found %d", key, len(found))
}
