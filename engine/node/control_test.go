package node

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

func (c *testCluster) quorum(n *testNode) (expected, total int, quorate bool) {
	c.t.Helper()
	s, err := n.Status(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return s.Quorum.Expected, s.Quorum.Total, s.Quorum.Quorate
}

// TestVotes changes votes and expected votes of a running cluster, on all nodes at once.
func TestVotes(t *testing.T) {
	c := startCluster(t, 3)
	ctx := t.Context()
	if err := c.nodes[1].SetExpectedVotes(ctx, 5); err != nil {
		t.Fatal(err)
	}
	for _, n := range c.nodes {
		c.await("five votes are expected", func() bool { e, _, _ := c.quorum(n); return e == 5 })
	}
	if err := c.nodes[2].SetExpectedVotes(ctx, 9); cib.CodeOf(err) != exit.InvalidParam {
		t.Errorf("expected votes that cost quorum: %v", err)
	}
	if err := c.nodes[0].SetVotes(ctx, 2, 3); err != nil {
		t.Fatal(err)
	}
	for _, n := range c.nodes {
		c.await("node2 has three votes", func() bool { _, total, _ := c.quorum(n); return total == 5 })
	}
	if err := c.nodes[0].SetVotes(ctx, 9, 1); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("votes of no node: %v", err)
	}
	if err := c.nodes[0].SetVotes(ctx, 1, -1); cib.CodeOf(err) != exit.InvalidParam {
		t.Errorf("negative votes: %v", err)
	}
}

// TestReload: a changed file is taken by all nodes, a wrong one by none.
func TestReload(t *testing.T) {
	c := startCluster(t, 2)
	ctx := t.Context()
	for _, n := range c.nodes {
		c.writeConfig(n, 2, " two_node: 1\n wait_for_all: 0\n")
	}
	good, err := os.ReadFile(c.nodes[1].config)
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.Replace(string(good), "nodeid: 1", "nodeid: 2", 1)
	if err := os.WriteFile(c.nodes[1].config, []byte(bad), 0o644); err != nil {
		t.Fatal(err)
	}
	err = c.nodes[0].Reload(ctx)
	if cib.CodeOf(err) != exit.InvalidParam || !strings.Contains(err.Error(), "node2") {
		t.Errorf("reload of a wrong file: %v", err)
	}
	for _, n := range c.nodes {
		if s, err := n.Status(ctx); err != nil || slices.Contains(s.Quorum.Flags, "2Node") {
			t.Errorf("%s took a configuration that another node refused: %v %v", n.name, s, err)
		}
	}
	renamed := strings.Replace(string(good), "name: node1\n", "name: other\n", 1)
	if err := os.WriteFile(c.nodes[1].config, []byte(renamed), 0o644); err != nil || renamed == string(good) {
		t.Fatal(err)
	}
	if err := c.nodes[0].Reload(ctx); cib.CodeOf(err) != exit.InvalidParam || !strings.Contains(err.Error(), "node 1 is called node1 while it runs") {
		t.Errorf("reload of a file that renames a node at work: %v", err)
	}
	if err := os.WriteFile(c.nodes[1].config, good, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := c.nodes[0].Reload(ctx); err != nil {
		t.Fatal(err)
	}
	for _, n := range c.nodes {
		c.await("two_node holds", func() bool {
			s, err := n.Status(ctx)
			return err == nil && slices.Contains(s.Quorum.Flags, "2Node")
		})
	}
	if err := c.nodes[0].ReopenLogs(ctx); err != nil { // logrotate asks for it
		t.Errorf("reopen logs: %v", err)
	}
}

// TestReloadAddsNode: a node that the file has since then comes in.
func TestReloadAddsNode(t *testing.T) {
	c := startCluster(t, 2)
	for _, n := range c.nodes {
		c.writeConfig(n, 3, "")
	}
	if err := c.nodes[1].Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, n := range c.nodes {
		c.await("three votes are expected", func() bool { e, _, _ := c.quorum(n); return e == 3 })
		if s, err := n.Status(t.Context()); err != nil || len(s.Nodes) != 3 {
			t.Errorf("%s does not know three nodes: %v %v", n.name, s, err)
		}
	}
}

// TestFail: a failure by hand is counted and recovered from.
func TestFail(t *testing.T) {
	c := startCluster(t, 2)
	ctx := t.Context()
	c.property("stonith-enabled", "false")
	c.resource(service)
	where := c.where()
	if len(where) != 1 {
		t.Fatalf("the service runs on %v", where)
	}
	if err := c.nodes[0].Fail(ctx, "none", where[0]); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("no such resource: %v", err)
	}
	if err := c.nodes[0].Fail(ctx, "s", "node9"); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("no such node: %v", err)
	}
	if err := c.nodes[1].Fail(ctx, "s", where[0]); err != nil {
		t.Fatal(err)
	}
	if err := c.nodes[1].WaitIdle(ctx); err != nil {
		t.Fatal(err)
	}
	if len(c.where()) != 1 {
		t.Errorf("the service runs on %v", c.where())
	}
	v, err := c.nodes[0].Attributes(ctx, "fail-count-s#asyncmon_0", where[0])
	if err != nil || !slices.Equal(v, []attribute.Value{{Node: where[0], Name: "fail-count-s#asyncmon_0", Value: "1"}}) {
		t.Errorf("fail count: %v %v", v, err)
	}
}

