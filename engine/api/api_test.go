package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// echo is a Cluster that writes down what it was asked and answers with fixed values, or with err.
type echo struct {
	asked []any
	err   error
}

func (e *echo) ask(args ...any) error { e.asked = args; return e.err }

var (
	answerStatus = &Status{Node: "n1", DC: "n2", Quorate: true, Quorum: Quorum{Members: []QuorumNode{{ID: 1, Votes: 1, Name: "n1", Addrs: []string{"10.0.0.1"}}}}}
	answerLinks  = &Links{LocalID: 1, Links: []Link{{Addr: "10.0.0.1", Peers: []LinkPeer{{NodeID: 2, RTT: time.Millisecond}}}}}
	answerTime   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	answerEvent  = Event{Time: answerTime, Kind: "dc", Node: "n1", Text: "n1 is <DC>"}
	answerCIB    = cib.New()
)

func (e *echo) CIB(context.Context) (*cib.Document, error)                  { return answerCIB, e.ask("cib") }
func (e *echo) Perform(_ context.Context, r cib.Request) error              { return e.ask(r) }
func (e *echo) UpdateAttribute(_ context.Context, u attribute.Update) error { return e.ask(u) }
func (e *echo) Attributes(_ context.Context, name, node string) ([]attribute.Value, error) {
	return []attribute.Value{{Node: "n1", Name: "x", Value: "<&>"}}, e.ask(name, node)
}
func (e *echo) Cleanup(_ context.Context, c Cleanup) error { return e.ask(c) }
func (e *echo) Status(context.Context) (*Status, error)    { return answerStatus, e.ask("status") }
func (e *echo) Links(context.Context) (*Links, error)      { return answerLinks, e.ask("links") }
func (e *echo) Cmap(_ context.Context, k string) ([]CmapEntry, error) {
	return []CmapEntry{{"a.b", "u8", "1"}}, e.ask(k)
}
func (e *echo) SetCmap(_ context.Context, c CmapEntry) error { return e.ask(c) }
func (e *echo) Fence(_ context.Context, f Fence) error       { return e.ask(f) }
func (e *echo) FencingHistory(context.Context) ([]FenceEvent, error) {
	return []FenceEvent{{Target: "n2", Completed: answerTime}}, e.ask("history")
}
func (e *echo) WaitIdle(context.Context) error                        { return e.ask("idle") }
func (e *echo) Shutdown(context.Context) error                        { return e.ask("shutdown") }
func (e *echo) RemoveNode(_ context.Context, name string) error       { return e.ask(name) }
func (e *echo) Reload(context.Context) error                          { return e.ask("reload") }
func (e *echo) ReopenLogs(context.Context) error                      { return e.ask("logs") }
func (e *echo) KillNode(_ context.Context, id uint32) error           { return e.ask(id) }
func (e *echo) SetExpectedVotes(_ context.Context, n int) error       { return e.ask(n) }
func (e *echo) SetVotes(_ context.Context, id uint32, n int) error    { return e.ask(id, n) }
func (e *echo) Fail(_ context.Context, r, n string) error             { return e.ask(r, n) }
func (e *echo) Devices(_ context.Context, t string) ([]string, error) { return []string{"f"}, e.ask(t) }
func (e *echo) Targets(_ context.Context, d string) ([]string, error) {
	return []string{"n1"}, e.ask(d)
}
func (e *echo) CheckDevice(_ context.Context, d string) error   { return e.ask(d) }
func (e *echo) ForgetFencing(_ context.Context, n string) error { return e.ask(n) }
func (e *echo) Events(context.Context) (<-chan Event, error) {
	ch := make(chan Event, 1)
	ch <- answerEvent
	close(ch)
	return ch, e.ask("events")
}

// full is everything that a client offers.
type full interface {
	Cluster
	Control
	Fencer
}

func serve(t *testing.T, c Cluster) *Client {
	s := httptest.NewServer(Handler(c))
	t.Cleanup(s.Close)
	return NewClient("http://node", func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.Listener.Addr().String())
	})
}

