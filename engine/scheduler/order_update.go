package scheduler

import "strings"

type changed uint8

const (
	changedFirst changed = 1 << iota
	changedThen
)

// updatesPerAction bounds the updates: contradictory orderings could flip actions for ever.
const updatesPerAction = 2000

// settle applies the meaning of all links until nothing changes.
func (c *Cluster) settle() {
	c.updatesLeft = updatesPerAction * (len(c.actions) + 1000)
	for i := len(c.actions) - 1; i >= 0; i-- {
		c.blockDependents(c.actions[i])
	}
	c.probeOrders()
	for i := len(c.actions) - 1; i >= 0; i-- {
		c.updateAction(c.actions[i])
	}
}

// updateAfter lets a change of an action reach itself and what comes after it.
func (c *Cluster) updateAfter(a *action) {
	for i := len(a.outputs) - 1; i >= 0; i-- {
		c.updateAction(a.outputs[i].then)
	}
}

// updateAction applies all links into one action, newest first.
func (c *Cluster) updateAction(t *action) {
	if c.updatesLeft--; c.updatesLeft < 0 {
		return
	}
	var done changed
	before := t.flags
	if t.is(aNeedsAny) {
		t.counted = 0
		t.wanted = max(t.wanted, 1)
		t.clear(aRunnable)
	}
	for i := len(t.inputs) - 1; i >= 0; i-- {
		l := t.inputs[i]
		if l.flags == 0 {
			continue
		}
		ch := c.updateLink(l)
		done |= ch & changedThen
		if ch&changedFirst != 0 {
			f := l.first
			c.updateAfter(f)
			c.updateAction(f)
		}
	}
	if t.is(aNeedsAny) {
		done = 0
		if t.flags != before {
			done = changedThen
		}
	}
	if done&changedThen != 0 {
		if before&aRunnable != 0 && !t.runnable() {
			c.blockDependents(t)
		}
		c.updateAction(t)
		c.updateAfter(t)
	}
}

// updateLink applies one link.
func (c *Cluster) updateLink(l *link) changed {
	f, t := l.first, l.then
	fn, tn := f.placeFor(), t.placeFor()
	if l.flags&lSameNode != 0 && fn != nil && tn != nil && fn != tn {
		l.flags = 0
		return 0
	}
	if l.flags&lCancels != 0 && !t.optional() {
		f.set1(aOptional)
		if f.rsc != nil && f.task == "reload-agent" {
			f.rsc.clear(rReload)
		}
	}
	if f.rsc != nil && t.rsc != nil && f.rsc != t.rsc && !t.rsc.below(f.rsc) {
		if done := f.completion(); done != f {
			if c.orderActions(done, t, l.flags) {
				l.flags = 0
				return changedThen
			}
			return 0
		}
	}
	return c.applyFlags(l, f.flagsFor(tn), t.flagsFor(fn))
}

// placeFor is the node of an action for links that ask for the same node; for the start of a
// group it is where the group goes.
func (a *action) placeFor() *Node {
	if a.rsc != nil && a.rsc.Kind == Group && a.task == "start" {
		if n := a.rsc.node(); n != nil {
			return n
		}
	}
	return a.node
}

var completed = map[string]string{"start": "running", "stop": "stopped", "promote": "promoted", "demote": "demoted"}
var uncompleted = map[string]string{"running": "start", "stopped": "stop", "promoted": "promote", "demoted": "demote"}

// completion is what others wait for instead of an action of a collection: its completion,
// or the confirmation of the notifications about it.
func (a *action) completion() *action {
	r := a.rsc
	if r.Kind == Primitives || a.interval != 0 || strings.Contains(a.keyTask, "notify") {
		return a
	}
	done := completed[a.keyTask]
	if done == "" {
		done = a.keyTask
		if uncompleted[done] == "" {
			return a
		}
	}
	key := done
	if r.is(rNotify) && (r.Parent == nil || r.Kind == Clone && r.Parent.Kind == Bundle) {
		key = "confirmed-post_notify_" + done
	}
	if s := r.find(key, 0); s != nil && len(s.actions) > 0 {
		return s.actions[0]
	}
	return a
}

