package rule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Duration is a span of the calendar; its parts are added one after the other, longest first.
type Duration struct {
	Years, Months, Weeks, Days, Hours, Minutes, Seconds int
}

// maxPart bounds each part, so that sums of a few of them stay within int and time.Time.
const maxPart = math.MaxInt32

// ParseDuration reads an ISO 8601 duration, "P1Y2M3DT4H5M6S". Pairs come in any order, "T" only makes M mean
// minutes; text after a blank or "/" is not read. Decimals are refused, as the field's tools do.
func ParseDuration(s string) (Duration, error) {
	bad := func(why string) (Duration, error) {
		return Duration{}, fmt.Errorf("%q is not an ISO 8601 duration like P1DT12H: %s", s, why)
	}
	if !strings.HasPrefix(s, "P") {
		return bad("it does not begin with P")
	}
	var d Duration
	inTime, rest := false, s[1:]
	if rest == "" {
		return bad("nothing after P")
	}
	for rest != "" && rest[0] != ' ' && rest[0] != '/' {
		if rest[0] == 'T' {
			inTime, rest = true, rest[1:]
			continue
		}
		end := 0
		for end < len(rest) && (rest[end] >= '0' && rest[end] <= '9' || end == 0 && (rest[0] == '-' || rest[0] == '+')) {
			end++
		}
		n, err := strconv.Atoi(rest[:end])
		if err != nil || n > maxPart || n < -maxPart {
			return bad("no number in range at " + strconv.Quote(rest))
		}
		if end == len(rest) || !d.set(rest[end], inTime, n) {
			return bad("no unit Y M W D H M S at " + strconv.Quote(rest[end:]))
		}
		rest = rest[end+1:]
	}
	return d, nil
}

func (d *Duration) set(unit byte, inTime bool, n int) bool {
	switch unit {
	case 'Y':
		d.Years = n
	case 'M':
		if inTime {
			d.Minutes = n
		} else {
			d.Months = n
		}
	case 'W':
		d.Weeks = n
	case 'D':
		d.Days = n
	case 'H':
		d.Hours = n
	case 'S':
		d.Seconds = n
	default:
		return false
	}
	return true
}

// durationElement reads a <duration>; parts that are no numbers count as 0.
func durationElement(e *etree.Element) Duration {
	n := func(name string) int { return clamp(ParseInt(e.SelectAttrValue(name, ""))) }
	return Duration{n("years"), n("months"), n("weeks"), n("days"), n("hours"), n("minutes"), n("seconds")}
}

func clamp(n int) int { return max(-maxPart, min(maxPart, n)) }

// AddTo returns t moved by d. A year keeps the number of the day within the year, a month keeps the
// day of the month unless the month is too short for it.
func (d Duration) AddTo(t time.Time) time.Time {
	h, m, s := t.Clock()
	clock := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	y, day := t.Year(), t.YearDay()
	if d.Years != 0 {
		y += d.Years
		day = min(day, yearDays(y))
	}
	date := time.Date(y, 1, day, 0, 0, 0, 0, t.Location())
	if d.Months != 0 {
		first := time.Date(y, date.Month()+time.Month(d.Months), 1, 0, 0, 0, 0, t.Location())
		date = first.AddDate(0, 0, min(date.Day(), daysIn(first.Year(), first.Month()))-1)
	}
	date = date.AddDate(0, 0, 7*d.Weeks+d.Days)
	u := date.Unix() + int64(clock/time.Second) + 3600*int64(d.Hours) + 60*int64(d.Minutes) + int64(d.Seconds)
	return time.Unix(u, 0).In(t.Location())
}

// AsInterval is the length that Pacemaker gives a duration used as an interval: it computes the date "year Y,
// day D" counted from the first day of year 1, so that P1D and P1Y are nothing, P2D is one day and P1W is six.
func (d Duration) AsInterval() time.Duration {
	days := int64(7*d.Weeks) + int64(d.Days)
	if days > 0 {
		days--
	}
	days += 30 * int64(d.Months)
	if d.Years > 1 {
		n := int64(min(d.Years, 10000) - 1)
		days += 365*n + n/4 - n/100 + n/400
	}
	secs := days*86400 + 3600*int64(d.Hours) + 60*int64(d.Minutes) + int64(d.Seconds)
	return millis(secs * 1000)
}

// millis turns milliseconds into a Duration within the range that an interval can have.
func millis(ms int64) time.Duration {
	return time.Duration(max(0, min(ms, math.MaxUint32))) * time.Millisecond
}

// units are tried in this order, by prefix and ignoring case.
var units = []struct {
	name     string
	mul, div int64
}{{"ms", 1, 1}, {"us", 1, 1000}, {"s", 1000, 1}, {"m", 60000, 1}, {"h", 3600000, 1}}

// ParseInterval reads a time like "20s", "5min", "PT5M", "10" or "100ms", to the millisecond and within
// 2^32-1 of them. Only the integer part of a number counts. false: it is not a time; the value is 0 then.
func ParseInterval(s string) (time.Duration, bool) {
	if strings.HasPrefix(s, "P") {
		d, err := ParseDuration(s)
		return d.AsInterval(), err == nil
	}
	return ParseTimeout(s)
}

// ParseTimeout reads a number with a unit, as ParseInterval but without the ISO form.
func ParseTimeout(s string) (time.Duration, bool) {
	s = strings.TrimLeft(s, " \t\n")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
		end++
	}
	text, unit := s[:end], strings.ToLower(strings.Trim(s[end:], " \t\n"))
	n := int64(ParseInt(text))
	if text == "" {
		return 0, false
	}
	n = min(n, math.MaxUint32)
	if unit == "" {
		return millis(n * 1000), true
	}
	for _, u := range units {
		if strings.HasPrefix(unit, u.name) {
			return millis(n * u.mul / u.div), true
		}
	}
	return 0, false
}
