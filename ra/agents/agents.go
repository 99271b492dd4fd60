// Package agents is the OCF agents that this binary has in itself, provider "quorate": Dummy, Stateful,
// Process and Http. With them a cluster can be tried on a machine that has no resource-agents, and by
// an ordinary user.
//
// The executor runs them as any other agent, as a process of its own: `crm __agent NAME ACTION`, with
// parameters in the environment (OCF resource agent API 1.1). They keep their state in files below
// HA_RSCTMP, as others do. Metadata is given without starting a process.
package agents

import (
	"fmt"
	"io"
	"os"
	"sort"

	"quorate/engine/exit"
	"quorate/ra/meta"
)

// Provider is the provider of all agents of this package.
const Provider = "quorate"

// Command is the first argument that makes the binary an agent.
const Command = "__agent"

// agent is one agent: what it says of itself and what it can do.
type agent struct {
	meta    *meta.Metadata
	actions map[string]func(*call) exit.Code
}

// registry is a function and not a variable: an agent's actions may ask for metadata themselves.
func registry() map[string]agent {
	return map[string]agent{"Dummy": dummy, "Stateful": stateful, "Process": process, "Http": httpServer}
}

// Names lists the agents, sorted.
func Names() []string {
	var names []string
	for n := range registry() {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Metadata returns what the agent says of itself; an unknown name wraps meta.ErrNotInstalled.
func Metadata(name string) (*meta.Metadata, error) {
	a, ok := registry()[name]
	if !ok {
		return nil, fmt.Errorf("ocf:%s:%s: %w", Provider, name, meta.ErrNotInstalled)
	}
	return a.meta, nil
}

// Main runs `crm __agent NAME ACTION` with the process's environment and returns the exit code.
func Main(args []string) int {
	if len(args) != 2 {
		fmt.Fprintf(os.Stderr, "usage: crm %s {Dummy|Http|Process|Stateful} ACTION\n", Command)
		return int(exit.Unimplemented)
	}
	return int(Run(args[0], args[1], os.Getenv, os.Stdout, os.Stderr))
}

// Run runs one action of an agent, with the environment that getenv gives.
func Run(name, action string, getenv func(string) string, stdout, stderr io.Writer) exit.Code {
	c := &call{name: name, action: action, getenv: getenv, stdout: stdout, stderr: stderr, tool: runTool}
	a, ok := registry()[name]
	if !ok {
		return c.fail(exit.NotInstalled, "there is no agent ocf:%s:%s", Provider, name)
	}
	c.meta = a.meta
	if action == "meta-data" {
		_, _ = stdout.Write(meta.XML(a.meta))
		return exit.OK
	}
	f, ok := a.actions[action]
	if !ok {
		return c.fail(exit.Unimplemented, "ocf:%s:%s has no action %s", Provider, name, action)
	}
	if c.getenv("OCF_RESOURCE_INSTANCE") == "" {
		return c.fail(exit.InvalidParam, "OCF_RESOURCE_INSTANCE is not set: agents are run by the cluster")
	}
	if code := c.checkRequired(); code != exit.OK && action != "stop" {
		return code
	}
	return f(c)
}

// checkRequired refuses a call that lacks a required parameter.
func (c *call) checkRequired() exit.Code {
	for _, p := range c.meta.Parameters {
		if p.Required && c.param(p.Name) == "" {
			return c.fail(exit.NotConfigured, "required parameter %q is not set", p.Name)
		}
	}
	return exit.OK
}

func own(name, short, long string, params []meta.Parameter, actions ...meta.Action) *meta.Metadata {
	actions = append(actions, meta.Action{Name: "meta-data", Timeout: "5s"}, meta.Action{Name: "validate-all", Timeout: "20s"})
	return &meta.Metadata{Agent: meta.Agent{Class: "ocf", Provider: Provider, Type: name}, Version: "1.0",
		ShortDesc: short, LongDesc: long, Parameters: params, Actions: actions}
}
