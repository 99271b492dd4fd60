package scheduler

import (
	"strconv"
	"strings"
)

type actionFlags uint32

const (
	aOptional    actionFlags = 1 << iota // not needed now
	aRunnable                            // could be done
	aPseudo                              // only an event
	aPrintAlways                         // goes to the graph even if optional
	aMigratable                          // part of a live migration that still holds
	aNeedsAny                            // waits for some of its inputs only
	aDangling                            // stop of an interrupted migration
	aReschedule                          // recurring, its definition changed
	aOnDC                                // may run on the DC in place of the node
	aImplied                             // done by the fencing of its node
	aDumped                              // is in the graph
	aTracking                            // loop detection
	aProbeMark                           // see probe orders
	aColoMark                            // see blockDependents
	aHadRunnable                         // state kept for needs-any
	aNotified
	aCancel
	aMerged // its inputs are sorted, each from another action
)

// need is what must be there before an action may run.
type need uint8

const (
	needNothing need = iota
	needQuorum
	needFencing
)

// action is something that could be done; most never are.
type action struct {
	id          int
	rsc         *Resource
	node        *Node
	task        string // operation: "start", "monitor", "notify", …
	keyTask     string // the word in the key, mostly the same
	interval    int64  // milliseconds
	key         string // only of actions without resource
	flags       actionFlags
	needs       need
	reason      string
	priority    Score
	meta        map[string]string // beyond what the configured operation says
	set         *opSet
	inputs      []*link // oldest first
	outputs     []*link // oldest first
	wanted      int     // needs-any: how many inputs must be runnable
	counted     int
	maintenance []NodeMaintenance
}

// opSet holds the actions of one resource with one key, one per node mostly.
type opSet struct {
	keyTask  string
	task     string
	interval int64
	actions  []*action // oldest first
	byNode   map[*Node]*action
	nodeless int
	def      *opDef
	table    map[string]string // meta attributes from the configuration
	looked   bool
}

const indexFrom = 8 // sets longer than this get an index

func (a *action) is(f actionFlags) bool { return a.flags&f != 0 }
func (a *action) set1(f actionFlags)    { a.flags |= f }
func (a *action) clear(f actionFlags)   { a.flags &^= f }
func (a *action) optional() bool        { return a.flags&aOptional != 0 }
func (a *action) runnable() bool        { return a.flags&aRunnable != 0 }
func (a *action) pseudo() bool          { return a.flags&aPseudo != 0 }

// name is the operation key.
func (a *action) name() string {
	if a.key != "" {
		return a.key
	}
	return opKey(a.rsc.ID, a.keyTask, a.interval)
}

func opKey(id, task string, interval int64) string {
	return id + "_" + task + "_" + strconv.FormatInt(interval, 10)
}

// splitKey takes an operation key apart; the task is after the last "_" but one, but for the
// migrate and notify words, which hold one themselves.
func splitKey(key string) (id, task string, interval int64, ok bool) {
	i := strings.LastIndexByte(key, '_')
	if i <= 0 {
		return "", "", 0, false
	}
	v, err := strconv.ParseInt(key[i+1:], 10, 64)
	if err != nil {
		return "", "", 0, false
	}
	rest := key[:i]
	for _, m := range []string{"_migrate_to", "_migrate_from"} {
		if strings.HasSuffix(rest, m) {
			return rest[:len(rest)-len(m)], m[1:], v, true
		}
	}
	if j := strings.LastIndex(rest, "_notify_"); j > 0 {
		for _, m := range []string{"_pre", "_post", "_confirmed-pre", "_confirmed-post"} {
			if strings.HasSuffix(rest[:j], m) {
				k := j - len(m)
				return rest[:k], rest[k+1:], v, true
			}
		}
	}
	j := strings.LastIndexByte(rest, '_')
	if j <= 0 {
		return "", "", 0, false
	}
	return rest[:j], rest[j+1:], v, true
}

// find returns the set of actions with a key, nil if there are none.
func (r *Resource) find(keyTask string, interval int64) *opSet {
	for _, s := range r.opSets {
		if s.interval == interval && s.keyTask == keyTask {
			return s
		}
	}
	return nil
}

// on finds the oldest action for a node; one that has no node yet takes this one.
func (s *opSet) on(n *Node) *action {
	if s == nil || len(s.actions) == 0 {
		return nil
	}
	if n == nil {
		return s.actions[0]
	}
	if s.nodeless == 0 && s.byNode != nil {
		return s.byNode[n]
	}
	for _, a := range s.actions {
		if a.node == n {
			return a
		}
		if a.node == nil {
			s.settle(a, n)
			return a
		}
	}
	return nil
}

// exact finds the oldest action for a node without giving nodes to others.
func (s *opSet) exact(n *Node) *action {
	if s == nil {
		return nil
	}
	if s.byNode != nil {
		return s.byNode[n]
	}
	for _, a := range s.actions {
		if a.node == n {
			return a
		}
	}
	return nil
}

func (s *opSet) settle(a *action, n *Node) {
	a.node = n
	s.nodeless--
	s.index(a)
}

