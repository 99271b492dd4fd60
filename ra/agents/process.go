package agents

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"quorate/engine/exit"
	"quorate/ra/meta"
)

// process runs any command as a service.
var process = agent{
	meta: own("Process", "Runs a command as a service",
		"Starts a command that stays in the foreground, in a session of its own, and stops it with SIGTERM, "+
			"then SIGKILL. Its end is seen when it happens, not at the next monitor.",
		[]meta.Parameter{
			{Name: "binfile", Type: "string", Required: true, ShortDesc: "The program", LongDesc: "A path, or a name to be found on PATH."},
			{Name: "cmdline_options", Type: "string", ShortDesc: "Its arguments", LongDesc: "Words with the quoting of the shell."},
			{Name: "workdir", Type: "string", Default: "/", HasDefault: true, ShortDesc: "Folder to run in"},
			{Name: "pidfile", Type: "string", UniqueGroup: "pidfile", Unique: true, ShortDesc: "File for its process id",
				LongDesc: "Default: Process-INSTANCE.pid in HA_RSCTMP (/run/resource-agents)."},
			{Name: "logfile", Type: "string", Default: "/dev/null", HasDefault: true, ShortDesc: "File that gets its standard output"},
			{Name: "errlogfile", Type: "string", ShortDesc: "File that gets its standard error", LongDesc: "Default: logfile."},
			{Name: "user", Type: "string", ShortDesc: "Run as this user", LongDesc: "Default: the user of the cluster's engine."},
			{Name: "monitor_hook", Type: "string", Reloadable: true, ShortDesc: "Command that a monitor runs too",
				LongDesc: "The service is well when the process lives and this shell command returns 0."},
			{Name: "start_wait", Type: "time", Default: "100ms", HasDefault: true, Reloadable: true,
				ShortDesc: "A start has failed when the process ends within this time"},
			{Name: "stop_timeout", Type: "time", Reloadable: true, ShortDesc: "How long to wait between SIGTERM and SIGKILL",
				LongDesc: "Default: two thirds of the stop's timeout."},
		},
		meta.Action{Name: "start", Timeout: "20s"}, meta.Action{Name: "stop", Timeout: "20s"},
		meta.Action{Name: "monitor", Timeout: "20s", Interval: "10s", Depth: "0"},
		meta.Action{Name: "reload-agent", Timeout: "20s"}),
	actions: map[string]func(*call) exit.Code{
		"start": processStart, "stop": processStop, "monitor": processMonitor, "status": processMonitor,
		"reload-agent": processMonitor, "validate-all": processValidate,
	},
}

func processValidate(c *call) exit.Code {
	if _, err := exec.LookPath(c.param("binfile")); err != nil {
		return c.fail(exit.NotInstalled, "binfile: %v", err)
	}
	if st, err := os.Stat(c.param("workdir")); err != nil || !st.IsDir() {
		return c.fail(exit.InvalidParam, "workdir %s is no folder", c.param("workdir"))
	}
	if name := c.param("user"); name != "" {
		if _, err := user.Lookup(name); err != nil {
			return c.fail(exit.InvalidParam, "user: %v", err)
		}
	}
	for _, name := range []string{"start_wait", "stop_timeout"} {
		if v := c.param(name); v != "" {
			if _, ok := seconds(v); !ok {
				return c.fail(exit.InvalidParam, "%s %q is no time", name, v)
			}
		}
	}
	return exit.OK
}

func processStart(c *call) exit.Code {
	pidFile := c.file("pidfile", "pid")
	if _, alive := ReadPIDFile(pidFile); alive {
		return exit.OK
	}
	if code := processValidate(c); code != exit.OK {
		return code
	}
	cmd, err := c.command()
	if err != nil {
		return c.fail(exit.Error, "%v", err)
	}
	defer closeOutputs(cmd)
	wait, _ := seconds(c.param("start_wait"))
	return c.launch(cmd, pidFile, func(exited <-chan error) error {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case err := <-exited:
			return fmt.Errorf("%s ended at once: %s", c.param("binfile"), ending(err))
		case <-timer.C:
			return nil
		}
	})
}

// command makes the daemon's command; the shell splits the options as people write them.
func (c *call) command() (*exec.Cmd, error) {
	bin, err := exec.LookPath(c.param("binfile"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/bin/sh", "-c", `exec "$0" `+c.param("cmdline_options"), bin)
	cmd.Dir = c.param("workdir")
	if name := c.param("user"); name != "" {
		if cmd.SysProcAttr, err = credential(name); err != nil {
			return nil, err
		}
	}
	out, err := appendTo(c.param("logfile"))
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out, out
	if path := c.param("errlogfile"); path != "" {
		errOut, err := appendTo(path)
		if err != nil {
			out.Close()
			return nil, err
		}
		cmd.Stderr = errOut
	}
	return cmd, nil
}

func appendTo(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
}

func closeOutputs(cmd *exec.Cmd) {
	for _, w := range []any{cmd.Stdout, cmd.Stderr} {
		if f, ok := w.(*os.File); ok {
			f.Close()
		}
	}
}

func credential(name string) (*syscall.SysProcAttr, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	if int(uid) == os.Geteuid() {
		return &syscall.SysProcAttr{}, nil
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	cred := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	ids, err := u.GroupIds()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil {
			cred.Groups = append(cred.Groups, uint32(n))
		}
	}
	return &syscall.SysProcAttr{Credential: cred}, nil
}

func processStop(c *call) exit.Code {
	return c.terminate(c.file("pidfile", "pid"), c.grace())
}

func processMonitor(c *call) exit.Code {
	pidFile := c.file("pidfile", "pid")
	if _, alive := ReadPIDFile(pidFile); !alive {
		if read(pidFile) != "" {
			return c.fail(exit.NotRunning, "%s has ended", filepath.Base(c.param("binfile")))
		}
		return exit.NotRunning
	}
	if hook := c.param("monitor_hook"); hook != "" {
		if out, err := exec.Command("/bin/sh", "-c", hook).CombinedOutput(); err != nil {
			return c.fail(exit.Error, "monitor_hook: %s %.60s", ending(err), out)
		}
	}
	return exit.OK
}

// ending says how a process ended.
func ending(err error) string {
	var ee *exec.ExitError
	switch {
	case err == nil:
		return "exit status 0"
	case errors.As(err, &ee):
		return ee.String()
	}
	return err.Error()
}
