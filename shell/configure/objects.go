package configure

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"quorate/grammar"
)

// topologyID is what the shell calls the fencing topology, which has no id of its own.
const topologyID = "fencing_topology"

// idOf is what the shell calls an object: the uname of a node, else the id.
func idOf(e *etree.Element) string {
	switch e.Tag {
	case "node":
		return e.SelectAttrValue("uname", attr(e, "id"))
	case "fencing-topology":
		return topologyID
	}
	return attr(e, "id")
}

// typeOf is what the shell calls the kind of an object: "primitive", "location", "property", …
func typeOf(e *etree.Element) string { return grammar.Keyword(e) }

// name is "type:id", as messages have it.
func name(e *etree.Element) string { return typeOf(e) + ":" + idOf(e) }

// objects returns all objects in the order of the document; members of containers follow them.
func (b *Buffer) objects() []*etree.Element {
	var out []*etree.Element
	conf := b.doc.Section("configuration")
	if conf == nil {
		return nil
	}
	for _, s := range conf.ChildElements() {
		if s.Tag == "fencing-topology" {
			if len(s.ChildElements()) > 0 {
				out = append(out, s)
			}
			continue
		}
		for _, e := range s.ChildElements() {
			if typeOf(e) != "" {
				out = appendObject(out, e)
			}
		}
	}
	return out
}

func appendObject(out []*etree.Element, e *etree.Element) []*etree.Element {
	out = append(out, e)
	if isContainer(e.Tag) {
		for _, c := range e.ChildElements() {
			if isResource(c.Tag) {
				out = appendObject(out, c)
			}
		}
	}
	return out
}

// object finds an object by what the shell calls it; nil if there is none.
func (b *Buffer) object(id string) *etree.Element {
	if id == topologyID {
		if t := b.doc.Section("fencing-topology"); t != nil && len(t.ChildElements()) > 0 {
			return t
		}
		return nil
	}
	if e := b.ids[id]; e != nil && e.Tag != "node" && typeOf(e) != "" && (e.Tag != "meta_attributes" || isDefaults(e)) {
		return e
	}
	return b.node(id)
}

// sameObject finds what an object of this kind and id would replace: nodes have names of their own.
func (b *Buffer) sameObject(kind, id string) *etree.Element {
	if kind == "node" {
		return b.node(id)
	}
	if e := b.object(id); e != nil && e.Tag != "node" {
		return e
	}
	return nil
}

func isDefaults(e *etree.Element) bool {
	p := e.Parent()
	return p != nil && (p.Tag == "rsc_defaults" || p.Tag == "op_defaults")
}

// node finds a node by its name.
func (b *Buffer) node(uname string) *etree.Element {
	s := b.doc.Section("nodes")
	if s == nil {
		return nil
	}
	for _, n := range s.ChildElements() {
		if n.Tag == "node" && idOf(n) == uname {
			return n
		}
	}
	return nil
}

// nodeNames returns the names of all nodes, sorted.
func (b *Buffer) nodeNames() []string {
	var out []string
	if s := b.doc.Section("nodes"); s != nil {
		for _, n := range s.SelectElements("node") {
			out = append(out, idOf(n))
		}
	}
	sort.Strings(out)
	return out
}

// isNode tells whether there is a node of a name: one of the cluster, or one that a resource makes.
func (b *Buffer) isNode(uname string) bool {
	if b.node(uname) != nil || slices.Contains(b.remoteNames(), uname) {
		return true
	}
	i := strings.LastIndexByte(uname, '-')
	if i < 0 {
		return false
	}
	_, err := strconv.ParseUint(uname[i+1:], 10, 16)
	bundle := b.resource(uname[:i])
	return err == nil && bundle != nil && bundle.Tag == "bundle" // its replicas are numbered
}

// remoteNames are the nodes that are resources: remote nodes and guests.
func (b *Buffer) remoteNames() []string {
	var out []string
	for _, e := range b.objects() {
		if e.Tag != "primitive" {
			continue
		}
		if agentText(e) == "ocf:pacemaker:remote" {
			out = append(out, idOf(e))
		}
		for _, m := range e.SelectElements("meta_attributes") {
			if guest := valueOf(m, "remote-node"); guest != "" {
				out = append(out, guest)
			}
		}
	}
	return out
}

// resource finds a resource or template by id.
func (b *Buffer) resource(id string) *etree.Element {
	if e := b.ids[id]; e != nil && (isResource(e.Tag) || e.Tag == "template") {
		return e
	}
	return nil
}

// container is the resource around e; nil if there is none.
func container(e *etree.Element) *etree.Element {
	if p := e.Parent(); p != nil && isContainer(p.Tag) {
		return p
	}
	return nil
}

// topmost is the outermost resource around e, e itself if there is none.
func topmost(e *etree.Element) *etree.Element {
	for c := container(e); c != nil; c = container(e) {
		e = c
	}
	return e
}

// members are the resources in a container.
func members(e *etree.Element) []*etree.Element {
	var out []*etree.Element
	for _, c := range e.ChildElements() {
		if isResource(c.Tag) {
			out = append(out, c)
		}
	}
	return out
}

// constraints are all constraints in the order of the document.
func (b *Buffer) constraints() []*etree.Element {
	s := b.doc.Section("constraints")
	if s == nil {
		return nil
	}
	return s.ChildElements()
}

// IDs returns the names of all objects that keep wants; keep may be nil.
func (b *Buffer) IDs(keep func(e *etree.Element) bool) []string {
	var out []string
	for _, e := range b.objects() {
		if keep == nil || keep(e) {
			out = append(out, idOf(e))
		}
	}
	return out
}

// Object returns the staged element of an object, nil if there is none. Callers must not change it.
func (b *Buffer) Object(id string) *etree.Element { return b.object(id) }

// classOrder is the order of the kinds of objects in a listing; what has the same number is sorted by id only.
var classOrder = map[string]int{
	"node": 0, "template": 1, "primitive": 2, "bundle": 3, "group": 4, "master": 5, "clone": 6, "tag": 7,
	"rsc_location": 8, "rsc_colocation": 8, "rsc_order": 8, "rsc_ticket": 9, "fencing-topology": 9,
	"cluster_property_set": 10, "acl_role": 13, "acl_target": 14, "acl_group": 14, "acl_user": 14, "alert": 15,
}

func class(e *etree.Element) int {
	if e.Tag == "meta_attributes" {
		if e.Parent() != nil && e.Parent().Tag == "op_defaults" {
			return 12
		}
		return 11
	}
	return classOrder[e.Tag]
}

// sortObjects puts objects in the order of a listing: by class, then by id unless unsorted.
func sortObjects(es []*etree.Element, unsorted bool) {
	type keyed struct {
		class int
		id    string
		e     *etree.Element
	}
	ks := make([]keyed, len(es))
	for i, e := range es {
		ks[i] = keyed{class(e), orElse(attr(e, "id"), idOf(e)), e} // a node stands by its id, not its name
	}
	sort.SliceStable(ks, func(i, j int) bool {
		if ks[i].class != ks[j].class || unsorted {
			return ks[i].class < ks[j].class
		}
		return ks[i].id < ks[j].id
	})
	for i := range ks {
		es[i] = ks[i].e
	}
}
