package controller

import (
	"fmt"
	"slices"
	"time"

	"quorate/engine/scheduler"
)

// transition is one graph being executed.
type transition struct {
	graph   *scheduler.Graph
	aborted bool
	reason  string

	byID    map[int]*step
	ready   []*step // all inputs done, not yet started, by priority and id
	busy    map[int]*step
	perNode map[string]int // operations in flight by node
}

// step is one action with its progress.
type step struct {
	action   *scheduler.Action
	waits    int // inputs not yet done
	outputs  []*step
	deadline time.Time // while in flight
	command  string    // id of the command that carries it out, where the answer has no transition key
	done     bool
}

func newTransition(g *scheduler.Graph) *transition {
	t := &transition{graph: g, byID: make(map[int]*step, len(g.Actions)),
		busy: map[int]*step{}, perNode: map[string]int{}}
	for _, a := range g.Actions {
		t.byID[a.ID] = &step{action: a}
	}
	blocked := map[int]bool{}
	for _, a := range g.Blocked {
		blocked[a.ID] = true
	}
	for _, a := range g.Actions {
		s := t.byID[a.ID]
		for _, in := range a.Inputs {
			if from, ok := t.byID[in]; ok {
				from.outputs = append(from.outputs, s)
				s.waits++
			} else if blocked[in] {
				s.waits++ // for ever
			}
		}
	}
	for _, a := range g.Actions {
		if s := t.byID[a.ID]; s.waits == 0 {
			t.ready = append(t.ready, s)
		}
	}
	t.sortReady()
	return t
}

func (t *transition) sortReady() {
	slices.SortStableFunc(t.ready, func(a, b *step) int {
		if a.action.Priority != b.action.Priority {
			return b.action.Priority - a.action.Priority
		}
		return a.action.ID - b.action.ID
	})
}

// complete tells whether nothing can be done any more; what waits for something blocked stays undone.
func (t *transition) complete() bool { return len(t.busy) == 0 && len(t.ready) == 0 }

func (t *transition) inFlight() int { return len(t.busy) }

// finish marks a step as done and frees those that waited for it.
func (t *transition) finish(s *step) {
	if s.done {
		return
	}
	s.done = true
	if _, ok := t.busy[s.action.ID]; ok {
		delete(t.busy, s.action.ID)
		t.perNode[s.action.NodeName]--
	}
	freed := false
	for _, o := range s.outputs {
		if o.waits--; o.waits == 0 {
			t.ready = append(t.ready, o)
			freed = true
		}
	}
	if freed {
		t.sortReady()
	}
}

// start marks a step as in flight until deadline.
func (t *transition) start(s *step, deadline time.Time) {
	s.deadline = deadline
	t.busy[s.action.ID] = s
	t.perNode[s.action.NodeName]++
}

// fail ends a step without freeing anything.
func (t *transition) fail(s *step) {
	if _, ok := t.busy[s.action.ID]; ok {
		delete(t.busy, s.action.ID)
		t.perNode[s.action.NodeName]--
	}
}

// dropNode gives up what waits for a node that is gone; its fencing goes on.
func (t *transition) dropNode(node string) {
	for _, s := range t.inOrder() {
		switch {
		case s.action.NodeName != node || s.action.Operation == "stonith":
		case s.action.Operation == "do_shutdown":
			t.finish(s)
		default:
			t.fail(s)
		}
	}
}

// inOrder lists the steps in flight by id.
func (t *transition) inOrder() []*step {
	list := make([]*step, 0, len(t.busy))
	for _, s := range t.busy {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *step) int { return a.action.ID - b.action.ID })
	return list
}

// deadline is the earliest time limit in flight, zero if there is none.
func (t *transition) deadline() time.Time {
	var at time.Time
	for _, s := range t.busy {
		if !s.deadline.IsZero() && (at.IsZero() || s.deadline.Before(at)) {
			at = s.deadline
		}
	}
	return at
}

// takeReady takes the next step that may start within the limits; nil if none may.
func (t *transition) takeReady(perNodeLimit int) *step {
	if t.graph.BatchLimit > 0 && len(t.busy) >= t.graph.BatchLimit {
		return nil
	}
	for i, s := range t.ready {
		a := s.action
		if a.Type == scheduler.RscOp && (t.perNode[a.NodeName] >= perNodeLimit || t.tooManyMigrations(a)) {
			continue
		}
		t.ready = slices.Delete(t.ready, i, i+1)
		return s
	}
	return nil
}

// migrates lists the nodes that a half of a live migration keeps busy; the sending half needs both.
func migrates(a *scheduler.Action) []string {
	switch a.Operation {
	case "migrate_to":
		return []string{a.NodeName, a.Attr("CRM_meta_migrate_target")}
	case "migrate_from":
		return []string{a.NodeName}
	}
	return nil
}

// tooManyMigrations tells whether a live migration has to wait: migration-limit holds for each node it touches.
func (t *transition) tooManyMigrations(a *scheduler.Action) bool {
	nodes := migrates(a)
	if t.graph.MigrationLimit <= 0 || len(nodes) == 0 {
		return false
	}
	count := map[string]int{}
	for _, s := range t.busy {
		for _, n := range migrates(s.action) {
			count[n]++
		}
	}
	return slices.ContainsFunc(nodes, func(n string) bool { return count[n] >= t.graph.MigrationLimit })
}

func (t *transition) pending() []string {
	var list []string
	for _, a := range t.graph.Actions {
		if s := t.byID[a.ID]; !s.done && a.Type != scheduler.PseudoEvent {
			list = append(list, fmt.Sprintf("Action %d: %s\ton %s", a.ID, a.Key, a.NodeName))
		}
	}
	return list
}
