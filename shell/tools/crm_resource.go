package tools

import (
	"slices"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
	"quorate/shell/status"
)

var resourceCommand = &command{
	name: "crm_resource", formats: true,
	summary: "crm_resource - perform tasks related to cluster resources",
	options: []option{
		{long: "list", short: 'L', help: "List all resources with status (default)"},
		{long: "list-raw", short: 'l', help: "List the ids of all primitive instances"},
		{long: "list-operations", short: 'O', help: "List active operations, of all or by -r and -N"},
		{long: "list-all-operations", short: 'o', help: "List all operations, of all or by -r and -N"},
		{long: "list-standards", help: "List the classes of agents"},
		{long: "list-ocf-providers", help: "List the providers of OCF agents"},
		{long: "list-agents", arity: value, hint: "STD:PROV", help: "List the agents of a class or class:provider"},
		{long: "list-ocf-alternatives", arity: value, hint: "AGENT", help: "List the providers of an OCF agent"},
		{long: "show-metadata", arity: value, hint: "SPEC", help: "Show the metadata of class:provider:agent"},
		{long: "query-xml", short: 'q', help: "Show status and XML of the resource, with its template"},
		{long: "query-xml-raw", short: 'w', help: "Show status and XML of the resource as written"},
		{long: "get-parameter", short: 'g', arity: value, hint: "PARAM", help: "Show a parameter of the resource (-m: meta, -z: utilization)"},
		{long: "get-property", short: 'G', arity: value, hint: "PROPERTY", help: "Show an XML attribute of the resource"},
		{long: "set-property", short: 'S', arity: value, hint: "PROPERTY", help: "Set an XML attribute of the resource (-t, -v)"},
		{long: "locate", short: 'W', help: "Show where the resource runs"},
		{long: "constraints", short: 'a', help: "Show location and colocation constraints of the resource"},
		{long: "stack", short: 'A', help: "Same as --constraints --recursive"},
		{long: "why", short: 'Y', help: "Show why resources are not running"},
		{long: "validate", arity: optional, hint: "LEVEL", help: "Have the agent check the configuration (-r, or --class --provider --agent --option)"},
		{long: "cleanup", short: 'C', help: "Forget failures, and check again what failed"},
		{long: "refresh", short: 'R', help: "Forget all history, and check again"},
		{long: "set-parameter", short: 'p', arity: value, hint: "PARAM", help: "Set a parameter (-v) (-m: meta, -z: utilization)"},
		{long: "delete-parameter", short: 'd', arity: value, hint: "PARAM", help: "Delete a parameter (-m: meta, -z: utilization)"},
		{long: "move", short: 'M', help: "Make a constraint that moves the resource to -N, or off its node"},
		{long: "ban", short: 'B', help: "Make a constraint that keeps the resource off -N, or off its node"},
		{long: "clear", short: 'U', help: "Remove what --move and --ban made"},
		{long: "expired", short: 'e', help: "With --clear: only what has expired"},
		{long: "lifetime", short: 'u', arity: value, hint: "DURATION", help: "With --move and --ban: for how long"},
		{long: "promoted", help: "With --move, --ban, --clear: only the promoted role"},
		{long: "master", same: "promoted"},
		{long: "delete", short: 'D', help: "Delete the resource (-t)"},
		{long: "fail", short: 'F', help: "Tell the cluster that the resource has failed (-N)"},
		{long: "restart", help: "Stop the resource and start it again"},
		{long: "wait", help: "Wait until the cluster has nothing left to do"},
		{long: "digests", help: "Show the digests of the parameters (-N)"},
		{long: "force-demote", help: "Demote on this node, behind the cluster's back"},
		{long: "force-stop", help: "Stop on this node, behind the cluster's back"},
		{long: "force-start", help: "Start on this node, behind the cluster's back"},
		{long: "force-promote", help: "Promote on this node, behind the cluster's back"},
		{long: "force-check", arity: optional, hint: "LEVEL", help: "Check the state on this node, behind the cluster's back"},
		{long: "node", short: 'N', arity: value, hint: "NAME", help: "Node"},
		{long: "host-uname", short: 'H', arity: value, same: "node"},
		{long: "recursive", help: "Follow colocations"},
		{long: "resource-type", short: 't', arity: value, hint: "ELEMENT", help: "Kind of resource for -D: primitive, group, clone, …"},
		{long: "parameter-value", short: 'v', arity: value, hint: "VALUE", help: "Value for -p"},
		{long: "meta", short: 'm', help: "A meta attribute"},
		{long: "utilization", short: 'z', help: "A utilization attribute"},
		{long: "operation", short: 'n', arity: value, hint: "OPERATION", help: "Operation for -C"},
		{long: "interval", short: 'I', arity: value, hint: "N", help: "Interval of the operation"},
		{long: "class", arity: value, hint: "CLASS", help: "Class of the agent for --validate"},
		{long: "agent", arity: value, hint: "AGENT", help: "Agent for --validate"},
		{long: "provider", arity: value, hint: "PROVIDER", help: "Provider of the agent for --validate"},
		{long: "option", arity: value, hint: "NAME=VALUE", help: "Parameter for --validate"},
		{long: "set-name", short: 's', arity: value, hint: "ID", help: "XML ID of the set for -p and -d"},
		{long: "nvpair", short: 'i', arity: value, hint: "ID", help: "XML ID of the attribute for -p and -d"},
		{long: "timeout", short: 'T', arity: value, hint: "N", help: "Time limit of --restart, --wait and --force-*"},
		{long: "force", short: 'f', help: "Do what is refused otherwise"},
		{long: "resource", short: 'r', arity: value, hint: "ID", help: "Resource"},
		{long: "quiet", short: 'Q', help: "Be less descriptive"},
	},
}

