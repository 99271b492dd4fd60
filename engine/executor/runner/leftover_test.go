package runner

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"quorate/engine/executor"
)

// TestLeftovers: an agent that a crashed engine left at its work is ended, with what it started, before the next engine
// does anything; another process that got the number of one that has ended is left alone.
func TestLeftovers(t *testing.T) {
	cfg := Config{RunDir: t.TempDir(), TmpDir: t.TempDir()}
	start := func() *exec.Cmd {
		cmd := exec.Command("/bin/sh", "-c", "sleep 600 & wait")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); _ = cmd.Wait() })
		return cmd
	}
	left, other := start(), start()
	_ = cfg.noteAgent(left.Process.Pid)
	if err := os.WriteFile(filepath.Join(cfg.RunDir, strconv.Itoa(other.Process.Pid)), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	reaped := make(chan error, 1)
	go func() { reaped <- left.Wait() }()
	New(cfg).Shutdown()
	if err := syscall.Kill(-left.Process.Pid, 0); err == nil {
		t.Error("the agent, or what it started, is there still")
	}
	if err := <-reaped; err == nil {
		t.Error("the agent came to an end by itself")
	}
	if err := syscall.Kill(other.Process.Pid, 0); err != nil {
		t.Errorf("another process was ended: %v", err)
	}
	if notes, _ := filepath.Glob(filepath.Join(cfg.RunDir, "*")); len(notes) > 0 {
		t.Errorf("notes that are left: %v", notes)
	}
}

// TestNotesWhileRunning: an agent has its note as long as it runs, and no longer.
func TestNotesWhileRunning(t *testing.T) {
	s := newSite(t)
	s.runner.cfg.RunDir = t.TempDir()
	s.script("init/noted", "until [ -e "+s.runner.cfg.RunDir+"/$$ ]; do sleep 0.01; done")
	s.want(s.do(executor.Operation{Resource: "n", Class: "lsb", Type: "noted", Action: "start"}), 0, executor.StatusDone, "")
	if notes, _ := filepath.Glob(filepath.Join(s.runner.cfg.RunDir, "*")); len(notes) > 0 {
		t.Errorf("notes that are left: %v", notes)
	}
}
