package shell

import (
	"context"
	"strings"

	"github.com/beevik/etree"

	"quorate/ra"
	"quorate/shell/configure"
)

// traceDirectory is where agents write their traces unless told otherwise; the type of the agent is a
// folder in it.
const traceDirectory = "/var/lib/heartbeat/trace_ra"

// tracing says which operations of a resource are meant.
type tracing struct {
	resource, op, interval, dir string
}

// parseTracing reads "<resource> [<operation>] [<interval>] [<directory>]"; "probe" is the monitor
// without an interval, and one without a number in third place is the directory.
func parseTracing(args []string) tracing {
	t := tracing{resource: args[0]}
	rest := args[1:]
	if len(rest) > 0 {
		t.op, rest = rest[0], rest[1:]
	}
	if len(rest) > 0 && !strings.HasPrefix(rest[0], "/") {
		t.interval, rest = rest[0], rest[1:]
	}
	if len(rest) > 0 {
		t.dir = rest[0]
	}
	if t.op == "probe" {
		t.op, t.interval = "monitor", "0"
	}
	return t
}

// label names what is traced in messages.
func (t tracing) label() string {
	if t.op == "" {
		return t.resource
	}
	return t.resource + ":" + t.op
}

func runTrace(ctx context.Context, s *Session, args []string) error {
	t := parseTracing(args)
	agent := ""
	err := s.change(ctx, func(e *confEdit) error {
		r, err := e.primitive(t.resource)
		if err != nil {
			return err
		}
		agent = e.agentOf(r).Type
		if err := s.knownOperation(ctx, e, r, t.op); err != nil {
			return err
		}
		ops, err := e.tracedOperations(r, t)
		if err != nil {
			return err
		}
		for _, op := range ops {
			e.setAttribute(op, "instance_attributes", idOf(op)+"-instance_attributes", "trace_ra", "1")
			if t.dir != "" {
				e.setAttribute(op, "instance_attributes", idOf(op)+"-instance_attributes", "trace_dir", t.dir)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	dir := t.dir
	if dir == "" {
		dir = traceDirectory + "/" + agent
	}
	s.infof("Trace for %s is written to %s", t.label(), dir)
	if t.op == "" || t.op == "monitor" {
		s.infof("Trace set, restart %s to trace non-monitor operations", t.resource)
	} else {
		s.infof("Trace set, restart %s to trace the %s operation", t.resource, t.op)
	}
	return nil
}

// knownOperation refuses an operation that neither the resource nor its agent has: tracing would configure it. Where the
// agent is not installed, nothing can be said.
func (s *Session) knownOperation(ctx context.Context, e *confEdit, r *etree.Element, op string) error {
	if op == "" || len(named(r.FindElements("operations/op"), op)) > 0 {
		return nil
	}
	a := e.agentOf(r)
	m, err := ra.Meta(ctx, a)
	if err != nil || m.Action(op) != nil {
		return nil
	}
	var known []string
	for _, action := range m.Actions {
		known = append(known, action.Name)
	}
	return usagef("%s has no operation %s%s", a, op, didYouMean(op, known))
}

// tracedOperations returns the <op> elements to trace, and makes those that are missing. A monitor with
// an interval must be there: making one would have the cluster run it.
func (e *confEdit) tracedOperations(r *etree.Element, t tracing) ([]*etree.Element, error) {
	all := r.FindElements("operations/op")
	switch {
	case t.op == "":
		return e.allOperations(r), nil
	case t.op == "monitor" && t.interval == "":
		if found := named(all, "monitor"); len(found) > 0 {
			return found, nil
		}
		return nil, usagef("No monitor operation configured for %s", t.resource)
	case t.op == "monitor" && !sameInterval(t.interval, "0"):
		for _, op := range named(all, "monitor") {
			if sameInterval(op.SelectAttrValue("interval", "0"), t.interval) {
				return []*etree.Element{op}, nil
			}
		}
		return nil, usagef("Operation %s with interval %s not found in %s", t.op, t.interval, t.resource)
	case t.op == "monitor":
		for _, op := range named(all, "monitor") {
			if sameInterval(op.SelectAttrValue("interval", "0"), "0") {
				return []*etree.Element{op}, nil
			}
		}
		return []*etree.Element{e.addOperation(r, "monitor")}, nil
	}
	return []*etree.Element{e.operation(r, t.op)}, nil
}

// allOperations returns every op; start and stop are put in front where they are missing.
func (e *confEdit) allOperations(r *etree.Element) []*etree.Element {
	position := 0
	for _, name := range []string{"start", "stop"} {
		if len(named(r.FindElements("operations/op"), name)) > 0 {
			continue
		}
		op := e.addOperation(r, name)
		ops := op.Parent()
		ops.RemoveChild(op)
		ops.InsertChildAt(position, op)
		position++
	}
	return r.FindElements("operations/op")
}

func named(ops []*etree.Element, name string) []*etree.Element {
	var found []*etree.Element
	for _, op := range ops {
		if op.SelectAttrValue("name", "") == name {
			found = append(found, op)
		}
	}
	return found
}

// operation returns the op of that name, a new one at the end where there is none.
func (e *confEdit) operation(r *etree.Element, name string) *etree.Element {
	if found := named(r.FindElements("operations/op"), name); len(found) > 0 {
		return found[0]
	}
	return e.addOperation(r, name)
}

func (e *confEdit) addOperation(r *etree.Element, name string) *etree.Element {
	ops := r.SelectElement("operations")
	if ops == nil {
		ops = etree.NewElement("operations")
		r.InsertChildAt(operationsPosition(r), ops)
	}
	return element(ops, "op", "name", name, "interval", "0", "id", e.newID(idOf(r)+"-"+name+"-0"))
}

// operationsPosition is behind the instance attributes of a resource.
func operationsPosition(r *etree.Element) int {
	position := 0
	for _, c := range r.ChildElements() {
		if c.Tag == "instance_attributes" {
			position = c.Index() + 1
		}
	}
	return position
}

func runUntrace(ctx context.Context, s *Session, args []string) error {
	t := parseTracing(args)
	err := s.change(ctx, func(e *confEdit) error {
		r, err := e.primitive(t.resource)
		if err != nil {
			return err
		}
		for _, op := range r.FindElements("operations/op") {
			if t.matches(op) {
				untrace(op)
			}
		}
		if ops := r.SelectElement("operations"); ops != nil && len(ops.ChildElements()) == 0 {
			r.RemoveChild(ops)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if t.op == "" {
		s.infof("Stop tracing %s", t.resource)
	} else {
		s.infof("Stop tracing %s for operation %s", t.resource, t.op)
	}
	return nil
}

func (t tracing) matches(op *etree.Element) bool {
	return (t.op == "" || t.op == op.SelectAttrValue("name", "")) &&
		(t.interval == "" || sameInterval(op.SelectAttrValue("interval", "0"), t.interval))
}

// untrace takes the attributes of tracing off an op. One that says nothing else then, except that it is
// done without an interval, was made for the trace and goes.
func untrace(op *etree.Element) {
	had := removeAttribute(op, "instance_attributes", "trace_ra", true) != nil
	removeAttribute(op, "instance_attributes", "trace_dir", true)
	plain := len(op.ChildElements()) == 0 && len(op.Attr) == 3 && sameInterval(op.SelectAttrValue("interval", "x"), "0")
	if had && plain {
		op.Parent().RemoveChild(op)
	}
}

// sameInterval compares two intervals as the cluster reads them: "10", "10s" and "10000ms" are the same.
func sameInterval(a, b string) bool {
	x, okX := configure.Milliseconds(a)
	y, okY := configure.Milliseconds(b)
	return a == b || (okX && okY && x == y)
}
