package scheduler

import (
	"fmt"
	"strconv"
	"strings"

	"quorate/engine/digest"
	"quorate/engine/rule"
)

type digestKey struct {
	r        *Resource
	task     string
	interval int64
}

// digests are those of an operation as it is configured now.
type digests struct {
	all, restart, secure string
	ownParams            bool // the operation has parameters of its own
}

// verdict says how a configured operation differs from a recorded one.
type verdict uint8

const (
	digestSame verdict = iota
	digestUnknown
	digestRestart
	digestAll
)

// computeDigests computes what an entry of the history would record today.
func (c *Cluster) computeDigests(r *Resource, n *Node, task string, interval int64, o *opEntry) *digests {
	if n.digests == nil {
		n.digests = map[digestKey]*digests{}
	}
	key := digestKey{r, task, interval}
	if d, ok := n.digests[key]; ok {
		return d
	}
	d := &digests{}
	n.digests[key] = d
	m := map[string]string{}
	if _, ok := r.parameters(n)["addr"]; ok {
		if a := r.bundleAddr(); a != "" {
			m["addr"] = a
		}
	}
	copyMissing(m, r.parameters(n))
	def := r.lookupOp(task, interval)
	op := r.opParams(def, n)
	d.ownParams = len(op) > 0
	copyMissing(m, op)
	for k := range m {
		if !digest.Counts(k) {
			delete(m, k)
		}
	}
	timeout := ""
	if interval > 0 {
		timeout = r.opTable(def, task, interval)["timeout"]
		m["CRM_meta_timeout"] = timeout
	}
	d.all = digest.Parameters(m)
	if o == nil {
		return d
	}
	d.restart = c.restartDigest(m, o)
	d.secure = c.secureDigest(r, n, m, o)
	return d
}

func copyMissing(into, from map[string]string) {
	for k, v := range from {
		if _, ok := into[k]; !ok {
			into[k] = v
		}
	}
}

// opParams are the instance attributes of an operation, evaluated for a node. Their rules may ask for anything but
// the operation: op_expression is never true here, as in Pacemaker.
func (r *Resource) opParams(d *opDef, n *Node) map[string]string {
	if d == nil || kid(d.elem, "instance_attributes") == nil {
		return nil
	}
	m := map[string]string{}
	env := rule.Env{}
	if n != nil {
		env.NodeAttr = n.attr
	}
	r.cluster.merge(d.elem, "instance_attributes", "", env, m, false)
	return m
}

func (c *Cluster) restartDigest(m map[string]string, o *opEntry) string {
	if _, ok := attrOK(o.elem, "op-restart-digest"); !ok && !c.staleEntries[o.elem] {
		return ""
	}
	list, ok := attrOK(o.elem, "op-force-restart")
	if !ok {
		return digest.Parameters(m)
	}
	keep := map[string]string{}
	for k, v := range m {
		if strings.Contains(list, " "+k+" ") {
			keep[k] = v
		}
	}
	return digest.Parameters(keep)
}

func (c *Cluster) secureDigest(r *Resource, n *Node, m map[string]string, o *opEntry) string {
	if _, ok := attrOK(o.elem, "op-secure-digest"); !ok {
		return ""
	}
	version := attr(o.elem, "crm_feature_set")
	if version == "" {
		version = c.featureSet
	}
	src := m
	if compareVersions(version, "3.16.0") < 0 {
		src = map[string]string{}
		copyMissing(src, r.parameters(n))
		for k := range src {
			if !digest.Counts(k) || r.is(rFenceDevice) && fenceSpecial(k) {
				delete(src, k)
			}
		}
	}
	list, ok := attrOK(o.elem, "op-secure-params")
	if !ok {
		list = " passwd password "
	}
	keep := map[string]string{}
	for k, v := range src {
		if !strings.Contains(list, " "+k+" ") {
			keep[k] = v
		}
	}
	return digest.Parameters(keep)
}

// fenceSpecial names the parameters of fence devices that no agent sees.
func fenceSpecial(k string) bool {
	return strings.HasPrefix(k, "pcmk_") || k == "provides" || k == "stonith-timeout"
}

// compareDigest tells whether the definition of a recorded operation changed.
func (c *Cluster) compareDigest(r *Resource, n *Node, o *opEntry) verdict {
	d := c.computeDigests(r, n, o.task, o.interval, o)
	v := digestSame
	restart, hasRestart := attrOK(o.elem, "op-restart-digest")
	if c.staleEntries[o.elem] {
		restart, hasRestart = "stale", true
	}
	recorded, has := attrOK(o.elem, "op-digest")
	switch {
	case hasRestart && d.restart != "" && restart != d.restart:
		v = digestRestart
	case !has:
		v = digestUnknown
	case recorded == d.all:
	case o.interval == 0 && d.ownParams:
		v = digestRestart
	default:
		v = digestAll
	}
	return v
}

// onlyPrivate reports whether what differs is secret: such a change has no effect on what runs,
// though it does make an earlier failure worth another try.
func (c *Cluster) onlyPrivate(r *Resource, n *Node, o *opEntry) bool {
	secure := attr(o.elem, "op-secure-digest")
	if secure == "" || secure != c.computeDigests(r, n, o.task, o.interval, o).secure {
		return false
	}
	c.notice("Only 'private' parameters to " + c.readable(o.interval) + "-interval " + o.task + " for " + r.ID +
		" on " + n.Name + " changed: " + attr(o.elem, "transition-magic"))
	return true
}

// paramsChanged reports whether a failed entry was made with other parameters.
func (c *Cluster) paramsChanged(r *Resource, n *Node, o *opEntry) bool {
	if addr, ok := r.parameters(nil)["addr"]; ok && addr == "#uname" {
		c.deferredDigests = append(c.deferredDigests, deferredDigest{r, n, o, true})
		return false
	}
	return c.digestDiffers(r, n, o)
}

func (c *Cluster) digestDiffers(r *Resource, n *Node, o *opEntry) bool {
	v := c.compareDigest(r, n, o)
	return v != digestSame && v != digestUnknown
}

// deferredDigest is a comparison that has to wait until containers are placed.
type deferredDigest struct {
	r       *Resource
	n       *Node
	o       *opEntry
	failure bool
}

// readable prints an interval for people: "10s", "1m30s", "60s", "500ms". As the field's tools
// do, it says a unit only for more than one of it, and repeats itself where there is no interval.
func (c *Cluster) readable(ms int64) string {
	if ms == 0 {
		return or(c.lastInterval, "0s")
	}
	out := ""
	for _, u := range []struct {
		ms   int64
		name string
	}{{86400000, "d"}, {3600000, "h"}, {60000, "m"}} {
		if ms > u.ms {
			out += strconv.FormatInt(ms/u.ms, 10) + u.name
			ms %= u.ms
		}
	}
	switch {
	case ms > 1000 && ms%1000 != 0:
		out += fmt.Sprintf("%d.%03ds", ms/1000, ms%1000)
	case ms > 1000:
		out += fmt.Sprintf("%ds", ms/1000)
	case ms > 0:
		out += fmt.Sprintf("%dms", ms)
	}
	c.lastInterval = out
	return out
}
