package scheduler

import (
	"strconv"
	"strings"
)

// Score is a placement score; ±Infinity absorb what is added, and -Infinity beats +Infinity.
type Score int32

// Infinity is the score that forces (or, negated, forbids).
const Infinity Score = 1000000

// Add sums two scores the way the field does: -INFINITY wins, then INFINITY, then the clipped sum.
func (s Score) Add(o Score) Score {
	switch {
	case s <= -Infinity || o <= -Infinity:
		return -Infinity
	case s >= Infinity || o >= Infinity:
		return Infinity
	}
	return clip(int64(s) + int64(o))
}

func clip(v int64) Score {
	return Score(min(max(v, -int64(Infinity)), int64(Infinity)))
}

// String prints INFINITY, -INFINITY or the number.
func (s Score) String() string {
	switch {
	case s >= Infinity:
		return "INFINITY"
	case s <= -Infinity:
		return "-INFINITY"
	}
	return strconv.Itoa(int(s))
}

// parseScore reads a score; red, yellow and green are the node health scores in force.
func (c *Cluster) parseScore(s string) Score {
	switch s {
	case "":
		return 0
	case "INFINITY", "+INFINITY":
		return Infinity
	case "-INFINITY":
		return -Infinity
	}
	if n := len(s); n >= 3 && n <= 6 {
		switch strings.ToLower(s) {
		case "red":
			return c.health.red
		case "yellow":
			return c.health.yellow
		case "green":
			return c.health.green
		}
	}
	v, _ := parseInt(s)
	return clip(v)
}

// parseInt reads an integer as Pacemaker does: leading blanks and sign, trailing garbage ignored.
// It reports false if there is no digit.
func parseInt(s string) (int64, bool) {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] >= '\t' && s[i] <= '\r') {
		i++
	}
	neg := false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	start, v := i, int64(0)
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if v > (1<<62)/10 {
			continue // far beyond every limit: keep it large
		}
		v = v*10 + int64(s[i]-'0')
	}
	if neg {
		v = -v
	}
	return v, i > start
}

// parseIntOr reads an integer, def if there is none.
func parseIntOr(s string, def int) int {
	if v, ok := parseInt(s); ok {
		return int(v)
	}
	return def
}
