package executor

import (
	"strconv"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzExitReason(f *testing.F) {
	f.Add("ocf-exit-reason:why\n")
	f.Add("noise\nocf-exit-reason:one\nocf-exit-reason:\xff two")
	f.Fuzz(func(t *testing.T, stderr string) {
		if got := ExitReason(stderr); utf8.RuneCountInString(got) > MaxReason {
			t.Errorf("%d characters", utf8.RuneCountInString(got))
		}
	})
}

// BenchmarkMachine is the cost of one run of a monitor among 10,000 resources.
func BenchmarkMachine(b *testing.B) {
	m := NewMachine(1)
	now := epoch
	var ready []int
	step := func(ev Event) {
		for _, e := range m.Step(ev) {
			if x, ok := e.(Exec); ok {
				ready = append(ready, x.ID)
			}
		}
	}
	for i := range 10_000 {
		step(Run{Op: Operation{Resource: "r" + strconv.Itoa(i), Action: "monitor", Interval: 10 * time.Second, Timeout: 20 * time.Second}, At: now})
	}
	b.ReportAllocs()
	for b.Loop() {
		for len(ready) == 0 {
			now = now.Add(time.Second)
			step(Now{now})
		}
		id := ready[0]
		ready = ready[1:]
		now = now.Add(time.Millisecond)
		step(Exited{ID: id, At: now})
	}
}
