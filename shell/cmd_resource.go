package shell

import "context"

func resourceLevel() *Level {
	one := []Completer{completeResources}
	oneOnNode := []Completer{completeResources, completeNodes}
	attr := func(set string) []Completer {
		return []Completer{completeResources, fixed("set", "delete", "show"), completeAttributeNames(set)}
	}
	lifetime := "The lifetime is an ISO 8601 duration such as PT1H; without it the constraint stays until 'clear'."
	return &Level{Name: "resource", Short: "operate resources", Commands: withShared(false,
		&Command{Name: "status", Aliases: []string{"show", "list"}, Args: "[<resource> ...]", Max: anyNumber, Short: "show where resources run",
			Run: runResourceStatus, Complete: one},
		&Command{Name: "start", Args: "<resource> ...", Max: anyNumber, Short: "start resources", Run: targetRole("Started"), Complete: one,
			Long: "Sets the meta attribute target-role to Started. A tag stands for its members."},
		&Command{Name: "stop", Args: "<resource> ...", Max: anyNumber, Short: "stop resources", Run: targetRole("Stopped"), Complete: one,
			Long: "Sets the meta attribute target-role to Stopped. A tag stands for its members."},
		&Command{Name: "restart", Args: "<resource> ...", Max: anyNumber, Short: "stop and start resources", Run: runRestart, Complete: one},
		&Command{Name: "promote", Args: "<resource>", Min: 1, Max: 1, Short: "promote a promotable clone", Run: promotion("Promoted"), Complete: one},
		&Command{Name: "demote", Args: "<resource>", Min: 1, Max: 1, Short: "demote a promotable clone", Run: promotion("Unpromoted"), Complete: one},
		&Command{Name: "manage", Args: "<resource> ...", Max: anyNumber, Short: "put resources under control", Run: managed("true"), Complete: one},
		&Command{Name: "unmanage", Args: "<resource> ...", Max: anyNumber, Short: "take resources out of control", Run: managed("false"), Complete: one},
		&Command{Name: "maintenance", Args: "<resource> [on|off|true|false]", Min: 1, Max: 2, Short: "switch maintenance of a resource", Run: runResourceMaintenance,
			Complete: []Completer{completeResources, fixed("on", "off")}},
		&Command{Name: "move", Aliases: []string{"migrate"}, Args: "<resource> [<node>] [<lifetime>] [force]", Min: 1, Max: 4, Short: "move a resource to another node", Run: runMove,
			Complete: oneOnNode, Long: "Makes a location constraint for the node; without a node, 'force' bans the node where the resource runs.\n" + lifetime},
		&Command{Name: "ban", Args: "<resource> [<node>] [<lifetime>] [force]", Min: 1, Max: 4, Short: "keep a resource away from a node", Run: runBan, Complete: oneOnNode,
			Long: "Without a node, bans the one where the resource runs.\n" + lifetime},
		&Command{Name: "clear", Aliases: []string{"unmove", "unmigrate", "unban"}, Args: "<resource>", Min: 1, Max: 1, Short: "remove the constraints of move and ban", Run: runClear, Complete: one},
		&Command{Name: "cleanup", Args: "[<resource>] [<node>] [force]", Max: 3, Short: "forget failures", Run: cleanup(true), Complete: oneOnNode},
		&Command{Name: "refresh", Aliases: []string{"reprobe"}, Args: "[<resource>] [<node>] [force]", Max: 3, Short: "forget the history and look again", Run: cleanup(false), Complete: oneOnNode},
		&Command{Name: "failcount", Args: "<resource> set <node> <value>|delete <node>|show [<node>] [<operation>] [<interval>]", Min: 2, Max: 6, Short: "fail counts", Run: runFailcount,
			Complete: []Completer{completeResources, fixed("set", "delete", "show"), completeNodes}},
		&Command{Name: "param", Args: "<resource> set|delete|show <name> [<value>]", Min: 3, Max: 4, Short: "change a parameter", Run: resourceAttribute("param", "instance_attributes"), Complete: attr("instance_attributes")},
		&Command{Name: "meta", Args: "<resource> set|delete|show <name> [<value>]", Min: 3, Max: 4, Short: "change a meta attribute", Run: resourceAttribute("meta", "meta_attributes"), Complete: attr("meta_attributes")},
		&Command{Name: "utilization", Args: "<resource> set|delete|show <name> [<value>]", Min: 3, Max: 4, Short: "change what a resource needs", Run: resourceAttribute("utilization", "utilization"), Complete: attr("utilization")},
		&Command{Name: "locate", Args: "<resource> ...", Max: anyNumber, Short: "say where resources run", Run: runLocate, Complete: one},
		&Command{Name: "constraints", Args: "<resource>", Min: 1, Max: 1, Short: "show the constraints of a resource", Run: runConstraints, Complete: one},
		&Command{Name: "operations", Args: "[<resource>] [<node>]", Max: 2, Short: "show what was done", Run: runOperations, Complete: oneOnNode},
		&Command{Name: "scores", Max: 0, Short: "show the scores of resources on nodes", Run: runScores},
		&Command{Name: "secret", Args: "<resource> set|stash|unstash|delete|show|check <name> [<value>]", Min: 3, Max: 4, Short: "values kept outside the configuration", Run: notThere("secrets are kept in files of each node, which quorate does not spread")},
		&Command{Name: "trace", Args: "<resource> [<operation>] [<interval>] [<directory>]", Min: 1, Max: 4, Short: "have an agent write a trace", Run: runTrace, Complete: []Completer{completeResources, completeOperations}},
		&Command{Name: "untrace", Args: "<resource> [<operation>] [<interval>]", Min: 1, Max: 3, Short: "end a trace", Run: runUntrace, Complete: []Completer{completeResources, completeOperations}},
	)}
}

// notThere is the command that says why it does nothing, so that a script does not take it for done.
func notThere(why string) func(context.Context, *Session, []string) error {
	return func(context.Context, *Session, []string) error { return usagef("not supported: %s", why) }
}
