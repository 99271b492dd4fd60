package shell

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"quorate/engine/api"
	"quorate/shell/backend"
)

// waitTime bounds how long a command waits for the cluster to carry something out.
const waitTime = 5 * time.Minute

// onFile tells whether the commands act on a file, where nothing happens by itself.
func (s *Session) onFile() bool {
	_, ok := s.cluster.(*backend.File)
	return ok
}

// wait returns when the cluster has nothing left to do.
func (s *Session) wait(ctx context.Context) error {
	if s.onFile() {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, waitTime)
	defer cancel()
	defer s.showWaiting()()
	err := s.cluster.WaitIdle(bounded)
	if errors.Is(bounded.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("the cluster is still busy after %s: 'crm status' shows with what", waitTime)
	}
	return err
}

// showWaiting tells a person at a terminal what takes so long, with a dot a second. What it returns ends it.
func (s *Session) showWaiting() func() {
	if !s.tty {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for said := "waiting for the cluster ."; ; said = "." {
			select {
			case <-tick.C:
				fmt.Fprint(s.Out, said)
			case <-done:
				if said == "." {
					fmt.Fprintln(s.Out)
				}
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// settle waits for what a command asked for, if the preference or -w says so.
func (s *Session) settle(ctx context.Context) error {
	if !s.prefs.bool("core.wait") {
		return nil
	}
	return s.wait(ctx)
}

// settleAndLocate waits until a moved resource has arrived and says where it is. On a file there is
// nothing to wait for.
func (s *Session) settleAndLocate(ctx context.Context, id string) error {
	if s.onFile() {
		return nil
	}
	if err := s.wait(ctx); err != nil {
		return err
	}
	nodes, err := s.activeOn(ctx, id)
	if err != nil {
		return err
	}
	if len(nodes) == 0 {
		s.warnf("resource %s is not running anywhere now: 'crm why %s' may tell the reason", id, id)
		return nil
	}
	s.infof("resource %s is running on: %s", id, strings.Join(nodes, " "))
	return nil
}

// runRestart stops resources, waits, and starts them again with the target role they had.
func runRestart(ctx context.Context, s *Session, args []string) error {
	if len(args) == 0 {
		return usagef("Expected at least one resource as argument")
	}
	if _, err := s.Cluster(); err != nil {
		return err
	}
	if s.onFile() {
		return fmt.Errorf("restart: %w", api.ErrNoCluster)
	}
	before := map[string]string{}
	err := s.change(ctx, func(e *confEdit) error {
		list, err := e.resources(args)
		if err != nil {
			return err
		}
		for _, r := range list {
			r = container(r)
			if before[idOf(r)] = attributeValue(r, metaAttributes, "target-role"); before[idOf(r)] == "Stopped" {
				return fmt.Errorf("resource %s is stopped: 'crm resource start %s' starts it", idOf(r), idOf(r))
			}
			e.then(func() { s.infof("ordering %s to stop", idOf(r)) })
			e.setAttribute(r, metaAttributes, idOf(r)+"-"+metaAttributes, "target-role", "Stopped")
		}
		return nil
	})
	if err != nil {
		return err
	}
	stopped := s.wait(ctx)
	// An interrupted wait still has to give the resources their role back.
	back := context.WithoutCancel(ctx)
	err = s.change(back, func(e *confEdit) error {
		for id, role := range before {
			r := e.resource(id)
			switch {
			case r == nil:
			case role == "":
				removeAttribute(r, metaAttributes, "target-role", true)
			default:
				e.setAttribute(r, metaAttributes, id+"-"+metaAttributes, "target-role", role)
			}
			e.then(func() { s.infof("ordering %s to start", id) })
		}
		return nil
	})
	if err := errors.Join(stopped, err); err != nil {
		return err
	}
	return s.wait(ctx)
}

// cleanup makes the commands cleanup (forget failures) and refresh (forget everything and probe).
func cleanup(failedOnly bool) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		c, err := s.Cluster()
		if err != nil {
			return err
		}
		what := api.Cleanup{FailedOnly: failedOnly}
		for i, w := range args {
			switch {
			case w == "force" && i == len(args)-1:
			case i == 0:
				what.Resource = w
			case i == 1:
				what.Node = w
			}
		}
		e, err := s.reading(ctx)
		if err != nil {
			return err
		}
		if what.Node != "" && e.node(what.Node) == nil {
			return e.nodeNotFound(what.Node)
		}
		if err := c.Cleanup(ctx, what); err != nil {
			return err
		}
		done := "cleaned up"
		if !failedOnly {
			done = "refreshed"
		}
		s.infof("%s %s on %s", done, orAll(what.Resource, "all resources"), orAll(what.Node, "all nodes"))
		return s.settle(ctx)
	}
}

func orAll(word, all string) string {
	if word == "" {
		return all
	}
	return word
}
