//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// engines lists the PIDs, as seen from outside, of all processes of the node that run crm.
func (n *node) engines() []int {
	namespace, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", n.pid.Load()))
	n.lab.must(err)
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var list []int
	for _, d := range dirs {
		in, _ := os.Readlink(d + "/ns/pid")
		name, _ := os.ReadFile(d + "/comm")
		if in == namespace && strings.TrimSpace(string(name)) == "crm" {
			pid, err := strconv.Atoi(filepath.Base(d))
			n.lab.must(err)
			list = append(list, pid)
		}
	}
	if len(list) == 0 {
		n.lab.t.Fatalf("%s: no engine runs", n.name)
	}
	return list
}

// pss is the memory of the node's engine in MiB: what is shared with other processes counts in part.
func (n *node) pss() float64 {
	total := 0.0
	for _, pid := range n.engines() {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		n.lab.must(err)
		for line := range bytes.Lines(data) {
			if f := strings.Fields(string(line)); f[0] == "Pss:" {
				kib, err := strconv.ParseFloat(f[1], 64)
				n.lab.must(err)
				total += kib / 1024
			}
		}
	}
	return total
}

const clockTick = time.Second / 100 // USER_HZ of Linux

// cpu is the time that the node's engine and its ended children have used.
func (n *node) cpu() time.Duration {
	ticks := 0
	for _, pid := range n.engines() {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		n.lab.must(err)
		_, rest, _ := strings.Cut(string(data), ") ")
		for _, f := range strings.Fields(rest)[11:15] {
			t, err := strconv.Atoi(f)
			n.lab.must(err)
			ticks += t
		}
	}
	return time.Duration(ticks) * clockTick
}
