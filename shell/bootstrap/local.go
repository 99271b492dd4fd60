package bootstrap

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
)

// localMarker is in the environment of everything that belongs to one node of a local cluster, so that a power
// loss of that node can be made.
const localMarker = "QUORATE_LOCAL_NODE"

const localNodesMax = 16

// socketPathMax is what the kernel takes as the path of a unix socket.
const socketPathMax = 107

// localCluster is a cluster of several nodes on this machine, one process each.
type localCluster struct{ dir string }

func (l localCluster) nodes() []string {
	found, _ := filepath.Glob(filepath.Join(l.dir, "node*", "corosync.conf"))
	var names []string
	for _, f := range found {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	return names
}

// named checks that the cluster has a node of that name.
func (l localCluster) named(name string) (string, error) {
	if nodes := l.nodes(); !slices.Contains(nodes, name) {
		return "", cib.Errorf(exit.NoSuch, "the local cluster has no node %s: its nodes are %s", name, strings.Join(nodes, " "))
	}
	return name, nil
}

func (l localCluster) paths(node string) Paths {
	d := filepath.Join(l.dir, node)
	return Paths{Config: filepath.Join(d, "corosync.conf"), State: d, Socket: api.NodeSocket(l.dir, node),
		Tmp: filepath.Join(d, "tmp"), Log: filepath.Join(d, "quorate.log")}
}

// theLocal is the user's local cluster.
func theLocal() (localCluster, error) {
	dir := api.LocalDir()
	if dir == "" {
		return localCluster{}, &cib.Error{Code: exit.NotConfigured, Text: "there is no local cluster", Hint: "make one with 'crm cluster start --local 3'"}
	}
	return localCluster{dir}, nil
}

// makeLocal writes the files of a new local cluster, or takes those of an earlier one of the same size.
func makeLocal(dir string, n int) (localCluster, error) {
	l := localCluster{dir}
	if have := len(l.nodes()); have == n {
		return l, nil
	} else if have > 0 {
		return l, &cib.Error{Code: exit.Exists, Text: fmt.Sprintf("%s has a local cluster of %d nodes", dir, have), Hint: "give another --dir, or remove that folder"}
	}
	if s := l.paths(nodeName(n)).Socket; len(s) > socketPathMax {
		return l, &cib.Error{Code: exit.Usage, Text: fmt.Sprintf("the path %s is too long for a socket: %d characters, at most %d", s, len(s), socketPathMax), Hint: "give a shorter --dir"}
	}
	key := config.NewKey()
	text, err := localConfig(n)
	if err != nil {
		return l, err
	}
	for i := 1; i <= n; i++ {
		p := l.paths(nodeName(i))
		if err := os.MkdirAll(p.State, 0o755); err != nil {
			return l, err
		}
		if err := config.WriteKey(p.key(), key, true); err != nil {
			return l, err
		}
		if err := os.WriteFile(p.Config, text, 0o644); err != nil {
			return l, err
		}
	}
	return l, nil
}

func nodeName(i int) string { return "node" + strconv.Itoa(i) }

// localConfig is the corosync.conf of n processes on this machine.
func localConfig(n int) ([]byte, error) {
	var nodes []config.Node
	for i := 1; i <= n; i++ {
		nodes = append(nodes, config.Node{ID: uint32(i), Name: nodeName(i), Addrs: map[int]string{0: "127.0.0." + strconv.Itoa(i)}})
	}
	c, err := config.Generate("local", nodes)
	if err != nil {
		return nil, err
	}
	return c.Text(), nil
}

// startLocal starts a local cluster, or those of its nodes that do not run.
func startLocal(ctx context.Context, env Env, n int, dir string, wait time.Duration) error {
	if n < 1 || n > localNodesMax {
		return cib.Errorf(exit.Usage, "a local cluster has 1 to %d nodes", localNodesMax)
	}
	if dir == "" {
		dir = filepath.Join(filepath.Dir(api.LocalPointer()), "local-cluster")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if other, err := theLocal(); err == nil && other.dir != dir && other.runs(ctx) {
		return &cib.Error{Code: exit.Exists, Text: "your local cluster in " + other.dir + " runs", Hint: "stop it first: crm cluster stop"}
	}
	l, err := makeLocal(dir, n)
	if err != nil {
		return err
	}
	if err := remember(dir); err != nil {
		return err
	}
	began := time.Now()
	started, err := l.startAll(ctx)
	if err != nil {
		return err
	}
	if err := awaitOnline(ctx, l.paths(nodeName(1)).Socket, n, wait); err != nil {
		return err
	}
	if started == 0 {
		fmt.Fprintf(env.Out, "the local cluster runs already: %d %s online, files in %s\n", n, plural(n, "node"), dir)
		return nil
	}
	fmt.Fprintf(env.Out, "%d %s online after %.2f s, files in %s\n", n, plural(n, "node"), time.Since(began).Seconds(), dir)
	return nil
}

// startAll starts the nodes that do not run, and returns how many that were. If one cannot start, those that did are stopped
// again.
func (l localCluster) startAll(ctx context.Context) (int, error) {
	var started []string
	for _, name := range l.nodes() {
		err := ctx.Err()
		if err == nil {
			err = l.start(ctx, name)
		}
		if cib.CodeOf(err) == exit.Exists {
			continue
		}
		if err != nil {
			for _, s := range slices.Backward(started) {
				_ = stopEngine(context.WithoutCancel(ctx), l.paths(s).Socket, s) // what hindered the start is the news
			}
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		started = append(started, name)
	}
	return len(started), nil
}

// runs tells whether any node answers.
func (l localCluster) runs(ctx context.Context) bool {
	return slices.ContainsFunc(l.nodes(), func(name string) bool {
		_, err := api.DialSocket(l.paths(name).Socket).Status(ctx)
		return err == nil
	})
}

// remember writes where the local cluster is, for later commands.
func remember(dir string) error {
	if err := os.MkdirAll(filepath.Dir(api.LocalPointer()), 0o755); err != nil {
		return err
	}
	return os.WriteFile(api.LocalPointer(), []byte(dir+"\n"), 0o644)
}

func (l localCluster) start(ctx context.Context, name string) error {
	p := l.paths(name)
	return spawn(ctx, p, []string{localMarker + "=" + filepath.Join(l.dir, name)}, "--node", name)
}

// awaitOnline waits until n nodes are online and there is a DC.
func awaitOnline(ctx context.Context, socket string, n int, wait time.Duration) error {
	return await(ctx, socket, wait, "not all nodes are online", func(s *api.Status) bool { return online(s) >= n })
}

// awaitSelf waits until the node that the socket belongs to is online.
func awaitSelf(ctx context.Context, socket string, wait time.Duration) error {
	return await(ctx, socket, wait, "the node is not online", func(s *api.Status) bool {
		return slices.ContainsFunc(s.Nodes, func(n api.Node) bool { return n.ID == s.NodeID && n.Online })
	})
}

// await asks a node again and again until there is a DC and done holds.
func await(ctx context.Context, socket string, wait time.Duration, what string, done func(*api.Status) bool) error {
	bounded, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	client := api.DialSocket(socket)
	for {
		s, err := client.Status(bounded)
		if err == nil && s.DC != "" && done(s) {
			return nil
		}
		select {
		case <-bounded.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil && s.WaitingFor != "" {
				return cib.Errorf(exit.Timeout, "the cluster is not ready: %s", s.WaitingFor)
			}
			return cib.Errorf(exit.Timeout, "%s after %v", what, wait)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func online(s *api.Status) int {
	n := 0
	for _, node := range s.Nodes {
		if node.Online {
			n++
		}
	}
	return n
}

// kill ends the engine of a node and all that it started, found by the marker in their environment.
func (l localCluster) kill(name string) error {
	marker := []byte(localMarker + "=" + filepath.Join(l.dir, name) + "\x00")
	killed := 0
	for range 5 { // what forks meanwhile is found in the next round
		pids := withEnvironment(marker)
		for _, pid := range pids {
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed++
			}
		}
		if len(pids) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if killed == 0 {
		return cib.Errorf(exit.NoSuch, "node %s does not run", name)
	}
	return os.RemoveAll(l.paths(name).Tmp) // as /run is empty after a power loss
}

// withEnvironment lists the processes whose environment has the entry.
func withEnvironment(entry []byte) []int {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	var pids []int
	for _, f := range files {
		pid, err := strconv.Atoi(strings.Split(f, "/")[2])
		if err != nil || pid == os.Getpid() {
			continue
		}
		data, err := os.ReadFile(f)
		if err == nil && (bytes.HasPrefix(data, entry) || bytes.Contains(data, append([]byte{0}, entry...))) {
			pids = append(pids, pid)
		}
	}
	return pids
}
