package cib

import "strings"

// ParseBool reads a boolean as Pacemaker does, whatever the case of its letters: true, on, yes, y, 1
// and false, off, no, n, 0. ok is false for anything else.
func ParseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true", "on", "yes", "y", "1":
		return true, true
	case "false", "off", "no", "n", "0":
		return false, true
	}
	return false, false
}

// IsTrue tells whether s is one of the words for true.
func IsTrue(s string) bool {
	value, _ := ParseBool(s)
	return value
}
