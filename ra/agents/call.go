package agents

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"quorate/engine/exit"
	"quorate/ra/meta"
)

// call is one run of an action.
type call struct {
	name, action   string
	meta           *meta.Metadata
	getenv         func(string) string
	stdout, stderr io.Writer
	tool           func(c *call, name string, args ...string) error
}

// param returns a resource parameter, else its default.
func (c *call) param(name string) string {
	if v := c.getenv("OCF_RESKEY_" + name); v != "" {
		return v
	}
	if p := c.meta.Parameter(name); p != nil {
		return p.Default
	}
	return ""
}

// fail prints the exit reason, which the cluster shows in its status, and returns the code.
func (c *call) fail(code exit.Code, format string, args ...any) exit.Code {
	prefix := c.getenv("OCF_EXIT_REASON_PREFIX")
	if prefix == "" {
		prefix = "ocf-exit-reason:"
	}
	fmt.Fprintf(c.stderr, "%s%s\n", prefix, fmt.Sprintf(format, args...))
	return code
}

func (c *call) warn(format string, args ...any) {
	fmt.Fprintf(c.stderr, "WARNING: %s\n", fmt.Sprintf(format, args...))
}

// file is the path of this instance's file of a kind ("state", "pid"), or what the parameter says.
func (c *call) file(param, suffix string) string {
	if path := c.param(param); path != "" {
		return path
	}
	return defaultFile(c.getenv("HA_RSCTMP"), c.name, c.getenv("OCF_RESOURCE_INSTANCE"), suffix)
}

// defaultFile names a file of an instance. The colon of "p:1" is no trouble on Linux, a slash would be.
func defaultFile(dir, agent, instance, suffix string) string {
	if dir == "" {
		dir = "/run/resource-agents"
	}
	return filepath.Join(dir, agent+"-"+strings.ReplaceAll(instance, "/", "_")+"."+suffix)
}

// timeout is the time that the cluster gives this action.
func (c *call) timeout() time.Duration {
	ms, err := strconv.Atoi(c.getenv("OCF_RESKEY_CRM_meta_timeout"))
	if err != nil || ms <= 0 {
		return 20 * time.Second
	}
	return time.Duration(ms) * time.Millisecond
}

// write makes a state file whole or not at all.
func (c *call) write(path, text string) exit.Code {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return c.fail(exit.InsufficientPr, "state folder: %v", err)
	}
	tmp := path + ".new"
	err := os.WriteFile(tmp, []byte(text), 0o644)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return c.fail(exit.Error, "state file: %v", err)
	}
	return exit.OK
}

func (c *call) remove(path string) exit.Code {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return c.fail(exit.Error, "state file: %v", err)
	}
	return exit.OK
}

// read returns a state file's text without blanks around it, "" if there is none.
func read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// runTool runs this binary under a tool's name, so that no folder of links is needed.
func runTool(_ *call, name string, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Cmd{Path: self, Args: append([]string{name}, args...)}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
