package tools

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/rule"
)

var ruleCommand = &command{
	name: "crm_rule", formats: true,
	summary: "crm_rule - evaluate rules of the configuration",
	options: []option{
		{long: "check", short: 'c', help: "Check whether a rule is in effect"},
		{long: "xml-text", short: 'X', arity: value, hint: "XML", help: "Look for the rule in this XML (- = stdin) instead of the CIB"},
		{long: "date", short: 'd', arity: value, hint: "DATE", help: "As of this date instead of now"},
		{long: "rule", short: 'r', arity: value, hint: "ID", help: "The rule; may be given several times"},
	},
}

// crmRule tells for each rule whether it is in effect; the last one gives the exit code.
func crmRule(k *call) exit.Code {
	switch {
	case !k.has("check"):
		k.out.fail("No mode operation given")
		return exit.Usage
	case !k.has("rule"):
		k.out.fail("--check requires use of --rule=")
		return exit.Usage
	}
	now := k.Now()
	if d := k.get("date"); d != "" {
		t, err := rule.ParseTime(d, now)
		if err != nil {
			k.out.fail("Invalid date specified: '%s'", d)
			return exit.DataErr
		}
		now = t
	}
	root, code := k.ruleSource()
	if code != exit.OK {
		return code
	}
	for _, id := range k.all("rule") {
		code = k.checkRule(root, id, now)
	}
	return code
}

// ruleSource is the XML that holds the rules.
func (k *call) ruleSource() (*etree.Element, exit.Code) {
	if !k.has("xml-text") {
		_, doc, err := k.load()
		if err != nil {
			k.out.note("CIB query failed: Input file not available")
			return nil, exit.NoInput
		}
		return doc.Root(), exit.OK
	}
	text := k.get("xml-text")
	if text == "-" {
		data, err := io.ReadAll(k.In)
		if err != nil {
			k.out.fail("Couldn't read from stdin: %v", err)
			return nil, exit.IOErr
		}
		text = string(data)
	}
	root, err := cib.ParseElement(text)
	if err != nil {
		k.out.fail("Couldn't parse input string: %s", strings.TrimSpace(text))
		return nil, exit.DataErr
	}
	return root, exit.OK
}

// checkRule tells about one rule. Only rules with one date expression have an answer that does not depend
// on a node.
func (k *call) checkRule(root *etree.Element, id string, now time.Time) exit.Code {
	unclear := func(code exit.Code, why string) exit.Code {
		k.out.note("Could not determine whether rule %s is in effect: %s", id, why)
		return code
	}
	found := findRule(root, id)
	if found == nil {
		return unclear(exit.NoSuch, "Rule not found")
	}
	dates := found.FindElements(".//date_expression")
	switch {
	case len(dates) == 0:
		return unclear(exit.Unimplemented, "Rule does not have a date expression")
	case len(dates) > 1:
		return unclear(exit.Unimplemented, "Rule has more than one date expression")
	}
	spec := dates[0].SelectElement("date_spec")
	if dates[0].SelectAttrValue("operation", "") == "date_spec" && (spec == nil || spec.SelectAttr("years") == nil || spec.SelectAttr("moon") != nil) {
		return unclear(exit.Unimplemented, "Rule must either not use date_spec, or use date_spec with years= but not moon=")
	}
	code := dateState(dates[0], now)
	k.out.printf("Rule %s %s\n", id, map[exit.Code]string{exit.OK: "is still in effect", exit.Expired: "is expired",
		exit.NotYetInEffect: "has not yet taken effect", exit.Unsatisfied: "does not apply now"}[code])
	k.out.element("rule-check", "rule-id", id, "rc", strconv.Itoa(int(code)))
	return code
}

// findRule finds the rule of that id.
func findRule(e *etree.Element, id string) *etree.Element {
	if e.Tag == "rule" && e.SelectAttrValue("id", "") == id {
		return e
	}
	for _, c := range e.ChildElements() {
		if r := findRule(c, id); r != nil {
			return r
		}
	}
	return nil
}

// dateState tells whether now is within, before or after what a date expression allows.
func dateState(e *etree.Element, now time.Time) exit.Code {
	match, next := rule.Evaluate(e, rule.Env{Now: now})
	if match {
		return exit.OK
	}
	if spec := e.SelectElement("date_spec"); spec != nil && e.SelectAttrValue("operation", "") == "date_spec" {
		first, last, _ := strings.Cut(spec.SelectAttrValue("years", ""), "-")
		if last == "" {
			last = first
		}
		switch year := now.UTC().Year(); {
		case year < rule.ParseInt(first):
			return exit.NotYetInEffect
		case year > rule.ParseInt(last):
			return exit.Expired
		}
		return exit.Unsatisfied
	}
	if next.After(now) {
		return exit.NotYetInEffect
	}
	return exit.Expired
}
