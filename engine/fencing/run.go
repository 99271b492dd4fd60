package fencing

import (
	"fmt"
	"slices"
	"time"
)

// run is one run of an agent, or one that waits to be started.
type run struct {
	id        int
	req       *request // nil: a question (list, status) that serves all
	device    *Device
	action    string
	target    string
	node      string
	nodes     []string // where to try next
	tries     int      // left on this node
	notBefore time.Time
	timeout   time.Duration
	deadline  time.Time // of all tries on this node
	guard     time.Time
	question  bool
}

// perform starts the current step of a request.
func (m *Machine) perform(r *request) {
	s := r.steps[r.at]
	nodes := m.candidates(s.device, r.Target)
	if s.action == "on" && s.device.OnTarget {
		nodes = nil
		if m.nodes[r.Target].Online {
			nodes = []string{r.Target}
		}
	}
	if len(nodes) == 0 {
		m.stepFailed(r, "no node is there that can use device "+s.device.ID)
		return
	}
	if !s.device.supports(s.action) {
		m.stepFailed(r, "device "+s.device.ID+" has no action "+s.action)
		return
	}
	w := &run{req: r, device: s.device, action: s.action, target: r.Target, nodes: nodes[:min(len(nodes), maxNodes)],
		timeout: s.device.timeout(s.action, r.Timeout)}
	if s.action != "on" && !r.delayed {
		// Delays decide who shoots first; after the first shot there is nothing left to decide.
		w.notBefore = m.now.Add(r.Delay + s.device.delay(s.action, r.Target, r.chance()))
		r.delayed = true
	}
	r.running = w
	m.queues[w.device.ID] = append(m.queues[w.device.ID], w)
}

// chance is the next number of a small generator (splitmix64) that was seeded by the request.
func (r *request) chance() uint64 {
	r.dice += 0x9e3779b97f4a7c15
	z := r.dice
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return (z ^ (z >> 31)) >> 1
}

// startDue starts what waits, as far as the devices' limits and the delays allow. Runs that have no node left
// fail here.
func (m *Machine) startDue() {
	for i := range m.config.Devices {
		m.startQueue(m.config.Devices[i].ID)
	}
	for _, id := range m.otherQueues() {
		m.startQueue(id)
	}
}

// otherQueues are those of devices that are not configured any more.
func (m *Machine) otherQueues() []string {
	var ids []string
	for id := range m.queues {
		if m.config.device(id) == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (m *Machine) startQueue(device string) {
	var rest, failed []*run
	for _, w := range m.queues[device] {
		if w.notBefore.After(m.now) || !w.question && m.active(device) >= w.device.limit() {
			rest = append(rest, w)
			continue
		}
		if !m.startRun(w) {
			failed = append(failed, w)
		}
	}
	defer m.failAll(failed)
	if len(rest) == 0 {
		delete(m.queues, device)
		return
	}
	m.queues[device] = rest
}

// active counts the device's fencing actions in flight.
func (m *Machine) active(device string) int {
	n := 0
	for _, r := range m.runs {
		if r.device.ID == device && !r.question {
			n++
		}
	}
	return n
}

func (m *Machine) failAll(list []*run) {
	const reason = "no node is there that can run its agent"
	for _, w := range list {
		if w.question {
			m.answered(w, AgentResult{RC: -1, Reason: reason})
			continue
		}
		m.stepFailed(w.req, "device "+w.device.ID+": "+reason)
	}
}

// startRun starts a run on the next of its nodes, or once more on the same one; false when none is there.
func (m *Machine) startRun(w *run) bool {
	if w.tries > 0 && !m.nodes[w.node].Online {
		w.tries = 0
	}
	if w.tries == 0 {
		if w.nodes = m.stillThere(w.nodes); len(w.nodes) == 0 {
			return false
		}
		w.node, w.nodes = w.nodes[0], w.nodes[1:]
		w.tries = w.device.tries(w.action)
		w.deadline = m.now.Add(w.timeout)
	}
	w.tries--
	m.nextRun++
	w.id = m.nextRun
	left := w.deadline.Sub(m.now)
	w.guard = m.now.Add(time.Duration(float64(left) * guardFactor))
	m.runs[w.id] = w
	m.do(RunAgent{Run: w.id, Node: w.node, Device: w.device.ID, Agent: w.device.Agent, Action: w.device.agentAction(w.action),
		Target: w.target, Input: w.device.input(w.action, w.target), Timeout: left})
	return true
}

func (m *Machine) stillThere(nodes []string) []string {
	return slices.DeleteFunc(nodes, func(n string) bool { return !m.nodes[n].Online })
}

// result takes the end of a run.
func (m *Machine) result(e AgentResult) {
	w := m.runs[e.Run]
	if w == nil {
		return // given up before
	}
	delete(m.runs, e.Run)
	if w.req != nil && w.req.done {
		return
	}
	if w.question {
		m.answered(w, e)
		return
	}
	if e.RC == 0 {
		r := w.req
		r.running, r.delegate = nil, w.node
		r.at++
		if r.at == len(r.steps) {
			m.finish(r, "success", w.node, "")
		}
		return
	}
	reason := e.Reason
	if reason == "" {
		reason = fmt.Sprintf("fence agent %s exited with %d", w.device.Agent, e.RC)
	}
	m.note("%s of %s by %s on %s failed: %s", w.action, w.target, w.device.ID, w.node, reason)
	if m.retry(w) {
		return
	}
	m.stepFailed(w.req, reason)
}

// retry puts a failed run into its queue again: on the same node while tries and time are left, then on the
// next one that is still there.
func (m *Machine) retry(w *run) bool {
	if w.tries == 0 || !w.deadline.After(m.now) || !m.nodes[w.node].Online {
		w.tries = 0
		if w.nodes = m.stillThere(w.nodes); len(w.nodes) == 0 {
			return false
		}
	}
	w.notBefore = time.Time{}
	m.queues[w.device.ID] = append(m.queues[w.device.ID], w)
	return true
}

// stepFailed ends the level or device that is being tried; after "off" succeeded everywhere, "on" may fail.
func (m *Machine) stepFailed(r *request, reason string) {
	r.running = nil
	if r.steps[r.at].mayNot {
		m.note("%s is off, but device %s cannot switch it on: %s", r.Target, r.steps[r.at].device.ID, reason)
		r.at++
		if r.at == len(r.steps) {
			m.finish(r, "success", r.delegate, "")
		}
		return
	}
	r.reason = reason
	r.steps, r.at = nil, 0
}
