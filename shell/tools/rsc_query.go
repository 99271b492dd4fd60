package tools

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/cib"
	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/engine/rule"
	"quorate/engine/scheduler"
	"quorate/ra"
	"quorate/shell/status"
)

// list shows all resources.
func (r *resourceCall) list() exit.Code {
	v := r.view()
	if r.out.xml {
		r.out.root.AddChild(v.ResourcesXML())
		return exit.OK
	}
	if len(r.cluster.Resources) == 0 {
		r.out.printf("NO resources configured\n")
		return exit.OK
	}
	status.WriteText(r.out.w, false, v.ResourceList())
	return exit.OK
}

// listRaw shows the ids of primitive instances.
func (r *resourceCall) listRaw() exit.Code {
	found := primitives(r.cluster.Resources...)
	e := r.out.element("list", "name", "resource names", "count", strconv.Itoa(len(found)))
	for _, p := range found {
		r.out.printf("%s\n", p.ID)
		item := newElement("item", "name", "resource")
		item.SetText(p.ID)
		e.AddChild(item)
	}
	return exit.OK
}

// locate shows the node of each instance, the last one first; of a group each node once.
func (r *resourceCall) locate() exit.Code {
	type place struct {
		node     string
		promoted bool
	}
	var places []place
	for _, x := range r.find(r.id) {
		for _, p := range primitives(x) {
			for _, n := range p.RunningOn {
				here := place{n.Name, p.Role == scheduler.RolePromoted}
				if x.Kind != scheduler.Group || !slices.Contains(places, here) {
					places = append(places, here)
				}
			}
		}
	}
	slices.Reverse(places)
	list := r.out.element("nodes", "resource", r.id)
	for _, p := range places {
		e := list.CreateElement("node")
		e.SetText(p.node)
		if p.promoted {
			e.CreateAttr("state", "promoted")
		}
		switch {
		case r.has("quiet"):
			r.out.printf("%s\n", p.node)
		case p.promoted:
			r.out.printf("resource %s is running on: %s Promoted\n", r.id, p.node)
		default:
			r.out.printf("resource %s is running on: %s\n", r.id, p.node)
		}
	}
	if len(places) == 0 && !r.has("quiet") && !r.out.xml {
		r.out.note("resource %s is NOT running", r.id)
	}
	return exit.OK
}

// queryXML shows the line about the resource and its definition.
func (r *resourceCall) queryXML() exit.Code {
	e := r.element(r.rsc)
	if r.verb == "query-xml" && r.rsc.Element != nil && r.rsc.Element.SelectAttr("template") == nil && e.SelectAttr("template") != nil {
		e = r.rsc.Element
	}
	text := cib.XML(e, true)
	v := r.view()
	v.HideNodes, v.Inactive = false, false
	idle := r.rsc.Kind != scheduler.Primitives && !r.rsc.Active(false)
	if r.out.xml {
		config := r.out.element("resource_config")
		if !idle {
			config.AddChild(v.ResourceXML(r.rsc))
		}
		config.CreateElement("xml").CreateCData(text)
		return exit.OK
	}
	switch {
	case idle:
	case r.rsc.Kind == scheduler.Primitives:
		r.out.printf("%s\n", v.Line(r.rsc))
	default:
		v.OnlyResources = map[string]bool{r.rsc.ID: true}
		status.WriteText(r.out.w, true, v.ResourceList())
	}
	r.out.printf("Resource XML:\n%s", text)
	return exit.OK
}

// getParameter shows one parameter as in force now.
func (r *resourceCall) getParameter() exit.Code {
	value, ok := "", false
	switch {
	case r.has("meta"):
		value, ok = r.configuredMeta(r.rsc, r.arg)
	case r.has("utilization"):
		value, ok = r.ownPair("utilization", r.arg)
	default:
		value, ok = r.rsc.Param(r.arg)
	}
	if len(runsOn(r.rsc)) > 1 {
		r.out.note("%s is active on more than one node, returning the default value for %s", r.rsc.ID, r.arg)
	}
	if !ok {
		r.out.note("Attribute '%s' not found for '%s'", r.arg, r.rsc.ID)
		return exit.OK
	}
	r.out.printf("%s\n", value)
	list := r.out.element("list", "name", "attributes", "count", "1")
	item := newElement("item", "name", r.arg)
	item.SetText(value)
	list.AddChild(item)
	return exit.OK
}

// configuredMeta is a meta attribute that someone set, here, in a collection around it or as a default.
func (r *resourceCall) configuredMeta(x *scheduler.Resource, name string) (string, bool) {
	var places []*etree.Element
	for p := x; p != nil; p = p.Parent {
		places = append(places, r.element(p), p.Element) // the latter has what comes from a template
	}
	places = append(places, r.doc.Section("rsc_defaults"))
	for _, e := range places {
		if e == nil {
			continue
		}
		for _, nv := range e.FindElements("meta_attributes/nvpair") {
			if nv.SelectAttrValue("name", "") == name {
				return x.Meta(name)
			}
		}
	}
	return "", false
}

