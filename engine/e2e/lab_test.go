//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// vip is the address that the client asks.
const vip = "10.78.0.200"

var (
	//go:embed testdata/node.sh
	nodeScript string
	//go:embed testdata/nginx.conf
	nginxConf []byte
	//go:embed testdata/fence_e2e
	fenceAgent []byte
)

// binary is the crm under test, built once.
var binary string

func TestMain(m *testing.M) {
	if url := os.Getenv(probeVariable); url != "" {
		probe(url)
		return
	}
	os.Exit(mainWithBinary(m))
}

func mainWithBinary(m *testing.M) int {
	if why := missing(); why != "" {
		fmt.Println("skipped: " + why)
		return 0
	}
	dir, err := os.MkdirTemp("", "quorate-e2e-bin-")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "crm")
	build := exec.Command("go", "build", "-o", binary, "quorate")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Printf("%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// missing says what this machine lacks, "" if nothing.
func missing() string {
	if os.Getuid() != 0 {
		return "network tests make namespaces: run them as root"
	}
	need := []struct{ path, pkg string }{
		{"/usr/lib/ocf/resource.d/heartbeat/IPaddr2", "resource-agents"}, {"/usr/sbin/nginx", "nginx-light"},
		{"/usr/bin/curl", "curl"}, {"/usr/bin/nsenter", "util-linux"}, {"/usr/bin/unshare", "util-linux"},
	}
	var packages []string
	for _, n := range need {
		if _, err := os.Stat(n.path); err != nil {
			packages = append(packages, n.pkg)
		}
	}
	if _, err := exec.LookPath("ip"); err != nil {
		packages = append(packages, "iproute2")
	}
	if len(packages) > 0 {
		return "network tests need more packages: apt-get install " + strings.Join(packages, " ")
	}
	if out, err := exec.Command("unshare", "-n", "true").CombinedOutput(); err != nil {
		return "network tests need the right to make namespaces: " + strings.TrimSpace(string(out))
	}
	return ""
}

// lab is a bridge with the nodes on it; or several, one for each ring.
type lab struct {
	t      *testing.T
	dir    string
	bridge *exec.Cmd // the namespace of all bridges
	rings  int
	nodes  []*node
}

// newLab makes the bridge and n nodes that are switched off. All of it goes with the test.
func newLab(t *testing.T, n int) *lab { return newRings(t, n, 1) }

// newRings is newLab with several networks.
func newRings(t *testing.T, n, rings int) *lab {
	t.Helper()
	dir, err := os.MkdirTemp("", "quorate-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, dir: dir, rings: rings}
	t.Cleanup(l.remove)
	for _, d := range []string{"sbin", "fence"} {
		l.must(os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	l.must(os.Link(binary, filepath.Join(dir, "sbin", "crm")))
	for _, tool := range []string{"crm_mon", "crm_resource"} {
		l.must(os.Symlink("crm", filepath.Join(dir, "sbin", tool)))
	}
	l.must(os.WriteFile(filepath.Join(dir, "sbin", "fence_e2e"), fenceAgent, 0o755))
	l.must(os.WriteFile(filepath.Join(dir, "nginx.conf"), nginxConf, 0o644))
	l.bridge = start(t, syscall.CLONE_NEWNET, nil, "sleep", "infinity")
	l.inBridge("ip link set lo up")
	for r := range rings {
		l.inBridge(fmt.Sprintf("ip link add br%d type bridge stp_state 0 forward_delay 0 && ip addr add %s/24 dev br%d && ip link set br%d up", r, ringAddr(r, 1), r, r))
	}
	for i := 1; i <= n; i++ {
		l.nodes = append(l.nodes, &node{lab: l, index: i, name: fmt.Sprintf("node%d", i), dir: filepath.Join(dir, fmt.Sprintf("node%d", i))})
	}
	return l
}

// ringAddr is an address in the network of a ring.
func ringAddr(ring, host int) string { return fmt.Sprintf("10.%d.0.%d", 78+ring, host) }

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// remove ends everything. E2E_KEEP keeps the files; after a failure the engines' logs are shown.
func (l *lab) remove() {
	for _, n := range l.nodes {
		n.kill()
		if l.t.Failed() {
			l.t.Logf("--- end of %s's log\n%s", n.name, n.logTail(60))
		}
	}
	if l.bridge != nil {
		end(l.bridge)
	}
	if os.Getenv("E2E_KEEP") != "" {
		l.t.Logf("files are kept in %s", l.dir)
	} else if err := os.RemoveAll(l.dir); err != nil {
		l.t.Log(err)
	}
}

// start starts a process in namespaces of its own. It is killed when the test process ends, however that happens.
func start(t *testing.T, namespaces uintptr, out io.Writer, words ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL, Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill() // it may have ended by itself
	_ = cmd.Wait()
}

const commandPatience = 30 * time.Second

// command runs a program with a time limit and returns what it printed.
func command(stdin string, words ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.WaitDelay = time.Second // what it left in the background may hold its output open
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(words, " "), err, out)
	}
	return string(out), err
}

// inBridge runs a shell command where the bridge is.
func (l *lab) inBridge(script string) {
	l.t.Helper()
	if _, err := command("", "nsenter", "-t", fmt.Sprint(l.bridge.Process.Pid), "-n", "sh", "-c", script); err != nil {
		l.t.Fatal(err)
	}
}

// until waits for a condition, looking often.
func until(t *testing.T, patience time.Duration, what string, cond func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !cond() {
		if time.Since(began) > patience {
			t.Fatalf("not after %v: %s", patience, what)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return time.Since(began)
}

// running lists the nodes that are switched on.
func (l *lab) running() []*node {
	var list []*node
	for _, n := range l.nodes {
		if n.alive() {
			list = append(list, n)
		}
	}
	return list
}

// logSizes is how long the nodes' logs are now.
func (l *lab) logSizes() map[*node]int {
	sizes := map[*node]int{}
	for _, n := range l.nodes {
		sizes[n] = len(n.logSince(0))
	}
	return sizes
}

// named finds a node by its name.
func (l *lab) named(name string) *node {
	l.t.Helper()
	for _, n := range l.nodes {
		if n.name == name {
			return n
		}
	}
	l.t.Fatalf("there is no node %q", name)
	return nil
}

// others lists the running nodes but n.
func (l *lab) others(n *node) []*node {
	var list []*node
	for _, o := range l.running() {
		if o != n {
			list = append(list, o)
		}
	}
	return list
}
