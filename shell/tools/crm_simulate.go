package tools

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
	"quorate/engine/scheduler/simulate"
	"quorate/shell/status"
)

var simulateCommand = &command{
	name:    "crm_simulate",
	summary: "crm_simulate - simulate a Pacemaker cluster's response to events",
	formats: true,
	options: []option{
		{long: "run", short: 'R', help: "Process the input and show what actions the cluster will take"},
		{long: "simulate", short: 'S', help: "Like --run, but also simulate taking those actions and show the resulting state"},
		{long: "in-place", short: 'X', help: "Like --simulate, but also store the results back to the input file"},
		{long: "show-attrs", short: 'A', help: "Show node attributes"},
		{long: "show-failcounts", short: 'c', help: "Show resource fail counts"},
		{long: "show-scores", short: 's', help: "Show allocation scores"},
		{long: "show-utilization", short: 'U', help: "Show utilization information"},
		{long: "profile", short: 'P', arity: value, hint: "DIR", help: "Process all the XML files in the directory and time it"},
		{long: "repeat", short: 'N', arity: value, hint: "N", help: "With --profile, repeat each test N times"},
		{long: "pending", short: 'j'},
		{long: "node-up", short: 'u', arity: value, hint: "NODE", help: "Simulate bringing a node online"},
		{long: "node-down", short: 'd', arity: value, hint: "NODE", help: "Simulate taking a node offline"},
		{long: "node-fail", short: 'f', arity: value, hint: "NODE", help: "Simulate a node failing"},
		{long: "op-inject", short: 'i', arity: value, hint: "OPSPEC", help: "Generate a failure for the cluster to react to: RESOURCE_TASK_INTERVAL@NODE=RC"},
		{long: "op-fail", short: 'F', arity: value, hint: "OPSPEC", help: "If the given operation occurs, have it fail: RESOURCE_TASK_INTERVAL@NODE=RC"},
		{long: "set-datetime", short: 't', arity: value, hint: "DATETIME", help: "Set date/time (ISO 8601 format)"},
		{long: "quorum", short: 'q', arity: value, hint: "QUORUM", help: "Set to '1' (or 'true') to indicate cluster has quorum"},
		{long: "watchdog", short: 'w', arity: value, hint: "DEVICE", help: "Set to '1' (or 'true') to indicate cluster has an active watchdog device"},
		{long: "ticket-grant", short: 'g', arity: value, hint: "TICKET", help: "Simulate granting a ticket"},
		{long: "ticket-revoke", short: 'r', arity: value, hint: "TICKET", help: "Simulate revoking a ticket"},
		{long: "ticket-standby", short: 'b', arity: value, hint: "TICKET", help: "Simulate making a ticket standby"},
		{long: "ticket-activate", short: 'e', arity: value, hint: "TICKET", help: "Simulate activating a ticket"},
		{long: "save-input", short: 'I', arity: value, hint: "FILE", help: "Save the input configuration to the named file"},
		{long: "save-output", short: 'O', arity: value, hint: "FILE", help: "Save the output configuration to the named file"},
		{long: "save-graph", short: 'G', arity: value, hint: "FILE", help: "Save the transition graph (XML format) to the named file"},
		{long: "save-dotfile", short: 'D', arity: value, hint: "FILE", help: "Save the transition graph (DOT format) to the named file"},
		{long: "all-actions", short: 'a', help: "Display all possible actions in DOT graph"},
		{long: "live-check", short: 'L', help: "Connect to CIB and use the current contents as input"},
		{long: "xml-file", short: 'x', arity: value, hint: "FILE", help: "Retrieve XML from the named file"},
		{long: "xml-pipe", short: 'p', help: "Retrieve XML from stdin"},
		{long: "quiet", short: 'Q', help: "Display only essential output"},
	},
}

// simulation is one run of crm_simulate.
type simulation struct {
	*call
	doc     *cib.Document
	now     time.Time
	report  reporter
	nowLine string // which time is used, told again before each look at the cluster
	inject  simulate.Injection
	run     bool // look at what the cluster would do
	execute bool // and pretend that it was done
	scores  bool
	usage   bool // utilization
}

