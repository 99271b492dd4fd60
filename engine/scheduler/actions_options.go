package scheduler

import (
	"strconv"
	"strings"
	"time"

	"quorate/engine/rule"
)

func itoa(i int) string { return strconv.Itoa(i) }

// onFail is what a failure does; the order of the values is their severity.
type onFail uint8

const (
	failIgnore onFail = iota
	failDemote
	failRecover
	failResetRemote
	failRestartContainer
	failMigrate
	failBlock
	failStop
	failStandby
	failFence
)

const defaultTimeout = 20000 // milliseconds

// lookupOp finds the configured operation of a key, enabled or not.
func (r *Resource) lookupOp(keyTask string, interval int64) *opDef {
	if d := r.findOp(keyTask, interval, false); d != nil {
		return d
	}
	switch {
	case keyTask == "migrate_to" || keyTask == "migrate_from":
		return r.findOp("migrate", 0, false)
	case strings.Contains(keyTask, "_notify_"):
		return r.findOp("notify", 0, false)
	}
	return nil
}

func (r *Resource) findOp(name string, interval int64, enabledOnly bool) *opDef {
	for _, d := range r.ops {
		if d.interval == interval && foldEq(d.name, name) && (d.enabled || !enabledOnly) {
			return d
		}
	}
	return nil
}

// lookup returns the configured operation of the set's key, nil if there is none.
func (s *opSet) lookup(r *Resource) *opDef {
	if !s.looked {
		s.looked = true
		s.def = r.lookupOp(s.keyTask, s.interval)
	}
	return s.def
}

// meta returns what the configuration says about the set's operation; it is shared.
func (s *opSet) meta(r *Resource) map[string]string {
	if s.table == nil {
		s.table = r.opTable(s.lookup(r), s.task, s.interval)
	}
	return s.table
}

// opTable merges the meta attributes of an operation: op_defaults, the operation's own sets,
// its XML attributes; times come out in milliseconds.
func (r *Resource) opTable(d *opDef, task string, interval int64) map[string]string {
	c := r.cluster
	m := map[string]string{}
	env := rule.Env{Resource: true, Class: r.Class, Provider: r.Provider, Type: r.Type, OpName: task, OpInterval: time.Duration(interval) * time.Millisecond}
	c.merge(c.opDefaults, "meta_attributes", "", env, m, false)
	probe := task == "monitor" && interval == 0
	if probe {
		if t := r.probeTimeout(); t != "" {
			m["timeout"] = t
		}
	}
	if d != nil {
		c.merge(d.elem, "meta_attributes", "", env, m, true)
		for _, a := range d.elem.Attr {
			m[a.Key] = a.Value
		}
	}
	delete(m, "id")
	if interval > 0 {
		m["interval"] = strconv.FormatInt(interval, 10)
	} else {
		delete(m, "interval")
	}
	if r.is(rFenceDevice) && (probe || task == "start") {
		if t := r.parameters(nil)["pcmk_monitor_timeout"]; t != "" {
			m["timeout"] = t
		}
	}
	if _, set := m["on-fail"]; task == "demote" && !set {
		if v := r.promotedMonitorOnFail(); foldEq(v, "block") {
			m["on-fail"] = v // the graph tells of this inherited value, of no other
		}
	}
	m["timeout"] = strconv.FormatInt(timeoutMS(m["timeout"]), 10)
	c.startDelay(m, interval)
	return m
}

func timeoutMS(s string) int64 {
	if d, ok := rule.ParseTimeout(s); ok {
		return d.Milliseconds()
	}
	return defaultTimeout
}

// probeTimeout is that of the enabled recurring monitor with the smallest interval.
func (r *Resource) probeTimeout() string {
	var best *opDef
	for _, d := range r.ops {
		if d.name == "monitor" && d.enabled && d.interval > 0 && (best == nil || d.interval < best.interval) {
			best = d
		}
	}
	if best == nil {
		return ""
	}
	return attr(best.elem, "timeout")
}

// startDelay normalises start-delay, or computes it from interval-origin: the time until the
// next multiple of the interval since the origin.
func (c *Cluster) startDelay(m map[string]string, interval int64) {
	if v, ok := m["start-delay"]; ok {
		ms, ok := parseMS(v)
		if !ok {
			ms = 0
		}
		m["start-delay"] = strconv.FormatInt(ms, 10)
		return
	}
	v, ok := m["interval-origin"]
	if !ok || interval <= 0 {
		return
	}
	origin, err := rule.ParseTime(v, c.Now)
	if err != nil {
		return
	}
	secs := interval / 1000
	if secs == 0 {
		return
	}
	diff := (c.Now.Unix() - origin.Unix()) % secs
	delay := -diff
	if diff > 0 {
		delay += secs
	}
	m["start-delay"] = strconv.FormatInt(delay*1000, 10)
}

