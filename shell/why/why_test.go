package why

import (
	"strings"
	"testing"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
)

// document makes a CIB of three nodes, of which n3 is offline, with the given parts.
func document(t *testing.T, config, nodes, resources, constraints, history string) *cib.Document {
	t.Helper()
	node := func(id, name string) string {
		return `<node id="` + id + `" uname="` + name + `">` + map[bool]string{true: nodes}[name == "n2"] + `</node>`
	}
	state := func(id, name, online, lrm string) string {
		return `<node_state id="` + id + `" uname="` + name + `" in_ccm="` + map[string]string{"online": "true", "offline": "false"}[online] +
			`" crmd="` + online + `" join="` + map[string]string{"online": "member", "offline": "down"}[online] + `" expected="` +
			map[string]string{"online": "member", "offline": "down"}[online] + `"><lrm id="` + id + `"><lrm_resources>` + lrm + `</lrm_resources></lrm></node_state>`
	}
	text := `<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1" crm_feature_set="3.16.1"><configuration>` +
		`<crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="o1" name="stonith-enabled" value="false"/>` + config + `</cluster_property_set></crm_config>` +
		`<nodes>` + node("1", "n1") + node("2", "n2") + node("3", "n3") + `</nodes><resources>` + resources + `</resources><constraints>` + constraints + `</constraints></configuration>` +
		`<status>` + state("1", "n1", "online", history) + state("2", "n2", "online", "") + state("3", "n3", "offline", "") + `</status></cib>`
	doc, err := cib.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func primitive(id, inside string) string {
	return `<primitive id="` + id + `" class="ocf" provider="quorate" type="Dummy">` + inside + `</primitive>`
}

func meta(id, name, value string) string {
	return `<meta_attributes id="` + id + `-m"><nvpair id="` + id + `-m-` + name + `" name="` + name + `" value="` + value + `"/></meta_attributes>`
}

// failed is the history of an operation that failed on n1.
func failed(id, op, rc, opStatus, reason string) string {
	return `<lrm_resource id="` + id + `" class="ocf" provider="quorate" type="Dummy"><lrm_rsc_op id="` + id + `_last_failure_0" operation_key="` + id + `_` + op +
		`_0" operation="` + op + `" crm_feature_set="3.16.1" transition-key="1:1:` + map[string]string{"monitor": "7", "start": "0"}[op] + `:x" transition-magic="` + opStatus + `:` + rc +
		`;1:1:0:x" call-id="1" rc-code="` + rc + `" op-status="` + opStatus + `" interval="0" exit-reason="` + reason + `"/></lrm_resource>`
}

// started is the history of a resource that was started.
func started(id string) string {
	return `<lrm_resource id="` + id + `" class="ocf" provider="quorate" type="Dummy"><lrm_rsc_op id="` + id + `_last_0" operation_key="` + id +
		`_start_0" operation="start" crm_feature_set="3.16.1" transition-key="1:1:0:x" transition-magic="0:0;1:1:0:x" call-id="1" rc-code="0" op-status="0" interval="0"/></lrm_resource>`
}

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		config, nodes, resources, constraints, history string
		about                                          string
		quorum, fails                                  string // "" for with quorum, and no failure counted
		want                                           []string
		not                                            string
	}{
		"it runs": {resources: primitive("web", ""), history: started("web"), about: "web",
			want: []string{"web is running on n1\n", "n3  offline"}, not: "  * "},
		"not started yet": {resources: primitive("web", ""), about: "web", want: []string{"web is not running yet; it is to start on n1"}},
		"held back": {config: `<nvpair id="o2" name="no-quorum-policy" value="stop"/>`, resources: primitive("web", ""), about: "web", quorum: "0",
			want: []string{"web is not running; the cluster would start it, but is held back: no quorum\n"}, not: "yet"},
		"failed once": {resources: primitive("web", ""), about: "web", history: started("web"), fails: "1",
			want: []string{"n1  failed once there; score 0"}},
		"failed too often": {resources: primitive("web", meta("web", "migration-threshold", "3")), about: "web", history: started("web"), fails: "3",
			want: []string{"n1  failed 3 times there, migration-threshold is 3 ('crm resource cleanup web' forgets it); score -INFINITY"}},
		"failed for good": {resources: primitive("web", ""), about: "web", history: started("web"), fails: "INFINITY",
			want: []string{"n1  failed there for good ('crm resource cleanup web' forgets it); score -INFINITY"}},
		"stopped by its group": {resources: `<group id="g">` + primitive("web", "") + meta("g", "target-role", "Stopped") + `</group>`, about: "web",
			want: []string{"web is not running\n", "target-role of g is Stopped: 'crm resource start g' starts it"}},
		"to be stopped": {resources: primitive("web", meta("web", "target-role", "Stopped")), history: started("web"), about: "web",
			want: []string{"web is running on n1, and is to be stopped"}},
		"unmanaged":   {resources: primitive("web", meta("web", "is-managed", "false")), about: "web", want: []string{"web is not managed: 'crm resource manage web'"}},
		"maintenance": {config: `<nvpair id="o2" name="maintenance-mode" value="true"/>`, resources: primitive("web", ""), about: "web", want: []string{"maintenance mode: 'crm maintenance off'"}},
		"banned": {resources: primitive("web", ""), about: "web", history: started("web"),
			constraints: `<rsc_location id="cli-ban-web-on-n1" rsc="web" node="n1" score="-INFINITY"/>`,
			want:        []string{"web is running on n1, and is to move to n2", "n1  constraint cli-ban-web-on-n1 gives -INFINITY ('crm resource clear web' removes it)"}},
		"standby": {nodes: `<instance_attributes id="i"><nvpair id="i-s" name="standby" value="on"/></instance_attributes>`, resources: primitive("web", ""), about: "web",
			want: []string{"n2  standby ('crm node online n2' ends it)"}},
		"needs another": {resources: primitive("web", "") + primitive("db", meta("db", "target-role", "Stopped")), about: "web",
			constraints: `<rsc_order id="o" first="db" then="web"/><rsc_colocation id="c" rsc="web" with-rsc="db" score="INFINITY"/>`,
			want:        []string{"starts only after db, which is not running (constraint o): 'crm why db'", "runs only beside db"}},
		"behind a member": {resources: `<group id="g">` + primitive("db", meta("db", "target-role", "Stopped")) + primitive("web", "") + `</group>`, about: "web",
			want: []string{"starts only after db, which stands before it in group g"}},
		"beside another": {resources: `<group id="g">` + primitive("db", "") + primitive("web", "") + `</group>`, about: "web", history: started("db") + started("web"),
			want: []string{"n1  score 0", "n2  db, which it runs beside, is on n1; score -INFINITY"}},
		"not installed": {resources: primitive("web", ""), about: "web", history: failed("web", "monitor", "5", "7", "no such unit"),
			want: []string{"n1  its probe could not be executed (Not installed: no such unit) ('crm resource refresh web' looks again)"}, not: "cleanup"},
		"wrongly configured": {resources: primitive("web", ""), about: "web", history: failed("web", "start", "6", "0", "no address"),
			want: []string{"start on n1 returned 'not configured' (no address), so it is not tried on other nodes: mend its parameters first ('crm resource cleanup web' forgets it)"}},
		"a node":         {about: "n1", resources: primitive("web", ""), history: started("web"), want: []string{"n1 is online", "it is the designated controller", "it runs web"}},
		"an absent node": {about: "n3", want: []string{"n3 is offline", "reboot success by n1 for crm: it did not answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.fails != "" {
				c.history += `</lrm_resources></lrm><transient_attributes id="1"><instance_attributes id="status-1"><nvpair id="f" name="fail-count-web#monitor_10000" value="` +
					c.fails + `"/></instance_attributes></transient_attributes><lrm id="1"><lrm_resources>`
			}
			doc := document(t, c.config, c.nodes, c.resources, c.constraints, c.history)
			fenced := []api.FenceEvent{{Action: "reboot", Target: "n3", Client: "crm", Delegate: "n1", Status: "success", Reason: "it did not answer"}}
			if c.quorum != "" {
				doc.Root().CreateAttr("have-quorum", c.quorum)
			}
			report, err := Explain(doc, time.Unix(1_800_000_000, 0), c.about, fenced)
			if err != nil {
				t.Fatal(err)
			}
			text := report.String()
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in:\n%s", want, text)
				}
			}
			if c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("%q in:\n%s", c.not, text)
			}
		})
	}
	if _, err := Explain(document(t, "", "", "", "", ""), time.Now(), "nosuch", nil); err == nil {
		t.Error("something is known about nosuch")
	}
}
