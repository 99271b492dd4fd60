package node

import (
	"context"
	"time"

	"quorate/engine/cib"
	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
	"quorate/ra"
)

// run starts an operation, and has the agent's metadata fetched meanwhile: the result needs its digests.
func (e *Engine) run(r RunOp) {
	if r.Op.Interval == 0 { // recurring ones end without a word when their resource is stopped
		e.orders[r.Op.TransitionKey] = r
	}
	go func() { _, _ = ra.Meta(e.work, agentOf(r.Op)) }() // only to have it in the cache
	e.runner.Run(r.Op)
}

func agentOf(op executor.Operation) ra.Agent {
	return ra.Agent{Class: op.Class, Provider: op.Provider, Type: op.Type}
}

func (e *Engine) cancel(c CancelOp) {
	e.cancels[c.Op.Key()] = c
	e.runner.Cancel(c.Op.Resource, c.Op.Action, c.Op.Interval)
}

// metadataPatience is how long a result waits for the metadata that its digests need.
const metadataPatience = 5 * time.Second

// forwardResults brings what the executor reports into the loop.
func (e *Engine) forwardResults() {
	describe := func(a ra.Agent) *ra.Metadata {
		ctx, cancel := context.WithTimeout(e.work, metadataPatience)
		defer cancel()
		m, _ := ra.Meta(ctx, a) // without metadata nothing is known as reloadable
		return m
	}
	forward(e.runner.Results(), describe, func(f finished) { e.post(f) })
}

// forward adds digests to results and posts them, those of one resource in their order. An agent that does not say what
// it is delays no other resource.
func forward(results <-chan executor.Result, describe func(ra.Agent) *ra.Metadata, post func(finished)) {
	last := map[string]chan struct{}{} // by resource: closed when its newest result has been posted
	for r := range results {
		before, done := last[r.Operation.Resource], make(chan struct{})
		last[r.Operation.Resource] = done
		go func() {
			defer close(done)
			record := historyRecord(r)
			if r.Status != executor.StatusCancelled {
				addDigests(&record, r.Operation, describe(agentOf(r.Operation)))
			}
			if before != nil {
				<-before
			}
			post(finished{r, record})
		}()
	}
}

// finished is a result on its way to the core; the loop knows what was ordered.
type finished struct {
	result executor.Result
	record cib.OpRecord
}

func (finished) event() {}

// opDone turns a result into the core's event.
func (e *Engine) opDone(f finished) Event {
	op := f.result.Operation
	key := op.Key()
	if c, ok := e.cancels[key]; ok && f.result.Status == executor.StatusCancelled {
		delete(e.cancels, key)
		f.record.Key, f.record.Resource, f.record.TransitionKey = key, c.Op.Resource, c.Op.TransitionKey
		return OpDone{Record: f.record, Cancel: true, Finished: true}
	}
	order := e.orders[op.TransitionKey]
	delete(e.orders, op.TransitionKey)
	e.noteActive(op, exit.Code(f.record.RC))
	return OpDone{Record: f.record, Silent: order.Silent, Finished: op.Interval == 0, Cancel: f.result.Status == executor.StatusCancelled}
}

// noteActive remembers what runs here, for the case that all of it must be stopped at once.
func (e *Engine) noteActive(op executor.Operation, rc exit.Code) {
	running := rc == exit.OK || rc == exit.Promoted
	switch op.Action {
	case "start", "promote", "demote", "monitor", "migrate_from":
		if running {
			e.active[op.Resource] = op
		} else if op.Action == "monitor" && rc == exit.NotRunning {
			delete(e.active, op.Resource)
		}
	case "stop", "migrate_to":
		if rc == exit.OK {
			delete(e.active, op.Resource)
		}
	}
}

func historyRecord(r executor.Result) cib.OpRecord {
	op := r.Operation
	return cib.OpRecord{Resource: op.Resource, Class: op.Class, Provider: op.Provider, Type: op.Type,
		Operation: op.Action, Key: op.Key(), TransitionKey: op.TransitionKey, IntervalMS: int(op.Interval.Milliseconds()),
		CallID: r.CallID, RC: r.RC, Status: int(r.Status), ExitReason: r.Reason, Origin: "do_update_resource",
		LastRCChange: r.Changed.Unix(), ExecMS: r.Exec.Milliseconds(), QueueMS: r.Queue.Milliseconds(),
		MigrateSource: op.Meta["migrate_source"], MigrateTarget: op.Meta["migrate_target"]}
}

func addDigests(record *cib.OpRecord, op executor.Operation, meta *ra.Metadata) {
	d := executor.OperationDigests(op, meta)
	record.Digest, record.ForceRestart, record.RestartDigest = d.All, d.RestartParams, d.Restart
	record.SecureParams, record.SecureDigest = d.SecureParams, d.Secure
}

// schedule runs the scheduler beside the loop: a large cluster takes seconds, and heartbeats of the log go on.
func (e *Engine) schedule(s Schedule) {
	result, err := scheduler.Run(scheduler.Input{CIB: s.CIB.Root(), Now: time.Now()})
	done := Scheduled{Run: s.Run, Seq: s.Seq, Err: err}
	if err == nil {
		done.Graph = result.Graph
	}
	e.post(done)
}
