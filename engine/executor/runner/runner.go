// Package runner is the executor's adapter: it performs what engine/executor decides. It starts agents
// as process groups of their own, ends whole groups when time is up, drives systemd through its bus, runs
// fence agents, and hears from the system when a service ends.
package runner

import (
	"context"
	"os"
	"sync"
	"time"

	"quorate/engine/executor"
)

// Config is what a Runner needs to know of its node. The zero value works for agents that need nothing.
type Config struct {
	executor.Site
	Self      string // this binary, which is the agents of provider quorate; "" means the running one
	WorkDir   string // where agents run; "" means "/"
	TmpDir    string // HA_RSCTMP, state files of agents; "" means /run/resource-agents
	InitDir   string // LSB scripts; "" means /etc/init.d
	FenceDir  string // fence agents; "" means /usr/sbin
	Service   string // our own systemd unit, which units of resources are ordered before; "" means quorate.service
	FirstCall int    // number of the first operation; 0 means 1
	RunDir    string // where agents that run are noted, for the case that this engine crashes; "" for nowhere

	// Log gets each line that agents print to stderr, and what the runner has to say; nil drops them.
	Log func(resource, line string)
}

// Runner runs operations on this node. All methods may be called from any goroutine.
type Runner struct {
	cfg     Config
	machine *executor.Machine
	events  chan executor.Event
	results chan executor.Result
	ctx     context.Context // ends with Shutdown
	stop    context.CancelFunc
	done    chan struct{} // the loop has ended
	work    sync.WaitGroup
	cancels map[int]context.CancelCauseFunc // of runs in flight; the loop's alone
	watches watches
	units   units
	fences  fenceState
}

// New starts a Runner, once agents that a former one left behind have ended; end it with Shutdown.
func New(cfg Config) *Runner {
	r := prepare(cfg)
	r.cfg.endLeftovers()
	r.machine = executor.NewMachine(r.cfg.FirstCall)
	r.events, r.results = make(chan executor.Event, 64), make(chan executor.Result, 64)
	r.done, r.cancels = make(chan struct{}), map[int]context.CancelCauseFunc{}
	go r.loop()
	return r
}

// prepare fills in defaults.
func prepare(cfg Config) *Runner {
	if cfg.FirstCall == 0 {
		cfg.FirstCall = 1
	}
	if cfg.WorkDir == "" {
		cfg.WorkDir = "/"
	}
	if cfg.TmpDir == "" {
		cfg.TmpDir = "/run/resource-agents"
	}
	if cfg.Self == "" {
		cfg.Self, _ = os.Executable()
	}
	if cfg.Log == nil {
		cfg.Log = func(string, string) {}
	}
	_ = os.MkdirAll(cfg.TmpDir, 0o755) // agents say themselves what they cannot write
	cfg.Extra = append([]string{"HA_RSCTMP=" + cfg.TmpDir}, cfg.Extra...)
	r := &Runner{cfg: cfg, units: units{dropIns: cfg.dropIn()}}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// Run puts an operation into its resource's queue.
func (r *Runner) Run(op executor.Operation) { r.send(executor.Run{Op: op, At: time.Now()}) }

// Cancel ends a recurring operation; a Result with StatusCancelled follows.
func (r *Runner) Cancel(resource, action string, interval time.Duration) {
	r.send(executor.Cancel{Resource: resource, Action: action, Interval: interval, At: time.Now()})
}

// Forget ends all recurring operations of a resource, with no result.
func (r *Runner) Forget(resource string) {
	r.send(executor.Forget{Resource: resource, At: time.Now()})
}

// Changed makes the resource's monitors run now.
func (r *Runner) Changed(resource string) {
	r.send(executor.Changed{Resource: resource, At: time.Now()})
}

// Results is where finished operations come out; it is closed by Shutdown. A slow reader delays nothing.
func (r *Runner) Results() <-chan executor.Result { return r.results }

// Shutdown kills what runs and waits until it has ended. Services that agents started go on.
func (r *Runner) Shutdown() {
	r.stop()
	<-r.done
	r.work.Wait()
	r.units.close()
}

func (r *Runner) send(ev executor.Event) {
	select {
	case r.events <- ev:
	case <-r.ctx.Done():
	}
}

// loop owns the machine: one event after the other.
func (r *Runner) loop() {
	defer close(r.done)
	defer close(r.results)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var ready []executor.Result
	for {
		var out chan executor.Result
		var next executor.Result
		if len(ready) > 0 {
			out, next = r.results, ready[0]
		}
		var ev executor.Event
		select {
		case <-r.ctx.Done():
			return // runs in flight hang on the same context
		case out <- next:
			ready = ready[1:]
			continue
		case ev = <-r.events:
		case now := <-timer.C:
			ev = executor.Now{At: now}
		}
		for _, effect := range r.machine.Step(ev) {
			switch e := effect.(type) {
			case executor.Exec:
				r.start(e)
			case executor.Kill:
				if cancel := r.cancels[e.ID]; cancel != nil {
					cancel(context.DeadlineExceeded)
				}
			case executor.Report:
				ready = append(ready, e.Result)
			case executor.WakeAt:
				timer.Reset(time.Until(e.At))
			}
		}
		if x, ok := ev.(executor.Exited); ok {
			delete(r.cancels, x.ID)
		}
	}
}

// start performs one run in a goroutine.
func (r *Runner) start(e executor.Exec) {
	ctx, cancel := context.WithCancelCause(r.ctx)
	r.cancels[e.ID] = cancel
	r.work.Add(1)
	go func() {
		defer r.work.Done()
		x := r.perform(ctx, e.Op)
		cancel(nil)
		r.watch(e.Op, x)
		x.ID, x.At = e.ID, time.Now()
		r.send(x)
	}()
}
