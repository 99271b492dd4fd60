package scheduler

import "quorate/engine/rule"

// probeOrders keeps a start that might be cancelled by a probe's finding from having stopped
// others for nothing: stops made necessary by a start wait for its probes, and so does what
// waits for stops.
func (c *Cluster) probeOrders() {
	for _, r := range c.Resources {
		r.leaves(func(x *Resource) {
			if s := x.find("monitor", 0); s != nil {
				c.probesBeforeRestarts(x, s.actions)
			}
		})
	}
	for i := 0; i < len(c.orders); i++ {
		c.probesBeforeThen(c.orders[i])
	}
}

// probesBeforeRestarts walks forward from what the probes of r precede. The walk is the same
// for all its probes, so it is made once for each set of followers.
func (c *Cluster) probesBeforeRestarts(r *Resource, probes []*action) {
	walks := map[*action][]*action{}
	for _, p := range probes {
		for _, l := range append([]*link(nil), p.outputs...) {
			stops, ok := walks[l.then]
			if !ok {
				w := &probeWalk{r: r, seen: map[*action]bool{}}
				w.follow(l.then)
				stops = w.stops
				walks[l.then] = stops
			}
			for _, s := range stops {
				c.orderActions(p, s, lOrder)
			}
		}
	}
}

type probeWalk struct {
	r     *Resource
	seen  map[*action]bool
	stops []*action
}

func (w *probeWalk) follow(a *action) {
	if w.seen[a] {
		return
	}
	w.seen[a] = true
	if a.rsc == nil {
		w.followAll(a)
		return
	}
	if a.rsc.Kind == Primitives && a.rsc != w.r {
		task := map[string]string{"start": "stop", "promote": "demote"}[a.task]
		if s := a.rsc.find(task, 0); task != "" && s != nil {
			for i := len(s.actions) - 1; i >= 0; i-- {
				if k := s.actions[i]; !k.pseudo() {
					w.stops = append(w.stops, k)
				}
			}
		}
	}
	var pair *Resource
	interleave := a.rsc.collects() && rule.IsTrue(a.rsc.meta["interleave"])
	if interleave {
		pair = w.r.cluster.pair(w.r, a.rsc, RoleUnknown, false)
	}
	for i := len(a.outputs) - 1; i >= 0; i-- {
		l := a.outputs[i]
		if l.made&lThenRequired == 0 && (!w.descends(a, l.then) || interleave && pair != l.then.rsc) {
			continue
		}
		w.follow(l.then)
	}
}

// followAll goes on from an event without resource.
func (w *probeWalk) followAll(a *action) {
	for i := len(a.outputs) - 1; i >= 0; i-- {
		if l := a.outputs[i]; l.made&lThenRequired != 0 {
			w.follow(l.then)
		}
	}
}

// descends reports whether the walk goes on from a collection to its own member; from the
// parent of what is probed it does not.
func (w *probeWalk) descends(a, to *action) bool {
	return a.rsc.Kind != Primitives && w.r.Parent != a.rsc && to.rsc != nil && !to.rsc.collects() && to.rsc.Parent == a.rsc
}

// probesBeforeThen lets the probes of a resource precede what its stop precedes.
func (c *Cluster) probesBeforeThen(o *ordering) {
	r := o.first.rsc
	if r == nil || o.first.task != "stop" || o.first.interval != 0 || o.then.rsc == r {
		return
	}
	if o.then.act == nil && o.then.rsc == nil {
		return
	}
	s := r.find("monitor", 0)
	if s == nil || len(s.actions) == 0 {
		return
	}
	var thens []*action
	if o.then.act != nil {
		thens = []*action{o.then.act}
	} else if k := o.then.rsc.find(o.then.task, o.then.interval); k != nil {
		thens = k.actions
	}
	flags := lOrder | o.flags&(lNotMigratable|lSameNode)
	if o.flags == lLoad || o.flags == lAntiColocation {
		flags = o.flags
	}
	for _, p := range s.actions {
		for _, t := range thens {
			if t.rsc == r || t.task == "stop" && (t.rsc == r.container || t.rsc.container == r) {
				continue
			}
			if t.task == "stonith" && t.node == p.node && t.meta["stonith_action"] == "on" {
				continue
			}
			if t.task == "do_shutdown" && t.node != p.node {
				continue
			}
			c.orderActions(p, t, flags)
		}
	}
}
