package messaging

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestUnderLoad keeps every core busy, in this process as well, and wants nobody lost. It runs only when
// asked, for as long as asked: QUORATE_LOAD=20m go test -run UnderLoad -timeout 30m.
func TestUnderLoad(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv("QUORATE_LOAD"))
	if err != nil {
		t.Skip("runs only with QUORATE_LOAD=DURATION: it takes all cores")
	}
	peers := loopback(t, 3, 1)
	var nodes []*Net
	for i := range peers {
		nodes = append(nodes, startNode(t, uint32(i+1), peers, time.Second))
	}
	awaitUp(t, nodes[0], 2, 3)
	stop := make(chan struct{})
	defer close(stop)
	for range burners() {
		go burn(stop)
	}
	end := time.After(d)
	for {
		select {
		case e := <-nodes[0].Events():
			report(t, nodes[0], e)
		case e := <-nodes[1].Events():
			report(t, nodes[1], e)
		case e := <-nodes[2].Events():
			report(t, nodes[2], e)
		case <-end:
			for _, n := range nodes {
				t.Logf("node %d: %+v", n.cfg.Self, n.Counters())
			}
			return
		}
	}
}

// burners is how many goroutines of this process keep the cores busy: QUORATE_BURNERS, 4 for each core.
func burners() int {
	if n, err := strconv.Atoi(os.Getenv("QUORATE_BURNERS")); err == nil {
		return n
	}
	return 4 * runtime.NumCPU()
}

func report(t *testing.T, n *Net, e Event) {
	if e.Kind == Down {
		t.Errorf("node %d: %d is down: %s", n.cfg.Self, e.Node, e.Reason)
	}
}

func burn(stop chan struct{}) {
	work := make([]int, 10000)
	for {
		select {
		case <-stop:
			return
		default:
		}
		for i := range work {
			work[i] = len(work) - i
		}
		slices.Sort(work)
	}
}
