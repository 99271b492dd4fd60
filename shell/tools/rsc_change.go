package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
)

// setTag is the kind of sets that -m and -z choose.
func (r *resourceCall) setTag() string {
	switch {
	case r.has("meta"):
		return "meta_attributes"
	case r.has("utilization"):
		return "utilization"
	}
	return "instance_attributes"
}

// setsOf is where the pairs of a resource stand.
func setsOf(e *etree.Element, tag string) attributeSet {
	s := attributeSet{section: "resources", tag: tag, id: e.SelectAttrValue("id", "") + "-" + tag}
	for ; e != nil && e.Tag != "resources"; e = e.Parent() {
		s.path = append([][2]string{{e.Tag, e.SelectAttrValue("id", "")}}, s.path...)
	}
	return s
}

// target is the resource whose pair is to be changed. Meta attributes of what is cloned belong to the
// clone, unless the resource has one of that name already.
func (r *resourceCall) target(doing string) *etree.Element {
	e := r.element(r.rsc)
	tag := r.setTag()
	if r.has("force") || tag == "instance_attributes" || r.hasPair(e, tag) {
		return e
	}
	if c := cloneOf(r.rsc); c != nil {
		if !r.has("quiet") {
			r.out.printf("Performing %s of '%s' on '%s', the parent of '%s'\n", doing, r.arg, c.ID, r.id)
		}
		return r.element(c)
	}
	if r.rsc.Kind == scheduler.Clone && len(r.rsc.Children) > 0 {
		child := r.element(r.rsc.Children[0])
		if child != nil && r.hasPair(child, tag) {
			r.out.printf("A value for '%s' already exists in child '%s', performing %s on that instead of '%s'\n",
				r.arg, child.SelectAttrValue("id", ""), doing, r.id)
			return child
		}
	}
	return e
}

func (r *resourceCall) hasPair(e *etree.Element, tag string) bool { return len(r.pairs(e, tag)) > 0 }

// pairs are the pairs of that name in the sets of a resource.
func (r *resourceCall) pairs(e *etree.Element, tag string) []pair {
	set, id := r.get("set-name"), r.get("nvpair")
	return setsOf(e, tag).pairs(r.doc, set, func(p pair) bool { return p.name() == r.arg && (id == "" || p.id() == id) })
}

// ambiguousPairs tells between which pairs -s or -i must choose.
func (r *resourceCall) ambiguousPairs(found []pair) exit.Code {
	r.out.printf("Multiple attributes match name=%s\n", r.arg)
	for _, p := range found {
		r.out.printf("  Value: %s \t(id=%s)\n", p.value(), p.id())
	}
	r.out.printf("\n")
	r.out.fail("Error performing operation: %s", exit.Multiple)
	return exit.Multiple
}

func (r *resourceCall) setParameter() exit.Code {
	if !r.has("parameter-value") {
		r.out.fail("You need to supply a value with the -v option")
		return exit.Usage
	}
	e := r.target("update")
	if e.Tag == "group" && r.has("meta") {
		for _, child := range e.SelectElements("primitive") {
			if r.hasPair(child, r.setTag()) {
				if code := r.setOn(child); code != exit.OK {
					return code
				}
			}
		}
	}
	return r.setOn(e)
}

// setOn sets the pair of one resource: the one that is there, or a new one.
func (r *resourceCall) setOn(e *etree.Element) exit.Code {
	sets, val := setsOf(e, r.setTag()), r.get("parameter-value")
	found := r.pairs(e, r.setTag())
	setID, id, shownSet := r.get("set-name"), r.get("nvpair"), ""
	switch {
	case len(found) > 1:
		return r.ambiguousPairs(found)
	case len(found) == 1:
		id = found[0].id()
		if setID != "" {
			shownSet = " set=" + setID
		}
		setID = found[0].setID()
	default:
		if setID == "" {
			setID = sets.id
		}
		if id == "" {
			id = sets.pairID(setID, r.arg)
		}
		shownSet = " set=" + setID
	}
	if len(found) == 0 || found[0].value() != val {
		if err := r.perform(r.live, sets.write(setID, id, r.arg, val)); err != nil {
			return r.refused(err)
		}
	}
	if !r.has("quiet") {
		r.out.printf("Set '%s' option: id=%s%s name=%s value=%s\n", e.SelectAttrValue("id", ""), id, shownSet, r.arg, val)
	}
	return exit.OK
}

