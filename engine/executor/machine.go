package executor

import (
	"fmt"
	"slices"
	"time"

	"quorate/engine/exit"
)

// killGrace is how long a killed process may take to vanish before its operation is reported without it.
const killGrace = 5 * time.Second

// Machine is the executor's core: one queue a resource, many resources at once. It has no clock and starts
// no process. Not for concurrent use.
type Machine struct {
	now      time.Time
	nextCall int
	nextRun  int
	queues   map[string]*queue
	runs     map[int]*run
	timers   timers
	wakeAt   time.Time // the last WakeAt that was asked for
	out      []Effect
}

// queue is the work on one resource: one run at a time, in the order of arrival.
type queue struct {
	waiting   []*job
	current   *run
	recurring []*job // in the order of their scheduling
}

// job is one operation that was asked for; a recurring one has many runs.
type job struct {
	op        Operation
	call      int
	asked     time.Time // when it came to its turn the first time (queue time counts from here)
	due       time.Time // when a timer puts it into the queue; zero if it is not waiting for one
	queued    bool
	again     bool // run at once after the run in flight
	cancelled bool // drop the result of the run in flight
	answer    bool // and report the cancellation then
	reported  bool
	rc        int
	status    OpStatus
	changed   time.Time
}

// run is one process in flight.
type run struct {
	id       int
	job      *job
	started  time.Time
	deadline time.Time
	killed   bool
	queue    time.Duration
}

// NewMachine makes an executor that numbers its operations from firstCall on.
func NewMachine(firstCall int) *Machine {
	return &Machine{nextCall: firstCall, queues: map[string]*queue{}, runs: map[int]*run{}}
}

// Step takes one event and returns what has to be done about it, in order.
func (m *Machine) Step(ev Event) []Effect {
	m.out = nil
	switch e := ev.(type) {
	case Run:
		m.tick(e.At)
		m.run(e.Op)
	case Cancel:
		m.tick(e.At)
		m.cancel(e)
	case Forget:
		m.tick(e.At)
		m.drop(e.Resource)
	case Changed:
		m.tick(e.At)
		m.changed(e.Resource)
	case Exited:
		m.tick(e.At)
		m.exited(e)
	case Now:
		m.tick(e.At)
	}
	m.wake()
	return m.out
}

// Busy reports how many runs are in flight and how many wait.
func (m *Machine) Busy() (running, waiting int) {
	for _, q := range m.queues {
		waiting += len(q.waiting)
	}
	return len(m.runs), waiting
}

// NextCall is the number that the next operation gets.
func (m *Machine) NextCall() int { return m.nextCall }

func (m *Machine) do(e Effect) { m.out = append(m.out, e) }

func (m *Machine) queue(resource string) *queue {
	q := m.queues[resource]
	if q == nil {
		q = &queue{}
		m.queues[resource] = q
	}
	return q
}

// keepsMonitors are the one-shot actions that do not change what a resource's monitors look at. All
// others end the monitors first: a monitor during a stop would see a failure.
var keepsMonitors = map[string]bool{
	"monitor": true, "notify": true, "meta-data": true, "validate-all": true, "reload": true, "reload-agent": true,
}

func (m *Machine) run(op Operation) {
	q := m.queue(op.Resource)
	j := &job{op: op, call: m.nextCall, asked: m.now}
	m.nextCall++
	switch {
	case op.Interval > 0:
		m.replace(q, j)
	case !keepsMonitors[op.Action]:
		for _, old := range q.recurring {
			m.end(q, old, false)
		}
		q.recurring = nil
	}
	if op.StartDelay > 0 {
		m.setDue(j, m.now.Add(op.StartDelay))
		return
	}
	m.enqueue(q, j)
}

// replace makes the job the recurring one of its key.
func (m *Machine) replace(q *queue, j *job) {
	if i := q.find(j.op.Action, j.op.Interval); i >= 0 {
		m.end(q, q.recurring[i], false)
		q.recurring[i] = j
		return
	}
	q.recurring = append(q.recurring, j)
}

func (q *queue) find(action string, interval time.Duration) int {
	return slices.IndexFunc(q.recurring, func(j *job) bool { return j.op.Action == action && j.op.Interval == interval })
}

// end takes a job out of everything. With answer, its cancellation is reported, after the run in flight.
func (m *Machine) end(q *queue, j *job, answer bool) {
	j.cancelled, j.due = true, time.Time{}
	if j.queued {
		q.waiting = slices.DeleteFunc(q.waiting, func(w *job) bool { return w == j })
		j.queued = false
	}
	if !answer {
		return
	}
	if q.current != nil && q.current.job == j {
		j.answer = true
		return
	}
	m.reportCancelled(j)
}

func (m *Machine) reportCancelled(j *job) {
	m.do(Report{Result{Operation: j.op, CallID: j.call, RC: int(exit.OK), Status: StatusCancelled, Changed: m.now}})
}

