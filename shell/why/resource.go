package why

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/rule"
	"quorate/engine/scheduler"
	"quorate/shell/status"
)

func (x *explainer) explainResource(r *scheduler.Resource) *Report {
	report := &Report{Headline: x.headline(r)}
	for _, find := range []func(*scheduler.Resource) []string{x.clusterReasons, ownReasons, x.failures, x.dependencies} {
		report.Reasons = append(report.Reasons, find(r)...)
	}
	for _, n := range x.cluster.Nodes {
		report.Nodes = append(report.Nodes, NodeLine{n.Name, x.aboutNode(r, n)})
	}
	return report
}

// headline says where the resource is, and where it is to be if that is another place.
func (x *explainer) headline(r *scheduler.Resource) string {
	at := runningOn(r)
	text := r.ConfiguredID + " is not running"
	if len(at) > 0 {
		text = r.ConfiguredID + " is running on " + strings.Join(at, " ")
	}
	if len(r.Children) > 0 && r.Kind == scheduler.Clone {
		return text
	}
	first := instances(r)[0]
	if line := x.planned(first); line != nil && line.Blocked {
		text += fmt.Sprintf("; the cluster would %s it, but is held back", strings.ToLower(line.Word))
		if line.Reason != "" {
			text += ": " + line.Reason
		}
		return text
	}
	switch {
	case first.Assigned == nil && len(at) > 0 && first.Managed():
		text += ", and is to be stopped"
	case first.Assigned != nil && len(at) == 0:
		text += " yet; it is to start on " + first.Assigned.Name
	case first.Assigned != nil && first.Assigned.Name != at[0]:
		text += ", and is to move to " + first.Assigned.Name
	}
	return text
}

// planned is what the scheduler would do with a primitive, nil for nothing.
func (x *explainer) planned(r *scheduler.Resource) *scheduler.SummaryLine {
	lines := x.result.Summary()
	for i := range lines {
		if !lines[i].Fence && lines[i].Resource == r.ID {
			return &lines[i]
		}
	}
	return nil
}

// clusterReasons are those that hold for all resources.
func (x *explainer) clusterReasons(*scheduler.Resource) []string {
	var out []string
	o := x.cluster.Options
	if !x.cluster.Quorum && o.NoQuorum != scheduler.PolicyIgnore {
		out = append(out, fmt.Sprintf("this partition has no quorum, and no-quorum-policy is %s", o.NoQuorum))
	}
	if o.MaintenanceMode {
		out = append(out, "the cluster is in maintenance mode: 'crm maintenance off' ends it")
	}
	if o.StopAll {
		out = append(out, "stop-all-resources is true: 'crm configure property stop-all-resources=false' changes that")
	}
	for _, m := range x.cluster.Messages {
		if m.Severity == scheduler.Error && strings.Contains(m.Text, "STONITH") {
			out = append(out, m.Text)
		}
	}
	return out
}

// ownReasons are those that the resource, or what it is a member of, says itself.
func ownReasons(r *scheduler.Resource) []string {
	var out []string
	for p := r; p != nil; p = p.Parent {
		if role := attributeOf(p.Element, "target-role"); strings.EqualFold(role, "Stopped") {
			out = append(out, fmt.Sprintf("target-role of %s is Stopped: 'crm resource start %s' starts it", p.ConfiguredID, p.ConfiguredID))
		}
		if rule.IsTrue(attributeOf(p.Element, "maintenance")) {
			out = append(out, fmt.Sprintf("%s is in maintenance mode: 'crm maintenance off %s' ends it", p.ConfiguredID, p.ConfiguredID))
		}
		if managed, ok := rule.ParseBool(attributeOf(p.Element, "is-managed")); ok && !managed {
			out = append(out, fmt.Sprintf("%s is not managed: 'crm resource manage %s' changes that", p.ConfiguredID, p.ConfiguredID))
		}
	}
	for _, i := range instances(r) {
		if i.Blocked() {
			out = append(out, fmt.Sprintf("%s is blocked: its stop failed and the node was not fenced", i.ID))
		}
		if i.PendingTask != "" && i.PendingNode != nil {
			out = append(out, fmt.Sprintf("%s of %s is under way on %s", i.PendingTask, i.ID, i.PendingNode.Name))
		}
	}
	return out
}

