package status

import (
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/rule"
	"quorate/engine/scheduler"
)

// The order of attributes in these elements is a contract: agents match them with regular expressions.

// node makes an element; attributes come as name, value, name, value. A nil parent makes a root.
func node(parent *etree.Element, tag string, attrs ...string) *etree.Element {
	e := etree.NewElement(tag)
	for i := 0; i+1 < len(attrs); i += 2 {
		e.Attr = append(e.Attr, etree.Attr{Key: attrs[i], Value: attrs[i+1]})
	}
	if parent != nil {
		parent.AddChild(e)
	}
	return e
}

func attr(e *etree.Element, name, value string) {
	e.Attr = append(e.Attr, etree.Attr{Key: name, Value: value})
}

// XML makes the sections as the elements below the root of crm_mon's XML.
func (m *Mon) XML() []*etree.Element {
	top := etree.NewElement("top")
	if !m.Running.IsZero() {
		node(top, "pacemakerd", "sys_from", "pacemakerd", "state", "running", "last_updated", m.Running.UTC().Format(fenceClock))
	}
	m.summaryXML(top)
	m.sectionsXML(top)
	return top.ChildElements()
}

// SectionsXML is XML without what stands before the list of nodes.
func (m *Mon) SectionsXML() []*etree.Element {
	top := etree.NewElement("top")
	m.sectionsXML(top)
	return top.ChildElements()
}

func (m *Mon) sectionsXML(top *etree.Element) {
	if m.has(Nodes) {
		m.nodesXML(top)
	}
	if m.has(Resources) {
		m.resourcesXML(top)
	}
	if m.has(Attributes) {
		m.attributesXML(top)
	}
	if m.has(Operations | FailCounts) {
		m.historyXML(top)
	}
	if m.has(Failures) {
		m.failuresXML(top)
	}
	if m.has(Fencing) && len(m.Fencing) > 0 {
		m.fencingXML(top)
	}
	if m.has(Tickets) {
		m.ticketsXML(top)
	}
	if m.has(Bans) {
		m.bansXML(top)
	}
}

func (m *Mon) summaryXML(top *etree.Element) {
	noDC := m.Cluster.DC() == nil
	if !noDC && !m.has(SummarySections&^MaintMode|ClusterOptions) {
		return
	}
	s := node(top, "summary")
	if m.has(Stack) {
		node(s, "stack", "type", m.option("cluster-infrastructure", "unknown"))
	}
	if m.has(DC) || noDC {
		m.dcXML(s)
	}
	if m.has(Times) {
		c := m.changed()
		node(s, "last_update", "time", m.Now.Format(Clock))
		node(s, "last_change", "time", c.Written, "user", c.User, "client", c.Client, "origin", c.Origin)
	}
	if m.has(Counts) {
		node(s, "nodes_configured", "number", strconv.Itoa(len(m.Cluster.Nodes)))
		node(s, "resources_configured", "number", strconv.Itoa(m.total), "disabled", strconv.Itoa(m.off), "blocked", strconv.Itoa(m.blocked))
	}
	if m.has(ClusterOptions) {
		o := m.Cluster.Options
		node(s, "cluster_options", "stonith-enabled", boolText(o.Stonith), "symmetric-cluster", boolText(o.Symmetric),
			"no-quorum-policy", string(o.NoQuorum), "maintenance-mode", boolText(o.MaintenanceMode),
			"stop-all-resources", boolText(o.StopAll), "stonith-timeout-ms", strconv.FormatInt(o.StonithTimeout, 10),
			"priority-fencing-delay-ms", strconv.FormatInt(o.PriorityFencingDelay*1000, 10))
	}
}

func (m *Mon) dcXML(s *etree.Element) {
	dc := m.Cluster.DC()
	if dc == nil {
		node(s, "current_dc", "present", "false")
		return
	}
	node(s, "current_dc", "present", "true", "version", m.option("dc-version", ""), "name", dc.Name, "id", dc.ID,
		"with_quorum", boolText(m.Quorum), "mixed_version", boolText(m.mixedVersions()))
}