func (m *Machine) cancel(e Cancel) {
	q := m.queue(e.Resource)
	defer m.tidy(e.Resource, q)
	if i := q.find(e.Action, e.Interval); i >= 0 {
		j := q.recurring[i]
		q.recurring = slices.Delete(q.recurring, i, i+1)
		m.end(q, j, true)
		return
	}
	for _, j := range q.waiting {
		if e.Interval == 0 && j.op.Interval == 0 && j.op.Action == e.Action {
			m.end(q, j, true)
			return
		}
	}
	m.reportCancelled(&job{op: Operation{Resource: e.Resource, Action: e.Action, Interval: e.Interval}})
}

func (m *Machine) drop(resource string) {
	q := m.queue(resource)
	for _, j := range q.recurring {
		m.end(q, j, false)
	}
	q.recurring = nil
	m.tidy(resource, q)
}

func (m *Machine) changed(resource string) {
	q, ok := m.queues[resource]
	if !ok {
		return
	}
	for _, j := range q.recurring {
		if q.current != nil && q.current.job == j {
			j.again = true
			continue
		}
		if !j.queued && j.reported {
			j.asked = m.now
			m.enqueue(q, j)
		}
	}
}

func (m *Machine) enqueue(q *queue, j *job) {
	j.due, j.queued = time.Time{}, true
	q.waiting = append(q.waiting, j)
	m.pump(q)
}

// pump starts the next job when the resource is free.
func (m *Machine) pump(q *queue) {
	if q.current != nil || len(q.waiting) == 0 {
		return
	}
	j := q.waiting[0]
	q.waiting = slices.Delete(q.waiting, 0, 1)
	j.queued = false
	m.nextRun++
	r := &run{id: m.nextRun, job: j, started: m.now, queue: m.now.Sub(j.asked)}
	if j.op.Timeout > 0 {
		r.deadline = m.now.Add(j.op.Timeout)
		m.timers.add(timer{at: r.deadline, run: r})
	}
	q.current = r
	m.runs[r.id] = r
	m.do(Exec{r.id, j.op})
}

func (m *Machine) exited(e Exited) {
	r, ok := m.runs[e.ID]
	if !ok {
		return // reported without it, because it did not die in time
	}
	if r.killed {
		e.RC, e.Status, e.Reason = int(exit.Error), StatusTimeout, TimeoutReason(r.job.op)
	}
	m.finish(r, e)
}

// TimeoutReason is the exit reason of an operation that was killed because its time was up.
func TimeoutReason(op Operation) string {
	return fmt.Sprintf("Resource agent did not complete within %s", duration(op.Timeout))
}

// duration prints as Pacemaker does in such sentences: 3s, 1m30s, 500ms.
func duration(d time.Duration) string {
	s := d.Round(time.Millisecond).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if len(s) > len(zero) && s[len(s)-len(zero):] == zero {
			s = s[:len(s)-2]
		}
	}
	return s
}

// finish ends a run: report, next run, next job.
func (m *Machine) finish(r *run, e Exited) {
	j := r.job
	q := m.queue(j.op.Resource)
	delete(m.runs, r.id)
	q.current = nil
	switch {
	case j.cancelled:
		if j.answer {
			m.reportCancelled(j)
		}
	case j.op.Interval > 0:
		m.recur(q, r, e)
	default:
		j.changed = r.started
		m.report(r, e)
	}
	m.pump(q)
	m.tidy(j.op.Resource, q)
}

// recur reports a recurring operation's result if it is the first or another than the last, and plans the
// next run, counted from the end of this one.
func (m *Machine) recur(q *queue, r *run, e Exited) {
	j := r.job
	if !j.reported || j.rc != e.RC || j.status != e.Status {
		j.reported, j.rc, j.status, j.changed = true, e.RC, e.Status, r.started
		m.report(r, e)
	}
	if j.again {
		j.again, j.asked = false, m.now
		m.enqueue(q, j)
		return
	}
	j.asked = m.now.Add(j.op.Interval)
	m.setDue(j, j.asked)
}

func (m *Machine) report(r *run, e Exited) {
	res := Result{Operation: r.job.op, CallID: r.job.call, RC: e.RC, Status: e.Status, Reason: cut(e.Reason), Stdout: e.Stdout,
		Changed: r.job.changed, Exec: m.now.Sub(r.started), Queue: r.queue}
	if e.Status == StatusDone && e.RC == ExpectedRC(r.job.op.TransitionKey) {
		res.Reason = ""
	}
	m.do(Report{res})
}

// tidy forgets a queue that has nothing to do.
func (m *Machine) tidy(resource string, q *queue) {
	if q.current == nil && len(q.waiting) == 0 && len(q.recurring) == 0 {
		delete(m.queues, resource)
	}
}
