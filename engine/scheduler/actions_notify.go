package scheduler

import (
	"sort"
	"strings"
)

// notification is the frame of notifications around one kind of action of a clone: instances
// are told before (pre) and after (post), each with an event that confirms it.
type notification struct {
	task                         string
	pre, preDone, post, postDone *action
	env                          []namedValue
	lists                        map[string][]notifyEntry
}

type notifyEntry struct {
	rsc  *Resource
	node *Node
}

// newNotification makes the events; nil if the clone does not notify.
func (c *Cluster) newNotification(r *Resource, task, done string) *notification {
	if !r.is(rNotify) {
		return nil
	}
	act, complete := r.newestOn(task, nil), r.newestOn(done, nil)
	n := &notification{task: task}
	n.pre = r.notifyEvent("pre", task, task, act.optional(), true)
	n.preDone = r.notifyEvent("confirmed-pre", task, task, act.optional(), true)
	c.orderActions(n.pre, n.preDone, lOrder)
	c.orderActions(n.preDone, act, lOrder)
	n.makePost(r, task, done, complete)
	c.orderActions(n.preDone, n.post, lOrder)
	return n
}

func (n *notification) makePost(r *Resource, task, done string, complete *action) {
	c := r.cluster
	n.post = r.notifyEvent("post", task, done, complete.optional(), complete.runnable())
	n.postDone = r.notifyEvent("confirmed-post", task, done, complete.optional(), complete.runnable())
	n.post.priority, n.postDone.priority = Infinity, Infinity
	c.orderActions(complete, n.post, lThenRequired)
	c.orderActions(n.post, n.postDone, lThenRequired)
}

func (r *Resource) notifyEvent(keyType, task, keyTask string, optional, runnable bool) *action {
	name := "notify"
	typ, confirmed := strings.CutPrefix(keyType, "confirmed-")
	if confirmed {
		name = "notified"
	}
	a := r.pseudoKey(keyType+"_notify_"+keyTask, name, optional, runnable)
	if !runnable {
		a.clear(aRunnable)
	}
	a.metaSet("notify_key_type", keyType)
	a.metaSet("notify_key_operation", keyTask)
	a.metaSet("notify_type", typ)
	a.metaSet("notify_operation", task)
	return a
}

// createNotifications makes the instances' notify actions, just before the clone goes to the graph.
func (c *Cluster) createNotifications(r *Resource) {
	d := r.CloneData
	for _, n := range []*notification{d.startNotify, d.stopNotify, d.promoteNotify, d.demoteNotify} {
		if n == nil {
			continue
		}
		n.collect(r, true)
		n.addKeys(c, r)
		c.notifyInstances(r, n)
	}
}

func (n *notification) add(list string, r *Resource, on *Node) {
	n.lists[list] = append(n.lists[list], notifyEntry{r, on})
}

// collect finds out what each primitive below the clone is and will be.
func (n *notification) collect(r *Resource, activity bool) {
	if n.lists == nil {
		n.lists = map[string][]notifyEntry{}
	}
	r.leaves(func(x *Resource) {
		var on *Node
		if len(x.RunningOn) > 0 {
			on = x.RunningOn[0]
		}
		switch x.Role {
		case RoleStopped:
			n.add("inactive", x, nil)
		case RoleStarted:
			n.add("active", x, on)
		case RoleUnpromoted:
			n.add("unpromoted", x, on)
			n.add("active", x, on)
		case RolePromoted:
			n.add("promoted", x, on)
			n.add("active", x, on)
		}
		if !activity {
			return
		}
		for i := len(x.actions) - 1; i >= 0; i-- {
			a := x.actions[i]
			if a.optional() || a.node == nil || !a.runnable() && !(a.task == "stop" && a.node.Unclean) {
				continue
			}
			switch a.task {
			case "start", "stop", "promote", "demote":
				n.add(a.task, x, a.node)
			}
		}
	})
}

// join prints a list: sorted by resource id, then node id; an instance appears once.
func join(list []notifyEntry) (rscs, nodes string) {
	if len(list) == 0 {
		return " ", " "
	}
	list = append([]notifyEntry(nil), list...)
	id := func(n *Node) string {
		if n == nil {
			return ""
		}
		return n.ID
	}
	sort.SliceStable(list, func(i, j int) bool {
		if list[i].rsc.ID != list[j].rsc.ID {
			return list[i].rsc.ID < list[j].rsc.ID
		}
		return id(list[i].node) < id(list[j].node)
	})
	var r, u []string
	last := ""
	for _, e := range list {
		if e.rsc.ID == last {
			continue
		}
		last = e.rsc.ID
		r = append(r, e.rsc.ID)
		if e.node != nil {
			u = append(u, e.node.Name)
		}
	}
	return strings.Join(r, " "), strings.Join(u, " ")
}

func (n *notification) put(name, value string) { n.env = append(n.env, namedValue{name, value}) }

