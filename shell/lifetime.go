package shell

import (
	"strconv"
	"strings"
	"time"
)

// isLifetime tells whether a word looks like an ISO 8601 duration.
func isLifetime(word string) bool {
	_, err := lifetimeEnd(word, time.Time{})
	return err == nil
}

// lifetimeEnd adds an ISO 8601 duration ("P1DT12H", "PT5M", "P2W") to a time and prints the end in UTC as
// crm_resource does.
func lifetimeEnd(duration string, from time.Time) (string, error) {
	bad := usagef("%s is no lifetime: write an ISO 8601 duration such as PT1H, P1D or PT30M", duration)
	rest, ok := strings.CutPrefix(strings.ToUpper(duration), "P")
	if !ok || rest == "" || strings.HasSuffix(rest, "T") {
		return "", bad
	}
	end, clock := from, false
	for rest != "" {
		if rest[0] == 'T' && !clock {
			clock, rest = true, rest[1:]
			continue
		}
		i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if i <= 0 {
			return "", bad
		}
		n, err := strconv.Atoi(rest[:i])
		if err != nil || n > 1_000_000 {
			return "", bad
		}
		if end, ok = addUnit(end, n, rest[i], clock); !ok {
			return "", bad
		}
		rest = rest[i+1:]
	}
	return end.UTC().Format("2006-01-02 15:04:05Z"), nil
}

// addUnit adds n of the unit; M is a month before the T of the duration and a minute behind it.
func addUnit(t time.Time, n int, unit byte, clock bool) (time.Time, bool) {
	switch {
	case unit == 'Y' && !clock:
		return t.AddDate(n, 0, 0), true
	case unit == 'M' && !clock:
		return t.AddDate(0, n, 0), true
	case unit == 'W' && !clock:
		return t.AddDate(0, 0, 7*n), true
	case unit == 'D' && !clock:
		return t.AddDate(0, 0, n), true
	case unit == 'H' && clock:
		return t.Add(time.Duration(n) * time.Hour), true
	case unit == 'M' && clock:
		return t.Add(time.Duration(n) * time.Minute), true
	case unit == 'S' && clock:
		return t.Add(time.Duration(n) * time.Second), true
	}
	return t, false
}
