package cib

import "strings"

// SetTransient sets an attribute of a node that lasts until the node leaves, or deletes it (value nil).
// set is the id of the attribute set; "" means the usual one, status-NODEID. The id of the entry is
// SET-NAME, with "#" written as ".".
func (d *Document) SetTransient(node NodeRef, set, name string, value *string) {
	if value == nil {
		d.deleteTransient(node, set, name)
		return
	}
	name = storable(name)
	n := d.ensureNode(node)
	if set == "" {
		set = "status-" + node.ID
	}
	k := attrKey{set, name}
	if nv := n.attrs[k]; nv != nil {
		if put(nv, "value", *value) {
			d.statusChanged()
		}
		return
	}
	n.ensureSet(node, set)
	nv := n.sets[set].CreateElement("nvpair")
	nv.CreateAttr("id", strings.ReplaceAll(set+"-"+name, "#", "."))
	nv.CreateAttr("name", name)
	nv.CreateAttr("value", storable(*value))
	n.attrs[k] = nv
	d.statusChanged()
}

func (n *nodeStatus) ensureSet(node NodeRef, id string) {
	if n.sets[id] != nil {
		return
	}
	block := child(n.state, "transient_attributes")
	if block == nil {
		block = n.state.CreateElement("transient_attributes")
		block.CreateAttr("id", node.ID)
	}
	set := block.CreateElement("instance_attributes")
	set.CreateAttr("id", id)
	n.addSet(set)
}

// deleteTransient deletes an attribute from one set, or with "" from whichever has it.
func (d *Document) deleteTransient(node NodeRef, set, name string) {
	n := d.node(node.Name)
	if n == nil {
		return
	}
	changed := false
	for _, id := range n.order {
		k := attrKey{id, name}
		if nv := n.attrs[k]; nv != nil && (set == "" || set == id) {
			nv.Parent().RemoveChild(nv)
			delete(n.attrs, k)
			changed = true
		}
	}
	if changed {
		d.statusChanged()
	}
}

// Transient returns the value of a transient attribute of a node, of the first set that has it.
func (d *Document) Transient(node, name string) (string, bool) {
	if n := d.node(node); n != nil {
		for _, id := range n.order {
			if nv := n.attrs[attrKey{id, name}]; nv != nil {
				return attr(nv, "value"), true
			}
		}
	}
	return "", false
}

// Transients returns all transient attributes of a node by name; of a name in several sets, the first.
func (d *Document) Transients(node string) map[string]string {
	all := make(map[string]string)
	n := d.node(node)
	if n == nil {
		return all
	}
	for i := len(n.order) - 1; i >= 0; i-- {
		for _, nv := range n.sets[n.order[i]].ChildElements() {
			if name := attr(nv, "name"); name != "" {
				all[name] = attr(nv, "value")
			}
		}
	}
	return all
}
