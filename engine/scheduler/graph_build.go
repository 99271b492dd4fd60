package scheduler

import (
	"sort"
	"time"
)

// FeatureSet is the CRM feature set that graphs claim.
const FeatureSet = "3.16.1"

// voidInvalid drops links that make no sense: between a container and what runs inside, and
// load links that would close a loop through a migration.
func (c *Cluster) voidInvalid() {
	for i := len(c.actions) - 1; i >= 0; i-- {
		t := c.actions[i]
		for j := len(t.inputs) - 1; j >= 0; j-- {
			l := t.inputs[j]
			switch {
			case l.flags == 0:
			case l.flags&lPreserve == 0 && t.rsc != nil && l.first.rsc != nil && l.first.node != nil && l.first.node.Connection != nil && l.first.node.Connection.container == t.rsc:
				l.flags = 0
			case l.flags == lLoad && t.task == "migrate_to" && l.first != t && c.loops(t, l):
				l.flags = 0
			}
		}
	}
}

// loops reports whether the first action of a link waits for its then action.
func (c *Cluster) loops(t *action, l *link) bool {
	seen := map[*action]bool{}
	var reach func(a *action) bool
	reach = func(a *action) bool {
		if a == t {
			return true
		}
		if seen[a] {
			return false
		}
		seen[a] = true
		for _, in := range a.inputs {
			if c.isInput(a, in, false) && reach(in.first) {
				return true
			}
		}
		return false
	}
	return c.isInput(t, l, false) && reach(l.first)
}

// graphBuilder writes actions into the graph in the order of the resources.
type graphBuilder struct {
	c       *Cluster
	graph   *Graph
	list    []*action
	blocked []*action
}

func (c *Cluster) buildGraph() *Graph {
	o := c.Options
	g := &Graph{ClusterDelay: time.Duration(o.ClusterDelay) * time.Millisecond, StonithTimeout: time.Duration(o.StonithTimeout) * time.Millisecond,
		BatchLimit: o.BatchLimit, MigrationLimit: o.MigrationLimit, FailedStopOffset: "INFINITY", FailedStartOffset: "INFINITY", RecheckBy: c.recheck}
	if !o.StartFailureFatal {
		g.FailedStartOffset = "1"
	}
	b := &graphBuilder{c: c, graph: g}
	for _, r := range c.Resources {
		r.variant.write(b)
	}
	b.maintenance()
	for i := len(c.actions) - 1; i >= 0; i-- {
		b.action(c.actions[i])
	}
	for _, a := range b.list {
		g.Actions = append(g.Actions, b.export(a))
		for _, l := range a.inputs {
			if l.inGraph && !l.first.is(aDumped) {
				l.first.set1(aDumped)
				g.Blocked = append(g.Blocked, b.export(l.first))
				b.blocked = append(b.blocked, l.first)
			}
		}
	}
	for _, a := range b.blocked {
		a.clear(aDumped)
	}
	return g
}

func (b *graphBuilder) own(r *Resource) {
	for i := len(r.actions) - 1; i >= 0; i-- {
		b.action(r.actions[i])
	}
}

func (v primitive) write(b *graphBuilder) { b.own(v.r) }

func (v group) write(b *graphBuilder) {
	b.own(v.r)
	for _, k := range v.r.Children {
		k.variant.write(b)
	}
}

// write makes the notifications first: only now it is known what all instances will do.
func (v clone) write(b *graphBuilder) {
	r := v.r
	for i := len(r.actions) - 1; i >= 0; i-- {
		v.summary(r.actions[i], nil) // brings the events up to date
	}
	if r.is(rNotify) {
		b.c.createNotifications(r)
	}
	for _, k := range r.Children {
		k.variant.write(b)
	}
	b.own(r)
}

