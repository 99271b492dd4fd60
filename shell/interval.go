package shell

import (
	"strconv"
	"strings"
)

// unitMilliseconds are the units of time that the cluster's options know; without one, seconds are meant.
var unitMilliseconds = map[string]float64{
	"": 1000, "ms": 1, "msec": 1, "us": 0.001, "usec": 0.001, "s": 1000, "sec": 1000,
	"m": 60_000, "min": 60_000, "h": 3_600_000, "hr": 3_600_000,
}

// milliseconds reads an interval or timeout such as "10", "10s" or "5min".
func milliseconds(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(text[:i], 10, 64)
	unit, known := unitMilliseconds[strings.ToLower(strings.TrimSpace(text[i:]))]
	return float64(n) * unit, err == nil && known
}
