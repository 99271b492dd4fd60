package shell

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// placement are the arguments of move and ban.
type placement struct {
	resource, node, lifetime string
	force                    bool
}

// parsePlacement sorts the words behind the resource: a node, a lifetime and force, in any order.
func parsePlacement(e *confEdit, args []string, forced bool) (placement, error) {
	p := placement{resource: args[0], force: forced}
	if e.resource(p.resource) == nil {
		return p, e.toolNotFound(p.resource)
	}
	for _, w := range args[1:] {
		switch {
		case e.node(w) != nil && p.node == "":
			p.node = w
		case w == "force":
			p.force = true
		case isLifetime(w) && p.lifetime == "":
			p.lifetime = w
		default:
			return p, usagef("%s is neither a node nor a lifetime such as PT1H%s", w, didYouMean(w, e.nodeNames()))
		}
	}
	return p, nil
}

func runMove(ctx context.Context, s *Session, args []string) error {
	return s.place(ctx, args, "Move", func(e *confEdit, p placement, until string) error {
		if p.node == "" && !p.force {
			return usagef("No target node: Move requires either a target node or 'force'")
		}
		removePlacement(e, p.resource, p.node)
		if p.node == "" {
			return s.banHere(ctx, e, p, until)
		}
		if err := e.constrain(p, "cli-prefer", "INFINITY", until); err != nil || !p.force {
			return err
		}
		return s.banElsewhere(ctx, e, p, until)
	})
}

func runBan(ctx context.Context, s *Session, args []string) error {
	return s.place(ctx, args, "Ban", func(e *confEdit, p placement, until string) error {
		if p.node == "" {
			return s.banHere(ctx, e, p, until)
		}
		return s.banOn(e, p, until)
	})
}

// place runs move or ban and tells what was made of it.
func (s *Session) place(ctx context.Context, args []string, what string, make func(*confEdit, placement, string) error) error {
	var p placement
	err := s.change(ctx, func(e *confEdit) (err error) {
		if p, err = parsePlacement(e, args, s.forced()); err != nil {
			return err
		}
		until := ""
		if p.lifetime != "" {
			if until, err = lifetimeEnd(p.lifetime, time.Now()); err != nil {
				return err
			}
			e.then(func() { s.println("Migration will take effect until: " + until) })
		}
		return make(e, p, until)
	})
	if err != nil {
		return err
	}
	to := ""
	if p.node != "" {
		to = " to " + p.node
	}
	s.infof("%s constraint created for %s%s", what, p.resource, to)
	s.infof("Use `crm resource clear %s` to remove this constraint", p.resource)
	return s.settleAndLocate(ctx, p.resource)
}

// banHere bans the node that the resource runs on.
func (s *Session) banHere(ctx context.Context, e *confEdit, p placement, until string) error {
	nodes, err := s.activeOn(ctx, p.resource)
	if err != nil {
		return err
	}
	if len(nodes) != 1 {
		return notMoved(p.resource, len(nodes))
	}
	p.node = nodes[0]
	return s.banOn(e, p, until)
}

// banElsewhere bans the node that the resource runs on now, if that is another one than it is to move to.
func (s *Session) banElsewhere(ctx context.Context, e *confEdit, p placement, until string) error {
	nodes, err := s.activeOn(ctx, p.resource)
	if err != nil || len(nodes) != 1 || nodes[0] == p.node {
		return err
	}
	p.node = nodes[0]
	return e.constrain(p, "cli-ban", "-INFINITY", until)
}

func (s *Session) banOn(e *confEdit, p placement, until string) error {
	id := fmt.Sprintf("cli-ban-%s-on-%s", p.resource, p.node)
	e.then(func() {
		s.warnf("Creating rsc_location constraint '%s' with a score of -INFINITY for resource %s on %s.\n"+
			"\tThis will prevent %s from running on %s until the constraint is removed using the clear option or by editing the CIB with an appropriate tool\n"+
			"\tThis will be the case even if %s is the last node in the cluster", id, p.resource, p.node, p.resource, p.node, p.node)
	})
	return e.constrain(p, "cli-ban", "-INFINITY", until)
}

// constrain makes the location constraint of move ("cli-prefer") or ban ("cli-ban"). One with the same id
// is replaced.
func (e *confEdit) constrain(p placement, kind, score, until string) error {
	id := kind + "-" + p.resource
	ruleID, exprID, endID := kind+"-rule-"+p.resource, kind+"-expr-"+p.resource, kind+"-lifetime-end-"+p.resource
	if kind == "cli-ban" {
		id += "-on-" + p.node
		ruleID, exprID, endID = id+"-rule", id+"-expr", id+"-lifetime"
	}
	constraints := e.section("constraints")
	for _, c := range constraints.ChildElements() {
		if idOf(c) == id {
			constraints.RemoveChild(c)
		}
	}
	c := element(constraints, "rsc_location", "id", id, "rsc", p.resource, "role", "Started")
	if until == "" {
		c.CreateAttr("node", p.node)
		c.CreateAttr("score", score)
		return nil
	}
	rule := element(c, "rule", "id", ruleID, "score", score, "boolean-op", "and")
	element(rule, "expression", "id", exprID, "attribute", "#uname", "operation", "eq", "value", p.node, "type", "string")
	element(rule, "date_expression", "id", endID, "operation", "lt", "end", until)
	return nil
}

// element appends a child with attributes given as name, value, name, value …
func element(parent *etree.Element, tag string, attrs ...string) *etree.Element {
	el := parent.CreateElement(tag)
	for i := 0; i+1 < len(attrs); i += 2 {
		el.CreateAttr(attrs[i], attrs[i+1])
	}
	return el
}

// removePlacement deletes what move and ban made for the resource; with a node only bans of that node go.
// It returns how many constraints went.
func removePlacement(e *confEdit, resource, node string) int {
	constraints := e.section("constraints")
	n := 0
	for _, c := range constraints.SelectElements("rsc_location") {
		id := idOf(c)
		ban := strings.HasPrefix(id, "cli-ban-"+resource+"-on-") && (node == "" || id == "cli-ban-"+resource+"-on-"+node)
		if id == "cli-prefer-"+resource || id == "cli-standby-"+resource || ban {
			constraints.RemoveChild(c)
			n++
		}
	}
	return n
}

func runClear(ctx context.Context, s *Session, args []string) error {
	err := s.change(ctx, func(e *confEdit) error {
		if e.resource(args[0]) == nil {
			return e.toolNotFound(args[0])
		}
		removePlacement(e, args[0], "")
		return nil
	})
	if err != nil {
		return err
	}
	s.infof("Removed migration constraints for %s", args[0])
	return s.settle(ctx)
}
