package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
)

// Injection is what is changed in a CIB before the scheduler looks at it; each list in the order given.
type Injection struct {
	Quorum   string // new have-quorum; "" leaves it
	Watchdog string // new have-watchdog; "" leaves it
	Up       []string
	Down     []string
	Fail     []string
	Grant    []string
	Revoke   []string
	Standby  []string // tickets
	Activate []string // tickets
	Ops      []string // KEY@NODE=RC
}

// Empty tells whether there is nothing to inject. Quorum alone does not count, as in crm_simulate.
func (i *Injection) Empty() bool {
	for _, l := range [][]string{i.Up, i.Down, i.Fail, i.Grant, i.Revoke, i.Standby, i.Activate, i.Ops} {
		if len(l) > 0 {
			return false
		}
	}
	return i.Watchdog == ""
}

// Line is one line of a report; Info lines stand outside the list.
type Line struct {
	Text    string
	Element []string // the element that tells the same in XML: its tag, then names and values; nil for none
	Info    bool
}

// report collects lines, and errors that do not end the work.
type report struct {
	lines  []Line
	errors []string
}

func (r *report) say(element []string, format string, args ...any) {
	r.lines = append(r.lines, Line{Text: fmt.Sprintf(format, args...), Element: element})
}

func (r *report) info(format string, args ...any) {
	r.lines = append(r.lines, Line{Text: fmt.Sprintf(format, args...), Info: true})
}

func (r *report) fail(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// Apply makes the changes to doc. cluster is the model read from doc before; it knows the resources. problems are
// errors in single items, which do not stop the others.
func (i *Injection) Apply(doc *cib.Document, cluster *scheduler.Cluster, now time.Time) (lines []Line, problems []string, err error) {
	e := &injector{editor: editor{doc: doc, now: now}, cluster: cluster, nodesUp: len(i.Up) > 0}
	defer doc.Touch()
	if i.Quorum != "" {
		e.say(nil, "Setting quorum: %s", i.Quorum)
		set(doc.Root(), "have-quorum", i.Quorum)
		e.statusChanged()
	}
	if i.Watchdog != "" {
		e.say(nil, "Setting watchdog: %s", i.Watchdog)
		e.watchdog(i.Watchdog)
	}
	for _, n := range i.Up {
		e.say(nodeElement("Online", n), "Bringing node %s online", n)
		e.setState(n, "true", "online", "member", "member")
	}
	for _, n := range i.Down {
		e.say(nodeElement("Offline", n), "Taking node %s offline", n)
		e.wipe(e.setState(n, "false", "offline", "down", "down"))
	}
	for _, n := range i.Fail {
		e.say(nodeElement("Failing", n), "Failing node %s", n)
		e.setState(n, "false", "online", "member", "member")
	}
	e.tickets(i)
	for _, spec := range i.Ops {
		e.say([]string{"inject_spec", "spec", spec}, "Injecting %s into the configuration", spec)
		if err := e.injectOp(spec); err != nil {
			return e.lines, e.errors, err
		}
	}
	return e.lines, e.errors, nil
}

func nodeElement(action, node string) []string {
	return []string{"modify_node", "action", action, "node", node}
}

// injector is the state of one Apply.
type injector struct {
	editor
	report
	cluster *scheduler.Cluster
	nodesUp bool // some node is brought online: then any node that is touched becomes one of the configuration
}

func (e *injector) watchdog(value string) {
	config := e.doc.Section("crm_config")
	if config == nil {
		return
	}
	set := with(config, "cluster_property_set", "id", "cib-bootstrap-options")
	if set == nil {
		set = child(config, "cluster_property_set", "id", "cib-bootstrap-options")
	}
	e.nvpair(set, "cib-bootstrap-options-have-watchdog", "have-watchdog", value)
	e.configurationChanged()
}

// state is the state of a node that is about to be changed.
func (e *injector) state(name string) *etree.Element {
	if e.nodesUp {
		e.configureNode(name)
	}
	return e.nodeState(name, e.nodeID(name))
}

func (e *injector) setState(name, inCCM, crmd, join, expected string) *etree.Element {
	state := e.state(name)
	if setAll(state, "in_ccm", inCCM, "crmd", crmd, "join", join, "expected", expected, "crm-debug-origin", "crm_simulate") {
		e.statusChanged()
	}
	return state
}

func (e *injector) tickets(i *Injection) {
	for _, k := range []struct {
		names                     []string
		action, text, name, value string
	}{
		{i.Grant, "Granting", "Granting ticket %s", "granted", "true"},
		{i.Revoke, "Revoking", "Revoking ticket %s", "granted", "false"},
		{i.Standby, "Standby", "Making ticket %s standby", "standby", "true"},
		{i.Activate, "Activating", "Activating ticket %s", "standby", "false"},
	} {
		for _, id := range k.names {
			e.say([]string{"modify_ticket", "action", k.action, "ticket", id}, k.text, id)
			list := child(e.status(), "tickets")
			t := with(list, "ticket_state", "id", id)
			if t == nil {
				t = create(list, "ticket_state", "id", id)
			}
			set(t, k.name, k.value)
			e.statusChanged()
		}
	}
}

// injectOp records one operation result, KEY@NODE=RC.
func (e *injector) injectOp(spec string) error {
	key, rest, ok1 := strings.Cut(spec, "@")
	node, rcText, ok2 := strings.Cut(rest, "=")
	rc, err := strconv.Atoi(rcText)
	if !ok1 || !ok2 || err != nil || key == "" || node == "" {
		e.fail("Invalid operation spec: %s.  Only found %d fields", spec, fieldsFound(key, node))
		return nil
	}
	id, task, interval, ok := scheduler.SplitKey(key)
	r := e.cluster.FindHistory(id)
	if !ok || r == nil {
		if !ok {
			id = "(null)"
		}
		e.fail("Invalid resource name: %s", id)
		return nil
	}
	if e.cluster.Node(node) == nil && with(e.status(), "node_state", "uname", node) == nil {
		return cib.Errorf(exit.NoHost, "there is no node %q to inject %s into: bring it up in the same command (--node-up %s)", node, spec, node)
	}
	if r.Kind != scheduler.Primitives {
		return cib.Errorf(exit.Usage, "%s is a %s, which has no operations of its own: name what is in it to inject %s", id, r.Element.Tag, spec)
	}
	state := e.state(node)
	ms := strconv.FormatInt(interval, 10)
	if rc != 0 && (rc != 7 || interval != 0) {
		e.lines = append(e.lines, e.failAttributes(state, id, task, ms)...)
	}
	if !knownClasses[r.Class] {
		e.fail("Invalid class for %s: %s", id, r.Class)
		return nil
	}
	rsc, call := e.resourceHistory(state, id, id, &scheduler.Primitive{ID: id, Class: r.Class, Provider: r.Provider, Type: r.Type})
	res := result{resource: id, task: task, interval: ms, rc: rc}
	if rc != 0 {
		res.reason = "Simulated action result"
	}
	e.record(rsc, call, res)
	return nil
}

// fieldsFound counts what of an incomplete KEY@NODE=RC is there.
func fieldsFound(key, node string) int {
	n := 0
	for _, f := range []string{key, node} {
		if f != "" {
			n++
		}
	}
	return n
}
