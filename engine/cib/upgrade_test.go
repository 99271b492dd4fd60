package cib

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// upgradeInputs are old configurations; the whole of a testdata file, or what is inside it.
func upgradeInputs(t *testing.T) map[string]string {
	const dummy = ` class="ocf" provider="heartbeat" type="Dummy"`
	wrap := func(version, config, defaults, resources, constraints, rest string) string {
		return `<cib validate-with="` + version + `" epoch="5" num_updates="3" admin_epoch="0"><configuration><crm_config>` + config +
			`</crm_config>` + defaults + `<nodes/><resources>` + resources + `</resources><constraints>` + constraints + `</constraints>` + rest + `</configuration><status/></cib>`
	}
	return map[string]string{
		"everything of 1.2": string(mustRead(t, "testdata/upgrade-1.2.xml")),
		"options":           wrap("pacemaker-2.10", `<cluster_property_set id="c"><nvpair id="n1" name="default_resource_stickiness" value="1"/><nvpair id="n2" name="default_action_timeout" value="2"/><nvpair id="n6" name="default-resource-stickiness" value="9"/></cluster_property_set><cluster_property_set id="d"><nvpair id="x6" name="default-resource-stickiness" value="19"/><nvpair id="x7" name="cluster-infrastructure" value="corosync"/></cluster_property_set><cluster_property_set id="d2"><rule id="rr" score="1"><expression id="ee" attribute="a" operation="eq" value="b"/></rule><nvpair id="x8" name="default-resource-stickiness" value="19"/></cluster_property_set><cluster_property_set id="e"/>`, "", "", "", ""),
		"options and defaults": wrap("pacemaker-2.10", `<cluster_property_set id="c"><nvpair id="n1" name="default-resource-stickiness" value="1"/><nvpair id="n2" name="default-action-timeout" value="2"/></cluster_property_set>`,
			`<rsc_defaults><meta_attributes id="rd"><nvpair id="rd1" name="resource-stickiness" value="5"/></meta_attributes></rsc_defaults><op_defaults><meta_attributes id="od"><nvpair id="od1" name="record-pending" value="true"/></meta_attributes></op_defaults>`, "", "", ""),
		"options and empty defaults": wrap("pacemaker-2.10", `<cluster_property_set id="c"><nvpair id="n1" name="default-resource-stickiness" value="1"/><nvpair id="n2" name="default-action-timeout" value="2"/></cluster_property_set>`,
			`<rsc_defaults/>`, "", "", ""),
		"requires": wrap("pacemaker-2.10", "", "", `<primitive id="p"`+dummy+`><operations><op id="o1" name="start" interval="0"><meta_attributes id="om"><nvpair id="om1" name="requires" value="nothing"/></meta_attributes></op><op id="o2" name="stop" interval="0" requires="quorum"/><op id="o3" name="promote" interval="0" requires="fencing"/></operations></primitive><primitive id="q"`+dummy+`><operations><op id="q1" name="start" interval="0"><instance_attributes id="qi"><nvpair id="qi1" name="requires" value="nothing"/></instance_attributes></op></operations></primitive><primitive id="s"`+dummy+`><meta_attributes id="sm"><nvpair id="sm1" name="requires" value="b"/></meta_attributes><operations><op id="s1" name="start" interval="0" requires="quorum"/></operations></primitive>`, "", ""),
		"requires of operations": wrap("pacemaker-2.10", "", "", `<primitive id="m"`+dummy+`><operations><op id="m1" name="start" interval="0"><meta_attributes id="mm"><nvpair id="mr" name="requires" value="nothing"/></meta_attributes></op></operations></primitive>`+
			`<primitive id="mi"`+dummy+`><operations><op id="mi1" name="start" interval="0"><meta_attributes id="mim"><nvpair id="mir" name="requires" value="nothing"/><nvpair id="mit" name="timeout" value="5"/></meta_attributes><instance_attributes id="mii"><nvpair id="miq" name="requires" value="quorum"/></instance_attributes></op></operations></primitive>`+
			`<primitive id="ii"`+dummy+`><operations><op id="ii1" name="start" interval="0"><instance_attributes id="iii"><nvpair id="iir" name="requires" value="nothing"/></instance_attributes></op><op id="ii2" name="promote" interval="0"><instance_attributes id="iij"><nvpair id="iis" name="requires" value="quorum"/></instance_attributes></op></operations></primitive>`+
			`<primitive id="ai"`+dummy+`><operations><op id="ai1" name="promote" interval="0" requires="fencing"/><op id="ai2" name="start" interval="0"><instance_attributes id="aij"><nvpair id="ais" name="requires" value="quorum"/></instance_attributes></op></operations></primitive>`+
			`<primitive id="aa"`+dummy+`><operations><op id="aa1" name="promote" interval="0" requires="fencing"/><op id="aa2" name="start" interval="0" requires="quorum"/><op id="aa3" name="stop" interval="0" requires="nothing"/></operations></primitive>`, "", ""),
		"operation parameters": wrap("pacemaker-2.10", "", "", `<primitive id="p"`+dummy+`><operations><op id="o1" name="start" interval="0" timeout="5"><instance_attributes id="oi"><nvpair id="n2" name="start-delay" value="b"/><nvpair id="n7" name="timeout" value="g"/><nvpair id="n9" name="start_delay" value="g"/></instance_attributes></op><op id="o2" name="stop" interval="0"><meta_attributes id="mm"><nvpair id="mm1" name="timeout" value="5"/></meta_attributes><instance_attributes id="oi2"><nvpair id="n72" name="timeout" value="g"/></instance_attributes></op></operations></primitive>`, "", ""),
		"fencing parameters":   wrap("pacemaker-2.10", "", "", `<primitive id="f" class="stonith" type="x"><instance_attributes id="i"><nvpair id="n1" name="pcmk_arg_map" value="hostname:uname"/><nvpair id="n2" name="pcmk_list_cmd" value="1"/></instance_attributes></primitive><primitive id="f2" class="stonith" type="x"><instance_attributes id="i2"><nvpair id="n12" name="pcmk_arg_map" value="domain:uname"/></instance_attributes></primitive><primitive id="f3" class="stonith" type="x"><instance_attributes id="i3"><nvpair id="n13" name="pcmk_arg_map" value="port:plug"/></instance_attributes></primitive><template id="t"`+dummy+`><operations><op id="to" name="start" interval="0" requires="quorum"/></operations></template>`, "", ""),
		"isolation":            wrap("pacemaker-2.10", "", "", `<primitive id="z"`+dummy+`><meta_attributes id="zm"><nvpair id="zm1" name="isolation-wrapper" value="1"/><nvpair id="zm2" name="isolation-host" value="1"/></meta_attributes></primitive><group id="g"><meta_attributes id="gm"><nvpair id="gm1" name="isolation" value="1"/></meta_attributes><primitive id="y"`+dummy+`/></group>`, "", ""),
		"acls":                 wrap("pacemaker-1.3", "", "", `<primitive id="p"`+dummy+`/>`, `<rsc_location id="l" rsc="p" node="n" score="1"/>`, `<acls><acl_user id="u"><role_ref id="r1"/><role_ref id="r2"/></acl_user><acl_user id="u2"/><acl_role id="r1"><read id="a1" tag="nvpair"/><write id="a2" ref="p"/><deny id="a3" xpath="/cib" attribute="x"/></acl_role><acl_role id="r2"/></acls>`),
		"1.3":                  wrap("pacemaker-1.3", "", "", "", "", ""),
		"3.5":                  wrap("pacemaker-3.5", "", "", "", "", ""),
		"none":                 wrap("none", "", "", "", "", ""),
	}
}

