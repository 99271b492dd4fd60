package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"
	"golang.org/x/sys/unix"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
	"quorate/engine/messaging"
	"quorate/engine/replica"
)

// The protocols on a node's TLS port, which has the number of the UDP port of its link.
const (
	alpnAPI = "quorate-api"
	// AlpnJoin is what a machine speaks that is not a node yet and shows a join token.
	AlpnJoin = "quorate-join"
)

var errEnding = &cib.Error{Code: exit.Disconnect, Text: "the engine is ending"}

// addressBook knows the nodes' names and addresses.
type addressBook struct {
	mu    sync.Mutex
	nodes map[uint32]config.Node
	ports map[int]uint16
}

func newAddressBook(c *config.Config, admitted []replica.Admission) *addressBook {
	b := &addressBook{nodes: map[uint32]config.Node{}, ports: map[int]uint16{}}
	for _, n := range c.Nodes {
		b.nodes[n.ID] = n
	}
	for _, l := range c.Links {
		b.ports[l.ID] = l.Port
	}
	for _, a := range admitted {
		b.add(a)
	}
	return b
}

// replace takes the nodes of another configuration, and those that the log knows beyond it.
func (b *addressBook) replace(c *config.Config, admitted []replica.Admission) {
	next := newAddressBook(c, admitted)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes, b.ports = next.nodes, next.ports
}

func (b *addressBook) add(a replica.Admission) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.nodes[a.ID]; !known {
		b.nodes[a.ID] = config.Node{ID: a.ID, Name: a.Name, Addrs: a.Addrs, Votes: 1}
	}
}

func (b *addressBook) remove(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, n := range b.nodes {
		if n.DisplayName() == name {
			delete(b.nodes, id)
		}
	}
}

// all lists the nodes by id.
func (b *addressBook) all() []config.Node {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]config.Node, 0, len(b.nodes))
	for _, n := range b.nodes {
		list = append(list, n)
	}
	sortBy(list, func(n config.Node) uint32 { return n.ID })
	return list
}

func (b *addressBook) node(id uint32) (config.Node, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.nodes[id]
	return n, ok
}

func (b *addressBook) named(name string) (config.Node, bool) {
	for _, n := range b.all() {
		if n.DisplayName() == name {
			return n, true
		}
	}
	return config.Node{}, false
}

// addr is HOST:PORT of a node on a link, "" if it has none there.
func (b *addressBook) addr(n config.Node, link int) string {
	host, ok := n.Addrs[link]
	if !ok {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return net.JoinHostPort(host, strconv.Itoa(int(b.ports[link])))
}

// dial opens a TLS connection to a node over a link that works, trying the others after it.
func (e *Engine) dial(ctx context.Context, peer uint32, alpn string) (net.Conn, error) {
	n, ok := e.names.node(peer)
	if !ok {
		return nil, fmt.Errorf("node %d is not known", peer)
	}
	var failed error = fmt.Errorf("node %s has no address", n.DisplayName())
	for _, link := range e.linkOrder(peer, n) {
		cfg := e.ident.ClientTLS(n.DisplayName(), alpn)
		d := tls.Dialer{Config: cfg, NetDialer: &net.Dialer{Timeout: linkDialTimeout, KeepAlive: -1, LocalAddr: e.localAddr(link)}}
		conn, err := d.DialContext(ctx, "tcp", e.names.addr(n, link))
		if err == nil {
			return conn, nil
		}
		failed = err
	}
	return nil, failed
}

const linkDialTimeout = 500 * time.Millisecond

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

func (e *Engine) received(g replica.Generation, m *pb.Message) { e.post(Message{g, m}) }

// remote is a client of another node's API.
func (e *Engine) remote(id uint32) *api.Client {
	return api.NewClient("http://node", func(ctx context.Context) (net.Conn, error) { return e.dial(ctx, id, alpnAPI) })
}

// listen opens the TLS port on every link. An address that is not there yet is waited for by the kernel (IP_FREEBIND).
func (e *Engine) listen() error {
	e.nodes, e.joins = newConnListener(), newConnListener()
	mux := http.NewServeMux()
	mux.Handle("/", api.Handler(&cluster{e, false}))
	mux.HandleFunc("POST "+fencePath, e.fencing.serveAgent)
	mux.HandleFunc("POST "+reloadPath, e.serveReload)
	mux.HandleFunc("POST "+killPath, e.serveKill)
	mux.HandleFunc("POST "+votesPath, e.serveVotes)
	server := &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(e.set.Log.Handler(), slog.LevelDebug)}
	go func() { _ = server.Serve(e.nodes) }() // ends with Close below
	joinServer := &http.Server{Handler: e.joinHandler(), ReadTimeout: joinTimeout, WriteTimeout: joinTimeout}
	go func() { _ = joinServer.Serve(e.joins) }()
	context.AfterFunc(e.work, func() { server.Close(); joinServer.Close() })
	return e.openLinks()
}

