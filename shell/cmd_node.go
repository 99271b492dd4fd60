package shell

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/beevik/etree"

	attrs "quorate/engine/attribute"
	"quorate/engine/rule"
	"quorate/grammar"
)

const instanceAttributes = "instance_attributes"

func nodeLevel() *Level {
	some := []Completer{completeNodes}
	attr := []Completer{completeNodes, fixed("set", "delete", "show"), completeNodeAttributes}
	return &Level{Name: "node", Short: "manage nodes", Commands: withShared(false,
		&Command{Name: "show", Aliases: []string{"list"}, Args: "[<node>]", Max: 1, Short: "show nodes with their attributes", Run: runNodeShow, Complete: some},
		&Command{Name: "standby", Args: "[--all|<node> ...] [reboot|forever]", Max: anyNumber, Short: "keep resources off a node", Run: runStandby,
			Complete: []Completer{either(completeNodes, fixed("--all", "reboot", "forever"))},
			Long:     "Resources move away and the node stays in the cluster, until 'online'. With 'reboot' only until the node leaves the cluster. Without a node the local one is meant."},
		&Command{Name: "online", Args: "[--all|<node> ...]", Max: anyNumber, Short: "let resources run on a node again", Run: runOnline,
			Complete: []Completer{either(completeNodes, fixed("--all"))}},
		&Command{Name: "maintenance", Args: "[<node>]", Max: 1, Short: "leave the resources of a node alone", Run: nodeMaintenance("true"), Complete: some},
		&Command{Name: "ready", Args: "[<node>]", Max: 1, Short: "end the maintenance of a node", Run: nodeMaintenance("off"), Complete: some},
		&Command{Name: "attribute", Args: "<node> set|delete|show <name> [<value>]", Min: 3, Max: 4, Short: "change an attribute", Run: nodeAttribute("attribute", instanceAttributes), Complete: attr},
		&Command{Name: "utilization", Args: "<node> set|delete|show <name> [<value>]", Min: 3, Max: 4, Short: "change what a node provides", Run: nodeAttribute("utilization", "utilization"), Complete: attr},
		&Command{Name: "status-attr", Aliases: []string{"status_attr"}, Args: "<node> set|delete|show <name> [<value>]", Min: 3, Max: 4, Short: "change an attribute that lasts until the node leaves", Run: runStatusAttr, Complete: attr},
		&Command{Name: "server", Args: "[<node> ...]", Max: anyNumber, Short: "list the machines that nodes run on", Run: runNodeServer, Complete: some},
		&Command{Name: "fence", Args: "<node>", Min: 1, Max: 1, Short: "have a node fenced", Run: runNodeFence, Complete: some},
		&Command{Name: "clearstate", Args: "[<node>]", Max: 1, Short: "say that a node is down for certain", Run: runNodeClearstate, Complete: some,
			Long: "Tells the cluster that the node is off, so that its resources may start elsewhere.\nIf it is not, they run twice: make sure of it first."},
		&Command{Name: "delete", Args: "<node>", Min: 1, Max: 1, Short: "remove a node that is not in the cluster any more", Run: runNodeDelete, Complete: some},
	)}
}

func runNodeShow(ctx context.Context, s *Session, args []string) error {
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	if len(args) > 0 && e.node(args[0]) == nil {
		s.warnf("%v", e.nodeNotFound(args[0])) // a question, so exit 0 as crmsh has it
		return nil
	}
	var b strings.Builder
	for _, n := range e.section("nodes").SelectElements("node") {
		name := n.SelectAttrValue("uname", "")
		if len(args) == 0 || args[0] == name {
			b.WriteString(showNode(n, name))
		}
	}
	s.page(b.String())
	return nil
}

// showNode prints "name(id): type" and the attributes on a line of their own.
func showNode(n *etree.Element, name string) string {
	head := name
	if id := idOf(n); id != name {
		head += "(" + id + ")"
	}
	var pairs []string
	for _, nv := range n.FindElements(instanceAttributes + "/nvpair") {
		pairs = append(pairs, nv.SelectAttrValue("name", "")+"="+grammar.Quote(nv.SelectAttrValue("value", "")))
	}
	text := fmt.Sprintf("%s: %s\n", head, n.SelectAttrValue("type", "member"))
	if len(pairs) > 0 {
		text += "\t" + strings.Join(pairs, " ") + "\n"
	}
	return text
}

