package tools

import "testing"

// TestFit: what does not fit is cut at the end, and it is said how much; the line for the cursor stays free.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		text       string
		cols, rows int
		want       string
	}{
		{"a\nb\n", 80, 24, "a\nb\n"},
		{"a\nb\n", 80, 3, "a\nb\n"},
		{"a\nb\nc\n", 80, 3, "a\n(2 more lines)\n"},
		{"a\nb\nc\nd\n", 10, 4, "a\nb\n(2 more li\n"},
		{"1234567890\nb\nc\nd\n", 4, 5, "1234567890\n(3 m\n"}, // takes three lines
		{"\tx\nb\nc\n", 8, 4, "\tx\n(2 more \n"},              // so does a tab reach beyond the edge
		{"a\n", 80, 1, "(1 more line)\n"},
		{"", 80, 24, ""},
	} {
		if got := fit(c.text, c.cols, c.rows); got != c.want {
			t.Errorf("%q in %d×%d: %q, not %q", c.text, c.cols, c.rows, got, c.want)
		}
	}
}

func TestScreenLines(t *testing.T) {
	for text, want := range map[string]int{"": 0, "a\n": 1, "\n\n": 2, "12345\n": 1, "123456\n": 2, "\tab\n": 2, "äöüäö\n1234567890\nx\n": 4} {
		if got := ScreenLines(text, 5); got != want {
			t.Errorf("%q: %d lines, want %d", text, got, want)
		}
	}
}
