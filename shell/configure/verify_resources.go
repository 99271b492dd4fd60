package configure

import (
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/ra"
)

// checkResources checks primitives, templates and containers against the metadata of agents and of meta attributes.
func checkResources(v *verifier) {
	objs := v.b.objects()
	sortObjects(objs, false)
	defaults := v.b.opDefaultTimeout()
	for _, e := range objs {
		switch {
		case e.Tag == "primitive" || e.Tag == "template":
			tables := []*ra.Metadata{ra.MetaAttributes()}
			if c := container(e); c != nil && c.Tag == "bundle" { // it runs as a clone
				tables = append(tables, ra.CloneAttributes())
			}
			v.metaAttributes(e, tables...)
			v.primitive(e, defaults)
		case isContainer(e.Tag):
			v.metaAttributes(e, ra.MetaAttributes(), ra.CloneAttributes())
		}
	}
}

// legacyMeta are meta attributes that are read though they are in no table.
var legacyMeta = map[string]bool{"master-max": true, "master-node-max": true, "resource-failure-stickiness": true,
	"remote-clear-port": true, "remote-tls-port": true, "collocated": true, "container": true, "provides": true,
	"restart-type": true}

// metaAttributes checks names and values against tables.
func (v *verifier) metaAttributes(e *etree.Element, tables ...*ra.Metadata) {
	for _, s := range e.SelectElements("meta_attributes") {
		v.options(idOf(e), s, tables...)
	}
}

// options checks the pairs of one set against tables of options.
func (v *verifier) options(id string, s *etree.Element, tables ...*ra.Metadata) {
	for _, nv := range s.SelectElements("nvpair") {
		n := attr(nv, "name")
		var p *ra.Parameter
		var known []string
		for _, t := range tables {
			if p == nil {
				p = t.Parameter(n)
			}
			for i := range t.Parameters {
				known = append(known, t.Parameters[i].Name)
			}
		}
		switch {
		case n == "" || legacyMeta[n] || attr(nv, "value") == "#default":
		case p == nil:
			v.warn("%s: unknown attribute '%s'%s", id, n, meant(n, known))
		default:
			if val := nv.SelectAttr("value"); val != nil {
				if err := ra.Check(p, val.Value); err != nil {
					v.warn("%s: value '%s' of attribute '%s': %v", id, val.Value, n, err)
				}
			}
		}
	}
}

// primitive checks one primitive or template against its agent.
func (v *verifier) primitive(e *etree.Element, defaultTimeout string) {
	id := idOf(e)
	a, ok := v.b.agentOf(e)
	if !ok {
		v.error("%s: no such resource template%s", attr(e, "template"), meant(attr(e, "template"), v.b.IDs(func(e *etree.Element) bool { return e.Tag == "template" })))
		return
	}
	v.operationRules(id, e)
	m := v.b.meta(a)
	if m == nil {
		if v.b.opt.Agents != nil && !v.b.opt.IgnoreMissingMetadata {
			v.warn("%s: could not check the agent: %s is not installed on this machine%s", id, a, v.b.similar(a))
		}
		return
	}
	v.parameters(id, e, m)
	v.timeouts(id, e, m, defaultTimeout)
	v.monitorIntervals(id, e, m)
}

// paramsOf returns the instance attributes of a primitive with those of its template; has tells whether
// some come from another set by reference, so that nothing can be said about what is missing.
func (b *Buffer) paramsOf(e *etree.Element) (values map[string]string, names []string, reference bool) {
	values = map[string]string{}
	from := []*etree.Element{e}
	if t := b.ids[attr(e, "template")]; t != nil {
		from = append(from, t)
	}
	for _, x := range from {
		for _, s := range x.SelectElements("instance_attributes") {
			if ref := s.SelectAttr("id-ref"); ref != nil {
				if s = b.ids[ref.Value]; s == nil {
					reference = true
					continue
				}
			}
			for _, nv := range s.SelectElements("nvpair") {
				if ref := nv.SelectAttr("id-ref"); ref != nil {
					if t := b.ids[ref.Value]; t != nil {
						nv = t
					}
				}
				n := attr(nv, "name")
				if _, have := values[n]; !have {
					values[n] = attr(nv, "value")
					names = append(names, n)
				}
			}
		}
	}
	return values, names, reference
}

func (v *verifier) parameters(id string, e *etree.Element, m *ra.Metadata) {
	values, names, reference := v.b.paramsOf(e)
	say := v.error
	if v.b.opt.Relaxed {
		say = v.warn
	}
	if e.Tag == "primitive" && !reference {
		for i := range m.Parameters {
			p := &m.Parameters[i]
			if _, have := values[p.Name]; p.Required && !have && !replaced(p, values) && !isFencing(m, p.Name) {
				say("%s: required parameter \"%s\" not defined", id, p.Name)
			}
		}
	}
	if len(m.Parameters) == 0 && m.Agent.Class != "ocf" {
		return
	}
	for _, n := range names {
		if m.Parameter(n) == nil && !alwaysKnown(m, n) {
			say("%s: parameter \"%s\" is not known%s", id, n, meant(n, parameterNames(m)))
		}
	}
}

// replaced tells whether a parameter that took the place of p is given.
func replaced(p *ra.Parameter, values map[string]string) bool {
	for _, r := range p.ReplacedBy {
		if _, have := values[r]; have {
			return true
		}
	}
	return false
}

