package configure

import "testing"

func TestMilliseconds(t *testing.T) {
	for text, want := range map[string]int64{"20": 20000, "20s": 20000, "5ms": 5, "2min": 120000, "1h": 3600000, " 3 s": 3000, "7us": 0} {
		if got, ok := Milliseconds(text); !ok || got != want {
			t.Errorf("%q is %v (%v), not %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "s", "5 days", "x5", "-1s"} {
		if got, ok := Milliseconds(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}
