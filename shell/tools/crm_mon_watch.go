package tools

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"quorate/engine/api"
	"quorate/engine/exit"
)

// watch shows the cluster again and again: when something happens, and at the latest after the interval. On a screen
// keys change what is shown.
func (m *monitor) watch() exit.Code {
	if err := m.writePID(os.Getpid()); err != nil {
		fmt.Fprintf(m.Err, "crm_mon: %v\n", err)
		return exit.OSFile
	}
	if file := m.get("pid-file"); file != "" {
		defer func() { _ = os.Remove(file) }()
	}
	ctx, cancel := signal.NotifyContext(m.ctx, syscall.SIGTERM, os.Interrupt)
	defer cancel()
	var events <-chan api.Event
	if c, err := m.Cluster(); err == nil {
		events, _ = c.Events(ctx) // none from a file; the interval is left then
	}
	tick := time.NewTicker(m.interval)
	defer tick.Stop()
	var screen *os.File
	if m.to == "" && m.format == "text" {
		screen = terminal(m.Out)
	}
	var keys <-chan byte
	resized := make(chan os.Signal, 1)
	if screen != nil {
		var restore func()
		keys, restore = readKeys(ctx, m.In)
		defer restore()
		signal.Notify(resized, syscall.SIGWINCH)
		defer signal.Stop(resized)
	}
	help, quit := "", false
	for {
		if screen != nil {
			m.draw(screen, help)
		} else {
			m.shoot()
		}
		select {
		case <-ctx.Done():
			return exit.OK
		case _, ok := <-events:
			if !ok {
				events = nil
			}
			drain(events)
		case key := <-keys:
			if help, quit = m.press(key); quit {
				return exit.OK
			}
		case <-resized:
		case <-tick.C:
		}
	}
}

// drain skips what has come in meanwhile: one picture shows it all.
func drain(events <-chan api.Event) {
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		default:
			return
		}
	}
}

// inBackground tells the command that daemonize started that it is the one.
const inBackground = "CRM_MON_IN_BACKGROUND"

// daemonize starts the same command in the background, in a session of its own.
func (m *monitor) daemonize() exit.Code {
	if m.to == "" {
		fmt.Fprintln(m.Err, "crm_mon: --daemonize requires at least one of --output-to (with value not set to '-') and --external-agent")
		return exit.Usage
	}
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintf(m.Err, "crm_mon: %v\n", err)
		return exit.OSErr
	}
	cmd := exec.Cmd{Path: self, Args: append([]string{"crm_mon"}, m.args...), Env: append(os.Environ(), inBackground+"=1"),
		SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
	if err := cmd.Start(); err != nil {
		fmt.Fprintf(m.Err, "crm_mon: %v\n", err)
		return exit.OSErr
	}
	// The child writes it too; whoever asks right after us finds it already.
	if err := m.writePID(cmd.Process.Pid); err != nil {
		fmt.Fprintf(m.Err, "crm_mon: %v\n", err)
		return exit.CantCreate
	}
	return exit.OK
}
