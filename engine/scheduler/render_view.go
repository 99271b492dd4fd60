package scheduler

import (
	"sort"

	"github.com/beevik/etree"
)

// What viewers of the model ask for beyond its exported fields.

// IsDC reports whether the CIB names the node as the designated controller.
func (n *Node) IsDC() bool { return n.isDC }

// ExpectedUp reports whether the node is to be a member: it has joined and does not shut down.
func (n *Node) ExpectedUp() bool { return n.expectedUp }

// DC is the designated controller, nil while there is none.
func (c *Cluster) DC() *Node { return c.dc }

// FailCount is the fail count of a resource on a node, expired or not, and the time of its last failure in
// seconds since 1970; 0 for none.
func (c *Cluster) FailCount(r *Resource, n *Node) (count Score, last int64) {
	return c.rawFailCount(r, n)
}

// FindHistory returns the resource that a history's id belongs to on a node, nil if there is none.
func (c *Cluster) FindHistory(id string) *Resource {
	if r := c.named(id); r != nil {
		return r
	}
	return c.rscByID[id]
}

// Param is a parameter of the resource as configured for no node in particular.
func (r *Resource) Param(name string) (string, bool) { v, ok := r.parameters(nil)[name]; return v, ok }

// TicketList lists the tickets by id.
func (c *Cluster) TicketList() []*Ticket {
	var list []*Ticket
	for _, t := range c.Tickets {
		list = append(list, t)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list
}

// SplitKey takes an operation key like "web_monitor_10000" apart; the interval is in milliseconds.
func SplitKey(key string) (resource, task string, interval int64, ok bool) { return splitKey(key) }

// SortHistory returns the entries of an <lrm_resource> in the order in which they happened.
func SortHistory(e *etree.Element) []*etree.Element {
	var list []*etree.Element
	for _, o := range sortOps(e) {
		list = append(list, o.elem)
	}
	return list
}

// Params are the parameters of the resource in force on a node; nil asks for no node in particular. The
// result is shared: do not change it.
func (r *Resource) Params(n *Node) map[string]string { return r.parameters(n) }

// Ban is a location constraint that keeps a resource from a node.
type Ban struct {
	ID           string // of the constraint, or of the rule in it
	Resource     *Resource
	Node         *Node
	Score        Score // negative
	PromotedOnly bool
}

// Bans reads the constraints and lists the negative locations, the last first. It also makes the tickets known that only
// constraints name, and lets them act on the resources. Not for a Cluster that Schedule is called for.
func (c *Cluster) Bans() []Ban {
	c.readConstraints()
	var list []Ban
	for i := len(c.locations) - 1; i >= 0; i-- {
		l := c.locations[i]
		for j := range l.nodes {
			n := l.nodes[j]
			if !l.or {
				n = l.nodes[len(l.nodes)-1-j] // as crm_mon lists them
			}
			if n.score < 0 {
				list = append(list, Ban{l.id, l.rsc, n.node, n.score, l.role == RolePromoted})
			}
		}
	}
	return list
}
