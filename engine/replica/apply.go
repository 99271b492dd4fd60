package replica

import (
	"fmt"
	"html"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/executor"
	"quorate/engine/exit"
)

// FeatureSet is the feature set that this engine announces: that of Pacemaker 2.1.5, whose CIB it speaks.
const FeatureSet = "3.16.1"

const (
	featureSetAttribute = "#feature-set"
	infinity            = "INFINITY"
)

// dispatch records orders as pending, so that every later DC knows what may be running.
func (s *State) dispatch(orders []Dispatch, now int64) {
	for _, d := range orders {
		if m, ok := s.Members[d.Node.Name]; !ok || m.Session != d.Session || d.Run != s.Run || d.Cancel || d.Silent {
			continue
		}
		s.CIB.RecordOp(d.Node, cib.OpRecord{
			Resource: d.Op.Resource, Class: d.Op.Class, Provider: d.Op.Provider, Type: d.Op.Type,
			Operation: d.Op.Action, Key: d.Op.Key(), TransitionKey: d.Op.TransitionKey,
			IntervalMS: int(d.Op.Interval.Milliseconds()), CallID: -1, RC: int(exit.None),
			Status: int(executor.StatusPending), OnNode: d.Node.Name, Origin: "do_update_resource", LastRCChange: now,
			MigrateSource: d.Op.Meta["migrate_source"], MigrateTarget: d.Op.Meta["migrate_target"],
			Digest: executor.OperationDigests(d.Op, nil).All, // without it a new DC would take the parameters for changed
		})
	}
}

// results records what nodes report. A report of an earlier session is about a past that the
// cluster has already decided on, so it is dropped.
func (s *State) results(results []OpResult) {
	for _, r := range results {
		if m, ok := s.Members[r.Node.Name]; !ok || m.Session != r.Session || r.Silent {
			continue
		}
		if r.Cancel {
			s.CIB.DeleteHistory(r.Node.Name, r.Record.Resource, r.Record.Key, false)
			continue
		}
		s.CIB.RecordOp(r.Node, r.Record)
		if IsFailure(r.Record) {
			s.countFailure(r.Node, r.Record)
		}
	}
}

// IsFailure tells whether a result is one that fail counts count: not what was expected, and no probe.
func IsFailure(r cib.OpRecord) bool {
	if r.Status == int(executor.StatusPending) || r.Status == int(executor.StatusCancelled) {
		return false
	}
	if r.Operation == "monitor" && r.IntervalMS == 0 || r.Operation == "notify" {
		return false
	}
	want, ok := TargetRC(r.TransitionKey)
	if !ok || r.Status != int(executor.StatusDone) {
		return true
	}
	degraded := map[int]int{int(exit.Degraded): int(exit.OK), int(exit.DegradedProm): int(exit.Promoted)}
	if plain, ok := degraded[r.RC]; ok {
		return plain != want
	}
	return r.RC != want
}

// TargetRC reads the expected result code out of a transition key "action:transition:rc:uuid".
func TargetRC(key string) (int, bool) {
	parts := strings.Split(key, ":")
	if len(parts) < 4 {
		return 0, false
	}
	rc, err := strconv.Atoi(parts[2])
	return rc, err == nil
}

// countFailure raises the fail count in the same step as the failure is recorded, so that nobody sees one without the other.
func (s *State) countFailure(n cib.NodeRef, r cib.OpRecord) {
	suffix := fmt.Sprintf("%s#%s_%d", r.Resource, r.Operation, r.IntervalMS)
	value := "1"
	if old, ok := s.CIB.Transient(n.Name, "fail-count-"+suffix); ok {
		value = increment(old, 1)
	}
	fatal := r.Operation == "start" && s.option("start-failure-is-fatal", "true") != "false"
	if fatal || r.Operation == "stop" {
		value = infinity
	}
	when := strconv.FormatInt(r.LastRCChange, 10)
	s.CIB.SetTransient(n, "", "fail-count-"+suffix, &value)
	s.CIB.SetTransient(n, "", "last-failure-"+suffix, &when)
}

// option reads a cluster option without its rules: the few that matter here do not depend on time.
func (s *State) option(name, preset string) string {
	section := s.CIB.Section("crm_config")
	if section == nil {
		return preset
	}
	for _, set := range section.SelectElements("cluster_property_set") {
		for _, nv := range set.SelectElements("nvpair") {
			if nv.SelectAttrValue("name", "") == name {
				return nv.SelectAttrValue("value", preset)
			}
		}
	}
	return preset
}

// Option reads a cluster option as it stands in the document; preset where it is not set.
func (s *State) Option(name, preset string) string { return s.option(name, preset) }

