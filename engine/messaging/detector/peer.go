package detector

import (
	"slices"
	"time"
)

const linkMax = 8

// settleCount is how many heartbeats in a row must pass both ways before a peer that was lost counts
// again: a link that drops most packets must not make a node come and go.
const settleCount = 3

// peer is what is known about another node.
type peer struct {
	id          uint32
	links       [linkMax]*link
	incarnation uint64   // of the process that is heard, 0: none
	dead        []uint64 // incarnations that have ended, never believed again
	up          bool
	countsUs    bool          // it has said that we are up, since it is up here
	confirmed   time.Duration // last time that a packet proved both directions
	settle      int           // heartbeats still wanted before it may be up
	settled     time.Duration // when settle was counted last
	token       time.Duration // its detection time
	asked       time.Duration // when it was asked for an answer last
	seqSent     uint64
	seqHeard    uint64 // highest, over all links
	payload     []byte
}

// link is one link to a peer.
type link struct {
	up       bool
	heard    bool          // lately
	heardAt  time.Duration // when
	stamp    time.Duration // the peer's clock in the newest packet
	window   window
	seqSent  uint64
	answered time.Duration
	rtt      time.Duration // smoothed, 0: not measured
	lost     float64       // share of lost packets, smoothed
}

const deadMax = 8

// deadline is when the peer is lost. While a new token is being rolled out the longer one counts: its
// heartbeats come only as often as its own token asks.
func (p *peer) deadline(token time.Duration) time.Duration { return p.confirmed + max(token, p.token) }

// bury ends an incarnation for good.
func (p *peer) bury(incarnation uint64) {
	p.dead = append(p.dead, incarnation)
	if len(p.dead) > deadMax {
		p.dead = slices.Delete(p.dead, 0, 1)
	}
}

// meet starts afresh with another process of the peer.
func (p *peer) meet(incarnation uint64) {
	p.incarnation, p.seqHeard, p.settle = incarnation, 0, 0
	p.countsUs, p.payload = false, nil
	for _, l := range p.links {
		if l != nil {
			*l = link{seqSent: l.seqSent, rtt: l.rtt}
		}
	}
}

// window refuses sequence numbers that were seen before or are too old.
type window struct {
	top  uint64
	seen uint64 // bit i: top-i was seen
}

// accept returns how many numbers were skipped; ok is false for a replay.
func (w *window) accept(seq uint64) (skipped uint64, ok bool) {
	switch {
	case seq > w.top:
		ahead := seq - w.top
		if w.top != 0 {
			skipped = ahead - 1
		}
		w.seen = w.seen<<min(ahead, 64) | 1
		w.top = seq
		return skipped, true
	case seq == 0 || w.top-seq >= 64 || w.seen>>(w.top-seq)&1 == 1:
		return 0, false
	}
	w.seen |= 1 << (w.top - seq)
	return 0, true
}

// Smoothing: 1/8 as TCP does for the round trip, 1/32 for loss, which shows about the last half minute.
const (
	rttGain  = 8
	lossGain = 1.0 / 32
)

func (l *link) sampleRTT(d time.Duration) {
	if d < 0 {
		d = 0
	}
	if l.rtt == 0 {
		l.rtt = max(d, time.Microsecond)
		return
	}
	l.rtt = max(l.rtt+(d-l.rtt)/rttGain, time.Microsecond)
}

func (l *link) sampleLoss(skipped uint64) {
	for range min(skipped, 64) {
		l.lost += (1 - l.lost) * lossGain
	}
	l.lost -= l.lost * lossGain
}
