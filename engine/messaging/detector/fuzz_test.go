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
	// The second packet comes 40 ms before the heartbeats are due and wants an answer: both are sent.
	p.flags, p.payload = flagAsk, []byte{80}
	f.Add(append(append([]byte{}, one...), p.encode(nil)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := New(Config{Self: 1, Incarnation: 1, Token: time.Second, Peers: []Peer{{2, []int{0, 1}}, {3, []int{0}}}})
		w := watcher{up: map[uint32]bool{}, beat: -d.Interval()}
		now := time.Duration(0)
		for len(data) >= headerSize {
			size := min(headerSize+int(data[headerSize-1]), len(data))
			now += time.Duration(data[len(data)-1]) * time.Millisecond
			in := Packet{now, int(data[2] % 2), data[:size]}
			effects := d.Step(in)
			w.see(t, now, effects)
			w.answers(t, d, in, effects)
			w.see(t, now, d.Step(Tick{now}))
			data = data[size:]
		}
	})
}

// watcher follows what a detector says.
type watcher struct {
	up   map[uint32]bool
	beat time.Duration // when a packet took the node's own heartbeats along last
}

func (w *watcher) see(t *testing.T, now time.Duration, effects []Effect) {
	for _, eff := range effects {
		switch eff := eff.(type) {
		case Up:
			if w.up[eff.Node] {
				t.Fatal("up twice")
			}
			w.up[eff.Node] = true
		case Down:
			if !w.up[eff.Node] {
				t.Fatal("down without up")
			}
			delete(w.up, eff.Node)
		case WakeAt:
			if eff.At < now-time.Minute {
				t.Fatalf("wake at %v, it is %v", eff.At, now)
			}
		}
	}
}

// answers holds what one packet may cause: an answer to where it came from, and the node's own heartbeats, one a link,
// where they are due within a quarter of the interval: so never sooner than three quarters of it after the last ones.
func (w *watcher) answers(t *testing.T, d *Detector, in Packet, effects []Effect) {
	type way struct {
		to   uint32
		link int
	}
	sent := map[way]int{}
	for _, eff := range effects {
		if s, ok := eff.(Send); ok {
			sent[way{s.To, s.Link}]++
		}
	}
	var p packet
	_ = p.decode(in.Data)
	back := way{p.from, in.Link}
	beat := len(sent) > 1 || sent[back] > 1
	for to, n := range sent {
		if n > 2 || n > 1 && to != back {
			t.Fatalf("%d packets to %v for one from %v", n, to, back)
		}
	}
	if len(sent) == 1 && sent[back] == 0 {
		t.Fatalf("an answer to %v for a packet from %v", sent, back)
	}
	if beat {
		if in.Now-w.beat < d.Interval()*3/4 {
			t.Fatalf("heartbeats at %v and %v, the interval is %v", w.beat, in.Now, d.Interval())
		}
		w.beat = in.Now
	}
}
