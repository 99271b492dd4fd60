package simulate

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/scheduler"
)

// result is one operation as it is recorded.
type result struct {
	resource string // as in operation keys
	task     string
	interval string // ms
	rc       int
	expected int
	reason   string
	digest   string // "" leaves op-digest out
	notify   string // "pre_notify_start": for notifications, what the entry's id is made of
	source   string // of a migration
	target   string
}

// resourceHistory finds the history of a resource by one of two names, or makes it. Where old status sections have several
// of a name, none of them counts: an update goes into the first, together with what the others hold.
func (e *editor) resourceHistory(state *etree.Element, name, id string, p *scheduler.Primitive) (rsc *etree.Element, call int) {
	node := state.SelectAttrValue("id", "")
	list := child(child(state, "lrm", "id", node), "lrm_resources")
	index := e.historiesIn(list)
	for _, n := range []string{name, id} {
		switch found := index[n]; len(found) {
		case 0:
		case 1:
			return found[0], nextCall(found[0])
		default:
			for _, other := range found[1:] {
				mergeEntries(found[0], other)
			}
			return found[0], 1
		}
	}
	r := create(list, "lrm_resource", "id", id, "class", p.Class)
	if p.Provider != "" {
		set(r, "provider", p.Provider)
	}
	set(r, "type", p.Type)
	index[id] = append(index[id], r)
	return r, 1
}

// mergeEntries copies what one history has into another.
func mergeEntries(into, from *etree.Element) {
	for _, op := range from.ChildElements() {
		have := with(into, op.Tag, "id", op.SelectAttrValue("id", ""))
		if have == nil {
			into.AddChild(op.Copy())
			continue
		}
		for _, a := range op.Attr {
			set(have, a.Key, a.Value)
		}
	}
}

// knownClasses are the classes of agents that may have a history.
var knownClasses = map[string]bool{"ocf": true, "stonith": true, "service": true, "upstart": true, "systemd": true, "lsb": true}

// nextCall is a call id above all in the history.
func nextCall(rsc *etree.Element) int {
	call := 0
	for _, t := range rsc.Child {
		if e, ok := t.(*etree.Element); ok {
			n, _ := strconv.Atoi(e.SelectAttrValue("call-id", "0"))
			call = max(call, n)
		}
	}
	return call + 1
}

// entryIDs are the ids under which an operation is kept: one for each recurring operation, one for the last of the others,
// and one for the last failure.
func (r *result) entryIDs() (key string, ids []string) {
	task := r.task
	if task == "reload" || task == "reload-agent" {
		task = "start" // the resource is then as if it had been started with the new parameters
	}
	key = r.resource + "_" + task + "_" + r.interval
	switch {
	case r.notify != "":
		ids = []string{r.resource + "_" + r.notify + "_0"}
	case task == "migrate_to" || task == "migrate_from":
		ids = []string{key}
	case r.rc != r.expected && r.interval == "0":
		ids = []string{r.resource + "_last_failure_0", r.resource + "_last_0"}
	case r.rc != r.expected:
		ids = []string{r.resource + "_last_failure_0"}
	case r.interval != "0":
		ids = []string{key}
	default:
		ids = []string{r.resource + "_last_0"}
	}
	return key, ids
}

const dcUUID = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

// record writes the entries of one operation.
func (e *editor) record(rsc *etree.Element, number int, r result) {
	call := strconv.Itoa(number)
	key, ids := r.entryIDs()
	tkey := call + ":-1:" + strconv.Itoa(r.expected) + ":" + dcUUID
	task := strings.TrimSuffix(r.task, "-agent")
	if task == "reload" {
		task = "start"
	}
	for _, id := range ids {
		op := with(rsc, "lrm_rsc_op", "id", id)
		if op == nil {
			op = create(rsc, "lrm_rsc_op", "id", id)
		}
		setAll(op, "operation_key", key, "operation", task, "crm-debug-origin", "crm_simulate",
			"crm_feature_set", scheduler.FeatureSet, "transition-key", tkey, "transition-magic", "0:"+strconv.Itoa(r.rc)+";"+tkey,
			"exit-reason", r.reason, "call-id", call, "rc-code", strconv.Itoa(r.rc), "op-status", "0", "interval", r.interval,
			"last-rc-change", strconv.FormatInt(e.now.Unix(), 10), "exec-time", "0", "queue-time", "0")
		if r.source != "" || r.target != "" {
			setAll(op, "migrate_source", r.source, "migrate_target", r.target)
		}
		if r.digest != "" {
			set(op, "op-digest", r.digest)
		}
	}
	e.statusChanged()
}

// failAttributes counts a failure of an operation in the node's attributes and returns what was done, a line each.
func (e *editor) failAttributes(state *etree.Element, resource, task, interval string) []Line {
	id := state.SelectAttrValue("id", "")
	op := resource + "#" + task + "_" + interval
	now := strconv.FormatInt(e.now.Unix(), 10)
	set := child(child(state, "transient_attributes", "id", id), "instance_attributes", "id", id)
	setID := set.SelectAttrValue("id", id)
	var lines []Line
	for _, p := range [][2]string{{"fail-count-" + op, "value++"}, {"last-failure-" + op, now}} {
		lines = append(lines, Line{Text: "Injecting attribute " + p[0] + "=" + p[1] + " into /node_state '" + id + "'",
			Element: []string{"inject_attr", "name", p[0], "value", p[1], "node_path", "/node_state", "cib_node", id}})
		e.nvpair(set, xmlID(setID+"-"+p[0]), p[0], p[1])
	}
	return lines
}

// nvpair sets a name-value pair by its id; "value++" counts it up.
func (e *editor) nvpair(parent *etree.Element, id, name, value string) {
	p := with(parent, "nvpair", "id", id)
	if p == nil {
		p = create(parent, "nvpair", "id", id, "name", name)
		if value == "value++" {
			value = "1"
		}
	} else if value == "value++" {
		n, _ := strconv.Atoi(p.SelectAttrValue("value", "0"))
		value = strconv.Itoa(n + 1)
	}
	set(p, "value", value)
}
