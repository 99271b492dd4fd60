package shell

import (
	"context"
	"os"
	"strings"

	"quorate/shell/bootstrap"
)

// clusterLevel makes, starts and stops clusters; the commands themselves are those of package bootstrap.
func clusterLevel() *Level {
	var own []*Command
	for _, c := range bootstrap.Commands() {
		var complete []Completer
		if strings.Contains(c.Usage, "NODE") {
			complete = []Completer{completeNodes}
		}
		own = append(own, &Command{Name: c.Name, Args: c.Usage, Complete: complete, Max: anyNumber, Short: c.Short, Long: c.Long,
			Run: func(ctx context.Context, s *Session, args []string) error {
				env := bootstrap.Env{In: os.Stdin, Out: s.Out, Err: s.Err, Force: s.flags.force}
				return c.Run(ctx, env, args)
			}})
	}
	return &Level{Name: "cluster", Short: "make, start and stop clusters", Commands: withShared(false, own...)}
}
