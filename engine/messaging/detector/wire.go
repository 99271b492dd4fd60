package detector

import (
	"encoding/binary"
	"errors"
	"time"
)

// PayloadMax is the largest payload in bytes. With everything around it a packet fits the smallest
// MTU of IPv6 (1280 bytes).
const PayloadMax = 1024

const (
	wireVersion = 1
	headerSize  = 68

	kindHeartbeat = 1
	kindLeave     = 2

	flagUp  = 1 // the sender counts the receiver as up
	flagAsk = 2 // the sender misses packets and wants an answer at once
)

// packet is the plain content of a datagram, big endian in this order.
type packet struct {
	kind, link, flags uint8 // after a version byte
	from, to          uint32
	incarnation       uint64
	seq               uint64        // of the sender towards the receiver, over all links
	linkSeq           uint64        // the same on this link alone
	stamp             time.Duration // the sender's clock, 48 bits of microseconds
	// What the sender heard from the receiver on this link last: incarnation, stamp and how long ago.
	// Incarnation 0: it heard nothing lately.
	echo      uint64
	echoStamp time.Duration
	echoDelay time.Duration
	token     time.Duration // the sender's detection time, 32 bits of milliseconds
	payload   []byte
}

var errPacket = errors.New("not a heartbeat of this version")

func (p *packet) encode(b []byte) []byte {
	b = append(b, wireVersion, p.kind, p.link, p.flags)
	b = binary.BigEndian.AppendUint32(b, p.from)
	b = binary.BigEndian.AppendUint32(b, p.to)
	b = binary.BigEndian.AppendUint64(b, p.incarnation)
	b = binary.BigEndian.AppendUint64(b, p.seq)
	b = binary.BigEndian.AppendUint64(b, p.linkSeq)
	b = binary.BigEndian.AppendUint64(b, p.echo)
	b = appendMicros(b, p.stamp)
	b = appendMicros(b, p.echoStamp)
	b = appendMicros(b, p.echoDelay)
	b = binary.BigEndian.AppendUint32(b, uint32(p.token/time.Millisecond))
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.payload)))
	return append(b, p.payload...)
}

// decode refuses everything that encode cannot have made.
func (p *packet) decode(b []byte) error {
	if len(b) < headerSize || b[0] != wireVersion || b[1] != kindHeartbeat && b[1] != kindLeave {
		return errPacket
	}
	p.kind, p.link, p.flags = b[1], b[2], b[3]
	p.from = binary.BigEndian.Uint32(b[4:])
	p.to = binary.BigEndian.Uint32(b[8:])
	p.incarnation = binary.BigEndian.Uint64(b[12:])
	p.seq = binary.BigEndian.Uint64(b[20:])
	p.linkSeq = binary.BigEndian.Uint64(b[28:])
	p.echo = binary.BigEndian.Uint64(b[36:])
	p.stamp = micros(b[44:])
	p.echoStamp = micros(b[50:])
	p.echoDelay = micros(b[56:])
	p.token = time.Duration(binary.BigEndian.Uint32(b[62:])) * time.Millisecond
	p.payload = b[headerSize:]
	if p.incarnation == 0 || len(p.payload) > PayloadMax || int(binary.BigEndian.Uint16(b[66:])) != len(p.payload) {
		return errPacket
	}
	return nil
}

func appendMicros(b []byte, d time.Duration) []byte {
	us := uint64(d / time.Microsecond)
	b = binary.BigEndian.AppendUint16(b, uint16(us>>32))
	return binary.BigEndian.AppendUint32(b, uint32(us))
}

func micros(b []byte) time.Duration {
	us := uint64(binary.BigEndian.Uint16(b))<<32 | uint64(binary.BigEndian.Uint32(b[2:]))
	return time.Duration(us) * time.Microsecond
}