// calls has one call of every method: what must arrive, and what must come back besides the error.
func calls(ctx context.Context, c full) map[string]func() (arrived []any, want, got any, err error) {
	value := "v"
	request := cib.Request{Op: cib.OpModify, Section: "resources", XML: `<a b="&lt;&amp;"/>`}
	update := attribute.Update{Node: "n1", Name: "x", Value: &value}
	cleanup := Cleanup{Resource: "r", Node: "n", Operation: "monitor", Interval: "10s", FailedOnly: true}
	entry := CmapEntry{"a.b", "str", "x y"}
	fence := Fence{Node: "n2", Action: "off", Timeout: time.Minute, Delay: time.Second, Tolerance: time.Hour, Client: "me"}
	one := func(f func() error, arrived ...any) func() ([]any, any, any, error) {
		return func() ([]any, any, any, error) { return arrived, nil, nil, f() }
	}
	return map[string]func() ([]any, any, any, error){
		"Perform":          one(func() error { return c.Perform(ctx, request) }, request),
		"UpdateAttribute":  one(func() error { return c.UpdateAttribute(ctx, update) }, update),
		"Cleanup":          one(func() error { return c.Cleanup(ctx, cleanup) }, cleanup),
		"SetCmap":          one(func() error { return c.SetCmap(ctx, entry) }, entry),
		"Fence":            one(func() error { return c.Fence(ctx, fence) }, fence),
		"WaitIdle":         one(func() error { return c.WaitIdle(ctx) }, "idle"),
		"Shutdown":         one(func() error { return c.Shutdown(ctx) }, "shutdown"),
		"RemoveNode":       one(func() error { return c.RemoveNode(ctx, "n3") }, "n3"),
		"Reload":           one(func() error { return c.Reload(ctx) }, "reload"),
		"ReopenLogs":       one(func() error { return c.ReopenLogs(ctx) }, "logs"),
		"KillNode":         one(func() error { return c.KillNode(ctx, 7) }, uint32(7)),
		"SetExpectedVotes": one(func() error { return c.SetExpectedVotes(ctx, 5) }, 5),
		"SetVotes":         one(func() error { return c.SetVotes(ctx, 2, 3) }, uint32(2), 3),
		"Fail":             one(func() error { return c.Fail(ctx, "r", "n") }, "r", "n"),
		"CheckDevice":      one(func() error { return c.CheckDevice(ctx, "f") }, "f"),
		"ForgetFencing":    one(func() error { return c.ForgetFencing(ctx, "n2") }, "n2"),
		"Status": func() ([]any, any, any, error) {
			got, err := c.Status(ctx)
			return []any{"status"}, answerStatus, got, err
		},
		"Links": func() ([]any, any, any, error) {
			got, err := c.Links(ctx)
			return []any{"links"}, answerLinks, got, err
		},
		"Attributes": func() ([]any, any, any, error) {
			got, err := c.Attributes(ctx, "x", "n1")
			return []any{"x", "n1"}, []attribute.Value{{Node: "n1", Name: "x", Value: "<&>"}}, got, err
		},
		"Cmap": func() ([]any, any, any, error) {
			got, err := c.Cmap(ctx, "totem.")
			return []any{"totem."}, []CmapEntry{{"a.b", "u8", "1"}}, got, err
		},
		"FencingHistory": func() ([]any, any, any, error) {
			got, err := c.FencingHistory(ctx)
			return []any{"history"}, []FenceEvent{{Target: "n2", Completed: answerTime}}, got, err
		},
		"Devices": func() ([]any, any, any, error) {
			got, err := c.Devices(ctx, "n2")
			return []any{"n2"}, []string{"f"}, got, err
		},
		"Targets": func() ([]any, any, any, error) {
			got, err := c.Targets(ctx, "f")
			return []any{"f"}, []string{"n1"}, got, err
		},
		"CIB": func() ([]any, any, any, error) {
			got, err := c.CIB(ctx)
			if err != nil {
				return nil, nil, nil, err
			}
			return []any{"cib"}, string(answerCIB.Bytes()), string(got.Bytes()), nil
		},
		"Events": func() ([]any, any, any, error) {
			events, err := c.Events(ctx)
			if err != nil {
				return nil, nil, nil, err
			}
			return []any{"events"}, answerEvent, <-events, nil
		},
	}
}

