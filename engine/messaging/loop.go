package messaging

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"quorate/engine/messaging/detector"
)

// loop is the timer: it ticks the detector when that is due.
func (n *Net) loop() {
	defer n.wg.Done()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-n.done:
			return
		case <-timer.C:
			n.locked(n.tick)
		case <-n.kick:
		}
		n.locked(func() { timer.Reset(n.wake - n.clock()) })
	}
}

// tick reads what is queued before it looks at the clock.
func (n *Net) tick() {
	for _, s := range n.sockets {
		_ = s.raw.Control(func(fd uintptr) { n.drain(s, int(fd)) })
	}
	n.step(detector.Tick{Now: n.clock()})
}

// read waits for packets of a link until its socket is closed.
func (n *Net) read(s *socket) {
	defer n.wg.Done()
	_ = s.raw.Read(func(fd uintptr) (done bool) {
		n.locked(func() { n.drain(s, int(fd)) })
		return false
	})
}

// drain takes all packets that wait in a socket. The number is bounded so that a flood does not stop
// the clock.
func (n *Net) drain(s *socket, fd int) {
	for range 1000 {
		size, from, err := unix.Recvfrom(fd, n.in, unix.MSG_DONTWAIT)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return
		}
		n.receive(s, n.in[:size], from)
	}
}

func (n *Net) receive(s *socket, datagram []byte, from unix.Sockaddr) {
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

// wakeAt notes when the next Tick is due. The timer is disturbed only if that is sooner than it knows:
// ringing too early costs one Tick, and heartbeats push deadlines out all the time.
func (n *Net) wakeAt(at time.Duration) {
	sooner := at < n.wake
	n.wake = at
	if sooner {
		select {
		case n.kick <- struct{}{}:
		default:
		}
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
		n.wg.Add(1)
		go n.read(s)
	}
	n.sockets, n.targets = keep, targets
	n.mu.Unlock()
	closeAll(unused) // without the lock: Close waits for the reader, which may want it
	return nil
}

func closeAll(list []*socket) {
	for _, s := range list {
		s.conn.Close()
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
			if err != nil {
				closeAll(opened)
				return nil, err
			}
			opened = append(opened, s)
		}
	}
	return opened, nil
}
