package messaging

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"quorate/engine/messaging/detector"
)

// Config is what a node needs to take part.
type Config struct {
	Self      uint32
	Token     time.Duration // detection time, config.Config.Token
	Key       []byte        // cluster key, config.ReadKey
	Peers     []Peer        // all nodes, this one included
	Transport string        // what Links calls it
	Payload   []byte        // first payload, see SetPayload
	Log       *slog.Logger  // nil: silent
}

// Event is what Net reports. Which fields are set depends on Kind.
type Event struct {
	Kind        EventKind
	Node        uint32
	Link        int             // LinkUp, LinkDown
	Reason      detector.Reason // Down
	Incarnation uint64          // Up
	Payload     []byte          // Up, Payload
}

// EventKind is the kind of an event.
type EventKind int

// The kinds of events.
const (
	Up       EventKind = iota + 1 // a node is there; Payload is what it says about itself
	Down                          // it is not there any more
	Payload                       // it says something new about itself
	LinkUp                        // a link to it works in both directions
	LinkDown                      // it does not
)

var kindWords = map[EventKind]string{Up: "up", Down: "down", Payload: "payload", LinkUp: "link up", LinkDown: "link down"}

// String returns the kind in words.
func (k EventKind) String() string { return kindWords[k] }

// Counters count what was not usable, since the start.
type Counters struct {
	detector.Stats
	Undecryptable uint64 // another key
	Foreign       uint64 // not quorate's at all
	SendErrors    uint64
}

// Net is this node on its links. All methods may be called from any goroutine.
//
// One lock guards detector and sockets. Packets and timer wake the same goroutine, which reads all sockets
// empty before it tells the detector the time: so no peer is lost whose packets wait in a queue, however
// late this process was scheduled.
type Net struct {
	log    *slog.Logger
	start  time.Time
	events *queue
	done   chan struct{} // closed by Close
	left   chan struct{} // closed when a leave has been told
	beats  chan time.Time
	wg     sync.WaitGroup

	setPeers sync.Mutex // one change of the nodes at a time

	mu        sync.Mutex
	cfg       Config
	det       *detector.Detector
	waiter    *waiter
	seal      *sealer
	sockets   map[int]*socket
	targets   map[target]unix.Sockaddr
	wake      time.Duration // when the detector wants a Tick
	beatAt    time.Duration // when the next beat is due
	strangers map[netip.Addr]bool
	failing   map[target]string // why sending fails at present, for the log
	counters  Counters
	in, out   []byte
	closed    bool
}

type target struct {
	node uint32
	link int
}

// datagramMax is the largest datagram that a node sends.
const datagramMax = 2048

// Start opens the links and begins to send at once. An address that no interface has yet is no error.
func Start(cfg Config) (*Net, error) {
	if err := check(cfg.Self, cfg.Token, cfg.Peers); err != nil {
		return nil, err
	}
	seal, err := newSealer(cfg.Key)
	if err != nil {
		return nil, err
	}
	n := &Net{log: cfg.Log, cfg: cfg, seal: seal, start: time.Now(), events: newQueue(),
		done: make(chan struct{}), left: make(chan struct{}), beats: make(chan time.Time, 1),
		sockets: map[int]*socket{}, strangers: map[netip.Addr]bool{}, failing: map[target]string{},
		in: make([]byte, datagramMax), out: make([]byte, 0, datagramMax)}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if n.waiter, err = newWaiter(); err != nil {
		n.events.close()
		return nil, err
	}
	n.det = detector.New(detector.Config{Self: cfg.Self, Incarnation: incarnation(), Token: cfg.Token, Peers: links(cfg.Self, cfg.Peers)})
	if err := n.setSockets(cfg.Peers); err != nil {
		n.Close()
		return nil, err
	}
	if err := n.SetPayload(cfg.Payload); err != nil {
		n.Close()
		return nil, err
	}
	n.wg.Add(1)
	go n.loop()
	return n, nil
}

// incarnation is a random number that is never 0.
func incarnation() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:]) | 1
}

