package node

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/engine/replica"
)

var _ api.Control = (*cluster)(nil)

// Where nodes tell each other to end at once, and what votes a node has.
const (
	killPath  = "/v1/node/kill"
	votesPath = "/v1/node/votes"
)

// online lists the names of the nodes that can be reached, this one among them.
func (c *cluster) online(ctx context.Context) (names []string, err error) {
	err = c.e.ask(ctx, func(core *Core) {
		for _, id := range core.members() {
			names = append(names, core.nameOf(id))
		}
	})
	return names, err
}

// Reload implements api.Control: all nodes check their file before the first takes it.
func (c *cluster) Reload(ctx context.Context) error {
	names, err := c.online(ctx)
	if err != nil {
		return err
	}
	for _, take := range []bool{false, true} {
		for _, name := range names {
			if name == c.e.core.cfg.Name {
				err = c.e.reload(ctx, take)
			} else {
				err = c.e.tellNode(ctx, name, reloadPath, reloadOrder{take}, nil)
			}
			if err != nil {
				return named(name, err)
			}
		}
	}
	return nil
}

// named says on which node something was refused.
func named(node string, err error) error {
	if e, ok := err.(*cib.Error); ok {
		return &cib.Error{Code: e.Code, Text: node + ": " + e.Text, Hint: e.Hint}
	}
	return fmt.Errorf("%s: %w", node, err)
}

// ReopenLogs implements api.Control. There is nothing to do: a log file is opened for each line, so that it may be moved
// away at any time, and standard error belongs to who started the engine.
func (c *cluster) ReopenLogs(context.Context) error { return nil }

// KillNode implements api.Control.
func (c *cluster) KillNode(ctx context.Context, id uint32) error {
	var name string
	err := c.e.ask(ctx, func(core *Core) {
		if _, up := core.up[id]; up || id == core.cfg.ID {
			name = core.nameOf(id)
		}
	})
	switch {
	case err != nil:
		return err
	case name == "":
		return cib.Errorf(exit.NoSuch, "node %d is no member", id)
	case id == c.e.id:
		c.e.killSoon()
		return nil
	}
	return c.e.tellNode(ctx, name, killPath, struct{}{}, nil)
}

// killSoon ends this node at once, but for the time that the answer to who asked for it needs.
func (e *Engine) killSoon() { time.AfterFunc(killDelay, func() { e.post(Kill{}) }) }

const killDelay = 50 * time.Millisecond

func (e *Engine) serveKill(w http.ResponseWriter, r *http.Request) {
	serveNode(w, r, func(struct{}) error {
		e.killSoon()
		return nil
	})
}

// SetExpectedVotes implements api.Control. The other members take the number over with the next heartbeat.
func (c *cluster) SetExpectedVotes(ctx context.Context, votes int) error {
	return c.request(ctx, func(tag uint64) Event { return SetExpected{votes, tag} })
}

type votesOrder struct {
	ID    uint32 `json:"id"`
	Votes int    `json:"votes"`
}

// SetVotes implements api.Control: all members must count alike.
func (c *cluster) SetVotes(ctx context.Context, id uint32, votes int) error {
	names, err := c.online(ctx)
	if err != nil {
		return err
	}
	if votes < 0 {
		return cib.Errorf(exit.InvalidParam, "a node has 0 votes or more, not %d", votes)
	}
	if err := c.setVotes(ctx, votesOrder{id, votes}); err != nil {
		return err
	}
	for _, name := range names {
		if name == c.e.core.cfg.Name {
			continue
		}
		if err := c.e.tellNode(ctx, name, votesPath, votesOrder{id, votes}, nil); err != nil {
			return named(name, err)
		}
	}
	return nil
}

func (c *cluster) setVotes(ctx context.Context, o votesOrder) error {
	return c.request(ctx, func(tag uint64) Event { return SetVotes{o.ID, o.Votes, tag} })
}

func (e *Engine) serveVotes(w http.ResponseWriter, r *http.Request) {
	serveNode(w, r, func(o votesOrder) error { return (&cluster{e, false}).setVotes(r.Context(), o) })
}

// Fail implements api.Control: a failure is written into the history, and the DC recovers from it as from one that a
// monitor found.
func (c *cluster) Fail(ctx context.Context, resource, node string) error {
	var cmd replica.Command
	var missing error
	err := c.e.ask(ctx, func(core *Core) { cmd, missing = failed(core.State(), resource, node, time.Now()) })
	if err != nil || missing != nil {
		return first(err, missing)
	}
	return c.submit(ctx, cmd)
}

// failed makes the report of a failure that nobody has seen: rc 1 of "asyncmon", as Pacemaker's.
func failed(s *replica.State, resource, node string, now time.Time) (replica.Command, error) {
	m, ok := s.Members[node]
	if !ok {
		return replica.Command{}, cib.Errorf(exit.NoSuch, "Node '%s' not found", node)
	}
	history := s.CIB.ResourceHistory(node, resource)
	if len(history) == 0 {
		return replica.Command{}, cib.Errorf(exit.NoSuch, "Resource '%s' is not known on node %s", resource, node)
	}
	last := history[0]
	op := executor.Operation{Resource: resource, Action: "asyncmon"}
	record := cib.OpRecord{Resource: resource, Class: last.Class, Provider: last.Provider, Type: last.Type, Operation: op.Action,
		Key: op.Key(), TransitionKey: "0:0:0:" + last.TransitionKey[len(last.TransitionKey)-min(36, len(last.TransitionKey)):],
		CallID: newest(history) + 1, RC: int(exit.Error), Status: int(executor.StatusDone), OnNode: node,
		Origin: "do_lrm_invoke", ExitReason: "Simulated failure", LastRCChange: now.Unix()}
	return replica.Command{Results: []replica.OpResult{{Node: cib.NodeRef{ID: m.ID, Name: m.Name}, Session: m.Session, Record: record}}}, nil
}

func newest(history []cib.OpRecord) (call int) {
	for _, r := range history {
		call = max(call, r.CallID)
	}
	return call
}
