package scheduler

import "fmt"

// summarize lists what changes, as crm_simulate's transition summary: fencing first, then the
// resources in their order. It is made before the graph, as looking for the actions of a
// resource gives a node to those that have none.
func (c *Cluster) summarize() []SummaryLine {
	s := &summary{}
	for i := len(c.actions) - 1; i >= 0; i-- {
		s.fencing(c.actions[i])
	}
	for _, x := range c.Resources {
		s.resource(x)
	}
	s.format()
	return s.lines
}

type summary struct{ lines []SummaryLine }

func (s *summary) fencing(a *action) {
	if a.rsc != nil || a.optional() || a.task != "stonith" || a.reason == "" {
		return
	}
	name := a.node.Name
	if a.node.IsGuest() {
		name += " (resource: " + a.node.Connection.container.ID + ")"
	}
	s.lines = append(s.lines, SummaryLine{Fence: true, Word: a.meta["stonith_action"], Resource: name, Reason: a.reason})
}

func (s *summary) resource(r *Resource) {
	switch r.Kind {
	case Primitives:
		s.primitive(r)
	case Bundle:
		for _, p := range r.Bundle.Replicas {
			for _, x := range []*Resource{p.IP, p.Container, p.Connection, p.Child} {
				if x != nil {
					s.primitive(x)
				}
			}
		}
	default:
		for _, k := range r.Children {
			s.resource(k)
		}
	}
}

// change is what the summary looks at for one primitive.
type change struct {
	r                            *Resource
	cur, next                    *Node
	role, nextRole               Role
	start, stop, promote, demote *action
	from                         *action // migrate_from
}

func (s *summary) primitive(r *Resource) {
	ch := &change{r: r, cur: r.currentNode(), next: r.Assigned, role: r.Role, nextRole: r.NextRole}
	if !r.is(rManaged) || ch.cur == nil && ch.next == nil || r.is(rOrphan) && ch.cur == nil {
		return
	}
	if ch.cur != nil && ch.role == RoleStopped {
		ch.role = RoleStarted
	}
	ch.start = r.actionOn("start", ch.next)
	if ch.start == nil || !ch.start.runnable() {
		ch.stop = r.actionOn("stop", nil)
	} else {
		ch.stop = r.actionOn("stop", ch.cur)
	}
	if r.expected != nil && ch.stop == nil {
		ch.stop = r.actionOn("stop", nil)
	}
	ch.promote, ch.demote = r.actionOn("promote", ch.next), r.actionOn("demote", ch.next)
	if ch.role == ch.nextRole {
		s.sameRole(ch)
	} else {
		s.otherRole(ch)
	}
}

func (s *summary) sameRole(ch *change) {
	r := ch.r
	ch.from = r.actionOn("migrate_from", ch.next)
	moving := ch.cur != nil && ch.next != nil && ch.cur != ch.next
	switch {
	case ch.from != nil && ch.from.runnable() && ch.cur != nil:
		s.add(ch, "Migrate", ch.start, nil, ch.cur, ch.next)
	case r.is(rReload):
		s.add(ch, "Reload", ch.start, nil, ch.cur, ch.next)
	case ch.start == nil || ch.start.optional():
		if ch.demote != nil && !ch.demote.optional() && ch.promote != nil && !ch.promote.optional() {
			s.add(ch, "Re-promote", ch.promote, ch.demote, ch.cur, ch.next)
		}
	case !ch.start.runnable():
		why := ch.start
		if ch.stop == nil || ch.stop.reason != "" {
			why = nil
		}
		s.add(ch, "Stop", ch.stop, why, ch.cur, nil)
	case moving && r.is(rFailed):
		s.add(ch, "Recover", ch.stop, nil, ch.cur, ch.next)
	case moving:
		s.add(ch, "Move", ch.stop, nil, ch.cur, ch.next)
	case r.is(rFailed):
		s.add(ch, "Recover", ch.stop, nil, ch.cur, nil)
	default:
		s.add(ch, "Restart", ch.start, nil, ch.cur, ch.next)
	}
}

