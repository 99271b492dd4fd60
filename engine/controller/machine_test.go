package controller

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/engine/replica"
	"quorate/engine/scheduler"
)

// story drives one machine by the commands of a file and prints what it asks for.
type story struct {
	t       *testing.T
	m       *Machine
	members map[string]replica.Member
	now     time.Time
	seq     int
	ids     map[int]string // commands that a step proposed, by step
	keys    map[int]executor.Operation
	nodes   map[int]cib.NodeRef
	out     strings.Builder
}

var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestMachine(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &story{t: t}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.out.Reset()
			s.do(d)
			fmt.Fprintf(&s.out, "%s", s.m.State())
			if p := s.m.Pending(); len(p) > 0 {
				fmt.Fprintf(&s.out, ", %d pending", len(p))
			}
			if at := s.m.WakeAt(); !at.IsZero() {
				fmt.Fprintf(&s.out, ", wake in %v", at.Sub(s.now))
			}
			return s.out.String() + "\n"
		})
	})
}

func (s *story) do(d *datadriven.TestData) {
	word := func(i int) string {
		if i < len(d.CmdArgs) {
			return d.CmdArgs[i].Key
		}
		return ""
	}
	switch d.Cmd {
	case "lead":
		limit := 10
		d.MaybeScanArgs(s.t, "limit", &limit)
		s.now = began
		s.members, s.ids = map[string]replica.Member{}, map[int]string{}
		s.keys, s.nodes = map[int]executor.Operation{}, map[int]cib.NodeRef{}
		for _, n := range []string{"n1", "n2"} {
			s.members[n] = replica.Member{ID: n[1:], Name: n, Session: "s-" + n}
		}
		s.m = New(func() map[string]replica.Member { return s.members }, limit)
		s.step(Tick{s.now})
		s.step(Lead{RunID: "run"})
	case "deposed":
		s.step(Deposed{})
	case "graph":
		s.step(Scheduled{Seq: s.seq, Graph: s.graph(d)})
	case "stale":
		s.step(Scheduled{Seq: s.seq - 1, Graph: &scheduler.Graph{}})
	case "error":
		s.step(Scheduled{Seq: s.seq, Err: fmt.Errorf("broken CIB")})
	case "result":
		s.step(Changed{Command: s.result(d), Visible: true})
	case "forgotten":
		id, _ := strconv.Atoi(word(0))
		s.step(Changed{Command: &replica.Command{ID: s.ids[id], Forget: []replica.Forget{{}}}, Visible: true})
	case "cib":
		s.step(Changed{Command: &replica.Command{CIB: &cib.Request{Client: "shell"}}, Visible: d.HasArg("visible")})
	case "leave":
		delete(s.members, word(0))
		s.step(Changed{Command: &replica.Command{Leave: &replica.Leave{Node: cib.NodeRef{Name: word(0)}, Reason: word(1)}}, Visible: true})
	case "join":
		s.members[word(0)] = replica.Member{Name: word(0), Session: "again"}
		s.step(Changed{Command: &replica.Command{Join: &replica.Join{Node: cib.NodeRef{Name: word(0)}}}, Visible: true})
	case "fenced":
		s.step(Changed{Command: &replica.Command{Fenced: &replica.Fenced{FenceEvent: api.FenceEvent{Target: word(0), Status: word(1)}}}, Visible: true})
	case "pass":
		after, err := time.ParseDuration(word(0))
		if err != nil {
			d.Fatalf(s.t, "%v", err)
		}
		s.now = s.now.Add(after)
		s.step(Tick{s.now})
	default:
		d.Fatalf(s.t, "unknown command")
	}
}