// failures lists the operations of the resource that failed. Probes that found nothing to run are told with their nodes.
func (x *explainer) failures(r *scheduler.Resource) []string {
	var out []string
	for _, f := range x.cluster.FailedOps {
		if f.Masked || f.Resource == nil || f.Node == nil || !isPart(f.Resource, r) {
			continue
		}
		text := fmt.Sprintf("%s on %s %s", f.Element.SelectAttrValue("operation", f.Key), f.Node.Name, status.Outcome(f))
		if f.RC == notConfigured {
			text += ", so it is not tried on other nodes: mend its parameters first"
		}
		out = append(out, fmt.Sprintf("%s ('crm resource cleanup %s' forgets it)", text, f.Resource.ConfiguredID))
	}
	return out
}

// notConfigured is the code of agents for parameters that are wrong on every node.
const notConfigured = 6

// unfit says why a probe found that the resource cannot run on a node at all, "" if none did.
func (x *explainer) unfit(r *scheduler.Resource, n *scheduler.Node) string {
	for _, f := range x.cluster.FailedOps {
		if f.Masked && f.Node == n && f.Resource != nil && isPart(f.Resource, r) {
			return fmt.Sprintf("its probe %s ('crm resource refresh %s' looks again)", status.Outcome(f), f.Resource.ConfiguredID)
		}
	}
	return ""
}

func isPart(part, whole *scheduler.Resource) bool {
	for p := part; p != nil; p = p.Parent {
		if p == whole {
			return true
		}
	}
	return false
}

// dependencies names the resources that this one needs and that are not running.
func (x *explainer) dependencies(r *scheduler.Resource) []string {
	if len(runningOn(r)) > 0 {
		return nil
	}
	var out []string
	say := func(constraint *etree.Element, text, other string) {
		needed := x.resource(other)
		if needed == nil || len(runningOn(needed)) > 0 {
			return
		}
		out = append(out, fmt.Sprintf("%s %s, which is not running (constraint %s): 'crm why %s'", text, other, constraint.SelectAttrValue("id", ""), other))
	}
	names := ancestry(r)
	if section := x.doc.Section("constraints"); section != nil {
		for _, c := range section.ChildElements() {
			score := c.SelectAttrValue("score", "")
			switch {
			case c.Tag == "rsc_colocation" && names[c.SelectAttrValue("rsc", "")] && score == "INFINITY":
				say(c, "runs only beside", c.SelectAttrValue("with-rsc", ""))
			case c.Tag == "rsc_order" && names[c.SelectAttrValue("then", "")] && c.SelectAttrValue("kind", "Mandatory") == "Mandatory":
				say(c, "starts only after", c.SelectAttrValue("first", ""))
			}
		}
	}
	return append(out, groupDependency(r)...)
}

// groupDependency names the member that stands before r in its group and does not run.
func groupDependency(r *scheduler.Resource) []string {
	if r.Parent == nil || r.Parent.Kind != scheduler.Group {
		return nil
	}
	for _, sibling := range r.Parent.Children {
		if sibling == r {
			return nil
		}
		if len(sibling.RunningOn) == 0 {
			return []string{fmt.Sprintf("starts only after %s, which stands before it in group %s and is not running: 'crm why %s'",
				sibling.ConfiguredID, r.Parent.ConfiguredID, sibling.ConfiguredID)}
		}
	}
	return nil
}

// ancestry has the configured ids of the resource and of what it is a member of.
func ancestry(r *scheduler.Resource) map[string]bool {
	names := map[string]bool{}
	for p := r; p != nil; p = p.Parent {
		names[p.ConfiguredID] = true
	}
	return names
}