// write leaves the bundle's own events to the end of the graph, where all go that no resource wrote.
func (v bundle) write(b *graphBuilder) {
	if k := v.r.Bundle.Clone; k != nil {
		k.variant.write(b)
	}
	for _, p := range v.r.Bundle.Replicas {
		for _, k := range []*Resource{p.IP, p.Container, p.Connection} {
			if k != nil {
				k.variant.write(b)
			}
		}
	}
}

// action writes one action, if it belongs into the graph.
func (b *graphBuilder) action(a *action) {
	a.mergeInputs()
	if a.is(aDumped) || !a.inGraph() {
		return
	}
	a.set1(aDumped)
	b.list = append(b.list, a)
	for _, l := range a.inputs {
		l.inGraph = l.inGraph || b.c.isInput(a, l, true)
	}
}

// mergeInputs sorts the links into an action by id, and makes one of those from the same action.
func (a *action) mergeInputs() {
	if a.is(aMerged) {
		return
	}
	a.set1(aMerged)
	sort.SliceStable(a.inputs, func(i, j int) bool { return a.inputs[i].first.id < a.inputs[j].first.id })
	out := a.inputs[:0]
	for _, l := range a.inputs {
		if n := len(out); n > 0 && out[n-1].first == l.first {
			out[n-1].flags |= l.flags
			out[n-1].inGraph = out[n-1].inGraph || l.inGraph
			continue
		}
		out = append(out, l)
	}
	a.inputs = out
}

// inGraph reports whether an action is to be carried out, and can be.
func (a *action) inGraph() bool {
	if !a.runnable() || a.optional() && !a.is(aPrintAlways) {
		return false
	}
	if r := a.rsc; r != nil && !r.is(rManaged) && a.task != "monitor" && !a.hasInterval() {
		return false
	}
	if a.pseudo() || a.task == "stonith" || a.task == "do_shutdown" {
		return true
	}
	n := a.node
	switch {
	case n == nil:
		return false
	case a.is(aOnDC):
		return true
	case n.IsGuest() && !n.reset:
		return true
	}
	return n.Online && !n.Unclean
}

// hasInterval reports whether the meta attributes give an interval: cancels of unmanaged
// resources go to the graph.
func (a *action) hasInterval() bool {
	if v, ok := a.meta["interval"]; ok && v != "0" {
		return true
	}
	return a.set != nil && a.interval > 0 && a.set.meta(a.rsc)["interval"] != ""
}

// isInput reports whether a link makes its first action an input of the then action. Links
// about load and exchange of places are judged now; mark voids those that do not hold.
func (c *Cluster) isInput(t *action, l *link, mark bool) bool {
	f := l.first
	void := func(ok bool) bool {
		if !ok && mark {
			l.flags = 0
		}
		return ok
	}
	switch {
	case l.inGraph:
		return true
	case l.flags == 0:
		return false
	case !f.runnable() && l.flags&^(lOrder|lPrintFirst|lPrintThen) == 0,
		!f.runnable() && l.flags&(lOne|lFirstMigrate) != 0,
		l.flags&lNotMigratable != 0 && f.is(aMigratable),
		l.flags == lOrder && f.is(aMigratable) && f.keyTask == "stop":
		return false
	case l.flags == lLoad && t.rsc != nil && t.task == "migrate_to":
		if !void(f.node != nil && f.node == t.rsc.Assigned) {
			return false
		}
	case l.flags == lLoad:
		if !void(f.node == t.node && !f.optional()) {
			return false
		}
	case l.flags == lAntiColocation:
		if f.node != nil && t.node != nil && f.node != t.node || f.optional() {
			return void(false)
		}
	case f.rsc != nil && f.rsc != t.rsc && f.rsc.is(rFailed) && !f.rsc.is(rManaged) && f.keyTask == "stop" && t.rsc != nil && t.rsc.Kind == Clone:
		return false
	}
	return !f.optional() || f.is(aPrintAlways) || f.is(aDumped) || f.inGraph()
}