func (r *resourceCall) deleteParameter() exit.Code {
	e := r.target("delete")
	found := r.pairs(e, r.setTag())
	switch {
	case len(found) == 0:
		return exit.OK
	case len(found) > 1:
		return r.ambiguousPairs(found)
	}
	if err := r.perform(r.live, setsOf(e, r.setTag()).remove(found[0])); err != nil {
		return r.refused(err)
	}
	if !r.has("quiet") {
		set := ""
		if s := r.get("set-name"); s != "" {
			set = " set=" + s
		}
		r.out.printf("Deleted '%s' option: id=%s%s name=%s\n", e.SelectAttrValue("id", ""), found[0].id(), set, r.arg)
	}
	return exit.OK
}

// refused tells why the cluster did not do it.
func (r *resourceCall) refused(err error) exit.Code {
	if codeOf(err) == exit.Disconnect {
		return r.refuse(exit.Disconnect, "Error connecting to the controller: Connection refused")
	}
	r.out.note("Error performing operation: %s", codeOf(err))
	if d := detail(err); d != "" {
		r.out.note("%s", d)
	}
	return codeOf(err)
}

// deleteResource removes the definition; what refers to it keeps it.
func (r *resourceCall) deleteResource() exit.Code {
	tag := r.get("resource-type")
	if tag == "" {
		return r.refuse(exit.NoSuch, "You need to specify a resource type with -t")
	}
	e := r.element(r.rsc)
	if e.Tag != tag {
		return exit.OK // deleting what is not there is no error
	}
	if ref := reference(r.doc, e); ref != "" && !r.has("force") {
		r.out.note("Error performing operation: %s", exit.Config)
		r.out.note("%s is referred to by %s: remove that first", r.id, ref)
		return exit.Config
	}
	err := r.perform(r.live, cib.Request{Op: cib.OpDelete, Section: "resources", XML: cib.XML(newElement(tag, "id", r.id), false)})
	if err != nil {
		return r.refused(err)
	}
	return exit.OK
}

// reference is the path of something that refers to the resource or anything in it, "" if nothing does.
func reference(doc *cib.Document, e *etree.Element) string {
	ids := map[string]bool{}
	var collect func(*etree.Element)
	collect = func(x *etree.Element) {
		ids[x.SelectAttrValue("id", "")] = true
		for _, c := range x.ChildElements() {
			collect(c)
		}
	}
	collect(e)
	found := ""
	var search func(*etree.Element)
	search = func(x *etree.Element) {
		for _, a := range x.Attr {
			refers := a.Key == "rsc" || a.Key == "with-rsc" || a.Key == "first" || a.Key == "then" || a.Key == "template" ||
				a.Key == "id" && (x.Tag == "resource_ref" || x.Tag == "obj_ref")
			if refers && ids[a.Value] && found == "" {
				found = cib.Path(x)
			}
		}
		for _, c := range x.ChildElements() {
			if c != e {
				search(c)
			}
		}
	}
	if c := doc.Section("configuration"); c != nil {
		search(c)
	}
	return found
}

// cleanup forgets failures (-C) or all history (-R) and has the cluster look again.
func (r *resourceCall) cleanup() exit.Code {
	if r.offline() {
		for _, n := range r.cleanupNodes() {
			if r.rsc != nil {
				r.out.note("Dry run: skipping clean-up of %s on %s due to CIB_file", r.id, n)
			}
		}
		if r.rsc == nil {
			r.out.printf("Dry run: skipping clean-up of %s due to CIB_file\n", r.whereAll())
		}
		return exit.OK
	}
	interval, ok := parseInterval(r.get("interval"))
	if !ok {
		r.out.fail("Invalid interval: %s", r.get("interval"))
		return exit.Usage
	}
	c := api.Cleanup{Node: r.get("node"), Operation: r.get("operation"), FailedOnly: r.verb == "cleanup"}
	if c.Operation != "" {
		c.Interval = fmt.Sprint(interval.Milliseconds())
	}
	if r.rsc != nil {
		c.Resource = r.rsc.ConfiguredID
		if !r.has("force") {
			c.Resource = top(r.rsc).ConfiguredID
		}
	}
	if err := r.live.Cleanup(r.ctx, c); err != nil {
		return r.refused(err)
	}
	r.cleaned()
	return exit.OK
}

