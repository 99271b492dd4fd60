package replica

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

func message(t pb.MessageType) *pb.Message {
	return &pb.Message{Type: &t, To: proto.Uint64(2), From: proto.Uint64(1)}
}

// sender is a transport whose reports come out of channels.
type sender struct {
	*Transport
	failed   chan bool
	snapshot chan bool
}

func newSender(t *testing.T, dial func(context.Context, uint64) (net.Conn, error)) sender {
	s := sender{failed: make(chan bool, 4*queueLength), snapshot: make(chan bool, 16)}
	s.Transport = NewTransport(1, Reports{Dial: dial, Receive: func(Generation, *pb.Message) {},
		Failed:   func(uint64) { s.failed <- true },
		Snapshot: func(_ uint64, sent bool) { s.snapshot <- sent }})
	t.Cleanup(s.Close)
	return s
}

func await(t *testing.T, from chan bool, what string) bool {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing is reported: " + what)
		return false
	}
}

// TestSnapshotReported: the log waits for word of each snapshot, whether the peer can be reached or not.
func TestSnapshotReported(t *testing.T) {
	away := newSender(t, func(context.Context, uint64) (net.Conn, error) { return nil, errors.New("no route") })
	away.Send(Generation{}, []*pb.Message{message(pb.MessageType_MsgHeartbeat), message(pb.MessageType_MsgSnap)})
	await(t, away.failed, "unreachable")
	if await(t, away.snapshot, "lost snapshot") {
		t.Error("a snapshot counts as sent that could not be")
	}
	there := newSender(t, func(context.Context, uint64) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			for {
				if _, _, err := readMessage(far); err != nil {
					return
				}
			}
		}()
		return near, nil
	})
	there.Send(Generation{}, []*pb.Message{message(pb.MessageType_MsgApp), message(pb.MessageType_MsgSnap)})
	if !await(t, there.snapshot, "snapshot") {
		t.Error("the snapshot counts as lost")
	}
}

// TestSendNeverReports: who sends is also who takes the reports, so Send must not wait for that, however much is queued.
func TestSendNeverReports(t *testing.T) {
	held := make(chan bool)
	tr := NewTransport(1, Reports{
		Dial:     func(ctx context.Context, _ uint64) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() },
		Failed:   func(uint64) { <-held },
		Snapshot: func(_ uint64, sent bool) { held <- sent }})
	done := make(chan bool)
	go func() {
		for range 3 * queueLength {
			tr.Send(Generation{}, []*pb.Message{message(pb.MessageType_MsgSnap)})
		}
		close(done)
	}()
	await(t, done, "Send returns")
	ended := make(chan bool)
	go func() { // now the reports are taken
		for {
			select {
			case held <- true:
			case <-held:
			case <-ended:
				return
			}
		}
	}()
	tr.Close()
	close(ended)
}
