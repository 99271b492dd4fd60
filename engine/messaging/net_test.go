package messaging

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"quorate/engine/messaging/detector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loopback returns n nodes with the given number of links on addresses of 127.0.0.0/8.
func loopback(t testing.TB, n, links int) []Peer {
	t.Helper()
	probe, err := openSocket(0, netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Skip("needs UDP on the loopback interface: ", err)
	}
	defer probe.close()
	bound, err := unix.Getsockname(probe.fd)
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(bound.(*unix.SockaddrInet4).Port) // free, or nearly so
	var out []Peer
	for i := range n {
		p := Peer{ID: uint32(i + 1), Name: fmt.Sprintf("node%d", i+1), Addrs: map[int]netip.AddrPort{}}
		for l := range links {
			p.Addrs[l] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 7, byte(l), byte(i + 1)}), port)
		}
		out = append(out, p)
	}
	return out
}

func startNode(t testing.TB, id uint32, peers []Peer, token time.Duration, change ...func(*Config)) *Net {
	t.Helper()
	cfg := Config{Self: id, Token: token, Key: testKey(7), Peers: peers, Transport: "knet"}
	for _, c := range change {
		c(&cfg)
	}
	n, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// await returns the first event that is wanted; others are passed over. It fails the test after a time
// that only matters when something is broken.
func await(t testing.TB, n *Net, what string, wanted func(Event) bool) Event {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case e := <-n.Events():
			if wanted(e) {
				return e
			}
		case <-timeout:
			t.Fatalf("node %d: no %s", n.cfg.Self, what)
		}
	}
}

func is(kind EventKind, node uint32) func(Event) bool {
	return func(e Event) bool { return e.Kind == kind && e.Node == node }
}

// awaitUp waits for several nodes to come up, in any order.
func awaitUp(t testing.TB, n *Net, nodes ...uint32) {
	t.Helper()
	for len(nodes) > 0 {
		e := await(t, n, fmt.Sprintf("up of %v", nodes), func(e Event) bool { return e.Kind == Up && slices.Contains(nodes, e.Node) })
		nodes = slices.DeleteFunc(nodes, func(id uint32) bool { return id == e.Node })
	}
}

func TestThreeNodes(t *testing.T) {
	peers := loopback(t, 3, 2)
	began := time.Now()
	const token = 300 * time.Millisecond
	a := startNode(t, 1, peers, token)
	b := startNode(t, 2, peers, token, func(c *Config) { c.Payload = []byte("from b") })
	c := startNode(t, 3, peers, token)
	awaitUp(t, c, 1, 2)
	awaitUp(t, b, 1, 3)
	up := await(t, a, "up 2", is(Up, 2))
	if string(up.Payload) != "from b" || up.Incarnation == 0 {
		t.Errorf("%+v", up)
	}
	t.Logf("all up after %v", time.Since(began).Round(time.Microsecond))

	b.SetPayload([]byte("more"))
	if e := await(t, a, "payload", is(Payload, 2)); string(e.Payload) != "more" {
		t.Errorf("%q", e.Payload)
	}
	if b.SetPayload(make([]byte, detector.PayloadMax+1)) == nil {
		t.Error("an oversized payload was taken")
	}
	links := a.Links()
	if len(links.Links) != 2 || len(links.Links[1].Peers) != 3 || !links.Links[0].Peers[0].Local || !links.Links[0].Peers[1].Connected ||
		links.Links[0].Peers[1].RTT <= 0 || links.Links[1].Peers[2].MTU < 1000 || links.Links[1].Addr != "127.7.1.1" {
		t.Errorf("%+v", links)
	}

	b.Leave()
	b.Close()
	if e := await(t, a, "down 2", is(Down, 2)); e.Reason != detector.ReasonLeft {
		t.Errorf("node 2 is down: %s", e.Reason)
	}
	c.Close() // no leave: a crash
	crashed := time.Now()
	if e := await(t, a, "down 3", is(Down, 3)); e.Reason != detector.ReasonLost {
		t.Errorf("node 3 is down: %s", e.Reason)
	}
	if took := time.Since(crashed); took < token/2 {
		t.Errorf("node 3 was dropped after %v", took)
	}
	b2 := startNode(t, 2, peers, token)
	awaitUp(t, b2, 1)
	awaitUp(t, a, 2)
}