func (s *opSet) index(a *action) {
	if s.byNode == nil {
		if len(s.actions) <= indexFrom {
			return
		}
		s.byNode = make(map[*Node]*action, len(s.actions))
		for _, b := range s.actions {
			if b.node != nil && s.byNode[b.node] == nil {
				s.byNode[b.node] = b
			}
		}
		return
	}
	if a.node != nil && s.byNode[a.node] == nil {
		s.byNode[a.node] = a
	}
}

// act gets or makes the action of a resource whose key word is its task.
func (r *Resource) act(task string, interval int64, n *Node, optional bool) *action {
	return r.actKey(task, task, interval, n, optional)
}

// actKey gets or makes an action. A found one becomes required if asked, never optional
// again; what it may do is checked anew each time.
func (r *Resource) actKey(keyTask, task string, interval int64, n *Node, optional bool) *action {
	s := r.find(keyTask, interval)
	a := s.on(n)
	if a == nil {
		if s == nil {
			s = &opSet{keyTask: keyTask, task: task, interval: interval}
			r.opSets = append(r.opSets, s)
		}
		a = r.cluster.newAction(task)
		a.rsc, a.node, a.keyTask, a.interval, a.set = r, n, keyTask, interval, s
		s.actions = append(s.actions, a)
		if n == nil {
			s.nodeless++
		}
		s.index(a)
		r.actions = append(r.actions, a)
		if optional {
			a.set1(aOptional)
		}
		a.needs = r.needOf(task)
	}
	if !optional {
		a.clear(aOptional)
	}
	r.cluster.check(a)
	return a
}

func (c *Cluster) newAction(task string) *action {
	c.lastID++
	a := &action{id: c.lastID, task: task, keyTask: task, flags: aRunnable}
	c.actions = append(c.actions, a)
	return a
}

// event gets or makes an action without resource, by its key.
func (c *Cluster) event(key, task string, n *Node, optional bool) *action {
	var a *action
	for _, b := range c.global[key] {
		if n == nil || b.node == n || b.node == nil {
			a = b
			if n != nil {
				b.node = n
			}
			break
		}
	}
	if a == nil {
		a = c.newAction(task)
		a.key, a.node = key, n
		c.global[key] = append(c.global[key], a)
		if optional {
			a.set1(aOptional)
		}
	}
	if !optional {
		a.clear(aOptional)
	}
	return a
}

// pseudo gets or makes an event of a collection: it runs nowhere.
func (r *Resource) pseudo(task string, optional, runnable bool) *action {
	return r.pseudoKey(task, task, optional, runnable)
}

func (r *Resource) pseudoKey(keyTask, task string, optional, runnable bool) *action {
	a := r.actKey(keyTask, task, 0, nil, optional)
	a.set1(aPseudo)
	if runnable {
		a.set1(aRunnable)
	}
	return a
}

func (a *action) metaSet(name, value string) {
	if a.meta == nil {
		a.meta = map[string]string{}
	}
	a.meta[name] = value
}

// because records why an action came to be as it is; the first reason stays.
func (a *action) because(reason string, overwrite bool) {
	if a.reason == "" || overwrite {
		a.reason = reason
	}
}

func (r *Resource) needOf(task string) need {
	if task != "start" && task != "promote" {
		return needNothing
	}
	switch {
	case r.is(rNeedsFencing):
		return needFencing
	case r.is(rNeedsQuorum):
		return needQuorum
	}
	return needNothing
}

// check decides whether an action of a resource may run.
func (c *Cluster) check(a *action) {
	if a.pseudo() {
		return
	}
	r, n := a.rsc, a.node
	if n != nil && !r.is(rManaged) && (a.interval == 0 || a.set.lookup(r) == nil) && !a.is(aCancel) {
		a.set1(aOptional)
	}
	switch {
	case n == nil:
		a.clear(aRunnable)
	case !n.Online && !a.is(aOnDC) && !(n.IsGuest() && !n.reset):
		a.clear(aRunnable)
		if a.task == "stop" && r.is(rManaged) && !n.Unclean {
			c.fenceNode(n, "stop is unrunnable", false)
		}
	case n.Pending && !a.is(aOnDC):
		a.clear(aRunnable)
	case a.needs == needNothing:
		a.because("", true)
		if n.IsGuest() && !c.canFence(n) {
			a.clear(aRunnable)
		} else {
			a.set1(aRunnable)
		}
	default:
		c.checkQuorum(a)
	}
}

func (c *Cluster) checkQuorum(a *action) {
	switch c.policyFor(a.rsc) {
	case PolicyStop:
		a.clear(aRunnable)
		a.because("no quorum", true)
	case PolicyFreeze:
		if !a.rsc.active(true) || a.rsc.NextRole > a.rsc.Role {
			a.clear(aRunnable)
			a.because("quorum freeze", true)
		}
	default:
		a.set1(aRunnable)
	}
}

// policyFor is what the lack of quorum means for a resource. Under "demote" promoted
// instances are demoted and may go on as unpromoted ones.
func (c *Cluster) policyFor(r *Resource) QuorumPolicy {
	p := c.Options.NoQuorum
	if c.Quorum {
		return PolicyIgnore
	}
	if p != PolicyDemote {
		return p
	}
	if r.Role == RolePromoted || r.Role == RoleUnpromoted {
		if r.NextRole > RoleUnpromoted {
			r.NextRole = RoleUnpromoted
		}
		return PolicyIgnore
	}
	return PolicyStop
}
