// Package options is the built-in metadata of everything that no agent describes: the cluster options,
// the meta attributes of resources, the attributes of operations, and the pcmk_ parameters of fence
// devices. Names, types and defaults are Pacemaker 2.1's contract; the help texts are our own.
package options

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"quorate/ra/meta"
)

// daemons maps the names that people ask for (crm ra info NAME) to the tables.
var daemons = map[string]*meta.Metadata{
	"pacemaker-controld":   &Controller,
	"pacemaker-schedulerd": &Scheduler,
	"pacemaker-based":      &Based,
	"pacemaker-fenced":     &Fencing,
}

// Daemons lists the names that Cluster knows, in the order in which people meet them.
func Daemons() []string {
	return []string{"pacemaker-controld", "pacemaker-schedulerd", "pacemaker-based", "pacemaker-fenced"}
}

// Cluster returns the options of one daemon of the classic stack by its name.
func Cluster(daemon string) (*meta.Metadata, bool) {
	m, ok := daemons[daemon]
	return m, ok
}

// Property finds a cluster option (a property of crm_config) by name, nil if there is none.
func Property(name string) *meta.Parameter {
	for _, m := range []*meta.Metadata{&Controller, &Scheduler, &Based} {
		if p := m.Parameter(name); p != nil {
			return p
		}
	}
	return nil
}

// Properties lists all cluster options once, in the order of the tables.
func Properties() []meta.Parameter {
	var out []meta.Parameter
	for _, m := range []*meta.Metadata{&Controller, &Scheduler, &Based} {
		for _, p := range m.Parameters {
			if !slices.ContainsFunc(out, func(q meta.Parameter) bool { return q.Name == p.Name }) {
				out = append(out, p)
			}
		}
	}
	return out
}

func table(name, short, long string, params ...meta.Parameter) meta.Metadata {
	return meta.Metadata{Agent: meta.Agent{Type: name}, Version: "1.1", ShortDesc: short, LongDesc: long, Parameters: params}
}

// exact are the selects whose words count in lower case only; Pacemaker reads those of the others in any case.
var exact = map[string]bool{"stonith-action": true}

// Check says what is wrong with a value of the parameter, nil if it fits the type, choices and range.
// Values of type string are never wrong.
func Check(p *meta.Parameter, value string) error {
	switch p.Type {
	case "boolean":
		if !slices.Contains(booleans, strings.ToLower(value)) {
			return errors.New("must be true or false (also yes/no, on/off, 1/0)")
		}
	case "select":
		if len(p.Values) > 0 && !oneOf(p, value) {
			return errors.New("must be one of " + strings.Join(p.Values, ", "))
		}
	case "integer", "score":
		return checkNumber(p, value)
	case "percentage":
		n, err := strconv.Atoi(strings.TrimSuffix(value, "%"))
		if err != nil || n < 0 {
			return errors.New(`must be a percentage such as "80%"`)
		}
	case "time":
		if !isTime(value) {
			return errors.New(`must be a time such as "20s", "5min" or an ISO 8601 duration "PT5M"`)
		}
	}
	return nil
}

func oneOf(p *meta.Parameter, value string) bool {
	return slices.ContainsFunc(p.Values, func(v string) bool {
		return v == value || !exact[p.Name] && strings.EqualFold(v, value)
	})
}

var booleans = []string{"true", "false", "yes", "no", "on", "off", "1", "0", "y", "n"}

func checkNumber(p *meta.Parameter, value string) error {
	word := strings.ToUpper(strings.TrimPrefix(strings.TrimPrefix(value, "+"), "-"))
	if word == "INFINITY" && p.Type == "score" {
		return nil
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(value, "+"), 10, 64)
	switch {
	case err != nil && p.Type == "score":
		return errors.New("must be a score: a number, INFINITY or -INFINITY")
	case err != nil:
		return errors.New("must be a number")
	}
	low, high, _ := strings.Cut(p.Range, ":")
	if l, err := strconv.ParseInt(low, 10, 64); err == nil && n < l {
		return fmt.Errorf("must be at least %d", l)
	}
	if h, err := strconv.ParseInt(high, 10, 64); err == nil && n > h {
		return fmt.Errorf("must be at most %d", h)
	}
	return nil
}

var timeUnits = []string{"", "s", "sec", "ms", "msec", "us", "usec", "m", "min", "h", "hr"}

// isTime accepts what the field's tools accept: a number with a unit, or an ISO 8601 duration.
func isTime(value string) bool {
	v := strings.TrimSpace(value)
	if strings.HasPrefix(v, "P") || strings.HasPrefix(v, "-P") {
		return len(v) > 2 && strings.Trim(strings.TrimPrefix(v, "-"), "PTYMWDHS0123456789.,") == ""
	}
	end := strings.TrimLeft(strings.TrimLeft(v, "+-"), "0123456789")
	number := strings.TrimSuffix(v, end)
	if strings.Trim(number, "+-") == "" {
		return false
	}
	return slices.Contains(timeUnits, strings.ToLower(strings.TrimSpace(end)))
}