// The loop reads what is queued before it looks at the clock: here it never gets to run.
func TestTimerReadsFirst(t *testing.T) {
	peers := loopback(t, 2, 1)
	a, b := startNode(t, 1, peers, 10*time.Second), startNode(t, 2, peers, 10*time.Second)
	awaitUp(t, a, 2)
	awaitUp(t, b, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := b.SetPayload([]byte("in the socket")); err != nil {
		t.Fatal(err)
	}
	a.woken()
	if e := await(t, a, "payload", is(Payload, 2)); string(e.Payload) != "in the socket" {
		t.Errorf("%q", e.Payload)
	}
}

// A process that was not scheduled for longer than the detection time drops nobody whose packets wait for it.
func TestLateSchedulingDropsNobody(t *testing.T) {
	peers := loopback(t, 3, 1)
	const token = 10 * time.Second
	a, b, c := startNode(t, 1, peers, token), startNode(t, 2, peers, token), startNode(t, 3, peers, token)
	awaitUp(t, a, 2, 3)
	awaitUp(t, b, 1, 3)
	awaitUp(t, c, 1, 2)
	a.mu.Lock()
	a.start = a.start.Add(-token * 11 / 10) // as if nothing of a had run for so long
	for _, n := range []*Net{b, c} {
		if err := n.SetPayload([]byte("end")); err != nil {
			t.Fatal(err)
		}
	}
	a.woken()
	pauses := a.det.Stats().Pauses
	a.mu.Unlock()
	if pauses == 0 {
		t.Error("the pause was not noticed")
	}
	for range 2 {
		await(t, a, "end", func(e Event) bool {
			if e.Kind == Down {
				t.Errorf("dropped %d: %s", e.Node, e.Reason)
			}
			return e.Kind == Payload && string(e.Payload) == "end"
		})
	}
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestWrongKey(t *testing.T) {
	peers := loopback(t, 3, 1)
	const token = 200 * time.Millisecond
	var out logBuffer
	a := startNode(t, 1, peers, token, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&out, nil)) })
	startNode(t, 2, peers, token, func(c *Config) { c.Key = testKey(8) })
	c := startNode(t, 3, peers, token)
	awaitUp(t, a, 3)
	for range 3 { // heartbeats come and go meanwhile
		c.Close()
		await(t, a, "down 3", is(Down, 3))
		c = startNode(t, 3, peers, token)
		if e := await(t, a, "any up", func(e Event) bool { return e.Kind == Up }); e.Node != 3 {
			t.Fatalf("node %d is up with another key", e.Node)
		}
	}
	if n := a.Counters().Undecryptable; n < 3 {
		t.Errorf("%d packets counted", n)
	}
	if n := strings.Count(out.String(), "authkey"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, out.String())
	}
}

func TestAddressThatIsNotThere(t *testing.T) {
	peers := loopback(t, 2, 2)
	peers[0].Addrs[1] = netip.MustParseAddrPort("192.0.2.7:5406") // no interface has it
	var out logBuffer
	a := startNode(t, 1, peers, 200*time.Millisecond, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&out, nil)) })
	b := startNode(t, 2, peers, 200*time.Millisecond)
	awaitUp(t, a, 2)
	awaitUp(t, b, 1)
	if l := a.Links().Links[1]; l.Peers[1].Connected || l.Peers[1].MTU != 0 {
		t.Errorf("%+v", l)
	}
	b.Close()
	await(t, a, "down 2", is(Down, 2))
	if n := strings.Count(out.String(), "cannot send"); n != 1 || a.Counters().SendErrors < 5 {
		t.Errorf("%d errors, logged %d times:\n%s", a.Counters().SendErrors, n, out.String())
	}
}

func TestIPv6(t *testing.T) {
	peers := loopback(t, 2, 1)
	for i := range peers {
		a := peers[i].Addrs[0]
		peers[i].Addrs[0] = netip.AddrPortFrom(netip.IPv6Loopback(), a.Port()+uint16(i))
	}
	a, b := startNode(t, 1, peers, time.Second), startNode(t, 2, peers, time.Second)
	awaitUp(t, a, 2)
	awaitUp(t, b, 1)
}

