package shell

import (
	"fmt"

	"github.com/beevik/etree"

	"quorate/ra"
)

// confEdit is a private copy of the configuration that a command changes; what came of it is found by
// comparing it with the original.
type confEdit struct {
	root *etree.Element  // <cib>
	ids  map[string]bool // ids in use, and those that were in use before the change
	said []func()        // what to tell when the cluster has taken over the change
}

// then keeps a message until the change is made: what is refused must not look done.
func (e *confEdit) then(say func()) { e.said = append(e.said, say) }

// finish tells what was kept.
func (e *confEdit) finish() {
	for _, say := range e.said {
		say()
	}
}

func newConfEdit(root *etree.Element) *confEdit {
	e := &confEdit{root: root, ids: map[string]bool{}}
	e.collectIDs(root)
	return e
}

func (e *confEdit) collectIDs(el *etree.Element) {
	if id := el.SelectAttrValue("id", ""); id != "" {
		e.ids[id] = true
	}
	for _, c := range el.ChildElements() {
		e.collectIDs(c)
	}
}

// newID returns the prefix, or the prefix with the first free number.
func (e *confEdit) newID(prefix string) string {
	id := prefix
	for n := 0; e.ids[id]; n++ {
		id = fmt.Sprintf("%s-%d", prefix, n)
	}
	e.ids[id] = true
	return id
}

// section returns a section of the configuration and makes it where it is missing.
func (e *confEdit) section(name string) *etree.Element {
	conf := e.root.SelectElement("configuration")
	if conf == nil {
		conf = e.root.CreateElement("configuration")
	}
	if s := conf.SelectElement(name); s != nil {
		return s
	}
	return conf.CreateElement(name)
}

// primitive finds a primitive by id.
func (e *confEdit) primitive(id string) (*etree.Element, error) {
	switch r := e.resource(id); {
	case r == nil:
		return nil, fmt.Errorf("resource %s does not exist%s", id, didYouMean(id, e.resourceIDs()))
	case r.Tag != "primitive":
		return nil, fmt.Errorf("%s is a %s: name a primitive inside it", id, r.Tag)
	default:
		return r, nil
	}
}

// agentOf returns the agent of a primitive, by its template where it has one.
func (e *confEdit) agentOf(r *etree.Element) ra.Agent {
	if name := r.SelectAttrValue("template", ""); name != "" {
		for _, t := range e.section("resources").SelectElements("template") {
			if idOf(t) == name {
				r = t
			}
		}
	}
	return ra.Agent{Class: r.SelectAttrValue("class", ""), Provider: r.SelectAttrValue("provider", ""), Type: r.SelectAttrValue("type", "")}
}

// isResource tells whether the element is a resource: templates are not.
func isResource(el *etree.Element) bool {
	switch el.Tag {
	case "primitive", "group", "clone", "master", "bundle":
		return true
	}
	return false
}

// resource finds a resource by id, nil if there is none.
func (e *confEdit) resource(id string) *etree.Element {
	var found *etree.Element
	walkResources(e.section("resources"), func(el *etree.Element) {
		if found == nil && el.SelectAttrValue("id", "") == id {
			found = el
		}
	})
	return found
}

// walkResources visits every resource below el, containers before their members.
func walkResources(el *etree.Element, visit func(*etree.Element)) {
	for _, c := range el.ChildElements() {
		if isResource(c) {
			visit(c)
			walkResources(c, visit)
		}
	}
}

// resources resolves words to resources; a tag stands for its members.
func (e *confEdit) resources(words []string) ([]*etree.Element, error) {
	var found []*etree.Element
	for _, w := range words {
		if r := e.resource(w); r != nil {
			found = append(found, r)
			continue
		}
		members := e.tagged(w)
		if len(members) == 0 {
			return nil, e.notFound(w)
		}
		found = append(found, members...)
	}
	return found, nil
}

func (e *confEdit) tagged(tag string) []*etree.Element {
	var found []*etree.Element
	for _, t := range e.section("tags").SelectElements("tag") {
		if t.SelectAttrValue("id", "") != tag {
			continue
		}
		for _, ref := range t.SelectElements("obj_ref") {
			if r := e.resource(ref.SelectAttrValue("id", "")); r != nil {
				found = append(found, r)
			}
		}
	}
	return found
}

func (e *confEdit) resourceIDs() []string {
	var ids []string
	walkResources(e.section("resources"), func(el *etree.Element) { ids = append(ids, idOf(el)) })
	return ids
}

func idOf(el *etree.Element) string { return el.SelectAttrValue("id", "") }

// container returns the resource whose attributes govern r: a member of a group governs itself, a
// member of a clone or bundle is governed by that.
func container(r *etree.Element) *etree.Element {
	p := r.Parent()
	if p == nil || !isResource(p) || (p.Tag == "group" && r.Tag == "primitive") {
		return r
	}
	return container(p)
}

// parentClone returns the clone or bundle directly above r, nil if there is none.
func parentClone(r *etree.Element) *etree.Element {
	if p := r.Parent(); p != nil && (p.Tag == "clone" || p.Tag == "master" || p.Tag == "bundle") {
		return p
	}
	return nil
}

// attribute finds the first nvpair of that name in the sets with the given tag.
func attribute(owner *etree.Element, setTag, name string) *etree.Element {
	for _, set := range owner.SelectElements(setTag) {
		for _, nv := range set.SelectElements("nvpair") {
			if nv.SelectAttrValue("name", "") == name {
				return nv
			}
		}
	}
	return nil
}

// attributeValue returns the value of an attribute, "" when it is not set.
func attributeValue(owner *etree.Element, setTag, name string) string {
	if nv := attribute(owner, setTag, name); nv != nil {
		return nv.SelectAttrValue("value", "")
	}
	return ""
}

// setAttribute changes the nvpair that is there, or adds one to the first set, or to a new set with the
// given id behind all other children.
func (e *confEdit) setAttribute(owner *etree.Element, setTag, setID, name, value string) (nv *etree.Element, added bool) {
	if nv := attribute(owner, setTag, name); nv != nil {
		nv.CreateAttr("value", value)
		return nv, false
	}
	set := owner.SelectElement(setTag)
	if set == nil || set.SelectAttr("id-ref") != nil {
		set = etree.NewElement(setTag)
		set.CreateAttr("id", e.newID(setID))
		owner.AddChild(set)
	}
	nv = set.CreateElement("nvpair")
	nv.CreateAttr("id", e.newID(idOf(set)+"-"+name))
	nv.CreateAttr("name", name)
	nv.CreateAttr("value", value)
	return nv, true
}

// removeAttribute deletes the nvpair of that name, and its set where that becomes empty and sweep is on.
// It reports the nvpair, nil if there was none.
func removeAttribute(owner *etree.Element, setTag, name string, sweep bool) *etree.Element {
	nv := attribute(owner, setTag, name)
	if nv == nil {
		return nil
	}
	set := nv.Parent()
	set.RemoveChild(nv)
	if sweep && len(set.ChildElements()) == 0 {
		owner.RemoveChild(set)
	}
	return nv
}
