package status

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"quorate/engine/scheduler"
)

// marks renders the remarks of a header: " (a, b)", "" if there are none.
func marks(list ...string) string {
	var have []string
	for _, s := range list {
		if s != "" {
			have = append(have, s)
		}
	}
	if len(have) == 0 {
		return ""
	}
	return " (" + strings.Join(have, ", ") + ")"
}

func when(cond bool, s string) string {
	if cond {
		return s
	}
	return ""
}

// header marks of groups and clones that say that the cluster keeps its hands off.
func stateMarks(r *scheduler.Resource) (unmanaged, off string) {
	unmanaged = when(!r.Managed(), "unmanaged")
	off = when(disabled(r), "disabled")
	return unmanaged, off
}

func (v *View) group(l *List, r *scheduler.Resource) {
	unmanaged, off := stateMarks(r)
	g := &List{}
	left := ""
	whole := v.OnlyResources == nil || v.wantedUp(r)
	if v.Brief {
		v.brief(g, slices.DeleteFunc(slices.Clone(r.Children), func(m *scheduler.Resource) bool { return !whole && !v.wanted(m) }), true)
		left = v.groupMembers(&List{}, r, true)
	} else {
		left = v.groupMembers(g, r, whole)
	}
	g.Title = "Resource Group: " + r.ID + marks(left, unmanaged, off)
	if len(g.Items) > 0 {
		l.sub(g)
	}
}

// groupMembers shows the members, and says how many inactive ones were left out.
func (v *View) groupMembers(g *List, r *scheduler.Resource, whole bool) string {
	left := 0
	for _, m := range r.Children {
		switch {
		case !whole && !v.wanted(m):
		case v.Inactive || m.Active(false):
			v.resource(g, m)
		default:
			left++
		}
	}
	if left == 0 {
		return ""
	}
	return plural(left, "member") + " inactive"
}

// cloneParts sorts what is to be said about the instances of a clone.
type cloneParts struct {
	list              *List
	promoted, started []*scheduler.Node
}

func (v *View) clone(l *List, r *scheduler.Resource) {
	unmanaged, off := stateMarks(r)
	title := "Clone Set: " + r.ID + " [" + r.ChildID() + "]" +
		marks(when(r.Promotable(), "promotable"), when(r.Unique(), "unique"), unmanaged, off)
	p := &cloneParts{list: &List{Title: title}}
	for _, k := range r.Children {
		v.instance(p, r, k)
	}
	if !v.Detail {
		v.runningLists(p, r)
		v.stopped(p, r)
	}
	l.sub(p.list)
}

// instance shows an instance in full or remembers its node for the lists.
func (v *View) instance(p *cloneParts, clone, k *scheduler.Resource) {
	if v.OnlyResources != nil && !v.wantedUp(clone) && !v.wanted(k) {
		return
	}
	partly := k.Active(false)
	if partly && !v.runsOnShown(k) { // also groups whose only active member is an unmanaged one on a lost node
		return
	}
	full := v.Detail || clone.Unique() || v.pendingOp(k)
	switch {
	case full && (clone.Unique() || v.Detail):
	case !partly:
		if !v.pendingOp(k) {
			return
		}
	case !full:
		full = v.special(k)
	}
	if full {
		v.resource(p.list, k)
		return
	}
	n := nodeOf(k)
	if highestRole(k) > scheduler.RoleUnpromoted {
		p.promoted = append(p.promoted, n)
	} else {
		p.started = append(p.started, n)
	}
}

// special tells whether an active instance has more to say than where it runs.
func (v *View) special(k *scheduler.Resource) bool {
	if k.Orphan() || !managed(k) || failed(k) {
		return true
	}
	if n := nodeOf(k); n == nil || !n.Online && n.Unclean {
		return true
	}
	return !k.Active(true)
}

func leaves(r *scheduler.Resource) []*scheduler.Resource {
	if r.Kind == scheduler.Primitives {
		return []*scheduler.Resource{r}
	}
	var list []*scheduler.Resource
	for _, k := range parts(r) {
		list = append(list, leaves(k)...)
	}
	return list
}

func managed(r *scheduler.Resource) bool {
	for _, x := range leaves(r) {
		if !x.Managed() {
			return false
		}
	}
	return r.Managed()
}

func failed(r *scheduler.Resource) bool {
	for _, x := range leaves(r) {
		if x.Failed() {
			return true
		}
	}
	return r.Failed()
}

// pendingOp tells whether an operation of the instance is under way; a group's members do not count.
func (v *View) pendingOp(r *scheduler.Resource) bool { return v.Pending && r.PendingTask != "" }

func highestRole(r *scheduler.Resource) scheduler.Role {
	role := scheduler.RoleUnknown
	for _, x := range leaves(r) {
		role = max(role, x.Role)
	}
	return role
}

// nodeOf is the single node of an instance, nil if its members are on several or none.
func nodeOf(r *scheduler.Resource) *scheduler.Node {
	var node *scheduler.Node
	for _, x := range leaves(r) {
		for _, n := range x.RunningOn {
			if node != nil && n != node {
				return nil
			}
			node = n
		}
	}
	return node
}

