package messaging

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"math"
)

// A datagram is magic (4 bytes), nonce (12), then content and tag of AES-256-GCM, which also covers the
// magic. The nonce is a random prefix of this process (8) and a counter (4).
const (
	magicSize  = 4
	prefixSize = 8
	nonceSize  = 12
	tagSize    = 16
	sealedSize = magicSize + nonceSize + tagSize
)

var magic = [magicSize]byte{'q', 'r', 't', 1}

var errForeign = errors.New("no datagram of quorate")

// sealer encrypts and authenticates datagrams. It is not safe for concurrent use.
type sealer struct {
	aead    cipher.AEAD
	prefix  [prefixSize]byte
	counter uint32
}

func newSealer(authkey []byte) (*sealer, error) {
	key, err := derive(authkey, "quorate heartbeat v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	s := &sealer{aead: aead}
	rand.Read(s.prefix[:]) // never fails
	return s, nil
}

// seal appends the datagram for plain to dst. A nonce is never used twice: when the counter ends, a new
// prefix is drawn.
func (s *sealer) seal(dst, plain []byte) []byte {
	if s.counter == math.MaxUint32 {
		rand.Read(s.prefix[:])
		s.counter = 0
	}
	s.counter++
	start := len(dst)
	dst = append(dst, magic[:]...)
	dst = append(dst, s.prefix[:]...)
	dst = binary.BigEndian.AppendUint32(dst, s.counter)
	nonce := dst[start+magicSize:]
	return s.aead.Seal(dst, nonce, plain, magic[:])
}

// open decrypts a datagram in place. It returns errForeign for what is none.
func (s *sealer) open(datagram []byte) ([]byte, error) {
	if len(datagram) < sealedSize || [magicSize]byte(datagram) != magic {
		return nil, errForeign
	}
	sealed := datagram[magicSize+nonceSize:]
	return s.aead.Open(sealed[:0], datagram[magicSize:magicSize+nonceSize], sealed, magic[:])
}
