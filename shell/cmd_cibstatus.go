package shell

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/rule"
	"quorate/shell/backend"
	"quorate/shell/configure"
)

// imagined is the status that simulations begin with: that of some CIB, and what is to have happened there.
type imagined struct {
	origin string // "live", "shadow:NAME" or a file
	events []imaginedEvent
}

// imaginedEvent is one thing that happened: in the person's words, and as an option of crm_simulate(8).
type imaginedEvent struct{ words, option string }

// options are those of crm_simulate for all events, in their order.
func (i *imagined) options() []string {
	var list []string
	for _, e := range i.events {
		list = append(list, e.option)
	}
	return list
}

func cibstatusLevel() *Level {
	return &Level{Name: "cibstatus", Short: "imagine another status for simulations", Commands: withShared(false,
		&Command{Name: "load", Args: "<file>|shadow:<name>|live", Min: 1, Max: 1, Short: "begin with the status of a CIB", Run: runStatusLoad, Complete: []Completer{either(fixed("live", "shadow:"), completeFiles)}},
		&Command{Name: "save", Args: "<file>", Min: 1, Max: 1, Short: "write the CIB with the imagined status", Run: runStatusSave, Complete: []Completer{completeFiles}},
		&Command{Name: "origin", Max: 0, Short: "say which status it began with", Run: runStatusOrigin},
		&Command{Name: "show", Args: "[changed]", Max: 1, Short: "show the status, or what was imagined", Run: runStatusShow, Complete: []Completer{fixed("changed")}},
		&Command{Name: "quorum", Args: "<bool>", Min: 1, Max: 1, Short: "imagine quorum, or none", Run: runImagineQuorum, Complete: []Completer{fixed("true", "false")}},
		&Command{Name: "node", Args: "<node> online|offline|unclean", Min: 2, Max: 2, Short: "imagine a node's state", Run: runImagineNode, Complete: []Completer{completeNodes, fixed("online", "offline", "unclean")}},
		&Command{Name: "op", Args: "<action> <resource> <code> [<node>]", Min: 3, Max: 4, Short: "imagine an operation's result", Run: runImagineOp,
			Complete: []Completer{fixed("monitor", "start", "stop", "promote", "demote"), completeResources, fixed(resultNames...), completeNodes},
			Long:     "The code is a number or its name. Without a node, the one where the resource runs is meant."},
		&Command{Name: "ticket", Args: "<ticket> grant|revoke|standby|activate", Min: 2, Max: 2, Short: "imagine a ticket's state", Run: runImagineTicket, Complete: []Completer{completeTickets, fixed("grant", "revoke", "standby", "activate")}},
		&Command{Name: "run", Aliases: []string{"simulate"}, Args: "[nograph] [v...] [scores] [actions] [utilization]", Max: anyNumber, Short: "show what the cluster would do", Run: runConfigureSimulate,
			Complete: []Completer{fixed("nograph", "scores", "actions", "utilization")}},
	)}
}

// resultNames are the names of agents' results; their place is the code.
var resultNames = []string{"ok", "error", "args", "unimplemented", "perm", "installed", "configured", "not_running", "promoted", "failed_promoted"}

// startingPoint is the CIB whose status simulations begin with.
func (s *Session) startingPoint(ctx context.Context) (*cib.Document, error) {
	origin := s.imagined.origin
	target := s.target.Live()
	switch name, isShadow := strings.CutPrefix(origin, "shadow:"); {
	case isShadow:
		target.Shadow = name
	case origin != "" && origin != "live":
		target = backend.Target{File: origin}
	default:
		return s.document(ctx)
	}
	c, _, err := backend.Open(target)
	if err != nil {
		return nil, err
	}
	return c.CIB(ctx)
}

// simulated is a cluster with the configuration being edited and the status that simulations begin with.
func (s *Session) simulated(ctx context.Context) (api.Cluster, error) {
	b, err := s.editBuffer(ctx)
	if err != nil {
		return nil, err
	}
	from, err := s.startingPoint(ctx)
	if err != nil {
		return nil, err
	}
	doc := b.Document().Copy()
	if old, status := doc.Section("status"), from.Section("status"); old != nil && status != nil {
		doc.Root().RemoveChild(old)
		doc.Root().AddChild(status.Copy())
	}
	doc.Touch()
	return stagedCluster{s.cluster, doc}, nil
}