// need says what a command of crm_resource must be given.
type need uint8

const (
	needResource need = 1 << iota
	mayResource       // filters by -r, if given
	needNothing       // not even a cluster
)

// resourceVerbs are the commands; the last one on the line wins.
var resourceVerbs = map[string]struct {
	run  func(*resourceCall) exit.Code
	need need
}{
	"list": {(*resourceCall).list, 0}, "list-raw": {(*resourceCall).listRaw, 0},
	"list-operations": {(*resourceCall).operations, mayResource}, "list-all-operations": {(*resourceCall).operations, mayResource},
	"list-standards": {(*resourceCall).standards, needNothing}, "list-ocf-providers": {(*resourceCall).providers, needNothing},
	"list-agents": {(*resourceCall).agents, needNothing}, "list-ocf-alternatives": {(*resourceCall).providers, needNothing},
	"show-metadata": {(*resourceCall).metadata, needNothing},
	"query-xml":     {(*resourceCall).queryXML, needResource}, "query-xml-raw": {(*resourceCall).queryXML, needResource},
	"get-parameter": {(*resourceCall).getParameter, needResource}, "locate": {(*resourceCall).locate, needResource},
	"get-property": {(*resourceCall).getProperty, needResource}, "set-property": {(*resourceCall).setProperty, needResource},
	"constraints": {(*resourceCall).constraints, needResource}, "stack": {(*resourceCall).constraints, needResource},
	"why": {(*resourceCall).why, mayResource}, "digests": {(*resourceCall).digests, needResource},
	"cleanup": {(*resourceCall).cleanup, mayResource}, "refresh": {(*resourceCall).cleanup, mayResource},
	"set-parameter": {(*resourceCall).setParameter, needResource}, "delete-parameter": {(*resourceCall).deleteParameter, needResource},
	"move": {(*resourceCall).move, needResource}, "ban": {(*resourceCall).ban, needResource}, "clear": {(*resourceCall).clear, needResource},
	"delete": {(*resourceCall).deleteResource, needResource}, "fail": {(*resourceCall).fail, needResource},
	"restart": {(*resourceCall).restart, needResource}, "wait": {(*resourceCall).wait, 0},
	"validate": {(*resourceCall).validate, mayResource}, "force-check": {(*resourceCall).force, needResource},
	"force-start": {(*resourceCall).force, needResource}, "force-stop": {(*resourceCall).force, needResource},
	"force-promote": {(*resourceCall).force, needResource}, "force-demote": {(*resourceCall).force, needResource},
}

// resourceCall is one call of crm_resource.
type resourceCall struct {
	*call
	verb, arg string // the command and its value
	live      api.Cluster
	doc       *cib.Document
	cluster   *scheduler.Cluster
	id        string              // as given with -r
	rsc       *scheduler.Resource // first one of that name
	node      *scheduler.Node     // -N
}

