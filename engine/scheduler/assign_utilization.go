package scheduler

import "slices"

// compareCapacity puts the node with more free capacity first; only the number of attributes
// in which one is better counts, not by how much.
func compareCapacity(a, b *Node) int {
	d := 0
	cmp := func(name string) {
		x, y := a.Capacity.Get(name), b.Capacity.Get(name)
		switch {
		case y > x:
			d++
		case x > y:
			d--
		}
	}
	for _, k := range a.Capacity.Names {
		cmp(k)
	}
	for _, k := range b.Capacity.Names {
		if _, both := a.Capacity.values[k]; !both {
			cmp(k)
		}
	}
	return d
}

// consume takes what a resource needs from the node it is assigned to.
func (c *Cluster) consume(r *Resource, n *Node) {
	c.adjust(r, n, -1)
	if c.showsScores && r.Kind == Primitives {
		c.scores = append(c.scores, ScoreLine{Kind: UtilizationScore, Func: "pcmk__finalize_assignment", Resource: r.ID, Node: n.Name, Amounts: r.util.amounts()})
	}
}

func (c *Cluster) release(r *Resource, n *Node) { c.adjust(r, n, 1) }

func (c *Cluster) adjust(r *Resource, n *Node, sign int) {
	for _, k := range r.util.Names {
		if _, ok := n.Capacity.values[k]; !ok && sign < 0 {
			n.Capacity.set(k, 0) // the node does not offer it: it counts as used up
			continue
		}
		n.Capacity.set(k, n.Capacity.Get(k)+sign*r.util.Get(k))
	}
}

// amounts lists what is used or offered, in the order of the field's hash tables.
func (u Utilization) amounts() []Amount {
	list := make([]Amount, 0, len(u.Names))
	for _, k := range hashWalkStrings(u.Names) {
		list = append(list, Amount{k, u.Get(k)})
	}
	return list
}

func (c *Cluster) showCapacities(title string) {
	if !c.showsScores {
		return
	}
	for _, n := range c.Nodes {
		c.scores = append(c.scores, ScoreLine{Kind: UtilizationScore, Func: title, Node: n.Name, Amounts: n.Capacity.amounts()})
	}
}

// sortForPlacement orders the top level so that what matters most is placed first.
func (c *Cluster) sortForPlacement() {
	nodes := c.sortedNodes()
	tables := map[*Resource]*table{}
	tableOf := func(r *Resource) *table {
		t, ok := tables[r]
		if !ok {
			t = c.collect(r, nil, "", 1, collectThisWith)
			if t == nil {
				t = r.table
			}
			tables[r] = t
		}
		return t
	}
	score := func(t *table, n *Node) Score {
		if e := t.get(n); e != nil {
			return e.score
		}
		return -Infinity
	}
	stableSort(c.Resources, func(a, b *Resource) int {
		if a.priority != b.priority {
			return int(b.priority) - int(a.priority)
		}
		x, y := tableOf(a), tableOf(b)
		if p, q := score(x, a.currentNode()), score(y, b.currentNode()); p != q {
			return int(q) - int(p)
		}
		for _, n := range nodes {
			if p, q := score(x, n), score(y, n); p != q {
				return int(q) - int(p)
			}
		}
		return 0
	})
}

// sortedNodes is the list of all nodes as if a resource without preference chose.
func (c *Cluster) sortedNodes() []*Node {
	list := make([]candidate, 0, len(c.Nodes))
	for _, n := range c.Nodes {
		list = append(list, candidate{n, n.score})
	}
	c.sortCandidates(list, nil)
	out := make([]*Node, len(list))
	for i, k := range list {
		out[i] = k.node
	}
	return out
}

