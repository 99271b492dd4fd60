package node

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"quorate/engine/replica"
)

// TestDeadPeerIsNoticed: who waits for another node's answer hears when that node has lost power.
func TestDeadPeerIsNoticed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for alpn, watched := range map[string]bool{alpnAPI: true, replica.ALPN: false} {
		conn, err := nodeDialer(nil, alpn).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		raw, err := conn.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		option := func(level, name int) (value int) {
			if err := raw.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), level, name) }); err != nil {
				t.Fatal(err)
			}
			return value
		}
		probes := option(unix.SOL_SOCKET, unix.SO_KEEPALIVE) == 1 && option(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE) == int(probeEvery.Seconds())
		limit := option(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT) == int(deadAfter.Milliseconds())
		if probes != watched || limit != watched {
			t.Errorf("%s: probes %v, limit %v", alpn, probes, limit)
		}
		conn.Close()
	}
}
