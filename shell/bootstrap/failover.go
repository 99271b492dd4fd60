package bootstrap

import (
	"context"
	"fmt"
	"strings"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
)

const failoverPatience = time.Minute

// runKill makes a power loss of a local node and tells how long its resources were gone.
func runKill(ctx context.Context, env Env, args []string) error {
	f := flags("kill")
	noWait := f.Bool("no-wait", false, "do not wait for the resources")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return usage("kill")
	}
	l, err := theLocal()
	if err != nil {
		return err
	}
	name, err := l.named(f.Arg(0))
	if err != nil {
		return err
	}
	client, held := l.before(ctx, name)
	began := time.Now()
	if err := l.kill(name); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%s has lost its power\n", name)
	if *noWait || client == nil || len(held) == 0 {
		return nil
	}
	return awaitElsewhere(ctx, env, client, name, held, began)
}

// before finds a node that will live on, and the resources that are active on the one that will not.
func (l localCluster) before(ctx context.Context, name string) (*api.Client, []string) {
	for _, other := range l.nodes() {
		socket := l.paths(other).Socket
		if other == name || !running(ctx, socket) {
			continue
		}
		client := api.DialSocket(socket)
		where, err := activeNodes(ctx, client)
		if err != nil {
			continue
		}
		var held []string
		for resource, nodes := range where.on {
			if nodes[name] {
				held = append(held, resource)
			}
		}
		return client, held
	}
	return nil, nil
}

// activity is what the cluster knows about where resources are.
type activity struct {
	on   map[string]map[string]bool // of each primitive: the nodes where it is active
	lost map[string]bool            // the nodes that are known to be gone
}

// activeNodes reads the activity from the cluster.
func activeNodes(ctx context.Context, c api.Cluster) (activity, error) {
	a := activity{map[string]map[string]bool{}, map[string]bool{}}
	doc, err := c.CIB(ctx)
	if err != nil {
		return a, err
	}
	model, err := scheduler.Read(scheduler.Input{CIB: doc.Root(), Now: time.Now()})
	if err != nil {
		return a, err
	}
	for _, n := range model.Nodes {
		a.lost[n.Name] = !n.Online
	}
	var walk func(list []*scheduler.Resource)
	walk = func(list []*scheduler.Resource) {
		for _, r := range list {
			walk(r.Children)
			if len(r.Children) > 0 {
				continue
			}
			a.on[r.ID] = map[string]bool{}
			for _, n := range r.RunningOn {
				if n.Online && r.PendingTask != "start" {
					a.on[r.ID][n.Name] = true
				}
			}
		}
	}
	walk(model.Resources)
	return a, nil
}

// awaitElsewhere waits until each resource is active on a node other than the dead one, or the cluster has nothing left
// to do about it.
func awaitElsewhere(ctx context.Context, env Env, c api.Cluster, dead string, held []string, began time.Time) error {
	bounded, cancel := context.WithTimeout(ctx, failoverPatience)
	defer cancel()
	var idle chan error // nil until the loss is known
	var decided bool
	for {
		now, err := activeNodes(bounded, c)
		if err == nil {
			held = sayWhere(env, now, dead, held, began)
		}
		if len(held) == 0 {
			return nil
		}
		if decided {
			fmt.Fprintf(env.Out, "%s: on no other node: 'crm why' and the name say the reason\n", strings.Join(held, " "))
			return nil
		}
		if err == nil && now.lost[dead] && idle == nil {
			idle = make(chan error, 1)
			go func() { idle <- c.WaitIdle(bounded) }()
		}
		select {
		case <-bounded.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return cib.Errorf(exit.Timeout, "%d %s not running again after %v: see 'crm status'", len(held), plural(len(held), "resource"), failoverPatience)
		case err := <-idle:
			if err != nil {
				return err
			}
			decided = true
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// sayWhere tells of the resources that run again, and returns the others.
func sayWhere(env Env, now activity, dead string, held []string, began time.Time) (rest []string) {
	for _, r := range held {
		if node := other(now.on[r], dead); node != "" {
			fmt.Fprintf(env.Out, "%s runs on %s, %.2f s after the power loss\n", r, node, time.Since(began).Seconds())
		} else {
			rest = append(rest, r)
		}
	}
	return rest
}

func other(nodes map[string]bool, than string) string {
	for n := range nodes {
		if n != than {
			return n
		}
	}
	return ""
}
