// Package detector decides who is there, from heartbeats: a pure state machine that takes packets and
// the time as events, and returns what to send and what has changed.
//
// Every node sends a heartbeat to every other node on every link, five times per detection time
// (token). Each says what was heard from the peer on that link, so both ends know that the link works
// in both directions, and how fast. A node is up as soon as one link works both ways, and lost when
// none has for a whole token; both ends come to the same view, because who drops a peer tells it so.
// A start is seen at the first exchange of packets, a restart by a new incarnation, a planned leave by
// a packet of its own.
//
// There is no clock, socket or random number here. Times are offsets from any fixed moment of a clock
// that never steps.
package detector

import "time"

// Config is what a detector knows from the start.
type Config struct {
	Self uint32
	// Incarnation is a random number of this process, not 0: a restarted node is another one.
	Incarnation uint64
	Token       time.Duration // detection time
	Peers       []Peer        // Self may be among them and is skipped
	Now         time.Duration
}

// Peer is another node and the links on which it can be reached.
type Peer struct {
	ID    uint32
	Links []int // 0 to 7
}

// Event is one of Tick, Packet, SetPayload, Configure and Leave.
type Event interface{ at() time.Duration }

// Tick says what time it is. It is due at the time of the last WakeAt; what was received before Now must
// have been given to Step before, so that nobody is lost while its packets wait in a queue.
type Tick struct{ Now time.Duration }

// Packet is a packet that arrived on a link, decrypted. Data is not kept.
type Packet struct {
	Now  time.Duration
	Link int
	Data []byte
}

// SetPayload changes the bytes that the heartbeats carry, at most PayloadMax. They are sent at once.
type SetPayload struct {
	Now  time.Duration
	Data []byte
}

// Configure replaces peers and detection time while running.
type Configure struct {
	Now   time.Duration
	Token time.Duration
	Peers []Peer
}

// Leave makes the node tell everyone that it goes; Done follows. Nothing else is sent afterwards.
type Leave struct{ Now time.Duration }

func (e Tick) at() time.Duration       { return e.Now }
func (e Packet) at() time.Duration     { return e.Now }
func (e SetPayload) at() time.Duration { return e.Now }
func (e Configure) at() time.Duration  { return e.Now }
func (e Leave) at() time.Duration      { return e.Now }

// Effect is one of Send, Up, Down, Payload, LinkUp, LinkDown, WakeAt and Done. Effects and the bytes in
// them are valid until the next Step, except payloads, which may be kept.
type Effect any

// Send asks for a packet to be sent.
type Send struct {
	Link   int
	To     uint32
	Packet []byte
}

// Up: a node is there. Payload is what it says about itself.
type Up struct {
	Node        uint32
	Incarnation uint64
	Payload     []byte
}

// Down: a node that was up is not there any more.
type Down struct {
	Node   uint32
	Reason Reason
}

// Reason is why a node is down.
type Reason string

// The reasons. Only ReasonLeft says that the node has stopped its work.
const (
	ReasonLost      Reason = "lost"      // nothing heard on any link for the detection time
	ReasonUnheard   Reason = "unheard"   // it does not hear us, and has dropped us
	ReasonRestarted Reason = "restarted" // another process is there in its place
	ReasonLeft      Reason = "left"      // planned
	ReasonRemoved   Reason = "removed"   // not configured any more
)

// Payload: a node that is up has changed what it says about itself.
type Payload struct {
	Node    uint32
	Payload []byte
}

// LinkUp: packets pass in both directions.
type LinkUp struct {
	Link int
	Node uint32
}

// LinkDown: nothing was heard on the link for half the detection time, or the peer hears nothing.
type LinkDown struct {
	Link int
	Node uint32
}

// WakeAt asks for a Tick at this time; a later one replaces it.
type WakeAt struct{ At time.Duration }

// Done: the leave has been told often enough.
type Done struct{}
