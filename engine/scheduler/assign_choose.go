package scheduler

import "strings"

// candidate is an entry of a table being sorted for a choice.
type candidate struct {
	node  *Node
	score Score
}

// candidates lists a table's entries, best node first; cur is preferred among equals.
func (c *Cluster) candidates(t *table, cur *Node) []candidate {
	list := make([]candidate, 0, len(t.order))
	if c.Options.Placement == "default" {
		for i := range t.e {
			if t.e[i].present {
				list = append(list, candidate{c.byIdx[i], t.e[i].score})
			}
		}
	} else {
		walk := c.hashWalk(t.order)
		for i := len(walk) - 1; i >= 0; i-- {
			list = append(list, candidate{c.byIdx[walk[i]], t.e[walk[i]].score})
		}
	}
	c.sortCandidates(list, cur)
	return list
}

func (c *Cluster) sortCandidates(list []candidate, cur *Node) {
	stableSort(list, func(a, b candidate) int { return c.compareCandidates(a, b, cur) })
}

func (c *Cluster) compareCandidates(a, b candidate, cur *Node) int {
	x, y := a.score, b.score
	if !a.node.available() {
		x = -Infinity
	}
	if !b.node.available() {
		y = -Infinity
	}
	if x != y {
		return int(y) - int(x)
	}
	if c.Options.Placement != "minimal" {
		if c.Options.Placement == "balanced" {
			if d := compareCapacity(a.node, b.node); d != 0 {
				return d
			}
		}
		if a.node.count != b.node.count {
			return a.node.count - b.node.count
		}
		if a.node != b.node {
			if a.node == cur {
				return -1
			}
			if b.node == cur {
				return 1
			}
		}
	}
	return strings.Compare(a.node.Name, b.node.Name)
}

// best finds the first of the candidates without sorting all; cur as in candidates.
func (c *Cluster) best(t *table, cur *Node) (candidate, bool) {
	var top candidate
	found := false
	for i := range t.e {
		if !t.e[i].present {
			continue
		}
		k := candidate{c.byIdx[i], t.e[i].score}
		if !found || c.compareCandidates(k, top, cur) < 0 {
			top, found = k, true
		}
	}
	return top, found
}

// choose picks a node for a primitive whose table is final, nil for none.
func (c *Cluster) choose(r *Resource, prefer *Node) *Node {
	t := r.table
	if c.Options.Placement != "default" {
		if free := c.limitByUtilization(r); prefer == nil {
			prefer = free
		}
	}
	cur := r.currentNode()
	var list []candidate
	var first candidate
	if c.Options.Placement == "default" {
		top, ok := c.best(t, cur)
		if !ok {
			return nil
		}
		first = top
	} else {
		if list = c.candidates(t, cur); len(list) == 0 {
			return nil
		}
		first = list[0]
	}
	if e := t.get(prefer); e != nil && e.score >= first.score && e.score >= 0 && prefer.available() {
		return prefer
	}
	chosen := first.node
	if cur != nil && cur != first.node && first.score > 0 && first.node.available() && cur.available() && cur.score >= 0 && !r.inUniqueClone() {
		if e := t.get(cur); e != nil && e.score == first.score {
			chosen = cur
		}
	}
	if t.get(chosen).score < 0 || !chosen.available() && !chosen.IsGuest() {
		return nil
	}
	return chosen
}

func (r *Resource) inUniqueClone() bool {
	return r.Parent != nil && r.Parent.Kind == Clone && r.Parent.is(rUnique)
}
