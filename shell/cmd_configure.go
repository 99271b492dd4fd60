package shell

import (
	"context"
	"strings"

	"quorate/shell/configure"
)

// statement is a command of the configure level that defines an object.
type statement struct {
	name    string
	aliases []string
	args    string
	short   string
}

var statements = []statement{
	{"acl_target", nil, "<user> <role> [<role> ...]", "give a user roles"},
	{"alert", nil, "<id> <path> [attributes ...] [meta ...] [select ...] [to <recipient> ...]", "run a program when something happens"},
	{"bundle", nil, "<id> docker|podman <name>=<value> ... [network ...] [storage ...] [primitive <resource>] [meta ...]", "run a resource in containers"},
	{"clone", nil, "<id> <resource> [meta ...]", "run a resource on several nodes"},
	{"colocation", []string{"collocation"}, "<id> <score>: <resource>[:<role>] <resource>[:<role>] ...", "keep resources together or apart"},
	{"fencing_topology", nil, "[<node>:|attr:<name>=<value>|pattern:<regex>] <device>[,<device>] ...", "order of fencing devices"},
	{"group", nil, "<id> <resource> ... [meta ...]", "resources that start in order on one node"},
	{"location", nil, "<id> <resource> <score>: <node> | rule ...", "where a resource may run"},
	{"monitor", nil, "<resource>[:<role>] <interval>[:<timeout>]", "add a monitor operation"},
	{"ms", []string{"master"}, "<id> <resource> [meta ...]", "old form of a promotable clone"},
	{"node", nil, "[<id>:]<name>[:<type>] [attributes ...] [utilization ...]", "a node and its attributes"},
	{"op_defaults", nil, "[<set>:] [rule ...] <name>=<value> ...", "defaults of operations"},
	{"order", nil, "<id> [<kind>:] <resource>[:<action>] <resource>[:<action>] ...", "what happens before what"},
	{"primitive", []string{"resource"}, "<id> [<class>:[<provider>:]]<type>|@<template> [params ...] [meta ...] [utilization ...] [op ...]", "a resource"},
	{"property", nil, "[<set>:] [rule ...] <name>=<value> ...", "properties of the cluster"},
	{"role", nil, "<id> read|write|deny <object> ...", "what a user may do"},
	{"rsc_defaults", nil, "[<set>:] [rule ...] <name>=<value> ...", "defaults of meta attributes"},
	{"rsc_template", nil, "<id> [<class>:[<provider>:]]<type> [params ...] [meta ...] [op ...]", "what several resources have in common"},
	{"rsc_ticket", nil, "<id> <ticket>: <resource>[:<role>] ... [loss-policy=<policy>]", "resources that need a ticket"},
	{"tag", nil, "<id>: <object> ...", "a name for several objects"},
	{"user", nil, "<name> role:<role>|<rule> ...", "access rules of old configurations"},
	{"xml", nil, "<element>", "an object as XML"},
}

// configureLevel is a function and not a variable because its commands refer to the tables of others.
func configureLevel() *Level {
	own := append(statementCommands(), configureCommands()...)
	for _, l := range []*Level{assistLevel(), cibLevel(), cibstatusLevel(), raLevel(), templateLevel()} {
		own = append(own, &Command{Name: l.Name, Short: l.Short, Level: l})
	}
	own = append(own,
		&Command{Name: "history", Args: "...", Max: anyNumber, Short: "what happened", Run: notThere("there is no log collection")})
	return &Level{Name: "configure", Short: "the configuration", Commands: withShared(false, own...), Leave: leaveConfigure,
		Long: "Changes are collected and take effect at 'commit'. 'show changed' shows what is pending,\n'refresh' drops it, 'undo' takes the last change back. Leaving the level commits."}
}

func statementCommands() []*Command {
	var own []*Command
	for _, st := range statements {
		own = append(own, &Command{Name: st.name, Aliases: st.aliases, Args: st.args, Max: anyNumber, Short: st.short,
			Run: define(st.name), Complete: []Completer{completeStatement(st.name)}})
	}
	return own
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
