package status

import (
	"io"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/scheduler"
)

// Mon is one picture of a cluster: what crm_mon prints.
type Mon struct {
	View
	Show    Section
	CIB     *etree.Element // the <cib> that the view was read from
	Now     time.Time
	Fencing []api.FenceEvent
	// FenceLevel is that of crm_mon -m: 1 failures and pending, 2 also successes, 3 all events.
	FenceLevel int

	// Running is when the engine was last known to run; zero: the picture is of a file.
	Running time.Time

	allBans []scheduler.Ban

	total, off, blocked int // resource instances
}

// Prepare counts, and then reads what only constraints say if that is to be shown: bans, and tickets without state. The
// constraints act on what they are read into, as they do in crm_mon; so this is called once, before anything is shown.
func (m *Mon) Prepare() {
	m.total, m.off, m.blocked = m.counts()
	if m.has(Bans | Tickets) {
		m.allBans = m.Cluster.Bans()
	}
}

func (m *Mon) has(s Section) bool { return m.Show&s != 0 }

// changed reads who changed the CIB last.
func (m *Mon) changed() LastChange {
	a := func(name string) string { return m.CIB.SelectAttrValue(name, "") }
	return LastChange{a("cib-last-written"), a("update-user"), a("update-client"), a("update-origin")}
}

// lists makes the sections in their order; the note about maintenance comes after the header.
func (m *Mon) lists() (header *List, rest []*List) {
	header = m.summaryList(Summary{Stack: m.has(Stack), DC: m.has(DC), Times: m.has(Times), Counts: m.has(Counts),
		Options: m.has(ClusterOptions)}, m.Now, m.changed())
	status := m.CIB.SelectElement("status")
	add := func(s Section, l func() *List) {
		if m.has(s) {
			rest = append(rest, l())
		}
	}
	add(Nodes, m.NodeList)
	add(Resources, m.ResourceList)
	add(Attributes, m.AttributeList)
	switch {
	case m.has(Operations):
		add(Operations, func() *List { return m.OperationList(status) })
	case m.has(FailCounts):
		add(FailCounts, func() *List { return m.FailCountList(status) })
	}
	add(Failures, m.FailureList)
	add(FencingFailed, m.failedFencing)
	add(Tickets, m.ticketList)
	add(Bans, m.banList)
	add(FencingSucceeded|FencingPending, m.fencingHistory)
	return header, rest
}

// WriteText prints the picture as text.
func (m *Mon) WriteText(w io.Writer) {
	header, rest := m.lists()
	var b strings.Builder
	if !m.Running.IsZero() {
		b.WriteString("Status of pacemakerd: 'Pacemaker is running' (last updated " + m.Running.UTC().Format(fenceClock) + ")\n")
	}
	WriteText(&b, false, header)
	if m.has(MaintMode) {
		b.WriteString(m.MaintenanceNote())
	}
	for _, l := range rest {
		if l == nil {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		WriteText(&b, false, l)
	}
	_, _ = io.WriteString(w, b.String())
}

// verbs say what a fencing action is.
var verbs = map[string]string{"off": "turning off", "on": "unfencing"}

func fenceVerb(action string) string {
	if v := verbs[action]; v != "" {
		return v
	}
	return action
}

const fenceClock = "2006-01-02 15:04:05Z"

// reduced leaves the newest event of each kind, unless all are wanted.
func (m *Mon) reduced(keep func(api.FenceEvent) bool) []api.FenceEvent {
	var list []api.FenceEvent
	seen := map[[4]string]bool{}
	for _, e := range m.Fencing {
		kind := [4]string{e.Action, e.Target, e.Client, e.Status}
		if !keep(e) || seen[kind] && m.FenceLevel < 3 {
			continue
		}
		seen[kind] = true
		list = append(list, e)
	}
	return list
}

func (m *Mon) failedFencing() *List {
	l := &List{Title: "Failed Fencing Actions"}
	if m.has(FencingSucceeded) {
		return nil // the history has them
	}
	for _, e := range m.reduced(func(e api.FenceEvent) bool { return e.Status == "failed" }) {
		l.add(m.fenceText(e), "warning")
	}
	if len(l.Items) == 0 {
		return nil
	}
	return l
}

func (m *Mon) fencingHistory() *List {
	l := &List{Title: "Fencing History"}
	if !m.has(FencingSucceeded) {
		l.Title = "Pending Fencing Actions"
	}
	for _, e := range m.reduced(func(e api.FenceEvent) bool { return e.Status == "pending" || m.has(FencingSucceeded) }) {
		l.add(m.fenceText(e), "")
	}
	if len(l.Items) == 0 {
		return nil
	}
	return l
}

func (m *Mon) fenceText(e api.FenceEvent) string {
	s := fenceVerb(e.Action) + " of " + e.Target
	if e.Delegate != "" {
		s += " by " + e.Delegate
	}
	s += " for " + e.Client + "@" + e.Origin
	when := e.Completed.UTC().Format(fenceClock)
	switch {
	case e.Status == "pending":
		return s + " pending"
	case e.Status == "success":
		return s + " successful at " + when
	case m.FenceLevel >= 3:
		return s + " failed at " + when
	}
	return s + " last failed at " + when
}
