package status

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/rule"
	"quorate/engine/scheduler"
)

// nodeHistory is the operation history of one node, in the order of the status section.
type nodeHistory struct {
	node      *scheduler.Node
	resources []*etree.Element // lrm_resource
}

// histories lists the histories of online nodes in the order of the status section.
func (v *View) histories(status *etree.Element) []nodeHistory {
	var list []nodeHistory
	if status == nil {
		return nil
	}
	for _, s := range status.SelectElements("node_state") {
		n := v.Cluster.Node(s.SelectAttrValue("uname", ""))
		if n == nil || !n.Online || !v.showsNode(n) {
			continue
		}
		h := nodeHistory{node: n}
		for _, lrm := range s.SelectElements("lrm") {
			for _, rs := range lrm.SelectElements("lrm_resources") {
				h.resources = append(h.resources, rs.SelectElements("lrm_resource")...)
			}
		}
		list = append(list, h)
	}
	return list
}

func (v *View) nodeTitle(n *scheduler.Node) string { return "Node: " + v.nodeName(n) }

// failCounts are what a resource's failures on a node amount to.
type failCounts struct {
	count scheduler.Score
	last  int64
}

func (v *View) failCounts(r *scheduler.Resource, n *scheduler.Node) failCounts {
	c, last := v.Cluster.FailCount(r, n)
	return failCounts{c, last}
}

// historyTitle is "RSC: migration-threshold=T fail-count=N last-failure='…'".
func (v *View) historyTitle(name string, r *scheduler.Resource, f failCounts) string {
	if r == nil {
		return name + ": orphan"
	}
	s := fmt.Sprintf("%s: migration-threshold=%d", name, int(r.Threshold()))
	if f.count > 0 {
		s += fmt.Sprintf(" fail-count=%d", int(f.count))
	}
	if f.count > 0 && f.last > 0 {
		s += " last-failure='" + v.clock(f.last) + "'"
	}
	return s
}

// clock writes a time in the zone that the cluster was read for.
func (v *View) clock(epoch int64) string {
	return time.Unix(epoch, 0).In(v.Cluster.Now.Location()).Format(Clock)
}

// historyName is the name of a history's resource for people, its own id if it has none.
func historyName(id string, r *scheduler.Resource) string {
	if r == nil {
		return id
	}
	return shownID(r)
}

// FailCountList is the "Migration Summary": resources with failures, by node.
func (v *View) FailCountList(status *etree.Element) *List {
	l := &List{Title: "Migration Summary"}
	list := v.histories(status)
	if len(list) == 0 {
		return nil
	}
	for _, h := range list {
		here := &List{Title: v.nodeTitle(h.node)}
		for _, e := range h.resources {
			id := e.SelectAttrValue("id", "")
			r := v.Cluster.FindHistory(id)
			if r == nil || !v.wantedUp(r) {
				continue
			}
			if f := v.failCounts(r, h.node); f.count > 0 {
				here.add(v.historyTitle(id, r, f), "")
			}
		}
		if len(here.Items) > 0 {
			l.sub(here)
		}
	}
	return l
}

// OperationList shows the history itself.
func (v *View) OperationList(status *etree.Element) *List {
	l := &List{Title: "Operations"}
	list := v.histories(status)
	if len(list) == 0 {
		return nil
	}
	for _, h := range list {
		here := &List{Title: v.nodeTitle(h.node)}
		for _, e := range h.resources {
			id := e.SelectAttrValue("id", "")
			r := v.Cluster.FindHistory(id)
			ops := shownOps(e)
			if len(ops) == 0 || r != nil && !v.wantedUp(r) {
				continue
			}
			var f failCounts
			if r != nil {
				f = v.failCounts(r, h.node)
			}
			of := &List{Title: v.historyTitle(historyName(id, r), r, f)}
			for _, o := range ops {
				of.add(v.opText(o), "")
			}
			here.sub(of)
		}
		if len(here.Items) > 0 {
			l.sub(here)
		}
	}
	return l
}

// shownOps are the entries of a history that are worth a line, in their order: no probes that found
// nothing.
func shownOps(e *etree.Element) []*etree.Element {
	var list []*etree.Element
	for _, o := range scheduler.SortHistory(e) {
		rc, task := o.SelectAttrValue("rc-code", ""), o.SelectAttrValue("operation", "")
		if task == "notify" || task == "monitor" && o.SelectAttrValue("interval", "0") == "0" && rc == "7" {
			continue
		}
		list = append(list, o)
	}
	return list
}

func (v *View) opText(o *etree.Element) string {
	a := func(name string) string { return o.SelectAttrValue(name, "") }
	rc := max(0, rule.ParseInt(a("rc-code")))
	task := a("operation")
	if task == "monitor" && rule.ParseInt(a("interval")) == 0 {
		task = "probe"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "(%s) %s", a("call-id"), task)
	if !v.Timing && rule.ParseInt(a("interval")) == 0 {
		return b.String()
	}
	b.WriteByte(':')
	if i := a("interval"); i != "" && i != "0" {
		fmt.Fprintf(&b, " interval=%q", i+"ms")
	}
	if !v.Timing {
		return b.String()
	}
	if t, err := strconv.ParseInt(a("last-rc-change"), 10, 64); err == nil && t > 0 {
		fmt.Fprintf(&b, " last-rc-change=%q", v.clock(t))
	}
	if t := a("exec-time"); t != "" {
		fmt.Fprintf(&b, " exec-time=%q", t+"ms")
	}
	if t := a("queue-time"); t != "" {
		fmt.Fprintf(&b, " queue-time=%q", t+"ms")
	}
	fmt.Fprintf(&b, " rc=%d (%s)", rc, ResultText(rc))
	return b.String()
}

