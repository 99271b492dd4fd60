package scheduler

// variant is what differs between primitives, groups, clones and bundles.
type variant interface {
	// read makes what the resource consists of: members, instances, replicas.
	read() error
	// locate hands a location constraint on to these.
	locate(l *location, zero bool)
	// colocate lets the resource's placement act on the primitive p, which wants to be with it or away from it.
	colocate(k *colocation, p *Resource)
	// need adds what its unplaced primitives take of a node; those in the set are counted elsewhere.
	need(u *Utilization, inSet map[*Resource]bool)
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
	// write puts the actions of the resource and of what it consists of into the graph, in this order.
	write(b *graphBuilder)
}

type (
	primitive struct{ r *Resource }
	group     struct{ r *Resource }
	clone     struct{ r *Resource }
	bundle    struct{ r *Resource }
)
