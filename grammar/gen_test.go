package grammar

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"
	"pgregory.net/rapid"
)

// gen makes random objects of the CIB, from tables of what the schema allows, with ids that are generated,
// chosen, or wild, and values with everything that XML can hold.
type gen struct {
	t   *rapid.T
	n   int
	ids []string // of sets, for references
	has map[string]bool
}

func (g *gen) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(g.t, label)
}
func (g *gen) chance(label string) bool        { return rapid.Bool().Draw(g.t, label) }
func (g *gen) count(label string, max int) int { return rapid.IntRange(0, max).Draw(g.t, label) }

// value is any text that an XML attribute can hold.
func (g *gen) value() string {
	if g.chance("plain value") {
		return g.pick("value", "1", "10s", "true", "/run/a b", "a=b", "x:y", "10.0.0.1", "params", "it's", `say "hi"`, `C:\dir`, `a\\b`, `\`, "", " ", "a  b", "é", "日本", "l1\nl2", "t\tt", "<&>", "$x", "#c", "@x", "op", "{}", "(a)", "100:")
	}
	s := rapid.String().Draw(g.t, "text")
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r >= ' ' && r < 0xd800 || r >= 0xe000 && r < 0xfffe || r >= 0x10000 {
			return r
		}
		return -1
	}, s)
}

func (g *gen) name() string {
	return g.pick("name", "fake", "state", "ip", "target-role", "OCF_CHECK_LEVEL", "interval", "x", "params", "meta", "a b", "$weird", "name:x", "#x", "é", "rule", "to", "x.y")
}

// id is the id that would be generated, or another one.
func (g *gen) id(generated string) string {
	g.n++
	id := generated
	if rapid.IntRange(0, 3).Draw(g.t, "own id") == 0 || strings.ContainsAny(generated, " $#:") || g.has[id] {
		id = fmt.Sprintf("id-%d", g.n)
	}
	if g.has == nil {
		g.has = map[string]bool{}
	}
	g.has[id] = true
	return id
}

func (g *gen) elem(tag string, attrs ...string) *etree.Element { return newElement(tag, attrs...) }

func (g *gen) maybe(e *etree.Element, key string, values ...string) {
	if g.chance(key) {
		v := g.value()
		if len(values) > 0 {
			v = g.pick(key+" value", values...)
		}
		e.CreateAttr(key, v)
	}
}

func (g *gen) set(tag, outer string) *etree.Element {
	if len(g.ids) > 0 && rapid.IntRange(0, 9).Draw(g.t, "ref") == 0 {
		return g.elem(tag, "id-ref", g.pick("ref", g.ids...))
	}
	id := g.id(outer + "-" + tag)
	e := g.elem(tag, "id", id)
	g.ids = append(g.ids, id)
	if rapid.IntRange(0, 4).Draw(g.t, "score") == 0 {
		e.CreateAttr("score", g.pick("set score", "1", "INFINITY", "-5"))
	}
	if rapid.IntRange(0, 3).Draw(g.t, "with rule") == 0 {
		e.AddChild(g.rule(id, 2))
	}
	for range g.count("pairs", 3) {
		e.AddChild(g.nvpair(id))
	}
	return e
}

func (g *gen) nvpair(set string) *etree.Element {
	if len(g.ids) > 0 && rapid.IntRange(0, 9).Draw(g.t, "pair ref") == 0 {
		e := g.elem("nvpair", "id-ref", g.pick("pref", g.ids...))
		g.maybe(e, "name", "x", "y z")
		return e
	}
	n := g.name()
	e := g.elem("nvpair", "id", g.id(set+"-"+n), "name", n)
	g.maybe(e, "value")
	return e
}

func (g *gen) rule(outer string, depth int) *etree.Element {
	id := g.id(outer + "-rule")
	e := g.elem("rule", "id", id)
	switch g.count("rule score", 2) {
	case 0:
		e.CreateAttr("score", g.pick("rscore", "INFINITY", "-INFINITY", "100"))
	case 1:
		e.CreateAttr("score-attribute", g.pick("sattr", "pref", "p q"))
	}
	g.maybe(e, "boolean-op", "and", "or")
	g.maybe(e, "role", "Promoted", "Started")
	for range 1 + g.count("expressions", 2) {
		e.AddChild(g.expression(id, depth))
	}
	return e
}

func (g *gen) expression(outer string, depth int) *etree.Element {
	switch g.count("expression", 4) {
	case 0:
		e := g.elem("date_expression", "id", g.id(outer+"-expression"), "operation", g.pick("dop", "lt", "gt", "in_range", "date_spec"))
		g.maybe(e, "start", "2030-01-01", "2030-01-01 12:00")
		g.maybe(e, "end", "2031-01-01")
		if g.chance("spec") {
			tag := g.pick("spec", "duration", "date_spec")
			s := g.elem(tag, "id", g.id(get(e, "id")+"-"+tag))
			g.maybe(s, "hours", "9-16")
			g.maybe(s, "months", "1")
			e.AddChild(s)
		}
		return e
	case 1:
		if depth > 0 {
			return g.rule(outer, depth-1)
		}
	case 2:
		return g.elem("rsc_expression", "id", g.id(outer+"-expression"), "class", "ocf")
	}
	e := g.elem("expression", "id", g.id(outer+"-expression"), "attribute", g.pick("eattr", "#uname", "zone", "a b", "defined", "date"),
		"operation", g.pick("eop", "lt", "gt", "eq", "ne", "defined", "not_defined"))
	g.maybe(e, "value")
	g.maybe(e, "type", "string", "number", "version")
	g.maybe(e, "value-source", "literal", "param", "meta")
	return e
}

func (g *gen) primitive(id string) *etree.Element {
	tag := g.pick("tag", "primitive", "primitive", "template")
	e := g.elem(tag, "id", id)
	if g.chance("from template") && tag == "primitive" {
		e.CreateAttr("template", "tmpl")
	} else {
		switch g.pick("class", "ocf", "stonith", "systemd", "other") {
		case "ocf":
			addAttrs(e, "class", "ocf", "provider", g.pick("provider", "heartbeat", "pacemaker"), "type", g.pick("type", "Dummy", "IPaddr2"))
		case "stonith":
			addAttrs(e, "class", "stonith", "type", "fence_x")
		case "systemd":
			addAttrs(e, "class", "systemd", "type", g.pick("unit", "nginx", "a@b"))
		default:
			addAttrs(e, "class", "ocf", "provider", "heartbeat", "type", g.value())
		}
	}
	g.maybe(e, "description")
	for range g.count("parts", 4) {
		switch g.count("part", 3) {
		case 0:
			e.AddChild(g.operations(id))
		default:
			e.AddChild(g.set(g.pick("set", "instance_attributes", "meta_attributes", "utilization"), id))
		}
	}
	return e
}

func (g *gen) operations(outer string) *etree.Element {
	e := g.elem("operations")
	if rapid.IntRange(0, 5).Draw(g.t, "operations id") == 0 {
		outer = g.id("")
		if outer == "" {
			outer = "ops"
		}
		e.CreateAttr("id", outer)
	}
	for range g.count("ops", 3) {
		n, i := g.pick("op", "monitor", "start", "stop", "x y"), g.pick("interval", "0", "10s", "20s")
		op := g.elem("op", "name", n, "interval", i, "id", g.id(outer+"-"+n+"-"+i))
		g.maybe(op, "timeout", "20s")
		g.maybe(op, "role", "Promoted", "Master")
		g.maybe(op, "description")
		g.maybe(op, "unknown-attribute")
		if rapid.IntRange(0, 3).Draw(g.t, "op set") == 0 {
			op.AddChild(g.set(g.pick("op set", "instance_attributes", "meta_attributes"), get(op, "id")))
		}
		e.AddChild(op)
	}
	return e
}

func (g *gen) constraint(id string) *etree.Element {
	tag := g.pick("constraint", "rsc_location", "rsc_colocation", "rsc_order", "rsc_ticket")
	e := g.elem(tag, "id", id)
	sets := g.chance("sets")
	switch tag {
	case "rsc_location":
		switch {
		case sets:
		case g.chance("pattern"):
			e.CreateAttr("rsc-pattern", g.pick("pattern", "^a.*", "a b", "x"))
		default:
			e.CreateAttr("rsc", "a")
		}
		g.maybe(e, "role", "Promoted", "Started")
		g.maybe(e, "resource-discovery", "never")
		if g.chance("rules") {
			for range 1 + g.count("rules", 1) {
				e.AddChild(g.rule(id, 1))
			}
		} else {
			addAttrs(e, "score", g.pick("score", "100", "INFINITY", "-INFINITY"), "node", g.pick("node", "na", "n b"))
		}
	case "rsc_colocation":
		g.maybe(e, "score", "INFINITY", "5", "-INFINITY")
		if !sets {
			addAttrs(e, "rsc", "a", "with-rsc", g.pick("with", "b", "é"))
			g.maybe(e, "rsc-role", "Promoted")
			g.maybe(e, "with-rsc-instance", "0")
		}
		g.maybe(e, "node-attribute", "Rack")
		g.maybe(e, "influence", "false")
	case "rsc_order":
		g.maybe(e, "kind", "Mandatory", "Optional", "Serialize")
		if !sets {
			addAttrs(e, "first", "a", "then", "b")
			g.maybe(e, "first-action", "start", "stop")
			g.maybe(e, "then-action", "promote")
		}
		g.maybe(e, "symmetrical", "true", "false", "TRUE")
		g.maybe(e, "require-all", "false")
	case "rsc_ticket":
		e.CreateAttr("ticket", g.pick("ticket", "T", "my ticket", "t:"))
		if !sets {
			e.CreateAttr("rsc", "a")
		}
		g.maybe(e, "loss-policy", "stop", "freeze")
	}
	if sets {
		for range 1 + g.count("sets", 2) {
			e.AddChild(g.resourceSet(id))
		}
	}
	return e
}

func (g *gen) resourceSet(outer string) *etree.Element {
	e := g.elem("resource_set", "id", g.id(fmt.Sprintf("%s-%d", outer, g.count("set number", 2))))
	g.maybe(e, "sequential", "true", "false")
	g.maybe(e, "require-all", "true", "false")
	g.maybe(e, "role", "Promoted")
	g.maybe(e, "action", "start")
	g.maybe(e, "ordering", "group")
	for range 1 + g.count("refs", 2) {
		e.AddChild(g.elem("resource_ref", "id", g.pick("ref", "a", "b", "c")))
	}
	return e
}

func (g *gen) other(id string) *etree.Element {
	switch g.pick("other", "node", "group", "clone", "bundle", "property", "tag", "role", "target", "alert", "topology") {
	case "node":
		e := g.elem("node", "id", g.pick("node id", "1", id), "uname", id)
		g.maybe(e, "type", "normal", "member", "remote", "odd")
		g.maybe(e, "description")
		for range g.count("node sets", 2) {
			e.AddChild(g.set(g.pick("node set", "instance_attributes", "utilization"), id))
		}
		return e
	case "group", "clone":
		e := g.elem(g.pick("container", "group", "clone", "master"), "id", id)
		g.maybe(e, "description")
		for range g.count("container sets", 2) {
			e.AddChild(g.set(g.pick("container set", "instance_attributes", "meta_attributes"), id))
		}
		e.AddChild(g.elem("primitive", "id", id+"-kid", "class", "ocf", "provider", "heartbeat", "type", "Dummy"))
		return e
	case "bundle":
		e := g.elem("bundle", "id", id)
		d := g.elem(g.pick("engine", "docker", "podman"), "image", g.value())
		g.maybe(d, "replicas", "2")
		g.maybe(d, "options")
		e.AddChild(d)
		if g.chance("network") {
			n := g.elem("network")
			g.maybe(n, "control-port", "3121")
			for range g.count("ports", 2) {
				n.AddChild(g.elem("port-mapping", "id", g.id("port"), "port", "80"))
			}
			e.AddChild(n)
		}
		if g.chance("bundle meta") {
			e.AddChild(g.set("meta_attributes", id))
		}
		return e
	case "property":
		e := g.elem("cluster_property_set", "id", id)
		g.maybe(e, "score", "5")
		if g.chance("property rule") {
			e.AddChild(g.rule(id, 0))
		}
		for range g.count("properties", 3) {
			e.AddChild(g.nvpair(id))
		}
		return e
	case "tag":
		e := g.elem("tag", "id", id)
		for range 1 + g.count("tagged", 2) {
			e.AddChild(g.elem("obj_ref", "id", g.pick("obj", "a", "b", "1x", "é")))
		}
		return e
	case "role":
		e := g.elem("acl_role", "id", id)
		g.maybe(e, "description")
		for i := range g.count("perms", 3) {
			p := g.elem("acl_permission", "kind", g.pick("kind", "read", "write", "deny"), "id", g.id(fmt.Sprintf("%s-%d", id, i)))
			g.maybe(p, "xpath", "/cib", "//nodes/node", "//primitive[@id='a']/meta_attributes/nvpair[@name='x']", "//x[@y='a b']", "//primitive[@id='a:b']/meta_attributes")
			g.maybe(p, "reference", "a")
			g.maybe(p, "object-type", "node")
			g.maybe(p, "attribute", "uname")
			g.maybe(p, "description")
			e.AddChild(p)
		}
		return e
	case "target":
		e := g.elem(g.pick("target", "acl_target", "acl_group"), "id", id)
		e.AddChild(g.elem("role", "id", "r1"))
		return e
	case "alert":
		return g.alert(id)
	}
	e := g.elem("fencing-topology")
	for i := range 1 + g.count("levels", 3) {
		l := g.elem("fencing-level", "id", g.id(fmt.Sprintf("fencing-%d", i)), "index", g.pick("index", "1", "2", "9"), "devices", g.pick("devices", "s1", "s1,s2", "a b"))
		switch g.count("target", 2) {
		case 0:
			l.CreateAttr("target", g.pick("level target", "na", "n b"))
		case 1:
			l.CreateAttr("target-pattern", "n.*")
		case 2:
			addAttrs(l, "target-attribute", "rack", "target-value", g.pick("tvalue", "1", "2 3"))
		}
		e.AddChild(l)
	}
	return e
}

func (g *gen) alert(id string) *etree.Element {
	e := g.elem("alert", "id", id, "path", g.value())
	g.maybe(e, "description")
	for range g.count("alert parts", 4) {
		switch g.count("alert part", 3) {
		case 0:
			s := g.elem("select")
			if g.chance("nodes") {
				s.AddChild(g.elem("select_nodes"))
			}
			if g.chance("attributes") {
				a := g.elem("select_attributes")
				a.AddChild(g.elem("attribute", "id", g.id(id+"-0"), "name", g.pick("sel", "load", "a b")))
				s.AddChild(a)
			}
			e.AddChild(s)
		case 1:
			r := g.elem("recipient", "id", g.id(id+"-recipient-1"), "value", g.value())
			g.maybe(r, "description")
			if g.chance("recipient set") {
				r.AddChild(g.set("instance_attributes", get(r, "id")))
			}
			e.AddChild(r)
		default:
			e.AddChild(g.set(g.pick("alert set", "instance_attributes", "meta_attributes"), id))
		}
	}
	return e
}

// object is any object.
func (g *gen) object() *etree.Element {
	id := g.pick("id", "web", "a.b-c", "_x", "p1")
	switch g.count("object", 2) {
	case 0:
		return g.primitive(id)
	case 1:
		return g.constraint(id)
	}
	return g.other(id)
}
