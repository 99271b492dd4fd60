package executor

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"
)

var epoch = time.Unix(1_000_000, 0)

// TestMachine runs the scripts in testdata/machine: events in, effects out.
func TestMachine(t *testing.T) {
	datadriven.Walk(t, "testdata/machine", func(t *testing.T, path string) {
		m := NewMachine(1)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return show(m.Step(event(t, d)))
		})
	})
}

// event reads "run rsc=p1 action=start timeout=20s at=0s" and its like.
func event(t *testing.T, d *datadriven.TestData) Event {
	text := map[string]string{}
	for _, a := range d.CmdArgs {
		text[a.Key] = strings.Join(a.Vals, ",")
	}
	span := func(key string) time.Duration {
		if text[key] == "" {
			return 0
		}
		v, err := time.ParseDuration(text[key])
		if err != nil {
			d.Fatalf(t, "%s: %v", key, err)
		}
		return v
	}
	number := func(key string) int { n, _ := strconv.Atoi(text[key]); return n }
	at := epoch.Add(span("at"))
	switch d.Cmd {
	case "run":
		return Run{Op: Operation{Resource: text["rsc"], Action: text["action"], Interval: span("interval"), Timeout: span("timeout"),
			StartDelay: span("delay"), TransitionKey: text["key"]}, At: at}
	case "cancel":
		return Cancel{Resource: text["rsc"], Action: text["action"], Interval: span("interval"), At: at}
	case "forget":
		return Forget{Resource: text["rsc"], At: at}
	case "changed":
		return Changed{Resource: text["rsc"], At: at}
	case "exited":
		return Exited{ID: number("id"), RC: number("rc"), Status: OpStatus(number("status")), Reason: text["reason"], At: at}
	case "now":
		return Now{At: at}
	}
	d.Fatalf(t, "unknown event %s", d.Cmd)
	return nil
}

func show(effects []Effect) string {
	var b strings.Builder
	for _, e := range effects {
		switch e := e.(type) {
		case Exec:
			fmt.Fprintf(&b, "exec %d %s\n", e.ID, e.Op.Key())
		case Kill:
			fmt.Fprintf(&b, "kill %d\n", e.ID)
		case WakeAt:
			fmt.Fprintf(&b, "wake at %s\n", e.At.Sub(epoch))
		case Report:
			r := e.Result
			fmt.Fprintf(&b, "report %s call=%d rc=%d status=%d changed=%s exec=%s queue=%s", r.Operation.Key(), r.CallID, r.RC, r.Status,
				r.Changed.Sub(epoch), r.Exec, r.Queue)
			if r.Reason != "" {
				fmt.Fprintf(&b, " reason=%q", r.Reason)
			}
			b.WriteByte('\n')
		}
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

// TestMachineProperties: whatever happens in whatever order, a resource has one run at a time, every one-shot
// is reported exactly once, nothing cancelled is started, and call numbers are never used twice.
func TestMachineProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := NewMachine(1)
		now := epoch
		inFlight := map[string]int{} // resource → run
		runs := map[int]Operation{}
		asked, reported := 0, map[int]int{}
		var killed []int // processes that die before the next event
		apply := func(ev Event) {
			for _, e := range m.Step(ev) {
				switch e := e.(type) {
				case Exec:
					if inFlight[e.Op.Resource] != 0 {
						t.Fatalf("%s runs twice", e.Op.Resource)
					}
					inFlight[e.Op.Resource], runs[e.ID] = e.ID, e.Op
				case Report:
					if e.Result.Operation.Interval == 0 && e.Result.CallID > 0 {
						if reported[e.Result.CallID]++; reported[e.Result.CallID] > 1 {
							t.Fatalf("call %d is reported twice", e.Result.CallID)
						}
					}
				case Kill:
					killed = append(killed, e.ID)
				}
			}
		}
		exitRun := func(id int, rc int) {
			op, ok := runs[id]
			if !ok {
				return
			}
			delete(runs, id)
			if inFlight[op.Resource] == id {
				delete(inFlight, op.Resource)
			}
			apply(Exited{ID: id, RC: rc, At: now})
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			for len(killed) > 0 {
				id := killed[0]
				killed = killed[1:]
				exitRun(id, 0)
			}
			rsc := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "rsc")
			switch rapid.SampledFrom([]string{"run", "monitor", "cancel", "forget", "changed", "exit", "exit", "now"}).Draw(t, "event") {
			case "run":
				asked++
				action := rapid.SampledFrom([]string{"start", "stop", "notify"}).Draw(t, "action")
				apply(Run{Op: Operation{Resource: rsc, Action: action, Timeout: 20 * time.Second}, At: now})
			case "monitor":
				apply(Run{Op: Operation{Resource: rsc, Action: "monitor", Interval: time.Second, Timeout: 20 * time.Second}, At: now})
			case "cancel":
				apply(Cancel{Resource: rsc, Action: "monitor", Interval: time.Second, At: now})
			case "forget":
				apply(Forget{Resource: rsc, At: now})
			case "changed":
				apply(Changed{Resource: rsc, At: now})
			case "exit":
				exitRun(inFlight[rsc], rapid.IntRange(0, 9).Draw(t, "rc"))
			case "now":
				apply(Now{At: now})
			}
		}
		// Let all end: nothing may hang.
		for range 300 {
			now = now.Add(time.Second)
			apply(Forget{Resource: "a", At: now})
			apply(Forget{Resource: "b", At: now})
			exitRun(inFlight["a"], 0)
			exitRun(inFlight["b"], 0)
		}
		if len(reported) != asked {
			t.Fatalf("%d of %d one-shots were reported", len(reported), asked)
		}
		if running, waiting := m.Busy(); running+waiting > 0 || len(m.queues) > 0 {
			t.Fatalf("left over: %d running, %d waiting, %d queues", running, waiting, len(m.queues))
		}
	})
}

// TestPure: this package has no clock, no process and no network.
func TestPure(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(f); err != nil || strings.Contains(string(text), "time.Now(") {
			t.Errorf("%s: %v, or it asks for the time", f, err)
		}
		for _, i := range tree.Imports {
			switch path := strings.Trim(i.Path.Value, `"`); path {
			case "os", "net", "os/exec", "math/rand", "math/rand/v2", "syscall":
				t.Errorf("%s imports %s", f, path)
			}
		}
	}
}
