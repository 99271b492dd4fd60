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

// runOp performs an operation after a while, and repeats recurring ones.
func (n *Node) runOp(e node.RunOp) {
	run := n.run
	key := e.Op.Key()
	n.ops[key] = run
	if n.hangs || n.world.chance(n.world.opts.Hang) {
		n.world.after(e.Op.Timeout, func() {
			if n.run == run {
				n.report(e, exit.Error, executor.StatusTimeout, e.Op.Interval == 0)
			}
		})
		return
	}
	n.world.after(agentTakes, func() {
		if n.run != run {
			return
		}
		if n.world.chance(n.world.opts.Fail) && (e.Op.Action != "monitor" || e.Op.Interval > 0) {
			n.report(e, exit.Error, executor.StatusDone, e.Op.Interval == 0)
			return
		}
		rc := n.act(e.Op)
		n.report(e, rc, executor.StatusDone, e.Op.Interval == 0)
		if e.Op.Interval > 0 {
			n.repeat(e, rc, run)
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
