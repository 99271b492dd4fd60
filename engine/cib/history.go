package cib

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// OpRecord is one <lrm_rsc_op>: how an operation of a resource went on a node.
type OpRecord struct {
	ID            string `json:"id,omitempty"` // of the entry; "" = derived, see RecordOp
	Resource      string `json:"resource"`
	Class         string `json:"class"`
	Provider      string `json:"provider,omitempty"`
	Type          string `json:"type"`
	Container     string `json:"container,omitempty"` // of a bundle's parts
	Operation     string `json:"operation"`           // start, stop, monitor, …
	Key           string `json:"key,omitempty"`       // operation_key; "" = RESOURCE_OPERATION_INTERVAL
	TransitionKey string `json:"transition_key"`      // "action:transition:expected rc:uuid"
	IntervalMS    int    `json:"interval_ms"`
	CallID        int    `json:"call_id"` // -1 while pending
	RC            int    `json:"rc"`      // 193 while pending
	Status        int    `json:"status"`  // op-status; -1 while pending
	ExitReason    string `json:"exit_reason,omitempty"`
	OnNode        string `json:"on_node"`
	Origin        string `json:"origin,omitempty"`         // crm-debug-origin; "" = do_update_resource
	LastRCChange  int64  `json:"last_rc_change,omitempty"` // seconds since 1970; 0 = unknown
	ExecMS        int64  `json:"exec_ms"`
	QueueMS       int64  `json:"queue_ms"`
	Digest        string `json:"digest,omitempty"`
	ForceRestart  string `json:"force_restart,omitempty"` // names that are not reloadable, "  a b  "
	RestartDigest string `json:"restart_digest,omitempty"`
	SecureParams  string `json:"secure_params,omitempty"` // private names, "  passwd  "
	SecureDigest  string `json:"secure_digest,omitempty"`
	MigrateSource string `json:"migrate_source,omitempty"`
	MigrateTarget string `json:"migrate_target,omitempty"`
}

// Values of op-status that decide here; package executor has them all.
const (
	opPending   = -1
	opDone      = 0
	opCancelled = 1
	rcPending   = 193
)

// Pending tells whether the operation was started and has no result yet.
func (r *OpRecord) Pending() bool { return r.Status == opPending }

// Failed tells whether the outcome counts as a failure: not done at all, or done with another result
// than the transition key expects. A pending or cancelled operation has not failed.
func (r *OpRecord) Failed() bool {
	switch r.Status {
	case opPending, opCancelled:
		return false
	case opDone:
		return r.RC != r.ExpectedRC()
	}
	return true
}

// ExpectedRC is the third part of the transition key; 0 where the key is not readable.
func (r *OpRecord) ExpectedRC() int {
	parts := strings.SplitN(r.TransitionKey, ":", 4)
	if len(parts) < 4 {
		return 0
	}
	rc, _ := strconv.Atoi(parts[2])
	return rc
}

// Magic is the transition-magic: op-status, result and transition key in one.
func (r *OpRecord) Magic() string {
	return strconv.Itoa(r.Status) + ":" + strconv.Itoa(r.RC) + ";" + r.TransitionKey
}

// key is the operation key, derived where none is given.
func (r *OpRecord) key() string {
	if r.Key != "" {
		return r.Key
	}
	return r.Resource + "_" + r.Operation + "_" + strconv.Itoa(r.IntervalMS)
}

// usualID is the id of the entry that holds the newest operation of this kind: one for all one-shot
// operations, one for each recurring one, and their own for notifications and migrations.
func (r *OpRecord) usualID() string {
	switch {
	case r.Operation == "migrate_to", r.Operation == "migrate_from", r.Operation == "notify", r.IntervalMS > 0:
		return r.key()
	}
	return r.lastID()
}

// lastID is the id of the entry for the newest one-shot operation, beforeID of what it was before that one was ordered.
func (r *OpRecord) lastID() string   { return r.Resource + "_last_0" }
func (r *OpRecord) beforeID() string { return r.Resource + "_before_0" }

// failureID is the id of the entry that keeps the newest failure until it is cleaned up.
func (r *OpRecord) failureID() string { return r.Resource + "_last_failure_0" }

// RecordOp writes the outcome of an operation, or that it is pending, into the history of a node.
// The entries are Pacemaker's: RSC_last_0, RSC_OP_MS for recurring operations, RSC_migrate_to_0 and
// RSC_migrate_from_0. A failure is written to RSC_last_failure_0, and to RSC_last_0 as well if it was
// one-shot; a failed recurring operation leaves the entry of its last good run, unless that one says
// pending (there Pacemaker shows the operation as pending for ever). While a one-shot operation is pending,
// RSC_before_0 keeps what was known until then: a service is there until its stop has succeeded. (Pacemaker has
// that in its executor, and asks it when the DC changes.) An ID in r overrules all that.
func (d *Document) RecordOp(node NodeRef, r OpRecord) {
	n := d.ensureNode(node)
	resource := n.ensureResource(node, &r)
	if r.ID == "" && r.usualID() == r.lastID() {
		keepBefore(resource, &r)
	}
	for _, id := range r.entryIDs(resource) {
		writeOp(resource, id, &r)
	}
	d.statusChanged()
}