// failure is what a failed operation means for its resource.
type failure struct {
	action onFail
	role   Role // role to have afterwards
}

// onFailOf reads the configured or default reaction to a failure of an operation.
func (r *Resource) onFailOf(d *opDef, task string, interval int64) failure {
	m := r.opTable(d, task, interval)
	value, set := m["on-fail"]
	f := failure{role: RoleUnknown}
	if set {
		set = r.allowsOnFail(value, m, task, interval)
	}
	if !set && task == "demote" {
		if v := r.promotedMonitorOnFail(); v != "" {
			value, set = v, true
		}
	}
	if set {
		set = r.configuredOnFail(&f, lowerASCII(value), opKey(r.ID, task, interval))
	}
	switch {
	case task == "lrm_delete":
		f = failure{action: failIgnore}
	case !set && r.container != nil:
		f.action = failRestartContainer
	case r.isRemoteConnection() && task != "start" && !(task == "monitor" && interval == 0) && !(set && r.is(rManaged)):
		r.remoteOnFail(&f)
	case !set && task == "stop":
		f.action = failBlock
		if r.cluster.Options.Stonith {
			f.action = failFence
		}
	case !set:
		f.action = failRecover
	}
	r.failRole(&f, m, task)
	return f
}

// allowsOnFail refuses values that make no sense for the operation; they count as unset.
func (r *Resource) allowsOnFail(value string, m map[string]string, task string, interval int64) bool {
	switch {
	case task == "stop" && (foldEq(value, "standby") || foldEq(value, "demote") || foldEq(value, "stop")):
		r.cluster.err("Resetting 'on-fail' for " + r.ID + " stop action to default value because '" + value + "' is not allowed for stop")
		return false
	case foldEq(value, "demote") && task != "promote" && !(task == "monitor" && interval > 0 && parseRole(m["role"]) == RolePromoted):
		r.cluster.err("Resetting 'on-fail' for " + r.ID + " " + task + " action to default value because 'demote' is not allowed for it")
		return false
	}
	return true
}

// promotedMonitorOnFail is what a demote without on-fail takes over.
func (r *Resource) promotedMonitorOnFail() string {
	for _, d := range r.ops {
		if d.name != "monitor" || !d.enabled || d.interval <= 0 || parseRole(d.role) != RolePromoted {
			continue
		}
		if v := r.opTable(d, "monitor", d.interval)["on-fail"]; v != "" && !foldEq(v, "demote") {
			return v
		}
	}
	return ""
}

// configuredOnFail maps the words; false means that the value counts as unset.
func (r *Resource) configuredOnFail(f *failure, value, key string) bool {
	switch value {
	case "block":
		f.action = failBlock
	case "fence":
		f.action = failFence
		if !r.cluster.Options.Stonith {
			r.cluster.err("Resetting 'on-fail' for operation '" + key + "' to 'stop' because 'fence' is not valid when fencing is disabled")
			f.action, f.role = failStop, RoleStopped
		}
	case "standby":
		f.action = failStandby
	case "ignore", "nothing":
		f.action = failIgnore
	case "migrate":
		f.action = failMigrate
	case "stop":
		f.action, f.role = failStop, RoleStopped
	case "restart":
		f.action = failRecover
	case "restart-container":
		if r.container == nil {
			return false
		}
		f.action = failRestartContainer
	case "demote":
		f.action = failDemote
	default:
		r.cluster.err("on-fail value " + value + " of " + r.ID + " is not known: its default is used")
		return false
	}
	return true
}

// remoteOnFail: a broken connection resets its node unless told otherwise, but only if the cluster may.
func (r *Resource) remoteOnFail(f *failure) {
	if !r.is(rManaged) {
		f.action, f.role = failStop, RoleStopped
		return
	}
	f.action, f.role = failResetRemote, RoleUnknown
	if r.reconnect > 0 {
		f.role = RoleStopped
	}
}

func (r *Resource) failRole(f *failure, m map[string]string, task string) {
	if v, ok := m["role_after_failure"]; ok && f.role == RoleUnknown {
		f.role = parseRole(v)
	}
	if f.role == RoleUnknown {
		f.role = RoleStarted
		if task == "promote" {
			f.role = RoleUnpromoted
		}
	}
}
