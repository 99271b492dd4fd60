package shell

import (
	"context"
	"fmt"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

func maintenanceLevel() *Level {
	return &Level{Name: "maintenance", Short: "maintenance mode", Commands: withShared(false,
		&Command{Name: "on", Args: "[<resource>]", Max: 1, Short: "begin maintenance", Run: maintenanceMode("true"), Complete: []Completer{completeResources},
			Long: "Without a resource, of the whole cluster: nothing is started, stopped or monitored until 'off'."},
		&Command{Name: "off", Args: "[<resource>]", Max: 1, Short: "end maintenance", Run: maintenanceMode("false"), Complete: []Completer{completeResources}},
		&Command{Name: "action", Args: "<resource> <action>", Min: 2, Max: 2, Short: "run an action of an agent on this node", Run: runMaintenanceAction,
			Complete: []Completer{completeResources, fixed("start", "stop", "monitor", "meta-data", "validate-all", "promote", "demote", "notify", "reload", "migrate_from", "migrate_to", "recover")},
			Long:     "Runs the agent beside the cluster; the resource must be in maintenance mode, unless -F says otherwise."},
	)}
}

// maintenanceMode makes the commands on and off.
func maintenanceMode(value string) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		err := s.change(ctx, func(e *confEdit) error {
			if len(args) == 0 {
				e.setProperty("maintenance-mode", value)
				return nil
			}
			r := e.resource(args[0])
			if r == nil {
				return e.notFound(args[0])
			}
			s.setOption(e, container(r), metaAttributes, "maintenance", value)
			return nil
		})
		if err != nil {
			return err
		}
		return s.settle(ctx)
	}
}

// setProperty sets a cluster property where it is, else in the first set.
func (e *confEdit) setProperty(name, value string) {
	e.setAttribute(e.section("crm_config"), "cluster_property_set", "cib-bootstrap-options", name, value)
}

// inMaintenance tells whether the cluster leaves the resource alone.
func (e *confEdit) inMaintenance(r *etree.Element) bool {
	if on, _ := rule.ParseBool(attributeValue(e.section("crm_config"), "cluster_property_set", "maintenance-mode")); on {
		return true
	}
	for ; r != nil && isResource(r); r = r.Parent() {
		if on, _ := rule.ParseBool(attributeValue(r, metaAttributes, "maintenance")); on {
			return true
		}
		if managed, ok := rule.ParseBool(attributeValue(r, metaAttributes, "is-managed")); ok && !managed {
			return true
		}
	}
	return false
}

func runMaintenanceAction(ctx context.Context, s *Session, args []string) error {
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	r, err := e.primitive(args[0])
	if err != nil {
		return err
	}
	if !e.inMaintenance(r) && !s.forced() {
		return fmt.Errorf("%s is not in maintenance mode: 'crm maintenance on %s' first, or use -F", args[0], args[0])
	}
	code, err := s.runAgent(ctx, e.agentOf(r), r, args[1])
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("%s %s returned %d", args[0], args[1], code)
	}
	s.infof("%s %s succeeded", args[0], args[1])
	return nil
}
