package runner

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"quorate/engine/executor"
	"quorate/ra/systemd"
)

// testUnits are units of our own, put into /run for the test.
var testUnits = map[string]string{
	"quorate-test-run.service":  "[Service]\nExecStart=/bin/sleep infinity\nRestart=always\nRestartSec=0\n",
	"quorate-test-slow.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 1\n",
	"quorate-test-bad.service":  "[Service]\nType=oneshot\nExecStart=/bin/false\n",
	"quorate-test-hang.service": "[Service]\nType=oneshot\nExecStart=/bin/sleep infinity\n",
}

func installUnits(t *testing.T) {
	if !systemd.Running() || os.Geteuid() != 0 {
		t.Skip("run as root on a machine whose init is systemd to test the class systemd")
	}
	const dir = "/run/systemd/system/"
	reload := func() {
		if out, err := exec.Command("systemctl", "daemon-reload").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for name, text := range testUnits {
		if err := os.WriteFile(dir+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	reload()
	t.Cleanup(func() {
		for name := range testUnits {
			_ = exec.Command("systemctl", "kill", "-s", "KILL", name).Run()
			_ = os.Remove(dir + name)
		}
		reload()
	})
}

func TestSystemdReal(t *testing.T) {
	installUnits(t)
	s := newSite(t)
	unit := func(name, action string) executor.Operation {
		return executor.Operation{Resource: name, Class: "systemd", Type: "quorate-test-" + name, Action: action}
	}
	s.want(s.do(unit("run", "monitor")), 7, executor.StatusDone, "")
	s.want(s.do(unit("nope", "monitor")), 7, executor.StatusDone, "")
	s.want(s.do(unit("nope", "stop")), 0, executor.StatusDone, "")
	s.want(s.do(unit("nope", "start")), 5, executor.StatusNotInstalled, "systemd unit quorate-test-nope not found")

	r := s.do(unit("run", "start"))
	s.want(r, 0, executor.StatusDone, "")
	t.Logf("start took %s", r.Exec.Round(time.Millisecond))
	if r.Exec > 2*time.Second {
		t.Errorf("start took %s: it must not poll", r.Exec)
	}
	props, err := exec.Command("systemctl", "show", "-p", "Restart", "-p", "Description", "quorate-test-run").Output()
	if err != nil || !strings.Contains(string(props), "Restart=no\n") || !strings.Contains(string(props), "Cluster Controlled quorate-test-run") {
		t.Errorf("drop-in is not in effect: %s %v", props, err)
	}
	watched := unit("run", "monitor")
	watched.Interval = time.Hour
	s.want(s.do(watched), 0, executor.StatusDone, "")
	// A restart by hand is no failure, although the unit is inactive in the middle of it.
	for range 3 {
		if out, err := exec.Command("systemctl", "restart", "quorate-test-run").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if r := s.do(unit("run", "monitor")); r.RC != 0 || r.Operation.Interval != 0 {
			t.Errorf("after a restart: %s rc %d", r.Operation.Key(), r.RC)
		}
	}
	begin := time.Now()
	if out, err := exec.Command("systemctl", "kill", "-s", "KILL", "quorate-test-run").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.want(s.next(), 1, executor.StatusDone, "failed")
	t.Logf("its end was seen after %s", time.Since(begin).Round(time.Millisecond))
	s.want(s.do(unit("run", "stop")), 0, executor.StatusDone, "")
	s.want(s.do(unit("run", "start")), 0, executor.StatusDone, "")
	r = s.do(unit("run", "stop"))
	s.want(r, 0, executor.StatusDone, "")
	t.Logf("stop took %s", r.Exec.Round(time.Millisecond))
	s.want(s.do(unit("run", "monitor")), 7, executor.StatusDone, "")
	if _, err := os.Stat("/run/systemd/system/quorate-test-run.service.d"); err == nil {
		t.Error("the drop-in is left behind")
	}

	r = s.do(unit("slow", "start"))
	s.want(r, 0, executor.StatusDone, "")
	t.Logf("start of one that needs 1 s took %s", r.Exec.Round(time.Millisecond))
	s.want(s.do(unit("slow", "stop")), 0, executor.StatusDone, "")
	s.want(s.do(unit("bad", "start")), 1, executor.StatusDone, "failed (start job: failed)")
	hang := unit("hang", "start")
	hang.Timeout = 300 * time.Millisecond
	s.want(s.do(hang), 1, executor.StatusTimeout, "Resource agent did not complete within 300ms")
	s.want(s.do(unit("hang", "stop")), 0, executor.StatusDone, "")
}

// TestSystemctl is the fallback without the bus.
func TestSystemctlReal(t *testing.T) {
	installUnits(t)
	s := newSite(t)
	s.runner.units.mgr = systemctl{}
	op := executor.Operation{Resource: "r", Class: "systemd", Type: "quorate-test-run"}
	for _, step := range []struct {
		action string
		rc     int
	}{{"monitor", 7}, {"start", 0}, {"monitor", 0}, {"stop", 0}, {"monitor", 7}} {
		op.Action = step.action
		if r := s.do(op); r.RC != step.rc {
			t.Errorf("%s: %d %s", step.action, r.RC, r.Reason)
		}
	}
	op.Type, op.Action = "quorate-test-bad", "start"
	s.want(s.do(op), 1, executor.StatusDone, "failed (start job: failed)")
}
