package executor

import (
	"strconv"
	"strings"

	"quorate/engine/exit"
)

// MaxReason is how much of an exit reason is kept, in characters.
const MaxReason = 128

// OCFResult maps an OCF agent's exit code: the standard's codes as they are, all others are an error.
func OCFResult(rc int) int {
	if rc >= 0 && rc <= 9 || rc == int(exit.Degraded) || rc == int(exit.DegradedProm) {
		return rc
	}
	return int(exit.Error)
}

// lsbStatus are the codes of an init script's "status" (LSB 3.1 §20.2); the rest are errors.
var lsbStatus = map[int]exit.Code{
	0: exit.OK, 1: exit.NotRunning, 2: exit.NotRunning, 3: exit.NotRunning, 150: exit.NotInstalled,
}

// LSBResult maps an init script's exit code for the cluster's action.
func LSBResult(action string, rc int) int {
	if action != "monitor" {
		return OCFResult(rc)
	}
	if code, ok := lsbStatus[rc]; ok {
		return int(code)
	}
	return int(exit.Error)
}

// ReasonPrefix is what an agent's line on stderr begins with that is its exit reason.
const ReasonPrefix = "ocf-exit-reason:"

// ExitReason finds the reason in an agent's stderr: the last line with the prefix, cut to MaxReason.
func ExitReason(stderr string) string {
	at := strings.LastIndex(stderr, ReasonPrefix)
	if at < 0 {
		return ""
	}
	line, _, _ := strings.Cut(stderr[at+len(ReasonPrefix):], "\n")
	return cut(strings.TrimSpace(line))
}

// cut shortens to MaxReason characters without breaking one.
func cut(s string) string {
	n := 0
	for i := range s {
		if n++; n > MaxReason {
			return s[:i]
		}
	}
	return s
}

// ExpectedRC reads the result code that the DC expects from a transition key; 0 without one.
func ExpectedRC(key string) int {
	parts := strings.SplitN(key, ":", 4)
	if len(parts) < 4 {
		return 0
	}
	rc, err := strconv.Atoi(parts[2])
	if err != nil {
		return 0
	}
	return rc
}
