package node

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
	"quorate/engine/replica"
)

// admitted takes a node that joined at run time into everything that knows the nodes, and into corosync.conf.
func (e *Engine) admitted(a replica.Admission) {
	e.names.add(a)
	e.followPeers()
	e.rewrite(func(c *config.Config) (*config.Config, error) {
		if listed(c.Nodes, a.ID) {
			return c, nil
		}
		return withNode(c, config.Node{ID: a.ID, Name: a.Name, Addrs: a.Addrs, Votes: 1})
	})
}

func withNode(c *config.Config, n config.Node) (*config.Config, error) {
	c, err := c.Edit(config.AddNode(n))
	if err != nil {
		return nil, err
	}
	return c.FitTwoNode()
}

func withoutNode(c *config.Config, id uint32) (*config.Config, error) {
	c, err := c.Edit(config.RemoveNode(id))
	if err != nil {
		return nil, err
	}
	return c.FitTwoNode()
}

func listed(nodes []config.Node, id uint32) bool {
	return slices.ContainsFunc(nodes, func(n config.Node) bool { return n.ID == id })
}

func (e *Engine) removed(name string) {
	e.names.remove(name)
	e.followPeers()
	e.rewrite(func(c *config.Config) (*config.Config, error) {
		for _, n := range c.Nodes {
			if n.DisplayName() == name {
				return withoutNode(c, n.ID)
			}
		}
		return c, nil
	})
}

// rewrite changes corosync.conf, so that the next start knows what this one learned. A file that cannot be
// written is told, but is no reason to stop: the log knows the nodes as well.
func (e *Engine) rewrite(change func(*config.Config) (*config.Config, error)) {
	if c, err := change(e.config()); err == nil && listed(c.Nodes, e.id) {
		e.conf.Store(c)
	}
	if e.set.ConfigFile == "" {
		return
	}
	data, err := os.ReadFile(e.set.ConfigFile)
	if err == nil {
		var c *config.Config
		if c, err = config.Parse(e.set.ConfigFile, data); err == nil {
			if c, err = change(c); err == nil {
				err = renameio.WriteFile(e.set.ConfigFile, c.Text(), 0o644, renameio.WithTempDir(filepath.Dir(e.set.ConfigFile)))
			}
		}
	}
	if err != nil {
		e.set.Log.Warn("cannot keep the list of nodes in the configuration file", "file", e.set.ConfigFile, "reason", err.Error())
	}
}

// cmap is the configuration map as corosync-cmapctl shows it.
func (e *Engine) cmap(ctx context.Context, prefix string) (entries []api.CmapEntry, err error) {
	now := e.config()
	rt := config.Runtime{Local: e.localIndex()}
	err = e.ask(ctx, func(c *Core) {
		rt.Expected, rt.WaitForAll = c.verdict.Expected, c.verdict.Waiting
		for _, n := range e.names.all() {
			if joins := c.seen[n.ID]; joins > 0 || n.ID == c.cfg.ID {
				_, up := c.up[n.ID]
				rt.Members = append(rt.Members, config.MapMember{ID: n.ID, Joined: up || n.ID == c.cfg.ID, JoinCount: max(1, joins), Addrs: n.Addrs})
			}
		}
	})
	return now.Cmap(rt, prefix), err
}

// setCmap changes a key at run time. Only keys that do something are taken.
func (e *Engine) setCmap(entry api.CmapEntry) error {
	if entry.Key == "quorum.cancel_wait_for_all" && entry.Value == "1" {
		e.post(CancelWaitForAll{})
		return nil
	}
	return &cib.Error{Code: exit.NoPerm, Text: "Failed to set key " + entry.Key + ". Error CS_ERR_ACCESS",
		Hint: "change corosync.conf instead; of the keys only quorum.cancel_wait_for_all can be set at run time"}
}
