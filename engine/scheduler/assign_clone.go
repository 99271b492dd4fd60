package scheduler

// assign places the instances of a clone, then decides who is promoted.
func (v clone) assign(prefer *Node) *Node {
	r := v.r
	c := r.cluster
	if !r.is(rUnplaced) || r.is(rAssigning) {
		return nil
	}
	if r.is(rPromotable) {
		c.addPromotionScores(r)
	}
	r.set(rAssigning)
	for _, k := range append([]*colocation(nil), r.thisWith...) {
		k.primary.variant.assign(nil)
	}
	for _, k := range append([]*colocation(nil), r.withThis...) {
		if k.influences(r) {
			r.table = c.collect(k.dependent, r.table, k.attr, factor(k.score), collectRollback|collectPositive)
		}
	}
	c.showScores(r, "pcmk__clone_allocate")
	c.sortInstances(r, r.Children)
	c.distribute(r, r.Children, r.CloneData.Max, r.CloneData.NodeMax)
	if r.is(rPromotable) {
		c.choosePromoted(r)
	}
	r.clear(rUnplaced | rAssigning)
	return nil
}

// distribute puts at most max instances on nodes, at most perNode on each: first those that
// can stay, then the rest. Bundles use it for their containers.
func (c *Cluster) distribute(r *Resource, list []*Resource, max, perNode int) {
	available := 0
	for i := range r.table.e {
		if !r.table.e[i].present {
			continue
		}
		r.table.e[i].count = 0
		if c.byIdx[i].available() {
			available++
		}
	}
	d := &distribution{c: c, parent: r, max: max, perNode: perNode, all: max < available}
	fair := 1
	if available > 0 && max/available > 1 {
		fair = max / available
	}
	for _, k := range list {
		if d.placed >= max {
			break
		}
		d.keep(k, fair)
	}
	for _, k := range list {
		switch {
		case !k.is(rUnplaced):
		case d.placed >= max:
			k.all(func(x *Resource) { c.addAll(x.table, -Infinity) })
		default:
			d.put(k, nil)
		}
	}
}

type distribution struct {
	c                    *Cluster
	parent               *Resource
	max, perNode, placed int
	all                  bool // there are more nodes than instances: all colocations count
}

// keep tries to leave an instance where it is.
func (d *distribution) keep(k *Resource, fair int) {
	if len(k.RunningOn) == 0 || !k.is(rUnplaced) || k.is(rFailed) {
		return
	}
	n := k.currentNode()
	if n == nil || !n.available() || n.score < 0 {
		return
	}
	if e := d.parent.table.get(n); e != nil && int(e.count) >= fair {
		return
	}
	d.put(k, n)
}

// put assigns one instance, to the preferred node or nowhere if one is given.
func (d *distribution) put(k *Resource, prefer *Node) {
	c, p := d.c, d.parent
	if !k.is(rUnplaced) || k.is(rAssigning) {
		return
	}
	d.copyColocations(k)
	if prefer != nil {
		if e := k.table.get(prefer); e == nil || e.score < 0 {
			return
		}
	}
	d.limit(k)
	saved := k.table.copy(c)
	n := k.variant.assign(prefer)
	if n != nil && prefer != nil && n != prefer {
		k.table = saved
		if k.Kind == Primitives {
			c.unassign(k)
			k.NextRole = k.targetRole()
		}
		return
	}
	if n != nil {
		if e := p.table.get(n); e != nil {
			e.count++
		}
		d.placed++
	}
}

// copyColocations gives the parent's colocations to an instance. They are added again at each
// try, so finite ones count twice for an instance that could not stay.
func (d *distribution) copyColocations(k *Resource) {
	for _, x := range d.parent.thisWith {
		if d.all || x.score < 0 || x.score >= Infinity {
			k.thisWith = insertColocation(k.thisWith, x, func(y *colocation) *Resource { return y.primary })
		}
	}
	for _, x := range d.parent.withThis {
		if x.influences(k) && (d.all || x.score < 0) {
			k.withThis = insertColocation(k.withThis, x, func(y *colocation) *Resource { return y.dependent })
		}
	}
}

