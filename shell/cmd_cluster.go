package shell

import (
	"context"
	"os"
	"strings"

	"quorate/shell/bootstrap"
)

// absentClusterCommands are those of crmsh, each with what to use instead.
var absentClusterCommands = []struct{ name, why string }{
	{"copy", "quorate uses no ssh: copy files with the tools you have for that"},
	{"crash_test", "'crm cluster kill' tries out a power loss on a local cluster, 'crm simulate' shows what would happen on this one"},
	{"diff", "quorate uses no ssh: 'crm corosync show' and 'crm configure show' are the same on all nodes"},
	{"geo_init", "there is no booth: 'crm site ticket' grants and revokes by hand"},
	{"geo_init_arbitrator", "there is no booth: 'crm site ticket' grants and revokes by hand"},
	{"geo_join", "there is no booth: 'crm site ticket' grants and revokes by hand"},
	{"health", "'crm cluster status', 'crm status' and 'crm verify' say how the cluster is"},
	{"rename", "set totem.cluster_name with 'crm corosync set' on each node, then 'crm corosync reload'"},
}

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
	for _, a := range absentClusterCommands {
		own = append(own, &Command{Name: a.name, Max: anyNumber, Hidden: true, Short: a.why, Run: notThere(a.why)})
	}
	return &Level{Name: "cluster", Short: "make, start and stop clusters", Commands: withShared(false, own...)}
}
