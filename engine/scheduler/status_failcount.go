package scheduler

import (
	"strconv"
	"strings"
)

// failCount is one fail-count or last-failure attribute of a node.
type failCount struct {
	name  string // resource as the attribute names it, with an instance number perhaps
	op    string // "monitor_10000", "" in old clusters
	last  bool   // last-failure, else fail-count
	value string
}

// failures indexes the fail counts of a node by resource name without instance number.
func (c *Cluster) failures(n *Node) map[string][]failCount {
	if n.fails != nil {
		return n.fails
	}
	n.fails = map[string][]failCount{}
	perOp := compareVersions(c.featureSet, "3.0.13") >= 0
	for name, v := range n.Attrs {
		f := failCount{value: v}
		rest, ok := strings.CutPrefix(name, "fail-count-")
		if !ok {
			if rest, ok = strings.CutPrefix(name, "last-failure-"); !ok {
				continue
			}
			f.last = true
		}
		f.name = rest
		if perOp {
			i := strings.LastIndexByte(rest, '#')
			if i < 0 || !isOpSuffix(rest[i+1:]) {
				continue
			}
			f.name, f.op = rest[:i], rest[i+1:]
		}
		base := baseID(f.name)
		n.fails[base] = append(n.fails[base], f)
	}
	return n.fails
}

func isOpSuffix(s string) bool {
	i := strings.LastIndexByte(s, '_')
	if i <= 0 || i == len(s)-1 {
		return false
	}
	for _, b := range []byte(s[i+1:]) {
		if !isDigit(b) {
			return false
		}
	}
	return true
}

func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		p, _ := parseInt(x)
		q, _ := parseInt(y)
		if p != q {
			return int(p - q)
		}
	}
	return 0
}

// rawFailCount sums the fail counts of a resource on a node and finds its last failure.
func (c *Cluster) rawFailCount(r *Resource, n *Node) (count Score, last int64) {
	name := r.historyID()
	unique := r.is(rUnique)
	if !unique {
		name = baseID(name)
	}
	for _, f := range c.failures(n)[baseID(name)] {
		if f.name != name && (unique || baseID(f.name) != name) {
			continue
		}
		if f.last {
			last = max(last, parseEpoch(f.value))
		} else {
			count = count.Add(c.parseScore(f.value))
		}
	}
	return count, last
}

// failCount is the count that is still in effect, and the time of the last failure. An entry
// of the history, if given, decides whether on-fail=block keeps the count for good.
func (c *Cluster) failCount(r *Resource, n *Node, o *opEntry) (Score, int64) {
	count, last := c.rawFailCount(r, n)
	if count > 0 && r.failTimeout > 0 && c.blockedForGood(r, n, o) {
		c.warn("Ignoring failure timeout " + strconv.FormatInt(r.failTimeout, 10) + " for " + r.ID + " because it conflicts with on-fail=block")
		r.failTimeout = 0
	}
	if count > 0 && last > 0 && r.failTimeout > 0 {
		if c.Now.Unix() > last+r.failTimeout {
			return 0, last
		}
	}
	return count, last
}

// thresholdCount adds the counts of what lives in a container.
func (c *Cluster) thresholdCount(r *Resource, n *Node) Score {
	count, _ := c.failCount(r, n, nil)
	if len(r.fillers) == 0 || r.inBundle() != nil {
		return count
	}
	for _, f := range r.fillers {
		k, _ := c.failCount(f, n, nil)
		count = count.Add(k)
	}
	return count
}

// blockedForGood reports whether an operation with on-fail=block failed here, as that entry says or, without one, any: such
// failures do not expire. Instances are known here by the name without a number only.
func (c *Cluster) blockedForGood(r *Resource, n *Node, o *opEntry) bool {
	var entries []*opEntry
	if o != nil {
		entries = []*opEntry{o}
	}
	for _, d := range r.ops {
		if !foldEq(attr(d.elem, "on-fail"), "block") {
			continue
		}
		if o == nil && entries == nil {
			entries = c.entriesOn(n, r.ConfiguredID)
		}
		for _, e := range entries {
			if e.task == d.name && e.interval == d.interval && e.failedAs(r.ConfiguredID, d) {
				return true
			}
		}
	}
	return false
}

