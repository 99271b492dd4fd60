package bootstrap

import (
	"testing"

	"quorate/engine/config"
)

// What init and start --local write must be read again as it was meant.
func TestNewConfigIsRead(t *testing.T) {
	text, err := newConfig("web", config.Node{ID: 1, Name: "n1", Addrs: map[int]string{0: "10.0.0.1", 1: "10.1.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("corosync.conf", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if c.ClusterName != "web" || len(c.Nodes) != 1 || c.Nodes[0].DisplayName() != "n1" || c.Nodes[0].Addrs[1] != "10.1.0.1" {
		t.Errorf("read as %q, %+v", c.ClusterName, c.Nodes)
	}
	for n := 1; n <= localNodesMax; n++ {
		text, err := localConfig(n)
		if err != nil {
			t.Fatal(err)
		}
		c, err := config.Parse("corosync.conf", text)
		if err != nil {
			t.Fatalf("%d nodes: %v in\n%s", n, err, text)
		}
		if len(c.Nodes) != n || c.Quorum.TwoNode != (n == 2) {
			t.Errorf("%d nodes: %d are read, two_node %v", n, len(c.Nodes), c.Quorum.TwoNode)
		}
	}
}

func TestNamesThatAreRefused(t *testing.T) {
	for _, name := range []string{"", "web }", "a\nb", "a:b"} {
		if _, err := newConfig(name, config.Node{ID: 1, Name: "node1", Addrs: map[int]string{0: "127.0.0.1"}}); err == nil {
			t.Errorf("%q is taken as a cluster's name", name)
		}
	}
}
