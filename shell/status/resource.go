package status

import (
	"strings"

	"quorate/engine/scheduler"
)

// ResourceList shows the resources under the title that fits the options; nil if there is nothing to say.
func (v *View) ResourceList() *List {
	l := &List{Title: "Full List of Resources"}
	v.inList = true
	defer func() { v.inList = false }()
	switch {
	case v.ByNode && !v.Inactive:
		return nil
	case v.ByNode:
		l.Title = "Inactive Resources"
	case !v.Inactive:
		l.Title = "Active Resources"
	}
	v.resources(l)
	if len(l.Items) > 0 {
		return l
	}
	switch {
	case v.ByNode:
		l.add("No inactive resources", "")
	case v.Inactive:
		l.add("No resources", "")
	default:
		l.add("No active resources", "")
	}
	return l
}

func (v *View) resources(l *List) {
	if v.Brief && !v.ByNode {
		v.brief(l, v.briefTop(), v.Inactive)
	}
	for _, r := range v.Cluster.Resources {
		if v.Brief && r.Kind == scheduler.Primitives && !v.ByNode || !v.wanted(r) || !v.listed(r) {
			continue
		}
		v.resource(l, r)
	}
}

// listed tells whether a top-level resource belongs into the list, by its activity.
func (v *View) listed(r *scheduler.Resource) bool {
	switch {
	case r.Internal() && !v.Detail:
		return false
	case r.Orphan() && !r.Active(true):
		return false
	case v.ByNode && v.OnlyNodes != nil && r.Active(false) && !v.runsOnShown(r):
		return false
	case v.ByNode: // the list of what is not active everywhere
		return !r.Active(true)
	case r.Active(false) && !v.runsOnShown(r): // also collections whose only active instance is an unmanaged one on a lost node
		return false
	case !v.Inactive:
		return r.Active(false)
	}
	return true
}

func (v *View) runsOnShown(r *scheduler.Resource) bool {
	for _, n := range r.RunningOn {
		if v.showsNode(n) {
			return true
		}
	}
	return false
}

// wanted applies the filter of resource names.
func (v *View) wanted(r *scheduler.Resource) bool {
	if v.OnlyResources == nil || v.OnlyResources[r.ID] || v.OnlyResources[r.ConfiguredID] {
		return true
	}
	for _, p := range parts(r) {
		if v.wanted(p) {
			return true
		}
	}
	return false
}

func parts(r *scheduler.Resource) []*scheduler.Resource {
	if r.Kind != scheduler.Bundle {
		return r.Children
	}
	var list []*scheduler.Resource
	for _, p := range r.Bundle.Replicas {
		for _, x := range []*scheduler.Resource{p.Child, p.IP, p.Container, p.Connection} {
			if x != nil {
				list = append(list, x)
			}
		}
	}
	return list
}

func (v *View) resource(l *List, r *scheduler.Resource) {
	switch r.Kind {
	case scheduler.Primitives:
		v.primitive(l, r)
	case scheduler.Group:
		v.group(l, r)
	case scheduler.Clone:
		v.clone(l, r)
	case scheduler.Bundle:
		v.bundle(l, r)
	}
}

func (v *View) primitive(l *List, r *scheduler.Resource) {
	l.add(v.line(r, shownID(r), v.location(r)), class(r))
}

// class is the css class of a resource's line.
func class(r *scheduler.Resource) string {
	switch {
	case !r.Managed():
		return "rsc-managed"
	case r.Failed():
		return "rsc-failed"
	case r.Role <= scheduler.RoleStopped && len(r.RunningOn) == 0:
		return "rsc-failed"
	case len(r.RunningOn) > 1:
		return "rsc-multiple"
	case r.FailureIgnored():
		return "rsc-failure-ignored"
	}
	return "rsc-ok"
}

// location is the node to show: where it runs, else where an operation is under way, else what it is locked to;
// nil if it is active on several nodes.
func (v *View) location(r *scheduler.Resource) *scheduler.Node {
	switch n := r.CurrentNode(); {
	case n != nil:
		return n
	case r.PendingNode != nil:
		return r.PendingNode
	}
	return r.LockNode
}

// line is the text for a primitive: agent, state, node and flags. node is the one it is shown at.
func (v *View) line(r *scheduler.Resource, id string, node *scheduler.Node) string {
	var b strings.Builder
	b.WriteString(id + "\t(" + r.Agent() + "):\t")
	v.state(&b, r, node, !v.HideNodes && (!v.ByNode || v.inList))
	return b.String()
}

// pendingWords say what an operation under way makes of a resource.
var pendingWords = map[string]string{"start": "Starting", "stop": "Stopping", "migrate_to": "Migrating",
	"migrate_from": "Migrating", "promote": "Promoting", "demote": "Demoting"}

// shownRole is the role for people: an instance of a promotable clone that is only started is unpromoted.
func shownRole(r *scheduler.Resource) scheduler.Role {
	role := r.Role
	if role == scheduler.RoleUnknown {
		role = scheduler.RoleStopped
	}
	if role == scheduler.RoleStarted && r.Promotable() {
		role = scheduler.RoleUnpromoted
	}
	return role
}

