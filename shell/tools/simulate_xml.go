package tools

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/scheduler"
	"quorate/engine/scheduler/simulate"
	"quorate/shell/status"
)

// statusXML tells nodes and resources, and with options also attributes and failures.
func (s *simulation) statusXML(tag string, v *status.View) {
	v.Detail = true
	m := &status.Mon{View: *v, CIB: s.doc.Root(), Show: status.Nodes | status.Resources, Now: s.now}
	if s.has("show-attrs") {
		m.Show |= status.Attributes
	}
	if s.has("show-failcounts") {
		m.Show |= status.FailCounts | status.Failures
	}
	top := s.out.element(tag)
	for _, e := range m.SectionsXML() {
		top.AddChild(e)
	}
}

// modificationsXML tells what was injected; quorum and watchdog are attributes of the whole.
func (s *simulation) modificationsXML(lines []simulate.Line) {
	top := s.elementsXML("modifications", lines)
	for _, a := range [][2]string{{"quorum", s.inject.Quorum}, {"watchdog", s.inject.Watchdog}} {
		if a[1] != "" {
			top.CreateAttr(a[0], a[1])
		}
	}
}

// elementsXML adds those lines of a report that have an element.
func (s *simulation) elementsXML(tag string, lines []simulate.Line) *etree.Element {
	top := s.out.element(tag)
	for _, l := range lines {
		if len(l.Element) > 0 {
			top.AddChild(newElement(l.Element[0], l.Element[1:]...))
		}
	}
	return top
}

func (s *simulation) scoresXML(r *scheduler.Result) {
	if !s.scores && !s.usage {
		return
	}
	tag := "allocations_utilizations"
	switch {
	case !s.usage:
		tag = "allocations"
	case !s.scores:
		tag = "utilizations"
	}
	top := s.out.element(tag)
	for _, l := range r.Scores {
		switch {
		case l.Kind == scheduler.UtilizationScore && s.usage:
			top.AddChild(utilizationXML(l))
		case l.Kind == scheduler.AllocationScore && s.scores:
			top.AddChild(newElement("node_weight", "function", l.Func, "node", l.Node, "score", l.Score.String(), "id", l.Resource))
		case l.Kind == scheduler.PromotionScore && s.scores:
			e := newElement("promotion_score", "id", l.Resource, "score", l.Score.String())
			if l.Node != "none" {
				e.CreateAttr("node", l.Node)
			}
			top.AddChild(e)
		}
	}
}

func utilizationXML(l scheduler.ScoreLine) *etree.Element {
	e := newElement("capacity", "node", l.Node, "comment", l.Func)
	if l.Resource != "" {
		e = newElement("utilization", "resource", l.Resource, "node", l.Node, "function", l.Func)
	}
	for _, a := range l.Amounts {
		e.CreateElement(a.Name).SetText(strconv.Itoa(a.Value))
	}
	return e
}

// actionsXML tells the transition summary.
func (s *simulation) actionsXML(summary []scheduler.SummaryLine) {
	top := s.out.element("actions")
	for _, l := range summary {
		if l.Fence {
			top.AddChild(newElement("node_action", "task", "Fence ("+l.Word+")", "node", l.Resource, "reason", l.Reason))
			continue
		}
		e := newElement("rsc_action", "action", strings.ToLower(l.Word), "resource", l.Resource)
		for _, d := range l.Details {
			e.CreateAttr(d.Name, d.Value)
		}
		if l.Reason != "" {
			e.CreateAttr("reason", l.Reason)
		}
		if l.Blocked {
			e.CreateAttr("blocked", "true")
		}
		top.AddChild(e)
	}
}
