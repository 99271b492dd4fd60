package fencing

import (
	"time"
)

const noDevice = "No such device"

// request is one fencing under way.
type request struct {
	Request
	ids      []int // of all who asked for the same
	levels   []Level
	level    int             // the next level to try
	tried    map[string]bool // devices that were tried, without levels
	statuses map[string]answer
	asking   map[string]bool // devices whose answer is awaited
	steps    []step          // of the level or device that is being tried
	at       int             // the current step
	running  *run
	watchdog time.Time // when the target's watchdog has surely reset it; zero: does not count
	delegate string
	reason   string // of the last failure
	dice     uint64
	delayed  bool // the delays have been waited for
	done     bool
}

// step is one action on one device.
type step struct {
	device *Device
	action string
	mayNot bool // a failure does not matter: the target is off already, it only stays off
}

// answer says whether a device can hit a target.
type answer int

const (
	unknown answer = iota
	yes
	no
)

// request begins one, or joins one that is the same.
func (m *Machine) request(e Request) {
	for _, r := range m.requests {
		if r.Target == e.Target && r.Action == e.Action && !r.done {
			r.ids = append(r.ids, e.ID)
			return
		}
	}
	if e.Timeout <= 0 {
		e.Timeout = m.config.Timeout
	}
	r := &request{Request: e, ids: []int{e.ID}, tried: map[string]bool{}, statuses: map[string]answer{},
		asking: map[string]bool{}, dice: e.Random, levels: m.config.levelsOf(e.Target, m.nodes[e.Target].Attributes)}
	m.requests = append(m.requests, r)
	for _, d := range m.devicesFor(r) {
		m.ask(r, d)
	}
}

// devicesFor are the devices that can matter for a request.
func (m *Machine) devicesFor(r *request) []*Device {
	var out []*Device
	if len(r.levels) == 0 {
		for i := range m.config.Devices {
			out = append(out, &m.config.Devices[i])
		}
		return out
	}
	seen := map[string]bool{}
	for _, l := range r.levels {
		for _, id := range l.Devices {
			if d := m.config.device(id); d != nil && !seen[id] {
				seen[id] = true
				out = append(out, d)
			}
		}
	}
	return out
}

// advance moves every request as far as it can go now. A run that cannot be started fails its step at
// once, so it goes round until nothing moves; every round uses up a device.
func (m *Machine) advance() {
	for moved := true; moved; {
		moved = false
		for _, r := range m.requests {
			for !r.done && r.running == nil && r.watchdog.IsZero() {
				if r.at < len(r.steps) {
					m.perform(r)
					moved = true
					continue
				}
				if !m.choose(r) {
					break
				}
			}
		}
		m.sweep()
		m.startDue()
	}
}

// choose picks what to try next; false when nothing can be done now.
func (m *Machine) choose(r *request) bool {
	steps, wait := m.nextLevel(r)
	if len(r.levels) == 0 {
		steps, wait = m.nextDevice(r)
	}
	switch {
	case steps != nil:
		r.steps, r.at = steps, 0
		return true
	case wait:
		return false
	case r.reason == "" && m.config.Watchdog > 0 && r.Action != "on":
		// No device at all, but the target's own watchdog: it needs only time.
		r.watchdog = m.now.Add(m.config.Watchdog)
		return false
	case r.reason == "":
		r.reason = noDevice
	}
	m.finish(r, "failed", r.delegate, r.reason)
	return false
}

// nextLevel plans the next usable level. wait: it is not known yet whether its devices can hit the target.
func (m *Machine) nextLevel(r *request) (steps []step, wait bool) {
	for ; r.level < len(r.levels); r.level++ {
		l := r.levels[r.level]
		var devices []*Device
		usable := true
		for _, id := range l.Devices {
			d := m.config.device(id)
			switch {
			case d == nil:
				usable, r.reason = false, "device "+id+" of level "+l.ID+" does not exist"
			case m.eligible(r, d, r.Target) == unknown:
				wait = true
			case m.eligible(r, d, r.Target) == no:
				usable, r.reason = false, "device "+id+" cannot fence "+r.Target
			default:
				devices = append(devices, d)
			}
		}
		switch {
		case !usable:
			m.note("level %d for %s is skipped: %s", l.Index, r.Target, r.reason)
		case wait:
			return nil, true
		default:
			r.level++
			return plan(devices, r.Action), false
		}
		wait = false
	}
	return nil, false
}

// nextDevice plans the next device that can hit the target, where there are no levels.
func (m *Machine) nextDevice(r *request) (steps []step, wait bool) {
	for i := range m.config.Devices {
		d := &m.config.Devices[i]
		if r.tried[d.ID] {
			continue
		}
		switch m.eligible(r, d, r.Target) {
		case unknown:
			wait = true
		case yes:
			r.tried[d.ID] = true
			return plan([]*Device{d}, r.Action), false
		}
	}
	return nil, wait
}

// plan lists the steps of a level. Several devices cannot reboot one after the other: the target would run
// on the second while the first is off. So all are switched off, then all on.
func plan(devices []*Device, action string) []step {
	var steps []step
	if action != "reboot" || len(devices) == 1 {
		for _, d := range devices {
			steps = append(steps, step{device: d, action: action})
		}
		return steps
	}
	for _, phase := range []string{"off", "on"} {
		for _, d := range devices {
			steps = append(steps, step{device: d, action: phase, mayNot: phase == "on"})
		}
	}
	return steps
}