// increment adds to a score-like number; INFINITY stays.
func increment(old string, by int) string {
	if old == infinity {
		return infinity
	}
	n, err := strconv.Atoi(old)
	if err != nil {
		n = 0
	}
	if n += by; n >= 1000000 {
		return infinity
	}
	return strconv.Itoa(n)
}

func (s *State) attributes(updates []attribute.Update) {
	for _, u := range updates {
		value := s.counted(u)
		if u.Private {
			s.setPrivate(u.Node, u.Name, value)
			continue
		}
		if ref, ok := s.NodeRef(u.Node); ok {
			s.CIB.SetTransient(ref, u.Set, u.Name, value)
		}
	}
}

// counted resolves "value++" and "value+=N" against the present value, as attrd does.
func (s *State) counted(u attribute.Update) *string {
	if u.Value == nil {
		return nil
	}
	by := 0
	switch v := *u.Value; {
	case v == "value++":
		by = 1
	case strings.HasPrefix(v, "value+="):
		n, err := strconv.Atoi(v[len("value+="):])
		if err != nil {
			return u.Value
		}
		by = n
	default:
		return u.Value
	}
	old, ok := s.Attribute(u.Node, u.Name)
	if !ok {
		old = "0"
	}
	next := increment(old, by)
	return &next
}

func (s *State) setPrivate(node, name string, value *string) {
	if value == nil {
		delete(s.Private[node], name)
		return
	}
	if s.Private[node] == nil {
		s.Private[node] = map[string]string{}
	}
	s.Private[node][name] = *value
}

// Attribute returns a transient attribute of a node, private or not.
func (s *State) Attribute(node, name string) (string, bool) {
	if v, ok := s.Private[node][name]; ok {
		return v, true
	}
	return s.CIB.Transient(node, name)
}

// NodeRef finds the id of a node by name: among the members, then in the configuration.
func (s *State) NodeRef(name string) (cib.NodeRef, bool) {
	if m, ok := s.Members[name]; ok {
		return cib.NodeRef{ID: m.ID, Name: m.Name}, true
	}
	if e := s.nodeEntry("uname", name); e != nil {
		return cib.NodeRef{ID: e.SelectAttrValue("id", ""), Name: name}, true
	}
	return cib.NodeRef{}, false
}

// join makes the node a member and takes its own word for what it runs.
func (s *State) join(j *Join) error {
	if err := s.ensureNode(j.Node); err != nil {
		return err
	}
	s.Members[j.Node.Name] = Member{j.Node.ID, j.Node.Name, j.Session}
	s.Sessions[j.Node.Name] = j.Session
	s.CIB.ClearNode(j.Node.Name, true, true)
	s.CIB.SetNodeState(cib.NodeState{NodeRef: j.Node, InCCM: true, Crmd: "online", Join: "member",
		Expected: "member", Origin: "do_lrm_query_internal"})
	for _, r := range j.History {
		s.CIB.RecordOp(j.Node, r)
	}
	feature := FeatureSet
	s.CIB.SetTransient(j.Node, "", featureSetAttribute, &feature)
	for _, name := range slices.Sorted(maps.Keys(j.Attributes)) { // all nodes make the same document
		value := j.Attributes[name]
		s.CIB.SetTransient(j.Node, "", name, &value)
	}
	delete(s.Private, j.Node.Name)
	for name, value := range j.Private {
		s.setPrivate(j.Node.Name, name, &value)
	}
	return nil
}

// ensureNode adds the <node> entry that the configuration needs for a node's first join. One with that id and another
// name is the node's own from before: it was renamed, and what is known of it under the former name goes.
func (s *State) ensureNode(n cib.NodeRef) error {
	if s.nodeEntry("uname", n.Name) != nil {
		return nil
	}
	op := cib.OpCreate
	if e := s.nodeEntry("id", n.ID); e != nil {
		op = cib.OpModify
		was := e.SelectAttrValue("uname", "")
		delete(s.Members, was)
		delete(s.Private, was)
		delete(s.Sessions, was)
		s.CIB.RemoveNodeState(was)
	}
	return s.CIB.Perform(cib.Request{Op: op, Section: "nodes", Origin: n.Name, Client: "crmd",
		XML: fmt.Sprintf(`<node id="%s" uname="%s"/>`, html.EscapeString(n.ID), html.EscapeString(n.Name))})
}

