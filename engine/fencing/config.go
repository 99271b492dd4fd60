package fencing

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/cib"
	"quorate/engine/rule"
	"quorate/ra/meta"
)

// Config is what the configuration says of fencing.
type Config struct {
	Devices  []Device // in the order in which they are tried
	Levels   []Level  // by index
	Timeout  time.Duration
	Watchdog time.Duration // stonith-watchdog-timeout: a lost node has reset itself after this time; 0: no
}

// Level is one fencing level of a target: all its devices must succeed. Exactly one of Node, Pattern and
// Attribute says whose.
type Level struct {
	ID               string
	Index            int
	Node             string
	Pattern          *regexp.Regexp
	Attribute, Value string
	Devices          []string
}

// Read takes devices and levels from a document as of a time. metadata gives an agent's metadata, nil if it
// is not installed; without one, every agent is taken for a usual one.
func Read(doc *cib.Document, now time.Time, metadata func(agent string) *meta.Metadata) Config {
	r := reader{doc: doc, env: rule.Env{Now: now}, metadata: metadata}
	r.env.ByID = func(_, id string) *etree.Element { return doc.ByID(id) }
	properties := map[string]string{}
	rule.Merge{First: "cib-bootstrap-options"}.Unpack(properties, rule.Children(doc.Section("crm_config"), "cluster_property_set"), r.env)
	var c Config
	c.Timeout, _ = span(properties["stonith-timeout"])
	c.Watchdog, _ = span(properties["stonith-watchdog-timeout"])
	rule.Merge{}.Unpack(r.defaultsInto(), rule.Children(doc.Section("rsc_defaults"), "meta_attributes"), r.env)
	r.devices(doc.Section("resources"), nil)
	r.bans(doc.Section("constraints"))
	c.Devices = r.out
	sort.SliceStable(c.Devices, func(i, j int) bool { return c.Devices[i].Priority > c.Devices[j].Priority })
	c.Levels = levels(doc.Section("fencing-topology"))
	return c
}

type reader struct {
	doc      *cib.Document
	env      rule.Env
	metadata func(string) *meta.Metadata
	defaults map[string]string
	out      []Device
	parents  map[string][]string // device → ids of the groups and clones around it
}

func (r *reader) defaultsInto() map[string]string {
	r.defaults = map[string]string{}
	r.parents = map[string][]string{}
	return r.defaults
}

// devices walks the resources; around holds the groups and clones that the walk is in.
func (r *reader) devices(e *etree.Element, around []*etree.Element) {
	if e == nil {
		return
	}
	for _, c := range e.ChildElements() {
		switch c.Tag {
		case "group", "clone", "master":
			r.devices(c, append(around[:len(around):len(around)], c))
		case "primitive":
			r.device(c, around)
		}
	}
}

func (r *reader) device(e *etree.Element, around []*etree.Element) {
	// The primitive's own values win over its template's.
	layers := []*etree.Element{e}
	class, agent := e.SelectAttrValue("class", ""), e.SelectAttrValue("type", "")
	if ref := e.SelectAttrValue("template", ""); ref != "" {
		if t := r.doc.ByID(ref); t != nil && t.Tag == "template" {
			layers = append(layers, t)
			class, agent = t.SelectAttrValue("class", ""), t.SelectAttrValue("type", "")
		}
	}
	if class != "stonith" {
		return
	}
	id := e.SelectAttrValue("id", "")
	options := map[string]string{}
	d := Device{ID: id, Agent: agent, Params: map[string]string{}, Banned: map[string]bool{}}
	for _, l := range layers {
		rule.Merge{}.Unpack(d.Params, rule.Children(l, "instance_attributes"), r.env)
		rule.Merge{}.Unpack(options, rule.Children(l, "meta_attributes"), r.env)
	}
	for i := len(around) - 1; i >= 0; i-- {
		rule.Merge{}.Unpack(options, rule.Children(around[i], "meta_attributes"), r.env)
		r.parents[id] = append(r.parents[id], around[i].SelectAttrValue("id", ""))
	}
	role := options["target-role"]
	if role == "" {
		role = r.defaults["target-role"]
	}
	if strings.EqualFold(role, "Stopped") {
		return // a stopped device is a disabled one
	}
	d.Priority, _ = strconv.Atoi(options["priority"])
	var m *meta.Metadata
	if r.metadata != nil {
		m = r.metadata(agent)
	}
	d.Describe(m)
	r.out = append(r.out, d)
}

// bans reads the location constraints that keep a device off a node: then that node does not use it. Only
// those that name resource and node can; rules and patterns say where a resource runs, and a device
// can be used from a node where it does not run.
func (r *reader) bans(constraints *etree.Element) {
	for _, l := range rule.Children(constraints, "rsc_location") {
		node := l.SelectAttrValue("node", "")
		if node == "" || rule.ParseScore(l.SelectAttrValue("score", "")) > -rule.Infinity {
			continue
		}
		for i := range r.out {
			d := &r.out[i]
			for _, id := range append([]string{d.ID}, r.parents[d.ID]...) {
				if id == l.SelectAttrValue("rsc", "") {
					d.Banned[node] = true
				}
			}
		}
	}
}

// levels reads the topology. A level with a pattern that is no regular expression is left out; the check
// of the configuration says so.
func levels(e *etree.Element) []Level {
	var out []Level
	for _, x := range rule.Children(e, "fencing-level") {
		l := Level{ID: x.SelectAttrValue("id", ""), Node: x.SelectAttrValue("target", ""),
			Attribute: x.SelectAttrValue("target-attribute", ""), Value: x.SelectAttrValue("target-value", ""),
			Devices: strings.FieldsFunc(x.SelectAttrValue("devices", ""), separators)}
		l.Index, _ = strconv.Atoi(x.SelectAttrValue("index", ""))
		if p := x.SelectAttrValue("target-pattern", ""); p != "" {
			re, err := regexp.CompilePOSIX(p)
			if err != nil {
				continue
			}
			l.Pattern = re
		}
		if l.Index > 0 && len(l.Devices) > 0 {
			out = append(out, l)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Index < out[j].Index })
	return out
}

// levelsOf returns the levels of a target: those that name it, else those whose pattern fits it, else those
// of a node attribute that it has.
func (c *Config) levelsOf(target string, attributes map[string]string) []Level {
	fits := []func(l *Level) bool{
		func(l *Level) bool { return l.Node != "" && l.Node == target },
		func(l *Level) bool { return l.Pattern != nil && l.Pattern.MatchString(target) },
		func(l *Level) bool {
			v, ok := attributes[l.Attribute]
			return l.Attribute != "" && ok && v == l.Value
		},
	}
	for _, fit := range fits {
		var out []Level
		for i := range c.Levels {
			if fit(&c.Levels[i]) {
				out = append(out, c.Levels[i])
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func (c *Config) device(id string) *Device {
	for i := range c.Devices {
		if c.Devices[i].ID == id {
			return &c.Devices[i]
		}
	}
	return nil
}

// Monitor is the run that asks a device whether it works, as stonith_admin --query does; false if there is no such
// device. It is for the caller to run: the Machine has no part in it.
func (c *Config) Monitor(device string) (RunAgent, bool) {
	d := c.device(device)
	if d == nil {
		return RunAgent{}, false
	}
	return RunAgent{Device: d.ID, Agent: d.Agent, Action: d.agentAction("monitor"), Input: d.input("monitor", ""),
		Timeout: d.timeout("monitor", c.Timeout)}, true
}
