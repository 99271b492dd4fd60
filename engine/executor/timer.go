package executor

import (
	"container/heap"
	"time"

	"quorate/engine/exit"
)

// timer is a moment at which something may be due: a job's next run, or a run's time limit. It is checked
// against the job or run when it fires, so nothing has to be taken out of the heap.
type timer struct {
	at  time.Time
	job *job
	run *run
}

type timers []timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, k int) bool { return t[i].at.Before(t[k].at) }
func (t timers) Swap(i, k int)      { t[i], t[k] = t[k], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) }
func (t *timers) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	(*t)[last] = timer{}
	*t = (*t)[:last]
	return x
}

func (t *timers) add(x timer) { heap.Push(t, x) }

func (m *Machine) setDue(j *job, at time.Time) {
	j.due = at
	m.timers.add(timer{at: at, job: j})
}

// live reports whether the timer still means something.
func (m *Machine) live(t timer) bool {
	if t.job != nil {
		return !t.job.cancelled && t.job.due.Equal(t.at)
	}
	return m.runs[t.run.id] == t.run && t.run.deadline.Equal(t.at)
}

// tick moves the clock, never back, and does all that has become due.
func (m *Machine) tick(now time.Time) {
	if now.After(m.now) {
		m.now = now
	}
	for len(m.timers) > 0 && !m.timers[0].at.After(m.now) {
		t := heap.Pop(&m.timers).(timer)
		switch {
		case !m.live(t):
		case t.job != nil:
			m.enqueue(m.queue(t.job.op.Resource), t.job)
		default:
			m.expire(t.run)
		}
	}
}

// expire kills a run whose time is up; one that was killed and did not die is given up.
func (m *Machine) expire(r *run) {
	if r.killed {
		m.finish(r, Exited{RC: int(exit.Error), Status: StatusTimeout, Reason: TimeoutReason(r.job.op) + " and cannot be killed"})
		return
	}
	r.killed = true
	r.deadline = m.now.Add(killGrace)
	m.timers.add(timer{at: r.deadline, run: r})
	m.do(Kill{r.id})
}

// wake asks for the next event Now, if it is another than was asked for.
func (m *Machine) wake() {
	for len(m.timers) > 0 && !m.live(m.timers[0]) {
		heap.Pop(&m.timers)
	}
	if len(m.timers) == 0 || m.timers[0].at.Equal(m.wakeAt) {
		return
	}
	m.wakeAt = m.timers[0].at
	m.do(WakeAt{m.wakeAt})
}