func TestUpgradeLikeCibadmin(t *testing.T) {
	tool, err := exec.LookPath("cibadmin")
	if err != nil {
		t.Skip("cibadmin is not installed (package pacemaker-cli-utils)")
	}
	for name, text := range upgradeInputs(t) {
		file := filepath.Join(t.TempDir(), "cib.xml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tool, "--upgrade", "--force")
		cmd.Env = append(os.Environ(), "CIB_file="+file)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
		want := parse(t, string(mustRead(t, file)))
		got := parse(t, text)
		if err := got.Perform(Request{Op: OpUpgrade}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := DiffText(want, got); diff != "" {
			t.Errorf("%s: ours differs\n%s", name, diff)
		}
	}
}

func TestUpgrade(t *testing.T) {
	for name, text := range upgradeInputs(t) {
		d := parse(t, text)
		if err := d.Upgrade(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p := Validate(d); p != nil || name != "none" && d.Schema() != LatestSchema {
			t.Errorf("%s: %s, %v", name, d.Schema(), p)
		}
	}
	for _, bad := range []string{
		`<cib validate-with="pacemaker-0.6" epoch="5" num_updates="3" admin_epoch="0"/>`,
		`<cib validate-with="pacemaker-2.0" epoch="5" num_updates="3" admin_epoch="0"><configuration/></cib>`,
	} {
		d := parse(t, bad)
		if err := d.Perform(Request{Op: OpUpgrade}); CodeOf(err) != 78 || string(d.Compact()) != bad {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestUpgradeTooOld: what no schema from 3.0 on allows is of no use to a cluster, though it may be kept.
func TestUpgradeTooOld(t *testing.T) {
	d := parse(t, `<cib validate-with="pacemaker-2.6" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config>`+
		`<cluster_property_set id="o"><nvpair id="i" name="cluster-infrastructure"/></cluster_property_set>`+
		`</crm_config><nodes/><resources/><constraints/></configuration><status/></cib>`)
	const want = "cannot upgrade past pacemaker-2.10: /cib/configuration/crm_config/cluster_property_set[@id='o']/nvpair[@id='i']: name=\"cluster-infrastructure\" is not allowed any more"
	if err := d.Upgrade(); CodeOf(err) != 78 || err.Error() != want || d.Schema() != "pacemaker-2.6" {
		t.Errorf("%s: %v", d.Schema(), err)
	}
	if err := d.Perform(Request{Op: OpUpgrade}); err != nil || d.Schema() != "pacemaker-2.10" {
		t.Errorf("%s: %v", d.Schema(), err)
	}
}

// TestUpgradeNewerThanItSays: an old document may use what came later; it is taken for the first
// schema that it conforms to, as crm_simulate does.
func TestUpgradeNewerThanItSays(t *testing.T) {
	for _, first := range []string{"pacemaker-1.2", "pacemaker-2.10"} {
		d := parse(t, `<cib validate-with="`+first+`" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes/><resources>`+
			`<primitive id="p" class="ocf" provider="heartbeat" type="Dummy"><operations><op id="o" name="monitor" interval="5" on-fail="demote"/></operations></primitive>`+
			`</resources><constraints/></configuration><status/></cib>`)
		if err := d.Upgrade(); err != nil || d.Schema() != LatestSchema {
			t.Errorf("%s: %s, %v", first, d.Schema(), err)
		}
	}
}