func (m *Mon) nodesXML(top *etree.Element) {
	list := node(top, "nodes")
	for _, n := range m.Cluster.Nodes {
		if !m.showsNode(n) {
			continue
		}
		e := node(list, "node", "name", n.Name, "id", n.ID, "online", boolText(n.Online), "standby", boolText(standby(n)),
			"standby_onfail", boolText(n.StandbyOnFail), "maintenance", boolText(n.Maintenance), "pending", boolText(n.Pending),
			"unclean", boolText(n.Unclean), "health", healthName(&m.View, n))
		if n.Online && !n.IsRemote() {
			attr(e, "feature_set", featureSet(n))
		}
		for _, a := range [][2]string{{"shutdown", boolText(n.Shutdown)}, {"expected_up", boolText(n.ExpectedUp())}, {"is_dc", boolText(n.IsDC())},
			{"resources_running", strconv.Itoa(len(n.Running))}, {"type", nodeType(n)}} {
			attr(e, a[0], a[1])
		}
		if n.IsGuest() {
			attr(e, "id_as_resource", n.Connection.Container().ID)
		}
		if m.ByNode {
			for _, r := range m.shownOn(n, true) {
				m.resourceXML(e, r)
			}
		}
	}
}

func nodeType(n *scheduler.Node) string {
	switch n.Kind {
	case scheduler.Ping:
		return "ping"
	case scheduler.Remote:
		return "remote"
	}
	return "member"
}

func (m *Mon) attributesXML(top *etree.Element) {
	list := etree.NewElement("node_attributes")
	for _, n := range m.Cluster.Nodes {
		names := shownAttrs(n)
		if !n.Online || !m.showsNode(n) || len(names) == 0 {
			continue
		}
		e := node(list, "node", "name", n.Name)
		for _, name := range names {
			a := node(e, "attribute", "name", name, "value", n.Attrs[name])
			if expected, ok := m.pingScore(n, name); ok {
				attr(a, "expected", strconv.Itoa(expected))
			}
		}
	}
	if len(list.Child) > 0 {
		top.AddChild(list)
	}
}

func (m *Mon) historyXML(top *etree.Element) {
	histories := m.histories(m.CIB.SelectElement("status"))
	if len(histories) == 0 {
		return
	}
	list := node(top, "node_history")
	for _, h := range histories {
		e := etree.NewElement("node")
		attr(e, "name", h.node.Name)
		for _, rsc := range h.resources {
			m.resourceHistoryXML(e, rsc, h.node)
		}
		if len(e.Child) > 0 {
			list.AddChild(e)
		}
	}
}

func (m *Mon) resourceHistoryXML(parent, rsc *etree.Element, n *scheduler.Node) {
	id := rsc.SelectAttrValue("id", "")
	r := m.Cluster.FindHistory(id)
	ops := shownOps(rsc)
	if len(ops) == 0 || r != nil && !m.wantedUp(r) {
		return
	}
	var f failCounts
	if r != nil {
		f = m.failCounts(r, n)
	}
	if f.count <= 0 && !m.has(Operations) {
		return
	}
	e := node(parent, "resource_history", "id", historyName(id, r), "orphan", boolText(r == nil))
	if r != nil {
		attr(e, "migration-threshold", strconv.Itoa(int(r.Threshold())))
	}
	if f.count > 0 {
		attr(e, "fail-count", strconv.Itoa(int(f.count)))
	}
	if f.count > 0 && f.last > 0 {
		attr(e, "last-failure", m.clock(f.last))
	}
	if !m.has(Operations) {
		return
	}
	for _, o := range ops {
		m.opXML(e, o)
	}
}

func (m *Mon) opXML(parent, o *etree.Element) {
	a := func(name string) string { return o.SelectAttrValue(name, "") }
	rc := max(0, rule.ParseInt(a("rc-code")))
	task := a("operation")
	if task == "monitor" && rule.ParseInt(a("interval")) == 0 {
		task = "probe"
	}
	e := node(parent, "operation_history", "call", a("call-id"), "task", task, "rc", strconv.Itoa(rc), "rc_text", ResultText(rc))
	if i := a("interval"); i != "" && i != "0" {
		attr(e, "interval", i+"ms")
	}
	if t := epoch(a("last-rc-change")); t > 0 {
		attr(e, "last-rc-change", m.clock(t))
	}
	if t := a("exec-time"); t != "" {
		attr(e, "exec-time", t+"ms")
	}
	if t := a("queue-time"); t != "" {
		attr(e, "queue-time", t+"ms")
	}
}

