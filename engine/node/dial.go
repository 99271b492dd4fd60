package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
	"quorate/engine/replica"
)

// The protocols on a node's TLS port, which has the number of the UDP port of its link.
const (
	alpnAPI = "quorate-api"
	// AlpnJoin is what a machine speaks that is not a node yet and shows a join token.
	AlpnJoin = "quorate-join"
)

var errEnding = &cib.Error{Code: exit.Disconnect, Text: "the engine is ending"}

// dial opens a TLS connection to a node over a link that works, trying the others after it.
func (e *Engine) dial(ctx context.Context, peer uint32, alpn string) (net.Conn, error) {
	n, ok := e.names.node(peer)
	if !ok {
		return nil, fmt.Errorf("node %d is not known", peer)
	}
	var failed error = fmt.Errorf("node %s has no address", n.DisplayName())
	for _, link := range e.linkOrder(peer, n) {
		cfg := e.ident.ClientTLS(n.DisplayName(), alpn)
		d := tls.Dialer{Config: cfg, NetDialer: nodeDialer(e.localAddr(link), alpn)}
		conn, err := d.DialContext(ctx, "tcp", e.names.addr(n, link))
		if err == nil {
			return conn, nil
		}
		failed = err
	}
	return nil, failed
}

const (
	linkDialTimeout = 500 * time.Millisecond
	// deadAfter is when a caller learns that the node which was to answer is no more: a power loss closes no connection.
	deadAfter  = 10 * time.Second
	probeEvery = 2 * time.Second
)

// nodeDialer dials other nodes. Who calls the API waits for an answer, for minutes perhaps, so that connection is watched;
// for the log's own the heartbeats say when its peer is lost.
func nodeDialer(local net.Addr, alpn string) *net.Dialer {
	d := &net.Dialer{Timeout: linkDialTimeout, KeepAlive: -1, LocalAddr: local}
	if alpn == alpnAPI {
		d.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: probeEvery, Interval: probeEvery, Count: int(deadAfter / probeEvery)}
		d.Control = func(_, _ string, c syscall.RawConn) error {
			var failed error
			err := c.Control(func(fd uintptr) {
				failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(deadAfter.Milliseconds()))
			})
			return errors.Join(err, failed)
		}
	}
	return d
}

// localAddr binds outgoing connections to the node's own address where that is a literal one: several nodes may
// share a machine.
func (e *Engine) localAddr(link int) net.Addr {
	if ip := net.ParseIP(e.me().Addrs[link]); ip != nil {
		return &net.TCPAddr{IP: ip}
	}
	return nil
}

// linkOrder lists the links of a node, connected ones first.
func (e *Engine) linkOrder(peer uint32, n config.Node) []int {
	connected := map[int]bool{}
	for _, l := range e.net.Links().Links {
		for _, p := range l.Peers {
			if p.NodeID == peer && p.Connected {
				connected[l.ID] = true
			}
		}
	}
	var order []int
	for link := range n.Addrs {
		order = append(order, link)
	}
	slices.SortFunc(order, func(a, b int) int {
		if connected[a] != connected[b] {
			if connected[a] {
				return -1
			}
			return 1
		}
		return a - b
	})
	return order
}

func (e *Engine) dialLog(ctx context.Context, peer uint64) (net.Conn, error) {
	return e.dial(ctx, uint32(peer), replica.ALPN)
}

// remote is a client of another node's API.
func (e *Engine) remote(id uint32) *api.Client {
	return api.NewClient("http://node", func(ctx context.Context) (net.Conn, error) { return e.dial(ctx, id, alpnAPI) })
}
