package bootstrap

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

func runStart(ctx context.Context, env Env, args []string) error {
	f := flags("start")
	local := f.Int("local", 0, "run this many nodes on this machine")
	dir := f.String("dir", "", "folder of the local cluster")
	wait := f.Int("wait", 15, "seconds to wait until the node is online")
	if err := parse(f, args); err != nil {
		return err
	}
	patience := time.Duration(*wait) * time.Second
	switch {
	case f.Changed("local"):
		return startLocal(ctx, env, *local, *dir, patience)
	case f.NArg() == 1: // one node of the local cluster
		l, err := theLocal()
		if err != nil {
			return err
		}
		name, err := l.named(f.Arg(0))
		if err != nil {
			return err
		}
		if err := l.start(ctx, name); err != nil {
			return err
		}
		return reportStart(ctx, env, l.paths(name), patience)
	case f.NArg() > 1:
		return usage("start")
	}
	return startNode(ctx, env, patience)
}

// startNode starts this machine's node: by systemd where its unit is there, else as a process of its own.
func startNode(ctx context.Context, env Env, patience time.Duration) error {
	p := systemPaths()
	set, err := settings(p, "") // what hinders a start is said here, not in the unit's log
	if err != nil {
		return err
	}
	for _, a := range foreign(set.Config.Nodes[set.Local], localAddrs()) {
		fmt.Fprintf(env.Err, "WARNING: %s says that this node has the address %s, but no interface of this machine has it\n", p.Config, a)
	}
	if unitInstalled() {
		err = systemctl(ctx, "start", unitName)
	} else {
		err = spawn(ctx, p, nil)
	}
	if err != nil {
		return err
	}
	return reportStart(ctx, env, p, patience)
}

// reportStart waits until the node is online, or says what it waits for: a node that waits for others has started well.
func reportStart(ctx context.Context, env Env, p Paths, patience time.Duration) error {
	if err := awaitSelf(ctx, p.Socket, patience); cib.CodeOf(err) == exit.Timeout {
		fmt.Fprintf(env.Out, "the engine runs; %v\n", err)
		return nil
	} else if err != nil {
		return err
	}
	s, err := api.DialSocket(p.Socket).Status(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "node %s is online, DC is %s\n", s.Node, s.DC)
	return nil
}

func runStop(ctx context.Context, env Env, args []string) error {
	if len(args) > 1 {
		return usage("stop")
	}
	p := systemPaths()
	if len(args) == 0 && os.Getenv(api.SocketVariable) == "" && running(ctx, p.Socket) {
		return stopNode(ctx, env, p)
	}
	l, err := theLocal()
	if err != nil {
		return cib.Errorf(exit.Disconnect, "the cluster is not running on this node")
	}
	names := l.nodes()
	if len(args) == 1 {
		name, err := l.named(args[0])
		if err != nil {
			return err
		}
		names = []string{name}
	}
	return l.stop(ctx, env, names)
}

// stopNode makes this machine's node leave.
func stopNode(ctx context.Context, env Env, p Paths) error {
	var err error
	if unitActive(ctx) {
		err = systemctl(ctx, "stop", unitName)
	} else {
		err = stopEngine(ctx, p.Socket, "this node")
	}
	if err == nil {
		fmt.Fprintln(env.Out, "this node has left the cluster")
	}
	return err
}

// stop makes nodes leave, the last ones first: with all of them going nothing needs to move.
func (l localCluster) stop(ctx context.Context, env Env, names []string) error {
	stopped := 0
	for _, name := range slices.Backward(names) {
		socket := l.paths(name).Socket
		if !running(ctx, socket) {
			continue
		}
		if err := stopEngine(ctx, socket, name); err != nil {
			return err
		}
		stopped++
	}
	fmt.Fprintf(env.Out, "%d %s stopped\n", stopped, plural(stopped, "node"))
	return nil
}

func runRestart(ctx context.Context, env Env, args []string) error {
	if err := runStop(ctx, env, args); err != nil && cib.CodeOf(err) != exit.Disconnect {
		return err
	}
	return runStart(ctx, env, args)
}

func runWait(ctx context.Context, env Env, args []string) error {
	seconds := 10
	if len(args) == 1 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 0 {
			return cib.Errorf(exit.Usage, "wait_for_startup: %s is not a number of seconds", args[0])
		}
		seconds = n
	} else if len(args) > 1 {
		return usage("wait_for_startup")
	}
	return awaitSelf(ctx, api.SocketPath(), time.Duration(seconds)*time.Second)
}

func runRemove(ctx context.Context, env Env, args []string) error {
	if len(args) != 1 {
		return usage("remove")
	}
	if err := api.Dial().RemoveNode(ctx, args[0]); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "node %s is not part of the cluster any more\n", args[0])
	return nil
}

// runStatus shows engine, membership, quorum and links of this machine's node in one screen.
func runStatus(ctx context.Context, env Env, args []string) error {
	if len(args) != 0 {
		return usage("status")
	}
	c := api.Dial()
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	dc := s.DC
	if dc == "" {
		dc = "none"
	}
	quorum := "no"
	if s.Quorate {
		quorum = "yes"
	}
	fmt.Fprintf(env.Out, "Cluster %s, this is node %s. DC: %s, quorum: %s, generation %d\n", s.ClusterName, s.Node, dc, quorum, s.Generation)
	if s.WaitingFor != "" {
		fmt.Fprintf(env.Out, "%s\n", s.WaitingFor)
	}
	links, err := c.Links(ctx)
	if err != nil {
		return err
	}
	for _, n := range s.Nodes {
		fmt.Fprintln(env.Out, strings.TrimRight(fmt.Sprintf("  %-12s %-8s%s", n.Name, stateWord(n), linkWords(links, n.ID)), " "))
	}
	return nil
}

func stateWord(n api.Node) string {
	switch {
	case n.Online:
		return "online"
	case n.Member:
		return "pending"
	}
	return "offline"
}

// linkWords tells of each link to a node whether it works, with its round trip and loss.
func linkWords(links *api.Links, id uint32) string {
	text := ""
	for _, l := range links.Links {
		for _, p := range l.Peers {
			switch {
			case p.NodeID != id || p.Local:
			case p.Connected:
				text += fmt.Sprintf("  link %d %s rtt %v", l.ID, p.Addr, p.RTT.Round(10*time.Microsecond))
				if p.Lost > 0.005 {
					text += fmt.Sprintf(" loss %.0f%%", 100*p.Lost)
				}
			default:
				text += fmt.Sprintf("  link %d %s DOWN", l.ID, p.Addr)
			}
		}
	}
	return text
}
