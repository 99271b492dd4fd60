package replica

import (
	"bytes"
	"testing"
	"time"

	"quorate/engine/api"
	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/executor"
	"quorate/engine/exit"
)

var (
	n1 = cib.NodeRef{ID: "1", Name: "n1"}
	n2 = cib.NodeRef{ID: "2", Name: "n2"}
)

func apply(t *testing.T, s *State, id string, c Command) error {
	t.Helper()
	c.ID = id
	again, err := s.Apply(&c)
	if again {
		t.Fatalf("%s was taken for a repetition", id)
	}
	return err
}

func must(t *testing.T, s *State, id string, c Command) {
	t.Helper()
	if err := apply(t, s, id, c); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
}

// twoMembers is a state with both nodes in it, under the DC's run "run".
func twoMembers(t *testing.T) *State {
	s := NewState()
	must(t, s, "j1", Command{Join: &Join{Node: n1, Session: "s1"}})
	must(t, s, "j2", Command{Join: &Join{Node: n2, Session: "s2"}})
	must(t, s, "q", Command{Quorum: &Quorum{Have: true, DC: "1", Run: "run"}})
	return s
}

func order(session, run string) Command {
	return Command{Time: 5, Dispatch: []Dispatch{{Node: n1, Session: session, Run: run,
		Op: executor.Operation{Resource: "a", Class: "ocf", Provider: "x", Type: "y", Action: "start", TransitionKey: "1:1:0:run"}}}}
}

func report(session string, rc int) Command {
	return Command{Results: []OpResult{{Node: n1, Session: session, Record: cib.OpRecord{Resource: "a", Class: "ocf", Provider: "x",
		Type: "y", Operation: "start", Key: "a_start_0", TransitionKey: "1:1:0:run", CallID: 3, RC: rc, LastRCChange: 7}}}}
}

func history(s *State) []cib.OpRecord { return s.CIB.ResourceHistory("n1", "a") }

func TestDispatch(t *testing.T) {
	for _, k := range []struct {
		name    string
		command Command
		pending bool
	}{
		{"order", order("s1", "run"), true},
		{"of an earlier session", order("s0", "run"), false},
		{"of an earlier DC", order("s1", "old"), false},
	} {
		s := twoMembers(t)
		must(t, s, "d", k.command)
		h := history(s)
		if got := len(h) == 1 && h[0].Status == int(executor.StatusPending); got != k.pending {
			t.Errorf("%s: pending is %v: %+v", k.name, got, h)
		}
	}
}

func TestResults(t *testing.T) {
	s := twoMembers(t)
	must(t, s, "r0", report("old", 0))
	if len(history(s)) != 0 {
		t.Error("a report of an earlier session was taken")
	}
	must(t, s, "r1", report("s1", 1))
	if h := history(s); len(h) == 0 || h[0].RC != 1 {
		t.Errorf("history: %+v", h)
	}
	if v, _ := s.Attribute("n1", "fail-count-a#start_0"); v != infinity {
		t.Errorf("a failed start counts %q", v)
	}
	must(t, s, "f", Command{Forget: []Forget{{Node: "n1", Resource: "a", FailCounts: true}}})
	if _, ok := s.Attribute("n1", "fail-count-a#start_0"); ok || len(history(s)) != 0 {
		t.Error("the cleanup left something")
	}
}

func TestOnce(t *testing.T) {
	s := twoMembers(t)
	plus := "value++"
	c := Command{ID: "once", Attributes: []attribute.Update{{Node: "n1", Name: "x", Value: &plus}}}
	for i := range 3 {
		if again, err := s.Apply(&c); again != (i > 0) || err != nil {
			t.Errorf("time %d: again %v, %v", i, again, err)
		}
	}
	if v, _ := s.Attribute("n1", "x"); v != "1" {
		t.Errorf("x is %s", v)
	}
	wrong := Command{ID: "wrong", Remove: "n9"}
	for i := range 2 {
		if again, err := s.Apply(&wrong); again != (i > 0) || cib.CodeOf(err) != exit.NoSuch {
			t.Errorf("time %d: the refusal is %v", i, err)
		}
	}
}

