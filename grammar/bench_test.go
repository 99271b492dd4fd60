package grammar

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkPrimitives parses, builds and renders 10,000 primitives with 3 operations each.
func BenchmarkPrimitives(b *testing.B) {
	var text strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&text, "primitive p%d ocf:heartbeat:IPaddr2 params ip=10.0.%d.%d cidr_netmask=24 op start timeout=20s interval=0 op stop timeout=20s interval=0 op monitor interval=10s timeout=20s\n", i, i/250, i%250)
	}
	b.ReportAllocs()
	for b.Loop() {
		sts, errs := Parse("bench", text.String())
		if len(errs) > 0 || len(sts) != 10000 {
			b.Fatal(len(sts), errs)
		}
		for _, st := range sts {
			es, err := Elements(st, Env{Schema: "pacemaker-3.9"})
			if err != nil {
				b.Fatal(err)
			}
			if out := Render(es[0], RenderEnv{}); !strings.HasPrefix(out, "primitive") {
				b.Fatal(out)
			}
		}
	}
}
