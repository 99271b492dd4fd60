package fencing

import (
	"slices"
	"strings"
)

// ask finds out whether a device can hit the request's target; where only the device itself knows, its agent
// is run, and the answer comes later.
func (m *Machine) ask(r *request, d *Device) {
	if a := m.eligible(r, d, r.Target); a != unknown {
		r.statuses[d.ID] = a // for the whole request, also when the list is not believed any more
		return
	}
	r.asking[d.ID] = true
	action, target := "list", ""
	if d.check() == "status" {
		action, target = "status", r.Target
	} else if m.listing(d.ID) {
		return
	}
	nodes := m.candidates(d, r.Target)
	if len(nodes) == 0 {
		r.statuses[d.ID] = no
		return
	}
	w := &run{device: d, action: action, target: target, nodes: nodes[:min(len(nodes), maxNodes)], question: true,
		timeout: d.timeout(action, 0)}
	if action == "status" {
		w.req = r
	}
	m.queues[d.ID] = append(m.queues[d.ID], w)
}

// listing reports whether the device is being asked for its list already.
func (m *Machine) listing(device string) bool {
	is := func(w *run) bool { return w.question && w.action == "list" && w.device.ID == device }
	for _, w := range m.runs {
		if is(w) {
			return true
		}
	}
	return slices.ContainsFunc(m.queues[device], is)
}

// eligible says whether a device can hit a target, as far as that is known; r may be nil.
func (m *Machine) eligible(r *request, d *Device, target string) answer {
	if r != nil && r.statuses[d.ID] != unknown {
		return r.statuses[d.ID]
	}
	switch d.check() {
	case "none":
		return yes
	case "static-list":
		return answerOf(slices.Contains(d.Hosts(), target))
	case "status":
		return unknown
	}
	l := m.lists[d.ID]
	if l == nil || l.until.Before(m.now) {
		return unknown
	}
	plug := d.plugs()[target]
	return answerOf(slices.ContainsFunc(l.hosts, func(h string) bool {
		return strings.EqualFold(h, target) || plug != "" && h == plug
	}))
}

func answerOf(can bool) answer {
	if can {
		return yes
	}
	return no
}

// answered takes what an agent said to list or status. status tells by its exit code: 0 on, 2 off, both
// of a machine that the device knows.
func (m *Machine) answered(w *run, e AgentResult) {
	if w.action == "status" {
		w.req.statuses[w.device.ID] = answerOf(e.RC == 0 || e.RC == 2)
		return
	}
	if e.RC != 0 && m.retry(w) {
		return
	}
	if e.RC != 0 {
		m.note("device %s cannot list what it can fence: %s", w.device.ID, e.Reason)
		delete(m.lists, w.device.ID)
	} else {
		m.lists[w.device.ID] = &list{hosts: listed(e.Stdout), until: m.now.Add(listTTL)}
	}
	for _, r := range m.requests {
		if r.asking[w.device.ID] && r.statuses[w.device.ID] == unknown {
			r.statuses[w.device.ID] = answerOf(m.eligible(nil, w.device, r.Target) == yes)
		}
	}
}
