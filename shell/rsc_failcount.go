package shell

import (
	"context"
	"fmt"
	"strings"

	"quorate/engine/api"
	attrs "quorate/engine/attribute"
	"quorate/shell/configure"
)

// failcounts are the arguments of the command failcount. Counts are kept by operation; without one, all are meant.
type failcounts struct {
	resource, verb, node, value, op, interval string
}

// parseFailcount reads "<resource> set <node> <value>|delete <node>|show [<node>] [<operation>] [<interval>]".
func parseFailcount(args []string) (failcounts, error) {
	f := failcounts{resource: args[0], verb: args[1]}
	into := map[string][]*string{
		"show":   {&f.node, &f.op, &f.interval},
		"delete": {&f.node, &f.op, &f.interval},
		"set":    {&f.node, &f.value, &f.op, &f.interval},
	}[f.verb]
	given := args[2:]
	least := map[string]int{"delete": 1, "set": 2}[f.verb]
	if into == nil || len(given) < least || len(given) > len(into) {
		return f, badUsage(f.verb, "failcount", args)
	}
	for i, word := range given {
		*into[i] = word
	}
	return f, nil
}

// runFailcount shows, deletes or sets the fail count of a resource on a node, or shows it for all nodes.
func runFailcount(ctx context.Context, s *Session, args []string) error {
	f, err := parseFailcount(args)
	if err != nil {
		return err
	}
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	if f.node != "" && e.node(f.node) == nil {
		return e.nodeNotFound(f.node)
	}
	switch f.verb {
	case "show":
		return s.showFailcount(ctx, e, f)
	case "delete":
		return s.cluster.Cleanup(ctx, api.Cleanup{Resource: f.resource, Node: f.node, Operation: f.op, Interval: f.interval, FailedOnly: true})
	}
	if e.resource(f.resource) == nil {
		return e.toolNotFound(f.resource)
	}
	if f.op == "" {
		f.op = "monitor"
	}
	ms, _ := configure.Milliseconds(f.interval)
	name := fmt.Sprintf("fail-count-%s#%s_%d", f.resource, f.op, ms)
	return s.cluster.UpdateAttribute(ctx, attrs.Update{Node: f.node, Name: name, Value: &f.value})
}

// showFailcount prints the count on one node in the words of crm_failcount, or a line for each node. Counts may outlive
// their resource.
func (s *Session) showFailcount(ctx context.Context, e *confEdit, f failcounts) error {
	doc, err := s.document(ctx)
	if err != nil {
		return err
	}
	if f.node != "" {
		count, found := f.sum(doc.Transients(f.node))
		if !found && e.resource(f.resource) == nil {
			return e.toolNotFound(f.resource)
		}
		s.println(fmt.Sprintf("scope=status  name=fail-count-%s value=%s", f.resource, count))
		return nil
	}
	known := e.resource(f.resource) != nil
	var lines []string
	for _, node := range e.nodeNames() {
		count, found := f.sum(doc.Transients(node))
		known = known || found
		lines = append(lines, fmt.Sprintf("fail-count-%s on %s: %s", f.resource, node, count))
	}
	if !known {
		return e.toolNotFound(f.resource)
	}
	s.println(strings.Join(lines, "\n"))
	return nil
}

// sum adds the counts of the operations among the attributes of a node, and tells whether there is any. INFINITY stays
// what it is.
func (f failcounts) sum(values map[string]string) (count string, found bool) {
	total := 0
	for name, value := range values {
		counted, ok := strings.CutPrefix(name, "fail-count-"+f.resource+"#")
		if !ok || (f.op != "" && !strings.HasPrefix(counted, f.op+"_")) {
			continue
		}
		if value == "INFINITY" {
			return value, true
		}
		n := 0
		_, _ = fmt.Sscan(value, &n) // what is no number counts nothing
		total, found = total+n, true
	}
	return fmt.Sprint(total), found
}