func crmResource(k *call) exit.Code {
	r := &resourceCall{call: k, verb: "list", id: k.get("resource")}
	for _, f := range k.flags {
		if _, ok := resourceVerbs[f.name]; ok {
			r.verb, r.arg = f.name, f.value
		}
	}
	v := resourceVerbs[r.verb]
	switch {
	case len(k.words) > 0 && r.verb != "digests":
		k.out.fail("non-option ARGV-elements:\n[1 of %d] %s\n", len(k.words), k.words[0])
		return exit.Usage
	case r.verb == "validate" && r.id == "" && k.get("agent") != "":
		return r.validateSpec()
	case (v.need&needResource != 0 || r.verb == "validate") && r.id == "":
		k.out.fail("Must supply a resource id with -r")
		return exit.Usage
	}
	if v.need&needNothing != 0 {
		return v.run(r)
	}
	if code := r.open(v.need); code != exit.OK {
		return code
	}
	return v.run(r)
}

// open reads the cluster and finds the resource and the node.
func (r *resourceCall) open(n need) exit.Code {
	var err error
	if r.live, r.doc, err = r.load(); err == nil {
		r.cluster, err = scheduler.Read(scheduler.Input{CIB: r.doc.Root(), Now: r.Now()})
	}
	if err != nil {
		return r.refuse(codeOf(err), "Could not connect to the CIB: %s", reason(err))
	}
	if r.id != "" && n != 0 {
		found := r.find(r.id)
		if len(found) == 0 {
			return r.missing("Resource", r.id)
		}
		r.rsc = found[0]
	}
	if name := r.get("node"); name != "" {
		if r.node = r.cluster.Node(name); r.node == nil {
			return r.missing("Node", name)
		}
	}
	return exit.OK
}

func (r *resourceCall) missing(what, name string) exit.Code {
	return r.refuse(exit.NoSuch, "%s '%s' not found", what, name)
}

// refuse tells why, and the exit code in words.
func (r *resourceCall) refuse(code exit.Code, format string, args ...any) exit.Code {
	r.out.fail(format+"\nError performing operation: %s", append(args, code)...)
	return code
}

// find returns the resources of that name: one, or the instances of a cloned one.
func (r *resourceCall) find(id string) []*scheduler.Resource {
	var exact, instances []*scheduler.Resource
	everyResource(r.cluster.Resources, func(x *scheduler.Resource) {
		switch {
		case x.ID == id:
			exact = append(exact, x)
		case x.ConfiguredID == id:
			instances = append(instances, x)
		}
	})
	if len(exact) > 0 {
		return exact
	}
	return instances
}

// everyResource calls f for all resources, collections before their members.
func everyResource(list []*scheduler.Resource, f func(*scheduler.Resource)) {
	for _, x := range list {
		f(x)
		if x.Bundle != nil {
			everyResource(bundleParts(x.Bundle), f)
			continue
		}
		everyResource(x.Children, f)
	}
}

// bundleParts lists what each replica is made of, then what runs in them.
func bundleParts(b *scheduler.BundleData) []*scheduler.Resource {
	var parts, inside []*scheduler.Resource
	for _, p := range b.Replicas {
		parts = append(parts, p.Container, p.IP, p.Connection)
		inside = append(inside, p.Child)
	}
	return slices.DeleteFunc(append(parts, inside...), func(x *scheduler.Resource) bool { return x == nil })
}

// primitives lists the primitives at and below the resources.
func primitives(list ...*scheduler.Resource) []*scheduler.Resource {
	var found []*scheduler.Resource
	everyResource(list, func(x *scheduler.Resource) {
		if x.Kind == scheduler.Primitives {
			found = append(found, x)
		}
	})
	return found
}

// view shows resources as crm_resource does: without the nodes of primitives.
func (r *resourceCall) view() *status.View {
	return &status.View{Cluster: r.cluster, Options: status.Options{Inactive: true, Pending: true, HideNodes: true}}
}

// element is the XML of the resource in the configuration.
func (r *resourceCall) element(x *scheduler.Resource) *etree.Element {
	if e := findResource(r.doc, x.ConfiguredID); e != nil {
		return e
	}
	return x.Element
}

// cloneOf is the clone around a resource, nil if there is none.
func cloneOf(x *scheduler.Resource) *scheduler.Resource {
	for p := x.Parent; p != nil; p = p.Parent {
		if p.Kind == scheduler.Clone {
			return p
		}
	}
	return nil
}

// top is the outermost resource around one.
func top(x *scheduler.Resource) *scheduler.Resource {
	for x.Parent != nil {
		x = x.Parent
	}
	return x
}

// runsOn lists the nodes where any of the primitives at and below x is active, each once.
func runsOn(x *scheduler.Resource) []*scheduler.Node {
	var nodes []*scheduler.Node
	for _, p := range primitives(x) {
		for _, n := range p.RunningOn {
			if !slices.Contains(nodes, n) {
				nodes = append(nodes, n)
			}
		}
	}
	return nodes
}
