package agents

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"quorate/engine/exit"
	"quorate/ra/meta"
)

// TestMain lets the test binary be the web server's daemon.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Command {
		os.Exit(Main(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// resource is an instance with its parameters, run in this process.
type resource struct {
	*testing.T
	agent string
	env   map[string]string
	err   bytes.Buffer
}

func newResource(t *testing.T, agent string, params ...string) *resource {
	r := &resource{T: t, agent: agent, env: map[string]string{"HA_RSCTMP": t.TempDir(), "OCF_RESOURCE_INSTANCE": "r1", "OCF_RESKEY_CRM_meta_on_node": "n1"}}
	r.set(params...)
	return r
}

func (r *resource) set(params ...string) {
	for i := 0; i+1 < len(params); i += 2 {
		r.env["OCF_RESKEY_"+params[i]] = params[i+1]
	}
}

func (r *resource) want(action string, code exit.Code) {
	r.Helper()
	r.err.Reset()
	got := Run(r.agent, action, func(n string) string { return r.env[n] }, io.Discard, &r.err)
	if got != code {
		r.Errorf("%s %s: %d, want %d: %s", r.agent, action, got, code, r.err.String())
	}
}

func (r *resource) wantReason(text string) {
	r.Helper()
	if !strings.Contains(r.err.String(), "ocf-exit-reason:"+text) {
		r.Errorf("reason %q does not say %q", r.err.String(), text)
	}
}

func TestDummy(t *testing.T) {
	r := newResource(t, "Dummy")
	r.want("monitor", exit.NotRunning)
	r.want("stop", exit.OK)
	r.want("start", exit.OK)
	r.want("start", exit.OK)
	r.want("monitor", exit.OK)
	r.want("reload-agent", exit.OK)
	r.want("migrate_to", exit.OK)
	r.want("monitor", exit.NotRunning)
	r.want("migrate_to", exit.NotRunning)
	r.want("migrate_from", exit.OK)
	r.want("stop", exit.OK)
	r.want("monitor", exit.NotRunning)
	r.set("op_sleep", "soon")
	r.want("start", exit.NotConfigured)
	r.want("promote", exit.Unimplemented)
	r.env["OCF_RESOURCE_INSTANCE"] = ""
	r.want("start", exit.InvalidParam)
}

func TestTwoInstancesAreTwo(t *testing.T) {
	r := newResource(t, "Dummy")
	r.want("start", exit.OK)
	r.env["OCF_RESOURCE_INSTANCE"] = "r1:1"
	r.want("monitor", exit.NotRunning)
}

func TestStateful(t *testing.T) {
	m, err := Metadata("Stateful")
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HA_RSCTMP": t.TempDir(), "OCF_RESOURCE_INSTANCE": "s"}
	var tools []string
	c := &call{name: "Stateful", meta: m, getenv: func(n string) string { return env[n] }, stdout: io.Discard, stderr: io.Discard,
		tool: func(_ *call, name string, args ...string) error {
			tools = append(tools, name+" "+strings.Join(args, " "))
			return errors.New("no cluster here") // must not fail the service
		}}
	for _, step := range []struct {
		action string
		code   exit.Code
		tool   string
	}{
		{"monitor", exit.NotRunning, ""}, {"promote", exit.NotRunning, ""}, {"demote", exit.NotRunning, ""},
		{"start", exit.OK, "-v 5"}, {"monitor", exit.OK, ""}, {"notify", exit.OK, ""},
		{"promote", exit.OK, "-v 10"}, {"monitor", exit.Promoted, ""}, {"reload-agent", exit.OK, "-v 10"},
		{"demote", exit.OK, "-v 5"}, {"monitor", exit.OK, ""}, {"stop", exit.OK, "-D"}, {"monitor", exit.NotRunning, ""}, {"stop", exit.OK, ""},
	} {
		tools = nil
		if code := stateful.actions[step.action](c); code != step.code {
			t.Errorf("%s: %d, want %d", step.action, code, step.code)
		}
		want := []string(nil)
		if step.tool != "" {
			want = []string{"crm_attribute --promotion -l reboot " + step.tool}
		}
		if !slices.Equal(tools, want) {
			t.Errorf("%s called %q, want %q", step.action, tools, want)
		}
	}
	if err := os.WriteFile(c.file("state", "state"), []byte("odd"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code := statefulMonitor(c); code != exit.Error {
		t.Errorf("monitor of a broken state file: %d", code)
	}
}

func TestProcess(t *testing.T) {
	dir := t.TempDir()
	r := newResource(t, "Process", "binfile", "/bin/sh", "cmdline_options", `-c 'echo "a  b"; exec sleep 1000'`,
		"logfile", filepath.Join(dir, "log"), "start_wait", "50ms")
	r.want("monitor", exit.NotRunning)
	r.want("start", exit.OK)
	r.want("start", exit.OK)
	r.want("monitor", exit.OK)
	if got := read(filepath.Join(dir, "log")); got != "a  b" {
		t.Errorf("log %q", got)
	}
	file := filepath.Join(r.env["HA_RSCTMP"], "Process-r1.pid")
	if PIDFile("Process", nil, "r1", r.env["HA_RSCTMP"]) != file {
		t.Errorf("PIDFile is not %s", file)
	}
	pid, alive := ReadPIDFile(file)
	if sid, _ := syscall.Getpgid(pid); !alive || sid != pid {
		t.Errorf("pid %d alive %v group %d", pid, alive, sid)
	}
	r.set("monitor_hook", "echo sick; exit 3")
	r.want("monitor", exit.Error)
	r.wantReason("monitor_hook: exit status 3 sick")
	r.set("monitor_hook", "")
	r.want("stop", exit.OK)
	r.want("monitor", exit.NotRunning)
	r.want("stop", exit.OK)
}

func TestProcessStubborn(t *testing.T) {
	r := newResource(t, "Process", "binfile", "/bin/sh", "cmdline_options", `-c 'trap "" TERM; while :; do sleep 1; done'`,
		"start_wait", "50ms", "stop_timeout", "100ms")
	r.want("start", exit.OK)
	r.want("stop", exit.OK)
	r.want("monitor", exit.NotRunning)
}

func TestProcessTrouble(t *testing.T) {
	r := newResource(t, "Process")
	r.want("start", exit.NotConfigured)
	r.wantReason(`required parameter "binfile" is not set`)
	r.want("stop", exit.OK)
	r.set("binfile", "/no/such/program")
	r.want("start", exit.NotInstalled)
	r.set("binfile", "false", "start_wait", "10s")
	r.want("start", exit.Error)
	r.wantReason("false ended at once: exit status 1")
	r.want("monitor", exit.NotRunning)
	r.set("binfile", "sleep", "user", "no-such-user")
	r.want("start", exit.InvalidParam)
	r.set("user", "", "workdir", "/no/such/folder")
	r.want("start", exit.InvalidParam)
}

// TestReusedPID: another process with the number of ours is not ours.
func TestReusedPID(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	_, started, err := processStat(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		fmt.Sprintf("%d\n%s\n", os.Getpid(), started): true, fmt.Sprintf("%d\n", os.Getpid()): true,
		fmt.Sprintf("%d\n1\n", os.Getpid()): false, "": false, "x": false, "-1": false, "1": false, "99999999": false,
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, alive := ReadPIDFile(file); alive != want {
			t.Errorf("%q: %v, want %v", text, alive, want)
		}
	}
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestHTTP(t *testing.T) {
	port := freePort(t)
	r := newResource(t, "Http", "ip", "127.0.0.1", "port", port, "name", "<shop>")
	// The daemon is a process of its own and has this process's environment.
	for n, v := range r.env {
		t.Setenv(n, v)
	}
	r.want("monitor", exit.NotRunning)
	r.want("start", exit.OK)
	r.want("monitor", exit.OK)
	resp, err := http.Get("http://127.0.0.1:" + port + "/")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(body), "<h1>&lt;shop&gt; on n1</h1>") || resp.Header.Get("X-Quorate-Node") != "n1" {
		t.Errorf("%s", body)
	}
	// The port is taken: a second instance says so.
	other := newResource(t, "Http", "ip", "127.0.0.1", "port", port)
	other.want("start", exit.Error)
	other.wantReason("listen tcp 127.0.0.1:" + port)
	other.want("monitor", exit.NotRunning)
	r.want("stop", exit.OK)
	r.want("monitor", exit.NotRunning)
	r.set("port", "no-port")
	r.want("start", exit.InvalidParam)
	r.set("port", port, "ip", "300.1.1.1")
	r.want("validate-all", exit.InvalidParam)
}

func TestMetadata(t *testing.T) {
	for _, name := range Names() {
		var out bytes.Buffer
		if code := Run(name, "meta-data", func(string) string { return "" }, &out, io.Discard); code != exit.OK {
			t.Fatalf("%s: %d", name, code)
		}
		m, err := meta.Parse(meta.Agent{Class: "ocf", Provider: Provider, Type: name}, out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range m.Actions {
			if a.Name != "meta-data" && registry()[name].actions[a.Name] == nil {
				t.Errorf("%s advertises %s, which it has not", name, a.Name)
			}
		}
	}
	if _, err := Metadata("nope"); !errors.Is(err, meta.ErrNotInstalled) {
		t.Error(err)
	}
}