// aboutNode says what speaks for or against the resource on a node.
func (x *explainer) aboutNode(r *scheduler.Resource, n *scheduler.Node) string {
	var parts []string
	if state := nodeState(n); state != "online" {
		parts = append(parts, state)
	}
	if text := x.unfit(r, n); text != "" {
		parts = append(parts, text)
	}
	first := instances(r)[0]
	if count, _ := x.cluster.FailCount(first, n); count > 0 {
		parts = append(parts, failedTimes(count, first))
	}
	parts = append(parts, x.locations(r, n)...)
	if len(parts) == 0 {
		parts = append(parts, x.apart(r, n)...)
	}
	if score, ok := x.score(first, n); ok {
		parts = append(parts, "score "+score.String())
	}
	if len(parts) == 0 {
		return "nothing speaks against it"
	}
	return strings.Join(parts, "; ")
}

// failedTimes words the fail count of a resource on a node. INFINITY is the count of a failed start or stop.
func failedTimes(count scheduler.Score, r *scheduler.Resource) string {
	cleanup := fmt.Sprintf("('crm resource cleanup %s' forgets it)", r.ConfiguredID)
	threshold := r.Threshold()
	switch {
	case count >= scheduler.Infinity:
		return "failed there for good " + cleanup
	case threshold > 0 && count >= threshold:
		return fmt.Sprintf("failed %s there, migration-threshold is %s %s", times(count), threshold, cleanup)
	}
	return fmt.Sprintf("failed %s there", times(count))
}

func times(n scheduler.Score) string {
	if n == 1 {
		return "once"
	}
	return n.String() + " times"
}

// apart names what the resource must run beside, where that is on another node.
func (x *explainer) apart(r *scheduler.Resource, n *scheduler.Node) []string {
	var out []string
	for _, id := range x.companions(r) {
		other := x.resource(id)
		if other == nil {
			continue
		}
		if at := runningOn(other); len(at) > 0 && !slices.Contains(at, n.Name) {
			out = append(out, fmt.Sprintf("%s, which it runs beside, is on %s", id, strings.Join(at, " ")))
		}
	}
	return out
}

// companions are the ids of the resources that r runs only beside: the member before it in its group, and those that
// constraints name.
func (x *explainer) companions(r *scheduler.Resource) []string {
	var ids []string
	if r.Parent != nil && r.Parent.Kind == scheduler.Group {
		if i := slices.Index(r.Parent.Children, r); i > 0 {
			ids = append(ids, r.Parent.Children[i-1].ConfiguredID)
		}
	}
	names := ancestry(r)
	if section := x.doc.Section("constraints"); section != nil {
		for _, c := range section.SelectElements("rsc_colocation") {
			if names[c.SelectAttrValue("rsc", "")] && c.SelectAttrValue("score", "") == "INFINITY" {
				ids = append(ids, c.SelectAttrValue("with-rsc", ""))
			}
		}
	}
	return ids
}

// locations names the location constraints that give the node a score for the resource.
func (x *explainer) locations(r *scheduler.Resource, n *scheduler.Node) []string {
	section := x.doc.Section("constraints")
	if section == nil {
		return nil
	}
	names := ancestry(r)
	var out []string
	for _, c := range section.SelectElements("rsc_location") {
		if !names[c.SelectAttrValue("rsc", "")] || c.SelectAttrValue("node", "") != n.Name {
			continue
		}
		id := c.SelectAttrValue("id", "")
		text := fmt.Sprintf("constraint %s gives %s", id, c.SelectAttrValue("score", "0"))
		if strings.HasPrefix(id, "cli-") {
			text += fmt.Sprintf(" ('crm resource clear %s' removes it)", c.SelectAttrValue("rsc", ""))
		}
		out = append(out, text)
	}
	return out
}

// score is the last score that the scheduler computed for the resource on the node.
func (x *explainer) score(r *scheduler.Resource, n *scheduler.Node) (score scheduler.Score, ok bool) {
	for _, line := range x.result.Scores {
		if line.Kind == scheduler.AllocationScore && line.Resource == r.ID && line.Node == n.Name {
			score, ok = line.Score, true
		}
	}
	return score, ok
}
