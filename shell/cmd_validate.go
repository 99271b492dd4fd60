package shell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/beevik/etree"

	"quorate/ra"
)

// runValidateAll has the agent of a pending primitive check its parameters.
func runValidateAll(ctx context.Context, s *Session, args []string) error {
	b, err := s.editBuffer(ctx)
	if err != nil {
		return err
	}
	e := newConfEdit(b.Document().Root())
	r, err := e.primitive(args[0])
	if err != nil {
		return err
	}
	code, err := s.runAgent(ctx, e.agentOf(r), r, "validate-all")
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("%s: validate-all failed with code %d", args[0], code)
	}
	return nil
}

// runAgent runs one action of the agent of a primitive on this machine, beside the cluster, with the
// parameters of its plain attribute sets.
func (s *Session) runAgent(ctx context.Context, agent ra.Agent, r *etree.Element, action string) (code int, err error) {
	if agent.Class != "ocf" {
		return 0, fmt.Errorf("%s is of class %s: only ocf agents can be run by hand", idOf(r), agent.Class)
	}
	command, env, err := agentProgram(agent, idOf(r))
	if err != nil {
		return 0, err
	}
	for _, nv := range r.FindElements(instanceAttributes + "/nvpair") {
		env = append(env, "OCF_RESKEY_"+nv.SelectAttrValue("name", "")+"="+nv.SelectAttrValue("value", ""))
	}
	return s.runProgram(ctx, append(command, action), env)
}

// runProgram runs a program to its end and returns its exit code.
func (s *Session) runProgram(ctx context.Context, command, env []string) (int, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = s.Out, s.Err
	err := cmd.Run()
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		return failed.ExitCode(), nil
	case errors.Is(err, os.ErrNotExist):
		return 0, fmt.Errorf("%s: agent is not installed", command[0])
	}
	return 0, err
}
