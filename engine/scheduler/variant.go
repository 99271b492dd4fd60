package scheduler

// variant is what differs between primitives, groups, clones and bundles.
type variant interface {
	// internalConstraints makes the orderings and colocations that the kind implies.
	internalConstraints()
	// assign places the resource, on the preferred node if that is among the best; it
	// returns the node, nil if there is none or not a single one.
	assign(prefer *Node) *Node
	// createProbe makes the probes on a node; it reports whether there are any.
	createProbe(n *Node) bool
	// createActions makes all actions that may be needed.
	createActions()
	// summary is the state of an action: of an event of a collection, that of its instances'
	// actions, on the node if one is given.
	summary(a *action, n *Node) actionFlags
	// update applies one meaning of an ordering f→t, t being an action of this resource.
	update(f, t *action, n *Node, ff, filter actionFlags, as linkFlags) changed
}

type (
	primitive struct{ r *Resource }
	group     struct{ r *Resource }
	clone     struct{ r *Resource }
	bundle    struct{ r *Resource }
)
