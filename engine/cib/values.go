package cib

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// valueType is the set of values that an attribute may have.
type valueType struct {
	words     []string // only these, or with except all but these
	except    bool
	id, idref bool
	check     func(string) bool
	name      string // for messages: "is not NAME"
}

// valueTypes are the types that the table names.
var valueTypes = map[string]valueType{
	"":        {},
	"ID":      {id: true, check: isNCName, name: "an id (letters, digits, \"-\", \"_\" and \".\", a letter or \"_\" first)"},
	"IDREF":   {idref: true, check: isNCName, name: "an id"},
	"int":     {check: isInteger, name: "an integer"},
	"uint":    {check: func(s string) bool { return isInteger(s) && (s[0] != '-' || isZero(s)) }, name: "an integer from 0"},
	"posint":  {check: func(s string) bool { return isInteger(s) && s[0] != '-' && !isZero(s) }, name: "an integer from 1"},
	"bool":    {words: []string{"true", "false", "1", "0"}},
	"score":   {check: isScore, name: "a score (an integer, INFINITY or -INFINITY)"},
	"devices": {check: isDeviceList, name: "a list of devices with commas and without blanks"},
	"range":   {check: func(s string) bool { return s != "" && strings.Trim(s, "0123456789-") == "" }, name: "a range of ports"},
}

// storable is s with U+FFFD for each character that XML cannot hold (control characters, broken UTF-8): what
// agents and daemons say is kept, and the document stays readable.
func storable(s string) string {
	if isStorable(s) {
		return s
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' && !strings.ContainsRune(xmlBlanks, c) {
			return utf8.RuneError
		}
		return c
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

func isStorable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' && strings.IndexByte(xmlBlanks, s[i]) < 0 {
			return false
		}
	}
	return utf8.ValidString(s)
}

// blanks are those of XML; unicode has more.
const xmlBlanks = " \t\r\n"

// problem tells what is wrong with a value, "" for nothing.
func (v *valueType) problem(value string) string {
	switch {
	case v.check != nil:
		if !v.check(collapse(value)) {
			return "is not " + v.name
		}
	case v.words != nil && v.except:
		if slices.Contains(v.words, value) {
			return "is not allowed any more"
		}
	case v.words != nil:
		if !slices.Contains(v.words, collapse(value)) {
			return "is not one of " + strings.Join(v.words, ", ")
		}
	}
	return ""
}

// collapse drops the blanks around a value and all but one between words.
func collapse(s string) string {
	if !strings.ContainsAny(s, xmlBlanks) {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(xmlBlanks, c) }), " ")
}

func isInteger(s string) bool {
	digits := strings.TrimLeft(s, "+-")
	return digits != "" && len(s)-len(digits) <= 1 && strings.Trim(digits, "0123456789") == ""
}

func isZero(s string) bool { return strings.Trim(s, "+-0") == "" }

func isScore(s string) bool {
	return s == "INFINITY" || s == "+INFINITY" || s == "-INFINITY" || isInteger(s)
}

// isNCName tells whether s is an XML name without colon.
func isNCName(s string) bool {
	for i, c := range s {
		switch {
		case c == '_' || unicode.IsLetter(c):
		case i > 0 && (c == '-' || c == '.' || c == '·' || unicode.IsDigit(c) || unicode.Is(unicode.M, c)):
		default:
			return false
		}
	}
	return s != ""
}

func isDeviceList(s string) bool {
	for _, name := range strings.Split(s, ",") {
		if name == "" {
			return false
		}
		for i := 0; i < len(name); i++ {
			if !isNameByte(name[i]) || name[i] == ':' {
				return false
			}
		}
	}
	return true
}
