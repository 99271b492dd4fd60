package node

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/config"
	"quorate/engine/exit"
	"quorate/engine/replica"
)

func TestTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	now := time.Unix(1000, 0)
	use := func(secret string, at time.Time, want bool) {
		t.Helper()
		if ok, err := useToken(file, secret, at); ok != want || err != nil {
			t.Errorf("%s: %v %v", secret, ok, err)
		}
	}
	use("none", now, false)
	for _, s := range []string{"one", "two", "old"} {
		if err := AddToken(file, s, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	use("wrong", now, false)
	use("one", now, true)
	use("one", now, false) // used up
	use("two", now.Add(59*time.Second), true)
	use("old", now.Add(61*time.Second), false)
}

// TestIDs: a node that comes back keeps its id, a new one gets one that nobody has, nor has just been given.
func TestIDs(t *testing.T) {
	nodes := []config.Node{{ID: 1, Name: "n1"}, {ID: 3, Name: "n3"}}
	admitted := []replica.Admission{{ID: 2, Name: "new"}}
	for name, want := range map[string]uint32{"n3": 3, "new": 2, "other": 4} {
		if id := idFor(name, nodes, admitted); id != want {
			t.Errorf("%s gets the id %d, not %d", name, id, want)
		}
	}
}

// TestForgets: a cleanup reaches the primitives of what it names, on the nodes that it names.
func TestForgets(t *testing.T) {
	s := replica.NewState()
	for i, name := range []string{"n1", "n2"} {
		join := replica.Command{ID: name, Join: &replica.Join{Node: cib.NodeRef{ID: string(rune('1' + i)), Name: name}, Session: "s"}}
		if _, err := s.Apply(&join); err != nil {
			t.Fatal(err)
		}
	}
	primitive := func(id string) string {
		return `<primitive id="` + id + `" class="ocf" provider="quorate" type="Dummy"/>`
	}
	if err := s.CIB.Perform(cib.Request{Op: cib.OpReplace, Section: "resources",
		XML: `<resources>` + primitive("p") + `<group id="g">` + primitive("a") + primitive("b") + `</group></resources>`}); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		in    api.Cleanup
		want  int
		first replica.Forget
	}{
		{api.Cleanup{}, 2, replica.Forget{Node: "n1", FailCounts: true}},
		{api.Cleanup{Resource: "g"}, 4, replica.Forget{Node: "n1", Resource: "a", FailCounts: true}},
		{api.Cleanup{Resource: "p:0", Node: "n2", FailedOnly: true}, 1, replica.Forget{Node: "n2", Resource: "p", FailedOnly: true, FailCounts: true}},
		{api.Cleanup{Resource: "p", Node: "n1", Operation: "monitor", Interval: "10s"}, 1,
			replica.Forget{Node: "n1", Resource: "p", Operation: "p_monitor_10000", FailCounts: true}},
	} {
		list, err := forgets(s, k.in)
		if err != nil || len(list) != k.want || list[0] != k.first {
			t.Errorf("%+v: %+v %v", k.in, list, err)
		}
	}
	if _, err := forgets(s, api.Cleanup{Resource: "none"}); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("no such resource: %v", err)
	}
}

// TestNewer: any two generations are ordered, and both sides decide alike.
func TestNewer(t *testing.T) {
	a, b, c := replica.Generation{Number: 1, By: 1}, replica.Generation{Number: 1, By: 2}, replica.Generation{Number: 2, By: 3}
	for _, pair := range [][2]replica.Generation{{a, b}, {c, a}, {c, b}} {
		if !newer(pair[0], pair[1]) || newer(pair[1], pair[0]) || newer(pair[0], pair[0]) {
			t.Errorf("%v", pair)
		}
	}
}

// FuzzGreeting: what a peer says of itself crashes nobody.
func FuzzGreeting(f *testing.F) {
	f.Add([]byte(`{"g":{"number":1,"by":2},"n":1,"q":{"l":{"e":2,"m":[1,2],"t":3}}}`))
	f.Add([]byte(`{"n":-1,"q":{"l":{"v":[0]}}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		peers := []Peer{{ID: 1, Name: "n1", Votes: 1}, {ID: 2, Name: "n2", Votes: 1}}
		core, _, err := New(Config{ID: 1, Name: "n1", BootID: "b", Peers: peers, Token: time.Second, RaftLog: raftLog{slog.New(slog.DiscardHandler)}, Now: time.Unix(0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		core.Step(Tick{Now: time.Unix(1, 0)}, PeerUp{ID: 2, Payload: payload}, PeerPayload{ID: 2, Payload: payload})
		core.Step(PeerDown{ID: 2})
	})
}
