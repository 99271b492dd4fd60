package runner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"quorate/engine/executor"
	"quorate/engine/fencing"
	"quorate/ra/agents"
	"quorate/ra/meta"
)

// TestMain lets the test binary be the agents of provider quorate.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == agents.Command {
		os.Exit(agents.Main(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

// patience bounds every wait; a test that needs it has failed.
const patience = 20 * time.Second

// site is a Runner over folders of its own, with agents written by the test.
type site struct {
	*testing.T
	runner *Runner
	dir    string
	mu     sync.Mutex
	log    []string
}

func newSite(t *testing.T) *site {
	s := &site{T: t, dir: t.TempDir()}
	for _, d := range []string{"ocf/resource.d/test", "init", "fence", "tmp"} {
		if err := os.MkdirAll(filepath.Join(s.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.runner = New(Config{
		Site:   executor.Site{Node: "n1", NodeID: "1", OCFRoot: filepath.Join(s.dir, "ocf"), Extra: []string{"TESTDIR=" + s.dir}},
		TmpDir: filepath.Join(s.dir, "tmp"), InitDir: filepath.Join(s.dir, "init"), FenceDir: filepath.Join(s.dir, "fence"), WorkDir: s.dir,
		Log: func(_, line string) { s.mu.Lock(); s.log = append(s.log, line); s.mu.Unlock() },
	})
	t.Cleanup(s.runner.Shutdown)
	return s
}

func (s *site) script(path, body string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, path), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		s.Fatal(err)
	}
}

func (s *site) text(path string) string {
	text, _ := os.ReadFile(filepath.Join(s.dir, path))
	return strings.TrimSpace(string(text))
}

// next waits for one result.
func (s *site) next() executor.Result {
	s.Helper()
	select {
	case r := <-s.runner.Results():
		return r
	case <-time.After(patience):
		s.Fatal("no result")
	}
	panic("not reached")
}

// do runs one operation and waits for it.
func (s *site) do(op executor.Operation) executor.Result {
	s.Helper()
	if op.Timeout == 0 {
		op.Timeout = patience
	}
	s.runner.Run(op)
	return s.next()
}

func (s *site) want(r executor.Result, rc int, status executor.OpStatus, reason string) {
	s.Helper()
	if r.RC != rc || r.Status != status || r.Reason != reason {
		s.Errorf("%s: rc %d status %d reason %q, want %d %d %q", r.Operation.Key(), r.RC, r.Status, r.Reason, rc, status, reason)
	}
}

func TestOCFAgent(t *testing.T) {
	s := newSite(t)
	s.script("ocf/resource.d/test/A", `case $1 in
start) env | sort > $TESTDIR/env; pwd > $TESTDIR/pwd; echo out; echo line >&2; echo ocf-exit-reason:never shown >&2; sleep 1000 & echo $! > $TESTDIR/daemon; exit 0;;
monitor) echo "ocf-exit-reason:it broke" >&2; exit 1;;
odd) exit 42;;
validate-all) echo words; exit 0;;
sig) kill -9 $$;;
esac`)
	op := executor.Operation{Resource: "p1", Class: "ocf", Provider: "test", Type: "A", Action: "start", Params: map[string]string{"x": "1 2"}}
	r := s.do(op)
	s.want(r, 0, executor.StatusDone, "")
	if pid, err := strconv.Atoi(s.text("daemon")); err == nil {
		defer syscall.Kill(pid, syscall.SIGKILL)
	}
	if r.CallID != 1 || r.Exec <= 0 || r.Exec > 5*time.Second {
		t.Errorf("call %d, exec %s: a daemon that holds stdout must not delay the result", r.CallID, r.Exec)
	}
	for _, want := range []string{"OCF_RESKEY_x=1 2", "OCF_RESOURCE_INSTANCE=p1", "OCF_RESKEY_CRM_meta_on_node=n1", "HA_RSCTMP=" + filepath.Join(s.dir, "tmp")} {
		if !slices.Contains(strings.Split(s.text("env"), "\n"), want) {
			t.Errorf("%s is not in\n%s", want, s.text("env"))
		}
	}
	if strings.Contains(s.text("env"), "HOME=") {
		t.Error("agents get no HOME")
	}
	op.Action = "monitor"
	s.want(s.do(op), 1, executor.StatusDone, "it broke")
	op.Action = "odd"
	s.want(s.do(op), 1, executor.StatusDone, "")
	op.Action = "sig"
	s.want(s.do(op), 1, executor.StatusDone, "")
	op.Action = "validate-all"
	if r := s.do(op); string(r.Stdout) != "words\n" {
		t.Errorf("stdout %q", r.Stdout)
	}
	op.Type = "Nope"
	s.want(s.do(op), 5, executor.StatusNotInstalled, "Nope: No such file or directory")
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.log, "line") {
		t.Errorf("log %q", s.log)
	}
}

// TestTimeoutKillsGroup: no SIGTERM, and children die with the agent.
func TestTimeoutKillsGroup(t *testing.T) {
	s := newSite(t)
	s.script("ocf/resource.d/test/Slow", `trap 'echo trapped > $TESTDIR/trap' TERM
sleep 1000 & echo $! > $TESTDIR/child; wait`)
	r := s.do(executor.Operation{Resource: "p", Class: "ocf", Provider: "test", Type: "Slow", Action: "start", Timeout: 300 * time.Millisecond})
	s.want(r, 1, executor.StatusTimeout, "Resource agent did not complete within 300ms")
	if s.text("trap") != "" {
		t.Error("the agent got SIGTERM")
	}
	child, err := strconv.Atoi(s.text("child"))
	if err != nil {
		t.Fatal(err)
	}
	s.until("the child's end", func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
}

// until waits for something that the kernel or another process does.
func (s *site) until(what string, is func() bool) {
	s.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	s := newSite(t)
	// Each agent waits until all three run: it only ends when they run at once.
	s.script("ocf/resource.d/test/Meet", `touch $TESTDIR/tmp/$OCF_RESOURCE_INSTANCE
while [ $(ls $TESTDIR/tmp | wc -l) -lt 3 ]; do sleep 0.01; done`)
	for _, rsc := range []string{"a", "b", "c"} {
		s.runner.Run(executor.Operation{Resource: rsc, Class: "ocf", Provider: "test", Type: "Meet", Action: "start", Timeout: patience})
	}
	for range 3 {
		s.want(s.next(), 0, executor.StatusDone, "")
	}
}

func TestLSB(t *testing.T) {
	s := newSite(t)
	s.script("init/svc", `echo $1 >> $TESTDIR/calls; [ $1 = status ] && exit 3; exit 0`)
	op := executor.Operation{Resource: "l", Class: "lsb", Type: "svc", Action: "monitor"}
	s.want(s.do(op), 7, executor.StatusDone, "")
	op.Action = "start"
	s.want(s.do(op), 0, executor.StatusDone, "")
	if s.text("calls") != "status\nstart" {
		t.Errorf("calls %q", s.text("calls"))
	}
	op.Class, op.Action = "service", "monitor"
	s.want(s.do(op), 7, executor.StatusDone, "")
	op.Type, op.Action = "no-such-service", "start"
	s.want(s.do(op), 5, executor.StatusNotInstalled, "service no-such-service not found")
}

func TestStonith(t *testing.T) {
	s := newSite(t)
	s.script("fence/fence_test", `cat > $0.in; echo $PCMK_service > $0.env
[ -e $0.broken ] && { echo noise >&2; echo "fuse blown" >&2; exit 1; }; exit 0`)
	op := executor.Operation{Resource: "f", Class: "stonith", Type: "fence_test", Action: "monitor", Params: map[string]string{"ip": "10.0.0.1", "pcmk_host_list": "a"}}
	s.want(s.do(op), 7, executor.StatusDone, "") // a probe
	op.Action = "start"
	s.want(s.do(op), 0, executor.StatusDone, "")
	if got := s.text("fence/fence_test.in"); got != "action=monitor\nip=10.0.0.1" {
		t.Errorf("stdin %q", got)
	}
	if got := s.text("fence/fence_test.env"); got != "pacemaker-fenced" {
		t.Errorf("PCMK_service %q", got)
	}
	op.Action = "monitor"
	s.want(s.do(op), 0, executor.StatusDone, "")
	if err := os.WriteFile(filepath.Join(s.dir, "fence/fence_test.broken"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	op.Interval = time.Hour
	s.want(s.do(op), 1, executor.StatusDone, "Fence agent fence_test exited with 1: fuse blown")
	op.Interval, op.Action = 0, "stop"
	s.want(s.do(op), 0, executor.StatusDone, "")
	op.Type, op.Action = "fence_none", "start"
	s.want(s.do(op), 5, executor.StatusNotInstalled, "fence agent fence_none not found")
}

// TestProcessEndIsSeen: the end of an agent's process is found at once, not at the monitor an hour later.
func TestProcessEndIsSeen(t *testing.T) {
	s := newSite(t)
	op := executor.Operation{Resource: "web", Class: "ocf", Provider: "quorate", Type: "Process", Action: "start",
		Params: map[string]string{"binfile": "sleep", "cmdline_options": "1000", "start_wait": "1ms"}}
	s.want(s.do(op), 0, executor.StatusDone, "")
	op.Action, op.Interval = "monitor", time.Hour
	s.want(s.do(op), 0, executor.StatusDone, "")
	pid, alive := agents.ReadPIDFile(filepath.Join(s.dir, "tmp", "Process-web.pid"))
	if !alive {
		t.Fatal("not running")
	}
	begin := time.Now()
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r := s.next()
	s.want(r, 7, executor.StatusDone, "sleep has ended")
	t.Logf("seen after %s", time.Since(begin).Round(time.Millisecond))
	op.Action, op.Interval = "stop", 0
	s.want(s.do(op), 0, executor.StatusDone, "")
}

func TestOwnAgents(t *testing.T) {
	s := newSite(t)
	op := executor.Operation{Resource: "d", Class: "ocf", Provider: "quorate", Type: "Dummy"}
	for _, step := range []struct {
		action string
		rc     int
	}{{"monitor", 7}, {"start", 0}, {"monitor", 0}, {"stop", 0}, {"monitor", 7}, {"fly", 3}} {
		op.Action = step.action
		if r := s.do(op); r.RC != step.rc {
			t.Errorf("%s: %d %s", step.action, r.RC, r.Reason)
		}
	}
}

func TestRealAgents(t *testing.T) {
	for _, a := range []struct{ provider, name string }{{"heartbeat", "Dummy"}, {"pacemaker", "Stateful"}} {
		if !meta.IsExecutable("/usr/lib/ocf/resource.d/" + a.provider + "/" + a.name) {
			t.Skipf("install resource-agents and pacemaker to test with ocf:%s:%s", a.provider, a.name)
		}
		dir := t.TempDir()
		r := New(Config{Site: executor.Site{Node: "n1", NodeID: "1"}, TmpDir: dir})
		defer r.Shutdown()
		s := &site{T: t, runner: r, dir: dir}
		op := executor.Operation{Resource: "x", Class: "ocf", Provider: a.provider, Type: a.name, Params: map[string]string{"state": dir + "/state"}}
		for _, step := range []struct {
			action string
			rc     int
		}{{"monitor", 7}, {"start", 0}, {"monitor", 0}, {"stop", 0}, {"monitor", 7}} {
			op.Action = step.action
			if got := s.do(op); got.RC != step.rc {
				t.Errorf("%s %s: %d %s", a.name, step.action, got.RC, got.Reason)
			}
		}
	}
}

// TestSystemdAbsent: where systemd does not run, units are "not installed", and stopping one is no trouble.
func TestSystemd(t *testing.T) {
	var u units
	x := u.perform(context.Background(), executor.Operation{Class: "systemd", Type: "no-such-unit", Action: "start"})
	u.close()
	if x.RC != 5 || x.Status != executor.StatusNotInstalled || x.Reason == "" {
		t.Errorf("%+v", x)
	}
}

func TestDropIn(t *testing.T) {
	d := dropIn{dir: t.TempDir(), service: "quorate.service"}
	if err := d.write("web.service"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(d.path("web.service"))
	want := "[Unit]\nDescription=Cluster Controlled web\nBefore=quorate.service\n\n[Service]\nRestart=no\n"
	if err != nil || string(text) != want {
		t.Errorf("%q %v", text, err)
	}
	if !d.remove("web.service") || d.remove("web.service") {
		t.Error("remove must say once that there was a file")
	}
	if strings.Contains(d.text("data.mount"), "[Service]") {
		t.Error("a mount has no [Service]")
	}
}

func TestShutdownKills(t *testing.T) {
	s := newSite(t)
	s.script("ocf/resource.d/test/Hang", `touch $TESTDIR/hangs; sleep 1000`)
	s.runner.Run(executor.Operation{Resource: "h", Class: "ocf", Provider: "test", Type: "Hang", Action: "start", Timeout: time.Hour})
	s.until("the agent's start", func() bool { _, err := os.Stat(filepath.Join(s.dir, "hangs")); return err == nil })
	begin := time.Now()
	s.runner.Shutdown()
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("shutdown took %s", d)
	}
}

// TestFencing runs the fencer's core with a real process: list, then off.
func TestFencing(t *testing.T) {
	s := newSite(t)
	s.script("fence/fence_test", `in=$(cat); case "$in" in
*action=list*) echo "vm1,n2";;
*action=off*) echo "$in" > $0.off;;
*action=hang*) sleep 1000;;
*) echo "what?" >&2; exit 1;;
esac`)
	m := fencing.NewMachine()
	d := fencing.Device{ID: "f", Agent: "fence_test", Params: map[string]string{"ip": "1"}}
	d.Describe(nil)
	now := time.Now()
	m.Step(fencing.Configure{Config: fencing.Config{Devices: []fencing.Device{d}}, At: now})
	m.Step(fencing.View{Nodes: []fencing.Node{{Name: "n1", Online: true}}, At: now})
	effects := m.Step(fencing.Request{ID: 1, Target: "n2", Action: "off", Timeout: patience, At: now})
	var done *fencing.Done
	for i := 0; i < 10 && done == nil; i++ {
		var next []fencing.Effect
		for _, e := range effects {
			switch e := e.(type) {
			case fencing.RunAgent:
				next = append(next, m.Step(s.runner.RunFenceAgent(e))...)
			case fencing.Done:
				done = &e
			}
		}
		effects = next
	}
	if done == nil || !done.OK || done.Event.Delegate != "n1" {
		t.Fatalf("%+v", done)
	}
	if got := s.text("fence/fence_test.off"); got != "action=off\nip=1\nnodename=n2\nport=n2" {
		t.Errorf("stdin %q", got)
	}
	res := s.runner.RunFenceAgent(fencing.RunAgent{Run: 9, Agent: "fence_test", Input: map[string]string{"action": "hang"}, Timeout: 200 * time.Millisecond})
	if res.RC != -1 || res.Reason != "fence_test did not complete within 200ms" {
		t.Errorf("%+v", res)
	}
	res = s.runner.RunFenceAgent(fencing.RunAgent{Agent: "fence_test", Input: map[string]string{"action": "odd"}, Timeout: patience})
	if res.RC != 1 || res.Reason != "what?" {
		t.Errorf("%+v", res)
	}
	res = s.runner.RunFenceAgent(fencing.RunAgent{Agent: "fence_none", Timeout: patience})
	if res.RC != -1 || res.Reason == "" {
		t.Errorf("%+v", res)
	}
}

// TestValidate: what an agent prints is kept where it is wanted.
func TestValidate(t *testing.T) {
	s := newSite(t)
	s.script("ocf/resource.d/test/V", `echo checked; echo "ocf-exit-reason:bad value" >&2; exit 6`)
	r := s.do(executor.Operation{Resource: "v", Class: "ocf", Provider: "test", Type: "V", Action: "validate-all"})
	s.want(r, 6, executor.StatusDone, "bad value")
	if string(r.Stdout) != "checked\n" {
		t.Errorf("it printed %q", r.Stdout)
	}
}

// TestPriority: agents run at ordinary priority although the engine has a higher one.
func TestPriority(t *testing.T) {
	runtime.LockOSThread() // priorities belong to threads; this one ends with the test
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, -5); err != nil {
		runtime.UnlockOSThread()
		t.Skip("run as root to test that agents do not inherit the engine's priority")
	}
	out, err := process{argv: []string{"/bin/sh", "-c", "sleep 0.05; nice"}, env: []string{"PATH=" + executor.AgentPath}}.run(t.Context())
	if err != nil || strings.TrimSpace(string(out.stdout)) != "0" {
		t.Errorf("%s %v", out.stdout, err)
	}
}

// TestMemoryProtection: agents can be chosen when memory is short, although the engine is protected.
func TestMemoryProtection(t *testing.T) {
	const file = "/proc/self/oom_score_adj"
	before, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, []byte("5"), 0o644) // a negative one needs rights; what is inherited is the same
	}
	if err != nil {
		t.Skip("this machine does not let a process change its oom_score_adj: ", err)
	}
	was := isProtected
	isProtected = func() bool { return true }
	defer func() {
		isProtected = was
		_ = os.WriteFile(file, before, 0o644)
	}()
	out, err := process{argv: []string{"/bin/sh", "-c", "sleep 0.05; cat /proc/self/oom_score_adj"}, env: []string{"PATH=" + executor.AgentPath}}.run(t.Context())
	if err != nil || strings.TrimSpace(string(out.stdout)) != "0" {
		t.Errorf("%s %v", out.stdout, err)
	}
}

// BenchmarkOwnAgent is the cost of one operation with the smallest agent there is.
func BenchmarkOwnAgent(b *testing.B) {
	r := New(Config{TmpDir: b.TempDir()})
	defer r.Shutdown()
	for b.Loop() {
		r.Run(executor.Operation{Resource: "d", Class: "ocf", Provider: "quorate", Type: "Dummy", Action: "start", Timeout: patience})
		<-r.Results()
	}
}
