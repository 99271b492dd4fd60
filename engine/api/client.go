package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// DefaultSocket is where a node of a real cluster listens; the environment variable SocketVariable
// names another one.
const (
	DefaultSocket  = "/run/quorate/quorate.sock"
	SocketVariable = "QUORATE_SOCKET"
)

// Client is a Cluster reached over HTTP. It is safe for concurrent use.
type Client struct {
	http http.Client
	base string
}

var _ Cluster = (*Client)(nil)

// Dial returns a client of this machine's node: of the socket that the environment names, else of
// the default one, else of a local cluster (see LocalPointer). It does not connect yet.
func Dial() *Client { return DialSocket(SocketPath()) }

// SocketPath is the socket that Dial uses.
func SocketPath() string {
	if s := os.Getenv(SocketVariable); s != "" {
		return s
	}
	if _, err := os.Stat(DefaultSocket); err == nil {
		return DefaultSocket
	}
	if s := localSocket(); s != "" {
		return s
	}
	return DefaultSocket
}

// DialSocket returns a client of the node that listens on the unix socket at path.
func DialSocket(path string) *Client {
	return NewClient("http://node", func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	})
}

// NewClient returns a client of a node that dial connects to; base is its URL without path.
func NewClient(base string, dial func(context.Context) (net.Conn, error)) *Client {
	return &Client{base: base, http: http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}}
}

// Close gives up connections that are kept for a next request; the client can still be used.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// post sends one request and returns the body of the answer.
func (c *Client) post(ctx context.Context, path string, in any) (io.ReadCloser, error) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(in); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+prefix+path, &body)
	if err != nil {
		return nil, err
	}
	return c.do(req)
}

func (c *Client) do(req *http.Request) (io.ReadCloser, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return nil, notConnected(err)
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	defer res.Body.Close()
	refused := &cib.Error{}
	if err := json.NewDecoder(res.Body).Decode(refused); err != nil {
		return nil, cib.Errorf(exit.Protocol, "the engine answered %s", res.Status)
	}
	return nil, refused
}

// notConnected turns a failed connection into the error that tools report with code 102. Who gave up waiting knows it.
func notConnected(err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return cib.Errorf(exit.Timeout, "no answer in time")
	case errors.Is(err, os.ErrPermission):
		return &cib.Error{Code: exit.InsufficientPr, Text: "this user may not talk to the cluster on this node", Hint: "do it as root, or as a member of the group that owns the socket"}
	case errors.As(err, &op) && op.Op == "dial", errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &cib.Error{Code: exit.Disconnect, Text: "the cluster is not running on this node", Hint: "start it with 'crm cluster start'"}
	}
	return cib.Errorf(exit.Disconnect, "connection to the engine: %v", err)
}

// call is post with JSON out; out may be nil.
func (c *Client) call(ctx context.Context, path string, in, out any) error {
	body, err := c.post(ctx, path, in)
	if err != nil {
		return err
	}
	defer body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, body)
		return err
	}
	if err := json.NewDecoder(body).Decode(out); err != nil {
		return notConnected(err)
	}
	return nil
}

// answerPatience is how long an engine may take for what it knows itself. One that is stopped or stuck still has its socket,
// and nobody who asks how the cluster is should wait for ever.
const answerPatience = 10 * time.Second

// bounded does something for which the engine waits for nobody.
func bounded(ctx context.Context, do func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	err := do(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return &cib.Error{Code: exit.Timeout, Text: fmt.Sprintf("the engine does not answer within %v", answerPatience), Hint: "its log, and the state of its process, may say why"}
	}
	return err
}

// question is call for what the engine knows itself.
func (c *Client) question(ctx context.Context, path string, in, out any) error {
	return bounded(ctx, func(ctx context.Context) error { return c.call(ctx, path, in, out) })
}

// CIB implements Cluster.
func (c *Client) CIB(ctx context.Context) (doc *cib.Document, err error) {
	err = bounded(ctx, func(ctx context.Context) error {
		body, err := c.post(ctx, pathCIB, nil)
		if err != nil {
			return err
		}
		defer body.Close()
		data, err := io.ReadAll(body)
		if err != nil {
			return notConnected(err)
		}
		doc, err = cib.Parse(data)
		return err
	})
	return doc, err
}

// Perform implements Cluster.
func (c *Client) Perform(ctx context.Context, r cib.Request) error {
	return c.call(ctx, pathPerform, r, nil)
}

// UpdateAttribute implements Cluster.
func (c *Client) UpdateAttribute(ctx context.Context, u attribute.Update) error {
	return c.call(ctx, pathAttribute, u, nil)
}

// Attributes implements Cluster.
func (c *Client) Attributes(ctx context.Context, name, node string) (v []attribute.Value, err error) {
	return v, c.question(ctx, pathAttributes, attributeQuery{name, node}, &v)
}

// Cleanup implements Cluster.
func (c *Client) Cleanup(ctx context.Context, in Cleanup) error {
	return c.call(ctx, pathCleanup, in, nil)
}

// Status implements Cluster.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	s := &Status{}
	return s, c.question(ctx, pathStatus, struct{}{}, s)
}

// Links implements Cluster.
func (c *Client) Links(ctx context.Context) (*Links, error) {
	l := &Links{}
	return l, c.question(ctx, pathLinks, struct{}{}, l)
}

// Cmap implements Cluster.
func (c *Client) Cmap(ctx context.Context, keys string) (e []CmapEntry, err error) {
	return e, c.question(ctx, pathCmap, keys, &e)
}

// SetCmap implements Cluster.
func (c *Client) SetCmap(ctx context.Context, e CmapEntry) error {
	return c.call(ctx, pathSetCmap, e, nil)
}

// Fence implements Cluster.
func (c *Client) Fence(ctx context.Context, f Fence) error { return c.call(ctx, pathFence, f, nil) }

// FencingHistory implements Cluster.
func (c *Client) FencingHistory(ctx context.Context) (h []FenceEvent, err error) {
	return h, c.question(ctx, pathFencing, struct{}{}, &h)
}

// WaitIdle implements Cluster.
func (c *Client) WaitIdle(ctx context.Context) error { return c.call(ctx, pathIdle, struct{}{}, nil) }

// Shutdown implements Cluster.
func (c *Client) Shutdown(ctx context.Context) error {
	return c.call(ctx, pathShutdown, struct{}{}, nil)
}

// RemoveNode implements Cluster.
func (c *Client) RemoveNode(ctx context.Context, name string) error {
	return c.call(ctx, pathRemove, name, nil)
}

// Events implements Cluster.
func (c *Client) Events(ctx context.Context) (<-chan Event, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+prefix+pathEvents, nil)
	if err != nil {
		return nil, err
	}
	body, err := c.do(req)
	if err != nil {
		return nil, err
	}
	events := make(chan Event)
	go func() {
		defer close(events)
		defer body.Close()
		lines := bufio.NewScanner(body)
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			var e Event
			if !ok || json.Unmarshal([]byte(data), &e) != nil {
				continue
			}
			select {
			case events <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return events, nil
}

// String names the node that the client talks to, for messages.
func (c *Client) String() string { return fmt.Sprintf("engine at %s", c.base) }