func crmSimulate(k *call) exit.Code {
	repeat := 1
	if n := k.get("repeat"); n != "" {
		var err error
		if repeat, err = strconv.Atoi(n); err != nil || repeat < 1 {
			k.out.fail("--repeat: %q is not a positive number", n)
			return exit.Usage
		}
	}
	if dir := k.get("profile"); dir != "" {
		return profile(k, dir, repeat)
	}
	s := newSimulation(k)
	if code := s.load(); code != exit.OK {
		return code
	}
	return s.perform()
}

func newSimulation(k *call) *simulation {
	s := &simulation{call: k, inject: simulate.Injection{Quorum: k.get("quorum"), Watchdog: k.get("watchdog"),
		Up: k.all("node-up"), Down: k.all("node-down"), Fail: k.all("node-fail"), Grant: k.all("ticket-grant"),
		Revoke: k.all("ticket-revoke"), Standby: k.all("ticket-standby"), Activate: k.all("ticket-activate"), Ops: k.all("op-inject")}}
	s.scores, s.usage = k.has("show-scores"), k.has("show-utilization")
	s.execute = k.has("simulate", "in-place", "op-fail")
	s.run = s.execute || s.scores || s.usage || k.has("run", "save-graph", "save-dotfile")
	s.report = reporter{w: k.out.w, plain: (s.scores || s.usage) && !k.has("text-fancy"), quiet: k.has("quiet")}
	if k.out.xml { // it always has everything
		s.report.w, s.report.quiet = io.Discard, false
	}
	return s
}

// read reads the document, and tells what is worth a notice; hints are told unless it is the outcome of a transition.
func (s *simulation) read(hints bool) (*scheduler.Cluster, exit.Code) {
	c, err := scheduler.Read(scheduler.Input{CIB: s.doc.Root(), Now: s.now, NoSpecRecheck: true, Scores: s.scores || s.usage})
	if err != nil {
		s.out.fail("%v", err)
		return nil, exit.Config
	}
	for _, l := range c.Notices() {
		if hints || l.Kind != scheduler.HintLine {
			s.report.always(l.String())
		}
	}
	return c, exit.OK
}

// perform does everything after reading, in the order in which it is told.
func (s *simulation) perform() exit.Code {
	s.tellTime()
	c, code := s.read(true)
	if code != exit.OK {
		return code
	}
	if out := s.outputFile(); out != "" {
		if code := s.save(out); code != exit.OK {
			return code
		}
	}
	s.current(c)
	if !s.inject.Empty() {
		if c, code = s.injected(c); code != exit.OK {
			return code
		}
	}
	if file := s.get("save-input"); file != "" {
		if code := s.save(file); code != exit.OK {
			return code
		}
	}
	if !s.run {
		return s.saveOutput(exit.OK)
	}
	return s.transition(c)
}

// outputFile is where the resulting CIB goes: -O, or with -X the input.
func (s *simulation) outputFile() string {
	if s.has("in-place") {
		return s.get("xml-file")
	}
	return s.get("save-output")
}

func (s *simulation) saveOutput(code exit.Code) exit.Code {
	if f := s.outputFile(); f != "" {
		if c := s.save(f); c != exit.OK {
			return c
		}
	}
	return code
}

func (s *simulation) save(file string) exit.Code {
	if err := os.WriteFile(file, s.doc.Bytes(), 0o600); err != nil {
		s.out.fail("Could not create '%s': %v", file, unwrapped(err))
		return exit.NoSuch
	}
	return exit.OK
}

func (s *simulation) tellTime() {
	if s.nowLine != "" {
		s.report.always(s.nowLine)
	}
}

// current shows the cluster as it is.
func (s *simulation) current(c *scheduler.Cluster) {
	if s.report.quiet {
		return
	}
	v := s.view(c, true)
	if c.Options.MaintenanceMode {
		fmt.Fprint(s.report.w, v.MaintenanceNote())
		s.report.printed = true
	}
	if total, off, blocked := v.Instances(); off > 0 || blocked > 0 {
		s.report.spacer()
		s.report.always(fmt.Sprintf("%d of %d resource instances DISABLED and %d BLOCKED from further action due to failure", off, total, blocked))
		s.report.printed = true
	}
	s.report.spacer()
	s.status(v, "Current cluster status")
	s.statusXML("cluster_status", v)
}

func (s *simulation) view(c *scheduler.Cluster, pending bool) *status.View {
	return &status.View{Cluster: c, Options: status.Options{Inactive: true, Pending: pending, Detail: false}}
}

