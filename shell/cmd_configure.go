package shell

import (
	"context"
	"strings"

	"quorate/ra"
	"quorate/shell/configure"
)

// statement is a command of the configure level that defines an object.
type statement struct {
	name    string
	aliases []string
	args    string
	short   string
	example string // in terms of the resources of TestExamples
}

var statements = []statement{
	{"acl_target", nil, "<user> <role> [<role> ...]", "give a user roles",
		"acl_target joe operator"},
	{"alert", nil, "<id> <path> [attributes ...] [meta ...] [select ...] [to <recipient> ...]", "run a program when something happens",
		"alert mail /usr/local/bin/mail-alert to admin@example.org"},
	{"bundle", nil, "<id> docker|podman <name>=<value> ... [network ...] [storage ...] [primitive <resource>] [meta ...]", "run a resource in containers",
		"bundle webs docker image=nginx replicas=2 network control-port=3121"},
	{"clone", nil, "<id> <resource> [meta ...]", "run a resource on several nodes",
		"clone pings ping meta interleave=true\n" +
			"clone stores store meta promotable=true promoted-max=1"},
	{"colocation", []string{"collocation"}, "<id> <score>: <resource>[:<role>] <resource>[:<role>] ...", "keep resources together or apart",
		"colocation web-with-ip inf: web vip\n" +
			"colocation apart -inf: web db"},
	{"fencing_topology", nil, "[<node>:|attr:<name>=<value>|pattern:<regex>] <device>[,<device>] ...", "order of fencing devices",
		"fencing_topology node1: ipmi1,pdu1 node2: ipmi2"},
	{"group", nil, "<id> <resource> ... [meta ...]", "resources that start in order on one node",
		"group service vip web meta resource-stickiness=100"},
	{"location", nil, "<id> <resource> <score>: <node> | rule ...", "where a resource may run",
		"location web-likes-node1 web 100: node1\n" +
			"location web-needs-net web rule -inf: not_defined pingd or pingd lte 0"},
	{"monitor", nil, "<resource>[:<role>] <interval>[:<timeout>]", "add a monitor operation",
		"monitor vip 10s:20s"},
	{"ms", []string{"master"}, "<id> <resource> [meta ...]", "old form of a promotable clone",
		"ms stores store"},
	{"node", nil, "[<id>:]<name>[:<type>] [attributes ...] [utilization ...]", "a node and its attributes",
		"node node1 attributes site=east utilization cpu=8"},
	{"op_defaults", nil, "[<set>:] [rule ...] <name>=<value> ...", "defaults of operations",
		"op_defaults timeout=60s"},
	{"order", nil, "<id> [<kind>:] <resource>[:<action>] <resource>[:<action>] ...", "what happens before what",
		"order db-then-web Mandatory: db web"},
	{"primitive", nil, "<id> [<class>:[<provider>:]]<type>|@<template> [params ...] [meta ...] [utilization ...] [op ...]", "a resource",
		"primitive addr ocf:heartbeat:IPaddr2 params ip=10.0.0.5 cidr_netmask=24 op monitor interval=10s timeout=20s\n" +
			"primitive proxy systemd:haproxy op monitor interval=30s"},
	{"property", nil, "[<set>:] [rule ...] <name>=<value> ...", "properties of the cluster",
		"property stonith-enabled=false no-quorum-policy=stop"},
	{"role", nil, "<id> read|write|deny <object> ...", "what a user may do",
		"role operator read xpath:/cib write meta:web:target-role"},
	{"rsc_defaults", nil, "[<set>:] [rule ...] <name>=<value> ...", "defaults of meta attributes",
		"rsc_defaults resource-stickiness=100 migration-threshold=3"},
	{"rsc_template", nil, "<id> [<class>:[<provider>:]]<type> [params ...] [meta ...] [op ...]", "what several resources have in common",
		"rsc_template vm ocf:heartbeat:VirtualDomain op monitor interval=30s\n" +
			"primitive vm1 @vm params config=/etc/libvirt/qemu/vm1.xml"},
	{"rsc_ticket", nil, "<id> <ticket>: <resource>[:<role>] ... [loss-policy=<policy>]", "resources that need a ticket",
		"rsc_ticket web-needs-a ticketA: web loss-policy=stop"},
	{"tag", nil, "<id>: <object> ...", "a name for several objects",
		"tag frontend: vip web"},
	{"user", nil, "<name> role:<role>|<rule> ...", "access rules of old configurations", ""},
	{"xml", nil, "<element>", "an object as XML",
		`xml '<primitive id="p" class="ocf" provider="heartbeat" type="Dummy"/>'`},
}

// configureLevel is a function and not a variable because its commands refer to the tables of others.
func configureLevel() *Level {
	own := append(statementCommands(), configureCommands()...)
	for _, l := range []*Level{assistLevel(), cibLevel(), cibstatusLevel(), raLevel(), templateLevel()} {
		own = append(own, subLevel(l))
	}
	own = append(own,
		&Command{Name: "history", Args: "...", Max: anyNumber, Hidden: true, LsOther: true, Short: "what happened", Run: notThere(noCollection)})
	return &Level{Name: "configure", Short: "the configuration", Commands: withShared(false, own...), Leave: leaveConfigure,
		Long: "Changes are collected and take effect at 'commit'. 'show changed' shows what is pending, 'refresh' drops it, 'undo' takes the last change back. Leaving the level commits; at a terminal you are asked first."}
}

