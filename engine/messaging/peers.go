package messaging

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"quorate/engine/config"
)

// Peer is one node of the cluster and where its links end. This node is one of the list too.
type Peer struct {
	ID    uint32
	Name  string
	Addrs map[int]netip.AddrPort // link → address
}

// Peers takes the nodes from the configuration, in its order. resolve turns a host name into an address,
// nil means LookupAddr.
func Peers(c *config.Config, resolve func(host string) (netip.Addr, error)) ([]Peer, error) {
	if resolve == nil {
		resolve = LookupAddr
	}
	var out []Peer
	for _, n := range c.Nodes {
		p := Peer{ID: n.ID, Name: n.DisplayName(), Addrs: map[int]netip.AddrPort{}}
		for _, l := range c.Links {
			if n.Addrs[l.ID] == "" {
				continue
			}
			addr, err := resolve(n.Addrs[l.ID])
			if err != nil {
				return nil, fmt.Errorf("node %s: ring%d_addr: %w", p.Name, l.ID, err)
			}
			p.Addrs[l.ID] = netip.AddrPortFrom(addr, l.Port)
		}
		out = append(out, p)
	}
	return out, nil
}

// lookupTimeout bounds a question to the resolver: without a name server it must not hold up the start.
const lookupTimeout = 5 * time.Second

// LookupAddr returns the address itself, or the first one of a host name, IPv6 before IPv4 as Corosync's
// default ip_version (ipv6-4) has it.
func LookupAddr(host string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap(), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("cannot resolve %q: write an address instead, or add it to /etc/hosts", host)
	}
	for _, a := range addrs {
		if a.Unmap().Is6() {
			return a, nil
		}
	}
	return addrs[0].Unmap(), nil
}
