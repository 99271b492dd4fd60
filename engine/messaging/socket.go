package messaging

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// socket is the UDP socket of one link. It is bound to the link's own address even while no interface
// has that address: an interface that comes up late, or goes and returns, needs no care here.
type socket struct {
	link  int
	local netip.AddrPort
	fd    int
}

func openSocket(link int, local netip.AddrPort) (*socket, error) {
	fd, err := bound(local)
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		return nil, fmt.Errorf("link %d: %s is in use: does another engine, or corosync, run on this node? (%w)", link, local, unix.EADDRINUSE)
	case err != nil:
		return nil, fmt.Errorf("link %d: cannot use %s: %w", link, local, err)
	}
	return &socket{link: link, local: local, fd: fd}, nil
}

// bound makes a socket that may have an address that is not there yet, and asks the network to prefer its
// packets (class selector 6, as for routing protocols).
func bound(local netip.AddrPort) (int, error) {
	family, level, freebind, class := unix.AF_INET, unix.IPPROTO_IP, unix.IP_FREEBIND, unix.IP_TOS
	if local.Addr().Is6() {
		family, level, freebind, class = unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, unix.IPV6_TCLASS
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return 0, err
	}
	_ = unix.SetsockoptInt(fd, level, class, 0xc0) // only a wish
	if err = unix.SetsockoptInt(fd, level, freebind, 1); err == nil {
		err = unix.Bind(fd, sockaddr(local))
	}
	if err != nil {
		unix.Close(fd)
		return 0, err
	}
	return fd, nil
}

func (s *socket) close() { unix.Close(s.fd) }

// send never waits: a packet that does not fit the buffer now is lost like any other.
func (s *socket) send(datagram []byte, to unix.Sockaddr) error {
	return unix.Sendto(s.fd, datagram, unix.MSG_DONTWAIT, to)
}

// sockaddr is an address as the system call wants it.
func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	sa := &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
	if z := a.Addr().Zone(); z != "" {
		if ifi, err := net.InterfaceByName(z); err == nil {
			sa.ZoneId = uint32(ifi.Index)
		}
	}
	return sa
}

// source is the address of a received packet.
func source(sa syscall.Sockaddr) netip.Addr {
	switch a := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrFrom4(a.Addr)
	case *syscall.SockaddrInet6:
		return netip.AddrFrom16(a.Addr).Unmap()
	}
	return netip.Addr{}
}

const packetMax = 65535

// mtu is how many bytes of content fit a packet on the interface that has the address, 0 if none has it.
func mtu(local netip.Addr) int {
	interfaces, err := net.Interfaces()
	if err != nil {
		return 0
	}
	headers := 20 + 8 + sealedSize
	if local.Is6() {
		headers += 20
	}
	for _, ifi := range interfaces {
		addrs, _ := ifi.Addrs()
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err == nil && (p.Addr() == local.WithZone("") || ifi.Flags&net.FlagLoopback != 0 && p.Contains(local)) {
				return min(ifi.MTU, packetMax) - headers
			}
		}
	}
	return 0
}
