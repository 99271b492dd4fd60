package node

import (
	"fmt"
	"strconv"
	"time"

	"go.etcd.io/raft/v3"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/controller"
	"quorate/engine/quorum"
	"quorate/engine/replica"
)

// Peer is one configured node.
type Peer struct {
	ID    uint32
	Name  string
	Votes int
}

// Config makes a Core.
type Config struct {
	ID       uint32
	Name     string
	Cluster  string // cluster_name; "" if it has none
	BootID   string // unique to this start of the engine: a UUID
	Peers    []Peer // every configured node, this one included
	Quorum   quorum.Options
	Token    time.Duration
	JobLimit int
	Stored   replica.Stored
	Ledger   quorum.Ledger // as the last Remember had it; zero if there was none
	Joining  bool          // with nothing stored: wait for a leader to bring the log
	RaftLog  raft.Logger
	Now      time.Time
}

// Core is the decision-making of one node.
type Core struct {
	cfg     Config
	now     time.Time
	log     *replica.Replica
	quorum  *quorum.State
	verdict quorum.Decision
	up      map[uint32]Greeting // peers whose heartbeats arrive; this node is not in it
	blank   map[uint32]bool     // peers that came up without the log that they had
	mute    map[uint32]bool     // peers that are there and have not said anything yet
	clean   map[uint32]bool     // peers that said good-bye since they were last up
	seen    map[uint32]int      // how often a peer came up
	// peers whose engine was started again, and until when they are to be up
	returning map[uint32]time.Time
	counter   int // for unique names

	session  string    // of this node's next or present membership
	since    time.Time // the start
	joined   bool      // has been a member since the start
	joinAt   time.Time // when to ask again after a refusal
	inFlight map[string]string
	ownPast  []cib.OpRecord // history to join with, where the document has none of it
	keepPast bool
	// transient attributes of this node as last seen while it was a member
	ownAttributes, ownPrivate map[string]string

	proposals map[string]*proposal
	leaderAt  time.Time // since when the leader is as it is
	lastLead  uint64
	campaigns int

	// former is what this node knew when it gave up its log for another generation's, until it has got that, and rejoins
	// when it did so. Should the others be lost again before, it is what there is to go by.
	former  *replica.State
	rejoins time.Time

	dc        *dcDuties
	fences    map[string]string // fencing under way that this node asked for as DC: target to action
	local     *localMode
	force     *forcing
	leaving   bool
	leftAt    time.Time
	exited    bool
	ringSeq   uint64
	wake      time.Time
	effects   []Effect
	stored    uint64 // entries up to this one were known before the start
	replaying bool   // applying such an entry: no news
	greeting  []byte // as last said
	// remembered is the ledger as the disk has it.
	remembered quorum.Ledger
	askAt      time.Time // when the others are asked whether they know this node, which hears nobody
	disowned   string    // who of them does not
	lmsAt      time.Time // when last_man_standing takes effect; zero: not waiting
}

// New makes a node that has just started. The effects must be carried out first.
func New(cfg Config) (*Core, []Effect, error) {
	c := &Core{cfg: cfg, now: cfg.Now, up: map[uint32]Greeting{}, clean: map[uint32]bool{}, blank: map[uint32]bool{}, mute: map[uint32]bool{}, seen: map[uint32]int{}, returning: map[uint32]time.Time{},
		inFlight: map[string]string{}, ownAttributes: map[string]string{}, fences: map[string]string{}, proposals: map[string]*proposal{}, leaderAt: cfg.Now, since: cfg.Now}
	var voters []uint64
	for _, p := range cfg.Peers {
		if !cfg.Joining {
			voters = append(voters, uint64(p.ID))
		}
	}
	log, first, err := replica.NewReplica(replica.Options{ID: uint64(cfg.ID), Bootstrap: voters, Stored: cfg.Stored,
		ElectionTicks: electionTicks, HeartbeatTicks: 1, Logger: cfg.RaftLog})
	if err != nil {
		return nil, nil, err
	}
	c.log = log
	_, c.stored = log.Position()
	if first != nil {
		c.do(Persist{first})
	}
	for _, a := range log.State().Nodes {
		c.addPeer(a)
	}
	c.quorum = quorum.New(cfg.ID, cfg.Quorum, c.voters())
	if len(cfg.Ledger.Last) > 0 {
		c.quorum.Restore(cfg.Ledger)
		c.remembered = cfg.Ledger
	}
	c.session = c.unique()
	c.decide()
	for c.drain() { // what was committed before the start is known from the first moment on
	}
	c.greet()
	return c, c.effects, nil
}

