package runner

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// An engine that crashes leaves agents behind at their work, and its successor must not look at resources that one of
// them is just starting: the probe would find nothing, and the resource be started elsewhere too. So each agent that runs
// has a file, named by its process id, that says when it was started; who comes next ends those that are left.

// noteAgent writes down that an agent runs, and returns what takes the note away. Without a folder nothing is noted.
func (c Config) noteAgent(pid int) (ended func()) {
	file := filepath.Join(c.RunDir, strconv.Itoa(pid))
	if c.RunDir == "" || os.WriteFile(file, startOf(pid), 0o600) != nil {
		return func() {}
	}
	return func() { _ = os.Remove(file) } // one that stays names a process that is no more
}

// startOf is when a process was started, in the kernel's words; nil if there is none.
func startOf(pid int) []byte {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	const after = 19 // fields between the name, which may have any characters, and the start time
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= after {
		return nil
	}
	return fields[after]
}

// endLeftovers kills the agents, with their groups, that a former engine of this node has left at their work.
func (c Config) endLeftovers() {
	if c.RunDir == "" {
		return
	}
	if err := os.MkdirAll(c.RunDir, 0o700); err != nil {
		c.Log("", "agents of a former engine cannot be found: "+err.Error())
		return
	}
	notes, _ := filepath.Glob(filepath.Join(c.RunDir, "*"))
	for _, file := range notes {
		pid, err := strconv.Atoi(filepath.Base(file))
		started, readErr := os.ReadFile(file)
		if err == nil && readErr == nil && pid > 1 && len(started) > 0 && bytes.Equal(started, startOf(pid)) {
			c.Log("", fmt.Sprintf("ending an agent that a former engine left at its work: process group %d", pid))
			killGroup(pid)
		}
		_ = os.Remove(file) // a note that stays is looked at again, for nothing
	}
}

// killGroup kills a process group and waits until it is gone, at most as long as the executor waits for a killed agent.
func killGroup(pgid int) {
	const patience, every = 5 * time.Second, 5 * time.Millisecond
	for deadline := time.Now().Add(patience); syscall.Kill(-pgid, syscall.SIGKILL) == nil && time.Now().Before(deadline); {
		time.Sleep(every)
	}
}
