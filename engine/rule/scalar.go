package rule

import (
	"math"
	"strconv"
	"strings"
)

// Infinity is the score that nothing but its opposite outweighs.
const Infinity = 1000000

// ParseScore reads a score: "INFINITY", "+INFINITY", "-INFINITY" in exactly this writing, else an integer clipped to ±Infinity.
func ParseScore(s string) int {
	switch s {
	case "INFINITY", "+INFINITY":
		return Infinity
	case "-INFINITY":
		return -Infinity
	}
	return max(-Infinity, min(Infinity, ParseInt(s)))
}

// ParseInt reads blanks, a sign and decimal digits; what follows is ignored, no digits give 0, overflow the extreme.
func ParseInt(s string) int {
	n, _ := leadingInt(s)
	return int(n)
}

func leadingInt(s string) (int64, bool) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil && (n == math.MaxInt64 || n == math.MinInt64) {
		return n, true
	}
	return n, err == nil
}

// ParseBool reads a truth value in any case; ok is false where the text is none.
func ParseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true", "on", "yes", "y", "1":
		return true, true
	case "false", "off", "no", "n", "0":
		return false, true
	}
	return false, false
}

// IsTrue tells whether the text is a truth value and true.
func IsTrue(s string) bool { v, _ := ParseBool(s); return v }

// CompareVersions compares dot-separated numbers; missing parts count as 0, but no text at all is less than any.
func CompareVersions(a, b string) int {
	if (a == "") != (b == "") {
		return strings.Compare(a, b)
	}
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		switch p, q := ParseInt(x), ParseInt(y); {
		case p < q:
			return -1
		case p > q:
			return 1
		}
	}
	return 0
}
