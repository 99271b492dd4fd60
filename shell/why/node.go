package why

import (
	"fmt"
	"strings"
	"time"

	"quorate/engine/api"
	"quorate/engine/scheduler"
	"quorate/shell/status"
)

// nodeState names the state of a node, with the command that changes it where there is one.
func nodeState(n *scheduler.Node) string {
	switch {
	case n.Unclean && !n.Online:
		return "lost, and to be fenced before its resources start elsewhere"
	case n.Unclean:
		return "to be fenced"
	case n.Pending:
		return "joining"
	case !n.Online:
		return "offline"
	case n.Shutdown:
		return "leaving"
	case n.StandbyOnFail:
		return "standby after a failure"
	case n.Standby:
		return fmt.Sprintf("standby ('crm node online %s' ends it)", n.Name)
	case n.Maintenance:
		return fmt.Sprintf("in maintenance mode ('crm node ready %s' ends it)", n.Name)
	}
	return "online"
}

func (x *explainer) explainNode(n *scheduler.Node, history []api.FenceEvent) *Report {
	report := &Report{Headline: fmt.Sprintf("%s is %s", n.Name, nodeState(n))}
	if dc := x.cluster.DC(); dc == n {
		report.Reasons = append(report.Reasons, "it is the designated controller (DC)")
	}
	var running []string
	for _, r := range n.Running {
		running = append(running, r.ID)
	}
	if len(running) > 0 {
		report.Reasons = append(report.Reasons, "it runs "+strings.Join(running, " "))
	}
	for _, f := range x.cluster.FailedOps {
		if f.Node == n && !f.Masked && f.Resource != nil {
			report.Reasons = append(report.Reasons, fmt.Sprintf("%s of %s %s", f.Element.SelectAttrValue("operation", f.Key), f.Resource.ID, status.Outcome(f)))
		}
	}
	for _, h := range history {
		if h.Target == n.Name {
			report.Reasons = append(report.Reasons, fenced(h))
		}
	}
	return report
}

// fenced tells one entry of the fencing history.
func fenced(h api.FenceEvent) string {
	text := fmt.Sprintf("%s %s by %s for %s", h.Action, h.Status, orNobody(h.Delegate), orNobody(h.Client))
	if !h.Completed.IsZero() {
		text += " at " + h.Completed.Format(time.DateTime)
	}
	if h.Reason != "" {
		text += ": " + h.Reason
	}
	return text
}

func orNobody(name string) string {
	if name == "" {
		return "nobody"
	}
	return name
}
