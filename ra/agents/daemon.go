package agents

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"quorate/engine/exit"
)

// PIDFile returns where an instance of an agent of this package keeps its daemon's process id, "" for
// agents that have none: the executor watches that process to see its end at once.
func PIDFile(name string, params map[string]string, instance, tmp string) string {
	if name != "Process" && name != "Http" {
		return ""
	}
	if path := params["pidfile"]; path != "" {
		return path
	}
	return defaultFile(tmp, name, instance, "pid")
}

// ReadPIDFile returns the process that the file names, if that very process still lives. The file's first
// line is the id; the second is the process's start time, so that a reused id is not taken for it.
func ReadPIDFile(path string) (pid int, alive bool) {
	lines := strings.Fields(read(path))
	if len(lines) == 0 {
		return 0, false
	}
	pid, err := strconv.Atoi(lines[0])
	if err != nil || pid <= 1 {
		return 0, false
	}
	state, started, err := processStat(pid)
	if err != nil || state == "Z" || state == "X" || (len(lines) > 1 && lines[1] != started) {
		return pid, false
	}
	return pid, true
}

// processStat reads the state letter and the start time (clock ticks since boot) of /proc/PID/stat. The
// name in it may hold blanks and parentheses, so fields are counted from the last ")".
func processStat(pid int) (state, started string, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", "", err
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 20 {
		return "", "", fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	return fields[0], fields[19], nil
}

// launch starts a daemon in a session of its own and writes its pid file. confirm decides whether it has
// come up; when it says no, the daemon is killed.
func (c *call) launch(cmd *exec.Cmd, pidFile string, confirm func(exited <-chan error) error) exit.Code {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
	if err := cmd.Start(); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return c.fail(exit.NotInstalled, "cannot start: %v", err)
		}
		return c.fail(exit.Error, "cannot start: %v", err)
	}
	pid := cmd.Process.Pid
	_, started, err := processStat(pid)
	if err != nil {
		return c.fail(exit.Error, "the process ended at once: %v", err)
	}
	if code := c.write(pidFile, fmt.Sprintf("%d\n%s\n", pid, started)); code != exit.OK {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
		return code
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	if err := confirm(exited); err != nil {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
		_ = c.remove(pidFile)
		return c.fail(exit.Error, "%v", err)
	}
	return exit.OK
}

// terminate ends the daemon of a pid file with all that is in its process group: SIGTERM, and SIGKILL when
// it has not ended after grace.
func (c *call) terminate(pidFile string, grace time.Duration) exit.Code {
	pid, alive := ReadPIDFile(pidFile)
	if !alive {
		return c.remove(pidFile)
	}
	for _, step := range []struct {
		sig  syscall.Signal
		wait time.Duration
	}{{syscall.SIGTERM, grace}, {syscall.SIGKILL, 5 * time.Second}} {
		if err := syscall.Kill(-pid, step.sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return c.fail(exit.InsufficientPr, "cannot stop process %d: %v", pid, err)
		}
		if waitEnd(pidFile, pid, step.wait) {
			return c.remove(pidFile)
		}
	}
	return c.fail(exit.Error, "process %d does not end, not even by SIGKILL", pid)
}

// waitEnd waits until the process has ended, by a pidfd: no polling, no reused id. A zombie whose parent
// does not reap it has ended too.
func waitEnd(pidFile string, pid int, limit time.Duration) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		_, alive := ReadPIDFile(pidFile)
		return !alive
	}
	defer unix.Close(fd)
	end := time.Now().Add(limit)
	for {
		left := time.Until(end)
		if left <= 0 {
			return false
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left.Milliseconds())+1)
		if n > 0 {
			return true
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return false
		}
	}
}

// grace is how long a stop waits before it kills: the parameter, else two thirds of the action's time.
func (c *call) grace() time.Duration {
	if d, ok := seconds(c.param("stop_timeout")); ok && d > 0 {
		return d
	}
	return c.timeout() * 2 / 3
}
