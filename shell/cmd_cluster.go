package shell

import (
	"context"
	"os"

	"quorate/shell/bootstrap"
)

// clusterLevel makes, starts and stops clusters; the commands themselves are those of package bootstrap.
func clusterLevel() *Level {
	var own []*Command
	for _, c := range bootstrap.Commands() {
		own = append(own, &Command{Name: c.Name, Args: c.Usage, Max: anyNumber, Short: c.Short, Long: c.Long,
			Run: func(ctx context.Context, s *Session, args []string) error {
				env := bootstrap.Env{In: os.Stdin, Out: s.Out, Err: s.Err, Force: s.flags.force}
				return c.Run(ctx, env, args)
			}})
	}
	return &Level{Name: "cluster", Short: "make, start and stop clusters", Commands: withShared(false, own...)}
}