func TestSetPeers(t *testing.T) {
	all := loopback(t, 3, 2)
	const token = 200 * time.Millisecond
	a, b := startNode(t, 1, all[:2], token), startNode(t, 2, all[:2], token)
	awaitUp(t, a, 2)
	awaitUp(t, b, 1)
	for _, n := range []*Net{a, b} {
		if err := n.SetPeers(all, token); err != nil {
			t.Fatal(err)
		}
	}
	c := startNode(t, 3, all, token)
	awaitUp(t, c, 1, 2)
	awaitUp(t, a, 3)
	if err := a.SetPeers([]Peer{all[0], all[2]}, token); err != nil {
		t.Fatal(err)
	}
	if e := await(t, a, "down 2", is(Down, 2)); e.Reason != detector.ReasonRemoved {
		t.Error(e.Reason)
	}
	if a.SetPeers(all[1:], token) == nil {
		t.Error("removed itself")
	}
	// Its own address on link 1 moves; the other link carries on.
	moved := slices.Clone(all)
	moved[0].Addrs = map[int]netip.AddrPort{0: all[0].Addrs[0], 1: netip.AddrPortFrom(netip.MustParseAddr("127.7.1.77"), all[0].Addrs[1].Port())}
	for _, n := range []*Net{a, c} {
		if err := n.SetPeers(moved, token); err != nil {
			t.Fatal(err)
		}
	}
	awaitUp(t, a, 2)
	if got := a.Links().Links[1].Addr; got != "127.7.1.77" {
		t.Error(got)
	}
	taken := slices.Clone(moved)
	taken[0].Addrs = map[int]netip.AddrPort{0: all[1].Addrs[0]}
	if err := a.SetPeers(taken, token); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("took node 2's address: %v", err)
	}
}

func TestStartRefuses(t *testing.T) {
	peers := loopback(t, 2, 1)
	for _, c := range []Config{
		{Self: 9, Token: time.Second, Key: testKey(1), Peers: peers},
		{Self: 1, Token: time.Second, Peers: peers},
		{Self: 1, Token: time.Millisecond, Key: testKey(1), Peers: peers},
		{Self: 1, Token: time.Second, Key: testKey(1), Peers: []Peer{{ID: 1}}},
	} {
		if n, err := Start(c); err == nil {
			n.Close()
			t.Errorf("%+v was accepted", c)
		}
	}
	startNode(t, 1, peers, time.Second)
	if n, err := Start(Config{Self: 1, Token: time.Second, Key: testKey(1), Peers: peers}); err == nil {
		n.Close()
		t.Error("two nodes on one address")
	}
	closed := startNode(t, 2, peers, time.Second)
	closed.Close()
	if closed.SetPeers(peers, time.Second) == nil {
		t.Error("a closed node took peers")
	}
}

func TestSeal(t *testing.T) {
	a, _ := newSealer(testKey(1))
	b, _ := newSealer(testKey(1))
	c, _ := newSealer(testKey(2))
	msg := []byte("heartbeat")
	one, two := a.seal(nil, msg), a.seal(nil, msg)
	if bytes.Equal(one[4:16], two[4:16]) {
		t.Fatal("a nonce was used twice")
	}
	if got, err := b.open(slices.Clone(one)); err != nil || string(got) != "heartbeat" {
		t.Error(string(got), err)
	}
	if _, err := c.open(slices.Clone(one)); err == nil || err == errForeign {
		t.Error("another key:", err)
	}
	for i := range one {
		bad := slices.Clone(one)
		bad[i] ^= 1
		if _, err := b.open(bad); err == nil {
			t.Errorf("byte %d changed unnoticed", i)
		}
	}
	a.counter = 1<<32 - 1
	prefix := a.prefix
	if got, err := b.open(a.seal(nil, msg)); err != nil || string(got) != "heartbeat" || a.prefix == prefix {
		t.Error("counter end:", err)
	}
}

// BenchmarkIdle measures what the heartbeats of an idle node cost: three nodes, two links each, default
// detection time. The metric is the share of one core that one node takes, in percent.
func BenchmarkIdle(b *testing.B) {
	peers := loopback(b, 3, 2)
	nodes := []*Net{startNode(b, 1, peers, time.Second), startNode(b, 2, peers, time.Second), startNode(b, 3, peers, time.Second)}
	awaitUp(b, nodes[0], 2, 3)
	for b.Loop() {
		before, at := cpu(), time.Now()
		time.Sleep(5 * time.Second)
		b.ReportMetric(float64(cpu()-before)/float64(time.Since(at))*100/3, "%core/node")
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
