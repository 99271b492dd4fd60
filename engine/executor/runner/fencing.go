package runner

import (
	"context"
	"time"

	"quorate/engine/fencing"
)

// RunFenceAgent performs what the fencer asks for on this node: one run of a fence agent, killed when its
// time is up. It does not go through the resource's queue: fencing never waits for a monitor.
func (r *Runner) RunFenceAgent(e fencing.RunAgent) fencing.AgentResult {
	ctx, cancel := context.WithTimeout(r.ctx, e.Timeout)
	defer cancel()
	out, err := Fence(ctx, FenceCall{Agent: e.Agent, Input: e.Input, Dir: r.cfg.FenceDir,
		Log: func(line string) { r.cfg.Log(e.Device, line) }})
	res := fencing.AgentResult{Run: e.Run, RC: out.RC, Stdout: out.Stdout, Reason: out.Reason, At: time.Now()}
	switch {
	case ctx.Err() != nil && r.ctx.Err() == nil:
		res.RC, res.Reason = -1, e.Agent+" did not complete within "+e.Timeout.Round(time.Millisecond).String()
	case err != nil:
		res.RC, res.Reason = -1, err.Error()
	}
	return res
}
