package messaging

import (
	"context"
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
	conn  *net.UDPConn
	raw   syscall.RawConn
}

func openSocket(link int, local netip.AddrPort) (*socket, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error { return prepare(c, local.Addr().Is6()) }}
	network := "udp4"
	if local.Addr().Is6() {
		network = "udp6"
	}
	pc, err := lc.ListenPacket(context.Background(), network, local.String())
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		return nil, fmt.Errorf("link %d: %s is in use: does another engine, or corosync, run on this node? (%w)", link, local, unix.EADDRINUSE)
	case err != nil:
		return nil, fmt.Errorf("link %d: cannot use %s: %w", link, local, err)
	}
	conn := pc.(*net.UDPConn)
	raw, err := conn.SyscallConn()
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &socket{link: link, local: local, conn: conn, raw: raw}, nil
}

// prepare lets the socket have an address that is not there yet, and asks the network to prefer its
// packets (class selector 6, as for routing protocols).
func prepare(c syscall.RawConn, v6 bool) error {
	var err error
	cerr := c.Control(func(fd uintptr) {
		level, freebind, class := unix.IPPROTO_IP, unix.IP_FREEBIND, unix.IP_TOS
		if v6 {
			level, freebind, class = unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, unix.IPV6_TCLASS
		}
		err = unix.SetsockoptInt(int(fd), level, freebind, 1)
		_ = unix.SetsockoptInt(int(fd), level, class, 0xc0) // only a wish
	})
	if cerr != nil {
		return cerr
	}
	return err
}

// send never waits: a packet that does not fit the buffer now is lost like any other.
func (s *socket) send(datagram []byte, to unix.Sockaddr) error {
	var err error
	cerr := s.raw.Control(func(fd uintptr) { err = unix.Sendto(int(fd), datagram, unix.MSG_DONTWAIT, to) })
	if cerr != nil {
		return cerr
	}
	return err
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
func source(sa unix.Sockaddr) netip.Addr {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrFrom4(a.Addr)
	case *unix.SockaddrInet6:
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