// nodeEntry finds the configuration's <node> whose attribute has the value, nil if there is none.
func (s *State) nodeEntry(attribute, value string) *etree.Element {
	nodes := s.CIB.Section("nodes")
	if nodes == nil {
		return nil
	}
	for _, e := range nodes.SelectElements("node") {
		if e.SelectAttrValue(attribute, "") == value {
			return e
		}
	}
	return nil
}

func (s *State) leave(l *Leave) {
	m, ok := s.Members[l.Node.Name]
	if ok && l.Session != "" && m.Session != l.Session {
		return // it has joined anew meanwhile
	}
	delete(s.Members, l.Node.Name)
	delete(s.Private, l.Node.Name)
	s.CIB.ClearNode(l.Node.Name, false, true)
	state := cib.NodeState{NodeRef: l.Node, Crmd: "offline", Join: "member", Expected: "member", Origin: "post_cache_update"}
	if l.Clean {
		state.Join, state.Expected = "down", "down"
	}
	s.CIB.SetNodeState(state)
}

func (s *State) forget(list []Forget) {
	for _, f := range list {
		s.CIB.DeleteHistory(f.Node, f.Resource, f.Operation, f.FailedOnly)
		if f.FailCounts {
			s.clearFailCounts(f)
		}
	}
}

func (s *State) clearFailCounts(f Forget) {
	ref, ok := s.NodeRef(f.Node)
	if !ok {
		return
	}
	for name := range s.CIB.Transients(f.Node) {
		rest, isCount := strings.CutPrefix(name, "fail-count-")
		if !isCount {
			if rest, isCount = strings.CutPrefix(name, "last-failure-"); !isCount {
				continue
			}
		}
		resource, op, _ := strings.Cut(rest, "#")
		if f.Resource != "" && f.Resource != resource || f.Operation != "" && f.Operation != resource+"_"+op {
			continue
		}
		s.CIB.SetTransient(ref, "", name, nil)
	}
}

// fenced keeps the history and, after a success, the fact that the target is down for certain.
func (s *State) fenced(e Fenced) error {
	down := e.Status == "success" && e.Action != "on"
	if down && e.Session != s.Sessions[e.Target] {
		return &cib.Error{Code: exit.Expired, Text: "node " + e.Target + " has joined again since it was fenced", Hint: "fence it once more if it must be down"}
	}
	s.Fencing = append(s.Fencing, e.FenceEvent)
	if len(s.Fencing) > fencingHistoryMax {
		s.Fencing = append([]api.FenceEvent(nil), s.Fencing[1:]...)
	}
	ref, ok := s.NodeRef(e.Target)
	if !ok || !down {
		return nil
	}
	delete(s.Members, e.Target)
	delete(s.Private, e.Target)
	s.CIB.ClearNode(e.Target, true, true)
	s.CIB.SetNodeState(cib.NodeState{NodeRef: ref, Crmd: "offline", Join: "down", Expected: "down", Origin: "send_stonith_update"})
	return nil
}

func (s *State) remove(name string) error {
	if _, ok := s.Members[name]; ok {
		return &cib.Error{Code: exit.Unsafe, Text: "node " + name + " is a member", Hint: "stop it first: crm cluster stop on that node"}
	}
	ref, ok := s.NodeRef(name)
	if !ok {
		return cib.Errorf(exit.NoSuch, "node %s is not known", name)
	}
	delete(s.Private, name)
	delete(s.Sessions, name)
	s.Nodes = deleteAdmission(s.Nodes, name)
	for _, x := range []string{fmt.Sprintf("//nodes/node[@uname='%s']", name), fmt.Sprintf("//status/node_state[@uname='%s']", name)} {
		if err := s.CIB.Perform(cib.Request{Op: cib.OpDelete, XPath: x, Client: "crm_node", Origin: ref.Name}); err != nil {
			return err
		}
	}
	return nil
}

func deleteAdmission(list []Admission, name string) []Admission {
	var kept []Admission
	for _, a := range list {
		if a.Name != name {
			kept = append(kept, a)
		}
	}
	return kept
}

// admit takes a new node in, unless its id was given to another one meanwhile: two nodes may let machines in at the
// same time.
func (s *State) admit(a Admission) error {
	id := strconv.FormatUint(uint64(a.ID), 10)
	e := s.nodeEntry("id", id)
	taken := e != nil && e.SelectAttrValue("uname", "") != a.Name
	for _, other := range s.Nodes {
		taken = taken || other.ID == a.ID && other.Name != a.Name
	}
	if taken {
		return cib.Errorf(exit.Exists, "the id %s belongs to another node", id)
	}
	s.Nodes = append(deleteAdmission(s.Nodes, a.Name), a)
	return s.ensureNode(cib.NodeRef{ID: id, Name: a.Name})
}
