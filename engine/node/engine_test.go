package node

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/executor"
	"quorate/engine/executor/runner"
)

// testNode is one whole engine in this process: real sockets of the loopback interface, real disk, real agents (LSB
// scripts and fence agents of the test's own).
type testNode struct {
	*api.Client
	name   string
	dir    string
	config string // path of corosync.conf
	stop   context.CancelFunc
	leave  chan struct{} // to be closed: a planned leave
	ended  chan struct{}
	code   int
}

type testCluster struct {
	t       *testing.T
	dir     string // shared: scripts and what they write down
	network string // of the nodes' addresses, with its last dot
	nodes   []*testNode
	log     *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// patience bounds every wait of these tests; it is long only where the machine is busy.
const patience = 20 * time.Second

const lsbScript = `#!/bin/sh
state=$QUORATE_TEST_STATE/$(basename "$0")
case $1 in
start) touch "$state";;
stop) rm -f "$state";;
status) [ -e "$state" ] || exit 3;;
esac
`

// fenceScript writes down what it was asked for.
const fenceScript = `#!/bin/sh
input=$(sort | tr '\n' ' ')
echo "$input" >>DIR/fenced
case $input in
*action=monitor*broken=1*) echo "the device does not answer" >&2; exit 1;;
*action=list*) printf 'node1\nnode2\n';;
esac
exit 0
`

func startCluster(t *testing.T, n int) *testCluster {
	t.Helper()
	c := &testCluster{t: t, dir: t.TempDir(), network: ownNetwork(t), log: &syncBuffer{}}
	t.Cleanup(func() {
		for _, n := range c.nodes {
			n.stop()
			<-n.ended
		}
		if t.Failed() {
			t.Log(c.log.b.String())
		}
	})
	c.script("init", "service", lsbScript)
	c.script("fence", "fence_test", strings.ReplaceAll(fenceScript, "DIR", c.dir))
	key := config.NewKey()
	for i := range n {
		dir := filepath.Join(c.dir, fmt.Sprintf("node%d", i+1))
		if err := os.MkdirAll(filepath.Join(dir, "state"), 0o755); err != nil {
			t.Fatal(err)
		}
		node := &testNode{name: filepath.Base(dir), dir: dir, config: filepath.Join(dir, "corosync.conf"),
			Client: api.DialSocket(filepath.Join(dir, "sock"))}
		c.nodes = append(c.nodes, node)
		c.writeConfig(node, n, "")
		c.start(node, key, i)
	}
	c.await("all nodes online", func() bool {
		s, err := c.nodes[0].Status(t.Context())
		online := 0
		if err == nil {
			for _, n := range s.Nodes {
				if n.Online {
					online++
				}
			}
		}
		return online == n && s.DC != ""
	})
	return c
}

// ownNetwork is a network of the loopback interface that no other test and no connection of the machine uses.
func ownNetwork(t *testing.T) string {
	network := fmt.Sprintf("127.%d.%d.", 1+rand.IntN(254), rand.IntN(256))
	l, err := net.Listen("tcp", network+"1:0")
	if err != nil {
		t.Skip("no sockets on the loopback interface: ", err)
	}
	l.Close()
	return network
}

func (c *testCluster) script(dir, name, text string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Join(c.dir, dir), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, dir, name), []byte(text), 0o755); err != nil {
		c.t.Fatal(err)
	}
}

func (c *testCluster) writeConfig(n *testNode, nodes int, more string) {
	c.t.Helper()
	var b strings.Builder
	b.WriteString("totem {\n version: 2\n cluster_name: test\n token: 1000\n}\nnodelist {\n")
	for i := range nodes {
		fmt.Fprintf(&b, " node {\n  ring0_addr: %s%d\n  name: node%d\n  nodeid: %d\n }\n", c.network, i+1, i+1, i+1)
	}
	fmt.Fprintf(&b, "}\nquorum {\n provider: corosync_votequorum\n%s}\n", more)
	if err := os.WriteFile(n.config, []byte(b.String()), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

func (c *testCluster) start(n *testNode, key []byte, local int) {
	c.t.Helper()
	data, err := os.ReadFile(n.config)
	if err != nil {
		c.t.Fatal(err)
	}
	conf, err := config.Parse(n.config, data)
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	n.stop, n.leave, n.ended = stop, make(chan struct{}), make(chan struct{})
	ready := make(chan struct{})
	set := Settings{Config: conf, ConfigFile: n.config, Local: local, Key: key, StateDir: filepath.Join(n.dir, "log"),
		Socket: filepath.Join(n.dir, "sock"), TokenFile: filepath.Join(n.dir, "tokens"),
		Agents: runner.Config{InitDir: filepath.Join(c.dir, "init"), FenceDir: filepath.Join(c.dir, "fence"),
			Site: executor.Site{Node: n.name, NodeID: fmt.Sprint(local + 1), Extra: []string{"QUORATE_TEST_STATE=" + filepath.Join(n.dir, "state")}}},
		Log:   slog.New(slog.NewTextHandler(c.log, nil)).With("on", n.name),
		Ready: func() { close(ready) }, Leave: n.leave}
	go func() {
		defer close(n.ended)
		n.code, err = Run(ctx, set)
	}()
	select {
	case <-ready:
	case <-n.ended:
		c.t.Fatalf("%s does not start: %v", n.name, err)
	}
}

func (c *testCluster) await(what string, cond func() bool) {
	c.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !cond(); {
		select {
		case <-tick.C:
		case <-late:
			c.t.Fatalf("it did not happen: %s", what)
		}
	}
}

// configure adds to the configuration and waits until all is done.
func (c *testCluster) configure(section, xml string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	if err := c.nodes[0].Perform(ctx, cib.Request{Op: cib.OpModify, Section: section, AllowCreate: true, XML: xml}); err != nil {
		c.t.Fatal(err)
	}
	if err := c.nodes[0].WaitIdle(ctx); err != nil {
		c.t.Fatal(err)
	}
}

func (c *testCluster) property(name, value string) {
	c.t.Helper()
	c.configure("crm_config", fmt.Sprintf(`<crm_config><cluster_property_set id="p"><nvpair id="p-%s" name="%s" value="%s"/></cluster_property_set></crm_config>`, name, name, value))
}

func (c *testCluster) resource(xml string) {
	c.t.Helper()
	c.configure("resources", `<resources>`+xml+`</resources>`)
}

const service = `<primitive id="s" class="lsb" type="service"><operations><op id="s-m" name="monitor" interval="10s"/></operations></primitive>`

// where lists the nodes on which the service runs.
func (c *testCluster) where() (names []string) {
	for _, n := range c.nodes {
		if _, err := os.Stat(filepath.Join(n.dir, "state", "service")); err == nil {
			names = append(names, n.name)
		}
	}
	return names
}

func (c *testCluster) dc() (dc, other *testNode) {
	c.t.Helper()
	s, err := c.nodes[0].Status(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, n := range c.nodes {
		if n.name == s.DC {
			dc = n
		} else {
			other = n
		}
	}
	return dc, other
}

func (c *testCluster) logged() string {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	return c.log.b.String()
}
