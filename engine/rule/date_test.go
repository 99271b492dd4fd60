package rule

import (
	"testing"
	"time"
)

// The wanted texts were printed by Debian's iso8601 2.1.5 on 2026-11-23; "" is "Invalid date/time specified".
var dates = []struct{ in, want string }{
	{"2024-03-05 10:11:12", "2024-03-05 10:11:12Z"}, {"2024-03-05T10:11:12Z", "2024-03-05 10:11:12Z"},
	{"20240305", "2024-03-05 00:00:00Z"}, {"20240305T101112Z", "2024-03-05 10:11:12Z"}, {"20240305 101112", "2024-03-05 10:11:12Z"},
	{"2024-065", "2024-03-05 00:00:00Z"}, {"2024065", "2024-06-05 00:00:00Z"}, {"2024-W10-2", "2024-03-05 00:00:00Z"},
	{"2024W102", ""}, {"2024-03", "2024-01-03 00:00:00Z"}, {"2024", ""}, {"epoch", "1970-01-01 00:00:00Z"},
	{"2024-03-05 10:11", "2024-03-05 10:11:00Z"}, {"2024-03-05 10", "2024-03-05 10:00:00Z"},
	{"2024-03-05 10:11:12 +02:00", "2024-03-05 08:11:12Z"}, {"2024-03-05 10:11:12+02:00", "2024-03-05 10:11:12Z"},
	{"2024-03-05 10:11:12 -0230", "2024-03-05 12:41:12Z"}, {"2024-03-05 10:11:12 +02", "2024-03-05 08:11:12Z"},
	{"T10:11:12", "2026-11-23 10:11:12Z"}, {"10:11:12", "2026-11-23 10:11:12Z"}, {"T10", "2026-11-23 10:00:00Z"},
	{"T1011", "2026-11-23 10:11:00Z"}, {"10:11", "2026-11-23 10:11:00Z"},
	{"2024-03-05 24:00:00", "2024-03-06 00:00:00Z"}, {"2024-03-05 24:00:01", ""}, {"2024-02-30", ""}, {"2023-366", ""},
	{"2024-13-01", ""}, {"2024-00-01", ""}, {"2024-W54-1", ""}, {"2024-W10-8", ""}, {"2024-W10", ""},
	{"2024-3-5", "2024-03-05 00:00:00Z"}, {"2024-03-05 1:2:3", "2024-03-05 01:02:03Z"}, {"2024-03-05 10:60", ""},
	{"2024-03-05 10:11:60", ""}, {"bogus", ""}, {"", ""}, {"2024-03-05 x", ""}, {"2024-03-05Z", "2024-03-05 00:00:00Z"},
	{"2024-03-05 10:11:12 Z", "2024-03-05 10:11:12Z"}, {"2024-03-05 10:11:12.5", "2024-03-05 10:11:12Z"},
	{"2024-03-05,10:11:12", "2024-03-05 00:00:00Z"}, {"2024-03-05 10:11:12 CET", "2024-03-05 10:11:12Z"},
	{"1", ""}, {"12", ""}, {"1010", ""}, {"101112", ""}, {"1700000000", ""}, {"2024-W1-1", "2024-01-01 00:00:00Z"},
	{"2024-60", "2024-02-29 00:00:00Z"}, {"2024-366", "2024-12-31 00:00:00Z"}, {"2024-03-05T10:11:12 -01:30", "2024-03-05 11:41:12Z"},
}

