package replica

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// ALPN is the protocol name under which nodes exchange log messages on their TLS port.
const ALPN = "quorate-log"

const (
	messageMax   = 256 << 20 // a snapshot of the largest CIB fits
	queueLength  = 1024
	dialTimeout  = time.Second
	writeTimeout = 2 * time.Second // and the time that a message takes at slowestLink
	slowestLink  = 1 << 20         // bytes a second
	retryAfter   = 100 * time.Millisecond
)

// Transport carries log messages between nodes over TLS connections, one outgoing for each peer.
// A message that cannot be sent is dropped and reported: the log's protocol sends it again.
type Transport struct {
	self   uint64
	report Reports

	mu     sync.Mutex
	closed bool
	peers  map[uint64]*peerConn
	stop   context.CancelFunc
	ctx    context.Context
	wait   sync.WaitGroup
}

// Reports are what a Transport calls: Dial opens a mutually authenticated connection to a peer, Receive takes each
// message that comes in. Failed is called when messages to a peer could not be sent, Snapshot for each snapshot, which
// the log sends no second time before it knows what became of the first. None is called by Send.
type Reports struct {
	Dial     func(ctx context.Context, peer uint64) (net.Conn, error)
	Receive  func(g Generation, m *pb.Message)
	Failed   func(peer uint64)
	Snapshot func(peer uint64, sent bool)
}

type peerConn struct {
	queue chan outgoing
	lost  chan bool // something did not fit the queue; true: a snapshot was among it
	reset chan struct{}
}

type outgoing struct {
	generation Generation
	message    *pb.Message
}

// NewTransport makes a transport for node self.
func NewTransport(self uint64, r Reports) *Transport {
	ctx, stop := context.WithCancel(context.Background())
	return &Transport{self: self, report: r, peers: map[uint64]*peerConn{}, ctx: ctx, stop: stop}
}

// Send queues the messages for their peers; it never blocks.
func (t *Transport) Send(g Generation, messages []*pb.Message) {
	for _, m := range messages {
		p := t.peer(m.GetTo())
		if p == nil {
			return
		}
		select {
		case p.queue <- outgoing{g, m}:
		default:
			p.drop(isSnapshot(m))
		}
	}
}

// drop leaves word for the writer that a message did not fit the queue.
func (p *peerConn) drop(snapshot bool) {
	for {
		select {
		case p.lost <- snapshot:
			return
		case was := <-p.lost:
			snapshot = snapshot || was
		}
	}
}

// Reset drops the connection to a peer: its path has changed, or it is gone.
func (t *Transport) Reset(peer uint64) {
	if p := t.peer(peer); p != nil {
		select {
		case p.reset <- struct{}{}:
		default:
		}
	}
}

// Close ends all connections and waits for their goroutines.
func (t *Transport) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.stop()
	t.wait.Wait()
}

func (t *Transport) peer(id uint64) *peerConn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	p := t.peers[id]
	if p == nil {
		p = &peerConn{queue: make(chan outgoing, queueLength), lost: make(chan bool, 1), reset: make(chan struct{}, 1)}
		t.peers[id] = p
		t.wait.Add(1)
		go t.write(id, p)
	}
	return p
}

// write sends one peer's queue, dialling when there is something to send.
func (t *Transport) write(id uint64, p *peerConn) {
	defer t.wait.Done()
	var conn net.Conn
	var out *bufio.Writer
	drop := func() {
		if conn != nil {
			conn.Close()
			conn = nil
		}
	}
	defer drop()
	var notBefore time.Time
	for {
		select {
		case <-t.ctx.Done():
			return
		case <-p.reset:
			drop()
			notBefore = time.Time{}
		case snapshot := <-p.lost:
			t.failed(id, snapshot)
		case o := <-p.queue:
			if conn == nil && time.Now().After(notBefore) {
				if conn = t.connect(id); conn != nil {
					out = bufio.NewWriterSize(conn, 64<<10)
				}
			}
			sent, snapshot := false, isSnapshot(o.message)
			if conn != nil {
				more, err := writeQueue(conn, out, o, p)
				sent, snapshot = err == nil, snapshot || more
			}
			switch {
			case !sent:
				drop()
				notBefore = time.Now().Add(retryAfter)
				t.failed(id, snapshot)
			case snapshot:
				t.report.Snapshot(id, true)
			}
		}
	}
}

// failed reports that messages to a peer are lost, a snapshot among them or not.
func (t *Transport) failed(id uint64, snapshot bool) {
	t.report.Failed(id)
	if snapshot {
		t.report.Snapshot(id, false)
	}
}

func isSnapshot(m *pb.Message) bool { return m.GetType() == pb.MessageType_MsgSnap }

func (t *Transport) connect(id uint64) net.Conn {
	ctx, cancel := context.WithTimeout(t.ctx, dialTimeout)
	defer cancel()
	conn, err := t.report.Dial(ctx, id)
	if err != nil {
		return nil
	}
	return conn
}

// writeQueue sends o and whatever else waits, in one flush; snapshot tells whether one was among the rest.
func writeQueue(conn net.Conn, out *bufio.Writer, o outgoing, p *peerConn) (snapshot bool, err error) {
	for {
		size := time.Duration(proto.Size(o.message))
		if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout + size*time.Second/slowestLink)); err != nil {
			return snapshot, err
		}
		if err := writeMessage(out, o); err != nil {
			return snapshot, err
		}
		select {
		case o = <-p.queue:
			snapshot = snapshot || isSnapshot(o.message)
		default:
			return snapshot, out.Flush()
		}
	}
}

func writeMessage(w io.Writer, o outgoing) error {
	head, err := json.Marshal(o.generation)
	if err != nil {
		return err
	}
	body, err := proto.Marshal(o.message)
	if err != nil {
		return err
	}
	var size [8]byte
	binary.BigEndian.PutUint32(size[:4], uint32(len(head)))
	binary.BigEndian.PutUint32(size[4:], uint32(len(body)))
	for _, part := range [][]byte{size[:], head, body} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func readMessage(r io.Reader) (Generation, *pb.Message, error) {
	var g Generation
	var size [8]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return g, nil, err
	}
	head, body := binary.BigEndian.Uint32(size[:4]), binary.BigEndian.Uint32(size[4:])
	if head > 1024 || body > messageMax {
		return g, nil, errors.New("message too large")
	}
	data := make([]byte, head+body)
	if _, err := io.ReadFull(r, data); err != nil {
		return g, nil, err
	}
	if err := json.Unmarshal(data[:head], &g); err != nil {
		return g, nil, err
	}
	m := &pb.Message{}
	return g, m, proto.Unmarshal(data[head:], m)
}

// Serve reads messages from an accepted connection of the node peer until it ends. A message that
// claims another sender than the connection was authenticated for ends it.
func (t *Transport) Serve(conn net.Conn, peer uint64) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return conn.Close()
	}
	t.wait.Add(1)
	t.mu.Unlock()
	defer t.wait.Done()
	defer conn.Close()
	defer context.AfterFunc(t.ctx, func() { conn.Close() })()
	in := bufio.NewReaderSize(conn, 64<<10)
	for {
		g, m, err := readMessage(in)
		if err != nil {
			return err
		}
		if m.GetFrom() != peer && !isForwarded(m) {
			return fmt.Errorf("node %d sent a message in the name of %d", peer, m.GetFrom())
		}
		t.report.Receive(g, m)
	}
}

// isForwarded: a proposal keeps the id of the node that made it when a follower passes it on.
func isForwarded(m *pb.Message) bool { return m.GetType() == pb.MessageType_MsgProp }
