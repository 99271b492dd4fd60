package runner

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/ra/agents"
	"quorate/ra/lsb"
	"quorate/ra/service"
)

// perform runs one action to its end, or until the context kills it.
func (r *Runner) perform(ctx context.Context, op executor.Operation) executor.Exited {
	if op.Class == "service" {
		class, err := service.Class{LSB: lsb.Class{Dir: r.cfg.InitDir}}.Resolve(op.Type)
		if err != nil {
			return missing(op.Action, "service "+op.Type+" not found")
		}
		op.Class = class
	}
	switch op.Class {
	case "ocf":
		return r.ocf(ctx, op)
	case "lsb":
		return r.lsb(ctx, op)
	case "systemd":
		return r.units.perform(ctx, op)
	case "stonith":
		return r.stonith(ctx, op)
	}
	return executor.Exited{RC: int(exit.NotInstalled), Status: executor.StatusNotInstalled, Reason: "resource class " + op.Class + " does not exist"}
}

// ocf runs an OCF agent; those of provider quorate are this binary.
func (r *Runner) ocf(ctx context.Context, op executor.Operation) executor.Exited {
	root := r.cfg.OCFRoot
	if root == "" {
		root = "/usr/lib/ocf"
	}
	p := process{argv: []string{filepath.Join(root, "resource.d", op.Provider, op.Type), op.Action}}
	if op.Provider == agents.Provider {
		p.argv = []string{r.cfg.Self, agents.Command, op.Type, op.Action}
	}
	x := r.agent(ctx, op, p)
	x.RC = executor.OCFResult(x.RC)
	return x
}

// lsb runs an init script; monitor is its "status".
func (r *Runner) lsb(ctx context.Context, op executor.Operation) executor.Exited {
	dir := r.cfg.InitDir
	if dir == "" {
		dir = "/etc/init.d"
	}
	action := op.Action
	if action == "monitor" {
		action = "status"
	}
	x := r.agent(ctx, op, process{argv: []string{filepath.Join(dir, op.Type), action}})
	if x.Status == executor.StatusDone {
		x.RC = executor.LSBResult(op.Action, x.RC)
	}
	return x
}

// agent runs a script with the environment of the operation and reads its outcome.
func (r *Runner) agent(ctx context.Context, op executor.Operation, p process) executor.Exited {
	p.env = executor.Environment(op, r.cfg.Site)
	p.dir = r.cfg.WorkDir
	p.note = r.cfg.noteAgent
	p.log = func(line string) { r.cfg.Log(op.Resource, line) }
	out, err := p.run(ctx)
	if err != nil {
		return cannotStart(op, err)
	}
	x := executor.Exited{RC: out.rc, Reason: executor.ExitReason(out.stderr)}
	if op.Action == "meta-data" || op.Action == "validate-all" {
		x.Stdout = out.stdout
	}
	return x
}

// cannotStart tells why an agent could not even be started.
func cannotStart(op executor.Operation, err error) executor.Exited {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return executor.Exited{RC: int(exit.NotInstalled), Status: executor.StatusNotInstalled, Reason: op.Type + ": No such file or directory"}
	case errors.Is(err, fs.ErrPermission):
		return executor.Exited{RC: int(exit.InsufficientPr), Status: executor.StatusError, Reason: op.Type + ": Permission denied"}
	}
	return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: strings.TrimSpace(err.Error())}
}

// missing is the outcome for a service that is not on this node: it does not run, it can be stopped, and
// it cannot be started.
func missing(action, reason string) executor.Exited {
	switch action {
	case "monitor", "status":
		return executor.Exited{RC: int(exit.NotRunning)}
	case "stop":
		return executor.Exited{RC: int(exit.OK)}
	}
	return executor.Exited{RC: int(exit.NotInstalled), Status: executor.StatusNotInstalled, Reason: reason}
}
