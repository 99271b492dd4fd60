package messaging

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// waiter wakes one goroutine when a packet has come on any link, or at a set time. The runtime's own timers and
// sockets would do that too, but each wake-up by them costs several: the runtime's monitor polls until a timer that
// is due has been served, and its sockets also report that a packet has left.
type waiter struct {
	file  *os.File // of the epoll below, so that the runtime waits for it
	conn  syscall.RawConn
	epoll int
	timer int
}

func newWaiter() (*waiter, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("wait for packets: %w", err)
	}
	if err := unix.SetNonblock(epoll, true); err != nil { // or the runtime would block a thread in it
		unix.Close(epoll)
		return nil, fmt.Errorf("wait for packets: %w", err)
	}
	w := &waiter{file: os.NewFile(uintptr(epoll), "links"), epoll: epoll, timer: -1}
	if w.conn, err = w.file.SyscallConn(); err == nil {
		w.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	}
	if err == nil {
		err = w.watch(w.timer)
	}
	if err != nil {
		w.close()
		return nil, fmt.Errorf("wait for packets: %w", err)
	}
	return w, nil
}

// watch adds a socket; closing it is enough to take it out again.
func (w *waiter) watch(fd int) error {
	return unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// wait calls do after every packet and ring, until close. do reads all sockets empty and sets a timer that has rung anew.
func (w *waiter) wait(do func()) {
	_ = w.conn.Read(func(uintptr) bool {
		do()
		return false
	})
}

// ring sets the timer; it rings once.
func (w *waiter) ring(in time.Duration) {
	at := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(max(in, 1)))} // 0 would switch it off
	_ = unix.TimerfdSettime(w.timer, 0, &at, nil)                        // fails only for another kind of file
}

// close ends wait. The timer must not be used afterwards.
func (w *waiter) close() {
	w.file.Close()
	if w.timer >= 0 {
		unix.Close(w.timer)
	}
}
