package simulate

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quorate/engine/cib"
	"quorate/engine/scheduler"
)

// The graphs, dot files and runs beside the CIBs in testdata were made by Debian's crm_simulate 2.1.5
// (-G, -D, -a -D, and the lines of -S between "Executing Cluster Transition:" and the next empty one).

func load(t testing.TB, name string) *cib.Document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := cib.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

var then = time.Unix(1795336000, 0).UTC()

func schedule(t testing.TB, doc *cib.Document) *scheduler.Result {
	t.Helper()
	r, err := scheduler.Run(scheduler.Input{CIB: doc.Root(), Now: then, NoSpecRecheck: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (- recorded, + ours):\n%s", file, d)
	}
}

// trailing is the blank that some releases of libxml2 leave before the end of an empty element.
var trailing = regexp.MustCompile(` />`)

func TestRecorded(t *testing.T) {
	for _, name := range []string{"fresh", "fenced", "fleet"} {
		doc := load(t, name)
		r := schedule(t, doc)
		r.Summary()
		var graph, dot, all bytes.Buffer
		for _, err := range []error{WriteGraph(&graph, r), WriteDot(&dot, r, false, false), WriteDot(&all, r, true, false)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		compare(t, name+".graph", trailing.ReplaceAllString(graph.String(), "/>"))
		compare(t, name+".dot", dot.String())
		compare(t, name+".all.dot", all.String())
		e := Run(doc, r.Cluster, r.Graph, nil, false, then)
		var lines strings.Builder
		for _, l := range e.Lines {
			lines.WriteString("  * " + l.Text + "\n")
		}
		compare(t, name+".run", lines.String())
		if e.Failed || e.Stuck || len(e.Problems) > 0 {
			t.Errorf("%s: failed %v, stuck %v, problems %v", name, e.Failed, e.Stuck, e.Problems)
		}
	}
}

// TestSettles: what a simulated transition leaves needs no further action.
func TestSettles(t *testing.T) {
	for _, name := range []string{"fresh", "fenced"} {
		doc := load(t, name)
		for i := range 3 {
			r := schedule(t, doc)
			if len(r.Graph.Actions) == 0 {
				break
			}
			if i == 2 {
				t.Errorf("%s: still %d actions after two transitions, first %s", name, len(r.Graph.Actions), r.Graph.Actions[0].Key)
			}
			Run(doc, r.Cluster, r.Graph, nil, false, then)
		}
	}
}

func TestFailure(t *testing.T) {
	doc := load(t, "fresh")
	r := schedule(t, doc)
	e := Run(doc, r.Cluster, r.Graph, []string{"a_START_0@n1=1", "B_start_0@n1=x"}, false, then)
	if !e.Failed || e.Stuck {
		t.Fatalf("failed %v, stuck %v", e.Failed, e.Stuck)
	}
	var text strings.Builder
	for _, l := range e.Lines {
		text.WriteString(l.Text + "\n")
	}
	for _, want := range []string{"Pretending action", "failed with rc=1", "Injecting attribute fail-count-A#start_0=value++ into /node_state '1'"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "B               start") {
		t.Error("B was started although A failed")
	}
	ops := doc.ResourceHistory("n1", "A")
	failed := 0
	for _, o := range ops {
		if o.RC == 1 {
			failed++
		}
	}
	if failed != 2 { // A_last_failure_0 and A_last_0
		t.Errorf("%d entries of the failure in %+v", failed, ops)
	}
}

func TestInjection(t *testing.T) {
	doc := load(t, "fresh")
	r := schedule(t, doc)
	i := &Injection{Quorum: "false", Watchdog: "true", Up: []string{"n3"}, Down: []string{"n2"}, Fail: []string{"n1"},
		Grant: []string{"t"}, Standby: []string{"t"}, Ops: []string{"A_monitor_10000@n1=1", "nope_monitor_0@n1=1", "A_monitor_0"}}
	lines, problems, err := i.Apply(doc, r.Cluster, then)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 12 {
		t.Errorf("%d lines: %v", len(lines), lines)
	}
	want := []string{"Invalid resource name: nope", "Invalid operation spec: A_monitor_0.  Only found 1 fields"}
	if d := cmp.Diff(want, problems); d != "" {
		t.Error(d)
	}
	for path, n := range map[string]int{
		"/cib[@have-quorum='false']": 1, "//nvpair[@name='have-watchdog'][@value='true']": 1, "//nodes/node[@uname='n3']": 1,
		"//node_state[@uname='n1'][@in_ccm='false'][@crmd='online']": 1, "//node_state[@uname='n2'][@crmd='offline']/lrm": 0,
		"//ticket_state[@id='t'][@granted='true'][@standby='true']": 1, "//lrm_rsc_op[@operation_key='A_monitor_10000'][@rc-code='1']": 1,
		"//nvpair[@name='fail-count-A#monitor_10000'][@value='1']": 1,
	} {
		found, err := doc.FindElements(path)
		if err != nil || len(found) != n {
			t.Errorf("%s: %d found, want %d (%v)", path, len(found), n, err)
		}
	}
	if _, _, err := (&Injection{Ops: []string{"A_monitor_0@nowhere=1"}}).Apply(doc, r.Cluster, then); err == nil {
		t.Error("an operation was injected into a node without state")
	}
}

// TestShutdownLock: a locked stop tells its lock, but not where it is another action's trigger; as Pacemaker 2.1.5 printed it.
// A node that is brought online brings those that are changed with it into the configuration, as seen with crm_simulate.
func TestInjectedNodesAreConfigured(t *testing.T) {
	for _, up := range [][]string{nil, {"new1"}} {
		doc := load(t, "fresh")
		i := Injection{Up: up, Down: []string{"new2"}, Fail: []string{"new3"}}
		if _, _, err := i.Apply(doc, schedule(t, doc).Cluster, then); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"new2", "new3"} {
			if got := with(doc.Section("nodes"), "node", "uname", name) != nil; got != (up != nil) {
				t.Errorf("up %v: %s is configured: %v", up, name, got)
			}
		}
	}
}

func TestShutdownLock(t *testing.T) {
	r := schedule(t, load(t, "fresh"))
	r.Graph.Actions = []*scheduler.Action{{ID: 1, Type: scheduler.RscOp, Operation: "stop", Key: "p_stop_0", NodeName: "n1", NodeID: "1", ShutdownLock: 1678876186},
		{ID: 2, Type: scheduler.CrmEvent, Operation: "do_shutdown", Key: "do_shutdown-n1", NodeName: "n1", NodeID: "1", Inputs: []int{1}}}
	var graph strings.Builder
	if err := WriteGraph(&graph, r); err != nil {
		t.Fatal(err)
	}
	head := `<rsc_op id="1" operation="stop" operation_key="p_stop_0" on_node="n1" on_node_uuid="1"`
	for _, want := range []string{head + ` shutdown-lock="1678876186">`, head + `/>`} {
		if strings.Count(graph.String(), want) != 1 {
			t.Errorf("not once %s in\n%s", want, graph.String())
		}
	}
}

// TestLoop: actions that wait for each other are reported, not waited for.
func TestLoop(t *testing.T) {
	doc := load(t, "fresh")
	r := schedule(t, doc)
	r.Graph.Actions = []*scheduler.Action{{ID: 1, Type: scheduler.PseudoEvent, Key: "a", Inputs: []int{2}},
		{ID: 2, Type: scheduler.PseudoEvent, Key: "b", Inputs: []int{1}}, {ID: 3, Type: scheduler.PseudoEvent, Key: "c"}}
	if e := Run(doc, r.Cluster, r.Graph, nil, false, then); !e.Stuck || len(e.Lines) != 1 {
		t.Errorf("stuck %v, lines %v", e.Stuck, e.Lines)
	}
}

func FuzzInjectedOp(f *testing.F) {
	for _, s := range []string{"A_monitor_10000@n1=1", "A_migrate_to_0@n2=0", "@=", "_@n1=1", "A_x_y@n1=-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		doc := load(t, "fresh")
		c, err := scheduler.Read(scheduler.Input{CIB: doc.Root(), Now: then})
		if err != nil {
			t.Fatal(err)
		}
		_, _, _ = (&Injection{Ops: []string{spec}}).Apply(doc, c, then)
		schedule(t, doc)
	})
}
