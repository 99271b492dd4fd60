package attribute

import (
	"sort"
	"strconv"
	"strings"
	"time"
)

// Event is something that happened to the Machine.
type Event interface{ event() }

// Change is one update that a client of this node asked for.
type Change struct {
	Update Update
	At     time.Time
}

// Flush writes what is being dampened now: of one name, or of all (attrd_updater -R).
type Flush struct {
	Name string // "" for all
	At   time.Time
}

// Lost drops what waits for a node that left: its attributes end with its membership.
type Lost struct {
	Node string
	At   time.Time
}

// Written answers a Write: the document has it now. It has no effects.
type Written struct {
	ID int
	At time.Time
}

// Refused answers a Write that could not be made. Nobody waits for a dampened value, so it is written later; who sent
// another one was told. It is answered by WakeAt at most.
type Refused struct {
	ID int
	At time.Time
}

// Now is the passing of time; due after WakeAt.
type Now struct{ At time.Time }

func (Change) event()  {}
func (Flush) event()   {}
func (Lost) event()    {}
func (Written) event() {}
func (Refused) event() {}
func (Now) event()     {}

// Effect is what the Machine wants done.
type Effect interface{ effect() }

// Write asks for updates to be put into the document, together; Written or Refused must follow. Values may still be
// increments: the document resolves them, so that two nodes can count at the same time.
type Write struct {
	ID      int
	Updates []Update
}

// WakeAt asks for an event Now at this time; it replaces an earlier WakeAt.
type WakeAt struct{ At time.Time }

func (Write) effect()  {}
func (WakeAt) effect() {}

// Lookup reads the document: the value of an attribute, and whether there is one.
type Lookup func(u Update) (value string, ok bool)

// key is one value of one attribute.
type key struct{ node, name, set string }

func keyOf(u Update) key { return key{u.Node, u.Name, u.Set} }

// sent is the newest write of a value that is under way.
type sent struct {
	id int
	Update
}

// Machine dampens the updates that come from one node's clients and drops those that change nothing.
// Not for concurrent use.
type Machine struct {
	now     time.Time
	lookup  Lookup
	delays  map[string]time.Duration // by name; kept as long as the node runs
	waiting map[key]Update           // dampened values
	due     map[string]time.Time     // by name: when its dampened values are written
	sent    map[key]sent             // written, not in the document yet
	writes  map[int][]Update
	nextID  int
	wakeAt  time.Time
	out     []Effect
}

// NewMachine makes a Machine over a document.
func NewMachine(lookup Lookup) *Machine {
	return &Machine{lookup: lookup, delays: map[string]time.Duration{}, waiting: map[key]Update{}, due: map[string]time.Time{},
		sent: map[key]sent{}, writes: map[int][]Update{}}
}

// Step takes one event and returns what has to be done about it, in order.
func (m *Machine) Step(ev Event) []Effect {
	m.out = nil
	switch e := ev.(type) {
	case Change:
		m.tick(e.At)
		m.change(e.Update)
	case Flush:
		m.tick(e.At)
		m.write(func(k key) bool { return e.Name == "" || k.name == e.Name })
	case Lost:
		m.tick(e.At)
		for k := range m.waiting {
			if k.node == e.Node {
				delete(m.waiting, k)
			}
		}
	case Written:
		m.written(e.ID) // no clock: it never gives effects, so that it can be told while effects are carried out
	case Refused:
		m.refused(e)
	case Now:
		m.tick(e.At)
	}
	m.wake()
	return m.out
}

// Pending returns the value that waits to be written, for a query that must see its own update at once.
func (m *Machine) Pending(node, name string) (value *string, ok bool) {
	for k, u := range m.waiting {
		if k.node == node && k.name == name {
			return u.Value, true
		}
	}
	for k, u := range m.sent {
		if k.node == node && k.name == name {
			return u.Value, true
		}
	}
	return nil, false
}

// Delay returns the dampening of a name.
func (m *Machine) Delay(name string) time.Duration { return m.delays[name] }

func (m *Machine) change(u Update) {
	if u.Delay != nil {
		_, known := m.delays[u.Name]
		// An ordinary update names the dampening at creation only; setting it is an order of its own (-Y, -B).
		if u.Value == nil || u.KeepBoth || !known {
			m.delays[u.Name] = *u.Delay
		}
		if u.Value == nil {
			return
		}
		u.Delay, u.KeepBoth = nil, false
	}
	k := keyOf(u)
	if u.Value != nil {
		if old, ok := m.waiting[k]; ok && old.Value != nil {
			u.Value = Count(old.Value, *u.Value)
		}
	}
	if m.same(k, u.Value) {
		return
	}
	m.waiting[k] = u
	if delay := m.delays[u.Name]; delay > 0 && u.Value != nil {
		m.due[u.Name] = m.now.Add(delay)
		return
	}
	m.write(func(w key) bool { return w == k })
}

