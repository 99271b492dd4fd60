// Package node is the composition root of one node: it joins messaging, the replicated log, quorum,
// controller, executor, fencing and the API into a cluster member.
//
// Core is the whole decision-making of a node as one pure state machine (events in, effects out), so that
// engine/sim can run many of them in one goroutine under virtual time. Engine is the adapter that gives one Core
// its clock, sockets, disk and processes. The rules of the parts stay in their packages.
package node

import (
	"time"

	pb "go.etcd.io/raft/v3/raftpb"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/executor"
	"quorate/engine/quorum"
	"quorate/engine/replica"
	"quorate/engine/scheduler"
)

// Event is something that happened to a node: one of the types below.
type Event interface{ event() }

// Tick: the clock stands at Now. Ticks come with the beats of package messaging, and when WakeAt asked for one.
type Tick struct {
	Now     time.Time
	Regular bool // one of the even beats that the election clock counts
}

// PeerUp: heartbeats of a node arrive. Payload is what it says of itself, see Greeting.
type PeerUp struct {
	ID      uint32
	Payload []byte
}

// PeerDown: a node is lost, or said good-bye.
type PeerDown struct {
	ID        uint32
	Clean     bool
	Restarted bool // another process speaks in its place already; PeerUp follows
}

// PeerPayload: a node says something new of itself.
type PeerPayload struct {
	ID      uint32
	Payload []byte
}

// Message: a log message came in.
type Message struct {
	Generation replica.Generation
	Message    *pb.Message
}

// Unreachable: messages to a peer could not be sent.
type Unreachable struct{ ID uint32 }

// SnapshotSent: a snapshot was handed to the network, or could not be.
type SnapshotSent struct {
	ID uint32
	OK bool
}

// Submit: somebody on this node wants a command applied. A Reply with Tag follows.
type Submit struct {
	Command replica.Command
	Tag     uint64
}

// OpDone: the executor reports. Finished is false for a recurring operation that goes on.
type OpDone struct {
	Record   cib.OpRecord
	Cancel   bool
	Silent   bool
	Finished bool
}

// Scheduled answers a Schedule effect, with its Run and Seq.
type Scheduled struct {
	Run   string
	Seq   int
	Graph *scheduler.Graph
	Err   error
}

// FenceDone answers a Fence effect.
type FenceDone struct {
	ID       string
	OK       bool
	Reason   string
	Delegate string
}

// Shutdown: this node shall leave.
type Shutdown struct{}

// Kill: this node shall end at once, as if it were fenced.
type Kill struct{}

// SetExpected changes the expected votes of the partition; a Reply with Tag follows.
type SetExpected struct {
	Votes int
	Tag   uint64
}

// SetVotes changes how many votes a node has, here; a Reply with Tag follows.
type SetVotes struct {
	ID    uint32
	Votes int
	Tag   uint64
}

// Reconfigured: corosync.conf was read again.
type Reconfigured struct {
	Peers  []Peer
	Quorum quorum.Options
	Token  time.Duration
}

// CancelWaitForAll: an administrator lets the cluster start without all nodes.
type CancelWaitForAll struct{}

// Disowned: the cluster goes on without this node in its list, says one of its nodes.
type Disowned struct{ By string }

func (Tick) event()             {}
func (PeerUp) event()           {}
func (PeerDown) event()         {}
func (PeerPayload) event()      {}
func (Message) event()          {}
func (Unreachable) event()      {}
func (SnapshotSent) event()     {}
func (Submit) event()           {}
func (OpDone) event()           {}
func (Scheduled) event()        {}
func (FenceDone) event()        {}
func (Shutdown) event()         {}
func (CancelWaitForAll) event() {}
func (Kill) event()             {}
func (SetExpected) event()      {}
func (SetVotes) event()         {}
func (Reconfigured) event()     {}
func (Disowned) event()         {}

// Effect is something to be done, in the order given: one of the types below.
type Effect interface{ effect() }

// Persist must be on the disk before any later effect is carried out.
type Persist struct{ What *replica.Persist }

// Remember must be on the disk before any later effect is carried out: what quorum counts by after a restart.
type Remember struct{ Ledger quorum.Ledger }

// Archive keeps the document of a history that is given up, before it is overwritten.
type Archive struct {
	Generation replica.Generation
	CIB        []byte
}

// Send hands messages to the transport.
type Send struct {
	Generation replica.Generation
	Messages   []*pb.Message
}

// Greet sets what this node's heartbeats say of it.
type Greet struct{ Payload []byte }

// RunOp starts an operation; CancelOp ends a recurring one.
type RunOp struct {
	Op     executor.Operation
	Silent bool
}

// CancelOp ends a recurring operation; an OpDone with Cancel answers, with the key of the order.
type CancelOp struct{ Op executor.Operation }

// ForgetOps ends the recurring operations of a resource ("" = of all): their history was deleted.
type ForgetOps struct{ Resource string }

// Schedule asks for the graph of a document; CIB is a private copy. Run is the tenure that wants it: a graph that is
// ready only when another one has begun is of no use.
type Schedule struct {
	Run string
	Seq int
	CIB *cib.Document
}

// Fence asks for a node to be fenced from here.
type Fence struct {
	ID, Target, Action string
	CIB                *cib.Document // where the devices are configured; a private copy
}

// Reply answers a Submit.
type Reply struct {
	Tag uint64
	Err error
}

// WakeAt asks for a Tick then; it replaces earlier wishes.
type WakeAt struct{ At time.Time }

// Admitted: the nodelist has a new node.
type Admitted struct{ Node replica.Admission }

// Removed: a node is forgotten.
type Removed struct{ Name string }

// AskPeers: ask the others whether they know this node; Disowned follows if they do not.
type AskPeers struct{}

// Tell is an event for the log and for those who listen.
type Tell struct{ Event api.Event }

// Exit ends the engine. Kill: everything that runs here must end at once, for others believe it does. Leave: the
// others are told good-bye; with Kill only once everything here has ended, so that nothing runs twice.
type Exit struct {
	Code        int
	Kill, Leave bool
	Reason      string
}

func (Persist) effect()   {}
func (Remember) effect()  {}
func (Archive) effect()   {}
func (Send) effect()      {}
func (Greet) effect()     {}
func (RunOp) effect()     {}
func (CancelOp) effect()  {}
func (ForgetOps) effect() {}
func (Schedule) effect()  {}
func (Fence) effect()     {}
func (Reply) effect()     {}
func (WakeAt) effect()    {}
func (Admitted) effect()  {}
func (Removed) effect()   {}
func (AskPeers) effect()  {}
func (Tell) effect()      {}
func (Exit) effect()      {}
