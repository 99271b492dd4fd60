package scheduler

// assign places the containers of a bundle like the instances of a clone, and puts
// addresses, connections and the primitive inside where they are. Each time it is asked
// again it repeats that, which changes no placement.
func (v bundle) assign(prefer *Node) *Node {
	r := v.r
	c := r.cluster
	b := r.Bundle
	r.set(rAssigning)
	defer r.clear(rAssigning)
	c.showScores(r, "pcmk__bundle_allocate")
	containers := r.partners()
	c.sortInstances(r, containers)
	c.distribute(r, containers, len(b.Replicas), b.PerHost)
	for _, p := range b.Replicas {
		c.assignReplica(p)
	}
	if b.Clone != nil {
		for i := range b.Clone.table.e {
			if b.Clone.table.e[i].present {
				b.Clone.table.e[i].score = -Infinity
			}
		}
		for _, p := range b.Replicas {
			b.Clone.table.put(p.Node, 0)
		}
		b.Clone.variant.assign(prefer)
	}
	r.clear(rUnplaced)
	return nil
}

func (c *Cluster) assignReplica(p *Replica) {
	host := p.Container.Assigned
	if p.IP != nil {
		p.IP.variant.assign(host)
	}
	if p.Connection != nil {
		if host != nil && host.Kind == Remote && host.Connection != nil {
			c.newColocation("#remote-in-remote", "", Infinity, p.Connection, host.Connection, "", "", true)
		}
		p.Connection.variant.assign(host)
	}
	if p.Child == nil {
		return
	}
	for i := range p.Child.table.e {
		e := &p.Child.table.e[i]
		switch {
		case !e.present:
		case c.byIdx[i] != p.Node:
			e.score = -Infinity
		case !c.thresholdReached(p.Child, p.Node):
			e.score = Infinity
		}
	}
	p.Child.Parent.set(rAssigning)
	p.Child.variant.assign(p.Node)
	p.Child.Parent.clear(rAssigning)
}