// same reports whether the attribute already has, or is getting, this value.
func (m *Machine) same(k key, value *string) bool {
	if value != nil && isCount(*value) {
		return false
	}
	now, ok := m.waiting[k]
	if !ok {
		var under sent
		under, ok = m.sent[k]
		now = under.Update
	}
	if !ok {
		text, exists := m.lookup(Update{Node: k.node, Name: k.name, Set: k.set})
		if exists {
			now.Value = &text
		}
	}
	if now.Value == nil || value == nil {
		return now.Value == value
	}
	return *now.Value == *value
}

// tick moves the clock, never back, and writes what was dampened long enough: all values of a name at once.
func (m *Machine) tick(now time.Time) {
	if now.After(m.now) {
		m.now = now
	}
	m.write(func(k key) bool {
		at, ok := m.due[k.name]
		return ok && !at.After(m.now)
	})
}

// write sends the chosen values, in a stable order, as one entry.
func (m *Machine) write(choose func(key) bool) {
	var list []Update
	for k, u := range m.waiting {
		if choose(k) {
			list = append(list, u)
		}
	}
	if len(list) == 0 {
		return
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if a.Name != b.Name {
			return a.Name < b.Name
		}
		if a.Node != b.Node {
			return a.Node < b.Node
		}
		return a.Set < b.Set
	})
	m.nextID++
	for _, u := range list {
		delete(m.waiting, keyOf(u))
		m.sent[keyOf(u)] = sent{m.nextID, u}
	}
	m.writes[m.nextID] = list
	m.out = append(m.out, Write{m.nextID, list})
	m.forgetDue()
}

// forgetDue drops the timers of names that have no waiting value left.
func (m *Machine) forgetDue() {
	names := map[string]bool{}
	for k := range m.waiting {
		names[k.name] = true
	}
	for name := range m.due {
		if !names[name] {
			delete(m.due, name)
		}
	}
}

// written forgets a finished write; a later one of the same attribute stays.
func (m *Machine) written(id int) {
	for _, u := range m.writes[id] {
		if m.sent[keyOf(u)].id == id {
			delete(m.sent, keyOf(u))
		}
	}
	delete(m.writes, id)
}

// retryAfter is the least time until a refused value is tried again.
const retryAfter = time.Second

// refused lets dampened values wait again, unless there is a newer one. An increment is given up: it may have been
// counted although the answer was lost.
func (m *Machine) refused(e Refused) {
	list := m.writes[e.ID]
	for _, u := range list {
		k, delay := keyOf(u), m.delays[u.Name]
		_, newer := m.waiting[k]
		if newer || m.sent[k].id != e.ID || delay <= 0 || u.Value == nil || isCount(*u.Value) {
			continue
		}
		m.waiting[k] = u
		if at := e.At.Add(max(delay, retryAfter)); m.due[u.Name].IsZero() {
			m.due[u.Name] = at
		}
	}
	m.written(e.ID)
}

func (m *Machine) wake() {
	var next time.Time
	for _, at := range m.due {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	if !next.IsZero() && !next.Equal(m.wakeAt) {
		m.wakeAt = next
		m.out = append(m.out, WakeAt{next})
	}
}

// Infinity is where counting ends.
const Infinity = 1_000_000

// increment reads "value++" and "value+=N".
func increment(text string) (by int, ok bool) {
	if text == "value++" {
		return 1, true
	}
	number, found := strings.CutPrefix(text, "value+=")
	if !found {
		return 0, false
	}
	by, err := strconv.Atoi(number)
	return by, err == nil
}

func isCount(text string) bool { _, ok := increment(text); return ok }

// Count resolves a new value against the old one: an increment counts up from it (from 0 if there is none
// or it is no number, up to INFINITY), everything else replaces it. Two increments become one.
func Count(old *string, value string) *string {
	by, ok := increment(value)
	if !ok {
		return &value
	}
	before := ""
	if old != nil {
		before = *old
	}
	if first, counts := increment(before); counts {
		sum := "value+=" + strconv.Itoa(first+by)
		return &sum
	}
	n, err := strconv.Atoi(before)
	if before == "INFINITY" || before == "+INFINITY" {
		n, err = Infinity, nil
	}
	if err != nil {
		n = 0
	}
	next := strconv.Itoa(n + by)
	if n+by >= Infinity {
		next = "INFINITY"
	}
	return &next
}
