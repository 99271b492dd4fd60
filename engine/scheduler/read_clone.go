package scheduler

import (
	"errors"
	"strconv"

	"quorate/engine/rule"
)

// read reads the limits of a clone and makes its instances.
func (v clone) read() error {
	r := v.r
	d := &CloneData{}
	r.CloneData = d
	for _, e := range kids(r.Element, "") {
		if e.Tag == "primitive" || e.Tag == "group" {
			d.child = e
			break
		}
	}
	if d.child == nil {
		return errors.New(r.ID + " has no resource to clone")
	}
	if r.Element.Tag == "master" {
		r.meta["promotable"] = "true"
		r.set(rPromotable)
	}
	r.cloneLimits()
	r.flag(rOrdered, rule.IsTrue(r.meta["ordered"]))
	r.flag(rInterleave, rule.IsTrue(r.meta["interleave"]))
	if _, ok := r.meta["resource-stickiness"]; !ok {
		r.meta["resource-stickiness"] = "1" // instances do not shuffle without need
	}
	if r.is(rUnique) {
		r.meta["globally-unique"] = "true"
	} else {
		r.meta["globally-unique"] = "false"
	}
	if d.Max <= 0 {
		// one orphan instance, so that history can be hooked to the clone
		if r.newInstance() == nil {
			return errors.New(r.ID + " has no valid resource to clone")
		}
		return nil
	}
	for i := 0; i < d.Max; i++ {
		if r.newInstance() == nil {
			return errors.New(r.ID + " has no valid resource to clone")
		}
	}
	return nil
}

// maxInstances bounds the instances of a clone and the replicas of a bundle.
const maxInstances = 5000

func (r *Resource) cloneLimits() {
	d := r.CloneData
	limit := func(def int, names ...string) int {
		for _, n := range names {
			if v, ok := r.meta[n]; ok {
				return max(0, parseIntOr(v, 0))
			}
		}
		return def
	}
	d.Max = limit(max(1, len(r.cluster.Nodes)), "clone-max")
	if d.Max > maxInstances {
		r.cluster.err("clone-max of " + r.ID + " is too large: " + strconv.Itoa(maxInstances) + " is used")
		d.Max = maxInstances
	}
	d.NodeMax = limit(1, "clone-node-max")
	if r.is(rPromotable) {
		d.PromotedMax = limit(1, "promoted-max", "master-max")
		d.PromotedNodeMax = limit(1, "promoted-node-max", "master-node-max")
	}
	if !r.is(rUnique) && d.NodeMax > 1 {
		r.cluster.err("Ignoring promoted-max for " + r.ID + " because anonymous clones support only one instance per node") // means clone-node-max
		d.NodeMax = 1
	}
}

// newInstance makes the next instance; beyond clone-max it is an orphan.
func (r *Resource) newInstance() *Resource {
	d := r.CloneData
	orphan := d.total >= d.Max
	k := r.cluster.unpackResource(d.child, r, d.total)
	if k == nil {
		return nil
	}
	d.total++
	k.all(func(x *Resource) { x.meta["clone-max"] = strconv.Itoa(d.Max) })
	if orphan {
		k.setAll(rOrphan)
	}
	r.Children = append(r.Children, k)
	return k
}

// childID is the configured id of what is cloned.
func (d *CloneData) childID() string { return attr(d.child, "id") }

// ChildID is the configured id of the cloned resource.
func (r *Resource) ChildID() string { return r.CloneData.childID() }
