package cib

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"
)

// Generate makes a random document that conforms to a schema, out of the same table that Validate
// checks with. It serves the tests of everybody who reads or writes CIBs. intn returns a number from 0
// to below n; the same numbers give the same document. The status is empty.
func Generate(schemaName string, intn func(n int) int) *Document {
	g := &generator{schema: schemaFor(schemaName), intn: intn, ids: make(map[string][]string)}
	if g.schema == nil {
		return nil
	}
	root := etree.NewElement("cib")
	for _, a := range [][2]string{{"crm_feature_set", FeatureSet}, {"validate-with", schemaName}, {"epoch", "1"}, {"num_updates", "0"}, {"admin_epoch", "0"}} {
		root.CreateAttr(a[0], a[1])
	}
	g.fill(root.CreateElement("configuration"), "configuration", 0)
	root.CreateElement("status")
	return &Document{root: root}
}

type generator struct {
	schema *schema
	intn   func(int) int
	ids    map[string][]string // by tag, of what is there so far
	number int
}

// targets says what the references of each attribute mean; the others refer to their own kind.
func (g *generator) targets(tag, key string) []string {
	switch {
	case key == "template":
		return g.ids["template"]
	case tag == "role", tag == "role_ref":
		return g.ids["acl_role"]
	case key == "id-ref":
		return g.ids[tag]
	}
	var all []string
	for _, kind := range []string{"primitive", "group", "clone", "master", "bundle"} {
		all = append(all, g.ids[kind]...)
	}
	return all
}

// possible tells whether the references that a form needs have something to refer to.
func (g *generator) possible(tag string, f *form) bool {
	return !slices.ContainsFunc(f.items, func(it item) bool {
		return it.required && (it.value.idref && len(g.targets(tag, it.name)) == 0 ||
			!it.attr && it.element != "status" && len(g.forms(it.name, it.element)) == 0)
	})
}

func (g *generator) forms(tag, kind string) []*form {
	var list []*form
	for i := range g.schema.elements[kind].forms {
		if f := &g.schema.elements[kind].forms[i]; g.possible(tag, f) {
			list = append(list, f)
		}
	}
	return list
}

// fill gives e the attributes and children of one of its forms.
func (g *generator) fill(e *etree.Element, kind string, depth int) {
	forms := g.forms(e.Tag, kind)
	f := forms[g.intn(len(forms))]
	for _, it := range f.items {
		if it.attr && (it.required || it.value.id || g.intn(3) == 0) {
			if v, ok := g.value(e, &it); ok {
				e.CreateAttr(it.name, v)
			}
		}
	}
	for range 3 {
		for _, it := range f.items {
			g.child(e, &it, depth)
		}
		if !f.child || len(e.Child) > 0 {
			return
		}
	}
	for _, it := range f.items { // it must have something
		if !it.attr && len(e.Child) == 0 && len(g.forms(it.name, it.element)) > 0 {
			g.add(e, &it, depth)
		}
	}
}

// child adds as many children of one kind as the item asks for and chance allows; the deeper, the fewer.
func (g *generator) child(e *etree.Element, it *item, depth int) {
	if it.attr || len(g.forms(it.name, it.element)) == 0 {
		return
	}
	n := 0
	if depth < 2 || g.intn(depth) == 0 {
		n = g.intn(4)
	}
	if it.required {
		n = max(n, 1)
	}
	if !it.many {
		n = min(n, 1)
	}
	for range n {
		g.add(e, it, depth)
	}
}

func (g *generator) add(e *etree.Element, it *item, depth int) {
	c := etree.NewElement(it.name)
	g.fill(c, it.element, depth+1)
	if id := attr(c, "id"); id != "" { // only now, so that nothing refers to what it stands in
		g.ids[c.Tag] = append(g.ids[c.Tag], id)
	}
	e.AddChild(c)
}

// value makes a value for an attribute; ok is false where an optional reference has no target.
func (g *generator) value(e *etree.Element, it *item) (v string, ok bool) {
	g.number++
	n := strconv.Itoa(g.number)
	switch v := &it.value; {
	case v.idref:
		targets := g.targets(e.Tag, it.name)
		if len(targets) == 0 {
			return "", false
		}
		return targets[g.intn(len(targets))], true
	case v.id:
		return e.Tag + "-" + n, true
	case v.words != nil && !v.except:
		return v.words[g.intn(len(v.words))], true
	case v.name == valueTypes["score"].name:
		return []string{"INFINITY", "-INFINITY", "0", n, "-" + n}[g.intn(5)], true
	case v.name == valueTypes["devices"].name:
		return "dev-" + n + ",dev.2", true
	case v.name == valueTypes["range"].name:
		return n + "-" + n + "0", true
	case v.name != "":
		return n, true
	}
	return g.text(it.name, n), true
}

// text makes a value for an attribute that may hold anything: what people write where readers want
// something in particular, else words with all that must be quoted.
func (g *generator) text(key, n string) string {
	plain := map[string][]string{
		"interval": {"0", "10s", "1min"}, "timeout": {"20s", "30", "1min"}, "start-delay": {"5s"}, "provider": {"heartbeat", "pacemaker"},
		"type": {"Dummy", "Stateful"}, "class": {"ocf"}, "start": {"2026-01-01"}, "end": {"2027-01-01 12:00:00"}, "role": {"Started", "Stopped"},
		"attribute": {"#uname", "pingd"}, "hours": {"9-17"}, "weekdays": {"1-5"}, "months": {"1", "3-5"}, "years": {"2026"}, "days": {"3"},
	}
	if words, ok := plain[key]; ok {
		return words[g.intn(len(words))]
	}
	switch key {
	case "uname", "node", "id", "target", "ticket", "path", "image":
		return key + n
	case "name":
		return []string{"monitor", "start", "a-" + n, "b_" + n}[g.intn(4)]
	}
	return []string{n, "a b " + n, `say "x" 'y'`, `back\slash `, "line\nfeed\ttab", "<&>", "ünï-" + n, "", "a=b", "#c;$d"}[g.intn(10)]
}
