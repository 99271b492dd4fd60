package messaging

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"quorate/engine/messaging/detector"
)

// loop is woken by packets and when a tick is due.
func (n *Net) loop() {
	defer n.wg.Done()
	n.waiter.wait(func() { n.locked(n.woken) })
}

// woken reads what is queued before it looks at the clock.
func (n *Net) woken() {
	for _, s := range n.sockets {
		n.drain(s)
	}
	if now := n.clock(); now >= n.wake {
		n.step(detector.Tick{Now: now})
	}
	n.beat()
}

// beat ticks if that is due. The node is woken for its heartbeats anyway, which come a little early or late.
func (n *Net) beat() {
	now, every := n.clock(), n.det.Interval()
	if now < n.beatAt {
		return
	}
	n.beatAt = now + heartbeatsPerBeat*every - every/2
	select {
	case n.beats <- time.Now():
	default:
	}
}

// drain takes all packets that wait in a socket. The number is bounded so that a flood does not stop
// the clock.
func (n *Net) drain(s *socket) {
	for range 1000 {
		size, from, err := syscall.Recvfrom(s.fd, n.in, unix.MSG_DONTWAIT)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return
		}
		n.receive(s, n.in[:size], from)
	}
}

func (n *Net) receive(s *socket, datagram []byte, from syscall.Sockaddr) {
	plain, err := n.seal.open(datagram)
	switch {
	case errors.Is(err, errForeign):
		n.counters.Foreign++
	case err != nil:
		n.counters.Undecryptable++
		n.stranger(s, source(from))
	default:
		n.step(detector.Packet{Now: n.clock(), Link: s.link, Data: plain})
	}
}

// strangersMax bounds the memory for senders with another key.
const strangersMax = 64

// stranger logs a sender with another key once.
func (n *Net) stranger(s *socket, from netip.Addr) {
	if n.strangers[from] || len(n.strangers) >= strangersMax {
		return
	}
	n.strangers[from] = true
	n.log.Warn("heartbeats cannot be decrypted: give this node and the sender the same authkey", "from", from, "link", s.link)
}

// step gives the detector an event and does what it asks for.
func (n *Net) step(e detector.Event) {
	for _, eff := range n.det.Step(e) {
		switch eff := eff.(type) {
		case detector.Send:
			n.send(eff)
		case detector.WakeAt:
			n.wakeAt(eff.At)
		case detector.Up:
			n.events.put(Event{Kind: Up, Node: eff.Node, Incarnation: eff.Incarnation, Payload: eff.Payload})
		case detector.Down:
			n.events.put(Event{Kind: Down, Node: eff.Node, Reason: eff.Reason})
		case detector.Payload:
			n.events.put(Event{Kind: Payload, Node: eff.Node, Payload: eff.Payload})
		case detector.LinkUp:
			n.events.put(Event{Kind: LinkUp, Node: eff.Node, Link: eff.Link})
		case detector.LinkDown:
			n.events.put(Event{Kind: LinkDown, Node: eff.Node, Link: eff.Link})
		case detector.Done:
			close(n.left)
		}
	}
}

// wakeAt sets the timer for the next Tick. One that has rung is always set anew.
func (n *Net) wakeAt(at time.Duration) {
	if now := n.clock(); at != n.wake || now >= at {
		n.wake = at
		n.waiter.ring(at - now)
	}
}

func (n *Net) send(e detector.Send) {
	s, to := n.sockets[e.Link], n.targets[target{e.To, e.Link}]
	if s == nil || to == nil {
		return
	}
	n.out = n.seal.seal(n.out[:0], e.Packet)
	err := s.send(n.out, to)
	if err != nil {
		n.counters.SendErrors++
	}
	n.sendState(target{e.To, e.Link}, err)
}

// sendState logs when sending to a node begins to fail, and when it works again.
func (n *Net) sendState(to target, err error) {
	now := ""
	if err != nil {
		now = err.Error()
	}
	switch {
	case now == n.failing[to]:
		return
	case now != "":
		n.log.Warn("cannot send", "node", to.node, "link", to.link, "error", now)
	default:
		n.log.Info("sending works again", "node", to.node, "link", to.link)
	}
	n.failing[to] = now
}

// setSockets opens and closes sockets until there is one for each own address. On error nothing changes.
func (n *Net) setSockets(peers []Peer) error {
	opened, err := n.openMissing(peers)
	if err != nil {
		return err
	}
	var unused []*socket
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		closeAll(opened)
		return net.ErrClosed
	}
	targets := map[target]unix.Sockaddr{}
	keep := map[int]*socket{}
	for _, p := range peers {
		for l, a := range p.Addrs {
			if p.ID != n.cfg.Self {
				targets[target{p.ID, l}] = sockaddr(a)
				continue
			}
			if s := n.sockets[l]; s != nil && s.local == a {
				keep[l] = s
			}
		}
	}
	for l, s := range n.sockets {
		if keep[l] != s {
			unused = append(unused, s)
		}
	}
	for _, s := range opened {
		keep[s.link] = s
	}
	n.sockets, n.targets = keep, targets
	n.mu.Unlock()
	closeAll(unused)
	return nil
}

func closeAll(list []*socket) {
	for _, s := range list {
		s.close()
	}
}

func (n *Net) openMissing(peers []Peer) ([]*socket, error) {
	n.mu.Lock()
	have := map[int]netip.AddrPort{}
	for l, s := range n.sockets {
		have[l] = s.local
	}
	n.mu.Unlock()
	var opened []*socket
	for _, p := range peers {
		if p.ID != n.cfg.Self {
			continue
		}
		for l, a := range p.Addrs {
			if have[l] == a {
				continue
			}
			s, err := openSocket(l, a)
			if err == nil {
				opened = append(opened, s)
				err = n.waiter.watch(s.fd)
			}
			if err != nil {
				closeAll(opened)
				return nil, err
			}
		}
	}
	return opened, nil
}
