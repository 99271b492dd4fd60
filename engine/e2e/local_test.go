//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

var currentDC = regexp.MustCompile(`Current DC: (\S+)`)

// TestLocalClusters: five and nine nodes on one machine start, elect, lose the DC and the node with the service, and
// take them back.
func TestLocalClusters(t *testing.T) {
	for _, size := range []int{5, 9} {
		t.Run(fmt.Sprint(size), func(t *testing.T) { localCluster(t, size) })
	}
}

func localCluster(t *testing.T, size int) {
	l := newLab(t, 1)
	machine := l.nodes[0]
	machine.boot()
	t.Log(strings.TrimSpace(machine.crm(fmt.Sprintf("cluster start --local %d", size))))
	machine.run("property stonith-enabled=false\nrsc_defaults resource-stickiness=100\nprimitive d ocf:quorate:Dummy op monitor interval=1s\n", "crm", "-w", "configure")
	online := func(want int) {
		t.Helper()
		until(t, startPatience, fmt.Sprintf("%d of %d are online", want, size), func() bool {
			out, err := machine.try("", "crm", "status")
			return err == nil && strings.Contains(out, fmt.Sprintf("%d nodes configured", size)) && onlineIn(out) == want && currentDC.MatchString(out)
		})
	}
	online(size)
	for _, victim := range []string{"DC", "service"} {
		before := machine.localRunsOn("d")
		name := before
		if victim == "DC" {
			name = currentDC.FindStringSubmatch(machine.crm("status"))[1]
		}
		began := time.Now()
		machine.crm("cluster kill " + name)
		until(t, startPatience, "the Dummy runs, not on "+name, func() bool { on := machine.localRunsOn("d"); return on != "" && on != name })
		online(size - 1)
		t.Logf("%s (%s) of %d lost: the Dummy on %s, %d online after %v", victim, name, size, machine.localRunsOn("d"), size-1, time.Since(began).Round(time.Millisecond))
		if after := machine.localRunsOn("d"); before != name && after != before {
			t.Errorf("the Dummy moved from %s to %s when %s was lost", before, after, name)
		}
		began = time.Now()
		machine.crm("cluster start " + name)
		online(size)
		t.Logf("%s is back after %v", name, time.Since(began).Round(time.Millisecond))
	}
	machine.crm("cluster stop")
}

// onlineIn counts the nodes that a status lists as online.
func onlineIn(status string) int {
	_, list, _ := strings.Cut(status, "Online: [")
	list, _, _ = strings.Cut(list, "]")
	return len(strings.Fields(list))
}

// localRunsOn asks the local cluster where a resource is; "" while nobody knows.
func (n *node) localRunsOn(resource string) string {
	out, err := n.try("", "crm", "resource", "locate", resource)
	_, on, found := strings.Cut(out, "is running on: ")
	if err != nil || !found {
		return ""
	}
	return strings.TrimSpace(on)
}
