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
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"quorate/engine/api"
	"quorate/engine/messaging"
	"quorate/engine/replica"
)

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
