package node

import (
	"testing"
	"testing/synctest"

	"quorate/engine/executor"
	"quorate/ra"
)

// TestSlowMetadata: an agent whose metadata does not come delays the results of its own resource, which keep their order,
// and no others.
func TestSlowMetadata(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		results, hangs := make(chan executor.Result), make(chan struct{})
		describe := func(a ra.Agent) *ra.Metadata {
			if a.Type == "hanging" {
				<-hangs
			}
			return nil
		}
		posted := make(chan string, 8)
		go forward(results, describe, func(f finished) { posted <- f.record.Key })
		report := func(resource, agent, action string) {
			results <- executor.Result{Operation: executor.Operation{Resource: resource, Class: "lsb", Type: agent, Action: action}}
		}
		expect := func(want string) {
			t.Helper()
			synctest.Wait()
			select {
			case got := <-posted:
				if got != want {
					t.Errorf("posted: %q, want %q", got, want)
				}
			default:
				if want != "" {
					t.Errorf("%s is not posted", want)
				}
			}
		}
		report("a", "hanging", "start")
		report("b", "plain", "start")
		expect("b_start_0")
		report("a", "plain", "monitor")
		expect("")
		close(hangs)
		expect("a_start_0")
		expect("a_monitor_0")
		close(results)
	})
}
