package tools

import (
	"fmt"
	"strings"
	"time"

	"quorate/engine/exit"
	"quorate/engine/rule"
)

var isoCommand = &command{
	name:    "iso8601",
	summary: "iso8601 - show and read ISO 8601 dates, periods and durations",
	options: []option{
		{long: "now", short: 'n', help: "Show the current date and time"},
		{long: "date", short: 'd', arity: value, hint: "DATE", help: "Read a date and time"},
		{long: "period", short: 'p', arity: value, hint: "PERIOD", help: "Read a period START/END, START/DURATION or DURATION/END"},
		{long: "duration", short: 'D', arity: value, hint: "DURATION", help: "Read a duration; with a date, show when it ends"},
		{long: "expected", short: 'E', arity: value, hint: "TEXT", help: "Exit with 1 if the date is shown differently"},
		{long: "seconds", short: 's', help: "Show seconds since the year 0"},
		{long: "epoch", short: 'S', help: "Show seconds since 1970"},
		{long: "local", short: 'L', help: "Show local time"},
		{long: "ordinal", short: 'O', help: "Show year and day of the year"},
		{long: "week", short: 'W', help: "Show year, week and day of the week"},
	},
}

// iso8601 shows what the cluster makes of a date.
func iso8601(k *call) exit.Code {
	now := k.Now()
	text := k.dateStyle()
	var date time.Time
	if k.has("now") {
		date = now
		k.out.printf("Current date/time: %s\n", text(date))
	}
	if k.has("date") {
		t, err := rule.ParseTime(k.get("date"), now)
		if err != nil {
			k.out.fail("Invalid date/time specified: %s", k.get("date"))
			return exit.InvalidParam
		}
		date = t
		k.out.printf("Date: %s\n", text(date))
	}
	if k.has("duration") {
		d, err := rule.ParseDuration(k.get("duration"))
		if err != nil {
			k.out.fail("Invalid duration specified: %s", k.get("duration"))
			return exit.InvalidParam
		}
		k.out.printf("Duration: %s\n", durationText(d))
		if !date.IsZero() {
			k.out.printf("Duration ends at: %s\n", text(d.AddTo(date)))
		}
	}
	if k.has("period") {
		from, to, ok := parsePeriod(k.get("period"), now)
		if !ok {
			k.out.fail("Invalid interval specified: %s", k.get("period"))
			return exit.InvalidParam
		}
		k.out.printf("Period: %s to %s\n", text(from), text(to))
	}
	if k.has("expected") && !date.IsZero() && text(date) != k.get("expected") {
		return exit.Error
	}
	return exit.OK
}

// parsePeriod reads "start/end", "start/duration" or "duration/end".
func parsePeriod(s string, now time.Time) (from, to time.Time, ok bool) {
	a, b, both := strings.Cut(s, "/")
	if !both {
		return from, to, false
	}
	if d, err := rule.ParseDuration(a); err == nil {
		to, err = rule.ParseTime(b, now)
		return negated(d).AddTo(to), to, err == nil
	}
	from, err := rule.ParseTime(a, now)
	if err != nil {
		return from, to, false
	}
	if d, err := rule.ParseDuration(b); err == nil {
		return from, d.AddTo(from), true
	}
	to, err = rule.ParseTime(b, now)
	return from, to, err == nil
}

// year0 is the second at which Pacemaker begins to count days: 1 January of the year 0, counted as day 1.
const year0 = 63839664000 - 1704067200

// dateStyle is how dates are to be shown.
func (k *call) dateStyle() func(time.Time) string {
	style := ""
	for _, f := range k.flags {
		switch f.name {
		case "seconds", "epoch", "ordinal", "week":
			style = f.name
		}
	}
	local := k.has("local")
	return func(t time.Time) string {
		if !local {
			t = t.UTC()
		}
		zone := "Z"
		if _, off := t.Zone(); off != 0 {
			zone = t.Format(" -07:00")
		}
		clock := t.Format(" 15:04:05") + zone
		switch style {
		case "seconds":
			return fmt.Sprint(t.Unix() + year0)
		case "epoch":
			return fmt.Sprint(t.Unix())
		case "ordinal":
			return fmt.Sprintf("%04d-%03d%s", t.Year(), t.YearDay(), clock)
		case "week":
			y, w := t.ISOWeek()
			return fmt.Sprintf("%04d-W%02d-%d%s", y, w, (int(t.Weekday())+6)%7+1, clock)
		}
		return t.Format("2006-01-02") + clock
	}
}

func negated(d rule.Duration) rule.Duration {
	return rule.Duration{Years: -d.Years, Months: -d.Months, Weeks: -d.Weeks, Days: -d.Days,
		Hours: -d.Hours, Minutes: -d.Minutes, Seconds: -d.Seconds}
}

// durationText is how a duration is shown: calendar parts, then seconds with hours and minutes in brackets.
func durationText(d rule.Duration) string {
	days, secs := 7*d.Weeks+d.Days, 3600*d.Hours+60*d.Minutes+d.Seconds
	var b strings.Builder
	for _, p := range []struct {
		n      int
		format string
		unit   string
	}{{d.Years, "%4d", "year"}, {d.Months, "%2d", "month"}, {days, "%2d", "day"}} {
		if p.n != 0 {
			fmt.Fprintf(&b, p.format+" %s ", p.n, plural(p.n, p.unit))
		}
	}
	if secs == 0 && b.Len() > 0 {
		return b.String()
	}
	fmt.Fprintf(&b, "%d %s", secs, plural(secs, "second"))
	if secs >= 60 {
		var parts []string
		for _, p := range []struct {
			n    int
			unit string
		}{{secs / 3600, "hour"}, {secs / 60 % 60, "minute"}, {secs % 60, "second"}} {
			if p.n != 0 {
				parts = append(parts, fmt.Sprintf("%d %s", p.n, plural(p.n, p.unit)))
			}
		}
		fmt.Fprintf(&b, " (%s)", strings.Join(parts, " "))
	}
	return b.String()
}

func plural(n int, unit string) string {
	if n == 1 {
		return unit
	}
	return unit + "s"
}