func TestParseTime(t *testing.T) {
	ref := time.Date(2026, 11, 23, 22, 35, 0, 0, time.UTC)
	for _, c := range dates {
		got := ""
		if v, err := ParseTime(c.in, ref); err == nil {
			got = v.UTC().Format("2006-01-02 15:04:05Z")
		}
		if got != c.want {
			t.Errorf("ParseTime(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	berlin := ref.In(time.FixedZone("CET", 3600))
	for in, want := range map[string]string{"2024-07-01": "00:00", "2024-07-01 10:00": "09:00", "T10:00": "09:00", "2024-07-01 10:00 +05:00": "05:00"} {
		if v, err := ParseTime(in, berlin); err != nil || v.UTC().Format("15:04") != want {
			t.Errorf("ParseTime(%q) at +01:00 = %v, %v, want %s UTC", in, v, err, want)
		}
	}
}

func TestDurationAddTo(t *testing.T) {
	for _, c := range []struct{ from, d, want string }{ // recorded from iso8601 -d FROM -D D
		{"2024-01-31", "P1M", "2024-02-29 00:00:00"}, {"2024-01-31", "P2M", "2024-03-31 00:00:00"},
		{"2024-12-31", "P1Y", "2025-12-31 00:00:00"}, {"2024-02-29", "P1Y", "2025-03-01 00:00:00"},
		{"2024-02-29", "P4Y", "2028-02-29 00:00:00"}, {"2024-03-31", "P-1M", "2024-02-29 00:00:00"},
		{"2024-01-01", "P-1M", "2023-12-01 00:00:00"}, {"2024-01-31", "P13M", "2025-02-28 00:00:00"},
		{"2024-01-31", "P1M1D", "2024-03-01 00:00:00"}, {"2024-01-31", "P2W3D", "2024-02-17 00:00:00"},
		{"2024-01-31 10:00:00", "P1Y2M3DT4H5M6S", "2025-04-03 14:05:06"}, {"2024-01-31 10:00:00", "PT90000S", "2024-02-01 11:00:00"},
		{"2024-01-31 10:00:00", "PT1H/foo", "2024-01-31 11:00:00"}, {"2024-01-31 10:00:00", "P1D foo", "2024-02-01 10:00:00"},
		{"2024-01-31 10:00:00", "P1H", "2024-01-31 11:00:00"}, {"2024-01-01 00:00:00", "PT-1S", "2023-12-31 23:59:59"},
	} {
		from, err := ParseTime(c.from, time.Unix(0, 0).UTC())
		if err != nil {
			t.Fatal(err)
		}
		d, err := ParseDuration(c.d)
		if got := d.AddTo(from).Format("2006-01-02 15:04:05"); err != nil || got != c.want {
			t.Errorf("%s + %s = %s (%v), want %s", c.from, c.d, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "P", "P1", "PT1.5S", "P1X", "p1d", "P99999999999S", "PM1", "PT1S2", "1D"} {
		if d, err := ParseDuration(bad); err == nil {
			t.Errorf("ParseDuration(%q) = %+v, want an error", bad, d)
		}
	}
}

func TestParseInterval(t *testing.T) {
	for _, c := range []struct {
		in string
		ms int64 // as in the operation keys that Debian's crm_simulate makes of it; 0 also for "invalid"
	}{
		{"20s", 20000}, {"5min", 300000}, {"PT5M", 300000}, {"10", 10000}, {"100ms", 100}, {" 10 s", 10000}, {"10 ", 10000},
		{"1.5s", 1000}, {"1.9", 1000}, {"5000us", 5}, {"1h", 3600000}, {"2 hours", 7200000}, {"1m", 60000}, {"bogus", 0},
		{"10x", 0}, {"-5", 0}, {"", 0}, {"P1D", 0}, {"P2D", 86400000}, {"P1W", 518400000}, {"P1Y", 0}, {"P2Y", 4294967295},
		{"P1M", 2592000000}, {"P1DT1H", 3600000}, {"PT1.5S", 0}, {"PT90S/x", 90000}, {"5000000", 4294967295},
		{"4294967", 4294967000}, {"4294968", 4294967295}, {"99999999999", 4294967295}, {"0", 0}, {"+5", 0}, {"5MS", 5},
		{"1M", 60000}, {"1H30M", 3600000}, {"P", 0}, {"PT", 0}, {".5s", 0}, {"1,5", 0}, {"0.9s", 0}, {"10sec", 10000},
		{"1.2.3s", 1000}, {"P1Y1M1D", 2592000000}, {"P-1D", 0}, {"pt5m", 0}, {"10us", 0}, {"5 0", 0}, {"99999999999999999999s", 4294967295},
	} {
		if d, _ := ParseInterval(c.in); d.Milliseconds() != c.ms {
			t.Errorf("ParseInterval(%q) = %v, want %d ms", c.in, d, c.ms)
		}
	}
	if _, ok := ParseInterval("bogus"); ok {
		t.Error("bogus is taken for an interval")
	}
}

func TestScalars(t *testing.T) {
	for in, want := range map[string]int{"INFINITY": Infinity, "+INFINITY": Infinity, "-INFINITY": -Infinity, "+infinity": 0, "12abc": 12,
		" -7": -7, "": 0, "99999999": Infinity, "-99999999999999999999999": -Infinity, "+5": 5} {
		if got := ParseScore(in); got != want {
			t.Errorf("ParseScore(%q) = %d, want %d", in, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"1.10", "1.9", 1}, {"1", "1.0.0", 0}, {"3.0.13", "3.0.14", -1}, {"", "0", -1}, {"", "", 0}, {"1.a", "1", 0}} {
		if got := CompareVersions(c.a, c.b); got != c.want {
			t.Errorf("CompareVersions(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, c := range dates {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := ParseTime(s, time.Unix(1e9, 0)); err == nil && v.Year() < -1 {
			t.Fatalf("%q: year %d", s, v.Year())
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"P1Y2M3DT4H5M6S", "PT-1S", "P1W/x", "5min", "1.5s", "P999999999Y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDuration(s); err == nil {
			d.AddTo(time.Unix(1e9, 0))
		}
		if d, ok := ParseInterval(s); d < 0 || !ok && d != 0 {
			t.Fatalf("ParseInterval(%q) = %v, %v", s, d, ok)
		}
	})
}
