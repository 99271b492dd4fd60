package sim

import (
	"time"

	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"quorate/engine/cib"
	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/engine/node"
	"quorate/engine/replica"
)

// instance is a resource that an agent has started on a node.
type instance struct {
	promoted bool
	device   bool // a fence device
}

// agentTakes is how long the simulated agents take for anything.
const agentTakes = 20 * time.Millisecond

// Active tells whether a resource runs on the node, whoever believes what.
func (n *Node) Active(resource string) bool { return n.agents[resource] != nil }

// Break stops a resource behind the engine's back, as a crash of the service does.
func (n *Node) Break(resource string) { delete(n.agents, resource) }

func (n *Node) receive(g replica.Generation, data []byte) {
	m := &pb.Message{}
	if err := proto.Unmarshal(data, m); err != nil {
		n.world.fail("%s: message: %v", n.Name(), err)
		return
	}
	n.step(node.Message{Generation: g, Message: m})
}

// runOp performs the operations of a resource one after the other, as the executor does.
func (n *Node) runOp(e node.RunOp) {
	r := e.Op.Resource
	n.orders[r] = append(n.orders[r], e)
	if len(n.orders[r]) == 1 {
		n.perform(e)
	}
}

// perform carries out one operation, which takes a while; recurring ones are repeated. What starts counts as there
// from the beginning, what stops until the end.
func (n *Node) perform(e node.RunOp) {
	n.ops[e.Op.Key()] = n.run
	if e.Op.Action != "monitor" {
		n.world.logf("%s: agent: %s %s", n.Name(), e.Op.Action, e.Op.Resource)
	}
	if n.hangs || n.world.chance(n.world.opts.Hang) {
		n.finish(e, e.Op.Timeout, func() { n.report(e, exit.Error, executor.StatusTimeout, e.Op.Interval == 0) })
		return
	}
	takes := agentTakes + n.slow + n.world.upTo(n.world.opts.Drag)
	if n.world.chance(n.world.opts.Fail) && (e.Op.Action != "monitor" || e.Op.Interval > 0) {
		n.finish(e, takes, func() { n.report(e, exit.Error, executor.StatusDone, e.Op.Interval == 0) })
		return
	}
	if e.Op.Action == "start" {
		n.act(e.Op)
	}
	run := n.run
	n.finish(e, takes, func() {
		rc := n.act(e.Op)
		n.report(e, rc, executor.StatusDone, e.Op.Interval == 0)
		if e.Op.Interval > 0 {
			n.repeat(e, rc, run)
		}
	})
}

// finish has an operation end after a while, and the next one of its resource begin.
func (n *Node) finish(e node.RunOp, after time.Duration, done func()) {
	run, r := n.run, e.Op.Resource
	n.world.after(after, func() {
		if n.run != run {
			return
		}
		done()
		if n.run != run { // the result ended the engine
			return
		}
		if n.orders[r] = n.orders[r][1:]; len(n.orders[r]) > 0 {
			n.perform(n.orders[r][0])
		}
	})
}

// repeat runs a monitor again after its interval and reports changes.
func (n *Node) repeat(e node.RunOp, last exit.Code, run int) {
	n.world.after(e.Op.Interval, func() {
		if n.run != run || n.ops[e.Op.Key()] != run {
			return
		}
		rc := n.act(e.Op)
		if rc != last {
			n.report(e, rc, executor.StatusDone, false)
		}
		n.repeat(e, rc, run)
	})
}

func (n *Node) cancelOp(e node.CancelOp) {
	run := n.run
	delete(n.ops, e.Op.Key())
	n.world.after(time.Millisecond, func() {
		if n.run == run {
			n.step(node.OpDone{Record: record(e.Op, exit.OK, executor.StatusCancelled, n.world.now), Cancel: true, Finished: true})
		}
	})
}

func (n *Node) forgetOps(resource string) {
	for key := range n.ops {
		if resource == "" || hasResource(key, resource) {
			delete(n.ops, key)
		}
	}
}

// act is what an agent does.
func (n *Node) act(op executor.Operation) exit.Code {
	is := n.agents[op.Resource]
	switch op.Action {
	case "start":
		n.agents[op.Resource] = &instance{device: op.Class == "stonith"}
	case "stop":
		for key := range n.ops {
			if op.Interval == 0 && hasResource(key, op.Resource) && key != op.Key() {
				delete(n.ops, key)
			}
		}
		delete(n.agents, op.Resource)
	case "promote", "demote":
		if is == nil {
			return exit.NotRunning
		}
		is.promoted = op.Action == "promote"
	case "monitor":
		switch {
		case is == nil:
			return exit.NotRunning
		case is.promoted:
			return exit.Promoted
		}
	}
	return exit.OK
}

func hasResource(key, resource string) bool {
	return len(key) > len(resource) && key[:len(resource)+1] == resource+"_"
}

func (n *Node) report(e node.RunOp, rc exit.Code, status executor.OpStatus, finished bool) {
	n.step(node.OpDone{Record: record(e.Op, rc, status, n.world.now), Silent: e.Silent, Finished: finished})
}

func record(op executor.Operation, rc exit.Code, status executor.OpStatus, now time.Time) cib.OpRecord {
	return cib.OpRecord{Resource: op.Resource, Class: op.Class, Provider: op.Provider, Type: op.Type, Operation: op.Action,
		Key: op.Key(), TransitionKey: op.TransitionKey, IntervalMS: int(op.Interval.Milliseconds()), CallID: 1, RC: int(rc),
		Status: int(status), LastRCChange: now.Unix(), ExecMS: agentTakes.Milliseconds(), Digest: executor.OperationDigests(op, nil).All}
}
