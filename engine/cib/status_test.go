package cib

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

var n1 = NodeRef{ID: "1", Name: "n1"}

func start(rc int) OpRecord {
	return OpRecord{Resource: "web", Class: "ocf", Provider: "heartbeat", Type: "apache", Operation: "start",
		TransitionKey: "4:7:0:uuid", CallID: 9, RC: rc, OnNode: "n1", LastRCChange: 1795335912, ExecMS: 12,
		Digest: "d1", ForceRestart: "  a  ", RestartDigest: "d2", SecureParams: "  b  ", SecureDigest: "d3"}
}

func stop(rc int) OpRecord {
	r := start(rc)
	r.Operation = "stop"
	return r
}

func monitor(rc int) OpRecord {
	r := start(rc)
	r.Operation, r.IntervalMS = "monitor", 10000
	return r
}

func entries(d *Document, node string) string {
	var ids []string
	for _, r := range d.History(node) {
		ids = append(ids, fmt.Sprintf("%s=%s:%d", r.ID, r.Operation, r.RC))
	}
	return strings.Join(ids, " ")
}

func TestRecordOp(t *testing.T) {
	for _, c := range []struct {
		name string
		ops  []OpRecord
		want string
	}{
		{"good start", []OpRecord{start(0)}, "web_last_0=start:0"},
		{"pending start", []OpRecord{PendingOp(start(0))}, "web_last_0=start:193"},
		{"failed start", []OpRecord{start(1)}, "web_last_failure_0=start:1 web_last_0=start:1"},
		{"failure is kept", []OpRecord{start(1), start(0)}, "web_last_failure_0=start:1 web_last_0=start:0"},
		{"failed monitor keeps the good run", []OpRecord{start(0), monitor(0), monitor(7)},
			"web_last_0=start:0 web_monitor_10000=monitor:0 web_last_failure_0=monitor:7"},
		{"failed monitor ends the pending one", []OpRecord{PendingOp(monitor(0)), monitor(7)},
			"web_monitor_10000=monitor:7 web_last_failure_0=monitor:7"},
		{"pending stop keeps the start", []OpRecord{start(0), PendingOp(stop(0))}, "web_before_0=start:0 web_last_0=stop:193"},
		{"as often as it is ordered", []OpRecord{start(0), PendingOp(stop(0)), PendingOp(stop(0))}, "web_before_0=start:0 web_last_0=stop:193"},
		{"a start that still runs is kept too", []OpRecord{PendingOp(start(0)), PendingOp(stop(0))}, "web_before_0=start:193 web_last_0=stop:193"},
		{"until it is done", []OpRecord{start(0), PendingOp(stop(0)), stop(0)}, "web_last_0=stop:0"},
		{"or has failed", []OpRecord{start(0), PendingOp(stop(0)), stop(1)}, "web_last_0=stop:1 web_last_failure_0=stop:1"},
		{"migration", []OpRecord{{Resource: "web", Operation: "migrate_to", TransitionKey: "1:1:0:u"}, start(0)},
			"web_migrate_to_0=migrate_to:0 web_last_0=start:0"},
		{"own id", []OpRecord{{ID: "web_pre_notify_start_0", Resource: "web", Operation: "notify"}},
			"web_pre_notify_start_0=notify:0"},
	} {
		d := New()
		for i, op := range c.ops {
			d.RecordOp(n1, op)
			if d.Version().NumUpdates != i+1 {
				t.Errorf("%s: version %s after %d operations", c.name, d.Version(), i+1)
			}
		}
		if got := entries(d, "n1"); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestRecordOpAttributes fixes the order of attributes that other tools' readers know.
func TestRecordOpAttributes(t *testing.T) {
	d := New()
	d.RecordOp(n1, start(0))
	const want = `<lrm_resource id="web" type="apache" class="ocf" provider="heartbeat"><lrm_rsc_op id="web_last_0" operation_key="web_start_0" operation="start" crm-debug-origin="do_update_resource" crm_feature_set="3.16.1" transition-key="4:7:0:uuid" transition-magic="0:0;4:7:0:uuid" exit-reason="" on_node="n1" call-id="9" rc-code="0" op-status="0" interval="0" last-rc-change="1795335912" exec-time="12" queue-time="0" op-digest="d1" op-force-restart="  a  " op-restart-digest="d2" op-secure-params="  b  " op-secure-digest="d3"/></lrm_resource>`
	if got := XML(d.node("n1").history["web"], false); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	back := d.History("n1")[0]
	back.ID, back.Key, back.Origin = "", "", ""
	if !reflect.DeepEqual(back, start(0)) {
		t.Errorf("read back %+v", back)
	}
}

func TestResourceAgentChanges(t *testing.T) {
	d := New()
	d.RecordOp(n1, start(0))
	op := start(0)
	op.Class, op.Provider, op.Type = "systemd", "", "apache2"
	d.RecordOp(n1, op)
	d.SetShutdownLock("n1", "web", 1795335912)
	d.SetShutdownLock("n1", "nope", 1795335912)
	const want = `<lrm_resource id="web" type="apache2" class="systemd" shutdown-lock="1795335912">`
	if got := XML(d.node("n1").history["web"], false); !strings.HasPrefix(got, want) || d.Version().NumUpdates != 3 {
		t.Errorf("version %s, got %s", d.Version(), got)
	}
	d.SetShutdownLock("n1", "web", 0)
	if got := d.ResourceHistory("n1", "web"); len(got) != 1 || got[0].Type != "apache2" || attr(d.node("n1").history["web"], "shutdown-lock") != "" {
		t.Errorf("got %+v", got)
	}
}

func TestDeleteHistory(t *testing.T) {
	make := func() *Document {
		d := New()
		for _, op := range []OpRecord{start(1), start(0), monitor(0)} {
			d.RecordOp(n1, op)
		}
		other := start(0)
		other.Resource = "db"
		d.RecordOp(n1, other)
		return d
	}
	for _, c := range []struct {
		resource, key string
		failed        bool
		want          string
	}{
		{"", "", false, ""},
		{"web", "", false, "db_last_0=start:0"},
		{"web", "", true, "web_last_0=start:0 web_monitor_10000=monitor:0 db_last_0=start:0"},
		{"web", "web_monitor_10000", false, "web_last_failure_0=start:1 web_last_0=start:0 db_last_0=start:0"},
		{"nope", "", false, "web_last_failure_0=start:1 web_last_0=start:0 web_monitor_10000=monitor:0 db_last_0=start:0"},
	} {
		d := make()
		before := d.Version()
		d.DeleteHistory("n1", c.resource, c.key, c.failed)
		if got := entries(d, "n1"); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
		if changed := d.Version().NumUpdates - before.NumUpdates; changed > 1 || changed != 1 && c.resource != "nope" {
			t.Errorf("%+v: num_updates rose by %d", c, changed)
		}
	}
}

func TestTransient(t *testing.T) {
	d := New()
	value := func(s string) *string { return &s }
	d.SetTransient(n1, "", "fail-count-web#start_0", value("INFINITY"))
	d.SetTransient(n1, "", "a b+", value(""))
	d.SetTransient(n1, "mine", "x", value("1"))
	d.SetTransient(n1, "mine", "x", value("1"))
	if n := d.Version().NumUpdates; n != 3 {
		t.Errorf("num_updates is %d after three changes", n)
	}
	const want = `<transient_attributes id="1"><instance_attributes id="status-1"><nvpair id="status-1-fail-count-web.start_0" name="fail-count-web#start_0" value="INFINITY"/><nvpair id="status-1-a b+" name="a b+" value=""/></instance_attributes><instance_attributes id="mine"><nvpair id="mine-x" name="x" value="1"/></instance_attributes></transient_attributes>`
	again := parse(t, string(d.Compact()))
	for _, d := range []*Document{d, again} {
		if got := XML(child(d.node("n1").state, "transient_attributes"), false); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if v, ok := d.Transient("n1", "x"); !ok || v != "1" {
			t.Errorf("x is %q, %v", v, ok)
		}
		if all := d.Transients("n1"); len(all) != 3 || all["fail-count-web#start_0"] != "INFINITY" {
			t.Errorf("all: %v", all)
		}
	}
	d.SetTransient(n1, "", "x", nil)
	if _, ok := d.Transient("n1", "x"); ok {
		t.Error("x is still there")
	}
	d.ClearNode("n1", false, true)
	if all := d.Transients("n1"); len(all) != 0 || d.Version().NumUpdates != 5 {
		t.Errorf("after clearing: %v, %s", all, d.Version())
	}
}

func TestNodeState(t *testing.T) {
	d := New()
	s := NodeState{NodeRef: n1, InCCM: true, Crmd: "online", Join: "member", Expected: "member", Origin: "test"}
	d.SetNodeState(s)
	d.SetNodeState(s)
	d.RecordOp(n1, start(0))
	if got, ok := d.NodeState("n1"); !ok || got != s || d.Version().NumUpdates != 2 {
		t.Errorf("got %+v, version %s", got, d.Version())
	}
	s.Crmd = "offline"
	d.SetNodeState(s)
	if all := d.NodeStates(); len(all) != 1 || all[0] != s || len(d.History("n1")) != 1 {
		t.Errorf("got %+v", all)
	}
	d.SetQuorum(true, "1")
	d.SetTicket(TicketState{ID: "t", Granted: true, LastGranted: 5})
	if got := d.Tickets(); len(got) != 1 || !got[0].Granted || attr(d.Root(), "have-quorum") != "1" || attr(d.Root(), "dc-uuid") != "1" {
		t.Errorf("got %+v", got)
	}
	d.RemoveNodeState("n1")
	if _, ok := d.NodeState("n1"); ok {
		t.Error("n1 is still there")
	}
}

// TestStorable: what XML cannot hold does not get into the document, which could not be read again.
func TestStorable(t *testing.T) {
	d, err := Parse([]byte(webCIB))
	if err != nil {
		t.Fatal(err)
	}
	failed := monitor(7)
	failed.ExitReason = "\x1b[31mno pid file\xff"
	value := "a\x00b"
	d.RecordOp(n1, failed)
	d.SetTransient(n1, "", "x\x01y", &value)
	again, err := Parse(d.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if again.Digest() != d.Digest() {
		t.Error("reads back differently")
	}
	if r := again.History("n1"); len(r) == 0 || r[len(r)-1].ExitReason != "\ufffd[31mno pid file\ufffd" {
		t.Errorf("%+v", r)
	}
	before := string(d.Bytes())
	for _, set := range []map[string]string{{"": "x"}, {"a b": "x"}, {"description": "a\x02"}} {
		if err := d.Perform(Request{Op: OpPatch, Changes: []Change{{Op: ChangeModify, Path: "/cib/configuration", Set: set}}}); err == nil {
			t.Errorf("%q is accepted", set)
		}
	}
	if string(d.Bytes()) != before {
		t.Error("refused, but changed")
	}
}