// TestKillWithoutQuorum: a killed node stops what it runs; the one that is left refuses changes with a clear error,
// stops its resources, and can be stopped at once.
func TestKillWithoutQuorum(t *testing.T) {
	c := startCluster(t, 2)
	ctx := t.Context()
	c.property("stonith-enabled", "false")
	c.resource(service)
	if err := c.nodes[0].KillNode(ctx, 9); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("kill of no node: %v", err)
	}
	if err := c.nodes[0].KillNode(ctx, 2); err != nil {
		t.Fatal(err)
	}
	<-c.nodes[1].ended
	c.await("quorum is lost", func() bool { _, _, q := c.quorum(c.nodes[0]); return !q })
	err := c.nodes[0].Perform(ctx, cib.Request{Op: cib.OpDelete, XPath: "//primitive"})
	if cib.CodeOf(err) != exit.Quorum {
		t.Errorf("a change without quorum: %v", err)
	}
	if err := c.nodes[0].UpdateAttribute(ctx, attribute.Update{Name: "x", Value: new(string)}); cib.CodeOf(err) != exit.Quorum {
		t.Errorf("an attribute without quorum: %v", err)
	}
	if err := c.nodes[0].WaitIdle(ctx); cib.CodeOf(err) != exit.Quorum {
		t.Errorf("waiting without quorum: %v", err)
	}
	c.await("nothing runs without quorum", func() bool { return len(c.where()) == 0 })
	if err := c.nodes[0].Shutdown(ctx); err != nil {
		t.Error(err)
	}
	<-c.nodes[0].ended
}

// TestLeaveWithoutSocket: a node leaves when it is told to, also where somebody has removed its socket.
func TestLeaveWithoutSocket(t *testing.T) {
	c := startCluster(t, 2)
	gone := c.nodes[0]
	if err := os.Remove(filepath.Join(gone.dir, "sock")); err != nil {
		t.Fatal(err)
	}
	close(gone.leave)
	<-gone.ended
	c.await("the other node knows that it left", func() bool {
		s, err := c.nodes[1].Status(t.Context())
		return err == nil && !s.Nodes[0].Online
	})
}

// TestDampenedValueIsSeen: a query on the node that dampens sees the new value at once; the document does not yet.
func TestDampenedValueIsSeen(t *testing.T) {
	c := startCluster(t, 2)
	ctx := t.Context()
	hour, value := time.Hour, "7"
	if err := c.nodes[0].UpdateAttribute(ctx, attribute.Update{Node: c.nodes[0].name, Name: "load", Value: &value, Delay: &hour}); err != nil {
		t.Fatal(err)
	}
	v, err := c.nodes[0].Attributes(ctx, "load", "")
	if err != nil || !slices.Equal(v, []attribute.Value{{Node: c.nodes[0].name, Name: "load", Value: "7"}}) {
		t.Errorf("asked here: %v %v", v, err)
	}
	if v, err := c.nodes[1].Attributes(ctx, "load", ""); err != nil || len(v) != 0 {
		t.Errorf("asked on the other node: %v %v", v, err)
	}
}
