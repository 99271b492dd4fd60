package bootstrap

import (
	"context"
	"fmt"
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
	name := f.Arg(0)
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
		for resource, nodes := range where {
			if nodes[name] {
				held = append(held, resource)
			}
		}
		return client, held
	}
	return nil, nil
}

// activeNodes tells of each primitive on which nodes it is active, as the cluster knows.
func activeNodes(ctx context.Context, c api.Cluster) (map[string]map[string]bool, error) {
	doc, err := c.CIB(ctx)
	if err != nil {
		return nil, err
	}
	model, err := scheduler.Read(scheduler.Input{CIB: doc.Root(), Now: time.Now()})
	if err != nil {
		return nil, err
	}
	where := map[string]map[string]bool{}
	var walk func(list []*scheduler.Resource)
	walk = func(list []*scheduler.Resource) {
		for _, r := range list {
			walk(r.Children)
			if len(r.Children) > 0 {
				continue
			}
			where[r.ID] = map[string]bool{}
			for _, n := range r.RunningOn {
				if n.Online && r.PendingTask != "start" {
					where[r.ID][n.Name] = true
				}
			}
		}
	}
	walk(model.Resources)
	return where, nil
}

// awaitElsewhere waits until each resource is active on a node other than the dead one.
func awaitElsewhere(ctx context.Context, env Env, c api.Cluster, dead string, held []string, began time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, failoverPatience)
	defer cancel()
	for len(held) > 0 {
		where, err := activeNodes(ctx, c)
		if err == nil {
			var rest []string
			for _, r := range held {
				if node := other(where[r], dead); node != "" {
					fmt.Fprintf(env.Out, "%s runs on %s, %.2f s after the power loss\n", r, node, time.Since(began).Seconds())
				} else {
					rest = append(rest, r)
				}
			}
			held = rest
		}
		select {
		case <-ctx.Done():
			return cib.Errorf(exit.Timeout, "%d %s not running again after %v: see 'crm status'", len(held), plural(len(held), "resource"), failoverPatience)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

func other(nodes map[string]bool, than string) string {
	for n := range nodes {
		if n != than {
			return n
		}
	}
	return ""
}
