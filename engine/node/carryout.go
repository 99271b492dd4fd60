package node

import (
	"fmt"
	"time"

	"quorate/engine/api"
	"quorate/engine/rule"
)

// tell puts an event into the log and before those who listen.
func (e *Engine) tell(ev api.Event) {
	e.set.Log.Info(ev.Text, "kind", ev.Kind)
	e.hub.publish(ev)
}

// carryOut does what the core asks for, in its order.
func (e *Engine) carryOut(effects []Effect) {
	for _, effect := range effects {
		switch f := effect.(type) {
		case Persist:
			if err := e.disk.Store(f.What); err != nil {
				e.diskFailed(err)
				return
			}
		case Remember:
			if err := storeLedger(e.disk, f.Ledger); err != nil {
				e.diskFailed(err)
				return
			}
		case Archive:
			if path, err := e.disk.Archive(f.Generation, f.CIB); err == nil {
				e.set.Log.Warn("the former configuration and status are kept", "file", path)
			}
		case Send:
			e.links.Send(f.Generation, f.Messages)
		case Greet:
			if err := e.net.SetPayload(f.Payload); err != nil {
				e.set.Log.Error("heartbeats do not carry this node's state", "reason", err.Error())
			}
		case RunOp:
			e.run(f)
		case CancelOp:
			e.cancel(f)
		case ForgetOps:
			e.runner.Forget(f.Resource)
		case Schedule:
			go e.schedule(f)
		case Fence:
			e.fencing.start(f)
		case Reply:
			e.reply(f)
		case WakeAt:
			e.timer.Reset(time.Until(f.At))
		case Admitted:
			e.admitted(f.Node)
		case Removed:
			e.removed(f.Name)
		case AskPeers:
			go e.askPeers()
		case Tell:
			e.tell(f.Event)
		case Exit:
			e.end = &f
		}
	}
}

// diskFailed ends the engine: it must not go on with a disk that does not keep its word. What runs here is stopped
// first, so that the others can take it over; in maintenance nothing is touched, as by any other end.
func (e *Engine) diskFailed(err error) {
	reason := fmt.Sprintf("cannot write to %s: %v: this node leaves; free space or mend the disk, then start it again", e.set.StateDir, err)
	e.set.Log.Error(reason)
	maintenance := rule.IsTrue(e.core.State().Option("maintenance-mode", "false"))
	e.end = &Exit{Code: 1, Kill: !maintenance, Leave: true, Reason: reason}
}

func (e *Engine) reply(r Reply) {
	if ch, ok := e.replies[r.Tag]; ok {
		delete(e.replies, r.Tag)
		ch <- r.Err
	}
}

// killResources stops everything that runs or may be starting here, without regard for order, and tells
// whether all of it has stopped.
func (e *Engine) killResources() bool {
	e.set.Log.Error("stopping all resources at once", "reason", e.end.Reason)
	for _, o := range e.orders {
		if _, known := e.active[o.Op.Resource]; !known && o.Op.Action != "stop" {
			e.active[o.Op.Resource] = o.Op
		}
	}
	for _, op := range e.active {
		op.Action, op.Interval, op.Timeout = "stop", 0, killPatience
		e.runner.Run(op)
	}
	deadline := time.After(killPatience)
	for len(e.active) > 0 {
		select {
		case ev := <-e.inbox:
			_ = e.translate(ev) // a stop that worked takes the resource from those that are active
		case <-deadline:
			return false
		}
	}
	return true
}

const killPatience = 10 * time.Second
