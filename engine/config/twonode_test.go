package config

import (
	"fmt"
	"testing"
)

func TestTwoNodeFollowsTheLength(t *testing.T) {
	c, err := Generate("web", []Node{{ID: 1, Name: "n1", Addrs: map[int]string{0: "10.0.0.1"}, Votes: 1}})
	if err != nil {
		t.Fatal(err)
	}
	step := func(change Change, want bool) {
		t.Helper()
		if c, err = c.Edit(change); err != nil {
			t.Fatal(err)
		}
		if c, err = c.FitTwoNode(); err != nil {
			t.Fatal(err)
		}
		if c.Quorum.TwoNode != want || c.Quorum.WaitForAll != want {
			t.Errorf("%d nodes: two_node %v, wait_for_all %v, want %v\n%s", len(c.Nodes), c.Quorum.TwoNode, c.Quorum.WaitForAll, want, c.Text())
		}
	}
	for i := uint32(2); i <= 4; i++ {
		step(AddNode(Node{ID: i, Name: fmt.Sprintf("n%d", i), Addrs: map[int]string{0: fmt.Sprintf("10.0.0.%d", i)}, Votes: 1}), i == 2)
	}
	step(RemoveNode(4), false)
	step(RemoveNode(2), true)
}