// limit bans nodes that cannot take one more instance.
func (d *distribution) limit(k *Resource) {
	for i := range k.table.e {
		if !k.table.e[i].present {
			continue
		}
		n := d.c.byIdx[i]
		e := d.parent.table.get(n)
		switch {
		case !n.available() || k.is(rOrphan) || e == nil:
			banTree(k, n)
		case e.score < 0:
			k.table.e[i].score = k.table.e[i].score.Add(e.score)
			banTree(k, n)
		case int(e.count) >= d.perNode:
			banTree(k, n)
		}
	}
}

func banTree(r *Resource, n *Node) { r.all(func(x *Resource) { x.table.add(n, -Infinity) }) }

// sortInstances orders instances by how much they deserve their place.
func (c *Cluster) sortInstances(parent *Resource, list []*Resource) {
	stableSort(list, func(a, b *Resource) int { return c.compareInstances(parent, a, b) })
}

func (c *Cluster) compareInstances(parent, a, b *Resource) int {
	x, y := len(a.RunningOn), len(b.RunningOn)
	if x > 0 && y > 0 && x != y {
		return x - y
	}
	na, oka := a.allowedNode()
	nb, okb := b.allowedNode()
	if oka != okb {
		return prefer(oka)
	}
	if a.priority != b.priority {
		return int(b.priority) - int(a.priority)
	}
	if na == nil || nb == nil {
		if na == nb {
			return 0
		}
		return prefer(na != nil)
	}
	if p, q := na.available(), nb.available(); p != q {
		return prefer(p)
	}
	ea, eb := parent.table.get(na), parent.table.get(nb)
	if ea == nil || eb == nil {
		if ea == eb {
			return 0
		}
		return prefer(ea != nil)
	}
	if ea.count != eb.count {
		return int(ea.count) - int(eb.count)
	}
	if p, q := a.didFail(), b.didFail(); p != q {
		return prefer(!p)
	}
	if d := c.compareColocated(parent, a, b, na, nb); d != 0 {
		return d
	}
	return a.number() - b.number()
}

// prefer orders the first of two before the second if it is the better one.
func prefer(first bool) int {
	if first {
		return -1
	}
	return 1
}

// allowedNode is where an instance is active; not ok if it may not stay there.
func (r *Resource) allowedNode() (*Node, bool) {
	n := r.currentNode()
	if n == nil {
		return nil, true
	}
	if e := r.table.get(n); e == nil || e.score < 0 {
		return nil, false
	}
	return n, true
}

func (r *Resource) didFail() bool {
	if r.is(rFailed) {
		return true
	}
	for _, k := range r.Children {
		if k.didFail() {
			return true
		}
	}
	return false
}

// compareColocated compares the base scores of the instances' nodes, and what the parent's colocations think of them.
func (c *Cluster) compareColocated(parent, a, b *Resource, na, nb *Node) int {
	if len(parent.thisWith) == 0 && len(parent.withThis) == 0 {
		return int(nb.score) - int(na.score)
	}
	x := c.colocatedScore(parent, a, na)
	y := c.colocatedScore(parent, b, nb)
	return int(y) - int(x)
}

func (c *Cluster) colocatedScore(parent, r *Resource, n *Node) Score {
	t := &table{}
	t.put(n, n.score)
	for _, k := range parent.thisWith {
		t = c.collect(k.primary, t, k.attr, factor(k.score), 0)
	}
	for _, k := range parent.withThis {
		if k.influences(r) {
			t = c.collect(k.dependent, t, k.attr, factor(k.score), collectPositive)
		}
	}
	if e := t.get(n); e != nil {
		return e.score
	}
	return -Infinity
}