// openLinks listens on the links of this node that are not listened on yet, and gives up those that it has no more.
func (e *Engine) openLinks() error {
	e.linkLock.Lock()
	defer e.linkLock.Unlock()
	me, open := e.me(), net.ListenConfig{Control: freebind}
	for link := range me.Addrs {
		addr := e.names.addr(me, link)
		if e.listeners[addr] != nil {
			continue
		}
		l, err := open.Listen(e.work, "tcp", addr)
		if err != nil {
			return fmt.Errorf("listen for the other nodes: %w", err)
		}
		e.listeners[addr] = l
		context.AfterFunc(e.work, func() { l.Close() })
		go e.accept(l)
	}
	for addr, l := range e.listeners {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(me.Addrs)), func(link int) bool { return e.names.addr(me, link) == addr }) {
			l.Close()
			delete(e.listeners, addr)
		}
	}
	return nil
}

func freebind(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_FREEBIND, 1) })
	return errors.Join(err, failed)
}

func (e *Engine) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			go e.greetCaller(conn)
		case errors.Is(err, net.ErrClosed):
			return
		default: // too many open files, for one: the node must not stay deaf when that is over
			e.set.Log.Error("cannot take connections of other nodes", "reason", err.Error())
			time.Sleep(acceptPause)
		}
	}
}

const acceptPause = 100 * time.Millisecond

const handshakeTimeout = 5 * time.Second

// greetCaller does the handshake and hands the connection to the protocol that was agreed on.
func (e *Engine) greetCaller(raw net.Conn) {
	nodes := e.ident.ServerTLS(replica.ALPN, alpnAPI)
	nodes.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Contains(hello.SupportedProtos, AlpnJoin) {
			return e.ident.JoinServerTLS(AlpnJoin), nil
		}
		return nil, nil
	}
	conn := tls.Server(raw, nodes)
	ctx, cancel := context.WithTimeout(e.work, handshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		e.set.Log.Warn("a connection was refused", "from", raw.RemoteAddr().String(), "reason", err.Error())
		conn.Close()
		return
	}
	switch conn.ConnectionState().NegotiatedProtocol {
	case replica.ALPN:
		if _, id, err := messaging.PeerOf(conn.ConnectionState()); err == nil {
			_ = e.links.Serve(conn, uint64(id)) // the peer dials again
			return
		}
		conn.Close()
	case alpnAPI:
		e.nodes.give(conn)
	case AlpnJoin:
		e.joins.give(conn)
	default:
		conn.Close()
	}
}

// connListener lets an http.Server take connections that were accepted elsewhere.
type connListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newConnListener() *connListener {
	return &connListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// opened hides from http.Server that a connection is TLS: it would hang up on an ALPN name that is not HTTP's.
type opened struct{ net.Conn }

func (l *connListener) give(c net.Conn) {
	select {
	case l.conns <- opened{c}:
	case <-l.done:
		c.Close()
	}
}

// Accept implements net.Listener.
func (l *connListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *connListener) Close() error { l.once.Do(func() { close(l.done) }); return nil }

// Addr implements net.Listener.
func (l *connListener) Addr() net.Addr { return &net.UnixAddr{Name: "handed over"} }

// serveAPI opens the node's own socket.
func (e *Engine) serveAPI() error {
	path := e.set.Socket
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return err
	}
	server := &http.Server{Handler: api.Handler(&cluster{e, true})}
	context.AfterFunc(e.work, func() { server.Close() })
	go func() { _ = server.Serve(l) }()
	return nil
}
