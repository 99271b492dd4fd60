package messaging

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Peer is one node of the cluster and where its links end. This node is one of the list too.
type Peer struct {
	ID    uint32
	Name  string
	Addrs map[int]netip.AddrPort // link → address
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