// keepBefore sets the last known outcome aside when r is pending, or a start that is still running when r is the stop
// that waits for it, and drops it when r is known.
func keepBefore(resource *etree.Element, r *OpRecord) {
	before, last := entry(resource, r.beforeID()), entry(resource, r.lastID())
	switch {
	case !r.Pending():
		if before != nil {
			resource.RemoveChild(before)
		}
	case last != nil && (attr(last, "op-status") != strconv.Itoa(opPending) || mayActivate(last) && r.Operation == "stop"):
		if before != nil {
			resource.RemoveChild(before)
		}
		last.CreateAttr("id", r.beforeID())
	}
}

// mayActivate tells whether an operation that is still running can leave the resource active.
func mayActivate(op *etree.Element) bool {
	switch attr(op, "operation") {
	case "start", "promote", "demote", "migrate_from":
		return true
	}
	return false
}

func (r *OpRecord) entryIDs(resource *etree.Element) []string {
	usual := r.usualID()
	switch {
	case r.ID != "":
		return []string{r.ID}
	case !r.Failed() || r.Operation == "migrate_to" || r.Operation == "migrate_from":
		return []string{usual}
	case r.IntervalMS == 0:
		return []string{r.failureID(), usual}
	}
	if e := entry(resource, usual); e != nil && attr(e, "op-status") != strconv.Itoa(opPending) {
		return []string{r.failureID()}
	}
	return []string{r.failureID(), usual}
}

// ensureResource returns the <lrm_resource> of r's resource and makes what is missing above it. What
// agent it is says the newest operation, so that the scheduler sees when another was configured.
func (n *nodeStatus) ensureResource(node NodeRef, r *OpRecord) *etree.Element {
	e := n.history[r.Resource]
	if e == nil {
		if n.resources == nil {
			lrm := child(n.state, "lrm")
			if lrm == nil {
				lrm = n.state.CreateElement("lrm")
				lrm.CreateAttr("id", node.ID)
			}
			n.resources = lrm.CreateElement("lrm_resources")
		}
		e = n.resources.CreateElement("lrm_resource")
		e.CreateAttr("id", r.Resource)
		n.history[r.Resource] = e
	}
	if r.Type != "" {
		for _, a := range [][2]string{{"type", r.Type}, {"class", r.Class}, {"provider", r.Provider}, {"container", r.Container}} {
			putOptional(e, a[0], a[1])
		}
	}
	return e
}

// SetShutdownLock notes on a resource's history that its node was shut down with it at that time
// (seconds since 1970), so that it waits for the node; 0 takes the note away.
func (d *Document) SetShutdownLock(node, resource string, since int64) {
	n := d.node(node)
	if n == nil || n.history[resource] == nil {
		return
	}
	value := ""
	if since != 0 {
		value = strconv.FormatInt(since, 10)
	}
	if putOptional(n.history[resource], "shutdown-lock", value) {
		d.statusChanged()
	}
}

// entry returns the <lrm_rsc_op> with that id; a resource has a handful of them.
func entry(resource *etree.Element, id string) *etree.Element {
	for _, t := range resource.Child {
		if e, ok := t.(*etree.Element); ok && attr(e, "id") == id {
			return e
		}
	}
	return nil
}

// writeOp writes one entry with the attributes in Pacemaker's order.
func writeOp(resource *etree.Element, id string, r *OpRecord) {
	e := entry(resource, id)
	if e == nil {
		e = resource.CreateElement("lrm_rsc_op")
	}
	e.Attr = make([]etree.Attr, 0, 22)
	set := func(key, value string) { e.Attr = append(e.Attr, etree.Attr{Key: key, Value: value}) }
	optional := func(key, value string) {
		if value != "" {
			set(key, value)
		}
	}
	origin := r.Origin
	if origin == "" {
		origin = "do_update_resource"
	}
	set("id", id)
	set("operation_key", r.key())
	set("operation", r.Operation)
	set("crm-debug-origin", origin)
	set("crm_feature_set", FeatureSet)
	set("transition-key", r.TransitionKey)
	set("transition-magic", r.Magic())
	set("exit-reason", storable(r.ExitReason))
	set("on_node", r.OnNode)
	set("call-id", strconv.Itoa(r.CallID))
	set("rc-code", strconv.Itoa(r.RC))
	set("op-status", strconv.Itoa(r.Status))
	set("interval", strconv.Itoa(r.IntervalMS))
	if r.LastRCChange != 0 {
		set("last-rc-change", strconv.FormatInt(r.LastRCChange, 10))
	}
	set("exec-time", strconv.FormatInt(r.ExecMS, 10))
	set("queue-time", strconv.FormatInt(r.QueueMS, 10))
	optional("migrate_source", r.MigrateSource)
	optional("migrate_target", r.MigrateTarget)
	optional("op-digest", r.Digest)
	optional("op-force-restart", r.ForceRestart)
	optional("op-restart-digest", r.RestartDigest)
	optional("op-secure-params", r.SecureParams)
	optional("op-secure-digest", r.SecureDigest)
}

