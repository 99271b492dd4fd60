package simulate

import (
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/cib"
	"quorate/engine/digest"
	"quorate/engine/scheduler"
)

// Execution is how a transition went.
type Execution struct {
	Lines    []Line
	Problems []string // errors in failure specifications and the like
	Failed   bool     // an action failed as asked for, and what depends on it was not done
	Stuck    bool     // actions wait for each other: the graph is invalid
}

// infinitePriority is that of actions which are done although the transition was aborted.
const infinitePriority = 1000000

// Run executes a graph on doc. cluster is the model that the graph was made of; failures are specifications
// RSC_OP_INTERVAL@NODE=RC of actions that fail; nodesAdded tells that nodes without configuration may appear.
func Run(doc *cib.Document, cluster *scheduler.Cluster, graph *scheduler.Graph, failures []string, nodesAdded bool, now time.Time) *Execution {
	e := &executor{editor: editor{doc: doc, now: now}, cluster: cluster, failures: failures, nodesAdded: nodesAdded}
	defer doc.Touch()
	e.confirmed = make(map[int]bool, len(graph.Actions))
	waiting := append([]*scheduler.Action(nil), graph.Actions...)
	for {
		left := waiting[:0]
		for _, a := range waiting {
			if !e.ready(a) || !e.fire(a) {
				left = append(left, a)
			}
		}
		if len(left) == len(waiting) {
			break
		}
		waiting = left
	}
	e.out.Lines, e.out.Problems = e.lines, e.errors
	e.out.Failed = e.aborted
	e.out.Stuck = len(waiting) > 0 && !e.aborted
	return &e.out
}

// executor is the state of one Run.
type executor struct {
	editor
	report
	out        Execution
	cluster    *scheduler.Cluster
	failures   []string
	nodesAdded bool
	confirmed  map[int]bool // done; a failed action confirms only actions of infinite priority
	broken     map[int]bool
	aborted    bool
}

// ready tells whether everything an action waits for is done.
func (e *executor) ready(a *scheduler.Action) bool {
	if e.aborted && a.Type != scheduler.PseudoEvent && a.Priority < infinitePriority {
		return false
	}
	for _, id := range a.Inputs {
		if !e.confirmed[id] || e.broken[id] && a.Priority < infinitePriority {
			return false
		}
	}
	return true
}

// fire does an action; it tells whether that is to be forgotten now.
func (e *executor) fire(a *scheduler.Action) bool {
	ok := true
	switch {
	case a.Type == scheduler.PseudoEvent:
		on, element := "", []string{"pseudo_action", "task", a.Key}
		if a.NodeName != "" {
			on, element = " on "+a.NodeName, append(element, "node", a.NodeName)
		}
		e.say(element, "Pseudo action:   %s%s", a.Key, on)
	case a.Type == scheduler.CrmEvent && a.Operation == "stonith":
		e.fence(a)
	case a.Type == scheduler.CrmEvent:
		of, element := "", []string{"cluster_action", "task", a.Operation, "node", a.NodeName}
		if a.Primitive != nil {
			of, element = " for "+a.Primitive.ID, append(element, "id", a.Primitive.ID)
		}
		e.say(element, "Cluster action:  %s%s on %s", a.Operation, of, a.NodeName)
	default:
		ok = e.operation(a)
	}
	e.confirmed[a.ID] = true
	if !ok {
		e.aborted = true
		if e.broken == nil {
			e.broken = map[int]bool{}
		}
		e.broken[a.ID] = true
	}
	return true
}

// fence takes a node down; unfencing changes nothing that is recorded.
func (e *executor) fence(a *scheduler.Action) {
	op := a.Attr("CRM_meta_stonith_action")
	e.say([]string{"fencing_action", "target", a.NodeName, "op", op}, "Fencing %s (%s)", a.NodeName, op)
	if op == "on" {
		return
	}
	state := e.stateOf(a.NodeName, a.NodeID)
	setAll(state, "crm-debug-origin", "simulate_fencing_action", "in_ccm", "false", "crmd", "offline", "join", "down", "expected", "down")
	e.statusChanged()
	e.wipe(state)
}

// stateOf finds the state of a node that an action changes; where nodes were brought up, it becomes a configured one.
func (e *executor) stateOf(name, id string) *etree.Element {
	if e.nodesAdded {
		e.configureNode(name)
	}
	return e.nodeState(name, id)
}

