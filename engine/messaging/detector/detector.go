package detector

import (
	"bytes"
	"slices"
	"time"
)

// leaveTimes and leaveEvery: how often a leave is told. Each copy goes out on every link.
const (
	leaveTimes = 3
	leaveEvery = 10 * time.Millisecond
)

// Detector is the state of one node. It is not safe for concurrent use.
type Detector struct {
	self        uint32
	incarnation uint64
	token       time.Duration
	peers       []*peer // by id
	payload     []byte

	now      time.Duration
	nextSend time.Duration
	lastTick time.Duration
	grace    time.Duration // nobody is lost before: the process itself was not running
	leaving  int           // copies of the leave still to send
	left     bool
	stats    Stats

	out []Effect
	buf []byte
}

// Stats count packets that were not used.
type Stats struct {
	Malformed uint64 // not ours, or of another version
	Stranger  uint64 // from a node that is not configured, or to another one
	Replayed  uint64 // seen before, too old, or of a process that has ended
	Pauses    uint64 // times that this process did not run for more than half the detection time
}

// New returns a detector; the first Tick makes it send at once.
func New(c Config) *Detector {
	d := &Detector{self: c.Self, incarnation: c.Incarnation, token: c.Token, now: c.Now, nextSend: c.Now, lastTick: c.Now}
	d.configure(c.Peers)
	return d
}

// Heartbeats is how many of them go out in the detection time.
const Heartbeats = 5

// Interval is the time between heartbeats.
func (d *Detector) Interval() time.Duration { return d.token / Heartbeats }

func (d *Detector) linkTimeout() time.Duration { return d.token / 2 }

// Stats returns the counters.
func (d *Detector) Stats() Stats { return d.stats }

// Step takes an event. Time never goes back: an earlier Now counts as the last one.
func (d *Detector) Step(e Event) []Effect {
	d.out, d.buf = d.out[:0], d.buf[:0]
	d.now = max(d.now, e.at())
	if d.left {
		return nil
	}
	switch e := e.(type) {
	case Tick:
		d.tick()
	case Packet:
		d.receive(e)
		d.fallIntoStep()
	case SetPayload:
		d.payload = bytes.Clone(e.Data[:min(len(e.Data), PayloadMax)])
		d.sendAll(kindHeartbeat)
	case Configure:
		d.token = e.Token
		d.configure(e.Peers)
		d.sendAll(kindHeartbeat)
	case Leave:
		d.leaving, d.nextSend = leaveTimes, d.now
		d.tick()
	}
	if !d.left {
		d.emit(WakeAt{d.wakeAt()})
	}
	return d.out
}

func (d *Detector) emit(e Effect) { d.out = append(d.out, e) }

// tick sends what is due, and drops who was silent for too long.
func (d *Detector) tick() {
	if d.now-d.lastTick > d.linkTimeout() {
		d.stats.Pauses++
		d.grace = d.now + d.linkTimeout()
	}
	d.lastTick = d.now
	if d.leaving > 0 {
		d.tellLeave()
		return
	}
	if d.now >= d.grace {
		d.expire()
	}
	d.askWhoIsLate()
	if d.now >= d.nextSend {
		d.sendAll(kindHeartbeat)
		d.nextSend = max(d.nextSend+d.Interval(), d.now+d.Interval()/2)
	}
}

// fallIntoStep sends heartbeats that are due soon anyway when a packet has woken this node: so the nodes beat
// together, and an idle one wakes up less often.
func (d *Detector) fallIntoStep() {
	if d.leaving == 0 && d.nextSend > d.now && d.nextSend-d.now <= d.Interval()/4 {
		d.sendAll(kindHeartbeat)
		d.nextSend = d.now + d.Interval()
	}
}

func (d *Detector) tellLeave() {
	if d.now < d.nextSend {
		return
	}
	d.sendAll(kindLeave)
	d.nextSend = d.now + leaveEvery
	if d.leaving--; d.leaving == 0 {
		d.left = true
		d.emit(Done{})
	}
}

// expire drops links after half the detection time, and nodes after all of it.
func (d *Detector) expire() {
	for _, p := range d.peers {
		for i, l := range p.links {
			if l != nil && l.heard && d.now-l.heardAt >= d.linkTimeout() {
				l.heard = false
				d.linkDown(p, i)
			}
		}
		if p.up && d.now >= p.deadline(d.token) {
			d.down(p, ReasonLost)
			d.sendTo(p, kindHeartbeat, 0) // tells it, if it still hears us
		}
	}
}

// askWhoIsLate asks peers that are overdue for an answer, more often than heartbeats go: what is left
// of the detection time has a dozen more tries in it, so that a bad link is not taken for a dead node.
func (d *Detector) askWhoIsLate() {
	for _, p := range d.peers {
		if p.up && d.now >= d.askAt(p) {
			p.asked = d.now
			d.sendTo(p, kindHeartbeat, flagAsk)
		}
	}
}

