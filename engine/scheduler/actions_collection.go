package scheduler

import "quorate/engine/rule"

// createActions makes those of the members, then the events of the group.
func (v group) createActions() {
	g := v.r
	for _, m := range g.Children {
		m.variant.createActions()
	}
	for _, t := range []string{"start", "running", "stop", "stopped"} {
		g.pseudo(t, true, true)
	}
	if rule.IsTrue(g.meta["promotable"]) {
		for _, t := range []string{"demote", "demoted", "promote", "promoted"} {
			g.pseudo(t, true, true)
		}
	}
}

// changes is what a collection's instances are about to do.
type changes struct{ starting, stopping, active, promoting, demoting, restarting bool }

// look finds out what one instance is about to do.
func (r *Resource) look(ch *changes) {
	one := changes{}
	r.leaves(func(x *Resource) {
		one.active = one.active || len(x.RunningOn) > 0
		for _, a := range x.actions {
			if a.optional() {
				continue
			}
			switch a.task {
			case "start":
				one.starting = one.starting || a.runnable()
			case "stop":
				one.stopping = one.stopping || a.runnable() || a.pseudo()
			case "promote":
				one.promoting = one.promoting || a.runnable()
			case "demote":
				one.demoting = one.demoting || a.runnable()
			}
		}
	})
	ch.starting = ch.starting || one.starting
	ch.stopping = ch.stopping || one.stopping
	ch.active = ch.active || one.active
	ch.promoting = ch.promoting || one.promoting
	ch.demoting = ch.demoting || one.demoting
	ch.restarting = ch.restarting || one.starting && one.stopping
}

// startStopEvents makes the events of a clone or bundle around its instances' starts and stops.
func (c *Cluster) startStopEvents(r *Resource, list []*Resource, notify bool) {
	ch := changes{}
	for _, k := range list {
		k.look(&ch)
	}
	r.pseudo("start", !ch.starting, true)
	running := r.pseudo("running", !ch.starting, ch.active || ch.starting)
	if !ch.active && !ch.starting {
		running.clear(aRunnable)
	}
	running.priority = Infinity
	if notify {
		r.CloneData.startNotify = c.newNotification(r, "start", "running")
	}
	stop := r.pseudo("stop", !ch.stopping, true)
	stopped := r.pseudo("stopped", !ch.stopping, true)
	stopped.priority = Infinity
	if !ch.restarting {
		stop.set1(aMigratable)
	}
	if notify {
		d := r.CloneData
		d.stopNotify = c.newNotification(r, "stop", "stopped")
		if d.startNotify != nil && d.stopNotify != nil {
			c.orderActions(d.stopNotify.postDone, d.startNotify.pre, lOrder)
		}
	}
}

func (v clone) createActions() {
	r := v.r
	c := r.cluster
	for _, k := range r.Children {
		k.variant.createActions()
	}
	if r.is(rOrdered) {
		c.chainInstances(r)
	}
	c.startStopEvents(r, r.Children, true)
	if r.is(rPromotable) {
		c.promotionActions(r)
	}
}

// chainInstances orders the instances of an ordered clone by number, stops in reverse.
func (c *Cluster) chainInstances(r *Resource) {
	stableSort(r.Children, func(a, b *Resource) int { return a.number() - b.number() })
	var lastStart, lastStop *action
	for _, k := range r.Children {
		if a := k.onlyRequired("start"); a != nil {
			if lastStart != nil {
				c.orderActions(lastStart, a, lOrder)
			}
			lastStart = a
		}
		if a := k.onlyRequired("stop"); a != nil {
			if lastStop != nil {
				c.orderActions(a, lastStop, lOrder)
			}
			lastStop = a
		}
	}
}

// onlyRequired returns the single required action of a task, nil if there are none or more.
func (r *Resource) onlyRequired(task string) *action {
	s := r.find(task, 0)
	if s == nil || len(s.actions) != 1 || s.actions[0].optional() {
		return nil
	}
	return s.actions[0]
}

// promotionActions makes the events around promotions and demotions.
func (c *Cluster) promotionActions(r *Resource) {
	ch := changes{}
	for _, k := range r.Children {
		k.variant.createActions()
		k.look(&ch)
	}
	d := r.CloneData
	r.pseudo("promote", !ch.promoting, true)
	promoted := r.pseudo("promoted", !ch.promoting, true)
	promoted.priority = Infinity
	d.promoteNotify = c.newNotification(r, "promote", "promoted")
	r.pseudo("demote", !ch.demoting, true)
	demoted := r.pseudo("demoted", !ch.demoting, true)
	demoted.priority = Infinity
	d.demoteNotify = c.newNotification(r, "demote", "demoted")
	if p := d.promoteNotify; p != nil {
		c.orderActions(d.stopNotify.postDone, p.pre, lOrder)
		c.orderActions(d.startNotify.postDone, p.pre, lOrder)
		q := d.demoteNotify
		c.orderActions(q.postDone, p.pre, lOrder)
		c.orderActions(q.postDone, d.startNotify.pre, lOrder)
		c.orderActions(q.postDone, d.stopNotify.pre, lOrder)
	}
	for _, k := range r.Children {
		k.priority = r.priority
	}
}

func (v bundle) createActions() {
	r := v.r
	c := r.cluster
	b := r.Bundle
	for _, p := range b.Replicas {
		if p.IP != nil {
			p.IP.variant.createActions()
		}
		p.Container.variant.createActions()
		if p.Connection != nil {
			p.Connection.variant.createActions()
		}
	}
	c.startStopEvents(r, r.partners(), false)
	if b.Clone == nil {
		return
	}
	b.Clone.variant.createActions()
	if b.Clone.is(rPromotable) {
		for _, t := range []string{"promote", "promoted", "demote", "demoted"} {
			a := r.pseudo(t, true, true)
			if t == "promoted" || t == "demoted" {
				a.priority = Infinity
			}
		}
	}
}