func runStatusLoad(ctx context.Context, s *Session, args []string) error {
	before := s.imagined
	s.imagined = imagined{origin: args[0]}
	if _, err := s.startingPoint(ctx); err != nil {
		s.imagined = before
		return err
	}
	return nil
}

func runStatusSave(ctx context.Context, s *Session, args []string) error {
	c, err := s.simulated(ctx)
	if err != nil {
		return err
	}
	options := append([]string{"-L", "-Q", "--save-input=" + args[0]}, s.imagined.options()...)
	return s.toolOn(ctx, func() (api.Cluster, error) { return c, nil }, s.Out, "crm_simulate", options...)
}

func runStatusOrigin(_ context.Context, s *Session, _ []string) error {
	text := orAll(s.imagined.origin, "live")
	if len(s.imagined.events) > 0 {
		text += " (modified)"
	}
	s.println(text)
	return nil
}

func runStatusShow(ctx context.Context, s *Session, args []string) error {
	if len(args) == 1 && args[0] != "changed" {
		return usagef("expected changed, not %q", args[0])
	}
	if len(args) == 0 {
		doc, err := s.startingPoint(ctx)
		if err != nil {
			return err
		}
		if status := doc.Section("status"); status != nil {
			s.page(cib.XML(status, true))
		}
		return nil
	}
	for _, e := range s.imagined.events {
		s.println(e.words)
	}
	return nil
}

func (s *Session) imagine(option, format string, args ...any) error {
	s.imagined.events = append(s.imagined.events, imaginedEvent{fmt.Sprintf(format, args...), option})
	return nil
}

func runImagineQuorum(_ context.Context, s *Session, args []string) error {
	have, ok := rule.ParseBool(args[0])
	if !ok {
		return usagef("%s is neither true nor false", args[0])
	}
	return s.imagine(fmt.Sprintf("--quorum=%t", have), "quorum: %t", have)
}

func runImagineNode(ctx context.Context, s *Session, args []string) error {
	option, ok := map[string]string{"online": "--node-up=", "offline": "--node-down=", "unclean": "--node-fail="}[args[1]]
	if !ok {
		return usagef("expected online, offline or unclean, not %q", args[1])
	}
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	if e.node(args[0]) == nil {
		return e.nodeNotFound(args[0])
	}
	return s.imagine(option+args[0], "node: %s %s", args[0], args[1])
}

func runImagineTicket(_ context.Context, s *Session, args []string) error {
	if !contains([]string{"grant", "revoke", "standby", "activate"}, args[1]) {
		return usagef("expected grant, revoke, standby or activate, not %q", args[1])
	}
	return s.imagine("--ticket-"+args[1]+"="+args[0], "ticket: %s %s", args[0], args[1])
}

func runImagineOp(ctx context.Context, s *Session, args []string) error {
	action, id := args[0], args[1]
	code, err := resultCode(args[2])
	if err != nil {
		return err
	}
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	r, err := e.primitive(id)
	if err != nil {
		return err
	}
	node := ""
	if len(args) == 4 {
		node = args[3]
	} else if at, err := s.activeOn(ctx, id); err != nil || len(at) == 0 {
		return usagef("%s runs nowhere: name the node", id)
	} else {
		node = at[0]
	}
	if e.node(node) == nil {
		return e.nodeNotFound(node)
	}
	interval := int64(0)
	for _, op := range named(r.FindElements("operations/op"), action) {
		if ms, ok := configure.Milliseconds(op.SelectAttrValue("interval", "0")); ok && interval == 0 {
			interval = ms
		}
	}
	return s.imagine(fmt.Sprintf("--op-inject=%s_%s_%d@%s=%d", id, action, interval, node, code), "operation: %s %s on %s: %d", action, id, node, code)
}

// resultCode reads an agent's result as a number or a name.
func resultCode(word string) (int, error) {
	for code, name := range resultNames {
		if name == word {
			return code, nil
		}
	}
	code, err := strconv.Atoi(word)
	if err != nil || code < 0 || code > 255 {
		return 0, usagef("Invalid exit code '%s': a number, or one of %s", word, strings.Join(resultNames, " "))
	}
	return code, nil
}