// opStatusTexts name the execution status of an operation.
var opStatusTexts = map[int]string{-1: "pending", 0: "complete", 1: "Cancelled", 2: "Timed Out", 3: "NOT SUPPORTED", 4: "Error",
	5: "Hard error", 6: "Fatal error", 7: "Not installed", 8: "Internal communication failure", 9: "Cannot execute now", 10: "No fence device",
	11: "CIB secrets unavailable"}

func opStatusText(s int) string {
	if t, ok := opStatusTexts[s]; ok {
		return t
	}
	return "UNKNOWN!"
}

// FailureList shows the failed operations.
func (v *View) FailureList() *List {
	l := &List{Title: "Failed Resource Actions"}
	for _, f := range v.FailedOps {
		if f.Masked && !v.showMasked(f) || f.Node != nil && !v.showsNode(f.Node) || f.Resource != nil && !v.wantedUp(f.Resource) {
			continue
		}
		if v.Detail {
			l.add(v.failureDetail(f), "")
		} else {
			l.add(v.failureText(f), "")
		}
	}
	if len(l.Items) == 0 {
		return nil
	}
	return l
}

// FailureDetails is FailureList with all that is recorded of each failure.
func (v *View) FailureDetails() *List {
	d := *v
	d.Detail = true
	return d.FailureList()
}

// showMasked: a masked probe failure is told by the resource's own line already.
func (v *View) showMasked(*scheduler.FailedOp) bool { return false }

func (v *View) failureText(f *scheduler.FailedOp) string {
	a := func(name string) string { return f.Element.SelectAttrValue(name, "") }
	text := v.failedWhat(f) + " on " + nodeNameOf(f) + " " + Outcome(f)
	if t, err := strconv.ParseInt(a("last-rc-change"), 10, 64); err == nil && t > 0 {
		text += " at " + v.clock(t)
	}
	if ms, err := strconv.Atoi(a("exec-time")); err == nil && ms > 0 {
		text += " after " + span(ms)
	}
	return text
}

// Outcome is how an operation failed: "returned 'not running'", "could not be executed (Timed Out: …)", with the
// agent's reason where it gave one.
func Outcome(f *scheduler.FailedOp) string {
	reason := f.Element.SelectAttrValue("exit-reason", "")
	switch {
	case f.Status == 0 && reason != "":
		return "returned '" + ResultText(f.RC) + "' (" + reason + ")"
	case f.Status == 0:
		return "returned '" + ResultText(f.RC) + "'"
	case reason != "":
		return "could not be executed (" + opStatusText(f.Status) + ": " + reason + ")"
	}
	return "could not be executed (" + opStatusText(f.Status) + ")"
}

func nodeNameOf(f *scheduler.FailedOp) string {
	if f.Node == nil {
		return "unknown node"
	}
	return f.Node.Name
}

// failedWhat is "p1 5s-interval monitor" or "p1 probe".
func (v *View) failedWhat(f *scheduler.FailedOp) string {
	id, task, interval, ok := scheduler.SplitKey(f.Key)
	if !ok {
		return f.Key
	}
	switch {
	case task == "monitor" && interval == 0:
		return id + " probe"
	case interval > 0:
		return id + " " + span(int(interval)) + "-interval " + task
	}
	return id + " " + task
}

// span writes milliseconds as the field does: "60s", "1m30s", "3.001s", "39ms". A unit is used only for more than one of it.
func span(ms int) string {
	var b strings.Builder
	for _, u := range []struct {
		name string
		ms   int
	}{{"d", 86400000}, {"h", 3600000}, {"m", 60000}} {
		if ms > u.ms {
			b.WriteString(strconv.Itoa(ms/u.ms) + u.name)
			ms %= u.ms
		}
	}
	switch {
	case ms > 1000 && ms%1000 != 0:
		fmt.Fprintf(&b, "%d.%03ds", ms/1000, ms%1000)
	case ms > 1000:
		fmt.Fprintf(&b, "%ds", ms/1000)
	case ms > 0:
		fmt.Fprintf(&b, "%dms", ms)
	}
	return b.String()
}

// failureDetail is the form with all that is recorded.
func (v *View) failureDetail(f *scheduler.FailedOp) string {
	a := func(name string) string { return f.Element.SelectAttrValue(name, "") }
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %s '%s' (%d): call=%s, status='%s'", f.Key, nodeNameOf(f), ResultText(f.RC), f.RC, a("call-id"), opStatusText(f.Status))
	if s := a("exit-reason"); s != "" {
		b.WriteString(", exitreason='" + s + "'")
	}
	whole, _, _ := strings.Cut(a("last-rc-change"), ".")
	if t, err := strconv.ParseInt(whole, 10, 64); err == nil {
		b.WriteString(", last-rc-change='" + v.clock(t) + "'")
	}
	if s := a("queue-time"); s != "" {
		b.WriteString(", queued=" + s + "ms")
	}
	if s := a("exec-time"); s != "" {
		b.WriteString(", exec=" + s + "ms")
	}
	return b.String()
}