// isFencing tells whether a fence agent gets the parameter from the fencer, not from the configuration.
func isFencing(m *ra.Metadata, name string) bool {
	return m.Agent.Class == "stonith" && (name == "action" || name == "port" || name == "plug" || name == "nodename")
}

func alwaysKnown(m *ra.Metadata, name string) bool {
	if m.Agent.Class == "stonith" {
		return strings.HasPrefix(name, "pcmk_") || name == "stonith-timeout" || name == "priority"
	}
	return strings.HasPrefix(name, "trace_") || name == "OCF_CHECK_LEVEL" || strings.HasPrefix(name, "$")
}

func parameterNames(m *ra.Metadata) []string {
	out := make([]string, len(m.Parameters))
	for i := range m.Parameters {
		out[i] = m.Parameters[i].Name
	}
	return out
}

func opsOf(e *etree.Element) []*etree.Element { return e.FindElements("operations/op") }

// opDefaultTimeout is the timeout of operations that have none.
func (b *Buffer) opDefaultTimeout() string {
	if s := b.doc.Section("op_defaults"); s != nil {
		for _, m := range s.SelectElements("meta_attributes") {
			if t := valueOf(m, "timeout"); t != "" && m.SelectElement("rule") == nil {
				return t
			}
		}
	}
	return "20s"
}

// timeouts compares with what the agent advises. Start and stop are compared even when they are not configured.
func (v *verifier) timeouts(id string, e *etree.Element, m *ra.Metadata, defaultTimeout string) {
	seen := map[string]bool{}
	for _, op := range opsOf(e) {
		n := attr(op, "name")
		seen[n] = true
		if n != "" && action(m, n) == nil {
			v.warn("%s: action '%s' not found in Resource Agent meta-data%s", id, n, meant(n, actionNames(m)))
		}
		act := advisedAction(m, op)
		if act == nil {
			continue
		}
		word, t := "specified", attr(op, "timeout")
		if t == "" {
			word, t = "default", defaultTimeout
		}
		if shorter(t, act.Timeout) {
			v.warn("%s: %s timeout %s for %s is smaller than the advised %s", id, word, t, n, act.Timeout)
		}
	}
	for _, n := range []string{"start", "stop"} {
		if act := action(m, n); act != nil && !seen[n] && shorter(defaultTimeout, act.Timeout) {
			v.warn("%s: default timeout %s for %s is smaller than the advised %s", id, defaultTimeout, n, act.Timeout)
		}
	}
}

func actionNames(m *ra.Metadata) []string {
	var out []string
	for _, a := range m.Actions {
		out = append(out, a.Name)
	}
	return out
}

func shorter(a, b string) bool {
	x, ok1 := Milliseconds(a)
	y, ok2 := Milliseconds(b)
	return ok1 && ok2 && x < y
}

var timeUnits = map[string]time.Duration{"": time.Second, "ms": time.Millisecond, "msec": time.Millisecond, "us": time.Microsecond,
	"usec": time.Microsecond, "s": time.Second, "sec": time.Second, "m": time.Minute, "min": time.Minute, "h": time.Hour, "hr": time.Hour}

// Milliseconds reads a time such as "20", "20s", "1min" or "500ms"; ok is false for anything else.
func Milliseconds(s string) (ms int64, ok bool) {
	s = strings.TrimSpace(s)
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if i < 0 {
		i = len(s)
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	unit, known := timeUnits[strings.ToLower(strings.TrimSpace(s[i:]))]
	if err != nil || !known || n > int64(1<<62)/int64(unit) {
		return 0, false
	}
	return n * int64(unit) / int64(time.Millisecond), true
}

// opValues are the values that attributes of an op can have.
var opValues = map[string][]string{
	"on-fail": {"ignore", "block", "demote", "stop", "restart", "standby", "fence", "restart-container"},
	"role":    {"Stopped", "Started", "Promoted", "Unpromoted", "Master", "Slave"},
	"enabled": {"true", "false"}, "record-pending": {"true", "false"},
	"requires": {"nothing", "quorum", "fencing", "unfencing"},
}

// operationRules checks what needs no metadata: attribute values and intervals.
func (v *verifier) operationRules(id string, e *etree.Element) {
	for _, op := range opsOf(e) {
		n := attr(op, "name")
		for k, values := range opValues {
			if a := op.SelectAttr(k); a != nil && !contains(values, a.Value) {
				v.warn("%s: op '%s' attribute '%s' value '%s' not recognized%s", id, n, k, a.Value, meant(a.Value, values))
			}
		}
		if i := attr(op, "interval"); n != "monitor" && i != "" {
			if ms, ok := Milliseconds(i); ok && ms != 0 && (n == "start" || n == "stop" || n == "promote" || n == "demote") {
				v.warn("%s: Specified interval for %s is %s, it must be 0", id, n, i)
			}
		}
	}
}

// monitorIntervals: a monitor wants an interval above 0, and each its own.
func (v *verifier) monitorIntervals(id string, e *etree.Element, m *ra.Metadata) {
	seen := map[int64]bool{}
	for _, op := range opsOf(e) {
		if attr(op, "name") != "monitor" {
			continue
		}
		ms, ok := Milliseconds(attr(op, "interval"))
		if !ok {
			continue
		}
		adv := "None"
		if act := advisedAction(m, op); act != nil && act.Interval != "" {
			adv = act.Interval
		}
		switch {
		case ms == 0:
			v.warn("%s: interval in monitor should be larger than 0, advised is %s", id, adv)
		case seen[ms]:
			v.warn("%s: interval in monitor must be unique, advised is %s", id, adv)
		}
		seen[ms] = true
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
