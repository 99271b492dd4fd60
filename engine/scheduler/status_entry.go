package scheduler

import (
	"strings"

	"github.com/beevik/etree"
)

// Execution states of an operation (op-status).
const (
	statusUnknown      = -2
	statusPending      = -1
	statusDone         = 0
	statusCancelled    = 1
	statusTimeout      = 2
	statusUnsupported  = 3
	statusError        = 4
	statusHardError    = 5
	statusFatal        = 6
	statusNotInstalled = 7
	statusNotConnected = 8
	statusNoFenceDev   = 10
	statusNoSecrets    = 11
)

// Agent results that matter here.
const (
	rcOK               = 0
	rcInvalidParam     = 2
	rcUnimplemented    = 3
	rcNoPermission     = 4
	rcNotInstalled     = 5
	rcNotConfigured    = 6
	rcNotRunning       = 7
	rcPromoted         = 8
	rcFailedPromoted   = 9
	rcDegraded         = 190
	rcDegradedPromoted = 191
	rcUnknownState     = 193
)

// opEntry is one entry of the operation history.
type opEntry struct {
	elem       *etree.Element
	id, key    string
	task       string
	interval   int64
	call       int
	rc, target int
	status     int
	statusText string
	changed    int64 // last-rc-change, 0 if missing
	hasChanged bool
	transition int
	uuid       string
	hasMagic   bool
	from, to   string // migrate_source, migrate_target
	onNode     string
}

func parseOpEntry(e *etree.Element) *opEntry {
	o := &opEntry{elem: e, call: -1, status: statusUnknown, target: -1, transition: -1}
	tkey, magic := "", ""
	for i := range e.Attr {
		v := e.Attr[i].Value
		switch e.Attr[i].Key {
		case "id":
			o.id = v
		case "operation":
			o.task = v
		case "operation_key":
			o.key = v
		case "call-id":
			o.call = parseIntOr(v, 0)
		case "rc-code":
			o.rc = parseIntOr(v, 0)
		case "op-status":
			o.status = parseIntOr(v, statusUnknown)
			o.statusText = v
		case "interval":
			ms, _ := parseInt(v)
			o.interval = ms
		case "transition-key":
			tkey = v
		case "transition-magic":
			magic = v
		case "last-rc-change":
			o.changed, o.hasChanged = parseEpoch(v), v != ""
		case "migrate_source":
			o.from = v
		case "migrate_target":
			o.to = v
		case "on_node":
			o.onNode = v
		}
	}
	if o.key == "" {
		o.key = o.id
	}
	if _, target, _, ok := parseTransitionKey(tkey); ok {
		o.target = target
	}
	if i := strings.IndexByte(magic, ';'); i > 0 {
		if tr, _, uuid, ok := parseTransitionKey(magic[i+1:]); ok {
			o.transition, o.uuid, o.hasMagic = tr, uuid, true
		}
	}
	return o
}

// parseTransitionKey reads "action:transition:target:uuid".
func parseTransitionKey(s string) (transition, target int, uuid string, ok bool) {
	p := strings.SplitN(s, ":", 4)
	if len(p) != 4 {
		return 0, 0, "", false
	}
	t, ok1 := parseInt(p[1])
	rc, ok2 := parseInt(p[2])
	return int(t), int(rc), p[3], ok1 && ok2
}

// isProbe reports whether the entry is that of a probe.
func (o *opEntry) isProbe() bool { return o.task == "monitor" && o.interval == 0 }

// maskable: such results of probes mean that the resource cannot run here, so it does not.
func (o *opEntry) maskable() bool {
	return o.isProbe() && (o.rc == rcNotInstalled || o.rc == rcInvalidParam || o.status == statusNotInstalled)
}

// compareOps orders two entries by age: negative if a is older. sameNode tells whether call ids
// can be compared. It is not a total order: equal call ids and missing times tie.
func compareOps(a, b *opEntry, sameNode bool) int {
	if sameNode && a.onNode != "" && b.onNode != "" {
		sameNode = a.onNode == b.onNode
	}
	if sameNode && a.id == b.id {
		return 0
	}
	if a.call == -1 && b.call == -1 {
		return 0
	}
	if sameNode && a.call >= 0 && a.call < b.call {
		return -1
	}
	if sameNode && b.call >= 0 && a.call > b.call {
		return 1
	}
	if a.call >= 0 && b.call >= 0 {
		switch {
		case !a.hasChanged || !b.hasChanged || a.changed == b.changed:
			return 0
		case a.changed < b.changed:
			return -1
		}
		return 1
	}
	return comparePending(a, b)
}

// comparePending: one of two is pending; the transitions tell which came first.
func comparePending(a, b *opEntry) int {
	switch {
	case !a.hasMagic || !b.hasMagic:
		return 0
	case a.uuid != b.uuid || a.transition == b.transition:
		if b.call == -1 {
			return -1
		}
		if a.call == -1 {
			return 1
		}
		return 0
	case b.transition == -1 || a.transition != -1 && a.transition < b.transition:
		return -1
	}
	return 1
}

// sortOps reads and sorts the entries of one resource on one node.
func sortOps(e *etree.Element) []*opEntry {
	elems := kids(e, "lrm_rsc_op")
	ops := make([]*opEntry, len(elems))
	for i, k := range elems {
		ops[len(elems)-1-i] = parseOpEntry(k)
	}
	stableSort(ops, func(a, b *opEntry) int { return compareOps(a, b, true) })
	return ops
}

// activeRange finds where the entries begin that are in force: from the last start on, or
// from the last stop if that is later.
func activeRange(ops []*opEntry) (start, stop int) {
	start, stop = -1, -1
	implied, monitor := -1, -1
	for i, o := range ops {
		switch o.task {
		case "stop":
			if o.statusText == "0" {
				stop = i
			}
		case "start", "migrate_from":
			start = i
		case "promote", "demote":
			implied = i
		case "monitor":
			if monitor <= stop && (o.rc == rcOK || o.rc == rcPromoted) {
				monitor = i
			}
		}
	}
	if start == -1 {
		start = implied
		if start == -1 {
			start = monitor
		}
	}
	return start, stop
}
