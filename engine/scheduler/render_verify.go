package scheduler

import (
	"slices"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// Verify lists what is wrong with a configuration and its cluster, as crm_verify tells it: what reading complained about,
// then what can be seen in the whole. Errors are to be fixed, warnings to be judged.
func (r *Result) Verify() []Message {
	v := &verifier{c: r.Cluster}
	if !v.c.Options.StartupFencing {
		v.tell(Message{Notice, "Blind faith: not fencing unseen nodes"})
	}
	for _, x := range r.Cluster.Resources {
		x.leaves(readOnFail)
	}
	for _, m := range r.Cluster.Messages {
		v.tell(m)
	}
	if v.c.Options.All["stonith-action"] == "poweroff" {
		v.deprecated("stonith-action of 'poweroff'", "use 'off' instead")
	}
	if v.c.Options.RemoveAfterStop {
		v.deprecated("the remove-after-stop cluster property", "")
	}
	if i := slices.IndexFunc(v.c.Nodes, func(n *Node) bool { return n.Kind == Ping }); i >= 0 {
		v.deprecated("nodes of type 'ping' (such as "+v.c.Nodes[i].Name+")", "")
	}
	conf := kid(v.c.cib, "configuration")
	v.orders(kid(conf, "constraints"))
	status := kid(v.c.cib, "status")
	for _, x := range r.Cluster.Resources {
		v.resource(x)
		if status != nil { // else nothing would be done, so nothing repeated
			x.leaves(v.recurring)
		}
	}
	v.nodeStates(status)
	v.fencing(r)
	return v.found
}

type verifier struct {
	c     *Cluster
	found []Message
}

func (v *verifier) err(text string)  { v.tell(Message{Error, text}) }
func (v *verifier) warn(text string) { v.tell(Message{Warning, text}) }

// tell says a thing once: the instances of a clone have all the same mistakes.
func (v *verifier) tell(m Message) {
	if !slices.Contains(v.found, m) {
		v.found = append(v.found, m)
	}
}

func (v *verifier) deprecated(what, instead string) {
	text := "Support for " + what + " is deprecated and will be removed in a future release"
	if instead != "" {
		text += " (" + instead + ")"
	}
	v.warn(text)
}

// outdated complains about meta attributes that are to go, wherever they were inherited from.
func (v *verifier) outdated(r *Resource) {
	if r.Kind == Primitives && foldEq(r.meta["restart-type"], "restart") {
		v.deprecated("restart-type", "")
	}
	for _, name := range []string{"ordered", "collocated"} {
		if on, ok := rule.ParseBool(r.meta[name]); r.Kind == Group && ok && !on {
			v.deprecated("the '"+name+"' group meta-attribute", "use a resource set instead")
		}
	}
}

// recurring complains about operations with an interval that are not repeated for all that.
func (v *verifier) recurring(r *Resource) {
	if r.is(rBlocked) || r.is(rMaintenance) {
		return // nothing is repeated there
	}
	for _, d := range r.ops {
		if d.interval <= 0 || d.badTime {
			continue
		}
		if doneOnce[d.name] {
			v.err("Ignoring " + attr(d.elem, "id") + " because " + d.name + " action cannot be recurring")
		} else if same := r.alike(d); len(same) > 1 && d != same[0] {
			v.err("Operation " + attr(same[1].elem, "id") + " is duplicate of " + attr(same[0].elem, "id") +
				" (do not use same name and interval combination more than once per resource)")
		}
	}
}

func (v *verifier) orders(e *etree.Element) {
	for _, o := range kids(e, "rsc_order") {
		if o.SelectAttr("score") != nil && o.SelectAttr("kind") == nil {
			v.deprecated("'score' in rsc_order", "use 'kind' instead")
		}
		if first := v.c.constraintResource(attr(o, "first")); o.SelectAttr("require-all") != nil && first != nil && first.Kind == Clone {
			if _, ok := first.meta["clone-min"]; !ok {
				v.deprecated("require-all in ordering constraints", "use clone-min clone meta-attribute instead")
			}
		}
		v.serialized(o, attr(o, "kind"), attr(o, "symmetrical"))
		for _, s := range kids(o, "resource_set") {
			s = v.c.deref(s)
			v.serialized(s, or(attr(s, "kind"), attr(o, "kind")), attr(o, "symmetrical"))
		}
	}
}

// serialized complains about an order, or a set of one, that has no inverse although it asks for it.
func (v *verifier) serialized(e *etree.Element, kind, symmetrical string) {
	if foldEq(kind, "Serialize") && rule.IsTrue(symmetrical) {
		v.warn("Ignoring symmetrical for '" + attr(e, "id") + "' because not valid with kind of 'Serialize'")
	}
}

// resource checks a resource and everything below it.
func (v *verifier) resource(r *Resource) {
	if r.is(rOrphan) && len(r.RunningOn) > 0 {
		v.warn("Detected active orphan " + r.ID + " running on " + r.RunningOn[0].Name)
	}
	v.targetRole(r)
	v.multipleActive(r)
	v.outdated(r)
	for _, k := range r.Children {
		v.resource(k)
	}
}

// readOnFail lets the reactions to failures of what was planned be read, which complains about bad ones.
func readOnFail(r *Resource) {
	for _, d := range r.ops {
		if r.find(d.name, d.interval) != nil {
			r.onFailOf(d, d.name, d.interval)
		}
	}
}

func (v *verifier) multipleActive(r *Resource) {
	switch s, ok := r.meta["multiple-active"]; s {
	case "stop_only", "block", "stop_unexpected", "stop_start":
	default:
		if ok {
			v.warn(s + ` is not a valid value for multiple-active, using default of "stop_start"`)
		}
	}
}

func (v *verifier) targetRole(r *Resource) {
	s, ok := r.meta["target-role"]
	if !ok || foldEq(s, "default") || r.Parent != nil && r.Parent.meta["target-role"] == s {
		return
	}
	switch role := parseRole(s); {
	case role == RoleUnknown:
		v.err("Ignoring 'target-role' for " + r.ID + " because '" + s + "' is not valid")
	case role > RoleStarted && !r.top().is(rPromotable):
		v.err("Ignoring 'target-role' for " + r.ID + " because '" + s + "' only makes sense for promotable clones")
	}
}

// nodeStates complains about states of nodes that are not there.
func (v *verifier) nodeStates(status *etree.Element) {
	for _, s := range kids(status, "node_state") {
		id, name := attr(s, "id"), attr(s, "uname")
		switch {
		case id == "":
			v.warn("Ignoring malformed node_state entry without id")
		case name == "":
			v.warn("Ignoring malformed node_state entry without uname")
		case v.c.findNode(id, name) == nil:
			v.warn("Ignoring recorded node state for '" + name + "' because it is no longer in the configuration")
		}
	}
}

// fencing tells which nodes are to be fenced, and which ought to be but cannot.
func (v *verifier) fencing(r *Result) {
	fenced := map[string]bool{}
	for _, a := range r.Graph.Actions {
		if a.Type == CrmEvent && a.Operation == "stonith" && a.Attr("CRM_meta_stonith_action") != "on" {
			fenced[a.NodeName] = true
			v.warn("Scheduling node " + a.NodeName + " for fencing")
		}
	}
	for _, n := range r.Cluster.Nodes {
		if n.Unclean && !fenced[n.Name] && !n.IsGuest() {
			v.warn("Node " + n.Name + " is unclean but cannot be fenced")
		}
	}
}
