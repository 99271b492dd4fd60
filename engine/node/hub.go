package node

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"quorate/engine/api"
)

// hub passes events on to those who listen. A listener that is too slow misses events: the cluster waits for nobody.
type hub struct {
	mu        sync.Mutex
	listeners map[chan api.Event]bool
	closed    bool
}

const listenerBuffer = 256

func newHub() *hub { return &hub{listeners: map[chan api.Event]bool{}} }

func (h *hub) publish(ev api.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.listeners {
		select {
		case ch <- ev:
		default:
		}
	}
}

// listen returns a channel of events until ctx ends.
func (h *hub) listen(ctx context.Context) <-chan api.Event {
	ch := make(chan api.Event, listenerBuffer)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(ch)
		return ch
	}
	h.listeners[ch] = true
	context.AfterFunc(ctx, func() { h.drop(ch) })
	return ch
}

func (h *hub) drop(ch chan api.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners[ch] {
		delete(h.listeners, ch)
		close(ch)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for ch := range h.listeners {
		delete(h.listeners, ch)
		close(ch)
	}
}

// raftLog passes the log's own messages on at debug level: what matters is told as events.
type raftLog struct{ log *slog.Logger }

func (l raftLog) say(v ...any)                { l.log.Debug(fmt.Sprint(v...)) }
func (l raftLog) sayf(f string, v ...any)     { l.log.Debug(fmt.Sprintf(f, v...)) }
func (l raftLog) Debug(v ...any)              {}
func (l raftLog) Debugf(string, ...any)       {}
func (l raftLog) Info(v ...any)               { l.say(v...) }
func (l raftLog) Infof(f string, v ...any)    { l.sayf(f, v...) }
func (l raftLog) Warning(v ...any)            { l.say(v...) }
func (l raftLog) Warningf(f string, v ...any) { l.sayf(f, v...) }
func (l raftLog) Error(v ...any)              { l.log.Error(fmt.Sprint(v...)) }
func (l raftLog) Errorf(f string, v ...any)   { l.log.Error(fmt.Sprintf(f, v...)) }
func (l raftLog) Fatal(v ...any)              { panic(fmt.Sprint(v...)) }
func (l raftLog) Fatalf(f string, v ...any)   { panic(fmt.Sprintf(f, v...)) }
func (l raftLog) Panic(v ...any)              { panic(fmt.Sprint(v...)) }
func (l raftLog) Panicf(f string, v ...any)   { panic(fmt.Sprintf(f, v...)) }
