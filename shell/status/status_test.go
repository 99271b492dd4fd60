package status

import (
	"strings"
	"testing"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/scheduler"
)

// What crm_mon prints is compared with recorded output in package tools; here is what needs a running cluster or a browser.

const small = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" have-quorum="0" dc-uuid="1"
 cib-last-written="Sun Nov 22 08:26:06 2026" update-user="root" update-origin="n1"><configuration><crm_config><cluster_property_set id="o">
 <nvpair id="o1" name="stonith-enabled" value="false"/><nvpair id="o2" name="maintenance-mode" value="true"/></cluster_property_set></crm_config>
 <nodes><node id="1" uname="n1"/><node id="2" uname="n&lt;2"/></nodes><resources><group id="g">
 <primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/></group></resources><constraints/></configuration>
 <status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"/></status></cib>`

var now = time.Date(2026, 11, 22, 8, 40, 0, 0, time.UTC)

func picture(t *testing.T, show Section) *Mon {
	t.Helper()
	doc, err := cib.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	c, err := scheduler.Read(scheduler.Input{CIB: doc.Root(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	m := &Mon{View: View{Cluster: c, Options: Options{Inactive: true}}, Show: show, CIB: doc.Root(), Now: now, FenceLevel: 1}
	m.Prepare()
	return m
}

func text(m *Mon) string {
	var b strings.Builder
	m.WriteText(&b)
	return b.String()
}

func TestFencing(t *testing.T) {
	at := now.Add(-time.Minute)
	events := []api.FenceEvent{
		{Action: "reboot", Target: "n2", Client: "pacemaker-controld.124", Origin: "n3", Status: "pending"},
		{Action: "reboot", Target: "n2", Client: "pacemaker-controld.124", Origin: "n3", Delegate: "n1", Status: "success", Completed: at},
		{Action: "off", Target: "nope", Client: "stonith_admin.9037", Origin: "n1", Status: "failed", Completed: at},
		{Action: "off", Target: "nope", Client: "stonith_admin.9037", Origin: "n1", Status: "failed", Completed: at.Add(-time.Hour)},
	}
	m := picture(t, FencingFailed|FencingPending)
	m.Fencing = events
	want := `Failed Fencing Actions:
  * turning off of nope for stonith_admin.9037@n1 last failed at 2026-11-22 08:39:00Z

Pending Fencing Actions:
  * reboot of n2 for pacemaker-controld.124@n3 pending
`
	if got := text(m); got != want {
		t.Errorf("failed and pending:\n%s\nwant\n%s", got, want)
	}
	m = picture(t, Fencing)
	m.Fencing, m.FenceLevel = events, 3
	want = `Fencing History:
  * reboot of n2 for pacemaker-controld.124@n3 pending
  * reboot of n2 by n1 for pacemaker-controld.124@n3 successful at 2026-11-22 08:39:00Z
  * turning off of nope for stonith_admin.9037@n1 failed at 2026-11-22 08:39:00Z
  * turning off of nope for stonith_admin.9037@n1 failed at 2026-11-22 07:39:00Z
`
	if got := text(m); got != want {
		t.Errorf("history:\n%s\nwant\n%s", got, want)
	}
	xml := m.XML()
	if len(xml) != 1 || len(xml[0].ChildElements()) != 4 || xml[0].ChildElements()[0].SelectAttrValue("extended-status", "") == "" {
		t.Errorf("%d elements of XML", len(xml))
	}
}

func TestRunning(t *testing.T) {
	m := picture(t, Stack)
	m.Running = now
	if got := text(m); !strings.HasPrefix(got, "Status of pacemakerd: 'Pacemaker is running' (last updated 2026-11-22 08:40:00Z)\nCluster Summary:\n") {
		t.Error(got)
	}
}

func TestHTML(t *testing.T) {
	var b strings.Builder
	picture(t, TextDefault).WriteHTML(&b, Page{Title: "a & b", Refresh: 5})
	for _, want := range []string{"<title>a &amp; b</title>", `<meta http-equiv="refresh" content="5">`, "<h2>Cluster Summary</h2>",
		`<span class="bold">n1:</span><span class="online"> online</span>`, `<span class="bold">n&lt;2:</span><span class="offline"> OFFLINE</span>`,
		`<p class="warning">*** Resource management is DISABLED ***`, "<h3>Resource Group: g (unmanaged)</h3>", `<span class="warning"> WITHOUT</span><span> quorum</span>`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is missing in\n%s", want, b.String())
		}
	}
	for _, tag := range []string{"ul", "li", "h2", "h3", "body", "html"} {
		if open, closed := strings.Count(b.String(), "<"+tag+">")+strings.Count(b.String(), "<"+tag+" "), strings.Count(b.String(), "</"+tag+">"); open != closed {
			t.Errorf("<%s> is opened %d times and closed %d times", tag, open, closed)
		}
	}
}

func TestSpan(t *testing.T) {
	for ms, want := range map[int]string{0: "", 1: "1ms", 999: "999ms", 1000: "1000ms", 1500: "1.500s", 60000: "60s", 61000: "1m1000ms", 90000: "1m30s",
		120000: "2m", 3600000: "60m", 3660000: "1h60s", 86400000: "24h", 90061001: "1d1h1m1.001s", 604800000: "7d"} {
		if got := span(ms); got != want {
			t.Errorf("span(%d) = %q, want %q as crm_mon has it", ms, got, want)
		}
	}
}

func TestSections(t *testing.T) {
	for _, n := range SectionNames() {
		n = strings.TrimSuffix(n, "[:PREFIX]")
		if _, ok := ParseSection(n); !ok && n != "default" && n != "none" {
			t.Errorf("section %s is listed but not read", n)
		}
	}
	if _, ok := ParseSection("nope"); ok {
		t.Error("nope is taken for a section")
	}
	if s, _ := ParseSection("summary"); s&ClusterOptions != 0 || s&MaintMode == 0 {
		t.Error("summary is all of the header but the cluster options")
	}
}