// localNode is the name of the node that the shell runs on.
func (s *Session) localNode(ctx context.Context) (string, error) {
	c, err := s.Cluster()
	if err != nil {
		return "", err
	}
	if st, err := c.Status(ctx); err == nil {
		return st.Node, nil
	}
	return os.Hostname()
}

// nodesFrom resolves --all, names, or nothing for the local node. A name that the cluster does not know
// refuses the whole command.
func (s *Session) nodesFrom(ctx context.Context, e *confEdit, words []string) ([]*etree.Element, error) {
	if len(words) == 1 && words[0] == "--all" {
		return e.section("nodes").SelectElements("node"), nil
	}
	if len(words) == 0 {
		local, err := s.localNode(ctx)
		if err != nil {
			return nil, err
		}
		words = []string{local}
	}
	var nodes []*etree.Element
	for _, w := range words {
		n, err := e.mustNode(w)
		if err != nil {
			return nil, usagef("%v", err)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func runStandby(ctx context.Context, s *Session, args []string) error {
	if n := len(args); n > 0 && args[n-1] == "reboot" {
		return s.setTransient(ctx, args[:n-1], "standby", "on", "standby")
	}
	if n := len(args); n > 0 && args[n-1] == "forever" {
		args = args[:n-1]
	}
	return s.setStandby(ctx, args, "on", "standby")
}

func runOnline(ctx context.Context, s *Session, args []string) error {
	return s.setStandby(ctx, args, "off", "online")
}

// setStandby switches standby of nodes; those that are as wanted are left alone.
func (s *Session) setStandby(ctx context.Context, words []string, value, verb string) error {
	err := s.change(ctx, func(e *confEdit) error {
		nodes, err := s.nodesFrom(ctx, e, words)
		for _, n := range nodes {
			now, _ := rule.ParseBool(attributeValue(n, instanceAttributes, "standby"))
			if want, _ := rule.ParseBool(value); now == want {
				continue
			}
			e.setNodeAttribute(n, instanceAttributes, "standby", value)
			e.then(func() { s.infof("%s node %s", verb, n.SelectAttrValue("uname", "")) })
		}
		return err
	})
	if err != nil {
		return err
	}
	if value == "off" {
		s.endRebootStandby(ctx, words)
	}
	return s.settle(ctx)
}

// endRebootStandby takes back a standby that would last until the node leaves. That no cluster runs is
// no reason to fail: then there is none.
func (s *Session) endRebootStandby(ctx context.Context, words []string) {
	e, err := s.reading(ctx)
	if err != nil {
		return
	}
	nodes, err := s.nodesFrom(ctx, e, words)
	if err != nil {
		return
	}
	for _, n := range nodes {
		name := n.SelectAttrValue("uname", "")
		values, err := s.cluster.Attributes(ctx, "standby", name)
		if err != nil || len(values) == 0 || values[0].Value == "" {
			continue
		}
		if s.cluster.UpdateAttribute(ctx, attrs.Update{Node: name, Name: "standby"}) == nil {
			s.infof("online node %s", name)
		}
	}
}

// setTransient sets an attribute that lasts until the node leaves the cluster.
func (s *Session) setTransient(ctx context.Context, words []string, name, value, verb string) error {
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	nodes, err := s.nodesFrom(ctx, e, words)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		u := attrs.Update{Node: n.SelectAttrValue("uname", ""), Name: name, Value: &value}
		if err := s.cluster.UpdateAttribute(ctx, u); err != nil {
			return err
		}
		s.infof("%s node %s", verb, u.Node)
	}
	return s.settle(ctx)
}

// nodeMaintenance makes the commands maintenance and ready. Resources with a word of their own about
// maintenance are asked about, because it would outlive that of the node.
func nodeMaintenance(value string) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		err := s.change(ctx, func(e *confEdit) error {
			nodes, err := s.nodesFrom(ctx, e, args)
			if err != nil {
				return err
			}
			if value == "true" {
				s.dropOwnMaintenance(e)
			}
			for _, n := range nodes {
				e.setNodeAttribute(n, instanceAttributes, "maintenance", value)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return s.settle(ctx)
	}
}

// dropOwnMaintenance asks about each resource that has maintenance or is-managed itself.
func (s *Session) dropOwnMaintenance(e *confEdit) {
	walkResources(e.section("resources"), func(r *etree.Element) {
		if attribute(r, metaAttributes, "is-managed") != nil &&
			s.confirm(fmt.Sprintf("'is-managed' conflicts with 'maintenance' in %s. Remove it?", idOf(r))) {
			removeAttribute(r, metaAttributes, "is-managed", true)
		}
		if attribute(r, metaAttributes, "maintenance") != nil &&
			s.confirm(fmt.Sprintf("'maintenance' attribute already exists in %s. Remove it?", idOf(r))) {
			removeAttribute(r, metaAttributes, "maintenance", true)
		}
	})
}

// nodeAttribute makes the commands attribute and utilization.
func nodeAttribute(command, setTag string) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		node, verb, name := args[0], args[1], args[2]
		switch {
		case verb == "show" && len(args) == 3:
			return s.showNodeAttribute(ctx, node, setTag, name)
		case verb == "set" && len(args) == 4:
			return s.change(ctx, func(e *confEdit) error {
				n, err := e.mustNode(node)
				if err == nil {
					e.setNodeAttribute(n, setTag, name, args[3])
				}
				return err
			})
		case verb == "delete" && len(args) == 3:
			return s.change(ctx, func(e *confEdit) error {
				n, err := e.mustNode(node)
				if err != nil {
					return err
				}
				if nv := removeAttribute(n, setTag, name, false); nv != nil {
					e.then(func() { s.println(fmt.Sprintf("Deleted nodes attribute: id=%s name=%s", idOf(nv), name)) })
				}
				return nil
			})
		}
		return badUsage(verb, command, args)
	}
}

func (s *Session) showNodeAttribute(ctx context.Context, node, setTag, name string) error {
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	n, err := e.mustNode(node)
	if err != nil {
		return err
	}
	nv := attribute(n, setTag, name)
	if nv == nil {
		return fmt.Errorf("node %s has no attribute %s", node, name)
	}
	s.println(fmt.Sprintf("scope=nodes  name=%s value=%s", name, nv.SelectAttrValue("value", "")))
	return nil
}

func runStatusAttr(ctx context.Context, s *Session, args []string) error {
	c, err := s.Cluster()
	if err != nil {
		return err
	}
	node, verb, name := args[0], args[1], args[2]
	if err := s.requireNode(ctx, node); err != nil {
		return err
	}
	switch {
	case verb == "show" && len(args) == 3:
		values, err := c.Attributes(ctx, name, node)
		if err != nil {
			return err
		}
		if len(values) == 0 || values[0].Value == "" {
			return fmt.Errorf("node %s has no attribute %s", node, name)
		}
		s.println(fmt.Sprintf("scope=status  name=%s value=%s", name, values[0].Value))
		return nil
	case verb == "set" && len(args) == 4:
		return c.UpdateAttribute(ctx, attrs.Update{Node: node, Name: name, Value: &args[3]})
	case verb == "delete" && len(args) == 3:
		return c.UpdateAttribute(ctx, attrs.Update{Node: node, Name: name})
	}
	return badUsage(verb, "status-attr", args)
}

func runNodeServer(ctx context.Context, s *Session, args []string) error {
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	for _, name := range e.nodeNames() {
		if len(args) == 0 || contains(args, name) {
			s.println(name)
		}
	}
	return nil
}

func runNodeDelete(ctx context.Context, s *Session, args []string) error {
	c, err := s.Cluster()
	if err != nil {
		return err
	}
	if err := c.RemoveNode(ctx, args[0]); err != nil {
		return err
	}
	s.infof("node %s deleted", args[0])
	return nil
}
