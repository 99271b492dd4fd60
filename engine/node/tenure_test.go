package node

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"quorate/engine/attribute"
	"quorate/engine/executor"
	"quorate/engine/replica"
	"quorate/engine/scheduler"
)

// lonely is the core of one node whose peers, if it has any, are played by the test.
type lonely struct {
	*Core
	t    *testing.T
	sent []*pb.Message
	rest []Effect // what was asked for last, but for messages
}

func newLonely(t *testing.T, nodes int) *lonely {
	peers := []Peer{{1, "n1", 1}, {2, "n2", 1}, {3, "n3", 1}}[:nodes]
	c, _, err := New(Config{ID: 1, Name: "n1", BootID: "boot", Peers: peers, Token: time.Second, JobLimit: 8, Now: time.Unix(1_000_000, 0),
		RaftLog: raftLog{slog.New(slog.DiscardHandler)}})
	if err != nil {
		t.Fatal(err)
	}
	l := &lonely{Core: c, t: t}
	for _, p := range peers[1:] {
		l.step(PeerUp{ID: p.ID, Payload: []byte(`{"n":1}`)})
	}
	return l
}

func (l *lonely) step(events ...Event) {
	l.sent, l.rest = nil, nil
	for _, e := range l.Step(events...) {
		if s, ok := e.(Send); ok {
			l.sent = append(l.sent, s.Messages...)
		} else {
			l.rest = append(l.rest, e)
		}
	}
}

func (l *lonely) pass(d time.Duration) { l.step(Tick{Now: l.now.Add(d), Regular: true}) }

// from makes a message of a peer, in its term.
func from(peer uint64, term uint64, t pb.MessageType, more func(*pb.Message)) Message {
	m := &pb.Message{Type: &t, From: &peer, To: proto.Uint64(1), Term: &term}
	if more != nil {
		more(m)
	}
	return Message{Message: m}
}

// elect makes the node DC: node 2 votes for it and stores whatever it is sent.
func (l *lonely) elect() {
	for range 100 {
		answers := l.sent
		l.pass(50 * time.Millisecond)
		for _, m := range append(answers, l.sent...) {
			if m.GetTo() == 2 {
				l.answer(m)
			}
		}
		if l.IsDC() {
			return
		}
	}
	l.t.Fatal("the node does not become DC")
}

func (l *lonely) answer(m *pb.Message) {
	switch m.GetType() {
	case pb.MessageType_MsgPreVote:
		l.step(from(2, m.GetTerm(), pb.MessageType_MsgPreVoteResp, nil))
	case pb.MessageType_MsgVote:
		l.step(from(2, m.GetTerm(), pb.MessageType_MsgVoteResp, nil))
	case pb.MessageType_MsgApp:
		l.step(from(2, m.GetTerm(), pb.MessageType_MsgAppResp, func(a *pb.Message) {
			a.Index = proto.Uint64(m.GetIndex() + uint64(len(m.GetEntries())))
		}))
	default:
		return
	}
	for _, next := range l.sent {
		if next.GetTo() == 2 {
			l.answer(next)
			return
		}
	}
}

// TestGraphOfFormerTenure: a graph that comes late, made for an earlier time as DC, is not carried out.
func TestGraphOfFormerTenure(t *testing.T) {
	l := newLonely(t, 1)
	var wanted *Schedule
	look := func() {
		for _, e := range l.rest {
			if s, ok := e.(Schedule); ok {
				wanted = &s
			}
		}
	}
	for i := 0; wanted == nil && i < 200; i++ {
		l.pass(50 * time.Millisecond)
		look()
	}
	for wanted != nil && l.dc.machine.State() == "S_POLICY_ENGINE" && l.dc.machine.WakeAt().IsZero() {
		l.step(Scheduled{Run: wanted.Run, Seq: wanted.Seq, Graph: &scheduler.Graph{}}) // of the first moments
		look()
	}
	shoots := func(run string) bool {
		graph := &scheduler.Graph{Actions: []*scheduler.Action{{ID: 1, Type: scheduler.CrmEvent, Operation: "stonith", NodeName: "n9"}}}
		l.step(Scheduled{Run: run, Seq: wanted.Seq, Graph: graph})
		return slices.ContainsFunc(l.rest, func(e Effect) bool { _, is := e.(Fence); return is })
	}
	name := "n1"
	l.step(Submit{Command: replica.Command{Attributes: []attribute.Update{{Node: name, Name: "a", Value: &name}}}, Tag: 1})
	look()
	if shoots("former tenure") {
		t.Error("a graph of a former tenure is carried out")
	}
	if !shoots(wanted.Run) {
		t.Error("the graph that was wanted is not carried out")
	}
}

// TestVoidOrders: an order for a former membership of the node, or of a former DC, is not carried out.
func TestVoidOrders(t *testing.T) {
	l := newLonely(t, 1)
	for i := 0; !l.IsDC() || l.State().Members["n1"].Session != l.session; i++ {
		if l.pass(50 * time.Millisecond); i > 200 {
			t.Fatal("the node does not become a member")
		}
	}
	obeyed := func(resource, session, run string) (ran bool) {
		order := replica.Dispatch{Node: l.self(), Session: session, Run: run, Op: executor.Operation{Resource: resource, Class: "ocf", Action: "start"}}
		l.step(Submit{Command: replica.Command{Dispatch: []replica.Dispatch{order}}, Tag: 1})
		for range 3 {
			ran = ran || slices.ContainsFunc(l.rest, func(e Effect) bool { op, is := e.(RunOp); return is && op.Op.Resource == resource })
			l.pass(50 * time.Millisecond)
		}
		return ran
	}
	session, run := l.session, l.State().Run
	if obeyed("a", "former", run) || obeyed("b", session, "former") {
		t.Error("an order of the past is carried out")
	}
	if !obeyed("c", session, run) {
		t.Error("an order for now is not carried out")
	}
}

// TestDeposedSaysNothing: what a DC would propose, or repeat, in the same step in which a message deposes it does not go
// to its successor.
func TestDeposedSaysNothing(t *testing.T) {
	l := newLonely(t, 3)
	l.elect()
	l.step(from(2, l.Term()+1, pb.MessageType_MsgHeartbeat, nil), Tick{Now: l.now.Add(repeatAfter)})
	if l.IsDC() {
		t.Fatal("the node leads still")
	}
	var passedOn []string
	for _, m := range l.sent {
		for _, e := range m.GetEntries() {
			if c, err := replica.DecodeCommand(e.GetData()); m.GetType() == pb.MessageType_MsgProp && err == nil && c.Join == nil {
				passedOn = append(passedOn, string(e.GetData()))
			}
		}
	}
	if len(passedOn) > 0 {
		t.Errorf("passed on to the new DC: %s", passedOn)
	}
}
