package runner

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/ra/systemd"
)

// unitState is what systemd says of a unit.
type unitState struct {
	loaded bool   // systemd has a definition of it
	active string // ActiveState: active, reloading, inactive, failed, activating, deactivating, maintenance
	job    bool   // a job for it is queued: inactive may be the middle of a restart
}

// manager is a way to talk to systemd.
type manager interface {
	// job starts or stops a unit and waits for the end of that job; result is systemd's word for it.
	job(ctx context.Context, verb, unit string) (result string, err error)
	// state reads the unit's present state.
	state(ctx context.Context, unit string) (unitState, error)
	// settle waits until the unit is in no transition any more, by systemd's own word, not by polling
	// where that can be avoided.
	settle(ctx context.Context, unit string) (unitState, error)
	// refresh makes systemd read the unit anew, if it holds it in memory as it was before.
	refresh(ctx context.Context, unit string) error
	// onChange calls f when the unit leaves the active state; one f a unit.
	onChange(unit string, f func())
	close()
}

// units performs operations on systemd units.
type units struct {
	dropIns dropIn
	mu      sync.Mutex
	mgr     manager
}

// connect opens the way to systemd at first use; a broken one is opened anew.
func (u *units) connect(ctx context.Context) (manager, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if b, ok := u.mgr.(*bus); ok && b.broken() {
		b.close()
		u.mgr = nil
	}
	if u.mgr != nil {
		return u.mgr, nil
	}
	if !systemd.Running() {
		return nil, fmt.Errorf("systemd is not running on this node")
	}
	b, err := newBus(ctx)
	if err != nil {
		u.mgr = systemctl{}
		return u.mgr, nil
	}
	u.mgr = b
	return b, nil
}

func (u *units) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.mgr != nil {
		u.mgr.close()
		u.mgr = nil
	}
}

func (u *units) watch(name, resource string, changed func(string)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.mgr != nil {
		u.mgr.onChange(systemd.Unit(name), func() { changed(resource) })
	}
}

// perform runs one action on a unit.
func (u *units) perform(ctx context.Context, op executor.Operation) executor.Exited {
	unit := systemd.Unit(op.Type)
	mgr, err := u.connect(ctx)
	if err != nil {
		return executor.Exited{RC: int(exit.NotInstalled), Status: executor.StatusNotInstalled, Reason: err.Error()}
	}
	switch op.Action {
	case "start":
		return u.start(ctx, mgr, unit)
	case "stop":
		return u.end(ctx, mgr, unit)
	case "monitor", "status":
		st, err := mgr.settle(ctx, unit)
		if err != nil {
			return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: err.Error()}
		}
		return outcome(st)
	}
	return executor.Exited{RC: int(exit.Unimplemented), Reason: "systemd units have no action " + op.Action}
}

// outcome maps a state: active runs, inactive does not, failed has failed.
func outcome(st unitState) executor.Exited {
	switch {
	case !st.loaded || st.active == "inactive":
		return executor.Exited{RC: int(exit.NotRunning)}
	case st.active == "active" || st.active == "reloading" || st.active == "refreshing":
		return executor.Exited{RC: int(exit.OK)}
	}
	return executor.Exited{RC: int(exit.Error), Reason: st.active}
}

// start takes the unit over (drop-in), starts it and waits until it is up.
func (u *units) start(ctx context.Context, mgr manager, unit string) executor.Exited {
	// The drop-in comes first: a unit that systemd does not hold in memory is read with it, and no reload
	// of everything is needed.
	if err := u.dropIns.write(unit); err != nil {
		return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: err.Error()}
	}
	st, err := mgr.state(ctx, unit)
	if err == nil && st.loaded {
		err = mgr.refresh(ctx, unit)
	}
	if err != nil {
		return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: err.Error()}
	}
	if !st.loaded {
		u.dropIns.remove(unit)
		return executor.Exited{RC: int(exit.NotInstalled), Status: executor.StatusNotInstalled,
			Reason: "systemd unit " + strings.TrimSuffix(unit, ".service") + " not found"}
	}
	result, err := mgr.job(ctx, "start", unit)
	if err != nil {
		return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: err.Error()}
	}
	if st, err = mgr.settle(ctx, unit); err != nil {
		return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: err.Error()}
	}
	x := outcome(st)
	if x.RC != int(exit.OK) {
		x.RC, x.Reason = int(exit.Error), st.active
		if result != "done" {
			x.Reason += " (start job: " + result + ")"
		}
	}
	return x
}

// end stops the unit and gives it back to systemd.
func (u *units) end(ctx context.Context, mgr manager, unit string) executor.Exited {
	mgr.onChange(unit, nil)
	st, err := mgr.state(ctx, unit)
	if err != nil {
		return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: err.Error()}
	}
	if !st.loaded {
		return executor.Exited{RC: int(exit.OK)}
	}
	if _, err := mgr.job(ctx, "stop", unit); err != nil {
		return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: err.Error()}
	}
	if st, err = mgr.settle(ctx, unit); err != nil {
		return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: err.Error()}
	}
	if st.active != "inactive" && st.active != "failed" {
		return executor.Exited{RC: int(exit.Error), Reason: "still " + st.active}
	}
	if u.dropIns.remove(unit) {
		if err := mgr.refresh(ctx, unit); err != nil {
			return executor.Exited{RC: int(exit.Error), Status: executor.StatusError, Reason: err.Error()}
		}
	}
	return executor.Exited{RC: int(exit.OK)}
}
