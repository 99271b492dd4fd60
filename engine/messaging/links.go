package messaging

import (
	"slices"

	"quorate/engine/api"
	"quorate/engine/messaging/detector"
)

// Links returns the state of every link towards every configured node, in the order of the node list.
func (n *Net) Links() api.Links {
	n.mu.Lock()
	cfg, states := n.cfg, n.det.Links(n.clock())
	n.mu.Unlock()

	out := api.Links{LocalID: cfg.Self, Transport: cfg.Transport}
	for _, me := range cfg.Peers {
		if me.ID != cfg.Self {
			continue
		}
		for id, addr := range me.Addrs {
			l := api.Link{ID: id, Addr: addr.Addr().String()}
			size := mtu(addr.Addr())
			for _, p := range cfg.Peers {
				if lp, ok := linkPeer(cfg.Self, p, id, states); ok {
					lp.MTU = size
					l.Peers = append(l.Peers, lp)
				}
			}
			out.Links = append(out.Links, l)
		}
	}
	slices.SortFunc(out.Links, func(a, b api.Link) int { return a.ID - b.ID })
	return out
}

// linkPeer is the state of a link towards one node; ok is false if the node does not have the link.
func linkPeer(self uint32, p Peer, link int, states []detector.LinkState) (lp api.LinkPeer, ok bool) {
	addr, ok := p.Addrs[link]
	if !ok {
		return lp, false
	}
	lp = api.LinkPeer{NodeID: p.ID, Addr: addr.Addr().String(), Enabled: true}
	if p.ID == self {
		lp.Local, lp.Connected = true, true
		return lp, true
	}
	for _, s := range states {
		if s.Node == p.ID && s.Link == link {
			lp.Connected, lp.RTT, lp.Lost = s.Connected, s.RTT, s.Lost
		}
	}
	return lp, true
}