// TestEveryMethod: what a client is told arrives at the cluster, what that answers comes back, and so does a refusal
// with its code and hint.
func TestEveryMethod(t *testing.T) {
	cluster := &echo{}
	client := serve(t, cluster)
	table := calls(t.Context(), client)
	for _, i := range []reflect.Type{reflect.TypeFor[Cluster](), reflect.TypeFor[Control](), reflect.TypeFor[Fencer]()} {
		for m := range i.NumMethod() {
			if table[i.Method(m).Name] == nil {
				t.Errorf("no call of %s in this test", i.Method(m).Name)
			}
		}
	}
	for name, call := range table {
		cluster.err = nil
		arrived, want, got, err := call()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: answered %v (%v), want %v", name, got, err, want)
		}
		if !reflect.DeepEqual(cluster.asked, arrived) {
			t.Errorf("%s: %v arrived, want %v", name, cluster.asked, arrived)
		}
		cluster.err = &cib.Error{Code: exit.Quorum, Text: "no <quorum>", Hint: "wait",
			Conflicts: []cib.Conflict{{Path: "/cib", Attr: "x", Was: "1", Ours: "2", Theirs: "3", Text: "both"}}}
		var refused *cib.Error
		if _, _, _, err := call(); !errors.As(err, &refused) || !reflect.DeepEqual(refused, cluster.err) {
			t.Errorf("%s: the refusal came as %v", name, err)
		}
		cluster.err = errors.New("plain")
		if _, _, _, err := call(); cib.CodeOf(err) != exit.Error || !strings.Contains(err.Error(), "plain") {
			t.Errorf("%s: the plain error came as %v", name, err)
		}
	}
}

// plain hides that a cluster can do more.
type plain struct{ Cluster }

func TestUnimplemented(t *testing.T) {
	client := serve(t, plain{&echo{}})
	if err := client.Reload(t.Context()); cib.CodeOf(err) != exit.Unimplemented {
		t.Errorf("%v", err)
	}
	if _, err := client.Devices(t.Context(), ""); cib.CodeOf(err) != exit.Unimplemented {
		t.Errorf("%v", err)
	}
}

func TestNoEngine(t *testing.T) {
	c := DialSocket(t.TempDir() + "/none")
	if _, err := c.Status(t.Context()); cib.CodeOf(err) != exit.Disconnect {
		t.Errorf("no socket: %v", err)
	}
	if err := notConnected(fmt.Errorf("dial: %w", os.ErrPermission)); cib.CodeOf(err) != exit.InsufficientPr {
		t.Errorf("a socket of others: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := serve(t, &echo{}).WaitIdle(ctx); err != context.Canceled {
		t.Errorf("given up: %v", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if err := serve(t, &echo{}).WaitIdle(late); cib.CodeOf(err) != exit.Timeout {
		t.Errorf("no patience: %v", err)
	}
}

// FuzzServer: no body makes the server fail otherwise than with a refusal.
func FuzzServer(f *testing.F) {
	h := Handler(&echo{})
	f.Add("perform", `{"op":1}`)
	f.Add("votes", `{"id":-1}`)
	f.Add("attribute", `{"value":`)
	f.Fuzz(func(t *testing.T, path, body string) {
		if strings.ContainsAny(path, " ?#%\x00\n\r") || path == "" || path[0] == '/' {
			return
		}
		r, err := http.NewRequest(http.MethodPost, "http://node/v1/"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s: %d", path, w.Code)
		}
	})
}
