// Package driver runs the fencer's state machine in real time: it hands events in, has agents run where
// the machine wants them, and lets callers wait for the end of a fencing. Deciding is the business of
// engine/fencing, running an agent that of engine/executor/runner.
package driver

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"quorate/engine/fencing"
)

// Config is what a Driver needs of its node.
type Config struct {
	// Run has an agent run on e.Node, which may be another node, and waits for its end.
	Run func(ctx context.Context, e fencing.RunAgent) fencing.AgentResult
	// Log gets what the fencer has to say; nil drops it.
	Log func(text string)
	// Confirmed is called for a human's confirmation that no request waited for, so that it is recorded;
	// may be nil.
	Confirmed func(r fencing.Record)
}

// Driver is a running fencer. All methods may be called from any goroutine.
type Driver struct {
	cfg  Config
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	machine *fencing.Machine
	timer   *time.Timer
	nextID  int
	waiting map[int]chan fencing.Done
}

// New starts a Driver that knows no device and no node yet; end it with Close.
func New(cfg Config) *Driver {
	if cfg.Log == nil {
		cfg.Log = func(string) {}
	}
	d := &Driver{cfg: cfg, machine: fencing.NewMachine(), waiting: map[int]chan fencing.Done{}}
	d.ctx, d.stop = context.WithCancel(context.Background())
	d.timer = time.AfterFunc(time.Hour, func() { d.step(fencing.Now{At: time.Now()}) })
	return d
}

// Close ends agents that run here and all waiting.
func (d *Driver) Close() {
	d.mu.Lock() // so that no step starts an agent after this
	d.stop()
	d.mu.Unlock()
	d.timer.Stop()
	d.work.Wait()
}

// Configure takes the devices and levels of a new configuration.
func (d *Driver) Configure(c fencing.Config) { d.step(fencing.Configure{Config: c, At: time.Now()}) }

// View takes who is online now. It must come before the first Fence.
func (d *Driver) View(nodes []fencing.Node) { d.step(fencing.View{Nodes: nodes, At: time.Now()}) }

// Fence has a node fenced and waits for the end. ID, Random and At of the request are filled in here. An
// error means that the caller did not wait for it: the fencing goes on.
func (d *Driver) Fence(ctx context.Context, r fencing.Request) (fencing.Done, error) {
	done := make(chan fencing.Done, 1)
	d.mu.Lock()
	d.nextID++
	r.ID, r.Random, r.At = d.nextID, rand.Uint64(), time.Now()
	d.waiting[r.ID] = done
	d.mu.Unlock()
	d.step(r)
	select {
	case e := <-done:
		return e, nil
	case <-ctx.Done():
		return fencing.Done{}, context.Cause(ctx)
	case <-d.ctx.Done():
		return fencing.Done{}, context.Canceled
	}
}

// Confirm takes a human's word that a node is down.
func (d *Driver) Confirm(target, client, origin string) {
	d.step(fencing.Confirm{Target: target, Client: client, Origin: origin, At: time.Now()})
}

// Ask answers questions to the machine, such as Pending, Devices, DevicesFor and Targets.
func (d *Driver) Ask(question func(m *fencing.Machine)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	question(d.machine)
}

// step hands one event in and carries the effects out.
func (d *Driver) step(ev fencing.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() != nil {
		return
	}
	for _, effect := range d.machine.Step(ev) {
		switch e := effect.(type) {
		case fencing.RunAgent:
			d.work.Go(func() {
				res := d.cfg.Run(d.ctx, e)
				res.Run, res.At = e.Run, time.Now()
				d.step(res)
			})
		case fencing.WakeAt:
			d.timer.Reset(time.Until(e.At))
		case fencing.Note:
			d.cfg.Log(e.Text)
		case fencing.Done:
			d.done(e)
		}
	}
}

func (d *Driver) done(e fencing.Done) {
	if c, ok := d.waiting[e.ID]; ok {
		delete(d.waiting, e.ID)
		c <- e
		return
	}
	if e.ID == 0 && d.cfg.Confirmed != nil {
		d.work.Go(func() { d.cfg.Confirmed(e.Event) })
	}
}
