package status

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"quorate/engine/scheduler"
)

// Clock is how times are written: in the local zone, to the second.
const Clock = "Mon Jan _2 15:04:05 2006"

// Summary has the parts of the header that are wanted.
type Summary struct {
	Stack, DC, Times, Counts, Options bool
}

// counts are the resource instances: those that are configured or active.
func (v *View) counts() (total, off, blocked int) {
	for _, r := range v.Cluster.Resources {
		for _, x := range leaves(r) {
			if x.Orphan() && x.Role <= scheduler.RoleStopped {
				continue
			}
			total++
			if disabled(x) {
				off++
			}
			if x.Blocked() {
				blocked++
			}
		}
	}
	return total, off, blocked
}

// Instances counts the resource instances, those that target-role holds down, and those blocked by failures.
func (v *View) Instances() (total, disabled, blocked int) { return v.counts() }

func (v *View) option(name, otherwise string) string {
	if s, ok := v.Cluster.Options.All[name]; ok {
		return s
	}
	return otherwise
}

// summaryList is the header of crm_mon. written is what the CIB says about its last change.
func (m *Mon) summaryList(s Summary, now time.Time, written LastChange) *List {
	l := &List{Title: "Cluster Summary"}
	if s.Stack {
		l.label("Stack", m.option("cluster-infrastructure", "unknown"))
	}
	if s.DC || m.Cluster.DC() == nil { // a cluster without one is worth the line whatever is asked for
		l.Items = append(l.Items, Item{Label: "Current DC", Text: m.dcText(), Spans: m.dcSpans()})
	}
	if s.Times {
		l.label("Last updated", now.Format(Clock))
		l.label("Last change", " "+written.String())
	}
	if s.Counts {
		m.countLines(l)
	}
	if s.Options {
		m.optionLines(l)
	}
	if len(l.Items) == 0 {
		return nil
	}
	return l
}

// dcSpans is dcText in html, where a lack is a warning.
func (v *View) dcSpans() []Span {
	bold := Span{"bold", "Current DC: "}
	before, quorum, ok := strings.Cut(v.dcText(), " - ")
	if !ok {
		return []Span{bold, {"warning", before}}
	}
	mixed, quorum, _ := strings.Cut(quorum, "partition ")
	with := Span{"", " with"}
	if quorum == "WITHOUT quorum" {
		with = Span{"warning", " WITHOUT"}
	}
	spans := []Span{bold, {"", before + " -"}}
	if mixed != "" {
		spans = append(spans, Span{"warning", " " + strings.TrimSpace(mixed)})
	}
	return append(spans, Span{"", " partition"}, with, Span{"", " quorum"})
}

func (v *View) dcText() string {
	dc := v.Cluster.DC()
	if dc == nil {
		return "NONE"
	}
	mixed, quorum := "", "WITHOUT"
	if v.mixedVersions() {
		mixed = "MIXED-VERSION "
	}
	if v.Quorum {
		quorum = "with"
	}
	return v.nodeName(dc) + " (version " + v.option("dc-version", "unknown") + ") - " + mixed + "partition " + quorum + " quorum"
}

// mixedVersions tells whether online nodes have different feature sets.
func (v *View) mixedVersions() bool {
	seen := ""
	for _, n := range v.Cluster.Nodes {
		if !n.Online || n.IsRemote() {
			continue
		}
		if f := featureSet(n); seen == "" {
			seen = f
		} else if f != seen {
			return true
		}
	}
	return false
}

// LastChange is who changed the CIB last, and when; empty where the CIB does not say.
type LastChange struct{ Written, User, Client, Origin string }

// String is "TIME by USER via CLIENT on NODE".
func (c LastChange) String() string {
	s := c.Written
	for _, p := range []struct{ word, text string }{{" by ", c.User}, {" via ", c.Client}, {" on ", c.Origin}} {
		if p.text != "" {
			s += p.word + p.text
		}
	}
	return s
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func (m *Mon) countLines(l *List) {
	nodes := plural(len(m.Cluster.Nodes), "node") + " configured"
	l.Items = append(l.Items, Item{Text: nodes, Spans: []Span{{"", nodes}}})
	total, off, blocked := m.total, m.off, m.blocked
	spans := []Span{{"", plural(total, "resource instance") + " configured"}}
	mark := func(n int, word, rest string) {
		if n == 0 {
			return
		}
		before := " ("
		if len(spans) > 1 {
			before = ", "
		}
		spans[len(spans)-1].Text += before + strconv.Itoa(n) + " "
		spans = append(spans, Span{"bold", word}, Span{"", rest})
	}
	mark(off, "DISABLED", "")
	mark(blocked, "BLOCKED", " from further action due to failure")
	if len(spans) > 1 {
		spans[len(spans)-1].Text += ")"
	}
	text := ""
	for _, s := range spans {
		text += s.Text
	}
	l.Items = append(l.Items, Item{Text: text, Spans: spans})
}

// quorumTexts explain no-quorum-policy.
var quorumTexts = map[scheduler.QuorumPolicy]string{
	scheduler.PolicyFreeze:  "Freeze resources",
	scheduler.PolicyStop:    "Stop ALL resources",
	scheduler.PolicyDemote:  "Demote promotable resources and stop all other resources",
	scheduler.PolicyIgnore:  "Ignore",
	scheduler.PolicySuicide: "Suicide",
}

func (v *View) optionLines(l *List) {
	o := v.Cluster.Options
	pick := func(cond bool, yes, no string) {
		if cond {
			l.add(yes, "")
		} else {
			l.add(no, "")
		}
	}
	pick(o.Stonith, "STONITH of failed nodes enabled", "STONITH of failed nodes disabled")
	pick(o.Symmetric, "Cluster is symmetric", "Cluster is asymmetric")
	l.add("No quorum policy: "+quorumTexts[o.NoQuorum], "")
}

// MaintenanceNote is the warning that the cluster keeps its hands off, "" if it does not.
func (v *View) MaintenanceNote() string {
	o := v.Cluster.Options
	switch {
	case o.MaintenanceMode:
		return "\n              *** Resource management is DISABLED ***\n" +
			"  The cluster will not attempt to start, stop or recover services\n"
	case o.StopAll:
		return "\n    *** Resource management is DISABLED ***\n  The cluster will keep all resources stopped\n"
	}
	return ""
}