func (s *summary) otherRole(ch *change) {
	r := ch.r
	moving := ch.cur != nil && ch.next != nil && ch.cur != ch.next
	switch {
	case ch.stop != nil && (ch.nextRole == RoleStopped || ch.start != nil && !ch.start.runnable()):
		for _, n := range r.RunningOn {
			stop := r.actionOn("stop", n)
			var why *action
			if stop == nil || stop.reason == "" {
				why = ch.start
			}
			s.add(ch, "Stop", stop, why, n, nil)
		}
	case ch.stop != nil && r.is(rFailed) && r.is(rMustStop):
		s.add(ch, "Recover", ch.stop, ch.start, ch.cur, ch.next)
	case moving:
		s.add(ch, "Move", ch.stop, nil, ch.cur, ch.next)
	case r.is(rReload):
		s.add(ch, "Reload", ch.start, nil, ch.cur, ch.next)
	case ch.stop != nil && !ch.stop.optional():
		s.add(ch, "Restart", ch.start, nil, ch.cur, ch.next)
	case ch.role == RolePromoted:
		s.add(ch, "Demote", ch.demote, nil, ch.cur, ch.next)
	case ch.nextRole == RolePromoted:
		s.add(ch, "Promote", ch.promote, nil, ch.cur, ch.next)
	case ch.role == RoleStopped && ch.nextRole > RoleStopped:
		s.add(ch, "Start", ch.start, nil, ch.cur, ch.next)
	}
}

// add makes one line; why, if given, is the action whose reason is shown.
func (s *summary) add(ch *change, word string, a, why *action, from, to *Node) {
	l := SummaryLine{Word: word, Resource: ch.r.ID, Details: details(ch, from, to), Blocked: a != nil && !a.runnable()}
	if why == nil {
		why = a
	}
	if why != nil {
		l.Reason = why.reason
	}
	s.lines = append(s.lines, l)
}

// actionOn finds the oldest action of a task on a node; one without node takes this one.
func (r *Resource) actionOn(task string, n *Node) *action { return r.find(task, 0).on(n) }

// note is what stands behind the columns.
func (l *SummaryLine) note() string {
	switch {
	case l.Reason != "" && l.Blocked:
		return "  due to " + l.Reason + " (blocked)"
	case l.Reason != "":
		return "  due to " + l.Reason
	case l.Blocked:
		return "  blocked"
	}
	return ""
}

// details says where from and where to, and the roles if they are of interest.
func details(ch *change, from, to *Node) []Detail {
	roles := ch.role > RoleStarted || ch.nextRole > RoleUnpromoted
	stays := ch.role == ch.nextRole
	role, next := Detail{"role", ch.role.String()}, Detail{"next-role", ch.nextRole.String()}
	switch {
	case from == nil && roles:
		return []Detail{role, next, {"dest", to.Name}}
	case from == nil:
		return []Detail{{"node", to.Name}}
	case to == nil && roles:
		return []Detail{role, {"node", from.Name}}
	case to == nil:
		return []Detail{{"node", from.Name}}
	case roles && stays && from == to:
		return []Detail{role, {"source", from.Name}}
	case stays && from == to:
		return []Detail{{"source", from.Name}}
	case roles && stays:
		return []Detail{{"source", from.Name}, {"dest", to.Name}, role}
	case stays:
		return []Detail{{"source", from.Name}, {"dest", to.Name}}
	case from == to:
		return []Detail{role, next, {"source", from.Name}}
	}
	return []Detail{role, {"source", from.Name}, next, {"dest", to.Name}}
}

// detailText joins the details with blanks, and with arrows before what is new.
func detailText(list []Detail) string {
	text := ""
	for i, d := range list {
		switch {
		case i == 0:
		case d.Name == "next-role", d.Name == "dest" && list[i-1].Name == "source":
			text += " -> "
		default:
			text += " "
		}
		text += d.Value
	}
	return text
}

// format lays the lines out in columns, as wide as crm_simulate makes them.
func (s *summary) format() {
	details, width := 5, 5
	for _, l := range s.lines {
		if l.Fence {
			continue
		}
		details = max(details, len(detailText(l.Details)))
		if len(l.Resource) > width {
			width = len(l.Resource) + 2
		}
	}
	for i := range s.lines {
		l := &s.lines[i]
		if l.Fence {
			l.Text = fmt.Sprintf("Fence (%s) %s '%s'", l.Word, l.Resource, l.Reason)
			continue
		}
		l.Text = fmt.Sprintf("%-8s   %-*s   ( %*s )%s", l.Word, width, l.Resource, details, detailText(l.Details), l.note())
	}
}