func statementCommands() []*Command {
	var own []*Command
	for _, st := range statements {
		c := &Command{Name: st.name, Aliases: st.aliases, Args: st.args, Max: anyNumber, Short: st.short, Example: st.example,
			Run: define(st.name), Complete: []Completer{completeStatement(st.name)}}
		if st.name == "property" {
			c.About = aboutProperty
			c.Long = "'help property NAME' explains one, 'ra info pacemaker-schedulerd' and 'ra info pacemaker-controld' all of them."
		}
		if st.name == "node" {
			c.Run = unlessMeant("node", nodeLevel, c.Run)
		}
		own = append(own, c)
	}
	return append(own, &Command{Name: "resource", Args: "...", Max: anyNumber, Hidden: true, Short: "old name of primitive",
		Run: unlessMeant("resource", resourceLevel, definePrimitive), Complete: []Completer{completeStatement("primitive")}})
}

// definePrimitive serves the old name of the statement.
func definePrimitive(ctx context.Context, s *Session, args []string) error {
	s.warnf("This command 'resource' is deprecated, please use 'primitive'")
	s.infof("%q is accepted as %q", "resource", "primitive")
	return define("primitive")(ctx, s, args)
}

// unlessMeant keeps "resource stop web" and "node standby n1", typed while configuring, from becoming a primitive and a
// node of odd names. What such objects are made of shows that they are meant.
func unlessMeant(name string, level func() *Level, run func(context.Context, *Session, []string) error) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		var second string
		if len(args) > 1 {
			second = args[1]
		}
		statement := strings.ContainsAny(second, ":@=") || second == "attributes" || second == "utilization"
		if len(args) == 0 || statement || level().commandNamed(args[0]) == nil {
			return run(ctx, s, args)
		}
		return usagef("'%s %s' is a command of the level %s: 'cd ..' goes where it is", name, args[0], name)
	}
}

// aboutProperty explains a property of the cluster.
func aboutProperty(name string) string {
	if p := ra.Property(strings.TrimSuffix(name, "=")); p != nil {
		return ra.ParameterInfo(p)
	}
	return ""
}

// define makes the command that stages one statement.
func define(keyword string) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		b, err := s.editBuffer(ctx)
		if err != nil {
			return err
		}
		if len(args) > 0 {
			if id, ok := strings.CutPrefix(args[0], "id="); ok {
				args = append([]string{id}, args[1:]...)
			}
		}
		return b.Define(keyword + " " + quoteLine(args))
	}
}

// editBuffer returns the pending configuration, and loads the cluster's on first use.
func (s *Session) editBuffer(ctx context.Context) (*configure.Buffer, error) {
	if s.buffer != nil {
		return s.buffer, nil
	}
	c, err := s.Cluster()
	if err != nil {
		return nil, err
	}
	s.buffer, err = configure.Open(ctx, c, s.bufferOptions(), reporter{s})
	return s.buffer, err
}

// reporter passes the messages of the buffer on.
type reporter struct{ s *Session }

func (r reporter) Info(format string, args ...any)  { r.s.infof(format, args...) }
func (r reporter) Warn(format string, args ...any)  { r.s.warnf(format, args...) }
func (r reporter) Error(format string, args ...any) { r.s.errorf(format, args...) }

// leaveConfigure commits what is pending; at a terminal the person is asked, and may stay.
func leaveConfigure(ctx context.Context, s *Session) error {
	b := s.buffer
	if b == nil {
		return nil
	}
	if !b.HasChanges() {
		s.dropBuffer()
		return nil
	}
	if s.tty && !s.oneLine && !s.forced() {
		switch s.ask("There are changes pending. Do you want to commit them, or cancel and stay here (y/n/c)? ", "ync") {
		case 'n':
			s.dropBuffer()
			return nil
		case 'c':
			return errStay
		}
	}
	err := b.Commit(ctx, nil)
	if err != nil && s.tty && !s.oneLine && !s.quit {
		s.report("configure.commit", err)
		return errStay
	}
	s.dropBuffer()
	if err != nil {
		return err
	}
	return s.settle(ctx)
}

// dropBuffer forgets the pending configuration and its journal.
func (s *Session) dropBuffer() {
	if s.buffer != nil {
		s.buffer.Close()
		s.buffer = nil
	}
}

// settlePending deals with pending changes before another CIB is used; false means to stay.
func (s *Session) settlePending(ctx context.Context) bool {
	if s.buffer == nil || !s.buffer.HasChanges() {
		s.dropBuffer()
		return true
	}
	if !s.confirm("the requested CIB is different from the current one. All changes will be dropped. Do you want to proceed") {
		s.infof("the pending changes stay: 'commit' or 'refresh' them first")
		return false
	}
	s.dropBuffer()
	return true
}
