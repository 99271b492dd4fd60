package scheduler

import "github.com/beevik/etree"

// variant is what differs between primitives, groups, clones and bundles.
type variant interface{}

type (
	primitive struct{ r *Resource }
	group     struct{ r *Resource }
	clone     struct{ r *Resource }
	bundle    struct{ r *Resource }
)

type (
	ordering     struct{}
	notifySet    struct{}
	notification struct{}
)

func (c *Cluster) hashWalk(order []int32) []int32                 { return order }
func (c *Cluster) addDeviceDigests(a *action, n *Node, op string) {}
func (c *Cluster) antiColocationOrders(k *colocation)             {}
func (c *Cluster) readOrder(e *etree.Element)                     {}

// Schedule decides. Assignment and actions follow; at present the graph stays empty.
func (c *Cluster) Schedule() *Result { return &Result{Cluster: c, Graph: &Graph{}} }

// Summary lists what changes.
func (r *Result) Summary() []SummaryLine { return nil }

// Dot lists actions and orderings for graphviz.
func (r *Result) Dot() ([]DotNode, []DotEdge) { return nil, nil }
