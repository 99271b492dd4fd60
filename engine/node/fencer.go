package node

import (
	"context"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/fencing"
	"quorate/engine/replica"
)

var _ api.Fencer = (*cluster)(nil)

// Devices implements api.Fencer.
func (c *cluster) Devices(ctx context.Context, target string) (ids []string, err error) {
	if err := c.e.fencing.refresh(ctx); err != nil {
		return nil, err
	}
	c.e.fencing.driver.Ask(func(m *fencing.Machine) {
		if target == "" {
			ids = m.Devices()
		} else {
			ids = m.DevicesFor(target)
		}
	})
	return ids, nil
}

// Targets implements api.Fencer.
func (c *cluster) Targets(ctx context.Context, device string) (nodes []string, err error) {
	if err := c.e.fencing.refresh(ctx); err != nil {
		return nil, err
	}
	known := false
	c.e.fencing.driver.Ask(func(m *fencing.Machine) { nodes, known = m.Targets(device) })
	if !known {
		return nil, cib.Errorf(exit.NoSuch, "there is no fence device %s", device)
	}
	return nodes, nil
}

// CheckDevice implements api.Fencer; the agent runs on this node.
func (c *cluster) CheckDevice(ctx context.Context, device string) error {
	doc, err := c.CIB(ctx)
	if err != nil {
		return err
	}
	devices := fencing.Read(doc, time.Now(), fenceMetadata(ctx))
	run, ok := devices.Monitor(device)
	if !ok {
		return cib.Errorf(exit.NoSuch, "there is no fence device %s", device)
	}
	if res := c.e.runner.RunFenceAgent(run); res.RC != 0 {
		return cib.Errorf(exit.Error, "%s: the monitor of %s failed: %s", device, run.Agent, res.Reason)
	}
	return nil
}

// ForgetFencing implements api.Fencer.
func (c *cluster) ForgetFencing(ctx context.Context, node string) error {
	return c.submit(ctx, replica.Command{Shots: &replica.ForgetFencing{Node: node}})
}
