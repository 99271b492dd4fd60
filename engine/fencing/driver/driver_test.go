package driver

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"quorate/engine/fencing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newDriver(t *testing.T, run func(ctx context.Context, e fencing.RunAgent) fencing.AgentResult) *Driver {
	confirmed := make(chan fencing.Record, 1)
	d := New(Config{Run: run, Confirmed: func(r fencing.Record) { confirmed <- r }})
	t.Cleanup(d.Close)
	device := fencing.Device{ID: "f", Agent: "fence_x", Params: map[string]string{"pcmk_host_list": "a b"}}
	device.Describe(nil)
	d.Configure(fencing.Config{Devices: []fencing.Device{device}})
	d.View([]fencing.Node{{Name: "n1", Online: true}})
	t.Cleanup(func() {
		d.Confirm("ghost", "me", "n1")
		if r := <-confirmed; r.Target != "ghost" || r.Delegate != "a human" {
			t.Errorf("%+v", r)
		}
	})
	return d
}

func TestFence(t *testing.T) {
	d := newDriver(t, func(_ context.Context, e fencing.RunAgent) fencing.AgentResult {
		if e.Target == "b" {
			return fencing.AgentResult{RC: 1, Reason: "broken"}
		}
		return fencing.AgentResult{}
	})
	done, err := d.Fence(t.Context(), fencing.Request{Target: "a", Action: "off", Client: "c"})
	if err != nil || !done.OK || done.Event.Delegate != "n1" {
		t.Errorf("%+v %v", done, err)
	}
	done, err = d.Fence(t.Context(), fencing.Request{Target: "b", Action: "off"})
	if err != nil || done.OK || done.Event.Reason != "broken" {
		t.Errorf("%+v %v", done, err)
	}
	done, err = d.Fence(t.Context(), fencing.Request{Target: "unknown", Action: "off"})
	if err != nil || done.OK || !done.NoSuch {
		t.Errorf("%+v %v", done, err)
	}
	d.Ask(func(m *fencing.Machine) {
		if got := m.DevicesFor("a"); len(got) != 1 || got[0] != "f" {
			t.Errorf("%v", got)
		}
	})
}

// TestConfirm: a human ends the waiting for an agent that hangs.
func TestConfirm(t *testing.T) {
	runs := make(chan struct{})
	d := newDriver(t, func(ctx context.Context, _ fencing.RunAgent) fencing.AgentResult {
		close(runs)
		<-ctx.Done()
		return fencing.AgentResult{RC: -1}
	})
	go func() {
		<-runs
		d.Confirm("a", "me", "n1")
	}()
	done, err := d.Fence(t.Context(), fencing.Request{Target: "a", Action: "reboot"})
	if err != nil || !done.OK || done.Event.Delegate != "a human" {
		t.Errorf("%+v %v", done, err)
	}
}

func TestImpatience(t *testing.T) {
	d := newDriver(t, func(ctx context.Context, _ fencing.RunAgent) fencing.AgentResult {
		<-ctx.Done()
		return fencing.AgentResult{RC: -1}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := d.Fence(ctx, fencing.Request{Target: "a", Action: "off"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	d.Ask(func(m *fencing.Machine) {
		if p := m.Pending(); len(p) != 1 || p[0].Status != "pending" {
			t.Errorf("the fencing must go on: %+v", p)
		}
	})
}
