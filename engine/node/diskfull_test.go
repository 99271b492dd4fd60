package node

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"quorate/engine/attribute"
)

// fillDisk makes every later write to the node's log fail as on a full disk.
func (c *testCluster) fillDisk(n *testNode) {
	c.t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		c.t.Skip("no /dev/full: ", err)
	}
	defer full.Close()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		c.t.Skip("no /proc: ", err)
	}
	for _, fd := range fds {
		path, _ := os.Readlink(filepath.Join("/proc/self/fd", fd.Name()))
		if path != filepath.Join(n.dir, "log", "log.db") {
			continue
		}
		number, err := strconv.Atoi(fd.Name())
		if err == nil {
			err = unix.Dup3(int(full.Fd()), number, unix.O_CLOEXEC)
		}
		if err != nil {
			c.t.Fatal(err)
		}
		return
	}
	c.t.Fatal("log.db is not open")
}

// TestDiskFull: a node that cannot write its log stops what it runs and leaves; only then another takes over.
func TestDiskFull(t *testing.T) {
	c := startCluster(t, 3)
	c.property("stonith-enabled", "false")
	c.resource(service)
	where := c.where()
	if len(where) != 1 {
		t.Fatalf("the service runs on %v", where)
	}
	var broken, other *testNode
	for _, n := range c.nodes {
		if n.name == where[0] {
			broken = n
		} else {
			other = n
		}
	}
	c.fillDisk(broken)
	value := "1"
	if err := other.UpdateAttribute(t.Context(), attribute.Update{Node: other.name, Name: "anything", Value: &value}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-broken.ended:
	case <-time.After(patience):
		t.Fatal("the engine goes on without a disk")
	}
	if broken.code != 1 || !strings.Contains(c.logged(), ": this node leaves; free space") {
		t.Errorf("it ended with %d", broken.code)
	}
	c.await("the service runs elsewhere", func() bool {
		w := c.where()
		if len(w) > 1 {
			t.Fatalf("the service runs on %v at once", w)
		}
		return len(w) == 1 && w[0] != broken.name
	})
}
