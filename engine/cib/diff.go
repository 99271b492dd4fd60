package cib

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"
)

// stamps are the attributes of the root that the engine writes by itself. They are no part of what
// anybody edits, so Diff leaves them out.
var stamps = map[string]bool{
	"num_updates": true, "epoch": true, "admin_epoch": true, "cib-last-written": true, "update-origin": true,
	"update-client": true, "update-user": true, "crm_feature_set": true, "have-quorum": true, "dc-uuid": true,
}

// Diff returns the changes that make to out of from: deletions first, then in document order
// modifications, creations and moves. Objects are recognized by tag and id, things without an id by
// tag and order. Applied in their order to from they give to; comments and the attributes of
// the root that the engine writes are left out. The time is linear but for moves (n log n).
func Diff(from, to *Document) []Change {
	c := differ{without: stamps}
	return c.compare(from, to)
}

// differ collects the changes of one comparison.
type differ struct {
	without map[string]bool // attributes of the root to leave out
	deletes []deletion
	changes []Change
}

// deletion is the change that deletes an element.
type deletion struct {
	change Change
	at     *etree.Element
	family string // of an element without id: its path without the number, which its twins share
}

func (c *differ) compare(from, to *Document) []Change {
	c.element(from.root, to.root, "/"+to.root.Tag)
	if len(c.deletes) == 0 {
		return c.changes
	}
	order := documentOrder(from.root)
	slices.SortFunc(c.deletes, func(a, b deletion) int { return order[a.at] - order[b.at] })
	reverseTwins(c.deletes)
	all := make([]Change, 0, len(c.deletes)+len(c.changes))
	for _, d := range c.deletes {
		all = append(all, d.change)
	}
	return append(all, c.changes...)
}

// reverseTwins lets the last of several twins without id be deleted first, so that the numbers in the
// paths of the others stay true.
func reverseTwins(deletes []deletion) {
	places := make(map[string][]int)
	for i, d := range deletes {
		if d.family != "" {
			places[d.family] = append(places[d.family], i)
		}
	}
	for _, list := range places {
		for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
			deletes[list[i]], deletes[list[j]] = deletes[list[j]], deletes[list[i]]
		}
	}
}

func (c *differ) element(from, to *etree.Element, path string) {
	c.attributes(from, to, path)
	c.children(from, to, path)
}

func (c *differ) attributes(from, to *etree.Element, path string) {
	change := Change{Op: ChangeModify, Path: path}
	skip := func(key string) bool { return c.without[key] && to.Parent() == nil }
	was := func(key, value string) {
		if change.Was == nil {
			change.Was = make(map[string]string)
		}
		change.Was[key] = value
	}
	for i := range to.Attr {
		key := to.Attr[i].FullKey()
		old := selectAttr(from, i, key)
		if skip(key) || old != nil && old.Value == to.Attr[i].Value {
			continue
		}
		if change.Set == nil {
			change.Set = make(map[string]string)
		}
		change.Set[key] = to.Attr[i].Value
		if was(key, ""); old != nil {
			was(key, old.Value)
		}
	}
	for i := range from.Attr {
		key := from.Attr[i].FullKey()
		if !skip(key) && selectAttr(to, i, key) == nil {
			change.Unset = append(change.Unset, key)
			was(key, from.Attr[i].Value)
		}
	}
	if change.Was != nil {
		c.changes = append(c.changes, change)
	}
}

// selectAttr returns the attribute named key, which is likely the one numbered i.
func selectAttr(e *etree.Element, i int, key string) *etree.Attr {
	if i < len(e.Attr) && e.Attr[i].Space == "" && e.Attr[i].Key == key {
		return &e.Attr[i]
	}
	return e.SelectAttr(key)
}

// pair is one child of either side or of both.
type pair struct {
	key      string // the last step of its path
	from, to *etree.Element
	place    int // among the children of from
}

func (c *differ) children(from, to *etree.Element, path string) {
	if len(from.Child) == 0 && len(to.Child) == 0 {
		return
	}
	old, byKey := keyedChildren(from)
	young, _ := keyedChildren(to)
	broken := make(map[string]bool) // tags whose twins do not match any more from here on
	for i := range young {
		j, ok := byKey[young[i].key]
		if family := young[i].from.FullTag(); ok && attr(young[i].from, "id") == "" {
			broken[family] = broken[family] || ownText(old[j].from) != ownText(young[i].from)
			ok = !broken[family]
		}
		if ok && ownText(old[j].from) == ownText(young[i].from) {
			young[i].to, young[i].from, young[i].place = young[i].from, old[j].from, j
			old[j].to = young[i].to
		} else {
			young[i].to, young[i].from = young[i].from, nil
		}
	}
	for _, p := range old {
		if p.to != nil {
			continue
		}
		d := deletion{at: p.from, change: Change{Op: ChangeDelete, Path: path + "/" + p.key, Digest: ElementDigest(p.from)}}
		if attr(p.from, "id") == "" {
			d.family = path + "/" + p.from.FullTag()
		}
		c.deletes = append(c.deletes, d)
	}
	c.arrange(old, young, path)
}

// keyedChildren lists the child elements of e with the step that names each; the element is put in
// "from". The map has their places.
func keyedChildren(e *etree.Element) ([]pair, map[string]int) {
	list := make([]pair, 0, len(e.Child))
	byKey := make(map[string]int, len(e.Child))
	seen := make(map[string]int)
	for _, t := range e.Child {
		child, ok := t.(*etree.Element)
		if !ok {
			continue
		}
		key := child.FullTag()
		if id := attr(child, "id"); id != "" {
			key += "[@id=" + quoteXPath(id) + "]"
		}
		if _, twin := byKey[key]; twin {
			if seen[key] == 0 {
				seen[key] = 1
			}
			seen[key]++
			key += "[" + strconv.Itoa(seen[key]) + "]"
		}
		byKey[key] = len(list)
		list = append(list, pair{key: key, from: child})
	}
	return list, byKey
}

// arrange compares the children that are on both sides and emits creations and moves. Which of the
// elements that changed their order count as moved is decided as crm_diff decides it.
func (c *differ) arrange(old, young []pair, path string) {
	before := newCounter(len(old))
	for j := range old {
		if old[j].to == nil {
			before.skip(j)
		}
	}
	position, after := 0, ""
	for i := range young {
		y := &young[i]
		if y.from == nil {
			c.changes = append(c.changes, Change{Op: ChangeCreate, Path: path, Position: i, After: after, XML: XML(y.to, false)})
			after = y.key
			continue
		}
		c.element(y.from, y.to, path+"/"+y.key)
		if p := before.count(y.place); p != position {
			c.changes = append(c.changes, Change{Op: ChangeMove, Path: path + "/" + y.key, Position: i, After: after})
			if p > position {
				before.skip(y.place)
				position++
			}
		} else {
			position++
		}
		after = y.key
	}
}

// counter counts how many places before a given one are not skipped: a Fenwick tree over the
// skipped ones, made when the first is skipped.
type counter struct {
	size int
	tree []int
}

func newCounter(size int) *counter { return &counter{size: size} }

func (c *counter) skip(place int) {
	if c.tree == nil {
		c.tree = make([]int, c.size+1)
	}
	for i := place + 1; i < len(c.tree); i += i & -i {
		c.tree[i]++
	}
}

func (c *counter) count(place int) int {
	n := place
	if c.tree != nil {
		for i := place; i > 0; i -= i & -i {
			n -= c.tree[i]
		}
	}
	return n
}
