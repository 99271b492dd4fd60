package messaging

import "sync"

// queue hands events on without ever making the sender wait.
type queue struct {
	out  chan Event
	mu   sync.Mutex
	cond *sync.Cond
	list []Event
	end  bool
	stop chan struct{}
	done chan struct{}
}

func newQueue() *queue {
	q := &queue{out: make(chan Event), stop: make(chan struct{}), done: make(chan struct{})}
	q.cond = sync.NewCond(&q.mu)
	go q.pump()
	return q
}

func (q *queue) put(e Event) {
	q.mu.Lock()
	q.list = append(q.list, e)
	q.mu.Unlock()
	q.cond.Signal()
}

func (q *queue) pump() {
	defer close(q.done)
	defer close(q.out)
	for {
		q.mu.Lock()
		for len(q.list) == 0 && !q.end {
			q.cond.Wait()
		}
		if q.end {
			q.mu.Unlock()
			return
		}
		e := q.list[0]
		q.list = q.list[1:]
		q.mu.Unlock()
		select {
		case q.out <- e:
		case <-q.stop:
			return
		}
	}
}

// close ends the queue; what nobody has taken yet is dropped.
func (q *queue) close() {
	q.mu.Lock()
	q.end = true
	q.mu.Unlock()
	close(q.stop)
	q.cond.Signal()
	<-q.done
}
