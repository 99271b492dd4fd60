package fencing

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// listTTL is how long a device's answer to "list" is believed.
const listTTL = 60 * time.Second

// guardFactor: an answer that is late by a fifth of the time limit does not come any more (the node that ran
// the agent is gone, or its message).
const guardFactor = 1.2

// maxNodes is from how many nodes one device is tried before it has failed.
const maxNodes = 2

// Machine is the fencer's core. Not for concurrent use.
type Machine struct {
	now      time.Time
	config   Config
	nodes    map[string]Node
	lists    map[string]*list // by device
	requests []*request       // in the order of arrival
	runs     map[int]*run
	queues   map[string][]*run // by device: waiting for pcmk_action_limit or for their delay
	nextRun  int
	wakeAt   time.Time
	out      []Effect
}

// list is what a device said it can hit.
type list struct {
	hosts []string
	until time.Time
}

// NewMachine makes a fencer that knows nothing yet.
func NewMachine() *Machine {
	return &Machine{nodes: map[string]Node{}, lists: map[string]*list{}, runs: map[int]*run{}, queues: map[string][]*run{}}
}

// Step takes one event and returns what has to be done about it, in order.
func (m *Machine) Step(ev Event) []Effect {
	m.out = nil
	switch e := ev.(type) {
	case Configure:
		m.tick(e.At)
		m.configure(e.Config)
	case View:
		m.tick(e.At)
		m.view(e.Nodes)
	case Request:
		m.tick(e.At)
		m.request(e)
	case Confirm:
		m.tick(e.At)
		m.confirm(e)
	case AgentResult:
		m.tick(e.At)
		m.result(e)
	case Now:
		m.tick(e.At)
	}
	m.advance()
	m.wake()
	return m.out
}

func (m *Machine) do(e Effect) { m.out = append(m.out, e) }

func (m *Machine) note(format string, args ...any) { m.do(Note{fmt.Sprintf(format, args...)}) }

// Pending returns the requests under way, oldest first, for the status.
func (m *Machine) Pending() []Record {
	var out []Record
	for _, r := range m.requests {
		out = append(out, Record{Action: r.Action, Target: r.Target, Client: r.Client, Origin: r.Origin, Status: "pending"})
	}
	return out
}

// Devices returns the ids of the devices that are known, sorted.
func (m *Machine) Devices() []string {
	var out []string
	for i := range m.config.Devices {
		out = append(out, m.config.Devices[i].ID)
	}
	sort.Strings(out)
	return out
}

// DevicesFor returns the ids of the devices that can hit a target, as far as that is known without asking
// them: a device that lists its targets itself counts when it did so lately.
func (m *Machine) DevicesFor(target string) []string {
	var out []string
	for i := range m.config.Devices {
		if m.eligible(nil, &m.config.Devices[i], target) == yes {
			out = append(out, m.config.Devices[i].ID)
		}
	}
	return out
}

// Targets returns the nodes that a device can hit, as far as that is known, and whether there is such a device.
func (m *Machine) Targets(device string) ([]string, bool) {
	d := m.config.device(device)
	if d == nil {
		return nil, false
	}
	var out []string
	for name := range m.nodes {
		if m.eligible(nil, d, name) == yes {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out, true
}

// configure takes new devices. What is under way goes on with the old ones.
func (m *Machine) configure(c Config) {
	m.config = c
	for id := range m.lists {
		if c.device(id) == nil {
			delete(m.lists, id)
		}
	}
}

// view takes the nodes; runs on nodes that are gone have failed.
func (m *Machine) view(nodes []Node) {
	m.nodes = map[string]Node{}
	for _, n := range nodes {
		m.nodes[n.Name] = n
	}
	for _, id := range sortedRuns(m.runs) {
		if r := m.runs[id]; r != nil && !m.nodes[r.node].Online {
			m.result(AgentResult{Run: id, RC: -1, Reason: "node " + r.node + " was lost"})
		}
	}
}

func sortedRuns(runs map[int]*run) []int {
	ids := make([]int, 0, len(runs))
	for id := range runs {
		ids = append(ids, id)
	}
	sort.Ints(ids)
	return ids
}

// candidates are the nodes that may run the device's agent against a target, best first: where the device
// runs, then by name, and the target itself only when there is nobody else.
func (m *Machine) candidates(d *Device, target string) []string {
	var names []string
	for name, n := range m.nodes {
		if n.Online && !d.Banned[name] && name != target {
			names = append(names, name)
		}
	}
	runsThere := func(name string) bool { return slices.Contains(m.nodes[name].Devices, d.ID) }
	sort.Slice(names, func(i, j int) bool {
		if a, b := runsThere(names[i]), runsThere(names[j]); a != b {
			return a
		}
		return names[i] < names[j]
	})
	if len(names) == 0 && m.nodes[target].Online && !d.Banned[target] {
		names = []string{target}
	}
	return names
}

// tick moves the clock, never back, and ends what is overdue. What may start now is started by advance,
// after the event, which may bring a new view.
func (m *Machine) tick(now time.Time) {
	if now.After(m.now) {
		m.now = now
	}
	for _, id := range sortedRuns(m.runs) {
		if r := m.runs[id]; r != nil && !r.guard.After(m.now) {
			m.result(AgentResult{Run: id, RC: -1, Reason: "no answer from " + r.node})
		}
	}
	for _, r := range m.requests {
		if !r.watchdog.IsZero() && !r.watchdog.After(m.now) {
			m.finish(r, "success", "watchdog", "")
		}
	}
	m.sweep()
}

// wake asks for the next event Now, if it is another than was asked for.
func (m *Machine) wake() {
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, r := range m.runs {
		sooner(r.guard)
	}
	for _, q := range m.queues {
		for _, r := range q {
			if r.notBefore.After(m.now) {
				sooner(r.notBefore)
			}
		}
	}
	for _, r := range m.requests {
		sooner(r.watchdog)
	}
	if !next.IsZero() && !next.Equal(m.wakeAt) {
		m.wakeAt = next
		m.do(WakeAt{next})
	}
}

// confirm takes a human's word: every request for the target is fulfilled.
func (m *Machine) confirm(e Confirm) {
	found := false
	for _, r := range m.requests {
		if r.Target == e.Target && r.Action != "on" && !r.done {
			m.finish(r, "success", "a human", "")
			found = true
		}
	}
	m.sweep()
	if !found {
		m.do(Done{OK: true, Event: Record{Action: "off", Target: e.Target, Client: e.Client, Origin: e.Origin,
			Delegate: "a human", Status: "success", Completed: m.now}})
	}
}

// finish answers a request; sweep takes it out.
func (m *Machine) finish(r *request, status, delegate, reason string) {
	if r.done {
		return
	}
	r.done = true
	for _, id := range r.ids {
		m.do(Done{ID: id, OK: status == "success", NoSuch: reason == noDevice, Event: Record{Action: r.Action, Target: r.Target,
			Client: r.Client, Origin: r.Origin, Delegate: delegate, Status: status, Reason: reason, Completed: m.now}})
	}
	for device, q := range m.queues {
		m.queues[device] = slices.DeleteFunc(q, func(w *run) bool { return w.req == r })
	}
	m.note("%s of %s for %s %s%s", r.Action, r.Target, r.Client, strings.Replace(status, "success", "succeeded", 1), because(reason))
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func (m *Machine) sweep() {
	m.requests = slices.DeleteFunc(m.requests, func(r *request) bool { return r.done })
}
