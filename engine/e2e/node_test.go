//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"quorate/engine/api"
)

// node is one machine of the lab.
type node struct {
	lab   *lab
	index int
	name  string
	dir   string // its files
	init  *exec.Cmd
	pid   atomic.Int64 // of its PID 1; 0 = switched off
}

func (n *node) addr() string { return ringAddr(0, 10+n.index) }

func (n *node) alive() bool { return n.pid.Load() != 0 }

const nodeNamespaces = syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC

// boot switches the machine on, without an engine.
func (n *node) boot() {
	n.lab.t.Helper()
	n.lab.must(os.MkdirAll(n.dir, 0o755))
	ready := filepath.Join(n.dir, "ready")
	_ = os.Remove(ready) // of the boot before
	var out bytes.Buffer
	n.init = start(n.lab.t, nodeNamespaces, &out, "sh", "-c", nodeScript, "node", n.name, n.dir, filepath.Join(n.lab.dir, "sbin"))
	until(n.lab.t, 5*time.Second, n.name+" boots", func() bool { _, err := os.Stat(ready); return err == nil })
	pid := n.init.Process.Pid
	n.pid.Store(int64(pid))
	for r := range n.lab.rings {
		port := n.port(r)
		n.lab.inBridge(fmt.Sprintf("ip link del %s 2>/dev/null; ip link add %s type veth peer name eth%d netns %d && ip link set %s master br%d up", port, port, r, pid, port, r))
		n.run("", "sh", "-c", fmt.Sprintf("ip addr add %s/24 dev eth%d && ip link set eth%d up", ringAddr(r, 10+n.index), r, r))
	}
}

// port is the bridge's end of the node's cable in a ring.
func (n *node) port(ring int) string { return fmt.Sprintf("%c%d", "pqrs"[ring], n.index) }

// enter is the beginning of a command line that runs in the node.
func (n *node) enter() []string {
	return []string{"nsenter", "-t", fmt.Sprint(n.pid.Load()), "-n", "-m", "-u", "-i", "-p", "--", "env", "-i",
		"HOME=/run/home", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
}

// try runs a command in the node.
func (n *node) try(stdin string, words ...string) (string, error) {
	return command(stdin, append(n.enter(), words...)...)
}

// run is try for what must succeed.
func (n *node) run(stdin string, words ...string) string {
	n.lab.t.Helper()
	out, err := n.try(stdin, words...)
	if err != nil {
		n.lab.t.Fatalf("%s: %v", n.name, err)
	}
	return out
}

// crm runs a one-shot crm command, given as one line.
func (n *node) crm(line string) string {
	n.lab.t.Helper()
	return n.run("", append([]string{"crm"}, strings.Fields(line)...)...)
}

// startEngine starts the engine and does not wait for anything.
func (n *node) startEngine() {
	n.lab.t.Helper()
	log, err := os.OpenFile(n.logFile(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	n.lab.must(err)
	defer log.Close()
	cmd := start(n.lab.t, 0, log, append(n.enter(), "crm", "cluster", "run")...)
	go func() { _ = cmd.Wait() }() // reaps it; how it ended is in its log
}

func (n *node) logFile() string { return filepath.Join(n.dir, "engine.log") }

// logTail is the end of the engine's log.
func (n *node) logTail(lines int) string {
	data, _ := os.ReadFile(n.logFile())
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// logSince is what the engine has logged beyond the first so many bytes.
func (n *node) logSince(size int) string {
	data, err := os.ReadFile(n.logFile())
	n.lab.must(err)
	return string(data[min(size, len(data)):])
}

// kill ends every process of the node at once.
func (n *node) kill() {
	if n.init != nil && n.pid.Swap(0) != 0 {
		end(n.init)
	}
}

// powerLoss takes the link away first, so that no closing packet tells the others.
func (n *node) powerLoss() {
	n.lab.t.Helper()
	for r := range n.lab.rings {
		n.lab.inBridge("ip link set " + n.port(r) + " down")
	}
	n.kill()
}

// cut loses all packets to and from the node; heal ends that.
func (n *node) cut()  { n.eachRing((*node).cutRing) }
func (n *node) heal() { n.eachRing((*node).healRing) }

func (n *node) eachRing(do func(*node, int)) {
	for r := range n.lab.rings {
		do(n, r)
	}
}

func (n *node) cutRing(r int) { n.lab.inBridge(fmt.Sprintf("ip link set %s nomaster", n.port(r))) }
func (n *node) healRing(r int) {
	n.lab.inBridge(fmt.Sprintf("ip link set %s master br%d", n.port(r), r))
}

// file is the path by which a file of the node is seen from outside.
func (n *node) file(path string) string { return fmt.Sprintf("/proc/%d/root%s", n.pid.Load(), path) }

func (n *node) exists(path string) bool {
	_, err := os.Stat(n.file(path))
	return n.alive() && err == nil
}

// hasMode: others may read what they need, and no more.
func (n *node) hasMode(path string, want os.FileMode) {
	n.lab.t.Helper()
	info, err := os.Stat(n.file(path))
	if err != nil {
		n.lab.t.Error(err)
	} else if info.Mode().Perm() != want {
		n.lab.t.Errorf("%s on %s: mode %v, not %v", path, n.name, info.Mode().Perm(), want)
	}
}

// hasAddr tells whether the node's kernel has an address now.
func (n *node) hasAddr(ip string) bool {
	if !n.alive() {
		return false
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/fib_trie", n.pid.Load()))
	if err != nil {
		return false
	}
	_, after, found := bytes.Cut(data, []byte("|-- "+ip+"\n"))
	kind, _, _ := bytes.Cut(after, []byte("\n"))
	return found && bytes.HasSuffix(kind, []byte("/32 host LOCAL"))
}

// engine is the node's own API, asked from outside.
func (n *node) engine() *api.Client { return api.DialSocket(n.file(api.DefaultSocket)) }

// status is nil while the engine does not answer.
func (n *node) status() *api.Status {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if !n.alive() {
		return nil
	}
	s, err := n.engine().Status(ctx)
	if err != nil {
		return nil
	}
	return s
}

// sees tells whether the node is in a quorate cluster with a DC and exactly this many nodes online.
func (n *node) sees(online int) bool {
	s := n.status()
	if s == nil || s.DC == "" || !s.Quorate {
		return false
	}
	for _, p := range s.Nodes {
		if p.Online {
			online--
		}
	}
	return online == 0
}

// settle waits until the cluster has nothing left to do.
func (n *node) settle() {
	n.lab.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandPatience)
	defer cancel()
	var err error
	until(n.lab.t, commandPatience, "the cluster settles", func() bool {
		err = n.engine().WaitIdle(ctx)
		return err == nil || ctx.Err() != nil
	})
	if err != nil {
		n.lab.t.Fatalf("seen from %s: %v", n.name, err)
	}
}

// runsOn asks the cluster where a resource is.
func (n *node) runsOn(resource string) string {
	out, _ := n.try("", "crm_resource", "--resource", resource, "--locate", "--quiet") // nowhere is an error of the tool
	return strings.Join(strings.Fields(out), " ")
}