// interval of an action in milliseconds, "0" for one that is done once.
func interval(a *scheduler.Action) string {
	if i := a.Attr("CRM_meta_interval"); i != "" {
		return i
	}
	return "0"
}

// operation runs an agent in our minds. It returns false if it failed.
func (e *executor) operation(a *scheduler.Action) bool {
	if a.Operation == "probe_again" || a.Primitive == nil {
		return true
	}
	name, ms := e.shownName(a.Primitive), interval(a)
	task, element := a.Operation, []string{"rsc_action", "resource", name, "op", a.Operation, "node", a.NodeName}
	if ms != "0" {
		task, element = task+"="+ms, append(element, "interval", ms)
	}
	e.say(element, "Resource action: %-15s %s on %s", name, task, a.NodeName)
	if a.Operation == "delete" || a.Operation == "meta-data" {
		return true
	}
	expected, _ := strconv.Atoi(a.Attr("CRM_meta_op_target_rc"))
	r := result{resource: a.Primitive.ID, task: a.Operation, interval: ms, rc: expected, expected: expected, digest: paramDigest(a, ms)}
	switch a.Operation {
	case "notify":
		r.notify = a.Attr("CRM_meta_notify_type") + "_notify_" + a.Attr("CRM_meta_notify_operation")
		r.rc, r.expected = 0, 0
	case "migrate_to", "migrate_from":
		r.source, r.target = a.Attr("CRM_meta_migrate_source"), a.Attr("CRM_meta_migrate_target")
	}
	if !knownClasses[a.Primitive.Class] && !e.hasHistory(a, name) {
		e.fail("Invalid class for %s: %s", name, a.Primitive.Class)
		return false
	}
	return e.finish(a, name, r)
}

// finish records the result, which may be a failure that was asked for.
func (e *executor) finish(a *scheduler.Action, name string, r result) bool {
	id := a.NodeID
	if a.Router != "" {
		id = a.NodeName
	}
	state := e.stateOf(a.NodeName, id)
	failed := false
	if rc, as, ok := e.failure(a, name, r.interval); ok {
		failed = true
		r.rc, r.reason = rc, "User-injected result"
		e.info("Pretending action %d failed with rc=%d", a.ID, rc)
		if rc != 0 && (rc != 7 || r.interval != "0") {
			e.lines = append(e.lines, e.failAttributes(state, as, a.Operation, r.interval)...)
		}
	}
	rsc, call := e.resourceHistory(state, name, a.Primitive.ID, a.Primitive)
	e.record(rsc, call, r)
	return !failed
}

// hasHistory tells whether the action's resource has a history on its node.
func (e *executor) hasHistory(a *scheduler.Action, name string) bool {
	state := with(e.status(), "node_state", "uname", a.NodeName)
	if state == nil || state.SelectElement("lrm") == nil {
		return false
	}
	known := e.historiesIn(child(child(state, "lrm"), "lrm_resources"))
	return len(known[name])+len(known[a.Primitive.ID]) > 0
}

// shownName is the resource's id where a resource goes by it, else its long name.
func (e *executor) shownName(p *scheduler.Primitive) string {
	if e.cluster.FindHistory(p.ID) == nil && p.LongID != "" && e.cluster.FindHistory(p.LongID) != nil {
		return p.LongID
	}
	return p.ID
}

// failure looks for a specification that makes the action fail, and by which name it does.
func (e *executor) failure(a *scheduler.Action, name, ms string) (rc int, as string, ok bool) {
	rest := "_" + a.Operation + "_" + ms + "@" + a.NodeName + "="
	for _, spec := range e.failures {
		for _, n := range []string{name, a.Primitive.ID} {
			prefix := n + rest
			if len(spec) < len(prefix) || !strings.EqualFold(spec[:len(prefix)], prefix) {
				continue
			}
			rc, err := strconv.Atoi(spec[len(prefix):])
			if err != nil {
				e.fail("Invalid failed operation '%s' (result code must be integer)", spec)
				break
			}
			return rc, n, true
		}
	}
	return 0, "", false
}

// paramDigest is that of the parameters of an action; a recurring one depends on its timeout as well.
func paramDigest(a *scheduler.Action, ms string) string {
	params := map[string]string{}
	for _, t := range a.Attrs {
		if digest.Counts(t.Name) || t.Name == "CRM_meta_timeout" && ms != "0" {
			params[t.Name] = t.Value
		}
	}
	return digest.Parameters(params)
}
