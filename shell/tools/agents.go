package tools

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strings"
	"time"

	"quorate/ra"
	"quorate/ra/stonith"
)

// agentXML returns an agent's metadata as the agent prints it.
func agentXML(ctx context.Context, a ra.Agent) (string, error) {
	text, err := ra.Text(ctx, a)
	return string(text), err
}

// runFenceAgent runs a fence agent once, with its parameters on stdin, and returns what it said.
func runFenceAgent(ctx context.Context, name string, params map[string]string, timeout time.Duration) (string, error) {
	path := stonith.Class{}.Path(ra.Agent{Class: "stonith", Type: name})
	if _, err := os.Stat(path); err != nil || strings.ContainsRune(name, '/') {
		return "", fmt.Errorf("%s: %w", name, ra.ErrNotInstalled)
	}
	var keys []string
	for k := range params {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var in, out bytes.Buffer
	for _, k := range keys {
		fmt.Fprintf(&in, "%s=%s\n", k, params[k])
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = stonith.Environment()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &out
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	return out.String(), err
}
