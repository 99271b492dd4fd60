package fencing

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"quorate/engine/cib"
	"quorate/ra/meta"
)

var epoch = time.Unix(1_000_000, 0)

// agents are the metadata that the tests' agents have.
func agents(name string) *meta.Metadata {
	m := &meta.Metadata{Parameters: []meta.Parameter{{Name: "plug"}}}
	actions := []string{"on", "off", "reboot", "status", "list", "monitor"}
	switch name {
	case "fence_unknown":
		return nil
	case "fence_old":
		m.Parameters = append(m.Parameters, meta.Parameter{Name: "port", Deprecated: true})
		actions = []string{"on", "off", "status", "monitor"}
	case "fence_scsi":
		actions = []string{"off", "status", "monitor"}
		m.Actions = []meta.Action{{Name: "on", OnTarget: "1"}}
	}
	for _, a := range actions {
		m.Actions = append(m.Actions, meta.Action{Name: a})
	}
	return m
}

func document(t testing.TB, body string) *cib.Document {
	resources, topology, _ := strings.Cut(body, "---")
	topology, constraints, _ := strings.Cut(topology, "---")
	doc, err := cib.Parse([]byte(`<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes/><resources>` +
		resources + `</resources><constraints>` + constraints + `</constraints><fencing-topology>` + topology + `</fencing-topology></configuration><status/></cib>`))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestMachine runs the scripts in testdata/machine: events in, effects out.
func TestMachine(t *testing.T) {
	datadriven.Walk(t, "testdata/machine", func(t *testing.T, path string) {
		m := NewMachine()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return show(m.Step(event(t, d)))
		})
	})
}

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
	number := func(key string) (n int) { _, _ = fmt.Sscan(text[key], &n); return n }
	at := epoch.Add(span("at"))
	switch d.Cmd {
	case "configure":
		c := Read(document(t, d.Input), at, agents)
		c.Watchdog = span("watchdog")
		return Configure{c, at}
	case "view":
		var nodes []Node
		for line := range strings.Lines(d.Input) {
			f := strings.Fields(line)
			n := Node{Name: f[0], Online: f[1] == "online", Attributes: map[string]string{}}
			for _, w := range f[2:] {
				if k, v, ok := strings.Cut(w, "="); ok {
					n.Attributes[k] = v
				} else {
					n.Devices = append(n.Devices, w)
				}
			}
			nodes = append(nodes, n)
		}
		return View{nodes, at}
	case "request":
		return Request{ID: number("id"), Target: text["target"], Action: text["action"], Timeout: span("timeout"), Delay: span("delay"),
			Client: "c", Origin: "n1", Random: 7, At: at}
	case "confirm":
		return Confirm{Target: text["target"], Client: "stonith_admin.1", Origin: "n1", At: at}
	case "result":
		return AgentResult{Run: number("run"), RC: number("rc"), Reason: text["reason"], Stdout: d.Input, At: at}
	case "now":
		return Now{at}
	}
	d.Fatalf(t, "unknown event %s", d.Cmd)
	return nil
}

