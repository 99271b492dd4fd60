package cib

import (
	"strings"
	"testing"
)

const webCIB = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="3" admin_epoch="0">
  <configuration>
    <crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
    <nodes><node id="1" uname="n1"/></nodes>
    <resources>
      <primitive id="p1" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="p1-m"><nvpair id="p1-m-a" name="a" value="x"/></meta_attributes><operations><op id="p1-mon" name="monitor" interval="10s"/></operations></primitive>
      <group id="g1"><primitive id="p2" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="p3" class="ocf" provider="pacemaker" type="Dummy"/></group>
    </resources>
    <constraints><rsc_location id="l1" rsc="p1" node="n1" score="10"/></constraints>
  </configuration>
  <status><node_state id="1" uname="n1" crmd="online"><transient_attributes id="1"><instance_attributes id="status-1">
    <nvpair id="status-1-x" name="x" value="5"/></instance_attributes></transient_attributes></node_state>
    <node_state id="2" uname="n2" crmd="offline"/></status>
</cib>`

func parse(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFind(t *testing.T) {
	d := parse(t, webCIB)
	for _, c := range []struct {
		xpath string
		want  string // path of each hit, with /@name=value for attributes
	}{
		{"//primitive", "p1 p2 p3"},
		{"/cib/configuration/resources/*", "p1 g1"},
		{"//nodes/node[@id='1' and @uname=\"n1\"]", "1"},
		{"//node_state[@crmd='online']//nvpair[@name='x']", "status-1-x"},
		{"//node_state[@crmd='online' or @crmd='offline']", "1 2"},
		{"//*[@id='p2']", "p2"},
		{"//primitive/@type", "type=Dummy type=Dummy type=Dummy"},
		{"//nodes//node[@id='1']/@uname", "uname=n1"},
		{"//primitive[2]", "p3"},
		{"//group/primitive[last()]", "p3"},
		{"//group/primitive[position()=1]", "p2"},
		{"//node_state[not(transient_attributes)]", "2"},
		{"//nvpair[contains(@name,'onith')]", "o1"},
		{"//primitive[starts-with(@id,'p')]", "p1 p2 p3"},
		{"//op[@name='monitor']/../..", "p1"},
		{"//primitive | //group", "p1 g1 p2 p3"},
		{"//nope", ""},
	} {
		found, err := d.Find(c.xpath)
		if err != nil {
			t.Errorf("%s: %v", c.xpath, err)
			continue
		}
		got := ""
		for i, m := range found {
			if i > 0 {
				got += " "
			}
			if m.Attr != "" {
				got += m.Attr + "=" + m.Value
			} else {
				got += attr(m.Element, "id")
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.xpath, got, c.want)
		}
	}
	for _, bad := range []string{"//[", "", "//a[", "nope(//a)", strings.Repeat("(", 5000), strings.Repeat("(", 4000)} {
		if _, err := d.Find(bad); CodeOf(err) != 2 {
			t.Errorf("%.20s gives %v", bad, err)
		}
	}
}