func TestMembership(t *testing.T) {
	s := twoMembers(t)
	must(t, s, "l0", Command{Leave: &Leave{Node: n2, Session: "s0", Reason: "lost"}})
	if _, ok := s.Members["n2"]; !ok {
		t.Error("a leave of an earlier session ended the present one")
	}
	if err := apply(t, s, "rm", Command{Remove: "n2"}); cib.CodeOf(err) != exit.Unsafe {
		t.Errorf("a member was removed: %v", err)
	}
	must(t, s, "l1", Command{Leave: &Leave{Node: n2, Session: "s2", Reason: "lost"}})
	if ns, _ := s.CIB.NodeState("n2"); ns.Expected != "member" || ns.Crmd != "offline" {
		t.Errorf("a lost node is %+v", ns)
	}
	must(t, s, "shot", Command{Fenced: &Fenced{api.FenceEvent{Target: "n2", Action: "off", Status: "success", Completed: time.Unix(9, 0)}, s.Sessions["n2"]}})
	if ns, _ := s.CIB.NodeState("n2"); ns.Expected != "down" {
		t.Errorf("a fenced node is %+v", ns)
	}
	must(t, s, "back", Command{Join: &Join{Node: n2, Session: "s3"}})
	late := &Fenced{api.FenceEvent{Target: "n2", Action: "off", Status: "success"}, "s2"}
	if err := apply(t, s, "late", Command{Fenced: late}); cib.CodeOf(err) != exit.Expired {
		t.Errorf("a report about a former membership: %v", err)
	}
	must(t, s, "l2", Command{Leave: &Leave{Node: n2, Session: "s3", Reason: "lost"}})
	if err := apply(t, s, "later", Command{Fenced: late}); cib.CodeOf(err) != exit.Expired {
		t.Errorf("a report about the membership before the one that was lost: %v", err)
	}
	must(t, s, "missed", Command{Fenced: &Fenced{FenceEvent: api.FenceEvent{Target: "n1", Action: "off", Status: "failed"}}})
	if _, ok := s.Members["n1"]; !ok || len(s.Fencing) != 2 {
		t.Errorf("after a failed fencing: %v %v", s.Members, s.Fencing)
	}
	must(t, s, "forget", Command{Shots: &ForgetFencing{Node: "n1"}})
	if len(s.Fencing) != 1 || s.Fencing[0].Target != "n2" {
		t.Errorf("history: %v", s.Fencing)
	}
	must(t, s, "rm2", Command{Remove: "n2"})
	if _, ok := s.NodeRef("n2"); ok {
		t.Error("the removed node is still known")
	}
	must(t, s, "admit", Command{Admit: &Admission{ID: 3, Name: "n3", Addrs: map[int]string{0: "10.0.0.3"}}})
	if ref, ok := s.NodeRef("n3"); !ok || ref.ID != "3" || len(s.Nodes) != 1 {
		t.Errorf("the admitted node is %v, %v", ref, s.Nodes)
	}
	if err := apply(t, s, "admit2", Command{Admit: &Admission{ID: 3, Name: "n4"}}); cib.CodeOf(err) != exit.Exists {
		t.Errorf("an id is given to two nodes: %v", err)
	}
	must(t, s, "renamed", Command{Join: &Join{Node: cib.NodeRef{ID: "1", Name: "first"}, Session: "s9"}})
	if ref, ok := s.NodeRef("first"); !ok || ref.ID != "1" {
		t.Errorf("the renamed node is %v", ref)
	}
	if _, ok := s.NodeRef("n1"); ok {
		t.Error("the former name is still known")
	}
	if err := apply(t, s, "?", Command{}); cib.CodeOf(err) != exit.Protocol {
		t.Errorf("an empty command: %v", err)
	}
}

// TestSnapshot: what is encoded comes back whole, with the memory of what was applied; a copy is independent.
func TestSnapshot(t *testing.T) {
	s := twoMembers(t)
	v := "1"
	must(t, s, "p", Command{Attributes: []attribute.Update{{Node: "n1", Name: "secret", Value: &v, Private: true}}})
	must(t, s, "r", report("s1", 0))
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeState(data)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := back.Apply(&Command{ID: "r", Remove: "n9"}); !again {
		t.Error("the restored state forgot what was applied")
	}
	second, err := back.Encode()
	if err != nil || !bytes.Equal(data, second) {
		t.Errorf("encoded anew it differs (%v)", err)
	}
	c := s.Copy()
	must(t, c, "l", Command{Leave: &Leave{Node: n1}})
	if after, _ := s.Encode(); !bytes.Equal(after, data) {
		t.Error("a change of the copy reached the original")
	}
	if _, err := DecodeState([]byte(`{"cib":"<broken"}`)); err == nil {
		t.Error("a broken state was taken")
	}
}

// FuzzDecodeCommand: no log entry crashes a node, neither when it is read nor when it is applied.
func FuzzDecodeCommand(f *testing.F) {
	for _, c := range []Command{order("s1", "run"), report("s1", 1), {Remove: "n2"}, {Leave: &Leave{Node: n2}},
		{Admit: &Admission{Name: "x"}}, {CIB: &cib.Request{Op: cib.OpModify, XML: "<a/>"}}, {Shots: &ForgetFencing{}}} {
		data, err := c.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := DecodeCommand(data)
		if err != nil {
			return
		}
		s := twoMembers(t)
		c.ID = "fuzz"
		_, _ = s.Apply(c)
		if _, err := s.Encode(); err != nil {
			t.Error(err)
		}
	})
}