// flagsFor is the state of an action for an ordering with one on a node: clones sum up
// their instances there, but count as runnable if they are so anywhere. Groups and bundles look everywhere.
func (a *action) flagsFor(n *Node) actionFlags {
	if a.rsc == nil || a.rsc.Kind == Primitives {
		return a.flags
	}
	f := a.rsc.variant.summary(a, nil)
	if n == nil || a.rsc.Kind != Clone {
		return f
	}
	return a.rsc.variant.summary(a, n) | f&aRunnable
}

// linkUpdate is the application of one link: the states that its two actions had when it began.
type linkUpdate struct {
	*link
	c      *Cluster
	ff, tf actionFlags
	done   changed
}

// applyFlags applies the meanings of a link one after the other.
func (c *Cluster) applyFlags(l *link, ff, tf actionFlags) changed {
	u := &linkUpdate{link: l, c: c, ff: ff, tf: tf}
	u.required()
	u.runnable()
	u.printed()
	return u.done
}

func (u *linkUpdate) has(f linkFlags) bool { return u.flags&f != 0 }

// update lets the kind of the second resource apply a meaning.
func (u *linkUpdate) update(n *Node, ff, filter actionFlags, as linkFlags) {
	u.done |= u.then.rsc.variant.update(u.first, u.then, n, ff, filter, as)
}

// required applies what makes one action required because of the other.
func (u *linkUpdate) required() {
	f, t, ff := u.first, u.then, u.ff
	own := t.rsc != nil
	if u.has(lThenOnNode) && own {
		u.update(f.node, ff&aOptional, aOptional, lThenRequired)
	}
	switch {
	case !u.has(lThenRequired):
	case own:
		u.update(t.node, ff&aOptional, aOptional, lThenRequired)
	case ff&aOptional == 0 && t.optional():
		t.clear(aOptional)
		u.done |= changedThen
	}
	if u.has(lRestart) && own {
		u.update(t.node, ff, aOptional|aRunnable, lRestart)
	}
	switch {
	case !u.has(lFirstRequired):
	case f.rsc != nil: // the kind of the first resource decides how far this reaches
		u.done |= f.rsc.variant.update(f, t, t.node, ff, aOptional, lFirstRequired)
	case ff&aOptional == 0 && ff&aRunnable != 0:
		f.clear(aRunnable)
		u.done |= changedFirst
	}
	if u.has(lFirstPromoted) && own {
		u.update(t.node, ff&aOptional, aOptional, lFirstPromoted)
	}
}

// runnable applies what keeps one action from running because of the other.
func (u *linkUpdate) runnable() {
	f, t, ff := u.first, u.then, u.ff
	own := t.rsc != nil
	if u.has(lOne) {
		u.c.countInput(t, ff, &u.done)
	}
	switch {
	case !u.has(lProbe) || !own:
	case ff&aRunnable == 0 && len(f.rsc.RunningOn) > 0:
		u.flags = 0
	default:
		u.update(t.node, ff, aRunnable, lRunnable)
	}
	switch {
	case !u.has(lRunnable):
	case own:
		u.update(t.node, ff, aRunnable, lRunnable)
	case ff&aRunnable == 0 && t.runnable():
		t.clear(aRunnable)
		u.done |= changedThen
	}
	for _, k := range []struct {
		flag   linkFlags
		filter actionFlags
	}{{lFirstMigrate, aOptional}, {lPseudoLeft, aOptional}, {lOrder, aRunnable}, {lAsymmetric, aRunnable}} {
		if u.has(k.flag) && own {
			u.update(t.node, ff, k.filter, k.flag)
		}
	}
}

// printed marks events that are shown because of an instance, and holds back what would follow a blocked stop.
func (u *linkUpdate) printed() {
	f, t := u.first, u.then
	if u.has(lPrintThen) && f.runnable() && u.ff&aOptional == 0 {
		t.set1(aPrintAlways)
	}
	if u.has(lPrintFirst) && u.tf&aOptional == 0 {
		f.set1(aPrintAlways)
	}
	blocked := f.rsc != nil && !f.rsc.is(rManaged) && f.rsc.is(rBlocked) && f.task == "stop" && !f.runnable()
	if blocked && u.has(lThenRequired|lFirstRequired|lRestart) && t.runnable() {
		t.clear(aRunnable)
		u.done |= changedThen
	}
}

