package detector

import (
	"bytes"
	"slices"
)

// receive takes one packet.
func (d *Detector) receive(e Packet) {
	var in packet
	if err := in.decode(e.Data); err != nil || int(in.link) != e.Link || e.Link >= linkMax {
		d.stats.Malformed++
		return
	}
	p := d.find(in.from)
	if p == nil || in.to != d.self || p.links[e.Link] == nil {
		d.stats.Stranger++
		return
	}
	if d.leaving > 0 || !d.recognise(p, &in) {
		return
	}
	l := p.links[e.Link]
	skipped, ok := l.window.accept(in.linkSeq)
	if !ok {
		d.stats.Replayed++
		return
	}
	if in.kind == kindLeave {
		d.down(p, ReasonLeft)
		return
	}
	d.hear(p, e.Link, &in, skipped)
}

// recognise makes sure that the packet is from the process that is believed to be the peer. Another
// process is believed at once if none is up; one that is up is replaced only by a process that proves,
// by the echo of a recent packet of ours, that it is no recording.
func (d *Detector) recognise(p *peer, in *packet) bool {
	switch {
	case in.incarnation == p.incarnation:
		return true
	case slices.Contains(p.dead, in.incarnation), in.kind == kindLeave:
		d.stats.Replayed++
		return false
	case !p.up:
	case d.proves(in):
		d.down(p, ReasonRestarted)
	default:
		d.challenge(p, in)
		return false
	}
	p.meet(in.incarnation)
	return true
}

// proves reports whether the packet answers a recent one of ours.
func (d *Detector) proves(in *packet) bool {
	return in.echo == d.incarnation && in.echoStamp <= d.now && d.now-in.echoStamp < 2*d.token
}

// challenge answers a process whose predecessor is still believed to be up, so that it can prove that
// it is alive. For the predecessor, should it be alive, nothing changes: it is still counted.
func (d *Detector) challenge(p *peer, in *packet) {
	l := p.links[in.link]
	if d.now-l.answered < d.Interval()/4 && l.answered != 0 {
		return
	}
	l.answered = d.now
	d.post(p, packet{kind: kindHeartbeat, link: in.link, flags: flagUp, echo: in.incarnation, echoStamp: in.stamp})
}

// hear takes a heartbeat that is new and from the right process.
func (d *Detector) hear(p *peer, i int, in *packet, skipped uint64) {
	l := p.links[i]
	first := !l.heard
	l.heard, l.heardAt = true, d.now
	l.sampleLoss(skipped)
	newest := in.linkSeq == l.window.top
	if newest {
		l.stamp = in.stamp
	}
	d.state(p, in)
	both := d.proves(in)
	switch {
	case both:
		l.sampleRTT(d.now - in.echoStamp - in.echoDelay)
		d.linkUp(p, i)
		d.confirm(p)
	case in.echo == 0 && newest:
		d.linkDown(p, i)
	}
	wasUp := p.up
	if both && !p.up && p.settle == 0 {
		d.up(p)
	}
	d.answer(p, i, first || p.up != wasUp || in.flags&flagAsk != 0, both)
}

// state takes what the newest packet says about the peer itself.
func (d *Detector) state(p *peer, in *packet) {
	if in.seq <= p.seqHeard {
		return
	}
	p.seqHeard, p.token = in.seq, in.token
	if !bytes.Equal(p.payload, in.payload) {
		p.payload = bytes.Clone(in.payload)
		if p.up {
			d.emit(Payload{Node: p.id, Payload: p.payload})
		}
	}
	switch counts := in.flags&flagUp != 0; {
	case counts:
		p.countsUs = p.up
	case p.up && p.countsUs:
		d.down(p, ReasonUnheard)
	}
}

// confirm notes that a packet has proved both directions.
func (d *Detector) confirm(p *peer) {
	p.confirmed = d.now
	if p.settle > 0 && d.now-p.settled >= d.Interval()/2 {
		p.settle--
		p.settled = d.now
	}
}

// answer sends at once what the peer is waiting to know: that we hear it, or that it is up here. Otherwise
// the next heartbeat is soon enough.
func (d *Detector) answer(p *peer, i int, changed, both bool) {
	l := p.links[i]
	waits := !both && d.now-l.answered >= d.Interval()/4
	if changed || waits {
		l.answered = d.now
		d.send(p, i, kindHeartbeat, 0)
	}
}
