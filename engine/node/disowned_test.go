package node

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestDisowned: who hears nobody asks, now and then; the answer is told once, and forgotten when somebody is heard.
func TestDisowned(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	c, _, err := New(Config{ID: 3, Name: "n3", BootID: "boot", Peers: []Peer{{1, "n1", 1}, {2, "n2", 1}, {3, "n3", 1}}, Token: time.Second, Now: now, RaftLog: raftLog{slog.New(slog.DiscardHandler)}})
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	pass := func(d time.Duration) {
		for range d / (500 * time.Millisecond) {
			now = now.Add(500 * time.Millisecond)
			for _, e := range c.Step(Tick{Now: now}) {
				if _, ok := e.(AskPeers); ok {
					asked++
				}
			}
		}
	}
	if pass(2 * time.Second); asked != 0 {
		t.Error("it asks before the others had time to be heard")
	}
	if pass(2 * askEvery); asked != 2 {
		t.Errorf("asked %d times in %v", asked, 2*askEvery)
	}
	told := 0
	for range 2 {
		for _, e := range c.Step(Disowned{By: "n1"}) {
			if tell, ok := e.(Tell); ok && strings.Contains(tell.Event.Text, "removed from the cluster, says n1") {
				told++
			}
		}
	}
	if told != 1 || !strings.Contains(c.Status().WaitingFor, "removed from the cluster, says n1") {
		t.Errorf("told %d times; %q", told, c.Status().WaitingFor)
	}
	c.Step(PeerUp{ID: 1, Payload: []byte(`{"n":1}`)}, Tick{Now: now})
	if w := c.Status().WaitingFor; strings.Contains(w, "removed") {
		t.Errorf("with n1 up: %q", w)
	}
}