func (r *resourceCall) whereAll() string {
	if r.node != nil {
		return r.node.Name
	}
	return "all nodes"
}

func (r *resourceCall) cleanupNodes() []string {
	if r.node != nil {
		return []string{r.node.Name}
	}
	var list []string
	for _, n := range r.cluster.Nodes {
		if n.Online {
			list = append(list, n.Name)
		}
	}
	return list
}

// cleaned tells what was cleaned up, a line for each primitive and node.
func (r *resourceCall) cleaned() {
	if r.rsc == nil {
		r.out.printf("Cleaned up all resources on %s\n", r.whereAll())
		return
	}
	target := r.rsc
	if !r.has("force") {
		target = top(r.rsc)
	}
	seen := map[string]bool{}
	replies := 0
	for _, p := range primitives(target) {
		if seen[p.ConfiguredID] {
			continue
		}
		seen[p.ConfiguredID] = true
		for _, n := range r.cleanupNodes() {
			r.out.printf("Cleaned up %s on %s\n", p.ConfiguredID, n)
			replies++
		}
	}
	if r.verb == "refresh" {
		r.out.printf("Waiting for %d %s from the controller\n", replies, map[bool]string{true: "reply", false: "replies"}[replies == 1])
		r.out.printf("%s (done)\n", strings.TrimSuffix(strings.Repeat("... got reply\n", replies), "\n"))
	}
}

// fail tells the cluster that the resource has failed on a node.
func (r *resourceCall) fail() exit.Code {
	if r.node == nil {
		r.out.fail("Must supply a node name with -N")
		return exit.Usage
	}
	control, err := r.control()
	if err == nil && r.offline() {
		err = api.ErrNoCluster
	}
	if err == nil {
		err = control.Fail(r.ctx, r.rsc.ID, r.node.Name)
	}
	if err != nil {
		return r.refused(err)
	}
	return exit.OK
}

// wait returns when nothing is left to do; after -T with 124. A file's cluster never gets anything done.
func (r *resourceCall) wait() exit.Code {
	if r.offline() {
		return r.pending(false)
	}
	limit, ok := parseInterval(r.get("timeout"))
	if !ok {
		r.out.fail("Invalid timeout: %s", r.get("timeout"))
		return exit.Usage
	}
	if limit == 0 {
		limit = time.Hour
	}
	ctx, cancel := context.WithTimeout(r.ctx, limit)
	defer cancel()
	err := r.live.WaitIdle(ctx)
	switch {
	case err == nil:
		return exit.OK
	case ctx.Err() != nil:
		return r.pending(true)
	}
	return r.refused(err)
}

// pending tells what the cluster would do now, if anything; late means that time is up anyhow.
func (r *resourceCall) pending(late bool) exit.Code {
	doc, err := r.live.CIB(r.ctx)
	if err != nil {
		return r.refused(err)
	}
	result, err := scheduler.Run(scheduler.Input{CIB: doc.Root(), Now: r.Now()})
	if err != nil {
		r.out.fail("%v", err)
		return exit.Config
	}
	title := "Pending actions:\n"
	for _, a := range result.Graph.Actions {
		if a.Type == scheduler.PseudoEvent {
			continue
		}
		r.out.printf("%s\tAction %d: %s\ton %s\n", title, a.ID, a.Key, a.NodeName)
		title, late = "", true
	}
	if !late {
		return exit.OK
	}
	r.out.fail("Error performing operation: %s", exit.Timeout)
	return exit.Timeout
}
