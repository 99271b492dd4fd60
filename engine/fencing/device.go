package fencing

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"quorate/engine/executor"
	"quorate/engine/rule"
	"quorate/ra/meta"
)

// Device is one fence device: a resource of class stonith.
type Device struct {
	ID       string
	Agent    string            // fence_ipmilan
	Params   map[string]string // with the pcmk_ parameters
	Priority int               // devices of higher priority are tried first
	Banned   map[string]bool   // nodes that must not use it

	// What the agent's metadata says; Known is false when it is not installed here, and then the usual is assumed.
	Known    bool
	Actions  []string
	Plug     string // name of the parameter that takes the machine: "plug", "port" or ""
	OnTarget bool   // "on" must run on the target itself (fence_scsi)
}

// Describe fills in what the agent's metadata says; nil means that it is not known.
func (d *Device) Describe(m *meta.Metadata) {
	if m == nil {
		d.Plug = "port"
		return
	}
	d.Known = true
	for _, a := range m.Actions {
		d.Actions = append(d.Actions, a.Name)
		if a.Name == "on" && (a.OnTarget == "1" || a.OnTarget == "true") {
			d.OnTarget = true
		}
	}
	// port is the older name; agents that have both take either, and port is what the field sends.
	for _, name := range []string{"port", "plug"} {
		if m.Parameter(name) != nil {
			d.Plug = name
			return
		}
	}
}

// supports reports whether the agent can do an action under the name that it will be asked for. Where the
// administrator chose that name, he is believed.
func (d *Device) supports(action string) bool {
	return !d.Known || d.Params["pcmk_"+action+"_action"] != "" || slices.Contains(d.Actions, d.agentAction(action))
}

// agentAction is what the agent is asked for: pcmk_ACTION_action, else off where the agent cannot
// reboot, else the action itself.
func (d *Device) agentAction(action string) string {
	if v := d.Params["pcmk_"+action+"_action"]; v != "" {
		return v
	}
	if action == "reboot" && d.Known && !slices.Contains(d.Actions, "reboot") {
		return "off"
	}
	return action
}

// check is how the fencer finds out whether the device can hit a node: "static-list", "dynamic-list",
// "status" or "none".
func (d *Device) check() string {
	if v := d.Params["pcmk_host_check"]; v != "" {
		return v
	}
	switch {
	case d.Params["pcmk_host_list"] != "" || d.Params["pcmk_host_map"] != "":
		return "static-list"
	case d.supports("list"):
		return "dynamic-list"
	case d.supports("status"):
		return "status"
	}
	return "none"
}

func separators(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' || r == '\n' }

// plugs reads pcmk_host_map: node → plugs, as the agent is told them. "node1:1;node2:2,3": a word without
// a colon is one more plug of the node before it.
func (d *Device) plugs() map[string]string {
	out := map[string]string{}
	last := ""
	for _, word := range strings.FieldsFunc(d.Params["pcmk_host_map"], separators) {
		sep := strings.IndexAny(word, ":=")
		switch {
		case sep > 0:
			last = word[:sep]
			out[last] = word[sep+1:]
		case last != "":
			out[last] += "," + word
		}
	}
	return out
}

// Hosts lists the nodes that pcmk_host_list and pcmk_host_map name, sorted.
func (d *Device) Hosts() []string {
	hosts := strings.FieldsFunc(d.Params["pcmk_host_list"], separators)
	for node := range d.plugs() {
		hosts = append(hosts, node)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// input is what the agent reads from stdin for an action on a target; "" for actions without one.
func (d *Device) input(action, target string) map[string]string {
	in := executor.AgentParams(d.Params)
	in["action"] = d.agentAction(action)
	if target == "" {
		return in
	}
	in["nodename"] = target
	name := d.Params["pcmk_host_argument"]
	if name == "" {
		name = d.Plug
	}
	if name == "" || name == "none" {
		return in
	}
	if v := in[name]; v != "" && v != "dynamic" {
		return in // the administrator fixed the plug
	}
	in[name] = target
	if plug := d.plugs()[target]; plug != "" {
		in[name] = plug
	}
	return in
}

// timeout is how long an action may last.
func (d *Device) timeout(action string, request time.Duration) time.Duration {
	if t, ok := span(d.Params["pcmk_"+action+"_timeout"]); ok && t > 0 {
		return t
	}
	if request > 0 {
		return request
	}
	return DefaultTimeout
}

// tries is how often an action is tried within its timeout.
func (d *Device) tries(action string) int {
	if n, err := strconv.Atoi(d.Params["pcmk_"+action+"_retries"]); err == nil && n > 0 {
		return n
	}
	return 2
}

// limit is how many actions the device can do at once.
func (d *Device) limit() int {
	n, err := strconv.Atoi(d.Params["pcmk_action_limit"])
	switch {
	case err != nil || n == 0:
		return 1
	case n < 0:
		return 1 << 30
	}
	return n
}

// delay is the wait before off and reboot: pcmk_delay_base for this target, up to pcmk_delay_max by chance.
func (d *Device) delay(action, target string, chance uint64) time.Duration {
	if action == "on" {
		return 0
	}
	base, ok := span(d.Params["pcmk_delay_base"])
	if !ok {
		for node, text := range hostMap(d.Params["pcmk_delay_base"]) {
			if node == target {
				base, _ = span(text)
			}
		}
	}
	top, _ := span(d.Params["pcmk_delay_max"])
	if top <= base {
		return base
	}
	return base + time.Duration(chance%uint64(top-base+1))
}

func hostMap(text string) map[string]string {
	out := map[string]string{}
	for _, word := range strings.FieldsFunc(text, separators) {
		if node, value, ok := strings.Cut(word, ":"); ok {
			out[node] = value
		}
	}
	return out
}

// span reads a time as the field writes it: 60, 60s, 2min, PT1M.
func span(text string) (time.Duration, bool) {
	if text == "" || strings.ContainsAny(text, ":;") {
		return 0, false
	}
	d, ok := rule.ParseInterval(text)
	return d, ok && d >= 0
}

// listed reads what an agent prints for "list": a line a machine, "plug,alias".
func listed(stdout string) []string {
	var out []string
	for line := range strings.Lines(stdout) {
		out = append(out, strings.FieldsFunc(strings.TrimSpace(line), separators)...)
	}
	return out
}
