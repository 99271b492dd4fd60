package scheduler

import "strings"

// Result is a decision: what to do, and why.
type Result struct {
	Cluster *Cluster
	Graph   *Graph
	Scores  []ScoreLine // in the order of computation, if Input.Scores

	summary []SummaryLine
}

// Summary lists what changes: fencing first, then the resources in their order.
func (r *Result) Summary() []SummaryLine { return r.summary }

// ScoreKind tells the lines of the score list apart.
type ScoreKind uint8

// The kinds of lines.
const (
	AllocationScore  ScoreKind = iota // Func, Resource, Node, Score
	PromotionScore                    // Resource, Node, Score
	UtilizationScore                  // Func, Resource, Node, Amounts; printed where utilization is asked for. Without resource: what the node offers
	NoticeLine                        // Text; printed along with the scores, but not when quiet
	HintLine                          // the same, but not told again after a simulated transition
)

// ScoreLine is one line of what crm_simulate -s and -U print.
type ScoreLine struct {
	Kind     ScoreKind
	Func     string
	Resource string
	Node     string // "none" for the promotion score of an unassigned instance
	Score    Score
	Amounts  []Amount
	Text     string
}

// Amount is how much of one thing a resource needs or a node offers.
type Amount struct {
	Name  string
	Value int
}

// String prints the line.
func (l ScoreLine) String() string {
	switch l.Kind {
	case AllocationScore:
		return l.Func + ": " + l.Resource + " allocation score on " + l.Node + ": " + l.Score.String()
	case PromotionScore:
		return l.Resource + " promotion score on " + l.Node + ": " + l.Score.String()
	case UtilizationScore:
		return l.utilization()
	}
	return l.Text
}

func (l ScoreLine) utilization() string {
	var b strings.Builder
	if l.Resource == "" {
		b.WriteString(l.Func + ": " + l.Node + " capacity:")
	} else {
		b.WriteString(l.Func + ": " + l.Resource + " utilization on " + l.Node + ":")
	}
	for _, a := range l.Amounts {
		b.WriteString(" " + a.Name + "=" + itoa(a.Value))
	}
	return b.String()
}

// SummaryLine is one line of the transition summary.
type SummaryLine struct {
	Fence    bool   // a node is fenced or unfenced; Word is the operation, Resource the node
	Word     string // "Start", "Stop", "Move", "Recover", …; of fencing "reboot", "off", "on"
	Resource string
	Details  []Detail // where, and which roles
	Reason   string   // "" if there is nothing to say
	Blocked  bool     // it is not going to happen
	Text     string   // the whole line as crm_simulate prints it, without bullet
}

// Detail is one word about where a resource goes and in which role. Its name is that of XML output: "node" where there
// is one, "source" and "dest" where there may be two, "role" and "next-role".
type Detail struct{ Name, Value string }

// DotNode is an action in the dot output.
type DotNode struct {
	ID     int
	Name   string // without quotes
	Style  string // "bold" or "dashed"
	Color  string
	Font   string
	Hidden bool // shown only if all actions are asked for
}

// DotEdge is an ordering in the dot output; it names its ends by position in the list of nodes.
type DotEdge struct {
	From, To int
	Bold     bool // an input in the graph
	Hidden   bool // shown only if all actions are asked for
}

// Notices returns what was found worth telling while the CIB was read, and forgets it: what deciding finds comes with the
// scores.
func (c *Cluster) Notices() []ScoreLine {
	found := c.scores
	c.scores = nil
	return found
}

func (c *Cluster) hint(text string) {
	c.scores = append(c.scores, ScoreLine{Kind: HintLine, Text: text})
}

func (c *Cluster) notice(text string) {
	c.scores = append(c.scores, ScoreLine{Kind: NoticeLine, Text: text})
}