// graph reads lines "ID OPERATION NODE RESOURCE [after=1,2] [prio=N] [to=NODE] [timeout=MS] [interval=MS] [pseudo|crm|blocked]".
func (s *story) graph(d *datadriven.TestData) *scheduler.Graph {
	g := &scheduler.Graph{ClusterDelay: time.Minute}
	d.MaybeScanArgs(s.t, "batch", &g.BatchLimit)
	d.MaybeScanArgs(s.t, "migrations", &g.MigrationLimit)
	for line := range strings.Lines(d.Input) {
		f := strings.Fields(line)
		a := &scheduler.Action{Type: scheduler.RscOp, Operation: f[1], NodeName: f[2]}
		a.ID, _ = strconv.Atoi(f[0])
		interval, list := "0", &g.Actions
		for _, w := range f[4:] {
			name, value, _ := strings.Cut(w, "=")
			n, _ := strconv.Atoi(value)
			switch name {
			case "after":
				for _, in := range strings.Split(value, ",") {
					id, _ := strconv.Atoi(in)
					a.Inputs = append(a.Inputs, id)
				}
			case "prio":
				a.Priority = n
			case "interval":
				interval = value
			case "to":
				a.Attrs = append(a.Attrs, scheduler.Attr{Name: "CRM_meta_migrate_target", Value: value})
			case "timeout":
				a.Attrs = append(a.Attrs, scheduler.Attr{Name: "CRM_meta_timeout", Value: value})
			case "pseudo":
				a.Type = scheduler.PseudoEvent
			case "crm":
				a.Type = scheduler.CrmEvent
			case "blocked":
				list = &g.Blocked
			}
		}
		a.Attrs = append(a.Attrs, scheduler.Attr{Name: "CRM_meta_interval", Value: interval}, scheduler.Attr{Name: "CRM_meta_operation", Value: "monitor"})
		a.Key = f[3] + "_" + f[1] + "_" + interval
		a.Primitive = &scheduler.Primitive{ID: f[3], Class: "ocf", Provider: "x", Type: "y"}
		*list = append(*list, a)
	}
	return g
}

// result makes the report of a node: "result ID [rc=N] [status=N] [cancel] [silent] [foreign]".
func (s *story) result(d *datadriven.TestData) *replica.Command {
	id, _ := strconv.Atoi(d.CmdArgs[0].Key)
	rc, status := 0, 0
	d.MaybeScanArgs(s.t, "rc", &rc)
	d.MaybeScanArgs(s.t, "status", &status)
	op := s.keys[id]
	if d.HasArg("foreign") {
		op.TransitionKey = "1:1:0:another-run"
	}
	return &replica.Command{Results: []replica.OpResult{{Node: s.nodes[id], Cancel: d.HasArg("cancel"), Silent: d.HasArg("silent"),
		Record: cib.OpRecord{Resource: op.Resource, Operation: op.Action, Key: op.Key(), TransitionKey: op.TransitionKey,
			IntervalMS: int(op.Interval.Milliseconds()), RC: rc, Status: status}}}}
}

func (s *story) step(ev Event) {
	for _, e := range s.m.Step(ev) {
		switch e := e.(type) {
		case Schedule:
			s.seq = e.Seq
			s.out.WriteString("schedule\n")
		case Propose:
			s.proposed(e.Command)
		case Fence:
			fmt.Fprintf(&s.out, "fence %s: %s\n", e.Target, e.Action)
		case Note:
			fmt.Fprintf(&s.out, "note: %s\n", e.Text)
		}
	}
}

func (s *story) proposed(c replica.Command) {
	for _, d := range c.Dispatch {
		id, _ := strconv.Atoi(strings.Split(d.Op.TransitionKey, ":")[0])
		s.keys[id], s.nodes[id] = d.Op, d.Node
		var flags []string
		for word, on := range map[string]bool{" cancel": d.Cancel, " silent": d.Silent} {
			if on {
				flags = append(flags, word)
			}
		}
		sort.Strings(flags)
		fmt.Fprintf(&s.out, "order %d: %s on %s in %s%s\n", id, d.Op.Key(), d.Node.Name, d.Session, strings.Join(flags, ""))
	}
	for _, r := range c.Results {
		fmt.Fprintf(&s.out, "record %s on %s: rc %v, status %d\n", r.Record.Key, r.Node.Name, exit.Code(r.Record.RC), r.Record.Status)
	}
	for _, f := range c.Forget {
		parts := strings.Split(c.ID, "-")
		id, _ := strconv.Atoi(parts[len(parts)-1])
		s.ids[id] = c.ID
		fmt.Fprintf(&s.out, "forget %s on %s, failed only %v\n", f.Resource, f.Node, f.FailedOnly)
	}
	if c.Leave != nil {
		fmt.Fprintf(&s.out, "let %s go, clean %v\n", c.Leave.Node.Name, c.Leave.Clean)
	}
}
