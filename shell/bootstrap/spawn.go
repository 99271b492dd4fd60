package bootstrap

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

const startPatience = 30 * time.Second

// spawn starts an engine in the background and returns when its API answers. extraEnv is added to its
// environment, options to the arguments of "crm cluster run".
func spawn(ctx context.Context, p Paths, extraEnv []string, options ...string) error {
	if running(ctx, p.Socket) {
		return cib.Errorf(exit.Exists, "the engine is running already")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(p.Log), 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(p.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	defer log.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	args := append([]string{"cluster", "run", "--config", p.Config, "--state", p.State, "--socket", p.Socket, "--ready-fd", "3"}, options...)
	if p.Tmp != "" {
		args = append(args, "--tmp", p.Tmp)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(append(os.Environ(), agentLog+"="+p.Log), extraEnv...)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return err
	}
	defer func() { _ = cmd.Process.Release() }() // it outlives this process
	return awaitReady(r, p.Log)
}

// agentLog is the variable that tells agents of a file for what they log: beside the engine's own lines, since a machine
// without systemd may have no syslog either.
const agentLog = "HA_LOGFILE"

// awaitReady reads the one line that a starting engine reports.
func awaitReady(r *os.File, log string) error {
	_ = r.SetReadDeadline(time.Now().Add(startPatience)) // pipes of the runtime have deadlines
	line, err := bufio.NewReader(r).ReadString('\n')
	switch text := strings.TrimSpace(line); {
	case text == "ready":
		return nil
	case text != "":
		return cib.Errorf(exit.Error, "the engine does not start: %s", text)
	default:
		return cib.Errorf(exit.Error, "the engine does not start (%v): see %s", err, log)
	}
}

// running tells whether an engine answers on the socket.
func running(ctx context.Context, socket string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := api.DialSocket(socket).Status(ctx)
	return err == nil
}

// stopEngine makes the node of a socket leave, and returns when its engine has ended.
func stopEngine(ctx context.Context, socket, name string) error {
	client := api.DialSocket(socket)
	err := client.Shutdown(ctx)
	if cib.CodeOf(err) == exit.Disconnect && !running(ctx, socket) {
		err = nil // the answer was lost with the engine that was asked to end
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for range endingRounds {
		if _, err := client.Status(ctx); cib.CodeOf(err) == exit.Disconnect {
			break
		}
		time.Sleep(endingPause)
	}
	return nil
}

// An engine that has left the cluster ends within milliseconds.
const (
	endingRounds = 200
	endingPause  = 5 * time.Millisecond
)
