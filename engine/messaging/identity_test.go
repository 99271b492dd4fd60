package messaging

import (
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"testing"
)

func testKey(fill byte) []byte { return bytes.Repeat([]byte{fill}, 256) }

func identity(t *testing.T, key []byte, name string, id uint32) *Identity {
	t.Helper()
	i, err := NewIdentity(key, name, id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// handshake returns the server's and the client's view of a connection.
func handshake(t *testing.T, server, client *tls.Config) (s, c tls.ConnectionState, serr, cerr error) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	srv, cli := tls.Server(a, server), tls.Client(b, client)
	done := make(chan error, 1)
	go func() {
		err := srv.Handshake()
		if err != nil {
			a.Close()
		}
		done <- err
	}()
	cerr = cli.Handshake()
	if cerr != nil {
		b.Close()
	} else {
		go cli.Read(make([]byte, 1)) // lets the server's verdict on the client's certificate through
	}
	serr = <-done
	return srv.ConnectionState(), cli.ConnectionState(), serr, cerr
}

func TestNodesKnowEachOther(t *testing.T) {
	a, b := identity(t, testKey(1), "node1", 1), identity(t, testKey(1), "node 2/ä", 2)
	if a.CAFingerprint() != b.CAFingerprint() || len(a.CAFingerprint()) != 64 {
		t.Fatalf("fingerprints %s, %s", a.CAFingerprint(), b.CAFingerprint())
	}
	if !bytes.Equal(a.ca.Raw, b.ca.Raw) {
		t.Error("the nodes derive different authorities")
	}
	s, c, serr, cerr := handshake(t, a.ServerTLS("raft"), b.ClientTLS("node1", "raft"))
	if serr != nil || cerr != nil {
		t.Fatal(serr, cerr)
	}
	if name, id, err := PeerOf(s); name != "node 2/ä" || id != 2 || err != nil {
		t.Errorf("caller is %q %d %v", name, id, err)
	}
	if name, id, err := PeerOf(c); name != "node1" || id != 1 || err != nil {
		t.Errorf("server is %q %d %v", name, id, err)
	}
	if s.NegotiatedProtocol != "raft" || s.Version != tls.VersionTLS13 {
		t.Errorf("protocol %q version %x", s.NegotiatedProtocol, s.Version)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	a, other := identity(t, testKey(1), "node1", 1), identity(t, testKey(2), "node1", 1)
	b := identity(t, testKey(1), "node2", 2)
	if _, _, _, cerr := handshake(t, b.ServerTLS(), a.ClientTLS("node3")); cerr == nil {
		t.Error("node2 could answer for node3")
	}
	if _, _, serr, _ := handshake(t, b.ServerTLS(), other.ClientTLS("node2")); serr == nil {
		t.Error("a node with another key was let in")
	}
	anonymous := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
	if _, _, serr, _ := handshake(t, b.ServerTLS(), anonymous); serr == nil {
		t.Error("a caller without certificate was let in")
	}
	old := a.ClientTLS("node2")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	if _, _, serr, _ := handshake(t, b.ServerTLS(), old); serr == nil {
		t.Error("TLS 1.2 was accepted")
	}
}

func TestJoin(t *testing.T) {
	a, other := identity(t, testKey(1), "node1", 1), identity(t, testKey(2), "node1", 1)
	s, _, serr, cerr := handshake(t, a.JoinServerTLS("join"), PinnedTLS(a.CAFingerprint(), "join"))
	if serr != nil || cerr != nil {
		t.Fatal(serr, cerr)
	}
	if _, _, err := PeerOf(s); err == nil {
		t.Error("a joiner passes for a node")
	}
	if _, _, _, cerr := handshake(t, other.JoinServerTLS(), PinnedTLS(a.CAFingerprint())); cerr == nil || !strings.Contains(cerr.Error(), "another cluster") {
		t.Errorf("wrong cluster: %v", cerr)
	}
	// A server that shows the right authority, but holds no certificate issued by it.
	forged := other.JoinServerTLS()
	forged.Certificates[0].Certificate = [][]byte{forged.Certificates[0].Certificate[0], a.ca.Raw}
	if _, _, _, cerr := handshake(t, forged, PinnedTLS(a.CAFingerprint())); cerr == nil {
		t.Error("a forged chain was accepted")
	}
}

func TestShortKey(t *testing.T) {
	if _, err := NewIdentity([]byte("x"), "n", 1); err == nil {
		t.Error("accepted")
	}
}
