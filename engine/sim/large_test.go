package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestManyNodes: clusters of 5 and 9 nodes start, elect, lose as many nodes as a majority can bear (the DC among
// them) and take them back, as fast as three do.
func TestManyNodes(t *testing.T) {
	for _, nodes := range []int{5, 9} {
		t.Run(fmt.Sprint(nodes), func(t *testing.T) {
			w := start(t, Options{Nodes: nodes, Seed: uint64(nodes)})
			if w.Now() > 2*time.Second {
				t.Errorf("it took %v until all nodes were online", w.Now())
			}
			var resources strings.Builder
			for i := range nodes {
				resources.WriteString(dummy(fmt.Sprintf("r%d", i)))
			}
			configure(t, w, noFencing, resources.String(), "")
			everywhere := func() bool {
				for i := range nodes {
					if len(w.Where(fmt.Sprintf("r%d", i))) != 1 {
						return false
					}
				}
				return true
			}
			await(t, w, time.Second, "every resource runs on one node", everywhere)
			lost := (nodes - 1) / 2
			w.named(w.DC()).Kill()
			for _, n := range w.Nodes() {
				if down := nodes - len(running(w)); down < lost && n.Running() {
					n.Kill()
				}
			}
			await(t, w, 2*time.Second, fmt.Sprintf("%d of %d go on with all resources", nodes-lost, nodes), func() bool {
				return w.DC() != "" && len(w.Online()) == nodes-lost && everywhere() && w.Settled()
			})
			for _, n := range w.Nodes() {
				n.Start()
			}
			await(t, w, 400*time.Millisecond, "all online", func() bool { return len(w.Online()) == nodes && w.Settled() })
		})
	}
}

func running(w *World) (list []*Node) {
	for _, n := range w.Nodes() {
		if n.Running() {
			list = append(list, n)
		}
	}
	return list
}

func (w *World) named(name string) *Node {
	for _, n := range w.nodes {
		if n.Name() == name {
			return n
		}
	}
	return nil
}
