package rule

import (
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// specField is one attribute of a date_spec: how to read it off a time, and the calendar unit in which it changes.
type specField struct {
	name  string
	value func(t time.Time) int
	unit  unit
}

type unit int

const (
	second unit = iota
	minute
	hour
	day
)

var specFields = []specField{
	{"seconds", time.Time.Second, second},
	{"minutes", time.Time.Minute, minute},
	{"hours", time.Time.Hour, hour},
	{"monthdays", time.Time.Day, day},
	{"weekdays", weekday, day},
	{"yeardays", time.Time.YearDay, day},
	{"months", func(t time.Time) int { return int(t.Month()) }, day},
	{"weeks", func(t time.Time) int { _, w := t.ISOWeek(); return w }, day},
	{"years", time.Time.Year, day},
	{"weekyears", func(t time.Time) int { y, _ := t.ISOWeek(); return y }, day},
	{"moon", moonPhase, day},
}

// moonPhase is 0 (new) to 7, by the rule of thumb that Pacemaker uses.
func moonPhase(t time.Time) int {
	golden := t.Year()%19 + 1
	epact := (11*golden + 18) % 30
	if epact == 25 && golden > 11 || epact == 24 {
		epact++
	}
	return ((t.YearDay()-1+epact)*6 + 11) % 177 / 22 & 7
}

// inRange tells whether v lies in "N", "A-B", "A-" or "-B"; text that is none of these excludes nothing.
func inRange(text string, v int) bool {
	low, high, isRange := strings.Cut(text, "-")
	a, errA := strconv.Atoi(strings.TrimLeft(low, " "))
	b, errB := strconv.Atoi(strings.TrimLeft(high, " "))
	switch {
	case !isRange:
		return errA != nil || v == a
	case errA == nil && errB == nil:
		return v >= a && v <= b
	case errA == nil && high == "":
		return v >= a
	case low == "" && errB == nil:
		return v <= b
	}
	return true
}

func matchSpec(spec *etree.Element, now time.Time) bool {
	for _, f := range specFields {
		if a := spec.SelectAttr(f.name); a != nil && !inRange(a.Value, f.value(now)) {
			return false
		}
	}
	return true
}

// specSteps bounds the search for the next change; where it ends without one, a look at that time finds out more.
const specSteps = 800

// nextSpecChange returns when matchSpec may give another result, by steps of the finest unit that the spec uses; zero: never.
func nextSpecChange(spec *etree.Element, now time.Time) time.Time {
	finest := unit(-1)
	for _, f := range specFields {
		if spec.SelectAttr(f.name) != nil {
			finest = f.unit
			break // the table goes from fine to coarse
		}
	}
	if finest < 0 {
		return time.Time{}
	}
	was, t := matchSpec(spec, now), now
	for range specSteps {
		t = nextUnit(t, finest)
		if matchSpec(spec, t) != was {
			return t
		}
	}
	return t
}

// nextUnit returns the beginning of the next second, minute, hour or day of t's zone; always later than t.
func nextUnit(t time.Time, u unit) time.Time {
	switch u {
	case second:
		return t.Truncate(time.Second).Add(time.Second)
	case minute:
		return t.Truncate(time.Second).Add(time.Duration(60-t.Second()) * time.Second)
	case hour:
		return t.Truncate(time.Second).Add(time.Duration(3600-60*t.Minute()-t.Second()) * time.Second)
	}
	y, m, d := t.Date()
	next := time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
	if !next.After(t) { // a zone whose midnight is skipped
		next = t.Add(24 * time.Hour)
	}
	return next
}