// maintenance tells remote and guest nodes whose maintenance state changed.
func (b *graphBuilder) maintenance() {
	c := b.c
	var list []NodeMaintenance
	for _, n := range c.Nodes {
		if n.Kind == Remote && n.Maintenance != n.inMaintenance {
			list = append(list, NodeMaintenance{n.ID, n.Maintenance})
		}
	}
	if len(list) == 0 {
		return
	}
	a := c.pseudoEvent("maintenance_nodes")
	a.set1(aPrintAlways)
	b.action(a)
	a.maintenance = list
}

// downed lists the nodes that an action takes down.
func (a *action) downed() []string {
	switch {
	case a.task == "do_shutdown":
		return []string{a.node.ID}
	case a.task == "stonith":
		switch a.meta["stonith_action"] {
		case "off", "reboot", "poweroff":
		default:
			return nil
		}
		out := []string{a.node.ID}
		for _, r := range a.node.Running {
			if r.isGuestConnection() && r.remoteNode != nil {
				out = append(out, r.remoteNode.ID)
			}
		}
		return out
	case a.rsc != nil && a.rsc.is(rConnection) && a.task == "stop" && !a.pseudo():
		for _, l := range a.inputs {
			if l.first.rsc == a.rsc && l.first.task == "migrate_from" {
				return nil
			}
		}
		return []string{a.rsc.ID}
	}
	return nil
}

// graphType is the element an action becomes.
func (a *action) graphType() ActionType {
	switch {
	case a.pseudo():
		return PseudoEvent
	case a.task == "stonith", a.task == "do_shutdown", a.task == "clear_failcount", a.task == "lrm_delete":
		return CrmEvent
	}
	return RscOp
}

// export makes the graph's form of an action.
func (b *graphBuilder) export(a *action) *Action {
	g := &Action{ID: a.id, Type: a.graphType(), Operation: a.task, Key: a.name(), Maintenance: a.maintenance}
	if r := a.rsc; r != nil && r.HistoryName != "" {
		g.Key, g.InternalKey = a.historyKey(), a.name()
	}
	if a.node != nil && (!a.pseudo() || a.task == "stonith") {
		g.NodeName, g.NodeID = a.node.Name, a.node.ID
		if n := b.c.router(a); n != nil {
			g.Router = n.Name
		}
	}
	g.Priority = int(max(a.priority, 0))
	if r := a.rsc; r != nil {
		g.Priority = max(g.Priority, int(r.priority))
		if r.Kind == Primitives && !a.pseudo() {
			g.Primitive = r.graphName()
			if r.LockNode != nil && a.node == r.LockNode && (!a.node.Shutdown || a.task == "stop") {
				g.ShutdownLock = r.lockTime
			}
		}
	}
	g.Downed = a.downed()
	g.Attrs = a.attrs()
	for _, l := range a.inputs {
		if l.inGraph {
			g.Inputs = append(g.Inputs, l.first.id)
		}
	}
	return g
}

// historyKey is the key under the name that the history uses.
func (a *action) historyKey() string {
	h := a.rsc.HistoryName
	switch a.task {
	case "notify":
		return opKey(h, a.meta["notify_type"]+"_notify_"+a.meta["notify_operation"], 0)
	case "cancel":
		return opKey(h, a.meta["operation"], a.interval)
	}
	return opKey(h, a.task, a.interval)
}

// graphName is how the graph names a primitive.
func (r *Resource) graphName() *Primitive {
	if r.graphPrimitive != nil {
		return r.graphPrimitive
	}
	p := &Primitive{ID: r.ID, Class: r.Class, Provider: r.Provider, Type: r.Type}
	switch {
	case r.is(rOrphan) && r.HistoryName != "":
		p.ID, p.LongID = r.HistoryName, r.ID
	case !r.is(rUnique):
		p.ID, p.LongID = r.ConfiguredID, r.ID
		if r.HistoryName != "" && r.HistoryName != r.ConfiguredID {
			p.LongID = r.HistoryName
		}
	}
	r.graphPrimitive = p
	return p
}
