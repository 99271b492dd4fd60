package node

import (
	"context"
	"strings"

	"quorate/engine/cib"
	"quorate/engine/exit"
)

// WaitIdle implements api.Cluster. It follows the DC when that changes; without quorum there is nothing to wait for.
func (c *cluster) WaitIdle(ctx context.Context) error {
	for {
		var without, idle bool
		if err := c.wait(ctx, func(core *Core) bool {
			lead, self := core.log.Leader()
			without, idle = core.local != nil || !core.majorityUp() && core.force == nil, self && core.Idle()
			return idle || without || lead != 0 && !self
		}); err != nil {
			return c.stillPending(ctx, err)
		}
		switch {
		case idle:
			return nil
		case without:
			return &cib.Error{Code: exit.Quorum, Text: "this node is without quorum, so nothing is decided",
				Hint: "see 'crm status' for the nodes that are missing"}
		case !c.own:
			return cib.Errorf(exit.Disconnect, "this node is not the DC any more")
		}
		dc, err := c.dc(ctx)
		if err == nil && dc != nil {
			err = dc.WaitIdle(ctx)
			dc.Close()
			if cib.CodeOf(err) != exit.Disconnect {
				return err
			}
		}
		if err := c.pause(ctx); err != nil { // it is a moment until another DC is known
			return err
		}
	}
}

// stillPending says what was not done when the patience ended.
func (c *cluster) stillPending(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	var pending []string
	_ = c.e.ask(context.WithoutCancel(ctx), func(core *Core) { pending = core.Pending() }) // an ending engine has none
	return &cib.Error{Code: exit.Timeout, Text: "still to be done:\n" + strings.Join(pending, "\n")}
}

// pause lets one beat of the clock pass.
func (c *cluster) pause(ctx context.Context) error {
	var began int64
	if err := c.e.ask(ctx, func(core *Core) { began = core.now.UnixNano() }); err != nil {
		return err
	}
	return c.wait(ctx, func(core *Core) bool { return core.now.UnixNano() > began })
}
