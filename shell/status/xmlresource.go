package status

import (
	"strconv"

	"github.com/beevik/etree"

	"quorate/engine/scheduler"
)

func (m *Mon) resourcesXML(top *etree.Element) {
	if m.ByNode && !m.Inactive {
		return
	}
	list := etree.NewElement("resources")
	for _, r := range m.Cluster.Resources {
		if m.wanted(r) && m.listed(r) {
			m.resourceXML(list, r)
		}
	}
	if len(list.Child) > 0 || m.OnlyResources != nil {
		top.AddChild(list)
	}
}

func (m *Mon) resourceXML(parent *etree.Element, r *scheduler.Resource) {
	switch r.Kind {
	case scheduler.Primitives:
		m.primitiveXML(parent, r)
	case scheduler.Group:
		m.groupXML(parent, r)
	case scheduler.Clone:
		m.cloneXML(parent, r)
	case scheduler.Bundle:
		m.bundleXML(parent, r)
	}
}

func (m *Mon) primitiveXML(parent *etree.Element, r *scheduler.Resource) {
	e := node(parent, "resource", "id", shownID(r), "resource_agent", r.Agent(), "role", m.roleXML(r))
	if t, ok := r.Meta("target-role"); ok {
		attr(e, "target_role", t)
	}
	for _, a := range [][2]string{{"active", boolText(r.Active(true))}, {"orphaned", boolText(r.Orphan())}, {"blocked", boolText(r.Blocked())},
		{"managed", boolText(r.Managed())}, {"failed", boolText(r.Failed())}, {"failure_ignored", boolText(r.FailureIgnored())},
		{"nodes_running_on", strconv.Itoa(len(r.RunningOn))}} {
		attr(e, a[0], a[1])
	}
	if m.Pending && r.PendingTask == "monitor" {
		attr(e, "pending", "Monitoring")
	}
	if r.LockNode != nil {
		attr(e, "locked_to", r.LockNode.Name)
	}
	for _, n := range r.RunningOn {
		node(e, "node", "name", n.Name, "id", n.ID, "cached", boolText(n.Online))
	}
}

// roleXML is the role, or what an operation under way is making of it.
func (m *Mon) roleXML(r *scheduler.Resource) string {
	if w := pendingWords[r.PendingTask]; m.Pending && w != "" {
		return w
	}
	return shownRole(r).String()
}

func (m *Mon) groupXML(parent *etree.Element, r *scheduler.Resource) {
	e := etree.NewElement("group")
	for _, k := range r.Children {
		if m.wanted(k) || m.wantedUp(r) {
			m.resourceXML(e, k)
		}
	}
	if len(e.Child) == 0 {
		return
	}
	attr(e, "id", r.ID)
	attr(e, "number_resources", strconv.Itoa(len(r.Children)))
	attr(e, "managed", boolText(r.Managed()))
	attr(e, "disabled", boolText(disabled(r)))
	parent.AddChild(e)
}

func (m *Mon) cloneXML(parent *etree.Element, r *scheduler.Resource) {
	e := node(parent, "clone", "id", r.ID, "multi_state", boolText(r.Promotable()), "unique", boolText(r.Unique()),
		"managed", boolText(r.Managed()), "disabled", boolText(disabled(r)), "failed", boolText(r.Failed()),
		"failure_ignored", boolText(r.FailureIgnored()))
	t, ok := r.Meta("target-role")
	if !ok && len(r.Children) > 0 {
		t, ok = r.Children[0].Meta("target-role")
	}
	if ok {
		attr(e, "target_role", t)
	}
	for _, k := range r.Children {
		if m.OnlyNodes != nil && k.Active(false) && !m.runsOnShown(k) {
			continue
		}
		if m.wanted(k) || m.wantedUp(k) {
			m.resourceXML(e, k)
		}
	}
}

func (m *Mon) bundleXML(parent *etree.Element, r *scheduler.Resource) {
	e := node(parent, "bundle", "id", r.ID, "type", r.Bundle.Agent, "image", r.Bundle.Image, "unique", boolText(r.Unique()),
		"managed", boolText(r.Managed()), "failed", boolText(r.Failed()))
	for _, p := range r.Bundle.Replicas {
		if !m.Inactive && !m.ByNode && !p.Container.Active(false) {
			continue
		}
		parts := m.replicaParts(r, p)
		if len(parts) == 0 {
			continue
		}
		rep := node(e, "replica", "id", strconv.Itoa(p.Number))
		for _, x := range parts {
			m.resourceXML(rep, x)
		}
	}
}