// roleText is the state as shown: an operation under way, or the role.
func (v *View) roleText(r *scheduler.Resource) string {
	if w := pendingWords[r.PendingTask]; v.Pending && w != "" {
		return w
	}
	return shownRole(r).String()
}

func (v *View) state(b *strings.Builder, r *scheduler.Resource, node *scheduler.Node, withNode bool) {
	if r.Orphan() {
		b.WriteString(" ORPHANED")
	}
	role := shownRole(r)
	if r.Failed() {
		b.WriteString(" FAILED")
		if role > scheduler.RoleUnpromoted {
			b.WriteString(" " + role.String())
		}
	} else {
		b.WriteString(" " + v.roleText(r))
	}
	if len(r.RunningOn) > 1 && withNode {
		node = nil
	}
	if !withNode {
		node = nil
	}
	if node != nil {
		b.WriteString(" " + v.nodeInLine(node))
	}
	if role == scheduler.RoleStopped {
		if text := v.maskedFailure(probedID(r), node); text != "" {
			b.WriteString(" (" + text + ") ")
		}
	}
	if flags := v.flags(r, node); len(flags) > 0 {
		b.WriteString(" (" + strings.Join(flags, ", ") + ")")
	}
	if withNode && len(r.RunningOn) > 1 {
		v.severalNodes(b, r)
	}
}

// nodeInLine names a node in a resource's line.
func (v *View) nodeInLine(n *scheduler.Node) string { return n.Name }

// severalNodes lists the nodes of a resource that is active on more than one.
func (v *View) severalNodes(b *strings.Builder, r *scheduler.Resource) {
	if r.Element != nil {
		if d := r.Element.SelectAttrValue("description", ""); d != "" {
			b.WriteString(" " + d)
		}
	}
	var names []string
	for _, n := range r.RunningOn {
		names = append(names, n.Name)
	}
	b.WriteString(" " + bracketed(names))
}

// flags are the remarks in parentheses.
func (v *View) flags(r *scheduler.Resource, node *scheduler.Node) []string {
	var f []string
	if node != nil && !node.Online && node.Unclean {
		f = append(f, "UNCLEAN")
	}
	if node != nil && node == r.LockNode {
		f = append(f, "LOCKED")
	}
	if v.Pending && r.PendingTask == "monitor" {
		f = append(f, "Monitoring")
	}
	if t := targetRole(r); t != "" {
		f = append(f, t)
	}
	switch {
	case r.Blocked():
		f = append(f, "blocked")
	case !r.Managed():
		f = append(f, "unmanaged")
	}
	if r.FailureIgnored() {
		f = append(f, "failure ignored")
	}
	return f
}

// targetRole is the remark about a target-role that holds the resource down, "" if none does.
func targetRole(r *scheduler.Resource) string {
	value, ok := r.Meta("target-role")
	if !ok {
		return ""
	}
	switch strings.ToLower(value) {
	case "stopped":
		return "disabled"
	case "unpromoted", "slave":
		if r.Promotable() {
			return "target-role:" + value
		}
	}
	return ""
}

// disabled tells whether the target-role holds the resource down.
func disabled(r *scheduler.Resource) bool { return targetRole(r) != "" }

// maskedFailure is the result of a probe that failed in a way that means "not running" here; node nil: anywhere. As in
// crm_mon, only entries count that name their node and the resource without an instance number.
func (v *View) maskedFailure(id string, node *scheduler.Node) string {
	for _, f := range v.FailedOps {
		if f.Masked && f.Name() == id && f.Element.SelectAttrValue("on_node", "") != "" && (node == nil || f.Element.SelectAttrValue("on_node", "") == node.Name) {
			return ResultText(f.RC)
		}
	}
	return ""
}

// probedID is the name by which crm_mon looks for masked failures: in a clone that of what is cloned.
func probedID(r *scheduler.Resource) string {
	if p := r.Parent; p != nil && p.Kind == scheduler.Group && p.Parent != nil {
		return p.ConfiguredID
	}
	return r.ConfiguredID
}

// shownID is the name for people: instances of anonymous clones have no numbers.
func shownID(r *scheduler.Resource) string {
	for p := r.Parent; p != nil; p = p.Parent {
		if p.Kind == scheduler.Clone && !p.Unique() {
			return r.ConfiguredID
		}
	}
	return r.ShownID()
}

// results are the agents' result codes in words.
var results = map[int]string{0: "ok", 1: "error", 2: "invalid parameter", 3: "unimplemented feature", 4: "insufficient privileges",
	5: "not installed", 6: "not configured", 7: "not running", 8: "promoted", 9: "promoted (failed)", 190: "OCF_DEGRADED",
	191: "promoted (degraded)"}

// ResultText names an agent's result code, "unknown" if it has no meaning.
func ResultText(rc int) string {
	if s, ok := results[rc]; ok {
		return s
	}
	return "unknown"
}
