package configure

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"quorate/engine/cib"
)

// BenchmarkStage loads 10,000 primitives with 3 operations each into an empty buffer and shows them all.
func BenchmarkStage(b *testing.B) {
	var text strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&text, "primitive p%d ocf:heartbeat:Dummy params fake=%d state=/run/s%d op start timeout=20s interval=0 op stop timeout=20s interval=0 op monitor interval=10s timeout=20s\n", i, i, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		buf, err := Open(context.Background(), &memory{doc: cib.New()}, Options{Agents: testAgents()}, &transcript{})
		if err != nil {
			b.Fatal(err)
		}
		if err := buf.loadText("update", text.String(), false, "bench"); err != nil {
			b.Fatal(err)
		}
		if out, err := buf.Show(nil); err != nil || strings.Count(out, "\n") != 49999 {
			b.Fatal(strings.Count(out, "\n"), err)
		}
	}
}
