package controller

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"quorate/engine/cib"
	"quorate/engine/executor"
	"quorate/engine/exit"
	"quorate/engine/replica"
	"quorate/engine/scheduler"
)

const (
	metaPrefix          = "CRM_meta_"
	defaultTimeout      = 20 * time.Second
	defaultClusterDelay = time.Minute
)

// fire starts everything that may start now. Orders to agents go out as one command.
func (m *Machine) fire(t *transition) {
	var orders []replica.Dispatch
	for !t.aborted {
		s := t.takeReady(m.jobLimit)
		if s == nil {
			break
		}
		switch s.action.Type {
		case scheduler.PseudoEvent:
			t.finish(s)
		case scheduler.CrmEvent:
			m.fireEvent(t, s)
		default:
			if d, ok := m.order(t, s); ok {
				orders = append(orders, d)
			}
		}
	}
	if len(orders) > 0 {
		m.do(Propose{replica.Command{Dispatch: orders}})
	}
}

// order makes the order for one operation of an agent.
func (m *Machine) order(t *transition, s *step) (replica.Dispatch, bool) {
	a := s.action
	if a.Operation == "delete" {
		m.forget(t, s, replica.Forget{Node: a.NodeName, Resource: a.Primitive.ID})
		return replica.Dispatch{}, false
	}
	member, ok := m.members()[a.NodeName]
	if !ok {
		m.abort("node " + a.NodeName + " is not a member")
		return replica.Dispatch{}, false
	}
	d := replica.Dispatch{Node: cib.NodeRef{ID: member.ID, Name: member.Name}, Session: member.Session,
		Op: m.operation(t, a), Silent: a.Operation == "notify", Cancel: a.Operation == "cancel"}
	limit := m.now.Add(d.Op.Timeout + d.Op.StartDelay + delay(t.graph))
	if d.Cancel {
		d.Op.Action = a.Attr(metaPrefix + "operation")
	}
	t.start(s, limit)
	return d, true
}

func delay(g *scheduler.Graph) time.Duration {
	if g.ClusterDelay > 0 {
		return g.ClusterDelay
	}
	return defaultClusterDelay
}

// operation turns an action of the graph into what the executor runs.
func (m *Machine) operation(t *transition, a *scheduler.Action) executor.Operation {
	op := executor.Operation{Resource: a.Primitive.ID, Class: a.Primitive.Class, Provider: a.Primitive.Provider,
		Type: a.Primitive.Type, Action: a.Operation, Timeout: defaultTimeout,
		Params: map[string]string{}, Meta: map[string]string{}, TransitionKey: m.key(t, a)}
	for _, attr := range a.Attrs {
		if name, ok := strings.CutPrefix(attr.Name, metaPrefix); ok {
			op.Meta[name] = attr.Value
		} else {
			op.Params[attr.Name] = attr.Value
		}
	}
	for name, field := range map[string]*time.Duration{"interval": &op.Interval, "timeout": &op.Timeout, "start_delay": &op.StartDelay} {
		if ms, err := strconv.ParseInt(op.Meta[name], 10, 64); err == nil {
			*field = time.Duration(ms) * time.Millisecond
		}
	}
	return op
}

// key is the transition key: action, transition, expected result code, the DC's run.
func (m *Machine) key(t *transition, a *scheduler.Action) string {
	want := a.Attr(metaPrefix + "op_target_rc")
	if want == "" {
		want = "0"
	}
	return fmt.Sprintf("%d:%d:%s:%s", a.ID, t.graph.ID, want, m.runID)
}

// fireEvent starts what the controller does itself.
func (m *Machine) fireEvent(t *transition, s *step) {
	a := s.action
	switch a.Operation {
	case "stonith":
		action := a.Attr(metaPrefix + "stonith_action")
		if action == "" {
			action = "reboot"
		}
		t.start(s, time.Time{}) // fencing has its own time limits
		m.do(Fence{Target: a.NodeName, Action: action})
	case "clear_failcount":
		m.forget(t, s, replica.Forget{Node: a.NodeName, Resource: a.Primitive.ID, FailedOnly: true, FailCounts: true})
	case "do_shutdown":
		member, ok := m.members()[a.NodeName]
		if !ok {
			t.finish(s)
			return
		}
		t.start(s, m.now.Add(delay(t.graph)))
		m.do(Propose{replica.Command{Leave: &replica.Leave{Node: cib.NodeRef{ID: member.ID, Name: member.Name},
			Session: member.Session, Clean: true, Reason: "shutdown"}}})
	default:
		m.note("action %s needs nothing to be done", a.Key)
		t.finish(s)
	}
}

// forget proposes a deletion of history and takes the step as in flight until it is applied.
func (m *Machine) forget(t *transition, s *step, f replica.Forget) {
	s.command = fmt.Sprintf("forget-%s-%d-%d", m.runID, t.graph.ID, s.action.ID)
	t.start(s, m.now.Add(delay(t.graph)))
	m.do(Propose{replica.Command{ID: s.command, Forget: []replica.Forget{f}}})
}

