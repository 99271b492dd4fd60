package status

import (
	"sort"
	"strings"
)

// Section is one part of what crm_mon shows.
type Section uint32

// The sections, in the order in which they are listed.
const (
	Stack Section = 1 << iota
	DC
	Times
	Counts
	ClusterOptions
	MaintMode
	Nodes
	Resources
	Attributes
	FailCounts
	Operations
	Failures
	FencingFailed
	FencingSucceeded
	FencingPending
	Tickets
	Bans

	SummarySections = Stack | DC | Times | Counts | MaintMode
	Fencing         = FencingFailed | FencingSucceeded | FencingPending
	All             = Bans<<1 - 1

	// AllText is what text shows of All: the cluster options only by their name.
	AllText = All &^ ClusterOptions

	// TextDefault is what text shows unless asked otherwise; XML shows All.
	TextDefault = Stack | DC | Times | Counts | MaintMode | Nodes | Resources | Failures | FencingFailed | FencingPending
)

var sectionNames = map[string]Section{
	"all": All, "attributes": Attributes, "bans": Bans, "counts": Counts, "dc": DC, "failcounts": FailCounts, "failures": Failures,
	"fencing": Fencing, "fencing-failed": FencingFailed, "fencing-pending": FencingPending, "fencing-succeeded": FencingSucceeded,
	"maint-mode": MaintMode, "nodes": Nodes, "operations": Operations, "options": ClusterOptions, "resources": Resources,
	"stack": Stack, "summary": SummarySections, "tickets": Tickets, "times": Times,
}

// ParseSection reads the name of a section; "none" and "default" are for the caller.
func ParseSection(name string) (Section, bool) {
	s, ok := sectionNames[strings.ToLower(name)]
	return s, ok
}

// SectionNames lists what ParseSection reads, sorted, as crm_mon lists them.
func SectionNames() []string {
	names := []string{"default", "none"}
	for n := range sectionNames {
		if n == "bans" {
			n = "bans[:PREFIX]"
		}
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