func check(self uint32, token time.Duration, peers []Peer) error {
	i := slices.IndexFunc(peers, func(p Peer) bool { return p.ID == self })
	switch {
	case i < 0:
		return fmt.Errorf("messaging: node %d is not among the nodes", self)
	case len(peers[i].Addrs) == 0:
		return fmt.Errorf("messaging: node %d has no address", self)
	case token < 30*time.Millisecond:
		return fmt.Errorf("messaging: a detection time of %v is too short", token)
	}
	return nil
}

// links are the links that this node shares with each other one.
func links(self uint32, peers []Peer) []detector.Peer {
	var mine map[int]netip.AddrPort
	for _, p := range peers {
		if p.ID == self {
			mine = p.Addrs
		}
	}
	var out []detector.Peer
	for _, p := range peers {
		d := detector.Peer{ID: p.ID}
		for l := range p.Addrs {
			if _, ok := mine[l]; ok && p.ID != self {
				d.Links = append(d.Links, l)
			}
		}
		out = append(out, d)
	}
	return out
}

// Events returns what happens, in order; nothing is left out however late the receiver is. The channel
// is closed by Close.
func (n *Net) Events() <-chan Event { return n.events.out }

// heartbeatsPerBeat: see BeatEvery.
const heartbeatsPerBeat = 3

// BeatEvery is the time between two beats on average.
func BeatEvery(token time.Duration) time.Duration {
	return token * heartbeatsPerBeat / detector.Heartbeats
}

// Beats ticks with every third heartbeat: work that is to be done regularly then costs no wake-up of its own, and
// is done by all nodes at about the same time. Like a time.Ticker it leaves out what the receiver is too late for.
func (n *Net) Beats() <-chan time.Time { return n.beats }

// SetPayload changes what this node says about itself (at most detector.PayloadMax bytes) and sends it
// to all at once; heartbeats repeat it.
func (n *Net) SetPayload(b []byte) error {
	if len(b) > detector.PayloadMax {
		return fmt.Errorf("messaging: payload of %d bytes, at most %d fit a heartbeat", len(b), detector.PayloadMax)
	}
	n.locked(func() { n.step(detector.SetPayload{Now: n.clock(), Data: b}) })
	return nil
}

// SetPeers changes nodes, links and detection time while running. If an own address cannot be used, the
// error says so and everything stays as it was.
func (n *Net) SetPeers(peers []Peer, token time.Duration) error {
	n.setPeers.Lock()
	defer n.setPeers.Unlock()
	if err := check(n.cfg.Self, token, peers); err != nil {
		return err
	}
	if err := n.setSockets(peers); err != nil {
		return err
	}
	n.locked(func() {
		n.cfg.Peers, n.cfg.Token = peers, token
		n.step(detector.Configure{Now: n.clock(), Token: token, Peers: links(n.cfg.Self, peers)})
	})
	return nil
}

// leaveTimeout bounds Leave; the copies of the message take 20 ms.
const leaveTimeout = time.Second

// Leave tells all others that this node goes, so that they need not wait for the detection time, nor
// fence it. It returns when that is done; only Close makes sense afterwards.
func (n *Net) Leave() {
	n.locked(func() { n.step(detector.Leave{Now: n.clock()}) })
	select {
	case <-n.left:
	case <-n.done:
	case <-time.After(leaveTimeout):
	}
}

// Close ends everything at once, without a leave message.
func (n *Net) Close() {
	var sockets map[int]*socket
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return
	}
	n.closed = true
	sockets, n.sockets = n.sockets, nil
	close(n.done)
	n.mu.Unlock()
	n.waiter.close()
	n.wg.Wait()
	for _, s := range sockets {
		s.close()
	}
	n.events.close()
}

// Counters returns what could not be used.
func (n *Net) Counters() Counters {
	var c Counters
	n.locked(func() {
		c = n.counters
		c.Stats = n.det.Stats()
	})
	return c
}

func (n *Net) locked(do func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		do()
	}
}

func (n *Net) clock() time.Duration { return time.Since(n.start) }
