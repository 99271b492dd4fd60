package scheduler

// discovery says where a resource is probed; the order of the values matters.
type discovery uint8

const (
	discoverAlways discovery = iota
	discoverNever
	discoverExclusive
)

// entry is what one resource thinks of one node.
type entry struct {
	score   Score
	count   int16 // instances put there, in the table of a collection
	mode    discovery
	present bool
}

// table is a resource's allowed nodes with scores, indexed by Node.idx.
// order is the order of the entries as the field's hash tables walk them; it is kept only
// where a choice depends on it, see hashorder.go.
type table struct {
	e     []entry
	order []int32
}

// get returns the entry of a node, nil if the node is not in the table.
func (t *table) get(n *Node) *entry {
	if n == nil || n.idx >= len(t.e) || !t.e[n.idx].present {
		return nil
	}
	return &t.e[n.idx]
}

// put adds a node with a score, or overwrites it, and returns its entry.
func (t *table) put(n *Node, s Score) *entry {
	for len(t.e) <= n.idx {
		t.e = append(t.e, entry{})
	}
	p := &t.e[n.idx]
	if !p.present {
		*p = entry{present: true}
		if n.neverProbe {
			p.mode = discoverNever
		}
		t.order = append(t.order, int32(n.idx))
	}
	p.score = s
	return p
}

// remove takes a node out.
func (t *table) remove(n *Node) {
	if t.get(n) == nil {
		return
	}
	t.e[n.idx] = entry{}
	for i, x := range t.order {
		if int(x) == n.idx {
			t.order = append(t.order[:i:i], t.order[i+1:]...)
			break
		}
	}
}

// add adds to the score of a node; one that is missing gets its base score first.
func (t *table) add(n *Node, s Score) {
	if p := t.get(n); p != nil {
		p.score = p.score.Add(s)
		return
	}
	t.put(n, n.score.Add(s))
}

// copy returns an independent table; the walk order is that of a table filled by walking this one.
func (t *table) copy(c *Cluster) *table {
	n := &table{e: append([]entry(nil), t.e...), order: t.order}
	n.order = append([]int32(nil), t.order...)
	if c.Options.Placement != "default" {
		n.order = c.hashWalk(t.order)
	}
	return n
}

// usable reports whether some entry is on an available node with a score of at least 0.
func (c *Cluster) usable(t *table) bool {
	for i := range t.e {
		if t.e[i].present && t.e[i].score >= 0 && c.byIdx[i].available() {
			return true
		}
	}
	return false
}

// each calls f for every entry, nodes in display order.
func (c *Cluster) each(t *table, f func(*Node, *entry)) {
	for _, n := range c.Nodes {
		if e := t.get(n); e != nil {
			f(n, e)
		}
	}
}

// addAll adds to the score on every node there is, -INFINITY mostly.
func (c *Cluster) addAll(t *table, s Score) {
	for _, n := range c.Nodes {
		t.add(n, s)
	}
}
