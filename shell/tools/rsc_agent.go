package tools

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"quorate/engine/executor"
	"quorate/engine/executor/runner"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
	"quorate/ra"
	"quorate/shell/status"
)

// standards lists the classes in the order that the field's tool has.
func (r *resourceCall) standards() exit.Code {
	have := ra.Classes()
	var list []string
	for _, c := range []string{"ocf", "lsb", "service", "systemd", "stonith"} {
		if slices.Contains(have, c) {
			list = append(list, c)
		}
	}
	e := r.out.element("list", "name", "standards", "count", strconv.Itoa(len(list)))
	for _, c := range list {
		r.out.printf("%s\n", c)
		e.CreateElement("item").SetText(c)
	}
	return exit.OK
}

// providers lists the providers of OCF agents, or of one of them.
func (r *resourceCall) providers() exit.Code {
	var list []string
	e := r.out.element("providers")
	if r.verb == "list-ocf-alternatives" {
		e.CreateAttr("for", r.arg)
		if list = ra.ProvidersOf(r.arg); len(list) == 0 {
			return r.refuse(exit.NoSuch, "No OCF providers found for %s", r.arg)
		}
	} else if c, ok := ra.Lookup("ocf"); ok {
		list = c.Providers()
	}
	for _, p := range list {
		r.out.printf("%s\n", p)
		e.CreateElement("provider").SetText(p)
	}
	return exit.OK
}

// agents lists the agents of "class" or "class:provider".
func (r *resourceCall) agents() exit.Code {
	standard, provider, _ := strings.Cut(r.arg, ":")
	var list []string
	if c, ok := ra.Lookup(standard); ok {
		list, _ = c.List(provider) // what cannot be listed has none
	}
	if len(list) == 0 {
		where := ""
		if provider != "" {
			where = " and provider '" + provider + "'"
		}
		return r.refuse(exit.Error, "No agents found for standard '%s'%s", standard, where)
	}
	e := r.out.element("agents", "standard", standard)
	if provider != "" {
		e.CreateAttr("provider", provider)
	}
	for _, a := range list {
		r.out.printf("%s\n", a)
		e.CreateElement("agent").SetText(a)
	}
	return exit.OK
}

// metadata shows what an agent says of itself.
func (r *resourceCall) metadata() exit.Code {
	parts := strings.Split(r.arg, ":")
	agent := ra.Agent{Class: parts[0], Type: parts[len(parts)-1]}
	if len(parts) == 3 {
		agent.Provider = parts[1]
	}
	if len(parts) < 2 || len(parts) > 3 || (agent.Class == "ocf") != (len(parts) == 3) {
		return r.refuse(exit.NoSuch, "'%s' is not a valid agent specification", r.arg)
	}
	text, err := agentXML(r.ctx, agent)
	if err != nil {
		why := err.Error()
		if errors.Is(err, ra.ErrNotInstalled) {
			why = reasons[exit.NoSuch]
		}
		return r.refuse(exit.NoSuch, "Metadata query for %s failed: %s", r.arg, why)
	}
	r.out.printf("%s\n", strings.TrimRight(text, "\n"))
	r.out.element("metadata").CreateCData(text)
	return exit.OK
}

// forced are the actions that the --force-* commands run.
var forced = map[string]string{"force-check": "monitor", "force-start": "start", "force-stop": "stop",
	"force-promote": "promote", "force-demote": "demote", "validate": "validate-all"}

func (r *resourceCall) validate() exit.Code { return r.force() }

// force runs an action of the resource's agent on this node, behind the cluster's back.
func (r *resourceCall) force() exit.Code {
	if r.rsc.Kind == scheduler.Clone && len(r.rsc.Children) > 0 {
		r.rsc = r.rsc.Children[0]
	}
	if r.rsc.Kind != scheduler.Primitives {
		r.out.note("Sorry, the %s option doesn't support %s resources", r.verb, r.element(r.rsc).Tag)
		r.out.fail("Error performing operation: %s", exit.Unimplemented)
		return exit.Unimplemented
	}
	here := r.localNode()
	danger := r.verb == "force-start" || r.verb == "force-promote" || r.verb == "force-demote"
	if c := cloneOf(r.rsc); danger && c != nil && !r.has("force") {
		for _, n := range runsOn(c) {
			if n.Name == here {
				return r.refuse(exit.Unsafe, "It is not safe to %s %s here: the cluster claims it is already active\n"+
					"Try setting target-role=Stopped first or specifying the force option", forced[r.verb], r.id)
			}
		}
	}
	params, err := r.parameters(r.rsc)
	if err != nil {
		r.out.fail("%v", err)
		return exit.Config
	}
	op := executor.Operation{Resource: status.ShownID(r.rsc), Class: r.rsc.Class, Provider: r.rsc.Provider, Type: r.rsc.Type,
		Action: forced[r.verb], Params: params}
	return r.execute(op, here, " for "+r.id)
}

