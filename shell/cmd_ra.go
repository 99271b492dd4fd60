package shell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"quorate/ra"
	"quorate/ra/agents"
)

func raLevel() *Level {
	return &Level{Name: "ra", Short: "resource agents", Commands: withShared(false,
		&Command{Name: "classes", Max: 0, Short: "list classes and providers", Run: runRaClasses},
		&Command{Name: "list", Args: "<class> [<provider>]", Min: 1, Max: 2, Short: "list agents", Run: runRaList,
			Complete: []Completer{completeClasses, completeProviders}},
		&Command{Name: "providers", Args: "<type> [<class>]", Min: 1, Max: 2, Short: "list the providers that have an agent", Run: runRaProviders,
			Complete: []Completer{completeAgentTypes, fixed("ocf")}},
		&Command{Name: "info", Aliases: []string{"meta"}, Args: "[<class>:[<provider>:]]<type>", Min: 1, Max: 1, Short: "describe an agent", Run: runRaInfo,
			Complete: []Completer{either(completeAgents, fixed(describedDaemons...))},
			Long:     "Shows what an agent does, its parameters and its advised operations. The names of the classic daemons (pacemaker-controld, pacemaker-schedulerd, pacemaker-fenced, pacemaker-based) describe cluster options."},
		&Command{Name: "validate", Args: "<agent> [<name>=<value> ...]", Min: 1, Max: anyNumber, Short: "have an agent check parameters", Run: runRaValidate,
			Complete: []Completer{completeAgents, completeParametersOfFirst}},
	)}
}

var describedDaemons = []string{"pacemaker-based", "pacemaker-controld", "pacemaker-fenced", "pacemaker-schedulerd"}

func runRaClasses(_ context.Context, s *Session, _ []string) error {
	for _, name := range ra.Classes() {
		class, _ := ra.Lookup(name)
		if providers := class.Providers(); len(providers) > 0 {
			name += " / " + strings.Join(providers, " ")
		}
		s.println(name)
	}
	return nil
}

func runRaList(_ context.Context, s *Session, args []string) error {
	class, ok := ra.Lookup(args[0])
	if !ok {
		return usagef("class %s does not exist", args[0])
	}
	provider := ""
	if len(args) == 2 {
		provider = args[1]
	}
	if provider != "" && !contains(class.Providers(), provider) {
		return usagef("there is no provider %s for class %s", provider, args[0])
	}
	types, err := class.List(provider)
	if err != nil {
		return err
	}
	cols, _ := windowSize(int(os.Stdout.Fd()))
	s.page(fitColumns(types, min(cols, 80)))
	return nil
}

// fitColumns sets words into as many columns as a line holds, read along the lines.
func fitColumns(words []string, lineWidth int) string {
	width := 0
	for _, w := range words {
		width = max(width, len(w))
	}
	perLine := max(1, lineWidth/(width+2))
	width = max(width+2, lineWidth/perLine)
	var b strings.Builder
	for i, w := range words {
		if i%perLine == perLine-1 || i == len(words)-1 {
			b.WriteString(w + "\n")
		} else {
			fmt.Fprintf(&b, "%-*s", width, w)
		}
	}
	return b.String()
}

func runRaProviders(_ context.Context, s *Session, args []string) error {
	if len(args) == 2 && args[1] != "ocf" {
		if _, ok := ra.Lookup(args[1]); !ok {
			return usagef("class %s does not exist", args[1])
		}
		return nil // only ocf agents have providers
	}
	s.println(strings.Join(ra.ProvidersOf(args[0]), " "))
	return nil
}

func runRaInfo(ctx context.Context, s *Session, args []string) error {
	if m, ok := ra.ClusterOptions(args[0]); ok {
		s.page(ra.Info(m))
		return nil
	}
	agent, err := ra.ParseSpec(args[0])
	if err != nil {
		return err
	}
	m, err := ra.Meta(ctx, agent)
	if errors.Is(err, ra.ErrNotInstalled) {
		return fmt.Errorf("%s: got no meta-data, does this RA exist?", agent)
	}
	if err != nil {
		return err
	}
	s.page(ra.Info(m))
	return nil
}

// runRaValidate runs the agent's validate-all with the given parameters.
func runRaValidate(ctx context.Context, s *Session, args []string) error {
	agent, err := ra.ParseSpec(args[0])
	if err != nil {
		return err
	}
	if agent.Class != "ocf" {
		return usagef("agents of class %s cannot check parameters", agent.Class)
	}
	command, env, err := agentProgram(agent, args[0])
	if err != nil {
		return err
	}
	for _, p := range args[1:] {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			return usagef("%s: expected <name>=<value>", p)
		}
		env = append(env, "OCF_RESKEY_"+name+"="+value)
	}
	code, err := s.runProgram(ctx, append(command, "validate-all"), env)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: validate-all failed with code %d", agent, code)
	}
	return err
}

// agentProgram returns the command of an ocf agent, which wants the action behind it, and the environment that the standard
// asks for.
func agentProgram(a ra.Agent, instance string) (command, env []string, err error) {
	root := os.Getenv("OCF_ROOT")
	if root == "" {
		root = "/usr/lib/ocf"
	}
	command = []string{root + "/resource.d/" + a.Provider + "/" + a.Type}
	if a.Provider == agents.Provider { // they are in this program
		self, err := os.Executable()
		if err != nil {
			return nil, nil, err
		}
		command = []string{self, agents.Command, a.Type}
	}
	return command, []string{
		"OCF_ROOT=" + root, "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1",
		"OCF_RESOURCE_INSTANCE=" + strings.ReplaceAll(instance, ":", "_"), "OCF_RESOURCE_TYPE=" + a.Type, "OCF_RESOURCE_PROVIDER=" + a.Provider,
	}, nil
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}
