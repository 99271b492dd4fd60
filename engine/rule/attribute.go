package rule

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

func attributeExpression(e *etree.Element, env *Env) bool {
	if env.NodeAttr == nil {
		return false
	}
	left, hasLeft := env.NodeAttr(submatch(e.SelectAttrValue("attribute", ""), env.Submatch))
	right, hasRight := env.rightSide(e)
	op := strings.ToLower(e.SelectAttrValue("operation", ""))
	switch op {
	case "defined":
		return hasLeft
	case "not_defined":
		return !hasLeft
	}
	if !hasLeft || !hasRight {
		return op == "eq" && hasLeft == hasRight || op == "ne" && hasLeft != hasRight
	}
	c := compare(left, right, comparison(e, op, left, right))
	switch op {
	case "eq":
		return c == 0
	case "ne":
		return c != 0
	case "lt":
		return c < 0
	case "lte":
		return c <= 0
	case "gt":
		return c > 0
	case "gte":
		return c >= 0
	}
	return false
}

// rightSide is the value to compare with; an empty one counts as undefined.
func (env *Env) rightSide(e *etree.Element) (string, bool) {
	v := e.SelectAttrValue("value", "")
	var from func(string) (string, bool)
	switch e.SelectAttrValue("value-source", "literal") {
	case "param":
		from = env.Param
	case "meta":
		from = env.Meta
	default:
		return v, v != ""
	}
	if from == nil || v == "" {
		return "", false
	}
	return from(v)
}

// submatch replaces %0 to %9 by the groups of a resource pattern.
func submatch(name string, groups []string) string {
	if len(groups) == 0 || !strings.Contains(name, "%") {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '%' && i+1 < len(name) && name[i+1] >= '0' && name[i+1] <= '9' {
			if n := int(name[i+1] - '0'); n < len(groups) {
				b.WriteString(groups[n])
			}
			i++
			continue
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// comparison chooses how to compare: as told, else text for eq and ne, numbers for the rest.
func comparison(e *etree.Element, op, left, right string) string {
	if a := e.SelectAttr("type"); a != nil {
		return strings.ToLower(a.Value)
	}
	switch {
	case op == "eq" || op == "ne":
		return "string"
	case strings.Contains(left, ".") || strings.Contains(right, "."):
		return "number"
	}
	return "integer"
}

func compare(a, b, how string) int {
	switch how {
	case "integer":
		x, okX := leadingInt(a)
		y, okY := leadingInt(b)
		if okX && okY {
			return order(x, y)
		}
	case "number":
		x, okX := leadingFloat(a)
		y, okY := leadingFloat(b)
		if okX && okY {
			return order(x, y)
		}
	case "version":
		return CompareVersions(a, b)
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

func order[T int64 | float64](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// leadingFloat reads the longest number at the start of s; trailing garbage is dropped.
func leadingFloat(s string) (float64, bool) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end, dot, exp := 0, false, false
	for ; end < len(s); end++ {
		switch c := s[end]; {
		case c >= '0' && c <= '9':
		case c == '.' && !dot && !exp:
			dot = true
		case (c == '-' || c == '+') && (end == 0 || s[end-1] == 'e' || s[end-1] == 'E'):
		case (c == 'e' || c == 'E') && end > 0 && !exp:
			exp = true
		default:
			return longestFloat(s[:end])
		}
	}
	return longestFloat(s)
}

func longestFloat(s string) (float64, bool) {
	for ; s != ""; s = s[:len(s)-1] {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f, true
		}
	}
	return 0, false
}
