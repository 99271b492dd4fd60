package cib

import (
	"fmt"
	"strings"
	"testing"
)

// large makes a CIB with n primitives of three operations each.
func large(n int) *Document {
	var b strings.Builder
	b.WriteString(`<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="3" admin_epoch="0"><configuration><crm_config/><nodes/><resources>`)
	for i := range n {
		fmt.Fprintf(&b, `<primitive id="p%[1]d" class="ocf" provider="heartbeat" type="Dummy"><instance_attributes id="p%[1]d-instance_attributes"><nvpair id="p%[1]d-instance_attributes-state" name="state" value="/run/state-%[1]d"/></instance_attributes><operations><op id="p%[1]d-monitor-10s" name="monitor" interval="10s" timeout="20s"/><op id="p%[1]d-start-0s" name="start" interval="0s" timeout="20s"/><op id="p%[1]d-stop-0s" name="stop" interval="0s" timeout="20s"/></operations></primitive>`, i)
	}
	b.WriteString("</resources><constraints/></configuration><status/></cib>")
	d, err := Parse([]byte(b.String()))
	if err != nil {
		panic(err)
	}
	return d
}

func BenchmarkParse(b *testing.B) {
	text := large(20000).Bytes()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBytes(b *testing.B) {
	d := large(20000)
	b.SetBytes(int64(len(d.Bytes())))
	b.ReportAllocs()
	for b.Loop() {
		d.Bytes()
	}
}

func BenchmarkCopy(b *testing.B) {
	d := large(20000)
	for b.Loop() {
		d.Copy()
	}
}

func BenchmarkDigest(b *testing.B) {
	d := large(20000)
	b.SetBytes(int64(len(d.Bytes())))
	for b.Loop() {
		d.Digest()
	}
}

func BenchmarkDiff(b *testing.B) {
	from, to := large(10000), large(10000)
	for i, e := range to.Section("resources").ChildElements() {
		if i%10 == 0 {
			e.CreateAttr("description", "changed")
		}
	}
	for b.Loop() {
		if n := len(Diff(from, to)); n != 1000 {
			b.Fatal(n)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	base := large(10000)
	ours, theirs := base.Copy(), base.Copy()
	for i, e := range ours.Section("resources").ChildElements() {
		if i%2 == 0 {
			e.CreateAttr("description", "changed")
		}
	}
	for b.Loop() {
		if _, conflicts := merge(base, ours, theirs); conflicts != nil {
			b.Fatal(conflicts)
		}
	}
}

func BenchmarkPerformSmallChangeOfLarge(b *testing.B) {
	d := large(10000)
	for i := range b.N {
		xml := fmt.Sprintf(`<primitive id="p500" description="%d"/>`, i)
		if err := d.Perform(Request{Op: OpModify, Section: "resources", XML: xml}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	d := large(10000)
	for b.Loop() {
		if p := Validate(d); p != nil {
			b.Fatal(p)
		}
	}
}

func BenchmarkRecordOp(b *testing.B) {
	d := New()
	nodes := []NodeRef{{"1", "n1"}, {"2", "n2"}, {"3", "n3"}}
	ids := make([]string, 5000)
	for i := range ids {
		ids[i] = fmt.Sprintf("rsc%d", i)
	}
	b.ReportAllocs()
	for i := range b.N {
		op := start(0)
		op.Resource = ids[i%5000]
		d.RecordOp(nodes[i/5000%3], op)
	}
}

func BenchmarkSetTransient(b *testing.B) {
	d := New()
	for i := range b.N {
		value := fmt.Sprint(i)
		d.SetTransient(n1, "", "fail-count-rsc"+fmt.Sprint(i%5000), &value)
	}
}

func BenchmarkFindPrimitives(b *testing.B) {
	d := large(10000)
	for b.Loop() {
		if found, err := d.Find("//primitive"); err != nil || len(found) != 10000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkFindByID(b *testing.B) {
	d := large(10000)
	for b.Loop() {
		if found, err := d.Find("//*[@id='p9999']"); err != nil || len(found) != 1 {
			b.Fatal(err)
		}
	}
}

func BenchmarkFindInStatus(b *testing.B) {
	d := New()
	for n := range 3 {
		node := NodeRef{fmt.Sprint(n), fmt.Sprintf("n%d", n)}
		d.SetNodeState(NodeState{NodeRef: node, Crmd: "online"})
		for i := range 5000 {
			op := start(0)
			op.Resource = fmt.Sprintf("rsc%d", i)
			d.RecordOp(node, op)
			value := "5"
			d.SetTransient(node, "", "master-"+op.Resource, &value)
		}
	}
	for b.Loop() {
		if found, err := d.Find("//node_state[@crmd='online']//nvpair[@name='master-rsc4999']"); err != nil || len(found) != 3 {
			b.Fatal(err)
		}
	}
}
