package scheduler

import (
	"sort"
	"strings"
)

// attrs lists an action's attributes sorted by name: parameters of the operation and the
// resource, then meta attributes; where names meet the first value wins, but what the
// resource itself and the clones above it say overwrites.
func (a *action) attrs() []Attr {
	m := map[string]string{"crm_feature_set": FeatureSet}
	if a.rsc != nil {
		a.addParameters(m)
	}
	a.addMetas(m)
	if a.rsc != nil {
		for r := a.rsc; r != nil; r = r.Parent {
			r.graphMeta(m)
		}
		a.addHost(m)
	} else if a.task == "stonith" {
		for name, v := range a.node.Attrs {
			addMeta(m, name, v)
		}
	}
	if a.node != nil && (!a.pseudo() || a.task == "stonith") {
		m["CRM_meta_on_node"], m["CRM_meta_on_node_uuid"] = a.node.Name, a.node.ID
	}
	out := make([]Attr, 0, len(m))
	for name, v := range m {
		out = append(out, Attr{name, v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func (a *action) addParameters(m map[string]string) {
	r := a.rsc
	if d := a.set.lookup(r); d != nil && a.node != nil {
		copyMissing(m, r.opParams(d, a.node))
	}
	if a.node == nil && r.Kind != Primitives {
		return
	}
	params := r.parameters(a.node)
	if addr := r.bundleAddr(); addr != "" {
		m["addr"] = addr
	}
	copyMissing(m, params)
}

func (a *action) addMetas(m map[string]string) {
	if a.set != nil {
		for name, v := range a.set.meta(a.rsc) {
			addMeta(m, name, v)
		}
	}
	for name, v := range a.meta {
		addMeta(m, name, v)
	}
}

// addMeta adds a meta attribute if it is not there; names that XML cannot hold are left out.
func addMeta(m map[string]string, name, v string) {
	if strings.ContainsAny(name, "#:") {
		return
	}
	key := "CRM_meta_" + strings.ReplaceAll(name, "-", "_")
	if _, ok := m[key]; !ok {
		m[key] = v
	}
}

// graphMeta adds what agents get to know about a resource.
func (r *Resource) graphMeta(m map[string]string) {
	if r.container != nil {
		m["CRM_meta_container"] = r.container.ID
	}
	switch r.Kind {
	case Primitives:
		if v, ok := r.meta["clone"]; ok {
			m["CRM_meta_clone"] = v
		}
		if v, ok := r.meta["remote-node"]; ok {
			m["CRM_meta_remote_node"] = v
		}
		if v, ok := r.meta["external-ip"]; ok {
			m["pcmk_external_ip"] = v
		}
	case Clone:
		d := r.CloneData
		m["CRM_meta_globally_unique"] = boolText(r.is(rUnique))
		m["CRM_meta_notify"] = boolText(r.is(rNotify))
		m["CRM_meta_clone_max"], m["CRM_meta_clone_node_max"] = itoa(d.Max), itoa(d.NodeMax)
		if r.is(rPromotable) {
			m["CRM_meta_promoted_max"], m["CRM_meta_promoted_node_max"] = itoa(d.PromotedMax), itoa(d.PromotedNodeMax)
			m["CRM_meta_master_max"], m["CRM_meta_master_node_max"] = itoa(d.PromotedMax), itoa(d.PromotedNodeMax)
		}
	}
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// addHost adds on which machine the container of a guest is while the action runs.
func (a *action) addHost(m map[string]string) {
	if a.node == nil || !a.node.IsGuest() {
		return
	}
	task := a.task
	if task == "notify" || task == "notified" {
		task = a.meta["notify_operation"]
	}
	c := a.node.Connection.container
	var h *Node
	switch task {
	case "stop", "stopped", "demote", "demoted":
		h = c.currentNode()
	case "start", "running", "monitor", "promote", "promoted":
		h = c.Assigned
	}
	if h == nil {
		return
	}
	if v, ok := a.rsc.meta["container-attribute-target"]; ok {
		m["CRM_meta_container_attribute_target"] = v
	}
	m["CRM_meta_physical_host"] = h.Name
}
