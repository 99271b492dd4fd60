package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
)

// reloadPath is where a node is told to read its corosync.conf again.
const reloadPath = "/v1/node/reload"

// reloadOrder: a reload is checked on every node first and then taken, so that a wrong file is refused whole.
type reloadOrder struct {
	Take bool `json:"take"`
}

func (e *Engine) serveReload(w http.ResponseWriter, r *http.Request) {
	serveNode(w, r, func(in reloadOrder) error { return e.reload(r.Context(), in.Take) })
}

// reload reads corosync.conf again and, if take is set, goes on with what it says.
func (e *Engine) reload(ctx context.Context, take bool) error {
	next, err := e.readAgain(ctx)
	if err != nil || !take {
		return err
	}
	was := e.config()
	notes, _ := was.CheckReload(next, e.localIndex()) // an error would have been readAgain's
	for _, n := range notes {
		e.set.Log.Warn(n)
	}
	e.conf.Store(next)
	e.names.replace(next, e.admissions(ctx))
	if err = e.openLinks(); err == nil {
		err = e.setPeers()
	}
	if err != nil {
		e.conf.Store(was)
		e.names.replace(was, e.admissions(ctx))
		return cib.Errorf(exit.InvalidParam, "%s: %v: nothing was changed", e.set.ConfigFile, err)
	}
	e.post(Reconfigured{Peers: corePeers(next), Quorum: next.Quorum, Token: next.Token})
	e.set.Log.Info("configuration read again", "file", e.set.ConfigFile)
	return nil
}

// readAgain reads and checks the file without taking it.
func (e *Engine) readAgain(ctx context.Context) (*config.Config, error) {
	if e.set.ConfigFile == "" {
		return nil, cib.Errorf(exit.Unimplemented, "this node was not started from a file")
	}
	data, err := os.ReadFile(e.set.ConfigFile)
	if err != nil {
		return nil, cib.Errorf(exit.NoInput, "%v", err)
	}
	next, err := config.Parse(e.set.ConfigFile, data)
	if err != nil {
		return nil, wrongConfig(err)
	}
	local := indexOf(next, e.id)
	if local < 0 {
		return nil, &cib.Error{Code: exit.InvalidParam, Text: e.set.ConfigFile + " has no node with this node's id any more",
			Hint: "stop the node here before it is taken out of the list"}
	}
	if err := next.CheckLocal(local); err != nil {
		return nil, wrongConfig(err)
	}
	if err := e.checkNames(ctx, next); err != nil {
		return nil, err
	}
	if _, err := e.config().CheckReload(next, e.localIndex()); err != nil {
		return nil, wrongConfig(err)
	}
	return next, nil
}

// checkNames refuses another name for a node that runs: the others know it, and it shows its certificate, under the old one.
func (e *Engine) checkNames(ctx context.Context, next *config.Config) error {
	running := map[uint32]string{}
	err := e.ask(ctx, func(c *Core) {
		for _, id := range c.members() {
			running[id] = c.nameOf(id)
		}
	})
	for _, n := range next.Nodes {
		if was := running[n.ID]; was != "" && was != n.DisplayName() {
			return &cib.Error{Code: exit.InvalidParam, Text: fmt.Sprintf("%s: node %d is called %s while it runs, not %s", e.set.ConfigFile, n.ID, was, n.DisplayName()),
				Hint: "stop that node first, then change its name on all nodes"}
		}
	}
	return err
}

func wrongConfig(err error) error {
	out := &cib.Error{Code: exit.InvalidParam, Text: err.Error()}
	var wrong *config.Error
	if errors.As(err, &wrong) {
		out.Hint = wrong.Hint
	}
	return out
}

// corePeers lists the nodes of a configuration as the core wants them.
func corePeers(c *config.Config) []Peer {
	var peers []Peer
	for _, n := range c.Nodes {
		peers = append(peers, Peer{ID: n.ID, Name: n.DisplayName(), Votes: n.Votes})
	}
	return peers
}

func indexOf(c *config.Config, id uint32) int {
	for i, n := range c.Nodes {
		if n.ID == id {
			return i
		}
	}
	return -1
}

// serveNode answers one request of another node: JSON in, nothing or a refusal out.
func serveNode[In any](w http.ResponseWriter, r *http.Request, do func(In) error) {
	var in In
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil {
		http.Error(w, "request not understood", http.StatusBadRequest)
		return
	}
	err := do(in)
	if err == nil {
		return
	}
	var refused *cib.Error
	if !errors.As(err, &refused) {
		refused = &cib.Error{Code: exit.Error, Text: err.Error()}
	}
	w.WriteHeader(http.StatusConflict)
	_ = json.NewEncoder(w).Encode(refused) // a caller that has gone cannot be told
}
