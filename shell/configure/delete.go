package configure

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// Delete removes objects with what depends on them: constraints that lose a party, tags and containers that
// become empty, primitives of a template. A running resource is refused; with force it goes all the same.
// A missing object is an error, but not with force.
func (b *Buffer) Delete(ids []string, force bool) error {
	force = force || b.opt.Force
	failed := false
	err := b.command(append([]string{"delete", fmt.Sprint(force)}, ids...), func() error {
		var objs []*etree.Element
		for _, id := range ids {
			e := b.object(id)
			switch {
			case e == nil && !force:
				b.rep.Error("%v", b.noObject(id))
				failed = true
			case e == nil:
			case b.running(e) && !force:
				b.rep.Error("resource %s is running, can't delete it", id)
				failed = true
			default:
				b.tellStop(e)
				objs = append(objs, e)
			}
		}
		for _, e := range objs {
			if b.object(idOf(e)) == e {
				b.deleteObject(e)
			}
		}
		return nil
	})
	if failed {
		return ErrReported
	}
	return err
}

// tellStop says what becomes of a running resource whose configuration goes: as an orphan it is stopped, if that is not turned off.
func (b *Buffer) tellStop(e *etree.Element) {
	if !b.running(e) {
		return
	}
	if v, ok := b.property("stop-orphan-resources"); ok && !rule.IsTrue(v) {
		b.rep.Warn("resource %s is running and goes on running, unknown to the cluster: stop-orphan-resources is %s", idOf(e), v)
		return
	}
	b.rep.Info("resource %s is running: commit stops it", idOf(e))
}

// deleteObject removes one object with its dependants.
func (b *Buffer) deleteObject(e *etree.Element) {
	id := idOf(e)
	heir := id // who takes over the constraints of a container that becomes empty
	if kids := members(e); len(kids) > 0 {
		heir = idOf(kids[0])
	}
	switch {
	case isContainer(e.Tag):
		b.dissolve(e)
	case e.Tag == "template":
		for _, p := range b.primitivesOf(id) {
			b.deleteObject(p)
		}
	}
	parent := container(e)
	b.removeObject(e)
	if parent != nil && len(members(parent)) == 0 {
		b.renameInSimple(idOf(parent), heir)
		pid := idOf(parent)
		outer := container(parent)
		b.removeObject(parent)
		b.dropFromConstraints(pid)
		b.dropFromTags(pid)
		if outer != nil && len(members(outer)) == 0 {
			b.deleteObject(outer)
		}
	}
	if isResource(e.Tag) || e.Tag == "template" {
		b.dropFromConstraints(id)
	}
	if e.Tag == "tag" {
		b.dropFromConstraints(id)
	}
	b.dropFromTags(id)
}

// removeObject takes an object out; a defaults or properties section that it leaves empty stays.
func (b *Buffer) removeObject(e *etree.Element) { b.remove(e) }

// dissolve takes the members out of a container; constraints on it go to its first member, but sets lose it.
func (b *Buffer) dissolve(e *etree.Element) {
	kids := members(e)
	if len(kids) > 0 {
		b.renameInSimple(idOf(e), idOf(kids[0]))
	}
	target := b.section("resources")
	if p := container(e); p != nil && e.Tag != "group" {
		target = p // a group in a clone that loses its clone
	}
	for _, k := range kids {
		b.move(k, target, -1)
	}
}

// primitivesOf are the primitives made from a template.
func (b *Buffer) primitivesOf(template string) []*etree.Element {
	var out []*etree.Element
	for _, e := range b.objects() {
		if e.Tag == "primitive" && attr(e, "template") == template {
			out = append(out, e)
		}
	}
	return out
}

// dropFromTags takes an id out of all tags; a tag that becomes empty goes.
func (b *Buffer) dropFromTags(id string) {
	s := b.doc.Section("tags")
	if s == nil {
		return
	}
	for _, t := range s.SelectElements("tag") {
		n := copyOf(t)
		changed := false
		for _, r := range n.SelectElements("obj_ref") {
			if attr(r, "id") == id {
				n.RemoveChild(r)
				changed = true
			}
		}
		switch {
		case !changed:
		case len(n.SelectElements("obj_ref")) == 0:
			b.deleteObject(t)
		default:
			b.replace(t, n)
		}
	}
}

// running tells whether a resource, or a member of it, is active on some node, by the operation history in the CIB.
func (b *Buffer) running(e *etree.Element) bool {
	if !isResource(e.Tag) {
		return false
	}
	if e.Tag != "primitive" {
		for _, m := range members(e) {
			if b.running(m) {
				return true
			}
		}
		return false
	}
	status := b.base.Section("status")
	if status == nil {
		return false
	}
	for _, rsc := range status.FindElements("node_state/lrm/lrm_resources/lrm_resource") {
		if id := attr(rsc, "id"); id == idOf(e) || strings.HasPrefix(id, idOf(e)+":") {
			if active(rsc) {
				return true
			}
		}
	}
	return false
}

// active tells whether the newest finished operation of a history entry left the resource running.
func active(rsc *etree.Element) bool {
	on := false
	best := -1
	for _, op := range rsc.SelectElements("lrm_rsc_op") {
		var call int
		if _, err := fmt.Sscan(attr(op, "call-id"), &call); err != nil || call < best {
			continue
		}
		rc := attr(op, "rc-code")
		switch attr(op, "operation") {
		case "monitor":
			best, on = call, rc == "0" || rc == "8"
		case "start", "promote", "demote", "migrate_from":
			best, on = call, rc == "0"
		case "stop", "migrate_to":
			if rc == "0" {
				best, on = call, false
			}
		}
	}
	return on
}

// Erase empties the configuration but for the nodes, or (nodes) removes the nodes only.
func (b *Buffer) Erase(args []string) error {
	nodes := false
	if len(args) > 0 {
		if args[0] != "nodes" || len(args) > 1 {
			return fmt.Errorf("configure.erase: Expected 'nodes' (found '%s')", strings.Join(args, " "))
		}
		nodes = true
	}
	return b.command(append([]string{"erase"}, args...), func() error { b.erase(nodes, !nodes); return nil })
}

func (b *Buffer) erase(nodes, rest bool) {
	conf := b.doc.Section("configuration")
	if conf == nil {
		return
	}
	for _, s := range conf.ChildElements() {
		if s.Tag == "nodes" && !nodes || s.Tag != "nodes" && !rest {
			continue
		}
		if s.Tag == "fencing-topology" {
			b.remove(s)
			continue
		}
		for _, e := range s.ChildElements() {
			b.remove(e)
		}
	}
}

// Rename gives an object another id; constraints follow. Inner ids, tags, ACLs and fencing levels keep the old name.
func (b *Buffer) Rename(from, to string) error {
	return b.command([]string{"rename", from, to}, func() error {
		e := b.object(from)
		switch {
		case e == nil:
			return b.noObject(from)
		case e.Tag == "node" || e.Tag == "fencing-topology":
			return fmt.Errorf("cannot rename a %s", typeOf(e))
		case b.ids[to] != nil || b.object(to) != nil:
			return fmt.Errorf("%s: id is already in use", to)
		case !ValidID(to):
			return fmt.Errorf("%s: invalid object id", to)
		case b.running(e):
			return fmt.Errorf("cannot rename a running resource (%s)", from)
		}
		b.setAttr(e, "id", to, false)
		if isResource(e.Tag) {
			b.renameInConstraints(from, to, true)
		}
		if e.Tag == "template" {
			for _, p := range b.primitivesOf(from) {
				b.setAttr(p, "template", to, false)
			}
		}
		return nil
	})
}
