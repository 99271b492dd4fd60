package scheduler

import (
	"testing"

	"pgregory.net/rapid"
)

func TestScoreAdd(t *testing.T) {
	for _, c := range []struct{ a, b, want Score }{
		{1, 2, 3}, {Infinity, -5, Infinity}, {Infinity, -Infinity, -Infinity}, {-Infinity, 7, -Infinity},
		{900000, 200000, Infinity}, {-900000, -200000, -Infinity},
	} {
		if got := c.a.Add(c.b); got != c.want {
			t.Errorf("%v + %v = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// TestStableSort: sorted, nothing lost, equals in their order.
func TestStableSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type item struct{ key, at int }
		keys := rapid.SliceOf(rapid.IntRange(0, 5)).Draw(t, "keys")
		list := make([]item, len(keys))
		for i, k := range keys {
			list[i] = item{k, i}
		}
		stableSort(list, func(a, b item) int { return a.key - b.key })
		for i := 1; i < len(list); i++ {
			if p, q := list[i-1], list[i]; p.key > q.key || p.key == q.key && p.at > q.at {
				t.Fatalf("out of order at %d: %v", i, list)
			}
		}
	})
}

// TestWalkOrder: every key once, whatever the order of insertion.
func TestWalkOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfDistinct(rapid.StringN(1, 12, 24), rapid.ID).Draw(t, "keys")
		seen := make([]bool, len(keys))
		for _, i := range walkOrder(keys) {
			if seen[i] {
				t.Fatalf("key %d twice", i)
			}
			seen[i] = true
		}
		for i, s := range seen {
			if !s {
				t.Fatalf("key %d is missing", i)
			}
		}
	})
}

func TestSplitKey(t *testing.T) {
	for _, c := range []struct {
		key, id, task string
		interval      int64
	}{
		{"A_start_0", "A", "start", 0}, {"my_rsc:1_monitor_10000", "my_rsc:1", "monitor", 10000},
		{"vm_migrate_to_0", "vm", "migrate_to", 0}, {"P:0_pre_notify_start_0", "P:0", "pre_notify_start", 0},
		{"C_confirmed-post_notify_running_0", "C", "confirmed-post_notify_running", 0},
	} {
		id, task, interval, ok := splitKey(c.key)
		if !ok || id != c.id || task != c.task || interval != c.interval {
			t.Errorf("%s: %q %q %d %v", c.key, id, task, interval, ok)
		}
	}
	for _, bad := range []string{"", "x", "A_start", "_0", "start_0"} {
		if _, _, _, ok := splitKey(bad); ok {
			t.Errorf("%q was taken for a key", bad)
		}
	}
}

func TestNaturalCompare(t *testing.T) {
	list := []string{"a", "n1", "n01", "N2", "n10", "n10a"}
	for i := 1; i < len(list); i++ {
		if naturalCompare(list[i-1], list[i]) >= 0 {
			t.Errorf("%s does not come before %s", list[i-1], list[i])
		}
	}
}