// ownPair reads a pair from the resource's own sets.
func (r *resourceCall) ownPair(tag, name string) (string, bool) {
	e := r.element(r.rsc)
	for _, set := range e.SelectElements(tag) {
		for _, nv := range set.SelectElements("nvpair") {
			if nv.SelectAttrValue("name", "") == name {
				return nv.SelectAttrValue("value", ""), true
			}
		}
	}
	return "", false
}

// operations lists the history, by node and resource.
func (r *resourceCall) operations() exit.Code {
	list := newElement("operations")
	v := r.view()
	st := r.doc.Section("status")
	if st == nil {
		return exit.OK
	}
	for _, node := range st.SelectElements("node_state") {
		uname := node.SelectAttrValue("uname", "")
		if n := r.cluster.Node(uname); r.node != nil && r.node != n || n == nil || !n.Online && !r.cluster.Options.Stonith {
			continue
		}
		for _, h := range node.FindElements("lrm/lrm_resources/lrm_resource") {
			x := r.ofHistory(h.SelectAttrValue("id", ""))
			if r.rsc != nil && (x == nil || x.ConfiguredID != r.rsc.ConfiguredID && x.ID != r.rsc.ID) {
				continue
			}
			for _, op := range shownHistory(h, r.verb == "list-operations") {
				r.operation(list, v, x, h, op, uname)
			}
		}
	}
	if r.out.xml && len(list.Child) > 0 {
		r.out.root.AddChild(list)
	}
	return exit.OK
}

// ofHistory is the first resource that has the id, or had it when it ran.
func (r *resourceCall) ofHistory(id string) *scheduler.Resource {
	var found *scheduler.Resource
	everyResource(r.cluster.Resources, func(x *scheduler.Resource) {
		if found == nil && (x.ID == id || x.HistoryName == id) {
			found = x
		}
	})
	if found == nil {
		found = r.cluster.FindHistory(id)
	}
	return found
}

// shownHistory lists the operations of one resource in their order; active only: those since it was
// last started or found running, none if it was stopped since.
func shownHistory(h *etree.Element, active bool) []*etree.Element {
	ops := scheduler.SortHistory(h)
	if !active {
		return ops
	}
	start, stop, found := -1, -1, -1
	for i, op := range ops {
		rc := op.SelectAttrValue("rc-code", "")
		switch task := op.SelectAttrValue("operation", ""); {
		case task == "stop" && op.SelectAttrValue("op-status", "") == "0":
			stop = i
		case task == "start" || task == "migrate_from" || task == "promote" && start < 0 || task == "demote" && start < 0:
			start = i
		case task == "monitor" && (rc == "0" || rc == "8") && found < 0:
			found = i
		}
	}
	if start < 0 {
		start = found
	}
	if stop > start {
		return nil
	}
	return ops[max(start, 0):]
}

// operation shows one entry of the history.
func (r *resourceCall) operation(list *etree.Element, v *status.View, x *scheduler.Resource, h, op *etree.Element, node string) {
	a := func(name string) string { return op.SelectAttrValue(name, "") }
	n, _ := strconv.Atoi(a("op-status")) // written by the engine as a number
	state := status.OpStatusText(n)
	label := h.SelectAttrValue("id", "") + "\t(" + agentOf(h) + "):\t Orphan"
	if x != nil {
		label = v.Line(x)
	}
	when := a("last-rc-change")
	more := ""
	if s, err := strconv.ParseInt(when, 10, 64); err == nil {
		when = time.Unix(s, 0).In(r.Now().Location()).Format("Mon Jan _2 15:04:05 2006")
	}
	key := a("operation_key")
	if key == "" {
		key = a("id")
	}
	e := newElement("operation", "op", key, "node", node, "call", a("call-id"), "rc", a("rc-code"), "status", state,
		"rsc", h.SelectAttrValue("id", ""), "agent", agentOf(h))
	if when != "" {
		more += ", last-rc-change='" + when + "'"
		e.CreateAttr("last-rc-change", when)
	}
	if t := a("exec-time"); t != "" {
		more += ", exec=" + t + "ms"
		e.CreateAttr("exec-time", t)
	}
	r.out.printf("%s: %s (node=%s, call=%s, rc=%s%s): %s\n", label, key, node, a("call-id"), a("rc-code"), more, state)
	list.AddChild(e)
}

func agentOf(h *etree.Element) string {
	return ra.Agent{Class: h.SelectAttrValue("class", ""), Provider: h.SelectAttrValue("provider", ""), Type: h.SelectAttrValue("type", "")}.String()
}