// forgotten sees a deletion of history applied: an own one is a step done, any other means a new look.
func (m *Machine) forgotten(id string, visible bool) {
	if t := m.transition; t != nil {
		for _, s := range t.inOrder() {
			if s.command == id {
				t.finish(s)
				return
			}
		}
	}
	if visible {
		m.abort("history was cleaned up")
	}
}

// result matches a report with the step that it answers.
func (m *Machine) result(r *replica.OpResult) {
	s := m.answered(r.Record.TransitionKey)
	failed := !r.Cancel && !r.Silent && !expected(r.Record)
	switch {
	case s == nil && (failed || !r.Cancel && r.Record.IntervalMS == 0):
		m.abort(fmt.Sprintf("%s on %s returned %d", r.Record.Key, r.Node.Name, r.Record.RC))
	case s == nil:
	case failed:
		m.transition.fail(s)
		m.abort(fmt.Sprintf("%s on %s returned %d", r.Record.Key, r.Node.Name, r.Record.RC))
	default:
		m.transition.finish(s)
	}
}

// expected tells whether a result is the one that the graph counted on. Degraded is a success here: the
// resource serves.
func expected(r cib.OpRecord) bool {
	if r.Operation == "monitor" && r.IntervalMS == 0 { // a probe finds what it finds; a surprise changes the graph
		want, ok := replica.TargetRC(r.TransitionKey)
		return ok && r.RC == want && r.Status == int(executor.StatusDone)
	}
	return !replica.IsFailure(r)
}

// answered finds the step in flight that a transition key belongs to.
func (m *Machine) answered(key string) *step {
	t := m.transition
	parts := strings.SplitN(key, ":", 4)
	if t == nil || len(parts) != 4 || parts[3] != m.runID || parts[1] != strconv.Itoa(t.graph.ID) {
		return nil
	}
	id, err := strconv.Atoi(parts[0])
	if err != nil {
		return nil
	}
	return t.busy[id]
}

// awaitsFencing tells whether the running transition has the node fenced itself: then its success is no news.
func (m *Machine) awaitsFencing(target string) bool {
	if m.transition == nil {
		return false
	}
	for _, s := range m.transition.busy {
		if s.action.Operation == "stonith" && s.action.NodeName == target {
			return true
		}
	}
	return false
}

// fencingKnown sees in the log how a fencing ended, an own one or that of a human.
func (m *Machine) fencingKnown(target string, ok bool) {
	if ok {
		m.left(target)
	}
	if m.awaitsFencing(target) {
		m.fenced(Fenced{Target: target, OK: ok})
	} else {
		m.abort("fencing of " + target)
	}
}

// fenced sees the outcome of a fencing request.
func (m *Machine) fenced(e Fenced) {
	t := m.transition
	if t == nil {
		return
	}
	for _, s := range t.inOrder() {
		if s.action.Operation != "stonith" || s.action.NodeName != e.Target {
			continue
		}
		if e.OK {
			delete(m.fenceFailures, e.Target)
			t.finish(s)
			continue
		}
		t.fail(s)
		m.fencingFailed(e.Target)
	}
}

// fencingFailed has the node fenced again after a while, until there were too many failures.
func (m *Machine) fencingFailed(target string) {
	m.fenceFailures[target]++
	n := m.fenceFailures[target]
	if t := m.transition; t != nil {
		t.aborted, t.reason = true, fmt.Sprintf("fencing of %s failed (%d of %d)", target, n, fenceAttempts)
	}
	if n < fenceAttempts {
		m.recheck = m.now.Add(fencePause)
	} else {
		m.note("too many failures to fence %s: waiting for a change or a confirmation (stonith_admin --confirm %s)", target, target)
	}
}

const (
	fenceAttempts = 10 // stonith-max-attempts
	fencePause    = 3 * time.Second
)

// expire gives up operations whose node does not answer in time: they count as timed out.
func (m *Machine) expire(t *transition) {
	for _, s := range t.inOrder() {
		if s.deadline.IsZero() || m.now.Before(s.deadline) {
			continue
		}
		a := s.action
		t.fail(s)
		m.abort(a.Key + " on " + a.NodeName + " was not answered in time")
		member, ok := m.members()[a.NodeName]
		if a.Type != scheduler.RscOp || !ok || a.Operation == "cancel" || a.Operation == "notify" {
			continue
		}
		op := m.operation(t, a)
		m.do(Propose{replica.Command{Results: []replica.OpResult{{
			Node: cib.NodeRef{ID: member.ID, Name: member.Name}, Session: member.Session,
			Record: cib.OpRecord{Resource: op.Resource, Class: op.Class, Provider: op.Provider, Type: op.Type,
				Operation: op.Action, Key: op.Key(), TransitionKey: op.TransitionKey, IntervalMS: int(op.Interval.Milliseconds()),
				CallID: -1, RC: int(exit.Error), Status: int(executor.StatusTimeout), OnNode: member.Name,
				ExitReason: "the node did not answer in time", LastRCChange: m.now.Unix()}}}}})
	}
}
