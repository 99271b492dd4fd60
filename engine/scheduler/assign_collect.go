package scheduler

// unusable marks an entry that a positive-only collection must not sink below zero.
const unusable Score = -1 << 30

// maxCollected bounds the walks through colocations in one run: where everything is with
// everything, the number of paths has no other bound.
const maxCollected = 3000000

type collectFlags uint8

const (
	collectRollback collectFlags = 1 << iota // keep the old table if nothing usable is left
	collectPositive                          // negative preferences do not count
	collectThisWith                          // follow what the resource depends on, not what depends on it
)

func factor(s Score) float32 { return float32(s) / float32(Infinity) }

// influences reports whether the dependent's preferences count for where x, the primary side, goes.
func (k *colocation) influences(x *Resource) bool {
	if k.dependent.isGuestConnection() && k.dependent.inBundle() != nil && !x.is(rFailed) && len(x.RunningOn) == 1 {
		return false // a running container is not moved for its connection
	}
	return k.influence || len(x.RunningOn) == 0
}

// collect adds the preferences of x, and of what is colocated with it in turn, to a table.
// It returns a new table, or t itself where nothing counts. t nil starts from x's own.
func (c *Cluster) collect(x *Resource, t *table, attr string, f float32, fl collectFlags) *table {
	if c.collected++; x.is(rMerging) || c.collected > maxCollected {
		return t
	}
	x.set(rMerging)
	defer x.clear(rMerging)
	var work *table
	list := x.withThis
	switch {
	case x.Kind == Group && len(x.Children) == 0:
		return t
	case x.Kind == Group:
		m, last := x.Children[0], x.Children[len(x.Children)-1]
		if t == nil {
			work = c.collect(last, nil, attr, f, fl)
		} else {
			work = c.collect(m, t.copy(c), attr, f, fl)
		}
		list = last.withThis
	case t == nil:
		work = x.table.copy(c)
	default:
		work = t.copy(c)
		c.addBest(work, x, attr, f, fl&collectPositive != 0)
	}
	if work == nil {
		return t
	}
	if fl&collectThisWith != 0 {
		list = x.thisWith
	}
	if c.usable(work) {
		work = c.collectAll(x, list, work, f, fl)
	} else if fl&collectRollback != 0 {
		return t
	}
	if fl&collectPositive != 0 {
		for i := range work.e {
			if work.e[i].present && work.e[i].score == unusable {
				work.e[i].score = 1
			}
		}
	}
	return work
}

func (c *Cluster) collectAll(x *Resource, list []*colocation, work *table, f float32, fl collectFlags) *table {
	for _, k := range list {
		other := k.dependent
		if fl&collectThisWith != 0 {
			other = k.primary
		} else if !k.influences(k.primary) {
			continue
		}
		g := factor(k.score)
		if f < 0 {
			g = -g
		}
		work = c.collect(other, work, k.attr, g, fl|collectRollback)
	}
	return work
}

// addBest adds to each entry the best score that x has on nodes with the same attribute value.
func (c *Cluster) addBest(t *table, x *Resource, attr string, f float32, positive bool) {
	best := c.bestByAttr(x, attr)
	for i := range t.e {
		e := &t.e[i]
		if !e.present {
			continue
		}
		b := best(c.byIdx[i])
		if f < 0 && b < 0 || e.score == unusable {
			continue
		}
		w := weigh(f, b)
		s := w.Add(e.score)
		if positive && s < 0 {
			if e.score > 0 {
				e.score = unusable
				continue
			}
			if e.score == 0 {
				continue
			}
		}
		e.score = s
	}
}

// weigh scales a score; a preference never vanishes entirely, and then keeps only the sign of the factor.
func weigh(f float32, b Score) Score {
	x := f * float32(b)
	w := float64(x)
	if w < 0 {
		w -= 0.5
	} else {
		w += 0.5
	}
	s := Score(w)
	if s == 0 && b != 0 {
		if f > 0 {
			return 1
		} else if f < 0 {
			return -1
		}
	}
	return s
}

// bestByAttr returns a function that finds x's best score on available nodes that share the
// attribute's value with a node.
func (c *Cluster) bestByAttr(x *Resource, attr string) func(*Node) Score {
	if attr == "" && c.apart {
		return func(n *Node) Score {
			if e := x.table.get(n); e != nil && n.available() {
				return e.score
			}
			return -Infinity
		}
	}
	best := map[string]Score{}
	for i := range x.table.e {
		n := c.byIdx[i]
		if !x.table.e[i].present || !n.available() {
			continue
		}
		v := c.shared(n, attr, x)
		if s, ok := best[v]; !ok || x.table.e[i].score > s {
			best[v] = x.table.e[i].score
		}
	}
	return func(n *Node) Score {
		if s, ok := best[c.shared(n, attr, x)]; ok {
			return s
		}
		return -Infinity
	}
}

// shared is the value of the attribute by which resources are kept together; nodes without it share that.
func (c *Cluster) shared(n *Node, attr string, r *Resource) string {
	if attr == "" {
		return n.place
	}
	v, ok := c.nodeAttrFor(n, r, attr)
	if !ok {
		return noPlace
	}
	return lowerASCII(v)
}

// noPlace is the place of all nodes without the attribute in question.
const noPlace = "\x00unset"

// findPlaces notes where each node is for colocations without node-attribute: at its "#uname".
// The nodes of remote connections that no node_state tells of have none yet, and so are one place.
func (c *Cluster) findPlaces() {
	seen := map[string]bool{}
	c.apart = true
	for _, n := range c.Nodes {
		n.place = noPlace
		if v, ok := n.attr("#uname"); ok {
			n.place = lowerASCII(v)
		}
		c.apart = c.apart && !seen[n.place]
		seen[n.place] = true
	}
}
