package runner

import (
	"context"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/ra/agents"
)

// watches are the processes whose end is heard of at once: the daemons of our own agents.
type watches struct {
	mu   sync.Mutex
	pids map[string]int // by resource
}

// watch arranges to hear of the service's end after an operation that found or made it running.
func (r *Runner) watch(op executor.Operation, x executor.Exited) {
	if x.RC != int(exit.OK) || x.Status != executor.StatusDone || (op.Action != "start" && op.Action != "monitor") {
		return
	}
	switch {
	case op.Class == "systemd", op.Class == "service":
		r.units.watch(op.Type, op.Resource, r.Changed)
	case op.Class == "ocf" && op.Provider == agents.Provider:
		r.watchPIDFile(op)
	}
}

func (r *Runner) watchPIDFile(op executor.Operation) {
	file := agents.PIDFile(op.Type, op.Params, op.Resource, r.cfg.TmpDir)
	if file == "" {
		return
	}
	pid, alive := agents.ReadPIDFile(file)
	if !alive || !r.watches.claim(op.Resource, pid) {
		return
	}
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		r.watches.release(op.Resource, pid)
		return
	}
	r.work.Add(1)
	go func() {
		defer r.work.Done()
		ended := r.waitProcess(os.NewFile(uintptr(fd), "pidfd"))
		r.watches.release(op.Resource, pid)
		if ended {
			r.Changed(op.Resource)
		}
	}()
}

// claim says whether this process of the resource still needs a watcher.
func (w *watches) claim(resource string, pid int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pids[resource] == pid {
		return false
	}
	if w.pids == nil {
		w.pids = map[string]int{}
	}
	w.pids[resource] = pid
	return true
}

func (w *watches) release(resource string, pid int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pids[resource] == pid {
		delete(w.pids, resource)
	}
}

// waitProcess waits for the end of a pidfd's process, or for Shutdown. The runtime's poller waits for it, no
// thread does.
func (r *Runner) waitProcess(pidfd *os.File) (ended bool) {
	defer context.AfterFunc(r.ctx, func() { pidfd.Close() })()
	defer pidfd.Close()
	conn, err := pidfd.SyscallConn()
	if err != nil {
		return false
	}
	err = conn.Read(func(fd uintptr) bool {
		n, _ := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		return n > 0
	})
	return err == nil
}
