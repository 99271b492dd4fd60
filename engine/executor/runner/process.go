package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxStdout = 1 << 20  // kept of an agent's stdout
	maxStderr = 64 << 10 // kept of the end of its stderr, where the exit reason stands
	maxLine   = 4096     // longest line given to the log
	// drain is how long output is read on after the agent's end, when a daemon that it started holds the pipe.
	drain = 20 * time.Millisecond
)

// process is one program to run in a session, and so a process group, of its own.
type process struct {
	argv  []string
	env   []string
	dir   string
	stdin string // "" means /dev/null
	log   func(line string)
	note  func(pid int) (ended func()) // nil: nobody wants to know that it runs
}

// output is what came of it.
type output struct {
	rc     int // 1 if a signal ended it
	stdout []byte
	stderr string
}

// run starts the program and waits for its end; when the context ends, the whole group gets SIGKILL.
// An error means that the program could not be started.
func (p process) run(ctx context.Context) (output, error) {
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	cmd.Env, cmd.Dir = p.env, p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a process group, and no part of the engine's share of the processor
	if p.stdin != "" {
		cmd.Stdin = strings.NewReader(p.stdin)
		cmd.WaitDelay = drain
	}
	stdout, stderr := &tail{max: maxStdout}, &tail{max: maxStderr, log: p.log}
	outPipe, err := newPipe(stdout)
	if err != nil {
		return output{}, err
	}
	errPipe, err := newPipe(stderr)
	if err != nil {
		outPipe.abandon()
		return output{}, err
	}
	cmd.Stdout, cmd.Stderr = outPipe.w, errPipe.w
	if err := cmd.Start(); err != nil {
		outPipe.abandon()
		errPipe.abandon()
		return output{}, err
	}
	makeOrdinary(cmd.Process.Pid)
	if p.note != nil {
		defer p.note(cmd.Process.Pid)()
	}
	ended := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		select {
		case <-ctx.Done():
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		case <-ended:
		}
	})
	outPipe.read()
	errPipe.read()
	err = cmd.Wait()
	close(ended)
	killer.Wait()
	outPipe.finish()
	errPipe.finish()
	stderr.flush()
	return output{rc: exitCode(cmd, err), stdout: stdout.kept, stderr: string(stderr.kept)}, nil
}

func exitCode(cmd *exec.Cmd, err error) int {
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) && !errors.Is(err, exec.ErrWaitDelay) || cmd.ProcessState == nil {
		return 1
	}
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		return code
	}
	return 1
}

// makeOrdinary takes from the group what it inherited from the engine: a higher priority, and protection from the
// kernel's choice of a victim when memory is short. What agents start is to have neither.
func makeOrdinary(pgid int) {
	if raw, err := unix.Getpriority(unix.PRIO_PROCESS, pgid); err == nil && raw > 20 { // the kernel says 20 - nice
		_ = unix.Setpriority(unix.PRIO_PGRP, pgid, 0)
	}
	if isProtected() {
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pgid), []byte("0"), 0o644) // it may have ended
	}
}

// isProtected tells whether the engine has a negative oom_score_adj, as its unit gives it.
var isProtected = sync.OnceValue(func() bool {
	score, err := os.ReadFile("/proc/self/oom_score_adj")
	return err == nil && bytes.HasPrefix(score, []byte("-"))
})

// pipe reads a child's output without waiting for others who hold its write end.
type pipe struct {
	r, w *os.File
	to   *tail
	done chan struct{}
}

func newPipe(to *tail) (*pipe, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &pipe{r: r, w: w, to: to, done: make(chan struct{})}, nil
}

func (p *pipe) abandon() {
	p.r.Close()
	p.w.Close()
}

func (p *pipe) read() {
	p.w.Close() // the child has its own
	go func() {
		defer close(p.done)
		buf := make([]byte, 8192)
		for {
			n, err := p.r.Read(buf)
			p.to.write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
}

// finish reads what is there already and closes.
func (p *pipe) finish() {
	_ = p.r.SetReadDeadline(time.Now().Add(drain))
	<-p.done
	p.r.Close()
}

// tail keeps the last bytes of an output and gives whole lines to a log.
type tail struct {
	max  int
	kept []byte
	log  func(string)
	line []byte
}

func (t *tail) write(p []byte) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - t.max; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	if t.log == nil {
		return
	}
	for len(p) > 0 {
		before, after, found := bytes.Cut(p, []byte{'\n'})
		t.line = append(t.line, before[:min(len(before), maxLine-min(maxLine, len(t.line)))]...)
		if !found {
			return
		}
		t.flush()
		p = after
	}
}

func (t *tail) flush() {
	if t.log != nil && len(t.line) > 0 {
		t.log(string(t.line))
	}
	t.line = t.line[:0]
}