// addKeys computes the variables, and makes the events required if there is something to tell.
func (n *notification) addKeys(c *Cluster, r *Resource) {
	n.env = nil
	for _, k := range []struct {
		list  string
		names []string
	}{{"stop", []string{"stop"}}, {"start", []string{"start"}}, {"demote", []string{"demote"}}, {"promote", []string{"promote"}},
		{"active", []string{"active"}}, {"unpromoted", []string{"unpromoted", "slave"}}, {"promoted", []string{"promoted", "master"}}} {
		rscs, nodes := join(n.lists[k.list])
		for _, name := range k.names {
			n.put("notify_"+name+"_resource", rscs)
			n.put("notify_"+name+"_uname", nodes)
		}
	}
	rscs, _ := join(n.lists["inactive"])
	n.put("notify_inactive_resource", rscs)
	n.putNodes(c, r)
	if len(n.lists[n.task]) > 0 {
		for _, a := range []*action{n.pre, n.preDone, n.post, n.postDone} {
			if a != nil {
				a.clear(aOptional)
			}
		}
	}
}

func (n *notification) putNodes(c *Cluster, r *Resource) {
	var available, all, hosts []string
	for _, m := range r.Allowed() {
		available = append(available, m.Name)
	}
	for _, m := range c.Nodes {
		all = append(all, m.Name)
		if m.IsGuest() {
			if h := m.host(); h != nil {
				m = h
			}
		}
		hosts = append(hosts, m.Name)
	}
	n.put("notify_available_uname", or(strings.Join(available, " "), " "))
	n.put("notify_all_uname", or(strings.Join(all, " "), " "))
	if foldEq(r.meta["container-attribute-target"], "host") {
		n.put("notify_all_hosts", strings.Join(hosts, " "))
	}
}

// fill adds the variables to an action; what it has already stays.
func (n *notification) fill(a *action) {
	for _, v := range n.env {
		if _, ok := a.meta[v.name]; !ok {
			a.metaSet(v.name, v.value)
		}
	}
}

// notifyInstances makes the notify actions of all instances and tells the real actions.
func (c *Cluster) notifyInstances(r *Resource, n *notification) {
	if r.Kind != Primitives {
		for _, k := range r.Children {
			c.notifyInstances(k, n)
		}
		return
	}
	for _, a := range r.actions {
		if a.optional() || a.node == nil {
			continue
		}
		switch a.task {
		case "start", "stop", "promote", "demote":
			n.fill(a)
		}
	}
	if n.task != "stop" && len(n.lists[n.task]) == 0 {
		return
	}
	switch n.task {
	case "stop", "demote":
		c.notifyLeaving(r, n)
	default:
		c.notifyComing(r, n)
	}
}

func (c *Cluster) notifyLeaving(r *Resource, n *notification) {
	if r.Role == RoleStopped {
		return
	}
	stop := r.newestOn("stop", nil)
	for _, m := range r.RunningOn {
		if stop != nil && stop.pseudo() && (m.Unclean || m.reset) {
			continue
		}
		c.notifyAction(r, m, n, n.pre, n.preDone)
		if n.task == "demote" || stop == nil || stop.optional() {
			c.notifyPost(r, m, n)
		}
	}
}

func (c *Cluster) notifyComing(r *Resource, n *notification) {
	if r.NextRole == RoleStopped {
		return
	}
	start := r.newestOn("start", nil)
	if start != nil && start.node != nil && start.node.Kind == Remote && start.node.Connection != nil {
		if k := start.node.Connection.newestOn("start", nil); k != nil && !k.runnable() {
			return
		}
	}
	if r.Assigned == nil {
		return
	}
	if n.task != "start" || start == nil || start.optional() {
		c.notifyAction(r, r.Assigned, n, n.pre, n.preDone)
	}
	c.notifyPost(r, r.Assigned, n)
}

func (c *Cluster) notifyPost(r *Resource, m *Node, n *notification) {
	if a := c.notifyAction(r, m, n, n.post, n.postDone); a != nil {
		a.priority = Infinity
	}
	for i := len(r.actions) - 1; i >= 0; i-- {
		if k := r.actions[i]; k.interval > 0 && k.task != "cancel" {
			c.orderActions(n.postDone, k, lOrder)
		}
	}
}

// notifyAction makes one notify action between an event and its confirmation.
func (c *Cluster) notifyAction(r *Resource, m *Node, n *notification, event, done *action) *action {
	if event == nil || done == nil || m == nil || !m.Online || !event.runnable() {
		return nil
	}
	key := event.meta["notify_type"] + "_notify_" + event.meta["notify_operation"]
	a := r.actKey(key, event.task, 0, m, event.optional())
	for k, v := range event.meta {
		if _, ok := a.meta[k]; !ok {
			a.metaSet(k, v)
		}
	}
	n.fill(a)
	c.orderActions(event, a, lOrder)
	c.orderActions(a, done, lOrder)
	return a
}

// notifyFencedStop tells the other instances about a stop that the fencing of a node implies.
func (c *Cluster) notifyFencedStop(r *Resource, stop, fence *action) {
	n := &notification{task: "stop"}
	n.makePost(r, "stop", "stonith", fence)
	n.collect(r, false)
	n.put("notify_stop_resource", r.ID)
	n.put("notify_stop_uname", stop.node.Name)
	c.notifyInstances(r.top(), n)
}