// why says for each resource whether it runs, and what of the configuration keeps it down.
func (r *resourceCall) why() exit.Code {
	reason := r.out.element("reason")
	if r.rsc != nil {
		running := r.sayRunning(r.rsc)
		switch {
		case r.node == nil:
			reason.CreateAttr("running", strconv.FormatBool(running))
		case running:
			reason.CreateAttr("running_on", r.node.Name)
		}
		reason.AddChild(r.check(r.rsc))
		return exit.OK
	}
	list := r.cluster.Resources
	if r.node != nil {
		list = slices.DeleteFunc(primitives(list...), func(p *scheduler.Resource) bool { return !slices.Contains(p.RunningOn, r.node) })
	}
	resources := reason.CreateElement("resources")
	for _, x := range list {
		e := newElement("resource", "id", x.ID, "running", strconv.FormatBool(r.sayRunning(x)))
		if r.node != nil {
			e.CreateAttr("host", r.node.Name)
		}
		e.AddChild(r.check(x))
		resources.AddChild(e)
	}
	return exit.OK
}

// sayRunning tells whether a resource runs, on the node of -N or anywhere.
func (r *resourceCall) sayRunning(x *scheduler.Resource) bool {
	nodes, where := runsOn(x), ""
	running := len(nodes) > 0
	if r.node != nil {
		running, where = slices.Contains(nodes, r.node), " on host "+r.node.Name
	}
	word := "is not running"
	if running {
		word = "is running"
	}
	r.out.printf("Resource %s %s%s\n", x.ID, word, where)
	return running
}

// check names what of the configuration holds the resource.
func (r *resourceCall) check(x *scheduler.Resource) *etree.Element {
	id := top(x).ID
	e := newElement("check", "id", id)
	role, _ := x.Meta("target-role")
	switch strings.ToLower(role) {
	case "stopped":
		r.out.printf("Configuration specifies '%s' should remain stopped\n", id)
		e.CreateAttr("remain_stopped", "true")
	case "unpromoted", "slave":
		if x.Promotable() {
			r.out.printf("Configuration specifies '%s' should not be promoted\n", id)
			e.CreateAttr("promotable", "false")
		}
	}
	if managed, set := x.Meta("is-managed"); set && !rule.IsTrue(managed) {
		r.out.printf("Configuration prevents cluster from stopping or starting unmanaged '%s'\n", id)
		e.CreateAttr("unmanaged", "true")
	}
	if x.LockNode != nil {
		r.out.printf("'%s' is locked to node %s due to shutdown\n", x.ID, x.LockNode.Name)
		e.CreateAttr("locked-to", x.LockNode.Name)
	}
	return e
}

// digests shows the digests of the parameters; NAME=VALUE words replace parameters.
func (r *resourceCall) digests() exit.Code {
	if r.node == nil {
		r.out.fail("Must supply a node name with -N")
		return exit.Usage
	}
	if r.rsc.Kind != scheduler.Primitives {
		r.out.fail("Error performing operation: %s", exit.Unimplemented)
		return exit.Unimplemented
	}
	params, err := r.parameters(r.rsc)
	if err != nil {
		r.out.fail("%v", err)
		return exit.Config
	}
	for _, w := range r.words {
		name, val, ok := strings.Cut(w, "=")
		if !ok {
			r.out.fail("Invalid NAME=VALUE: %s", w)
			return exit.Usage
		}
		params[name] = val
	}
	op := executor.Operation{Resource: r.rsc.ID, Class: r.rsc.Class, Provider: r.rsc.Provider, Type: r.rsc.Type, Action: "start", Params: params}
	meta, _ := ra.Meta(r.ctx, ra.Agent{Class: r.rsc.Class, Provider: r.rsc.Provider, Type: r.rsc.Type}) // nil: no parameter is known
	d := executor.OperationDigests(op, meta)
	secure := d.Secure
	if secure == "" {
		secure = d.All
	}
	list := r.out.element("digests", "resource", r.rsc.ID, "node", r.node.Name, "task", "start", "interval", "0ms")
	for _, p := range [][3]string{{"all", d.All, "all parameters"}, {"nonprivate", secure, "non-private parameters"}, {"nonreloadable", d.Restart, "non-reloadable parameters"}} {
		if p[1] == "" || p[0] == "nonreloadable" && !r.hasRestartDigest() {
			continue
		}
		r.out.printf("%s (%s)\n", p[1], p[2])
		e := newElement("digest", "type", p[0], "hash", p[1])
		shown := e.CreateElement("parameters")
		for _, name := range slices.Sorted(maps.Keys(params)) {
			if p[0] == "all" || meta == nil || meta.Parameter(name) == nil || !executor.IsPrivate(meta.Parameter(name)) {
				shown.CreateAttr(name, params[name])
			}
		}
		list.AddChild(e)
	}
	return exit.OK
}

// hasRestartDigest reports whether the history on the node has a digest of the parameters that need a restart.
func (r *resourceCall) hasRestartDigest() bool {
	for _, op := range r.doc.Root().FindElements(fmt.Sprintf("status/node_state[@uname='%s']/lrm/lrm_resources/lrm_resource[@id='%s']/lrm_rsc_op", r.node.Name, r.rsc.ConfiguredID)) {
		if op.SelectAttr("op-restart-digest") != nil {
			return true
		}
	}
	return false
}
