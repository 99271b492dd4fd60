package messaging

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Identity is who a node is in TLS between nodes. Every node derives the same certificate authority
// from the cluster key and issues itself a certificate that lives in memory only: who has the cluster
// key is a node of the cluster, as with Corosync, and there is no certificate to distribute or renew.
type Identity struct {
	ca   *x509.Certificate
	leaf tls.Certificate
}

// Certificates are valid for so long that a wrong clock never keeps a node out of its cluster.
var (
	certFrom = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	certTo   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

const idScheme = "quorate"

// NewIdentity derives the cluster's authority from the cluster key (config.ReadKey) and issues a
// certificate for the node: common name = name, with name and id as subject alternative names.
func NewIdentity(authkey []byte, nodeName string, nodeID uint32) (*Identity, error) {
	seed, err := derive(authkey, "quorate tls authority v1", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	caKey := ed25519.NewKeyFromSeed(seed)
	ca, err := newAuthority(caKey)
	if err != nil {
		return nil, err
	}
	leaf, err := newLeaf(ca, caKey, nodeName, nodeID)
	if err != nil {
		return nil, err
	}
	return &Identity{ca: ca, leaf: leaf}, nil
}

// derive makes n secret bytes for one purpose from the cluster key.
func derive(authkey []byte, purpose string, n int) ([]byte, error) {
	if len(authkey) < 16 {
		return nil, fmt.Errorf("cluster key: %d bytes are too few", len(authkey))
	}
	return hkdf.Key(sha256.New, authkey, nil, purpose, n)
}

// newAuthority makes the self-signed certificate; ed25519 signs deterministically, so that all nodes
// make the same bytes.
func newAuthority(key ed25519.PrivateKey) (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "quorate cluster"},
		NotBefore:             certFrom,
		NotAfter:              certTo,
		KeyUsage:              x509.KeyUsageCertSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func newLeaf(ca *x509.Certificate, caKey ed25519.PrivateKey, name string, id uint32) (tls.Certificate, error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(pub[:16]),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    certFrom,
		NotAfter:     certTo,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:     []string{tlsName(name)},
		URIs:         []*url.URL{{Scheme: idScheme, Opaque: strconv.FormatUint(uint64(id), 10)}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, pub, caKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, ca.Raw}, PrivateKey: key}, nil
}

// tlsName is a node name as a DNS name that x509 compares exactly, whatever characters the name has.
func tlsName(node string) string {
	sum := sha256.Sum256([]byte(node))
	return "n" + hex.EncodeToString(sum[:20]) + ".node.quorate"
}

// ServerTLS returns the configuration of a listener that only nodes of the cluster can talk to.
// PeerOf tells who called. alpn lists the protocols that the caller serves.
func (i *Identity) ServerTLS(alpn ...string) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{i.leaf},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    i.pool(),
		NextProtos:   alpn,
	}
}

// ClientTLS returns the configuration for a call to the named node: nobody else can answer it.
func (i *Identity) ClientTLS(peerName string, alpn ...string) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{i.leaf},
		RootCAs:      i.pool(),
		ServerName:   tlsName(peerName),
		NextProtos:   alpn,
	}
}

// JoinServerTLS is ServerTLS for callers that are not nodes yet: they show no certificate, and are to be
// trusted with nothing before they have shown a join token.
func (i *Identity) JoinServerTLS(alpn ...string) *tls.Config {
	c := i.ServerTLS(alpn...)
	c.ClientAuth, c.ClientCAs = tls.NoClientCert, nil
	return c
}

func (i *Identity) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(i.ca)
	return p
}

// CAFingerprint is the SHA-256 of the authority's public key, 64 hex digits. A join token carries it, so
// that a machine without the cluster key knows that it talks to the right cluster.
func (i *Identity) CAFingerprint() string { return fingerprint(i.ca) }

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// PinnedTLS returns the configuration of a machine that wants to join: it has no certificate, and the
// server's must be issued by the authority with this fingerprint (CAFingerprint). Which node of the
// cluster answers does not matter.
func PinnedTLS(caFingerprint string, alpn ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: alpn,
		// The chain is verified by hand below, against the authority that the fingerprint names.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			return verifyPinned(s.PeerCertificates, caFingerprint)
		},
	}
}

func verifyPinned(chain []*x509.Certificate, want string) error {
	if len(chain) < 2 {
		return errors.New("the server shows no cluster authority: is it a quorate node?")
	}
	ca := chain[len(chain)-1]
	if !strings.EqualFold(fingerprint(ca), want) {
		return errors.New("the server belongs to another cluster than the join token: make a new token there")
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	return err
}

// PeerOf returns name and id of the node at the other end of a verified connection.
func PeerOf(s tls.ConnectionState) (name string, id uint32, err error) {
	if len(s.VerifiedChains) == 0 {
		return "", 0, errors.New("the peer has shown no certificate of this cluster")
	}
	c := s.PeerCertificates[0]
	for _, u := range c.URIs {
		if u.Scheme == idScheme {
			n, err := strconv.ParseUint(u.Opaque, 10, 32)
			return c.Subject.CommonName, uint32(n), err
		}
	}
	return "", 0, errors.New("the peer's certificate names no node id")
}
