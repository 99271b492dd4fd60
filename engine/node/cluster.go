package node

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"quorate/engine/api"
	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/fencing"
	"quorate/engine/replica"
	"quorate/engine/rule"
)

// cluster is the engine as the API offers it. own: asked through the node's own socket, so that requests
// for the DC are passed on to it; requests from other nodes are not passed on again.
type cluster struct {
	e   *Engine
	own bool
}

var _ api.Cluster = (*cluster)(nil)

// CIB implements api.Cluster.
func (c *cluster) CIB(ctx context.Context) (doc *cib.Document, err error) {
	err = c.e.ask(ctx, func(core *Core) { doc = core.State().CIB.Copy() })
	return doc, err
}

// submit has a command applied and waits until it is visible here.
func (c *cluster) submit(ctx context.Context, cmd replica.Command) error {
	return c.request(ctx, func(tag uint64) Event { return Submit{Command: cmd, Tag: tag} })
}

// request posts an event that a Reply answers and waits for that.
func (c *cluster) request(ctx context.Context, event func(tag uint64) Event) error {
	answer := make(chan error, 1)
	err := c.e.ask(ctx, func(*Core) {
		c.e.tags++
		c.e.replies[c.e.tags] = answer
		go c.e.post(event(c.e.tags))
	})
	if err != nil {
		return err
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return cib.Errorf(exit.Timeout, "no answer in time: the change may still come")
	case <-c.e.work.Done():
		return errEnding
	}
}

// lastWritten is the form of the cib-last-written attribute.
const lastWritten = "Mon Jan _2 15:04:05 2006"

// Perform implements api.Cluster.
func (c *cluster) Perform(ctx context.Context, r cib.Request) error {
	r.Written = time.Now().Format(lastWritten)
	r.Origin = c.e.core.cfg.Name
	return c.submit(ctx, replica.Command{CIB: &r})
}

// UpdateAttribute implements api.Cluster.
func (c *cluster) UpdateAttribute(_ context.Context, u attribute.Update) error {
	if u.Node == "" {
		u.Node = c.e.core.cfg.Name
	}
	return c.e.dampers.update(u)
}

// Attributes implements api.Cluster. What this node is still dampening is seen here at once, as from the daemon
// that an agent asks in Pacemaker.
func (c *cluster) Attributes(ctx context.Context, name, node string) (values []attribute.Value, err error) {
	committed, nodes := map[string]*string{}, []string{}
	err = c.e.ask(ctx, func(core *Core) {
		s := core.State()
		for _, m := range sortedMembers(s) {
			if node != "" && node != m.Name {
				continue
			}
			nodes = append(nodes, m.Name)
			if v, ok := s.Attribute(m.Name, name); ok {
				committed[m.Name] = &v
			}
		}
	})
	for _, n := range nodes { // outside of the loop: the dampers ask it themselves
		if v := c.e.dampers.newest(n, name, committed[n]); v != nil {
			values = append(values, attribute.Value{Node: n, Name: name, Value: *v})
		}
	}
	return values, err
}

