package grammar

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// nameIDs gives every element that needs an id and has none the id of its match in env.Old, or a new one.
func (b *builder) nameIDs(e *etree.Element) {
	n := &namer{taken: b.env.Taken, used: map[string]bool{}}
	n.used[e.SelectAttrValue("id", "")] = true
	n.reserve(e)
	if b.env.Old != nil {
		n.keep(e, b.env.Old)
	}
	n.name(e, ancestorPrefix(e, ""))
}

type namer struct {
	taken func(string) bool
	used  map[string]bool
}

func (n *namer) reserve(e *etree.Element) {
	if id := e.SelectAttrValue("id", ""); id != "" && needsID[e.Tag] {
		n.used[id] = true
	}
	for _, c := range e.ChildElements() {
		n.reserve(c)
	}
}

func (n *namer) free(id string) bool {
	return !n.used[id] && (n.taken == nil || !n.taken(id))
}

// needsID has the elements inside objects whose id is generated.
var needsID = set("instance_attributes", "meta_attributes", "utilization", "attributes", "nvpair", "op", "rule", "expression",
	"date_expression", "date_spec", "duration", "resource_set", "fencing-level", "acl_permission",
	"recipient", "attribute", "port-mapping", "storage-mapping")

// keep hands ids of the old element's children to the new one's that match them.
func (n *namer) keep(e, old *etree.Element) {
	olds := old.ChildElements()
	taken := make([]bool, len(olds))
	for _, c := range e.ChildElements() {
		if c.Tag == "member" {
			continue
		}
		for i, o := range olds {
			if taken[i] || !sameKind(c, o) || givenOtherID(c, o) {
				continue
			}
			taken[i] = true
			id := o.SelectAttrValue("id", "")
			if id != "" && c.SelectAttr("id") == nil && c.SelectAttr("id-ref") == nil && !n.used[id] {
				c.CreateAttr("id", id)
				n.used[id] = true
			}
			n.keep(c, o)
			break
		}
	}
}

// matchKeys are the attributes that tell which old element a new one is; a tag without entry matches the next of its tag.
var matchKeys = map[string][]string{
	"nvpair": {"name"}, "op": {"name", "interval"}, "rule": {"score", "score-attribute", "role"},
	"expression":    {"attribute", "operation", "value"},
	"fencing-level": {"target", "target-pattern", "target-attribute", "target-value", "devices"},
}

// givenOtherID tells whether the text gives c an id of its own, from which those inside it are made.
func givenOtherID(c, o *etree.Element) bool {
	a := c.SelectAttr("id")
	return a != nil && len(c.ChildElements()) > 0 && a.Value != o.SelectAttrValue("id", "")
}

func sameKind(a, b *etree.Element) bool {
	if a.Tag != b.Tag {
		return false
	}
	for _, k := range matchKeys[a.Tag] {
		if a.SelectAttrValue(k, "") != b.SelectAttrValue(k, "") {
			return false
		}
	}
	return true
}

// ancestorPrefix is what ids inside e begin with: its id, or that of the nearest element around it.
func ancestorPrefix(e *etree.Element, outer string) string {
	id := e.SelectAttrValue("id", "")
	if e.Tag == "node" {
		id = e.SelectAttrValue("uname", id)
	}
	if id == "" {
		return outer
	}
	if strings.Trim(id, "0123456789") == "" {
		return "num-" + id
	}
	return id
}

// name gives ids in document order.
func (n *namer) name(e *etree.Element, prefix string) {
	for _, c := range e.ChildElements() {
		if needsID[c.Tag] && c.SelectAttr("id") == nil && c.SelectAttr("id-ref") == nil {
			c.Attr = append(c.Attr, etree.Attr{Key: "id", Value: n.pick(c, prefix)})
		}
		if c.Tag == "member" {
			continue
		}
		n.name(c, ancestorPrefix(c, prefix))
	}
}

// pick makes the id of element c inside something called prefix.
func (n *namer) pick(c *etree.Element, prefix string) string {
	base := prefix
	switch c.Tag {
	case "nvpair":
		base = prefix + "-" + c.SelectAttrValue("name", orElse(c.SelectAttrValue("id-ref", ""), "nvpair"))
	case "op":
		base = prefix + "-" + c.SelectAttrValue("name", "")
		if i := c.SelectAttrValue("interval", ""); i != "" {
			base += "-" + i
		}
	case "expression", "date_expression":
		base = prefix + "-expression"
	case "fencing-level":
		base = "fencing"
	case "instance_attributes", "meta_attributes", "utilization", "attributes", "rule", "duration", "date_spec":
		base = prefix + "-" + c.Tag
	}
	return n.unused(base)
}

func (n *namer) unused(base string) string {
	id := base
	for i := 0; !n.free(id); i++ {
		id = base + "-" + strconv.Itoa(i)
	}
	n.used[id] = true
	return id
}
