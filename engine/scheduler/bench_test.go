package scheduler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
)

// plainCIB makes a cluster of primitives with a monitor each: fresh (nothing known), or
// steady (all run, round robin, and are known to be stopped elsewhere).
func plainCIB(nodes, primitives int, steady bool) *etree.Element {
	var b strings.Builder
	b.WriteString(`<cib crm_feature_set="3.16.1" have-quorum="1" dc-uuid="1"><configuration><crm_config><cluster_property_set id="o">` +
		`<nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes>`)
	for n := 1; n <= nodes; n++ {
		fmt.Fprintf(&b, `<node id="%d" uname="n%d"/>`, n, n)
	}
	b.WriteString(`</nodes><resources>`)
	for r := 0; r < primitives; r++ {
		fmt.Fprintf(&b, `<primitive id="r%d" class="ocf" provider="heartbeat" type="Dummy"><operations><op id="m%d" name="monitor" interval="10s"/></operations></primitive>`, r, r)
	}
	b.WriteString(`</resources><constraints/></configuration><status>`)
	for n := 1; n <= nodes; n++ {
		fmt.Fprintf(&b, `<node_state id="%d" uname="n%d" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="%d"><lrm_resources>`, n, n, n)
		for r := 0; steady && r < primitives; r++ {
			fmt.Fprintf(&b, `<lrm_resource id="r%d" class="ocf" provider="heartbeat" type="Dummy">`, r)
			op := func(call int, task string, interval, rc, want int, digest string) {
				fmt.Fprintf(&b, `<lrm_rsc_op id="r%d_%s_%d" operation="%s" operation_key="r%d_%s_%d" call-id="%d" rc-code="%d" op-status="0" interval="%d" transition-key="1:1:%d:x" transition-magic="0:%d;1:1:%d:x" op-digest="%s"/>`,
					r, task, interval, task, r, task, interval, call, rc, interval, want, rc, want, digest)
			}
			if r%nodes == n-1 {
				op(2, "start", 0, 0, 0, "f2317cad3d54cec5d7d7aa7d0bf35cf8")
				op(3, "monitor", 10000, 0, 0, "4811cef7f7f94e3a35a70be7916cb2fd")
			} else {
				op(1, "monitor", 0, 7, 7, "f2317cad3d54cec5d7d7aa7d0bf35cf8")
			}
			b.WriteString(`</lrm_resource>`)
		}
		b.WriteString(`</lrm_resources></lrm></node_state>`)
	}
	b.WriteString(`</status></cib>`)
	d := etree.NewDocument()
	if err := d.ReadFromString(b.String()); err != nil {
		panic(err)
	}
	return d.Root()
}

func BenchmarkRun(b *testing.B) {
	for _, size := range []struct{ nodes, primitives int }{{5, 100}, {16, 500}, {32, 1000}, {300, 3000}} {
		if testing.Short() && size.nodes > 100 {
			continue
		}
		for _, state := range []string{"fresh", "steady"} {
			b.Run(fmt.Sprintf("%dx%d/%s", size.nodes, size.primitives, state), func(b *testing.B) {
				in := Input{CIB: plainCIB(size.nodes, size.primitives, state == "steady"), Now: time.Unix(1700000000, 0)}
				b.ReportAllocs()
				for b.Loop() {
					r, err := Run(in)
					if err != nil {
						b.Fatal(err)
					}
					if state == "steady" && len(r.Graph.Actions) > 0 {
						b.Fatalf("%d actions in a steady cluster", len(r.Graph.Actions))
					}
				}
			})
		}
	}
}
