package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// systemctl is the way to systemd where the bus cannot be reached: the command, which waits for jobs
// itself. It has no signals, so a unit in transition is asked again every now and then.
type systemctl struct{}

const askAgain = 250 * time.Millisecond

func (systemctl) job(ctx context.Context, verb, unit string) (string, error) {
	out, err := exec.CommandContext(ctx, "systemctl", verb, unit).CombinedOutput()
	var ee *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.As(err, &ee):
		return "failed", nil // the state will say more
	case err != nil:
		return "", fmt.Errorf("systemctl %s %s: %w: %s", verb, unit, err, strings.TrimSpace(string(out)))
	}
	return "done", nil
}

func (systemctl) state(ctx context.Context, unit string) (unitState, error) {
	cmd := exec.CommandContext(ctx, "systemctl", "show", "-p", "LoadState", "-p", "ActiveState", "-p", "Job", unit)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		return unitState{}, fmt.Errorf("systemctl show %s: %w", unit, err)
	}
	var st unitState
	for line := range strings.Lines(string(out)) {
		switch n, v, _ := strings.Cut(strings.TrimSpace(line), "="); n {
		case "LoadState":
			st.loaded = v == "loaded"
		case "ActiveState":
			st.active = v
		case "Job":
			st.job = v != "" && v != "0"
		}
	}
	return st, nil
}

func (s systemctl) settle(ctx context.Context, unit string) (unitState, error) {
	for {
		st, err := s.state(ctx, unit)
		if err != nil || !inTransition(st) {
			return st, err
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return unitState{}, context.Cause(ctx)
		}
	}
}

func (systemctl) refresh(ctx context.Context, _ string) error {
	if out, err := exec.CommandContext(ctx, "systemctl", "daemon-reload").CombinedOutput(); err != nil {
		return fmt.Errorf("systemctl daemon-reload: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

func (systemctl) onChange(string, func()) {}
func (systemctl) close()                  {}
