package tools

import (
	"context"
	"fmt"
	"os"
	"time"

	"quorate/engine/api"
	"quorate/engine/exit"
	"quorate/shell/backend"
)

// Run runs the tool of that name with this process's arguments, files and environment; ok is false if
// there is no such tool.
func Run(ctx context.Context, name string, args []string) (code exit.Code, ok bool) {
	tool, ok := Lookup(name)
	if !ok {
		return exit.NotInstalled, false
	}
	system := System()
	out, lost := Stdout()
	system.Out = out
	code = tool(ctx, system, args)
	if err := lost(); err != nil && code == exit.OK {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		code = exit.IOErr
	}
	return code, true
}

// System is the IO of this process.
func System() IO {
	open := func(t backend.Target) (api.Cluster, error) {
		c, _, err := backend.Open(t)
		return c, err
	}
	return IO{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Now: time.Now,
		Cluster: func() (api.Cluster, error) { return open(backend.TargetFrom(os.Getenv)) },
		Live:    func() (api.Cluster, error) { return open(backend.Target{}) },
		Host: func() string {
			name, _ := os.Hostname() // without a name nothing is found by it
			return name
		},
	}
}