// parameters are those of the resource on the node that is meant.
func (r *resourceCall) parameters(x *scheduler.Resource) (map[string]string, error) {
	node := r.node
	if node == nil {
		node = r.cluster.Node(r.localNode())
	}
	params := map[string]string{}
	for k, v := range x.Params(node) {
		params[k] = v
	}
	return params, nil
}

// validateSpec has an agent check parameters without any resource.
func (r *resourceCall) validateSpec() exit.Code {
	op := executor.Operation{Resource: "test", Class: r.get("class"), Provider: r.get("provider"), Type: r.get("agent"),
		Action: "validate-all", Params: map[string]string{}}
	if op.Class == "" {
		op.Class = "ocf"
	}
	spec := op.Class + ":" + op.Provider + ":" + op.Type
	if op.Class != "ocf" {
		spec = op.Class + ":" + op.Type
	}
	known := false
	if c, ok := ra.Lookup(op.Class); ok && (op.Class != "ocf" || op.Provider != "") {
		list, _ := c.List(op.Provider) // what cannot be listed has none
		known = slices.Contains(list, op.Type)
	}
	if !known {
		r.out.fail("%s is not a known resource", spec)
		return exit.Usage
	}
	for _, o := range r.all("option") {
		name, val, ok := strings.Cut(o, "=")
		if !ok {
			r.out.fail("Error parsing option '%s': write NAME=VALUE", o)
			return exit.Usage
		}
		op.Params[name] = val
	}
	return r.execute(op, r.localNode(), "")
}

// execute runs the operation and tells how it ended; its result is the exit code.
func (r *resourceCall) execute(op executor.Operation, node, who string) exit.Code {
	limit, ok := parseInterval(r.get("timeout"))
	if !ok {
		r.out.fail("Invalid timeout: %s", r.get("timeout"))
		return exit.Usage
	}
	if limit == 0 {
		limit = 20 * time.Second
	}
	op.Timeout = limit
	if r.arg != "" {
		op.Params["OCF_CHECK_LEVEL"] = r.arg
	}
	var said []string
	run := runner.New(runner.Config{Site: executor.Site{Node: node}, Log: func(_, line string) { said = append(said, line) }})
	run.Run(op)
	result := <-run.Results()
	run.Shutdown()
	r.tellResult(op, result, who, said)
	code := exit.Code(result.RC)
	if result.Status == executor.StatusTimeout {
		code = exit.Timeout
	}
	if code != exit.OK {
		r.out.fail("Error performing operation: %s", code)
	}
	return code
}

func (r *resourceCall) tellResult(op executor.Operation, result executor.Result, who string, said []string) {
	agent := ra.Agent{Class: op.Class, Provider: op.Provider, Type: op.Type}
	why := ""
	if result.Reason != "" {
		why = ": " + result.Reason
	}
	r.out.printf("Operation %s%s (%s) returned %d (%s%s)\n", r.verb, who, agent, result.RC, status.ResultText(result.RC), why)
	if result.RC != 0 && !r.has("quiet") && !r.out.xml {
		for _, line := range said {
			r.out.note("%s", line)
		}
	}
	e := r.out.element("resource-agent-action", "action", r.verb, "class", op.Class, "type", op.Type)
	if who != "" {
		e.CreateAttr("rsc", r.id)
	}
	if op.Provider != "" {
		e.CreateAttr("provider", op.Provider)
	}
	e.CreateElement("overrides")
	st := newElement("agent-status", "code", strconv.Itoa(result.RC), "message", status.ResultText(result.RC),
		"execution_code", strconv.Itoa(int(result.Status)), "execution_message", status.OpStatusText(int(result.Status)))
	if result.Reason != "" {
		st.CreateAttr("reason", result.Reason)
	}
	e.AddChild(st)
}
