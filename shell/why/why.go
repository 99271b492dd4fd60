// Package why says in words why a resource runs where it does, or does not run at all, and what state a
// node is in. It takes apart what the scheduler decided about a CIB, and names the command that changes it.
//
// It decides nothing itself and does no I/O.
package why

import (
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/scheduler"
)

// Report is the answer: a headline, the reasons in order of weight, and for a resource what speaks for
// and against each node.
type Report struct {
	Headline string
	Reasons  []string
	Nodes    []NodeLine
}

// NodeLine is what is to be said about one node.
type NodeLine struct {
	Node, Text string
}

// String prints the report with a line for each of its parts.
func (r *Report) String() string {
	var b strings.Builder
	b.WriteString(r.Headline + "\n")
	for _, reason := range r.Reasons {
		b.WriteString("  * " + reason + "\n")
	}
	width := 0
	for _, n := range r.Nodes {
		width = max(width, len(n.Node))
	}
	if len(r.Nodes) > 0 {
		b.WriteString("Nodes:\n")
	}
	for _, n := range r.Nodes {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, n.Node, n.Text)
	}
	return b.String()
}

// Explain reports about the resource or node of that name. history is what was fenced, newest first; it
// may be nil. An unknown name is an error.
func Explain(doc *cib.Document, now time.Time, name string, history []api.FenceEvent) (*Report, error) {
	result, err := scheduler.Run(scheduler.Input{CIB: doc.Root(), Now: now, Scores: true})
	if err != nil {
		return nil, err
	}
	x := &explainer{doc: doc, result: result, cluster: result.Cluster}
	if r := x.resource(name); r != nil {
		return x.explainResource(r), nil
	}
	if n := x.cluster.Node(name); n != nil {
		return x.explainNode(n, history), nil
	}
	return nil, fmt.Errorf("there is no resource and no node %s", name)
}

type explainer struct {
	doc     *cib.Document
	result  *scheduler.Result
	cluster *scheduler.Cluster
}

// resource finds a resource by its id, as configured or with an instance number.
func (x *explainer) resource(name string) *scheduler.Resource {
	var find func(list []*scheduler.Resource) *scheduler.Resource
	find = func(list []*scheduler.Resource) *scheduler.Resource {
		for _, r := range list {
			if r.ID == name || r.ConfiguredID == name {
				return r
			}
			if found := find(r.Children); found != nil {
				return found
			}
		}
		return nil
	}
	return find(x.cluster.Resources)
}

// instances are the primitives that r consists of.
func instances(r *scheduler.Resource) []*scheduler.Resource {
	if len(r.Children) == 0 {
		return []*scheduler.Resource{r}
	}
	var all []*scheduler.Resource
	for _, c := range r.Children {
		all = append(all, instances(c)...)
	}
	return all
}

// runningOn lists the names of the nodes where any part of r is active.
func runningOn(r *scheduler.Resource) []string {
	var names []string
	seen := map[string]bool{}
	for _, i := range instances(r) {
		for _, n := range i.RunningOn {
			if !seen[n.Name] {
				seen[n.Name] = true
				names = append(names, n.Name)
			}
		}
	}
	return names
}

// attributeOf returns a meta attribute that the element sets itself.
func attributeOf(e *etree.Element, name string) string {
	if e == nil {
		return ""
	}
	for _, nv := range e.FindElements("meta_attributes/nvpair") {
		if nv.SelectAttrValue("name", "") == name {
			return nv.SelectAttrValue("value", "")
		}
	}
	return ""
}
