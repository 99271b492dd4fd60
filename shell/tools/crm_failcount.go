package tools

import (
	"strconv"
	"strings"

	"quorate/engine/cib"
	"quorate/engine/exit"
)

var failcountCommand = &command{
	name: "crm_failcount", usage: "<command> [options]", dialect: getopt,
	summary: "crm_failcount - query or delete the fail counts of a resource",
	options: []option{
		{long: "query", short: 'G', help: "Show the fail count"},
		{long: "delete", short: 'D', help: "Delete the recorded failures"},
		{long: "resource", short: 'r', arity: value, hint: "ID", help: "Resource (required)"},
		{long: "operation", short: 'n', arity: value, hint: "NAME", help: "Operation (default: all of them)"},
		{long: "interval", short: 'I', arity: value, hint: "INTERVAL", help: "Interval of the operation"},
		{long: "node", short: 'N', arity: value, hint: "NODE", help: "Node (default: this one)"},
		{long: "quiet", short: 'q', help: "Print only the value"},
		{long: "Quiet", short: 'Q', same: "quiet"},
		{long: "get-value", same: "query"},
		{long: "delete-attr", same: "delete"},
		{long: "resource-id", arity: value, same: "resource"},
		{long: "uname", short: 'U', arity: value, same: "node"},
		{long: "attr-value", short: 'v', arity: value},
		{long: "attr-id", short: 'i', arity: value},
		{long: "lifetime", short: 'l', arity: value},
	},
}

// crmFailcount shows a fail count, or cleans up the resource on the node.
func crmFailcount(k *call) exit.Code {
	verb := k.failcountVerb()
	rsc := k.get("resource")
	switch {
	case rsc == "":
		k.out.note("error: resource name required")
		return k.usage()
	case verb == "":
		k.out.note("error: must specify a command")
		return k.usage()
	}
	interval, ok := parseInterval(k.get("interval"))
	if !ok {
		k.out.note("error: invalid interval '%s'", k.get("interval"))
		return exit.Usage
	}
	node := k.get("node")
	if node == "" {
		node = k.localNode()
	}
	if verb == "delete" {
		args := []string{"--cleanup", "-N", node, "-r", rsc}
		if op := k.get("operation"); op != "" {
			args = append(args, "-n", op, "-I", strconv.FormatInt(interval.Milliseconds(), 10)+"ms")
		}
		return resourceCommand.tool(crmResource)(k.ctx, k.IO, args)
	}
	name := "fail-count-" + rsc
	if op := k.get("operation"); op != "" {
		name += "#" + op + "_" + strconv.FormatInt(interval.Milliseconds(), 10)
	}
	_, doc, err := k.load()
	if err != nil {
		k.out.note("error: could not query CIB for fail counts: %s", reason(err))
		return codeOf(err)
	}
	count := failCount(doc, node, name)
	if k.has("quiet") {
		k.out.printf("%s\n", count)
	} else {
		k.out.printf("scope=status  name=%s value=%s\n", name, count)
	}
	return exit.OK
}

// failcountVerb is "query", "delete" or "": -v 0 is an old form of delete.
func (k *call) failcountVerb() string {
	verb := ""
	for _, f := range k.flags {
		switch f.name {
		case "query", "delete":
			verb = f.name
		case "attr-value":
			if f.value == "0" {
				verb = "delete"
			} else {
				k.out.note("warning: ignoring deprecated option '-v' with nonzero value")
			}
		case "attr-id":
			k.out.note("warning: ignoring deprecated option '-i'")
		case "lifetime":
			k.out.note("warning: ignoring deprecated option '-l'")
		}
	}
	return verb
}

// failCount sums the counts with the name, or with the name and any operation, as the scheduler does:
// infinity stays infinity.
func failCount(doc *cib.Document, node, name string) string {
	id, ok := nodeID(doc, node)
	if !ok {
		return "0"
	}
	set := attributeSet{section: "status", path: [][2]string{{"node_state", id}, {"transient_attributes", id}}, tag: "instance_attributes"}
	sum := 0
	for _, p := range set.pairs(doc, "", always) {
		if p.name() != name && !strings.HasPrefix(p.name(), name+"#") {
			continue
		}
		n, err := strconv.Atoi(p.value())
		if err != nil || n >= 1000000 {
			return "INFINITY"
		}
		sum += n
	}
	return strconv.Itoa(sum)
}