func (d *Detector) askAt(p *peer) time.Duration {
	every := max(d.token, p.token) / 20
	return max(p.confirmed+9*every, p.asked+every) // two heartbeats are missing
}

// wakeAt is when the next thing is due.
func (d *Detector) wakeAt() time.Duration {
	at := d.nextSend
	if d.leaving > 0 {
		return at
	}
	for _, p := range d.peers {
		for _, l := range p.links {
			if l != nil && l.heard {
				at = min(at, max(l.heardAt+d.linkTimeout(), d.grace))
			}
		}
		if p.up {
			at = min(at, max(p.deadline(d.token), d.grace), d.askAt(p))
		}
	}
	return at
}

func (d *Detector) linkUp(p *peer, i int) {
	if l := p.links[i]; !l.up {
		l.up = true
		d.emit(LinkUp{i, p.id})
	}
}

func (d *Detector) linkDown(p *peer, i int) {
	if l := p.links[i]; l.up {
		l.up = false
		d.emit(LinkDown{i, p.id})
	}
}

func (d *Detector) up(p *peer) {
	p.up = true
	d.emit(Up{Node: p.id, Incarnation: p.incarnation, Payload: p.payload})
}

// down drops a peer; why decides what it takes to come back.
func (d *Detector) down(p *peer, why Reason) {
	for i, l := range p.links {
		if l != nil && why != ReasonUnheard {
			d.linkDown(p, i)
		}
	}
	if p.up {
		d.emit(Down{p.id, why})
	}
	p.up, p.countsUs = false, false
	switch why {
	case ReasonLeft, ReasonRestarted:
		p.bury(p.incarnation)
		p.meet(0)
	default:
		p.settle, p.settled = settleCount, d.now
	}
}

// configure takes the list of peers; those that stay keep what is known about them.
func (d *Detector) configure(list []Peer) {
	old := d.peers
	d.peers = nil
	for _, c := range list {
		if c.ID == d.self {
			continue
		}
		i := slices.IndexFunc(old, func(p *peer) bool { return p.id == c.ID })
		p := &peer{id: c.ID}
		if i >= 0 {
			p = old[i]
			old = slices.Delete(old, i, i+1)
		}
		d.setLinks(p, c.Links)
		d.peers = append(d.peers, p)
	}
	slices.SortFunc(d.peers, func(a, b *peer) int { return int(int64(a.id) - int64(b.id)) })
	for _, p := range old {
		d.down(p, ReasonRemoved)
	}
}

func (d *Detector) setLinks(p *peer, links []int) {
	for i := range p.links {
		switch wanted := slices.Contains(links, i); {
		case wanted && p.links[i] == nil:
			p.links[i] = &link{}
		case !wanted && p.links[i] != nil:
			d.linkDown(p, i)
			p.links[i] = nil
		}
	}
}

func (d *Detector) find(id uint32) *peer {
	for _, p := range d.peers {
		if p.id == id {
			return p
		}
	}
	return nil
}

func (d *Detector) sendAll(kind uint8) {
	for _, p := range d.peers {
		d.sendTo(p, kind, 0)
	}
}

func (d *Detector) sendTo(p *peer, kind, flags uint8) {
	for i, l := range p.links {
		if l != nil {
			d.send(p, i, kind, flags)
		}
	}
}

// send makes a packet for one link, with the echo of what was heard there.
func (d *Detector) send(p *peer, i int, kind, flags uint8) {
	l := p.links[i]
	out := packet{kind: kind, link: uint8(i), flags: flags}
	if p.up {
		out.flags |= flagUp
	}
	if l.heard {
		out.echo, out.echoStamp, out.echoDelay = p.incarnation, l.stamp, d.now-l.heardAt
	}
	d.post(p, out)
}

// post numbers a packet and sends it.
func (d *Detector) post(p *peer, out packet) {
	l := p.links[out.link]
	p.seqSent++
	l.seqSent++
	out.from, out.to, out.incarnation, out.token = d.self, p.id, d.incarnation, d.token
	out.seq, out.linkSeq, out.stamp, out.payload = p.seqSent, l.seqSent, d.now, d.payload
	start := len(d.buf)
	d.buf = out.encode(d.buf)
	d.emit(Send{Link: int(out.link), To: p.id, Packet: d.buf[start:len(d.buf):len(d.buf)]})
}

// LinkState is the state of one link towards one node.
type LinkState struct {
	Link      int
	Node      uint32
	Connected bool          // both directions
	RTT       time.Duration // smoothed, 0: not measured
	Lost      float64       // share of lost heartbeats lately, 0 to 1
}

// Links returns the state of all links, by node and link.
func (d *Detector) Links(now time.Duration) []LinkState {
	var out []LinkState
	for _, p := range d.peers {
		for i, l := range p.links {
			if l == nil {
				continue
			}
			s := LinkState{Link: i, Node: p.id, Connected: l.up, RTT: l.rtt, Lost: l.lost}
			if !l.heard {
				s.Lost = 1
			}
			out = append(out, s)
		}
	}
	return out
}
