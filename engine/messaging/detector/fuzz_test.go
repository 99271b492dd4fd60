package detector

import (
	"bytes"
	"testing"
	"time"
)

func sample() packet {
	return packet{kind: kindHeartbeat, link: 1, flags: flagUp, from: 2, to: 1, incarnation: 77, seq: 5, linkSeq: 3, stamp: time.Second,
		echo: 9, echoStamp: 2 * time.Second, echoDelay: time.Millisecond, token: time.Second, payload: []byte("state")}
}

// FuzzPacket: what decodes encodes to the same bytes.
func FuzzPacket(f *testing.F) {
	p := sample()
	f.Add(p.encode(nil))
	p.kind, p.payload = kindLeave, nil
	f.Add(p.encode(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p packet
		if p.decode(data) != nil {
			return
		}
		if got := p.encode(nil); !bytes.Equal(got, data) {
			t.Fatalf("%x became %x", data, got)
		}
	})
}

// FuzzStep: whatever authentic nonsense a peer sends, the detector neither fails nor floods the network,
// and reports ups and downs in turn.
func FuzzStep(f *testing.F) {
	p := sample()
	one := p.encode(nil)
	p.echo, p.echoStamp = 1, 0
	f.Add(append(one, p.encode(nil)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := New(Config{Self: 1, Incarnation: 1, Token: time.Second, Peers: []Peer{{2, []int{0, 1}}, {3, []int{0}}}})
		up := map[uint32]bool{}
		now := time.Duration(0)
		step := func(e Event) {
			sends := 0
			for _, eff := range d.Step(e) {
				switch eff := eff.(type) {
				case Up:
					if up[eff.Node] {
						t.Fatal("up twice")
					}
					up[eff.Node] = true
				case Down:
					if !up[eff.Node] {
						t.Fatal("down without up")
					}
					delete(up, eff.Node)
				case WakeAt:
					if eff.At < now-time.Minute {
						t.Fatalf("wake at %v, it is %v", eff.At, now)
					}
				case Send:
					sends++
				}
			}
			if _, ok := e.(Packet); ok && sends > 3 {
				t.Fatalf("%d packets for one", sends)
			}
		}
		for len(data) >= headerSize {
			size := min(headerSize+int(data[headerSize-1]), len(data))
			now += time.Duration(data[len(data)-1]) * time.Millisecond
			step(Packet{now, int(data[2] % 2), data[:size]})
			step(Tick{now})
			data = data[size:]
		}
	})
}