// limitByUtilization bans nodes without room for r, or for all that must be with it if some
// node has that. Otherwise it returns the node with the most room.
func (c *Cluster) limitByUtilization(r *Resource) *Node {
	set := c.colocatedSet(r)
	need := Utilization{}
	inSet := map[*Resource]bool{}
	for _, x := range set {
		inSet[x] = true
	}
	for _, x := range set {
		x.addNeed(&need, inSet)
	}
	own := Utilization{}
	r.addNeed(&own, inSet)
	fits := func(n *Node, u Utilization) bool {
		for _, k := range u.Names {
			if u.Get(k) > n.Capacity.Get(k) {
				return false
			}
		}
		return true
	}
	var enough, all []*Node
	var roomiest *Node
	for _, i := range c.hashWalk(r.table.order) {
		n := c.byIdx[i]
		if e := r.table.get(n); e == nil || e.score < 0 || !n.available() {
			continue
		}
		all = append(all, n)
		if fits(n, need) {
			enough = append(enough, n)
		}
		if roomiest == nil || compareCapacity(n, roomiest) < 0 {
			roomiest = n
		}
	}
	for _, n := range all {
		if len(enough) > 0 && !slices.Contains(enough, n) || len(enough) == 0 && !fits(n, own) {
			r.table.add(n, -Infinity)
		}
	}
	if len(enough) > 0 {
		return nil
	}
	return roomiest
}

// addNeed sums what the unplaced primitives of a resource take.
func (r *Resource) addNeed(u *Utilization, inSet map[*Resource]bool) {
	if r.is(rUnplaced) {
		r.variant.need(u, inSet)
	}
}

func (v primitive) need(u *Utilization, _ map[*Resource]bool) {
	for _, k := range v.r.util.Names {
		u.set(k, u.Get(k)+v.r.util.Get(k))
	}
}

func (v group) need(u *Utilization, inSet map[*Resource]bool) {
	for _, m := range v.r.Children {
		if !inSet[m] {
			m.addNeed(u, inSet)
		}
	}
}

// need of a clone is that of one instance, unless one is counted already.
func (v clone) need(u *Utilization, inSet map[*Resource]bool) {
	for _, i := range v.r.Children {
		if inSet[i] {
			return
		}
		for _, m := range i.Children {
			if inSet[m] {
				return
			}
		}
	}
	if len(v.r.Children) > 0 {
		v.r.Children[0].addNeed(u, inSet)
	}
}

func (v bundle) need(u *Utilization, inSet map[*Resource]bool) {
	if list := v.r.Bundle.Replicas; len(list) > 0 {
		list[0].Container.addNeed(u, inSet)
	}
}

// colocatedSet lists r and all that must be where r is.
func (c *Cluster) colocatedSet(r *Resource) []*Resource {
	seen := map[*Resource]bool{}
	var out []*Resource
	var visit func(x *Resource)
	visit = func(x *Resource) {
		if seen[x] {
			return
		}
		seen[x] = true
		if x.Kind == Group {
			members := x.Children
			if !x.is(rColocated) && (x.Parent == nil || x.Parent.Kind != Clone) {
				members = members[:min(1, len(members))]
			}
			for _, m := range members {
				c.mandatory(m, r, visit)
			}
		}
		out = append(out, x)
		c.mandatory(x, r, visit)
	}
	visit(r)
	return out
}

// mandatory calls f for each resource that must be with x, but never for origin.
func (c *Cluster) mandatory(x, origin *Resource, f func(*Resource)) {
	for _, k := range x.thisWith {
		if k.primary != origin && k.score >= Infinity && k.effect(x, k.primary, true) == affectsLocation {
			f(k.primary)
		}
	}
	for _, k := range x.withThis {
		if k.dependent == origin || k.score < Infinity || x.Kind == Clone && k.dependent.Kind != Clone && k.dependent.Kind != Bundle {
			continue
		}
		if k.effect(k.dependent, x, true) == affectsLocation {
			f(k.dependent)
		}
	}
}

// hashWalk gives the order in which the field's hash table would list nodes that were
// inserted in the given order; it decides between nodes of equal capacity.
func (c *Cluster) hashWalk(order []int32) []int32 {
	keys := make([]string, len(order))
	for i, x := range order {
		keys[i] = c.byIdx[x].ID
	}
	out := make([]int32, 0, len(order))
	for _, i := range walkOrder(keys) {
		out = append(out, order[i])
	}
	return out
}

func hashWalkStrings(names []string) []string {
	out := make([]string, 0, len(names))
	for _, i := range walkOrder(names) {
		out = append(out, names[i])
	}
	return out
}