func (m *Mon) failuresXML(top *etree.Element) {
	list := etree.NewElement("failures")
	for _, f := range m.FailedOps {
		if f.Masked && !m.showMasked(f) || f.Node != nil && !m.showsNode(f.Node) || f.Resource != nil && !m.wantedUp(f.Resource) {
			continue
		}
		a := func(name, otherwise string) string { return f.Element.SelectAttrValue(name, otherwise) }
		key := "op_key"
		if a("operation_key", "") == "" {
			key = "id"
		}
		e := node(list, "failure", key, f.Key, "node", nodeNameOf(f), "exitstatus", ResultText(f.RC), "exitreason", a("exit-reason", "none"),
			"exitcode", strconv.Itoa(f.RC), "call", a("call-id", ""), "status", opStatusText(f.Status))
		if t := epoch(a("last-rc-change", "")); t > 0 {
			attr(e, "last-rc-change", time.Unix(t, 0).UTC().Format(fenceClock))
			for _, p := range [][2]string{{"queued", "queue-time"}, {"exec", "exec-time"}, {"interval", "interval"}, {"task", "operation"}} {
				if v := a(p[1], ""); v != "" {
					attr(e, p[0], v)
				}
			}
		}
	}
	if len(list.Child) > 0 {
		top.AddChild(list)
	}
}

func (m *Mon) fencingXML(top *etree.Element) {
	list := node(top, "fence_history")
	for _, f := range m.reduced(func(api.FenceEvent) bool { return true }) {
		e := node(list, "fence_event", "action", f.Action, "target", f.Target, "client", f.Client, "origin", f.Origin, "status", f.Status)
		if f.Status == "pending" {
			attr(e, "extended-status", "0")
			continue
		}
		if f.Delegate != "" {
			attr(e, "delegate", f.Delegate)
		}
		attr(e, "completed", f.Completed.UTC().Format(fenceClock))
	}
}

func (m *Mon) ticketsXML(top *etree.Element) {
	list := etree.NewElement("tickets")
	for _, t := range m.Cluster.TicketList() {
		state := "revoked"
		if t.Granted {
			state = "granted"
		}
		e := node(list, "ticket", "id", t.ID, "status", state, "standby", boolText(t.Standby))
		if s := epoch(t.LastGranted); s > 0 {
			attr(e, "last-granted", m.clock(s))
		}
	}
	if len(list.Child) > 0 {
		top.AddChild(list)
	}
}

func (m *Mon) bansXML(top *etree.Element) {
	list := etree.NewElement("bans")
	for _, b := range m.bans() {
		p := boolText(b.PromotedOnly)
		node(list, "ban", "id", b.ID, "resource", b.Resource.ID, "node", b.Node.Name, "weight", strconv.Itoa(int(b.Score)), "promoted-only", p, "master_only", p)
	}
	if len(list.Child) > 0 {
		top.AddChild(list)
	}
}

// Simple is the one line of crm_mon -s; ok is false where something needs attention.
func (m *Mon) Simple() (line string, ok bool) {
	var warn []string
	standbys, online := 0, 0
	if m.Cluster.DC() == nil {
		return "CLUSTER WARN: No DC" + when(m.offline() != "", ", "+m.offline()), false
	}
	for _, n := range m.Cluster.Nodes {
		switch {
		case n.Standby && n.Online:
			standbys++
		case n.Maintenance && n.Online:
		case n.Online:
			online++
		default:
			warn = append(warn, "offline node: "+n.Name)
		}
	}
	if len(warn) > 0 {
		return "CLUSTER WARN: " + strings.Join(warn, " "), false
	}
	line = "CLUSTER OK: " + plural(online, "node") + " online"
	if standbys > 0 {
		line += ", " + plural(standbys, "standby node")
	}
	return line + ", " + plural(m.total, "resource instance") + " configured", true
}

func (m *Mon) offline() string {
	var names []string
	for _, n := range m.Cluster.Nodes {
		if !n.Online && !(n.Standby || n.Maintenance) {
			names = append(names, "offline node: "+n.Name)
		}
	}
	return strings.Join(names, " ")
}
