package runner

import (
	"context"
	"fmt"
	"sync"

	"github.com/coreos/go-systemd/v22/dbus"
)

// bus talks to systemd over D-Bus: job results and state changes come as signals.
type bus struct {
	conn    *dbus.Conn
	updates chan *dbus.PropertiesUpdate
	closed  chan struct{}

	mu      sync.Mutex
	waiters map[string][]chan struct{} // by unit: woken by any change of its properties
	hooks   map[string]func()          // by unit: called when it leaves "active"
}

func newBus(ctx context.Context) (*bus, error) {
	// The connection outlives the operation that opened it, so it does not hang on its context.
	conn, err := dbus.NewSystemConnectionContext(context.WithoutCancel(ctx))
	if err != nil {
		return nil, fmt.Errorf("systemd: %w", err)
	}
	if err := conn.Subscribe(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("systemd: %w", err)
	}
	b := &bus{conn: conn, updates: make(chan *dbus.PropertiesUpdate, 256), closed: make(chan struct{}),
		waiters: map[string][]chan struct{}{}, hooks: map[string]func(){}}
	conn.SetPropertiesSubscriber(b.updates, make(chan error, 16))
	go b.listen()
	return b, nil
}

func (b *bus) broken() bool { return !b.conn.Connected() }

func (b *bus) close() {
	close(b.closed)
	b.conn.Close()
}

// listen hands the signals out.
func (b *bus) listen() {
	for {
		select {
		case <-b.closed:
			return
		case u := <-b.updates:
			b.notify(u)
		}
	}
}

func (b *bus) notify(u *dbus.PropertiesUpdate) {
	b.mu.Lock()
	waiters := b.waiters[u.UnitName]
	delete(b.waiters, u.UnitName)
	var hook func()
	if v, ok := u.Changed["ActiveState"]; ok {
		if state, _ := v.Value().(string); state == "inactive" || state == "failed" {
			hook = b.hooks[u.UnitName]
			delete(b.hooks, u.UnitName)
		}
	}
	b.mu.Unlock()
	for _, w := range waiters {
		close(w)
	}
	if hook != nil {
		hook()
	}
}

func (b *bus) onChange(unit string, f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f == nil {
		delete(b.hooks, unit)
		return
	}
	b.hooks[unit] = f
}

func (b *bus) refresh(ctx context.Context, unit string) error {
	need, err := b.conn.GetUnitPropertyContext(ctx, unit, "NeedDaemonReload")
	if err != nil {
		return fmt.Errorf("systemd: state of %s: %w", unit, err)
	}
	if stale, _ := need.Value.Value().(bool); !stale {
		return nil
	}
	if err := b.conn.ReloadContext(ctx); err != nil {
		return fmt.Errorf("systemd daemon-reload: %w", err)
	}
	return nil
}

func (b *bus) job(ctx context.Context, verb, unit string) (string, error) {
	done := make(chan string, 1)
	run := b.conn.StartUnitContext
	if verb == "stop" {
		run = b.conn.StopUnitContext
	}
	if _, err := run(ctx, unit, "replace", done); err != nil {
		return "", fmt.Errorf("systemd %s %s: %w", verb, unit, err)
	}
	select {
	case result := <-done:
		return result, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (b *bus) state(ctx context.Context, unit string) (st unitState, err error) {
	for _, name := range []string{"LoadState", "ActiveState", "Job"} {
		p, err := b.conn.GetUnitPropertyContext(ctx, unit, name)
		if err != nil {
			return unitState{}, fmt.Errorf("systemd: state of %s: %w", unit, err)
		}
		switch v := p.Value.Value().(type) {
		case string:
			if name == "LoadState" {
				st.loaded = v == "loaded"
			} else {
				st.active = v
			}
		case []any: // (number, path); number 0 is no job
			st.job = len(v) > 0 && v[0] != uint32(0)
		}
	}
	return st, nil
}

// settle registers for the next signal before it reads the state, so that none is missed between.
func (b *bus) settle(ctx context.Context, unit string) (unitState, error) {
	for {
		changed := make(chan struct{})
		b.mu.Lock()
		b.waiters[unit] = append(b.waiters[unit], changed)
		b.mu.Unlock()
		st, err := b.state(ctx, unit)
		if err != nil || !inTransition(st) {
			b.forget(unit, changed)
			return st, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			b.forget(unit, changed)
			return unitState{}, context.Cause(ctx)
		}
	}
}

func (b *bus) forget(unit string, w chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.waiters[unit]
	for i, x := range list {
		if x == w {
			list = append(list[:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(b.waiters, unit)
		return
	}
	b.waiters[unit] = list
}

func inTransition(st unitState) bool {
	switch st.active {
	case "activating", "deactivating":
		return st.loaded
	case "inactive", "failed":
		return st.loaded && st.job
	}
	return false
}