// failedAs reports whether an entry is that of a failure of an operation of the resource with that name.
func (o *opEntry) failedAs(name string, d *opDef) bool {
	return o.id == name+"_last_failure_0" || o.id == opKey(name, d.name, d.interval) && o.rc != o.target
}

// entriesOn reads the entries in the history of a node under a name.
func (c *Cluster) entriesOn(n *Node, id string) []*opEntry {
	e := c.lrmResource(n, id)
	if e == nil {
		return nil
	}
	var out []*opEntry
	for _, k := range kids(e, "lrm_rsc_op") {
		out = append(out, parseOpEntry(k))
	}
	return out
}

// expired decides whether an entry is too old to count, and schedules the clearing of fail
// counts that have expired or whose definition changed.
func (h *history) expired(o *opEntry) bool {
	c, r, n := h.c, h.r, h.n
	expired := false
	if r.failTimeout > 0 && o.hasChanged {
		if c.Now.Unix() >= o.changed+r.failTimeout {
			expired = true
		}
		if count, last := c.failCount(r, n, o); count > 0 && c.Now.Unix() <= last+r.failTimeout {
			c.recheckAtUnix(last + r.failTimeout + 1)
		}
		if expired && r.reconnect > 0 && c.Options.Stonith && o.interval > 0 {
			if m := c.Node(r.ID); m != nil && !m.fenced {
				expired = false
			}
		}
	}
	reason := ""
	isFailure := strings.HasSuffix(o.id, "_last_failure_0")
	if expired {
		raw, _ := c.rawFailCount(r, n)
		effective, _ := c.failCount(r, n, o)
		switch {
		case raw > 0 && effective == 0:
			reason = "it expired"
		case raw > 0:
			expired = false
		case isFailure && r.reconnect > 0:
			reason = "reconnect interval is set"
		}
	}
	if !expired && isFailure && (o.task == "start" || o.task == "monitor") {
		if raw, _ := c.rawFailCount(r, n); raw >= 0 && c.paramsChanged(r, n, o) {
			reason = "resource parameters have changed"
		}
	}
	if reason != "" {
		h.clearFailCount()
	}
	if expired && o.isProbe() {
		switch o.rc {
		case rcOK, rcNotRunning, rcPromoted, rcDegraded, rcDegradedPromoted:
			expired = false // a probe's finding is no failure
		}
	}
	return expired
}

// clearFailCount schedules the removal of the fail count; with a reconnect interval it waits
// for the fencing of the remote node.
func (h *history) clearFailCount() {
	a := h.c.clearFailCount(h.r, h.n)
	if h.c.Options.Stonith && h.r.reconnect > 0 {
		if m := h.c.Node(h.r.ID); m != nil {
			f := h.c.fenceOp(m, "", true, "", false)
			h.c.orderActions(f, a, lOrder)
		}
	}
}

func (c *Cluster) clearFailCount(r *Resource, n *Node) *action {
	a := r.act("clear_failcount", 0, n, false)
	a.metaSet("op_no_wait", "true")
	return a
}

// clearing reports whether the fail count on a node is to be cleared.
func (r *Resource) clearing(n *Node) bool {
	return r.find("clear_failcount", 0).exact(n) != nil
}

// applyThreshold bans a resource from a node where it failed too often.
func (c *Cluster) applyThreshold(r *Resource, n *Node) {
	r.leaves(func(x *Resource) {
		if x.threshold == 0 || x.is(rFailureIgnored) || len(c.failures(n)) == 0 || x.clearing(n) {
			return
		}
		count := c.thresholdCount(x, n)
		if count > 0 && x.threshold-count <= 0 {
			c.banTop(x, n)
		}
	})
}

// thresholdReached reports the same for a single resource, even if its count is about to be cleared.
func (c *Cluster) thresholdReached(r *Resource, n *Node) bool {
	if r.threshold == 0 || r.is(rFailureIgnored) {
		return false
	}
	count := c.thresholdCount(r, n)
	return count > 0 && r.threshold-count <= 0
}