// status shows nodes and resources under a title.
func (s *simulation) status(v *status.View, title string) {
	s.report.title(title)
	lists := []*status.List{v.NodeList(), v.ResourceList()}
	if s.has("show-attrs") {
		lists = append(lists, v.AttributeList())
	}
	if s.has("show-failcounts") {
		lists = append(lists, v.FailCountList(s.doc.Root().SelectElement("status")), v.FailureDetails())
	}
	status.WriteNested(s.report.w, s.report.plain, 1, lists...)
	s.report.printed = true
}

// injected changes the input as asked for and reads it again.
func (s *simulation) injected(c *scheduler.Cluster) (*scheduler.Cluster, exit.Code) {
	s.report.spacer()
	lines, problems, err := s.inject.Apply(s.doc, c, s.Now())
	s.report.lines("Performing Requested Modifications", lines)
	s.modificationsXML(lines)
	for _, p := range problems {
		s.out.note("%s", p)
	}
	if err != nil {
		s.out.fail("%v", err)
		return nil, codeOf(err)
	}
	if !s.report.quiet {
		s.report.printed = true
	}
	s.tellTime()
	return s.read(true)
}

// transition shows what the cluster would do, and pretends to do it if asked to.
func (s *simulation) transition(c *scheduler.Cluster) exit.Code {
	r := c.Schedule()
	summary := r.Summary() // before the dot file: finding what to tell gives nodes to actions that have none
	s.showScores(r)
	s.scoresXML(r)
	if code := s.writeGraphs(r); code != exit.OK {
		return code
	}
	s.actionsXML(summary)
	if !s.report.quiet {
		s.report.spacer()
		s.report.title("Transition Summary")
		for _, l := range summary {
			s.report.item(l.Text)
		}
		s.report.printed = true
	}
	if !s.execute {
		return s.saveOutput(exit.OK)
	}
	return s.pretend(r)
}

// showScores prints scores and utilization in the order in which they were computed.
func (s *simulation) showScores(r *scheduler.Result) {
	if !s.scores && !s.usage {
		return
	}
	s.report.spacer()
	switch {
	case s.scores && s.usage:
		s.report.title("Allocation Scores and Utilization Information")
	case s.scores:
		s.report.title("Allocation Scores")
	default:
		s.report.title("Utilization Information")
	}
	for _, l := range r.Scores {
		switch l.Kind {
		case scheduler.UtilizationScore:
			if !s.usage {
				continue
			}
		case scheduler.NoticeLine, scheduler.HintLine:
			if s.report.quiet {
				continue
			}
			s.report.always(l.String())
			continue
		default:
			if !s.scores {
				continue
			}
		}
		s.report.guarded(l.String())
	}
	s.report.printed = true
}

func (s *simulation) writeGraphs(r *scheduler.Result) exit.Code {
	for _, f := range []struct {
		option string
		write  func(io.Writer) error
	}{
		{"save-graph", func(w io.Writer) error { return simulate.WriteGraph(w, r) }},
		{"save-dotfile", func(w io.Writer) error {
			return simulate.WriteDot(w, r, s.has("all-actions"), s.has("verbose"))
		}},
	} {
		if name := s.get(f.option); name != "" {
			if err := writeFile(name, f.write); err != nil {
				s.out.fail("Could not write '%s': %v", name, unwrapped(err))
				return exit.IOErr
			}
		}
	}
	return exit.OK
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// pretend executes the transition on the document and shows what becomes of the cluster.
func (s *simulation) pretend(r *scheduler.Result) exit.Code {
	s.report.spacer()
	e := simulate.Run(s.doc, r.Cluster, r.Graph, s.all("op-fail"), len(s.inject.Up) > 0, s.Now())
	for _, p := range e.Problems {
		s.out.note("%s", p)
	}
	s.elementsXML("transition", e.Lines)
	result := exit.OK
	if !s.report.quiet {
		s.report.lines("Executing Cluster Transition", e.Lines)
	}
	if e.Stuck {
		result = exit.Error
		s.out.note("Transition failed: terminated")
		s.out.note("An invalid transition was produced")
	}
	if s.report.quiet {
		return s.saveOutput(result)
	}
	s.tellTime()
	c, code := s.read(false)
	if code != exit.OK {
		return code
	}
	s.report.printed = true
	s.report.spacer()
	v := s.view(c, false)
	s.status(v, "Revised Cluster Status")
	s.statusXML("revised_cluster_status", v)
	return s.saveOutput(result)
}
