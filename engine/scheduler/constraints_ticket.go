package scheduler

import "github.com/beevik/etree"

// ticketDep ties a resource to a multi-site ticket.
type ticketDep struct {
	ticket *Ticket
	rsc    *Resource
	role   Role
	policy string // loss-policy: stop, demote, fence, freeze
}

func (c *Cluster) readTicketConstraint(e *etree.Element) {
	id := attr(e, "ticket")
	if id == "" {
		c.err("constraint " + attr(e, "id") + ": no ticket")
		return
	}
	t := c.Tickets[id]
	if t == nil {
		t = &Ticket{ID: id, Attrs: map[string]string{}}
		c.Tickets[id] = t
	}
	policy := attr(e, "loss-policy")
	if sets := c.readSets(e); len(sets) > 0 {
		for _, s := range sets {
			refs, all := c.known(s)
			for _, r := range refs {
				c.dependOnTicket(t, r, s.role, policy)
			}
			if !all {
				return
			}
		}
		return
	}
	for _, r := range c.meant(e, attr(e, "rsc")) {
		c.dependOnTicket(t, r, attr(e, "rsc-role"), policy)
	}
}

func (c *Cluster) dependOnTicket(t *Ticket, r *Resource, role, policy string) {
	d := &ticketDep{ticket: t, rsc: r, role: colocationRole(role)}
	if foldEq(policy, "fence") && !c.Options.Stonith {
		c.err("Resetting 'loss-policy' for ticket '" + t.ID + "' to 'stop' because fencing is not configured")
		policy = "stop"
	}
	switch p := lowerASCII(policy); p {
	case "stop", "demote", "fence", "freeze":
		d.policy = p
	default:
		d.policy = "stop"
		if d.role == RolePromoted {
			d.policy = "demote"
		}
	}
	r.tickets = append(r.tickets, d)
	if t.Granted && !t.Standby {
		return
	}
	r.leaves(func(x *Resource) { c.loseTicket(d, x) })
}

// loseTicket applies a ticket that is not granted, or in standby, to a primitive.
func (c *Cluster) loseTicket(d *ticketDep, r *Resource) {
	if !d.ticket.Granted && len(r.RunningOn) > 0 {
		c.revokeTicket(d, r)
		return
	}
	if d.role != RolePromoted || d.policy == "stop" {
		c.addAll(r.table, -Infinity)
	}
}

func (c *Cluster) revokeTicket(d *ticketDep, r *Resource) {
	inRole := d.role == RoleUnknown || d.role == r.Role
	switch d.policy {
	case "stop":
		c.addAll(r.table, -Infinity)
	case "demote":
		if d.role != RolePromoted {
			c.addAll(r.table, -Infinity)
		}
	case "fence":
		if !inRole {
			return
		}
		c.addAll(r.table, -Infinity)
		for _, n := range r.RunningOn {
			c.fenceNode(n, "deadman ticket was lost", false)
		}
	case "freeze":
		if inRole {
			r.clear(rManaged)
			r.set(rBlocked)
		}
	}
}