// countInput counts a runnable input of an action that needs only some.
func (c *Cluster) countInput(t *action, ff actionFlags, ch *changed) {
	if ff&aRunnable == 0 {
		return
	}
	t.counted++
	if t.counted >= t.wanted && !t.runnable() {
		t.set1(aRunnable)
		*ch |= changedThen
	}
}

// loses takes a flag from an action because of another one, and says so if that belongs to
// another resource.
func (a *action) loses(f actionFlags, other *action) {
	if a.flags&f == 0 {
		return
	}
	a.clear(f)
	if other.rsc == a.rsc {
		return
	}
	word := "unrunnable"
	if f == aOptional {
		word = "required"
	}
	text := word + " " + other.task
	if other.rsc != nil {
		text = word + " " + other.rsc.ID + " " + other.task
	}
	a.because(text, f == aMigratable)
}

// updatePair applies one meaning of a link into an action of a primitive; groups and clones
// use it for their own events too.
func (c *Cluster) updatePair(f, t *action, ff, filter actionFlags, as linkFlags) changed {
	tBefore, fBefore := t.flags, f.flags
	switch as {
	case lAsymmetric:
		c.updateAsymmetric(f, t)
	case lFirstRequired:
		if !t.optional() {
			if ff&aOptional == 0 {
				f.loses(aOptional, t)
			}
			if ff&aMigratable != 0 && !t.is(aMigratable) {
				f.loses(aMigratable, t)
			}
		}
	case lFirstPromoted:
		if !t.optional() && t.rsc.Role == RolePromoted {
			f.loses(aOptional, t)
			if ff&aMigratable != 0 && !t.is(aMigratable) {
				f.loses(aMigratable, t)
			}
		}
	case lFirstMigrate:
		if t.flags&(aMigratable|aRunnable) != aMigratable|aRunnable {
			f.loses(aRunnable, t)
		}
		if !t.optional() {
			f.loses(aOptional, t)
		}
	case lPseudoLeft:
		if !f.runnable() {
			t.loses(aMigratable, f)
			t.clear(aPseudo)
		}
	case lRunnable:
		if t.runnable() && ff&aRunnable == 0 {
			t.loses(aRunnable, f)
			t.loses(aMigratable, f)
		}
	case lThenRequired:
		if t.optional() && ff&aOptional == 0 && !f.is(aMigratable) {
			t.loses(aOptional, f)
		}
	case lRestart:
		c.updateRestart(f, t, filter)
	}
	var ch changed
	if t.flags != tBefore {
		ch |= changedThen
		if t.rsc != nil && t.rsc.Parent != nil {
			c.updateAction(t)
		}
	}
	if f.flags != fBefore {
		ch |= changedFirst
	}
	return ch
}

// updateAsymmetric: a one-way order lets what runs already alone, but what must start or
// move while first cannot is stopped and stays down.
func (c *Cluster) updateAsymmetric(f, t *action) {
	r := t.rsc
	if t.task == "stop" && r.highestRole(false) <= RoleStopped {
		return
	}
	if t.task == "start" && r.highestRole(false) >= RoleStarted && t.optional() && t.node != nil &&
		len(r.RunningOn) == 1 && r.RunningOn[0] == t.node {
		return
	}
	if !f.runnable() {
		t.loses(aOptional, f)
		t.loses(aRunnable, f)
	}
}

// updateRestart: a required start wants its stop, and a stop that cannot be done keeps the
// start from being done.
func (c *Cluster) updateRestart(f, t *action, filter actionFlags) {
	blocked := filter&aRunnable != 0 && !t.runnable() && t.rsc.is(rManaged) && f.rsc == t.rsc
	required := filter&aOptional != 0 && !t.optional()
	if !blocked && !required {
		return
	}
	if f.runnable() || !t.optional() {
		f.loses(aOptional, t)
	}
	if !t.is(aMigratable) {
		f.loses(aMigratable, t)
	}
	if !f.optional() && !f.runnable() {
		t.loses(aRunnable, f)
	}
}
