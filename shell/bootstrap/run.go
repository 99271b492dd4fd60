package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/pflag"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/executor"
	"quorate/engine/executor/runner"
	"quorate/engine/exit"
	"quorate/engine/node"
	"quorate/shell/tools"
)

// runEngine is the engine in the foreground: what systemd or start runs.
func runEngine(ctx context.Context, env Env, args []string) error {
	p := systemPaths()
	var name, level string
	var ready int
	f := flags("run")
	f.StringVar(&p.Config, "config", p.Config, "corosync.conf to read")
	f.StringVar(&p.State, "state", p.State, "folder of the log")
	f.StringVar(&p.Socket, "socket", p.Socket, "unix socket of the API")
	f.StringVar(&p.Tmp, "tmp", "", "folder of the agents' state files (HA_RSCTMP)")
	f.StringVar(&name, "node", "", "name of this node, where host name and addresses do not tell")
	f.StringVar(&level, "log-level", "info", "debug, info, warn or error")
	f.IntVar(&ready, "ready-fd", -1, "file descriptor to report the start to")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return &cib.Error{Code: exit.Usage, Text: "cluster run runs the engine in the foreground and takes no command", Hint: "quorate uses no ssh: run commands on other nodes with the tools you have for that"}
	}
	report := reporter(ready)
	err := serve(ctx, env, p, name, level, func() { report("ready") })
	if err != nil {
		report(err.Error())
	}
	return err
}

// flags makes a flag set whose errors are one line.
func flags(name string) *pflag.FlagSet {
	f := pflag.NewFlagSet(name, pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

func parse(f *pflag.FlagSet, args []string) error {
	err := f.Parse(args)
	var value *pflag.InvalidValueError
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return &cib.Error{Code: exit.OK, Text: strings.TrimRight(f.FlagUsages(), "\n")}
	case errors.As(err, &value):
		return cib.Errorf(exit.Usage, "cluster %s: --%s takes a %s, not '%s'", f.Name(), value.GetFlag().Name, kindWord(value.GetFlag()), value.GetValue())
	case err != nil:
		return cib.Errorf(exit.Usage, "cluster %s: %v", f.Name(), err)
	}
	return nil
}

// kindWord names the kind of value that a flag takes, for people.
func kindWord(f *pflag.Flag) string {
	if f.Value.Type() == "int" {
		return "number"
	}
	return f.Value.Type()
}

// reporter tells whoever started this process, once, how the start went.
func reporter(fd int) func(string) {
	if fd < 0 {
		return func(string) {}
	}
	pipe := os.NewFile(uintptr(fd), "ready")
	syscall.CloseOnExec(fd)
	return func(text string) {
		if pipe != nil {
			fmt.Fprintln(pipe, text)
			pipe.Close()
			pipe = nil
		}
	}
}

// serve runs the engine until it has left the cluster.
func serve(ctx context.Context, env Env, p Paths, name, level string, ready func()) error {
	set, err := settings(p, name)
	if err != nil {
		return err
	}
	set.Log = newLog(env.Err, level, set.Config.Logging)
	set.Ready = func() {
		ready()
		_, _ = daemon.SdNotify(false, daemon.SdNotifyReady) // no systemd, no matter
	}
	ctx, leave, stop := leaveOnSignal(context.WithoutCancel(ctx)) // a signal ends commands of the shell, not the engine
	defer stop()
	set.Leave = leave
	raisePriority()
	syscall.Umask(agentUmask)
	debug.SetGCPercent(gcPercent)
	code, err := node.Run(ctx, set)
	if code != 0 && err != nil {
		return cib.Errorf(exit.Code(code), "%v", err)
	}
	return err
}

// gcPercent trades a little CPU for memory: an idle node should stay small.
const gcPercent = 40

// agentUmask is what agents find in the field (observed of Pacemaker's executor): their state files are not for everybody.
const agentUmask = 0o026

// leaveOnSignal makes SIGTERM and SIGINT a planned leave; a second one ends the process at once.
func leaveOnSignal(ctx context.Context) (context.Context, <-chan struct{}, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	leave := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		close(leave)
		if _, ok := <-signals; ok {
			cancel(errors.New("ended by a second signal"))
		}
	}()
	return ctx, leave, func() { signal.Stop(signals); close(signals); cancel(nil) }
}

// niceness of the engine: heartbeats must go out on a busy machine. Agents run at 0.
const niceness = -10

// raisePriority asks for it on every thread that the runtime has so far; later ones inherit it. Without the
// right to do so the engine runs as any other process.
func raisePriority() {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, niceness)
		}
	}
	raiseSession()
}

