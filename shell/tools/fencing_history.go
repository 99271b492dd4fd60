package tools

import (
	"strconv"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/exit"
)

// history shows the last fencing of each node, or with -V every event.
func (f *fencingCall) history() exit.Code {
	c, err := f.Live()
	if err != nil {
		return f.noFencer(err)
	}
	if f.has("cleanup") {
		return f.forget()
	}
	events, err := c.FencingHistory(f.ctx)
	if err != nil {
		return f.noFencer(err)
	}
	var shown []api.FenceEvent
	seen := map[string]bool{}
	for _, e := range events {
		if f.arg != "*" && f.arg != "" && e.Target != f.arg {
			continue
		}
		key := e.Target + " " + e.Action + " " + e.Status
		if !f.has("verbose") && seen[key] {
			continue
		}
		seen[key] = true
		shown = append(shown, e)
	}
	list := f.out.element("list", "name", "fencing history", "count", strconv.Itoa(len(shown)))
	for _, e := range shown {
		switch {
		case f.has("quiet") && !e.Completed.IsZero():
			f.out.printf("%d\n", e.Completed.Unix())
		case !f.has("quiet"):
			f.out.printf("%s\n", eventText(e, f.has("verbose")))
		}
		list.AddChild(eventElement(e))
	}
	if !f.has("quiet") {
		f.out.printf("%d %s found\n", len(shown), plural(len(shown), "event"))
	}
	return exit.OK
}

// forget removes the finished entries of the history.
func (f *fencingCall) forget() exit.Code {
	fencer, err := f.fencer()
	node := f.arg
	if node == "*" {
		node = ""
	}
	if err == nil {
		if !f.has("quiet") {
			f.out.printf("cleaning up fencing-history for node %s\n", f.arg)
		}
		err = fencer.ForgetFencing(f.ctx, node)
	}
	if err != nil {
		return f.noFencer(err)
	}
	return exit.OK
}

// fencingWords are the actions as people are told them.
var fencingWords = map[string]string{"off": "turning off", "on": "unfencing", "reboot": "reboot"}

func eventText(e api.FenceEvent, verbose bool) string {
	action := e.Action
	if w := fencingWords[action]; w != "" {
		action = w
	}
	who := "client=" + e.Client + ", origin=" + e.Origin
	if e.Delegate != "" {
		who = "delegate=" + e.Delegate + ", " + who
	}
	text := action + " of " + e.Target
	switch e.Status {
	case "success":
		text += " successful: "
	case "failed":
		text += " failed: "
	default:
		return text + " pending: " + who
	}
	label := "last-successful"
	if verbose {
		label = "completed"
	} else if e.Status == "failed" {
		label = "last-failed"
	}
	if e.Status == "failed" && e.Reason != "" {
		who = "reason=" + e.Reason + ", " + who
	}
	return text + who + ", " + label + "='" + e.Completed.UTC().Format("2006-01-02 15:04:05Z") + "'"
}

func eventElement(e api.FenceEvent) *etree.Element {
	x := newElement("fence_event", "action", e.Action, "target", e.Target, "client", e.Client, "origin", e.Origin, "status", e.Status)
	if e.Status == "pending" {
		x.CreateAttr("extended-status", "pending")
	}
	if e.Delegate != "" {
		x.CreateAttr("delegate", e.Delegate)
	}
	if e.Status != "pending" {
		x.CreateAttr("completed", e.Completed.UTC().Format("2006-01-02 15:04:05Z"))
	}
	return x
}

// last tells when a node was fenced last.
func (f *fencingCall) last() exit.Code {
	c, err := f.Live()
	if err != nil {
		return f.noFencer(err)
	}
	node := f.arg
	if f.has("as-node-id") {
		if s, err := c.Status(f.ctx); err == nil {
			for _, n := range s.Nodes {
				if strconv.Itoa(int(n.ID)) == node {
					node = n.Name
				}
			}
		}
	}
	events, err := c.FencingHistory(f.ctx)
	if err != nil {
		return f.noFencer(err)
	}
	var when time.Time
	for _, e := range events {
		if e.Target == node && e.Status == "success" && e.Completed.After(when) {
			when = e.Completed
		}
	}
	if when.IsZero() {
		f.out.printf("Node %s has never been fenced\n", node)
		f.out.element("last-fenced", "target", node)
		return exit.OK
	}
	f.out.printf("Node %s last fenced at: %s\n", node, when.Local().Format("Mon Jan _2 15:04:05 2006"))
	f.out.element("last-fenced", "target", node, "when", strconv.FormatInt(when.Unix(), 10))
	return exit.OK
}