// Cleanup implements api.Cluster.
func (c *cluster) Cleanup(ctx context.Context, in api.Cleanup) error {
	var list []replica.Forget
	var missing error
	err := c.e.ask(ctx, func(core *Core) { list, missing = forgets(core.State(), in) })
	if err != nil || missing != nil {
		return first(err, missing)
	}
	if len(list) == 0 {
		return nil
	}
	return c.submit(ctx, replica.Command{Forget: list})
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// forgets expands a cleanup to nodes and primitives: history is kept by those only.
func forgets(s *replica.State, in api.Cleanup) ([]replica.Forget, error) {
	resources := []string{""}
	if in.Resource != "" {
		if resources = primitivesOf(s.CIB, in.Resource); resources == nil {
			return nil, cib.Errorf(exit.NoSuch, "Resource '%s' not found", in.Resource)
		}
	}
	var list []replica.Forget
	for _, m := range sortedMembers(s) {
		if in.Node != "" && in.Node != m.Name {
			continue
		}
		for _, r := range resources {
			f := replica.Forget{Node: m.Name, Resource: r, FailedOnly: in.FailedOnly, FailCounts: true}
			if in.Operation != "" && r != "" {
				f.Operation = r + "_" + in.Operation + "_" + milliseconds(in.Interval)
			}
			list = append(list, f)
		}
	}
	return list, nil
}

func milliseconds(interval string) string {
	if d, ok := rule.ParseInterval(interval); ok {
		return strconv.FormatInt(d.Milliseconds(), 10)
	}
	return "0"
}

// primitivesOf lists the primitives that a resource is made of; an instance number is taken off. An orphan, which the
// configuration does not have any more, is itself.
func primitivesOf(doc *cib.Document, id string) []string {
	base, _, _ := strings.Cut(id, ":")
	element := doc.ByID(base)
	if element == nil {
		for _, n := range doc.NodeStates() {
			if len(doc.ResourceHistory(n.Name, base)) > 0 {
				return []string{base}
			}
		}
		return nil
	}
	if element.Tag == "primitive" {
		return []string{base}
	}
	var list []string
	for _, p := range element.FindElements(".//primitive") {
		list = append(list, p.SelectAttrValue("id", ""))
	}
	return list
}

// Status implements api.Cluster.
func (c *cluster) Status(ctx context.Context) (s *api.Status, err error) {
	err = c.e.ask(ctx, func(core *Core) { s = core.Status() })
	if err == nil {
		s.ClusterName = c.e.config().ClusterName
		s.Quorum.Provider = c.e.config().Provider
		for i, m := range s.Quorum.Members {
			n, _ := c.e.names.node(m.ID)
			for link := range 8 {
				if a := n.Addrs[link]; a != "" {
					s.Quorum.Members[i].Addrs = append(s.Quorum.Members[i].Addrs, a)
				}
			}
		}
	}
	return s, err
}

// Links implements api.Cluster.
func (c *cluster) Links(context.Context) (*api.Links, error) {
	l := c.e.net.Links()
	return &l, nil
}

// Cmap implements api.Cluster.
func (c *cluster) Cmap(ctx context.Context, prefix string) ([]api.CmapEntry, error) {
	return c.e.cmap(ctx, prefix)
}

// SetCmap implements api.Cluster.
func (c *cluster) SetCmap(_ context.Context, entry api.CmapEntry) error { return c.e.setCmap(entry) }

// dc returns a client of the DC, nil if this node is it or if the request came from another node.
func (c *cluster) dc(ctx context.Context) (*api.Client, error) {
	var lead uint64
	var self bool
	if err := c.e.ask(ctx, func(core *Core) { lead, self = core.log.Leader() }); err != nil {
		return nil, err
	}
	switch {
	case self || !c.own:
		return nil, nil
	case lead == 0:
		return nil, cib.Errorf(exit.Disconnect, "there is no DC at the moment")
	}
	return c.e.remote(uint32(lead)), nil
}

// Fence implements api.Cluster.
func (c *cluster) Fence(ctx context.Context, f api.Fence) error {
	if f.Confirm && c.confirmForce(ctx, f.Node) {
		return nil
	}
	dc, err := c.dc(ctx)
	if err != nil {
		return err
	}
	if dc != nil {
		defer dc.Close()
		return dc.Fence(ctx, f)
	}
	event := api.FenceEvent{Action: f.Action, Target: f.Node, Client: f.Client, Origin: c.e.core.cfg.Name, Completed: time.Now(), Status: "success", Delegate: human}
	if event.Action == "" {
		event.Action = "reboot"
	}
	if f.Confirm {
		event.Action = "off"
		err := c.reportFencing(ctx, event)
		if err == nil {
			c.e.fencing.driver.Confirm(f.Node, f.Client, event.Origin) // ends what is under way; its answer is no news any more
		}
		return err
	}
	if done, err := c.fencedLately(ctx, f, event.Action); done || err != nil {
		return err
	}
	return c.shoot(ctx, f, event)
}

// fencedLately tells whether the same was done so short a time ago that the caller does not want it again.
func (c *cluster) fencedLately(ctx context.Context, f api.Fence, action string) (done bool, err error) {
	if f.Tolerance <= 0 {
		return false, nil
	}
	err = c.e.ask(ctx, func(core *Core) {
		for _, e := range core.State().Fencing {
			done = done || e.Target == f.Node && e.Action == action && e.Status == "success" && time.Since(e.Completed) <= f.Tolerance
		}
	})
	return done, err
}

// shoot has the fencing devices used and records what came of it.
func (c *cluster) shoot(ctx context.Context, f api.Fence, event api.FenceEvent) error {
	if err := c.e.fencing.refresh(ctx); err != nil {
		return err
	}
	done := c.e.fencing.fence(ctx, fencing.Request{Target: f.Node, Action: event.Action, Timeout: f.Timeout, Delay: f.Delay, Client: f.Client})
	event.Delegate, event.Reason, event.Completed = done.Event.Delegate, done.Event.Reason, time.Now()
	if !done.OK {
		event.Status = "failed"
	}
	if err := c.reportFencing(ctx, event); err != nil {
		return err
	}
	switch {
	case done.NoSuch:
		return cib.Errorf(exit.NoSuch, "Couldn't fence %s: No such device", f.Node)
	case !done.OK:
		return cib.Errorf(exit.Error, "Couldn't fence %s: %s", f.Node, done.Event.Reason)
	}
	return nil
}

// reportFencing puts the end of a fencing into the log.
func (c *cluster) reportFencing(ctx context.Context, event api.FenceEvent) error {
	report := replica.Fenced{FenceEvent: event}
	if err := c.e.ask(ctx, func(core *Core) { report.Session = core.log.State().Sessions[event.Target] }); err != nil {
		return err
	}
	return c.submit(ctx, replica.Command{Fenced: &report})
}

// confirmForce takes a human's word for a node that is being fenced so that this partition can go on.
func (c *cluster) confirmForce(ctx context.Context, node string) (waiting bool) {
	err := c.e.ask(ctx, func(core *Core) { waiting = core.force != nil })
	if err != nil || !waiting {
		return false
	}
	c.e.post(FenceDone{ID: "force-" + node, OK: true, Delegate: human})
	c.e.fencing.driver.Confirm(node, "", c.e.core.cfg.Name)
	return true
}

// FencingHistory implements api.Cluster.
func (c *cluster) FencingHistory(ctx context.Context) (h []api.FenceEvent, err error) {
	err = c.e.ask(ctx, func(core *Core) { h = slices.Clone(core.State().Fencing) })
	slices.Reverse(h)
	return h, err
}

// wait returns when cond holds, seen after each step of the loop.
func (c *cluster) wait(ctx context.Context, cond func(*Core) bool) error {
	w := waiter{cond, make(chan struct{})}
	if err := c.e.ask(ctx, func(*Core) { c.e.waiters = append(c.e.waiters, w) }); err != nil {
		return err
	}
	select {
	case <-w.ch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.e.work.Done():
		return errEnding
	}
}

// Events implements api.Cluster.
func (c *cluster) Events(ctx context.Context) (<-chan api.Event, error) {
	return c.e.hub.listen(ctx), nil
}

// Shutdown implements api.Cluster; it returns when the node has left, just before the engine ends.
func (c *cluster) Shutdown(ctx context.Context) error {
	c.e.post(Shutdown{})
	return c.wait(ctx, func(core *Core) bool { return core.exited })
}

// RemoveNode implements api.Cluster.
func (c *cluster) RemoveNode(ctx context.Context, name string) error {
	return c.submit(ctx, replica.Command{Remove: name})
}