// raiseSession asks the same for the session where the kernel shares the processor among sessions first (autogroup): there
// a process's own priority counts only within its session. A session with a terminal is somebody's shell and stays as it is.
func raiseSession() {
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		tty.Close()
		return
	}
	_ = os.WriteFile("/proc/self/autogroup", []byte(strconv.Itoa(niceness)), 0o644)
}

// settings reads configuration and key, and finds out which node this is.
func settings(p Paths, name string) (node.Settings, error) {
	set, err := readSettings(p, name)
	var text *config.Error
	if errors.As(err, &text) && text.Hint != "" {
		err = &cib.Error{Code: exit.NotConfigured, Text: text.Error(), Hint: text.Hint}
	}
	return set, err
}

func readSettings(p Paths, name string) (node.Settings, error) {
	set := node.Settings{ConfigFile: p.Config, StateDir: p.log(), Socket: p.Socket, TokenFile: p.tokens()}
	data, err := os.ReadFile(p.Config)
	if os.IsNotExist(err) {
		return set, &cib.Error{Code: exit.NotConfigured, Text: "there is no " + p.Config,
			Hint: "make a cluster with 'crm cluster init', join one with 'crm cluster join', or try one with 'crm cluster start --local 3'"}
	} else if err != nil {
		return set, err
	}
	if set.Config, err = config.Parse(p.Config, data); err != nil {
		return set, err
	}
	if set.Local, err = localNode(set.Config, name); err != nil {
		return set, err
	}
	if err := set.Config.CheckLocal(set.Local); err != nil {
		return set, err
	}
	if set.Key, err = clusterKey(set.Config, p); err != nil {
		return set, err
	}
	set.Agents, err = agentSettings(p, set.Config.Nodes[set.Local])
	return set, err
}

func localNode(c *config.Config, name string) (int, error) {
	if name == "" {
		host, err := os.Hostname()
		if err != nil {
			return 0, err
		}
		return c.Local(host, localAddrs())
	}
	for i, n := range c.Nodes {
		if n.DisplayName() == name {
			return i, nil
		}
	}
	return 0, cib.Errorf(exit.NoHost, "there is no node %s in the configuration", name)
}

func clusterKey(c *config.Config, p Paths) ([]byte, error) {
	if c.Crypto.Key != "" {
		return []byte(c.Crypto.Key), nil
	}
	file := c.Crypto.KeyFile
	if file == config.DefaultKeyFile {
		file = p.key()
	}
	return config.ReadKey(file)
}

// agentSettings makes the folder with the tools that agents call, and says where their files go.
func agentSettings(p Paths, n config.Node) (runner.Config, error) {
	self, err := os.Executable()
	if err != nil {
		return runner.Config{}, err
	}
	dir, err := linkTools(filepath.Join(filepath.Dir(p.Socket), "tools"), self)
	if err != nil {
		return runner.Config{}, err
	}
	tmp := p.Tmp
	if tmp == "" {
		tmp = "/run/resource-agents"
	}
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return runner.Config{}, err
	}
	extra := []string{api.SocketVariable + "=" + p.Socket, "HA_SBIN_DIR=" + dir}
	if file := os.Getenv(agentLog); file != "" {
		extra = append(extra, agentLog+"="+file)
	}
	if marker := os.Getenv(localMarker); marker != "" {
		// Nodes that share a machine must not share state files of agents.
		extra = append(extra, localMarker+"="+marker, "HA_VARRUN="+tmp)
	}
	return runner.Config{Self: self, TmpDir: tmp, RunDir: filepath.Join(filepath.Dir(p.Socket), "agents"), Site: executor.Site{Node: n.DisplayName(),
		NodeID: strconv.FormatUint(uint64(n.ID), 10), ToolDir: dir, Extra: extra}}, nil
}

// runLinks is linkTools for installers.
func runLinks(_ context.Context, env Env, args []string) error {
	if len(args) != 1 {
		return usage("links")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = linkTools(args[0], self)
	return err
}

// linkTools makes links to this binary by all the names that it answers to. Beside the binary they are relative:
// the folder may be moved, or packed by a DESTDIR install.
func linkTools(dir, self string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	to := self
	if sameFile(dir, filepath.Dir(self)) {
		to = filepath.Base(self)
	}
	for _, name := range append(tools.Names(), "crm") {
		link := filepath.Join(dir, name)
		if target, err := os.Readlink(link); sameFile(link, self) && (err != nil || target == to) {
			continue // this program itself, or a link that is there
		}
		_ = os.Remove(link) // it points to an older binary
		if err := os.Symlink(to, link); err != nil {
			return "", err
		}
	}
	return dir, nil
}

func sameFile(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}