// PendingOp returns r as the entry that is written before the operation is started.
func PendingOp(r OpRecord) OpRecord {
	r.Status, r.RC, r.CallID = opPending, rcPending, -1
	r.ExitReason, r.ExecMS, r.QueueMS = "", 0, 0
	return r
}

// History returns all entries of a node in document order, each with its ID.
func (d *Document) History(node string) []OpRecord {
	n := d.node(node)
	if n == nil || n.resources == nil {
		return nil
	}
	var all []OpRecord
	for _, resource := range n.resources.ChildElements() {
		all = appendHistory(all, resource)
	}
	return all
}

// ResourceHistory returns the entries of one resource on a node.
func (d *Document) ResourceHistory(node, resource string) []OpRecord {
	n := d.node(node)
	if n == nil || n.history[resource] == nil {
		return nil
	}
	return appendHistory(nil, n.history[resource])
}

func appendHistory(all []OpRecord, resource *etree.Element) []OpRecord {
	for _, e := range resource.ChildElements() {
		if e.Tag == "lrm_rsc_op" {
			all = append(all, readOp(resource, e))
		}
	}
	return all
}

// readOp reads one entry; where old documents lack rc-code and op-status, the magic has them.
func readOp(resource, e *etree.Element) OpRecord {
	number := func(key string) int64 { n, _ := strconv.ParseInt(attr(e, key), 10, 64); return n }
	r := OpRecord{
		ID: attr(e, "id"), Resource: attr(resource, "id"), Class: attr(resource, "class"),
		Provider: attr(resource, "provider"), Type: attr(resource, "type"), Container: attr(resource, "container"),
		Operation: attr(e, "operation"), Key: attr(e, "operation_key"), TransitionKey: attr(e, "transition-key"),
		IntervalMS: int(number("interval")), CallID: int(number("call-id")),
		RC: int(number("rc-code")), Status: int(number("op-status")),
		ExitReason: attr(e, "exit-reason"), OnNode: attr(e, "on_node"), Origin: attr(e, "crm-debug-origin"),
		LastRCChange: number("last-rc-change"), ExecMS: number("exec-time"), QueueMS: number("queue-time"),
		Digest: attr(e, "op-digest"), ForceRestart: attr(e, "op-force-restart"), RestartDigest: attr(e, "op-restart-digest"),
		SecureParams: attr(e, "op-secure-params"), SecureDigest: attr(e, "op-secure-digest"),
		MigrateSource: attr(e, "migrate_source"), MigrateTarget: attr(e, "migrate_target"),
	}
	return r
}

// DeleteHistory deletes entries of the history of a node: of one resource ("" = all), of one operation
// key such as "web_monitor_10000" ("" = all), failed ones only or any. A resource left without
// entries is deleted, so that it is probed again.
func (d *Document) DeleteHistory(node, resource, opKey string, failedOnly bool) {
	n := d.node(node)
	if n == nil || n.resources == nil {
		return
	}
	targets := n.resources.ChildElements()
	if resource != "" {
		if targets = nil; n.history[resource] != nil {
			targets = []*etree.Element{n.history[resource]}
		}
	}
	changed := false
	for _, r := range targets {
		changed = n.deleteEntries(r, opKey, failedOnly) || changed
	}
	if changed {
		d.statusChanged()
	}
}

// deleteEntries deletes the entries of one resource that match and tells whether there were any.
func (n *nodeStatus) deleteEntries(resource *etree.Element, opKey string, failedOnly bool) bool {
	kept, matched := 0, false
	for _, e := range resource.ChildElements() {
		r := readOp(resource, e)
		if opKey != "" && r.key() != opKey || failedOnly && !r.Failed() {
			kept++
			continue
		}
		matched = true
		resource.RemoveChild(e)
	}
	if kept > 0 || !matched && (opKey != "" || failedOnly) {
		return matched
	}
	n.resources.RemoveChild(resource)
	delete(n.history, attr(resource, "id"))
	return true
}
