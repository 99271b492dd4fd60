package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/ra/options"
	"quorate/ra/stonith"
)

// FenceCall is one run of a fence agent.
type FenceCall struct {
	Agent string            // fence_ipmilan
	Input map[string]string // what goes to its stdin as NAME=VALUE lines, with action, without pcmk_ parameters
	Dir   string            // where agents lie; "" means /usr/sbin
	Log   func(line string)
}

// FenceOutcome is how it ended. Exit code 0 is success, of "status" also 2 (the target is off).
type FenceOutcome struct {
	RC     int
	Stdout string
	Reason string // last line of its stderr, when it failed
}

// Fence runs a fence agent until its end, or until the context kills it with its group. An error means
// that it could not be run; errors.Is(err, fs.ErrNotExist) holds when it is not installed.
func Fence(ctx context.Context, call FenceCall) (FenceOutcome, error) {
	if !strings.HasPrefix(call.Agent, "fence_") || strings.ContainsRune(call.Agent, '/') {
		return FenceOutcome{}, fmt.Errorf("%s is no fence agent: %w", call.Agent, fs.ErrNotExist)
	}
	input, err := executor.FenceInput(call.Input)
	if err != nil {
		return FenceOutcome{}, fmt.Errorf("%s: %w", call.Agent, err)
	}
	dir := call.Dir
	if dir == "" {
		dir = "/usr/sbin"
	}
	p := process{argv: []string{filepath.Join(dir, call.Agent)}, env: stonith.Environment(), dir: "/", stdin: input, log: call.Log}
	out, err := p.run(ctx)
	if err != nil {
		return FenceOutcome{}, err
	}
	if ctx.Err() != nil {
		return FenceOutcome{}, context.Cause(ctx)
	}
	res := FenceOutcome{RC: out.rc, Stdout: string(out.stdout)}
	if out.rc != 0 {
		lines := strings.Split(strings.TrimSpace(out.stderr), "\n")
		res.Reason = lines[len(lines)-1]
	}
	return res, nil
}

// fenceState remembers which fence devices were started here: a fence agent has nothing that runs.
type fenceState struct {
	mu      sync.Mutex
	started map[string]bool
}

func (s *fenceState) set(resource string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started == nil {
		s.started = map[string]bool{}
	}
	s.started[resource] = on
}

func (s *fenceState) has(resource string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started[resource]
}

// stonith performs the actions of a fence device as a resource: start and monitor ask the agent whether
// it can reach its device, a probe only whether it was started here, stop ends nothing.
func (r *Runner) stonith(ctx context.Context, op executor.Operation) executor.Exited {
	switch op.Action {
	case "stop":
		r.fences.set(op.Resource, false)
		return executor.Exited{RC: int(exit.OK)}
	case "start":
		x := r.fenceMonitor(ctx, op)
		r.fences.set(op.Resource, x.RC == int(exit.OK))
		return x
	case "monitor":
		if !r.fences.has(op.Resource) {
			return executor.Exited{RC: int(exit.NotRunning)}
		}
		if op.Interval == 0 {
			return executor.Exited{RC: int(exit.OK)}
		}
		return r.fenceMonitor(ctx, op)
	}
	return executor.Exited{RC: int(exit.Unimplemented), Reason: "fence devices have no action " + op.Action}
}

// fenceMonitor runs the agent's monitor, as often as pcmk_monitor_retries says while time lasts.
func (r *Runner) fenceMonitor(ctx context.Context, op executor.Operation) executor.Exited {
	input := executor.AgentParams(op.Params)
	input["action"] = option(op.Params, "pcmk_monitor_action")
	tries := 1
	if _, err := fmt.Sscan(option(op.Params, "pcmk_monitor_retries"), &tries); err != nil || tries < 1 {
		tries = 1
	}
	x := executor.Exited{RC: int(exit.Error)}
	for ; tries > 0 && ctx.Err() == nil; tries-- {
		out, err := Fence(ctx, FenceCall{Agent: op.Type, Input: input, Dir: r.cfg.FenceDir,
			Log: func(line string) { r.cfg.Log(op.Resource, line) }})
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return executor.Exited{RC: int(exit.NotInstalled), Status: executor.StatusNotInstalled, Reason: "fence agent " + op.Type + " not found"}
		case err != nil:
			x.Reason = err.Error()
		case out.RC == 0:
			return executor.Exited{RC: int(exit.OK)}
		default:
			x.Reason = fmt.Sprintf("Fence agent %s exited with %d: %s", op.Type, out.RC, out.Reason)
		}
	}
	return x
}

// option is a parameter of the fencer, else its default.
func option(params map[string]string, name string) string {
	if v := params[name]; v != "" {
		return v
	}
	if p := options.Fencing.Parameter(name); p != nil {
		return p.Default
	}
	return ""
}
