//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// probeVariable makes the test binary a client of the URL in it.
const probeVariable = "E2E_PROBE"

const (
	probeEvery   = 10 * time.Millisecond
	probeTimeout = 500 * time.Millisecond
)

// probe asks a URL again and again, a new connection each time, and prints a line for each answer: when the
// request began and ended (Unix nanoseconds) and the answer's first word.
func probe(url string) {
	client := http.Client{Timeout: probeTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	var out sync.Mutex
	for range time.Tick(probeEvery) {
		go func() {
			began := time.Now()
			res, err := client.Get(url)
			if err != nil {
				return
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if words := strings.Fields(string(body)); err == nil && res.StatusCode == http.StatusOK && len(words) > 0 {
				out.Lock()
				fmt.Println(began.UnixNano(), time.Now().UnixNano(), words[0])
				out.Unlock()
			}
		}()
	}
}

// answer is one that the client got.
type answer struct {
	began, ended time.Time
	host         string
}

// client asks the virtual IP from outside of the cluster.
type client struct {
	cmd     *exec.Cmd
	mu      sync.Mutex
	answers []answer
}

func (l *lab) startClient() *client {
	l.t.Helper()
	self, err := os.Executable()
	l.must(err)
	c := &client{cmd: exec.Command("nsenter", "-t", fmt.Sprint(l.bridge.Process.Pid), "-n", self)}
	c.cmd.Env = append(os.Environ(), probeVariable+"=http://"+vip+"/")
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	pipe, err := c.cmd.StdoutPipe()
	l.must(err)
	l.must(c.cmd.Start())
	go c.read(pipe)
	l.t.Cleanup(func() { end(c.cmd) })
	return c
}

func (c *client) read(pipe io.Reader) {
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		var began, ended int64
		var host string
		if _, err := fmt.Sscan(lines.Text(), &began, &ended, &host); err != nil {
			continue
		}
		c.mu.Lock()
		c.answers = append(c.answers, answer{time.Unix(0, began), time.Unix(0, ended), host})
		c.mu.Unlock()
	}
}

// answered tells whether a request that began after since was answered, by host ("" = any).
func (c *client) answered(since time.Time, host string) bool {
	_, ok := c.firstAnswer(since, host)
	return ok
}

// firstAnswer is when the first answer to a request came that began after since, from host ("" = any).
func (c *client) firstAnswer(since time.Time, host string) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var best time.Time
	for _, a := range slices.Backward(c.answers) {
		if a.ended.Before(since) {
			break // requests overlap, but not for longer than one lasts
		}
		if a.began.After(since) && (host == "" || a.host == host) && (best.IsZero() || a.ended.Before(best)) {
			best = a.ended
		}
	}
	return best, !best.IsZero()
}

// outage is the longest time without an answer since then, until now.
func (c *client) outage(since time.Time) time.Duration {
	c.mu.Lock()
	times := []time.Time{since, time.Now()}
	for _, a := range c.answers {
		if a.ended.After(since) {
			times = append(times, a.ended)
		}
	}
	c.mu.Unlock()
	slices.SortFunc(times, time.Time.Compare)
	longest := time.Duration(0)
	for i, t := range times[1:] {
		longest = max(longest, t.Sub(times[i]))
	}
	return longest
}

// watch looks all the time how many nodes have the virtual IP.
type watch struct {
	mu      sync.Mutex
	overlap time.Duration // with two or more, since reset
	last    time.Time
}

const watchEvery = 5 * time.Millisecond

func (l *lab) startWatch() *watch {
	w := &watch{last: time.Now()}
	done := make(chan struct{})
	var finished sync.WaitGroup
	finished.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(watchEvery):
				w.look(l)
			}
		}
	})
	l.t.Cleanup(func() { close(done); finished.Wait() })
	return w
}

func (w *watch) look(l *lab) {
	holders := len(l.holders())
	now := time.Now()
	w.mu.Lock()
	if holders > 1 {
		w.overlap += now.Sub(w.last)
	}
	w.last = now
	w.mu.Unlock()
}

// take returns for how long the address was on two nodes since the last call.
func (w *watch) take() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.overlap
	w.overlap = 0
	return d
}

// holders lists the nodes whose kernels have the virtual IP.
func (l *lab) holders() []*node {
	var list []*node
	for _, n := range l.nodes {
		if n.hasAddr(vip) {
			list = append(list, n)
		}
	}
	return list
}

// eventually waits until a client's request is answered that began after since.
func (c *client) eventually(t *testing.T, since time.Time, patience time.Duration, host string) {
	t.Helper()
	what := "the client gets an answer"
	if host != "" {
		what += " from " + host
	}
	until(t, patience, what, func() bool { return c.answered(since, host) })
}
