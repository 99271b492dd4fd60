package rule

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var errDate = errors.New("not a date: write YYYY-MM-DD, YYYY-DDD or YYYY-Www-D, with HH:MM:SS and Z or ±HH:MM after it, or epoch")

// ParseTime reads a date as the field's tools do: "2024-03-05", "20240305", "2024-065", "2024-W10-2",
// "epoch", each but the last with a time after a blank or "T" ("10:11:12", "10:11", "101112"), and a zone
// ("Z", or " +02:00" after a blank). A time alone means today. ref gives today, and the offset that
// applies where no zone is written; a date alone is midnight UTC whatever the zone.
func ParseTime(s string, ref time.Time) (time.Time, error) {
	if s == "epoch" {
		return time.Unix(0, 0).UTC(), nil
	}
	datePart, clock, hasClock := splitDateTime(s)
	var day time.Time
	if datePart == "" && hasClock {
		y, m, d := ref.Date()
		day = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	} else {
		var ok bool
		if day, ok = parseDay(datePart); !ok {
			return time.Time{}, fmt.Errorf("%q is %w", s, errDate)
		}
	}
	if !hasClock {
		return day, nil
	}
	secs, ok := parseClock(clock)
	if !ok {
		return time.Time{}, fmt.Errorf("%q is %w", s, errDate)
	}
	return day.Add(time.Duration(secs-zoneOffset(clock, ref)) * time.Second), nil
}

// splitDateTime cuts at the first blank or T; "10:11" without a date is all clock.
func splitDateTime(s string) (date, clock string, hasClock bool) {
	if i := strings.IndexAny(s, " T"); i >= 0 {
		return s[:i], s[i+1:], true
	}
	if i := strings.IndexByte(s, ':'); i > 0 && i <= 2 {
		return "", s, true
	}
	return s, "", false
}

// digits reads up to max decimal digits (0: any number up to nine) at the start of s.
func digits(s string, max int) (n int, rest string, ok bool) {
	if max == 0 {
		max = 9
	}
	i := 0
	for i < len(s) && i < max && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i > 0
}

// fields reads numbers separated by sep until something else comes; it returns at most max.
func fields(s, sep string, max int) (nums []int, rest string) {
	for len(nums) < max {
		n, r, ok := digits(s, 0)
		if !ok {
			break
		}
		nums, rest = append(nums, n), r
		if !strings.HasPrefix(r, sep) {
			break
		}
		s = r[len(sep):]
	}
	return nums, rest
}

func parseDay(s string) (time.Time, bool) {
	y, rest, ok := digits(s, 0)
	if !ok {
		return time.Time{}, false
	}
	if strings.HasPrefix(rest, "-W") {
		nums, _ := fields(rest[2:], "-", 2)
		return weekDate(y, nums)
	}
	switch nums, _ := fields(s, "-", 3); len(nums) {
	case 3:
		return calendarDate(nums[0], nums[1], nums[2])
	case 2:
		return ordinalDate(nums[0], nums[1])
	}
	if y, rest, ok = digits(s, 4); !ok {
		return time.Time{}, false
	}
	m, rest, ok := digits(rest, 2)
	if !ok {
		return time.Time{}, false
	}
	d, _, ok := digits(rest, 2)
	if !ok {
		return time.Time{}, false
	}
	return calendarDate(y, m, d)
}

func calendarDate(y, m, d int) (time.Time, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, time.Month(m))
}

func ordinalDate(y, day int) (time.Time, bool) {
	return time.Date(y, 1, day, 0, 0, 0, 0, time.UTC), day >= 1 && day <= yearDays(y)
}

func weekDate(y int, nums []int) (time.Time, bool) {
	if len(nums) != 2 || nums[0] < 1 || nums[0] > weeksIn(y) || nums[1] < 1 || nums[1] > 7 {
		return time.Time{}, false
	}
	jan4 := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC) // always in week 1
	return jan4.AddDate(0, 0, (nums[0]-1)*7+nums[1]-weekday(jan4)), true
}

// weekday counts Monday as 1 and Sunday as 7.
func weekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

func daysIn(y int, m time.Month) int { return time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day() }

func yearDays(y int) int { return time.Date(y, 12, 31, 0, 0, 0, 0, time.UTC).YearDay() }

func weeksIn(y int) int {
	_, w := time.Date(y, 12, 28, 0, 0, 0, 0, time.UTC).ISOWeek()
	return w
}

// parseClock returns the seconds since midnight; what follows the numbers is not its business.
func parseClock(s string) (int, bool) {
	hms := [3]int{}
	nums, rest := fields(s, ":", 3)
	switch {
	case len(nums) == 0:
		return 0, false
	case len(nums) == 1 && len(s)-len(rest) > 2: // HHMM or HHMMSS
		for i, left := 0, s; i < 3; i++ {
			n, r, ok := digits(left, 2)
			if !ok {
				break
			}
			hms[i], left = n, r
		}
	default:
		copy(hms[:], nums)
	}
	h, m, sec := hms[0], hms[1], hms[2]
	if h > 24 || m > 59 || sec > 59 || h == 24 && m+sec > 0 {
		return 0, false
	}
	return h*3600 + m*60 + sec, true
}

// zoneOffset returns seconds east of UTC: of a Z anywhere, of ±HH[:]MM after a blank, else of ref.
func zoneOffset(clock string, ref time.Time) int {
	if strings.Contains(clock, "Z") {
		return 0
	}
	_, local := ref.Zone()
	i := strings.IndexByte(clock, ' ')
	if i < 0 {
		return local
	}
	zone, sign := strings.TrimLeft(clock[i:], " "), 1
	switch {
	case strings.HasPrefix(zone, "-"):
		sign = -1
	case !strings.HasPrefix(zone, "+"):
		return local
	}
	secs, ok := parseClock(zone[1:])
	if !ok {
		return local
	}
	return sign * secs
}