// electionTicks is lazy on purpose: the detector finds a lost leader first; the clock only covers what it cannot see.
const electionTicks = 4

// Step takes events and returns what is to be done about all of them, in order. Events that came together
// are given together: their entries go to the disk and to the peers at once.
func (c *Core) Step(events ...Event) []Effect {
	c.effects = nil
	for _, ev := range events {
		if c.exited {
			return c.effects
		}
		c.take(ev)
	}
	c.settle()
	return c.effects
}

func (c *Core) take(ev Event) {
	switch e := ev.(type) {
	case Tick:
		c.tick(e)
	case PeerUp:
		c.peerUp(e)
	case PeerDown:
		c.peerDown(e)
	case PeerPayload:
		c.peerPayload(e)
	case Message:
		c.message(e)
	case Unreachable:
		c.log.Unreachable(uint64(e.ID))
	case SnapshotSent:
		c.log.SnapshotSent(uint64(e.ID), e.OK)
	case Submit:
		c.submit(e)
	case OpDone:
		c.opDone(e)
	case Scheduled:
		c.scheduled(e)
	case FenceDone:
		c.fenceDone(e)
	case Shutdown:
		c.shutdown()
	default:
		c.administer(ev)
	}
}

// settle moves everything on that the event made possible, until nothing changes any more.
func (c *Core) settle() {
	for range 100 { // each round consumes output of the log, so this ends; the bound guards against a defect
		c.review()
		if !c.drain() {
			break
		}
	}
	c.greet()
	c.askWake()
}

func (c *Core) do(e Effect) { c.effects = append(c.effects, e) }

func (c *Core) tell(kind, node, format string, args ...any) {
	if c.replaying {
		return
	}
	c.do(Tell{api.Event{Time: c.now, Kind: kind, Node: node, Text: fmt.Sprintf(format, args...)}})
}

// unique makes a name that no other start of any node makes.
func (c *Core) unique() string {
	c.counter++
	return fmt.Sprintf("%s-%d", c.cfg.BootID, c.counter)
}

func (c *Core) tick(e Tick) {
	c.now = e.Now
	c.wake = time.Time{}
	if e.Regular {
		c.log.Tick()
	}
	c.retryProposals()
	c.checkReturning()
	c.considerAsking()
	if !c.lmsAt.IsZero() && !c.now.Before(c.lmsAt) {
		c.lmsAt = time.Time{}
		c.verdict = c.quorum.LastManStanding()
	}
	if c.dc != nil {
		c.runController(c.dc.machine.Step(controller.Tick{Now: c.now}))
	}
	if c.local != nil {
		c.runLocal(c.local.machine.Step(controller.Tick{Now: c.now}))
	}
	c.checkLeaving()
}

// askWake asks for the next tick that is not one of the regular ones.
func (c *Core) askWake() {
	at := time.Time{}
	for _, t := range []time.Time{c.dcWake(), c.localWake()} {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	if !at.IsZero() && !at.Equal(c.wake) {
		c.wake = at
		c.do(WakeAt{at})
	}
}

// self names this node as the document does.
func (c *Core) self() cib.NodeRef {
	return cib.NodeRef{ID: fmt.Sprint(c.cfg.ID), Name: c.cfg.Name}
}

func (c *Core) peer(id uint32) (Peer, bool) {
	for _, p := range c.cfg.Peers {
		if p.ID == id {
			return p, true
		}
	}
	return Peer{}, false
}

// peerWith finds a peer by its id as the document has it.
func (c *Core) peerWith(id string) (Peer, bool) {
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return Peer{}, false
	}
	return c.peer(uint32(n))
}

func (c *Core) peerNamed(name string) (Peer, bool) {
	for _, p := range c.cfg.Peers {
		if p.Name == name {
			return p, true
		}
	}
	return Peer{}, false
}

// State is what this node believes: its private copy while it is without quorum, else the replicated state.
// Callers must not change it.
func (c *Core) State() *replica.State {
	switch {
	case c.local != nil:
		return c.local.state
	case c.former != nil:
		return c.former
	}
	return c.log.State()
}

// IsDC tells whether this node leads and the log says so.
func (c *Core) IsDC() bool { return c.dc != nil && c.dc.announced && c.log.State().Run == c.dc.runID }

// Generation of this node's log.
func (c *Core) Generation() replica.Generation { return c.log.Generation() }

// Term of this node's log.
func (c *Core) Term() uint64 { return c.log.Term() }

// AppliedIndex is how far this node has applied the log.
func (c *Core) AppliedIndex() uint64 { return c.log.AppliedIndex() }

// WithoutQuorum tells whether State is this node's private copy.
func (c *Core) WithoutQuorum() bool { return c.local != nil }
