package node

import (
	"net/netip"

	"quorate/engine/config"
	"quorate/engine/messaging"
	"quorate/engine/messaging/detector"
)

// messagingConfig is what the heartbeats need to know.
func (e *Engine) messagingConfig() (messaging.Config, error) {
	peers, err := e.messagingPeers()
	return messaging.Config{Self: e.core.cfg.ID, Token: e.config().Token, Key: e.set.Key, Peers: peers,
		Transport: e.config().Transport, Payload: e.core.greeting, Log: e.set.Log}, err
}

// messagingPeers resolves the addresses of all nodes that are known now.
func (e *Engine) messagingPeers() ([]messaging.Peer, error) {
	var peers []messaging.Peer
	for _, n := range e.names.all() {
		p := messaging.Peer{ID: n.ID, Name: n.DisplayName(), Addrs: map[int]netip.AddrPort{}}
		for link, host := range n.Addrs {
			addr, err := messaging.LookupAddr(host)
			if err != nil {
				return nil, err
			}
			p.Addrs[link] = netip.AddrPortFrom(addr, e.port(link))
		}
		peers = append(peers, p)
	}
	return peers, nil
}

func (e *Engine) port(link int) uint16 {
	for _, l := range e.config().Links {
		if l.ID == link {
			return l.Port
		}
	}
	return config.DefaultPort + uint16(link)
}

// setPeers tells the heartbeats of nodes that came or went at run time.
func (e *Engine) setPeers() error {
	peers, err := e.messagingPeers()
	if err != nil {
		return err
	}
	return e.net.SetPeers(peers, e.config().Token)
}

// followPeers is setPeers where a failure can only be told.
func (e *Engine) followPeers() {
	if err := e.setPeers(); err != nil {
		e.set.Log.Error("cannot take the new list of nodes", "reason", err.Error())
	}
}

// forwardMessaging brings what the heartbeats find into the loop. A peer that came or went has another
// connection for the log, so the old one is dropped.
func (e *Engine) forwardMessaging() {
	for ev := range e.net.Events() {
		switch ev.Kind {
		case messaging.Up:
			e.links.Reset(uint64(ev.Node))
			e.post(PeerUp{ev.Node, ev.Payload})
		case messaging.Down:
			e.links.Reset(uint64(ev.Node))
			e.post(PeerDown{ID: ev.Node, Clean: ev.Reason == detector.ReasonLeft, Restarted: ev.Reason == detector.ReasonRestarted})
		case messaging.Payload:
			e.post(PeerPayload{ev.Node, ev.Payload})
		case messaging.LinkDown:
			e.links.Reset(uint64(ev.Node))
			e.set.Log.Warn("link is down", "node", ev.Node, "link", ev.Link)
		case messaging.LinkUp:
			e.set.Log.Info("link is up", "node", ev.Node, "link", ev.Link)
		}
	}
}
