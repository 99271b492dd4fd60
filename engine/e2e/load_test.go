//go:build e2e

package e2e

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestNoFalseFailover loads all cores for the time in E2E_LOAD (60 s if not set): nobody may be taken for lost, and
// the service stays where it is.
func TestNoFalseFailover(t *testing.T) {
	onlyWhenNamed(t)
	duration, err := time.ParseDuration(os.Getenv("E2E_LOAD"))
	if err != nil {
		duration = time.Minute
	}
	l := newLab(t, 3)
	s := &scene{l, l.startClient(), l.startWatch()}
	s.start()
	s.configure()
	on := s.active()
	dc, pid := on.status().DC, on.nginx()
	for range runtime.NumCPU() {
		burner := start(t, 0, nil, "sh", "-c", "while :; do :; done")
		t.Cleanup(func() { end(burner) })
	}
	began := time.Now()
	for time.Since(began) < duration {
		time.Sleep(min(10*time.Second, duration))
		for _, n := range l.nodes {
			log, err := os.ReadFile(n.logFile())
			l.must(err)
			for _, word := range []string{"is lost", "no DC", "quorum lost", "link is down"} {
				if strings.Contains(string(log), word) {
					t.Fatalf("after %v, %s says %q", time.Since(began).Round(time.Second), n.name, word)
				}
			}
		}
	}
	if now := s.alone(); now != on || on.nginx() != pid || on.status().DC != dc {
		t.Fatalf("service or DC moved: %s, DC %s → %s, DC %s", on.name, dc, now.name, on.status().DC)
	}
	load, _ := os.ReadFile("/proc/loadavg")
	t.Logf("%v under load (average %s): nobody lost, longest gap between answers %v", duration, strings.Fields(string(load))[0], s.client.outage(began).Round(time.Millisecond))
}