func show(effects []Effect) string {
	var b strings.Builder
	for _, e := range effects {
		switch e := e.(type) {
		case RunAgent:
			var in []string
			for k, v := range e.Input {
				in = append(in, k+"="+v)
			}
			sort.Strings(in)
			fmt.Fprintf(&b, "run %d %s on %s timeout=%s: %s\n", e.Run, e.Device, e.Node, e.Timeout, strings.Join(in, " "))
		case Done:
			fmt.Fprintf(&b, "done %d ok=%v %s of %s by %q %s", e.ID, e.OK, e.Event.Action, e.Event.Target, e.Event.Delegate, e.Event.Status)
			if e.NoSuch {
				b.WriteString(" (no such device)")
			}
			fmt.Fprintf(&b, " %s\n", e.Event.Reason)
		case WakeAt:
			fmt.Fprintf(&b, "wake at %s\n", e.At.Sub(epoch))
		case Note:
			fmt.Fprintf(&b, "note %s\n", e.Text)
		}
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

// TestEveryRequestEnds: agents that fail, hang or succeed, nodes that come and go: every request is answered
// exactly once, no agent runs on a node that is away, no device does more at once than it can, and a
// success means that an agent said so after the request began.
func TestEveryRequestEnds(t *testing.T) {
	doc := document(t, `<primitive id="a" class="stonith" type="fence_new"/>
<primitive id="b" class="stonith" type="fence_old"><instance_attributes id="b-i"><nvpair id="b-1" name="pcmk_host_list" value="n1 n2"/></instance_attributes></primitive>
<primitive id="c" class="stonith" type="fence_unknown"><instance_attributes id="c-i"><nvpair id="c-1" name="pcmk_host_check" value="status"/><nvpair id="c-2" name="pcmk_delay_max" value="3s"/></instance_attributes></primitive>
---<fencing-level id="l1" target="n3" index="1" devices="a,c"/><fencing-level id="l2" target="n3" index="2" devices="b"/>`)
	config := Read(doc, epoch, agents)
	rapid.Check(t, func(t *rapid.T) {
		m := NewMachine()
		now := epoch
		online := map[string]bool{"n1": true, "n2": true, "n3": true}
		runs := map[int]RunAgent{}
		asked, answered := map[int]bool{}, map[int]int{}
		succeeded := map[string]bool{} // targets that an agent switched off
		step := func(ev Event) {
			for _, e := range m.Step(ev) {
				switch e := e.(type) {
				case RunAgent:
					if !online[e.Node] {
						t.Fatalf("run on %s, which is away", e.Node)
					}
					for _, r := range runs {
						if r.Device == e.Device && r.Target != "" && e.Target != "" && e.Action != "status" && r.Action != "status" {
							// The one before may have been given up by its guard: then it is over here.
							if m.runs[r.Run] != nil {
								t.Fatalf("device %s works twice at once", e.Device)
							}
						}
					}
					runs[e.Run] = e
				case Done:
					if answered[e.ID]++; answered[e.ID] > 1 || !asked[e.ID] {
						t.Fatalf("request %d is answered %d times", e.ID, answered[e.ID])
					}
					if e.OK && !succeeded[e.Event.Target] {
						t.Fatalf("%s is called fenced, and no agent did it", e.Event.Target)
					}
				}
			}
		}
		finish := func(id, rc int) {
			r := runs[id]
			delete(runs, id)
			if rc == 0 && r.Action != "list" && r.Action != "status" && m.runs[id] != nil {
				succeeded[r.Target] = true
			}
			step(AgentResult{Run: id, RC: rc, Stdout: "n1\nn2\nn3\n", At: now})
		}
		anyRun := func() int {
			best := 0
			for id := range runs {
				if best == 0 || id < best {
					best = id
				}
			}
			return best
		}
		view := func() {
			var nodes []Node
			for _, n := range []string{"n1", "n2", "n3"} {
				nodes = append(nodes, Node{Name: n, Online: online[n]})
			}
			step(View{nodes, now})
		}
		step(Configure{config, now})
		view()
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "s")) * time.Second)
			switch rapid.SampledFrom([]string{"request", "result", "result", "node", "now"}).Draw(t, "event") {
			case "request":
				target := rapid.SampledFrom([]string{"n1", "n2", "n3"}).Draw(t, "target")
				asked[i+1] = true
				step(Request{ID: i + 1, Target: target, Action: rapid.SampledFrom([]string{"reboot", "off"}).Draw(t, "action"), Random: uint64(i), At: now})
			case "result":
				if id := anyRun(); id > 0 {
					finish(id, rapid.SampledFrom([]int{0, 0, 1, -1}).Draw(t, "rc"))
				}
			case "node":
				n := rapid.SampledFrom([]string{"n1", "n2", "n3"}).Draw(t, "node")
				online[n] = !online[n]
				view()
			case "now":
				step(Now{now})
			}
		}
		for range 400 { // nobody answers any more: the guards end it
			now = now.Add(10 * time.Second)
			step(Now{now})
		}
		if len(answered) != len(asked) || len(m.requests) > 0 || len(m.runs) > 0 || len(m.queues) > 0 {
			t.Fatalf("%d of %d answered; left: %d requests %d runs %d queues", len(answered), len(asked), len(m.requests), len(m.runs), len(m.queues))
		}
	})
}

func TestDevice(t *testing.T) {
	d := Device{ID: "d", Agent: "fence_x", Params: map[string]string{"pcmk_host_map": "node1:1;node2:2,3 node4:4", "pcmk_host_list": "node9,node1"}, Plug: "port"}
	if got := strings.Join(d.Hosts(), " "); got != "node1 node2 node4 node9" {
		t.Errorf("hosts %s", got)
	}
	for target, plug := range map[string]string{"node1": "1", "node2": "2,3", "node4": "4", "node9": "node9"} {
		if in := d.input("off", target); in["port"] != plug || in["nodename"] != target || in["action"] != "off" || in["pcmk_host_map"] != "" {
			t.Errorf("%s: %v", target, in)
		}
	}
	d.Params["pcmk_host_argument"] = "none"
	if in := d.input("off", "node1"); in["port"] != "" {
		t.Errorf("none: %v", in)
	}
	d.Params["pcmk_host_argument"], d.Params["outlet"] = "outlet", "7"
	if in := d.input("off", "node1"); in["outlet"] != "7" {
		t.Errorf("a fixed plug: %v", in)
	}
	d.Params["pcmk_delay_base"], d.Params["pcmk_delay_max"] = "node1:1s;node2:5s", "3s"
	for chance := range uint64(50) {
		if got := d.delay("off", "node1", chance*1e9+chance); got < time.Second || got > 3*time.Second {
			t.Errorf("delay %s", got)
		}
	}
	if d.delay("off", "node2", 1) != 5*time.Second || d.delay("on", "node2", 1) != 0 {
		t.Error("delay of node2")
	}
}

func TestQueries(t *testing.T) {
	m := NewMachine()
	m.Step(Configure{Read(document(t, `<primitive id="s" class="stonith" type="fence_new"><instance_attributes id="i"><nvpair id="n" name="pcmk_host_list" value="n1"/></instance_attributes></primitive>
<primitive id="off" class="stonith" type="fence_new"><meta_attributes id="m"><nvpair id="r" name="target-role" value="Stopped"/></meta_attributes></primitive>
<primitive id="web" class="ocf" provider="heartbeat" type="Dummy"/>`), epoch, agents), epoch})
	m.Step(View{[]Node{{Name: "n1", Online: true}, {Name: "n2"}}, epoch})
	if got := fmt.Sprint(m.Devices(), m.DevicesFor("n1"), m.DevicesFor("n2")); got != "[s] [s] []" {
		t.Error(got)
	}
	if got, ok := m.Targets("s"); fmt.Sprint(got, ok) != "[n1] true" {
		t.Error(got, ok)
	}
	if _, ok := m.Targets("nope"); ok {
		t.Error("nope is a device")
	}
}

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
