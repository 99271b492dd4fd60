package tools

import (
	"regexp"

	"quorate/engine/api"
	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

var attributeCommand = &command{
	name: "crm_attribute", formats: true,
	summary: "crm_attribute - query and change cluster options and node attributes",
	options: []option{
		{long: "name", short: 'n', arity: value, hint: "NAME", help: "Name of the attribute or option; queries without it show all"},
		{long: "pattern", short: 'P', arity: value, hint: "PATTERN", help: "All attributes whose name matches this regular expression"},
		{long: "promotion", short: 'p', arity: optional, hint: "RESOURCE", help: "Promotion score of the resource (default: OCF_RESOURCE_INSTANCE); implies -l reboot"},
		{long: "set-name", short: 's', arity: value, hint: "ID", help: "Only the set with this XML ID"},
		{long: "id", short: 'i', arity: value, hint: "ID", help: "Only the attribute with this XML ID"},
		{long: "query", short: 'G', help: "Show the value (default)"},
		{long: "update", short: 'v', arity: value, hint: "VALUE", help: "Set the value"},
		{long: "delete", short: 'D', help: "Delete the attribute or option"},
		{long: "default", short: 'd', arity: value, hint: "VALUE", help: "Value to show if there is none"},
		{long: "lifetime", short: 'l', arity: value, hint: "LIFETIME", help: "Of a node attribute: reboot or forever"},
		{long: "node", short: 'N', arity: value, hint: "NODE", help: "Attribute of this node (instead of a cluster option)"},
		{long: "type", short: 't', arity: value, hint: "SECTION", help: "crm_config, rsc_defaults, op_defaults, tickets, nodes or status"},
		{long: "utilization", short: 'z', help: "A utilization attribute of the node"},
		{long: "quiet", short: 'q', help: "Print only the value"},
		{long: "Quiet", short: 'Q', same: "quiet"},
		{long: "get-value", same: "query"},
		{long: "delete-attr", same: "delete"},
		{long: "attr-value", arity: value, same: "update"},
		{long: "attr-name", arity: value, same: "name"},
		{long: "attr-id", arity: value, same: "id"},
		{long: "uname", short: 'U', arity: value, same: "node"},
		{long: "inhibit-policy-engine", short: '!', same: "inhibit"},
	},
}

// attributeQuery is what one call of crm_attribute asks for.
type attributeQuery struct {
	*call
	cluster api.Cluster
	doc     *cib.Document
	place   attributeSet
	node    string // name; "" for cluster options
	name    string
	matches func(pair) bool
}

// crmAttribute reads, sets or deletes attributes in the configuration, and in the status through the
// attribute manager.
func crmAttribute(k *call) exit.Code {
	q := &attributeQuery{call: k, name: k.get("name")}
	if code := q.promotion(); code != exit.OK {
		return code
	}
	var err error
	if q.cluster, q.doc, err = k.load(); err != nil {
		k.out.fail("Could not connect to the CIB: %s", reason(err))
		return codeOf(err)
	}
	if code := q.choosePlace(); code != exit.OK {
		return code
	}
	if err := q.chooseMatch(); err != nil {
		k.out.fail("Error performing operation: Invalid argument (%v)", err)
		return exit.Usage
	}
	verb := "query"
	for _, f := range k.flags {
		if f.name == "query" || f.name == "update" || f.name == "delete" {
			verb = f.name
		}
	}
	switch {
	case verb == "query":
		return q.show()
	case q.name == "" && !k.has("pattern"):
		k.out.fail("Error: must specify attribute name or pattern to %s", verb)
		return exit.Usage
	case verb == "delete":
		return q.delete()
	}
	return q.update(k.get("update"))
}

// promotion takes the name from -p, as agents call it.
func (q *attributeQuery) promotion() exit.Code {
	if !q.has("promotion") {
		return exit.OK
	}
	rsc := q.get("promotion")
	if rsc == "" {
		rsc = q.Env("OCF_RESOURCE_INSTANCE")
	}
	if rsc == "" {
		q.out.fail("-p/--promotion must be called from an OCF resource agent or with a resource ID specified")
		return exit.Usage
	}
	q.name = "master-" + rsc
	return exit.OK
}

// scope decides which part of the CIB is meant: the last of -t and -l, else by -p and -N.
func (q *attributeQuery) scope() string {
	scope := ""
	for _, f := range q.flags {
		if f.name != "type" && f.name != "lifetime" {
			continue
		}
		scope = f.value
	}
	switch {
	case scope == "forever":
		return "nodes"
	case scope == "reboot", scope == "" && q.has("promotion"):
		return "status"
	case scope == "" && (q.get("node") != "" || q.has("utilization")):
		return "nodes"
	case scope == "":
		return "crm_config"
	}
	return scope
}

// choosePlace finds the sets that are meant and, for node attributes, the node.
func (q *attributeQuery) choosePlace() exit.Code {
	scope := q.scope()
	switch scope {
	case "crm_config":
		q.place = attributeSet{scope: scope, section: scope, tag: "cluster_property_set", id: "cib-bootstrap-options"}
		return exit.OK
	case "rsc_defaults", "op_defaults":
		q.place = attributeSet{scope: scope, section: scope, tag: "meta_attributes", id: scope + "-options"}
		return exit.OK
	case "tickets":
		q.place = attributeSet{scope: scope, section: "status", path: [][2]string{{"tickets", ""}}, tag: "instance_attributes", id: "status-tickets"}
		return exit.OK
	}
	q.node = q.get("node")
	if q.node == "" || q.node == "auto" || q.node == "localhost" {
		q.node = q.localNode()
	}
	id, ok := nodeID(q.doc, q.node)
	if !ok {
		q.out.fail("Could not map name=%s to a UUID", q.node)
		return exit.NoSuch
	}
	switch {
	case scope == "nodes" && q.has("utilization"):
		q.place = attributeSet{scope: scope, section: scope, path: [][2]string{{"node", id}}, tag: "utilization", id: "nodes-" + id + "-utilization"}
	case scope == "nodes":
		q.place = attributeSet{scope: scope, section: scope, path: [][2]string{{"node", id}}, tag: "instance_attributes", id: "nodes-" + id}
	case scope == "status":
		q.place = attributeSet{scope: scope, section: scope, tag: "instance_attributes", id: "status-" + id,
			path: [][2]string{{"node_state", id}, {"transient_attributes", id}}}
	default:
		q.out.fail("Error performing operation: %s", reasons[exit.Protocol])
		return exit.Protocol
	}
	return exit.OK
}

// chooseMatch decides which pairs are meant, by name, pattern and id.
func (q *attributeQuery) chooseMatch() error {
	var pattern *regexp.Regexp
	if q.has("pattern") {
		var err error
		if pattern, err = regexp.CompilePOSIX(q.get("pattern")); err != nil {
			return err
		}
	}
	id := q.get("id")
	q.matches = func(p pair) bool {
		return (q.name == "" || p.name() == q.name) && (id == "" || p.id() == id) &&
			(pattern == nil || pattern.MatchString(p.name()))
	}
	return nil
}

func (q *attributeQuery) found() []pair {
	return q.place.pairs(q.doc, q.get("set-name"), q.matches)
}

// show prints what was found, or the default.
func (q *attributeQuery) show() exit.Code {
	found := q.found()
	if len(found) == 0 {
		if !q.has("default") {
			q.out.fail("Error performing operation: %s", reasons[exit.NoSuch])
			return exit.NoSuch
		}
		q.print(q.name, q.get("default"))
		return exit.OK
	}
	for _, p := range found {
		q.print(p.name(), p.value())
	}
	return exit.OK
}

func (q *attributeQuery) print(name, value string) {
	q.out.element("attribute", "name", name, "value", value, "scope", q.place.scope)
	if q.has("quiet") {
		q.out.printf("%s\n", value)
		return
	}
	id := ""
	if q.has("id") {
		id = "id=" + q.get("id")
	}
	q.out.printf("scope=%s %s name=%s value=%s\n", q.place.scope, id, name, value)
}

// update sets the value: of what was found, or of a new pair.
func (q *attributeQuery) update(value string) exit.Code {
	found := q.found()
	switch {
	case q.has("pattern"):
		for _, p := range found {
			if code := q.updateOne([]pair{p}, p.name(), value); code != exit.OK {
				return code
			}
		}
		return exit.OK
	case len(found) > 1:
		return q.ambiguous(found)
	}
	return q.updateOne(found, q.name, value)
}

func (q *attributeQuery) updateOne(found []pair, name, value string) exit.Code {
	set := q.get("set-name")
	if set == "" {
		set = q.place.id
	}
	var err error
	switch {
	case q.place.scope == "status" && !q.offline():
		u := attribute.Update{Node: q.node, Name: name, Value: &value, Set: q.get("set-name")}
		err = q.cluster.UpdateAttribute(q.ctx, u)
	case len(found) == 1 && found[0].value() == value:
		return exit.OK
	case len(found) == 1:
		err = q.perform(q.cluster, q.place.write(found[0].setID(), found[0].id(), name, value))
	case q.place.scope == "status" && !q.hasState():
		err = cib.Errorf(exit.NoSuch, "node %s has no status", q.node)
	default:
		id := q.get("id")
		if id == "" {
			id = q.place.pairID(set, name)
		}
		err = q.perform(q.cluster, q.place.write(set, id, name, value))
	}
	if err != nil {
		q.out.note("Error setting %s=%s (section=%s, set=%s): %s", name, value, q.place.scope, set, reason(err))
		return q.refused(err)
	}
	return exit.OK
}

// hasState reports whether the file knows the state of the node.
func (q *attributeQuery) hasState() bool {
	status := q.doc.Section("status")
	return status != nil && child(status, q.place.path[0][0], q.place.path[0][1]) != nil
}

// delete removes what was found; nothing found is fine.
func (q *attributeQuery) delete() exit.Code {
	found := q.found()
	if len(found) > 1 && !q.has("pattern") {
		q.ambiguous(found)
		return exit.OK // sic: scripts that delete do not care
	}
	for _, p := range found {
		var err error
		if q.place.scope == "status" && !q.offline() {
			err = q.cluster.UpdateAttribute(q.ctx, attribute.Update{Node: q.node, Name: p.name(), Set: q.get("set-name")})
		} else {
			err = q.perform(q.cluster, q.place.remove(p))
		}
		if err != nil {
			return q.refused(err)
		}
		q.told(p)
	}
	return exit.OK
}

// told prints which pair was deleted. The attribute manager of a running cluster does not tell.
func (q *attributeQuery) told(p pair) {
	if q.place.scope == "status" && !q.offline() {
		return
	}
	kind, set := "attribute", ""
	if q.place.scope == "crm_config" {
		kind = "option"
	}
	if q.has("set-name") {
		set = " set=" + q.get("set-name")
	}
	q.out.printf("Deleted %s %s: id=%s%s name=%s\n", q.place.scope, kind, p.id(), set, p.name())
}

// ambiguous lists the pairs to choose from.
func (q *attributeQuery) ambiguous(found []pair) exit.Code {
	q.out.printf("Multiple attributes match name=%s\n", q.name)
	for _, p := range found {
		q.out.printf("  Value: %s \t(id=%s)\n", p.value(), p.id())
	}
	q.out.fail("Please choose from one of the matches below and supply the 'id' with --attr-id")
	return exit.Multiple
}

// refused tells why the cluster did not do it.
func (q *attributeQuery) refused(err error) exit.Code {
	q.out.fail("Error performing operation: %s", reason(err))
	if d := detail(err); d != "" {
		q.out.note("%s", d)
	}
	return codeOf(err)
}