// names lists nodes in the order of names, as numbers count.
func (v *View) names(nodes []*scheduler.Node) []string {
	in := map[*scheduler.Node]int{}
	for _, n := range nodes {
		in[n]++
	}
	var names []string
	for _, n := range v.Cluster.Nodes {
		if in[n] > 0 && v.showsNode(n) {
			names = append(names, n.Name)
		}
	}
	return names
}

func (v *View) runningLists(p *cloneParts, r *scheduler.Resource) {
	if names := v.names(p.promoted); len(names) > 0 {
		p.list.add("Promoted: "+bracketed(names), "")
	}
	if names := v.names(p.started); len(names) > 0 {
		label := "Started"
		if r.Promotable() {
			label = "Unpromoted"
			if t := cloneTargetRole(r); strings.HasPrefix(t, "target-role:") {
				label = "Unpromoted (target-role)"
			}
		}
		p.list.add(label+": "+bracketed(names), "")
	}
}

// stopped names the nodes on which an anonymous clone could run and does not, by why.
func (v *View) stopped(p *cloneParts, r *scheduler.Resource) {
	if r.Unique() || r.CloneData.Max <= len(p.promoted)+len(p.started) || !v.Inactive && !v.ByNode {
		return
	}
	by := map[string][]*scheduler.Node{}
	for _, n := range v.possibleNodes(r) {
		if !v.runsOn(r, n) {
			state := "Stopped"
			if text := v.maskedFailure(r.ChildID(), n); text != "" {
				state += " (" + text + ")"
			} else if configuredDown(r) {
				state += " (disabled)"
			}
			by[state] = append(by[state], n)
		}
	}
	for _, state := range sortedKeys(by) {
		if names := v.names(by[state]); len(names) > 0 {
			p.list.add(state+": "+bracketed(names), "")
		}
	}
}

// configuredDown tells whether the clone, or else what it clones, is to be stopped.
func configuredDown(r *scheduler.Resource) bool { return cloneTargetRole(r) == "disabled" }

// cloneTargetRole is the remark about the target-role of the clone, or else of what it clones.
func cloneTargetRole(r *scheduler.Resource) string {
	if _, ok := r.Meta("target-role"); !ok && len(r.Children) > 0 {
		r = r.Children[0]
	}
	return targetRole(r)
}

// possibleNodes are the nodes in the clone's table; if that is empty, those where its state is known.
func (v *View) possibleNodes(r *scheduler.Resource) []*scheduler.Node {
	if list := r.Allowed(); len(list) > 0 {
		return list
	}
	var list []*scheduler.Node
	for _, n := range v.Cluster.Nodes {
		if r.KnownOn(n) {
			list = append(list, n)
		}
	}
	return list
}

// runsOn tells whether the clone counts as active on the node: a lost node's unmanaged instances do not.
func (v *View) runsOn(r *scheduler.Resource, n *scheduler.Node) bool {
	for _, m := range r.RunningOn {
		if m == n {
			return true
		}
	}
	return false
}

func (v *View) bundle(l *List, r *scheduler.Resource) {
	set := when(len(r.Bundle.Replicas) > 1, " set")
	unmanaged, _ := stateMarks(r)
	b := &List{Title: "Container bundle" + set + ": " + r.ID + " [" + r.Bundle.Image + "]" +
		marks(when(r.Unique(), "unique")) + marks(unmanaged)}
	replicas := append([]*scheduler.Replica(nil), r.Bundle.Replicas...)
	sort.SliceStable(replicas, func(i, j int) bool { return replicas[i].Number < replicas[j].Number })
	for _, p := range replicas {
		switch parts := v.replicaParts(r, p); {
		case len(parts) == 0:
		case v.Detail || !v.wantedUp(r):
			v.replicaDetail(b, p, parts, len(replicas) > 1)
		default:
			b.add(v.replicaLine(p), class(replicaMain(p)))
		}
	}
	if len(b.Items) > 0 {
		l.sub(b)
	}
}

// replicaParts are the resources of a replica that the filters leave: none if it runs on a node that is not shown.
func (v *View) replicaParts(bundle *scheduler.Resource, p *scheduler.Replica) []*scheduler.Resource {
	if n := p.Container.CurrentNode(); n != nil && !v.showsNode(n) {
		return nil
	}
	var parts []*scheduler.Resource
	for _, x := range []*scheduler.Resource{p.IP, p.Child, p.Container, p.Connection} {
		if x != nil && (v.wantedUp(bundle) || v.wanted(x)) {
			parts = append(parts, x)
		}
	}
	return parts
}

// replicaMain is what speaks for a replica: the resource inside, without one the container.
func replicaMain(p *scheduler.Replica) *scheduler.Resource {
	if p.Child != nil {
		return p.Child
	}
	return p.Container
}

func (v *View) replicaLine(p *scheduler.Replica) string {
	name := p.Container.ID
	if p.Connection != nil {
		name = p.Connection.ID
	}
	if p.Address != "" {
		name += " (" + p.Address + ")"
	}
	return v.line(replicaMain(p), name, p.Container.CurrentNode())
}

func (v *View) replicaDetail(l *List, p *scheduler.Replica, parts []*scheduler.Resource, titled bool) {
	d := &List{Bare: true}
	if titled {
		d.Title = "Replica[" + strconv.Itoa(p.Number) + "]"
	}
	for _, x := range parts {
		v.resource(d, x)
	}
	l.sub(d)
}
