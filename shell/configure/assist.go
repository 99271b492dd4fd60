package configure

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// AssistTemplate makes an rsc_template of what primitives of the same agent have in common, and bases them on it.
func (b *Buffer) AssistTemplate(ids []string) error {
	if len(ids) < 1 {
		return fmt.Errorf("configure.assist.template: Expected (primitives...), takes at least 1 arguments (0 given)")
	}
	return b.command(append([]string{"assist-template"}, ids...), func() error {
		var prims []*etree.Element
		for _, id := range ids {
			e := b.object(id)
			switch {
			case e == nil || e.Tag != "primitive":
				return fmt.Errorf("configure.assist.template: %s is not a primitive", id)
			case attr(e, "template") != "":
				return fmt.Errorf("configure.assist.template: %s is made from template %s already", id, attr(e, "template"))
			case len(prims) > 0 && agentText(e) != agentText(prims[0]):
				return fmt.Errorf("configure.assist.template: Cannot create a template for primitives of different types")
			}
			prims = append(prims, e)
		}
		tid := b.numberedID("template-" + strings.ToLower(attr(prims[0], "type")))
		t := etree.NewElement("template")
		t.CreateAttr("id", tid)
		for _, k := range []string{"class", "provider", "type"} {
			if a := prims[0].SelectAttr(k); a != nil {
				t.CreateAttr(k, a.Value)
			}
		}
		b.insert(b.section("resources"), t, -1)
		for _, e := range prims {
			n := copyOf(e)
			for _, k := range []string{"class", "provider", "type"} {
				n.RemoveAttr(k)
			}
			n.CreateAttr("template", tid)
			b.replace(e, n)
		}
		b.rep.Info("configure.assist.template: Template created: %s", tid)
		return nil
	})
}

func agentText(e *etree.Element) string {
	return attr(e, "class") + ":" + attr(e, "provider") + ":" + attr(e, "type")
}

// numberedID is base-1, base-2, …: the first that is free.
func (b *Buffer) numberedID(base string) string {
	for i := 1; ; i++ {
		if id := fmt.Sprintf("%s-%d", base, i); b.ids[id] == nil {
			return id
		}
	}
}

// AssistWeakBond makes resources run together without depending on each other: a dummy resource that they
// are all colocated with, in a set that is not sequential.
func (b *Buffer) AssistWeakBond(ids []string) error {
	if len(ids) < 2 {
		return fmt.Errorf("configure.assist.weak-bond: Need at least two arguments")
	}
	for _, id := range ids {
		switch e := b.resource(id); {
		case e == nil:
			return fmt.Errorf("configure.assist.weak-bond: Object not found: %s", id)
		case e.Tag != "primitive":
			return fmt.Errorf("configure.assist.weak-bond: Object not primitive: %s", id)
		}
	}
	return b.command(append([]string{"assist-weak-bond"}, ids...), func() error {
		dummy, bond := b.numberedID("place-dummy"), b.numberedID("place-constraint")
		b.rep.Info("Create weak bond / independent colocation of %s: %s, %s", strings.Join(ids, " "), dummy, bond)
		p := etree.NewElement("primitive")
		for _, kv := range [][2]string{{"id", dummy}, {"class", "ocf"}, {"provider", "heartbeat"}, {"type", "Dummy"}} {
			p.CreateAttr(kv[0], kv[1])
		}
		b.insert(b.section("resources"), p, -1)
		c := etree.NewElement("rsc_colocation")
		c.CreateAttr("id", bond)
		c.CreateAttr("score", "INFINITY")
		for i, set := range [][]string{ids, {dummy}} {
			s := c.CreateElement("resource_set")
			if i == 0 {
				s.CreateAttr("sequential", "false")
			}
			s.CreateAttr("id", fmt.Sprintf("%s-%d", bond, i))
			for _, id := range set {
				s.CreateElement("resource_ref").CreateAttr("id", id)
			}
		}
		b.insert(b.section("constraints"), c, -1)
		return nil
	})
}
