package rule

import (
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Evaluate tells whether a <rule> (or any single expression) is in effect, and the earliest time at which the answer may
// change by itself; zero: never. Evaluation ends where the result is certain: what was not looked at cannot change it earlier.
func Evaluate(rule *etree.Element, env Env) (match bool, next time.Time) {
	return evaluate(rule, &env, maxDepth)
}

// maxDepth bounds the nesting of rules, so that rules that refer to themselves end.
const maxDepth = 64

func evaluate(e *etree.Element, env *Env, depth int) (bool, time.Time) {
	if depth == 0 {
		return false, time.Time{}
	}
	switch e = env.resolve(e); e.Tag {
	case "rule":
		return evaluateRule(e, env, depth)
	case "date_expression":
		return dateExpression(e, env)
	case "rsc_expression":
		return rscExpression(e, env), time.Time{}
	case "op_expression":
		return opExpression(e, env), time.Time{}
	case "expression":
		if e.SelectAttrValue("attribute", "") == "#role" {
			return false, time.Time{} // rules are evaluated before any role is decided
		}
		return attributeExpression(e, env), time.Time{}
	}
	return false, time.Time{}
}

func evaluateRule(e *etree.Element, env *Env, depth int) (match bool, next time.Time) {
	or := strings.EqualFold(e.SelectAttrValue("boolean-op", ""), "or")
	for _, c := range e.ChildElements() {
		ok, t := evaluate(c, env, depth-1)
		next = Earlier(next, t)
		if ok == or {
			return or, next
		}
	}
	return !or, next
}

// inEffect tells whether a set, lifetime or other element with rules applies: it has none, or any of them passes.
func inEffect(e *etree.Element, env *Env) (ok bool, next time.Time) {
	ok = true
	for _, r := range e.ChildElements() {
		if r.Tag != "rule" {
			continue
		}
		var t time.Time
		ok, t = evaluate(r, env, maxDepth)
		next = Earlier(next, t)
		if ok {
			break
		}
	}
	return ok, next
}

// Earlier returns the earlier of two times of change, where zero means never.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func dateExpression(e *etree.Element, env *Env) (bool, time.Time) {
	now := env.Now
	op := e.SelectAttrValue("operation", "in_range")
	if strings.EqualFold(op, "date_spec") {
		spec := e.SelectElement("date_spec")
		if spec == nil {
			return true, time.Time{} // nothing asked for, nothing missed
		}
		if env.NoSpecChanges {
			return matchSpec(spec, now), time.Time{}
		}
		return matchSpec(spec, now), nextSpecChange(spec, now)
	}
	at := func(name string) time.Time {
		t, err := ParseTime(e.SelectAttrValue(name, ""), now)
		if err != nil {
			return time.Time{}
		}
		return t
	}
	start, end := at("start"), at("end")
	if d := e.SelectElement("duration"); d != nil && end.IsZero() && !start.IsZero() {
		end = durationElement(d).AddTo(start.In(now.Location()))
	}
	now = now.Truncate(time.Second)
	switch strings.ToLower(op) {
	case "in_range":
		return dateRange(start, end, now)
	case "gt":
		return !start.IsZero() && now.After(start), after(start, now)
	case "lt":
		return !end.IsZero() && now.Before(end), from(end, now)
	}
	return false, time.Time{}
}

// dateRange has both ends inside; at least one must be given.
func dateRange(start, end, now time.Time) (bool, time.Time) {
	switch {
	case start.IsZero() && end.IsZero():
		return false, time.Time{}
	case !start.IsZero() && now.Before(start):
		return false, start
	case !end.IsZero() && now.After(end):
		return false, time.Time{}
	}
	return true, after(end, now)
}

// after returns the first second later than t, if that is still to come.
func after(t, now time.Time) time.Time {
	if t.IsZero() || now.After(t) {
		return time.Time{}
	}
	return t.Add(time.Second)
}

// from returns t, if it is still to come.
func from(t, now time.Time) time.Time {
	if t.After(now) {
		return t
	}
	return time.Time{}
}

// rscExpression wants the provider to agree exactly, absence included; class and type only where they are given.
func rscExpression(e *etree.Element, env *Env) bool {
	if !env.Resource {
		return false
	}
	given := func(name, have string) bool {
		a := e.SelectAttr(name)
		return a == nil || a.Value == have
	}
	return given("class", env.Class) && given("type", env.Type) && e.SelectAttrValue("provider", "") == env.Provider
}

func opExpression(e *etree.Element, env *Env) bool {
	if env.OpName == "" || e.SelectAttrValue("name", "") != env.OpName {
		return false
	}
	a := e.SelectAttr("interval")
	if a == nil {
		return true
	}
	d, ok := ParseInterval(a.Value)
	return ok && d == env.OpInterval
}
