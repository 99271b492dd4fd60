package cib

import (
	"errors"
	"testing"

	"quorate/engine/exit"
)

const p4 = `<primitive id="p4" class="ocf" provider="pacemaker" type="Dummy"/>`

// TestPerform has what cibadmin 2.1.5 did with the same requests on the same file.
func TestPerform(t *testing.T) {
	for _, c := range []struct {
		name    string
		request Request
		code    exit.Code
		version string
		there   string // an XPath that matches afterwards
		gone    string // and one that does not
	}{
		{"create", Request{Op: OpCreate, Section: "resources", XML: p4}, 0, "0.6.0", "//resources/primitive[@id='p4']", ""},
		{"create section", Request{Op: OpCreate, Section: "resources", XML: "<resources>" + p4 + "</resources>"}, 0, "0.6.0", "//resources/primitive[@id='p4']", "//resources/resources"},
		{"create cib", Request{Op: OpCreate, XML: "<cib><configuration><resources>" + p4 + "</resources></configuration></cib>"}, 0, "0.6.0", "//primitive[@id='p4']", ""},
		{"create existing", Request{Op: OpCreate, Section: "resources", XML: `<resources>` + p4 + `<primitive id="p1"/></resources>`}, exit.Exists, "0.5.3", "", "//primitive[@id='p4']"},
		{"create twin of member", Request{Op: OpCreate, Section: "resources", XML: `<primitive id="p2" class="ocf" provider="pacemaker" type="Dummy"/>`}, exit.Config, "0.5.3", "//group/primitive[@id='p2']", "//resources/primitive[@id='p2']"},
		{"create no section", Request{Op: OpCreate, Section: "bogus", XML: p4}, exit.NoSuch, "0.5.3", "", ""},
		{"create missing section", Request{Op: OpCreate, Section: "tags", XML: `<tag id="t1"><obj_ref id="p1"/></tag>`}, 0, "0.6.0", "/cib/configuration/tags/tag", ""},
		{"create status", Request{Op: OpCreate, Section: "status", XML: `<node_state id="3" uname="n3"/>`}, 0, "0.5.4", "//node_state[@id='3']", ""},
		{"no xml", Request{Op: OpCreate, Section: "resources"}, exit.Software, "0.5.3", "", ""},
		{"broken xml", Request{Op: OpCreate, Section: "resources", XML: "<primitive"}, exit.Config, "0.5.3", "", ""},
		{"modify anywhere", Request{Op: OpModify, XML: `<nvpair id="p1-m-a" value="z"/>`}, 0, "0.6.0", "//nvpair[@id='p1-m-a' and @value='z' and @name='a']", ""},
		{"modify nothing new", Request{Op: OpModify, Section: "resources", XML: `<primitive id="p1" class="ocf"/>`}, 0, "0.5.3", "", ""},
		{"modify adds children", Request{Op: OpModify, Section: "resources", XML: `<primitive id="p1"><meta_attributes id="p1-m"><nvpair id="n" name="c" value="d"/></meta_attributes></primitive>`}, 0, "0.6.0", "//meta_attributes[nvpair[@id='n'] and nvpair[@id='p1-m-a']]", ""},
		{"modify missing", Request{Op: OpModify, Section: "resources", XML: `<primitive id="p9"/>`}, exit.NoSuch, "0.5.3", "", ""},
		{"modify other tag", Request{Op: OpModify, Section: "resources", XML: `<group id="p1"/>`}, exit.NoSuch, "0.5.3", "", ""},
		{"modify or create", Request{Op: OpModify, Section: "resources", XML: p4, AllowCreate: true}, 0, "0.6.0", "//primitive[@id='p4']", ""},
		{"modify counts", Request{Op: OpModify, XML: `<nvpair id="p1-m-a" value="value++"/>`}, 0, "0.6.0", "//nvpair[@id='p1-m-a' and @value='1']", ""},
		{"modify counts what is new from nothing", Request{Op: OpModify, Section: "resources", XML: `<primitive id="p1"><meta_attributes id="p1-m"><nvpair id="n" name="c" value="value+=3"/></meta_attributes></primitive>`}, 0, "0.6.0", "//nvpair[@id='n' and @value='3']", ""},
		{"create counts from nothing", Request{Op: OpCreate, Section: "resources", XML: `<primitive id="p9" class="ocf" provider="heartbeat" type="Dummy"><meta_attributes id="p9-m"><nvpair id="n" name="c" value="value++"/></meta_attributes></primitive>`}, 0, "0.6.0", "//nvpair[@id='n' and @value='1']", ""},
		{"replace counts from nothing", Request{Op: OpReplace, XML: `<nvpair id="p1-m-a" name="a" value="value++"/>`}, 0, "0.6.0", "//nvpair[@id='p1-m-a' and @value='1']", ""},
		{"modify by xpath", Request{Op: OpModify, XPath: "//primitive[@id='p1']", XML: `<primitive id="p1" description="x"/>`}, 0, "0.6.0", "//primitive[@id='p1' and @description='x']", ""},
		{"modify epoch", Request{Op: OpModify, XML: `<cib epoch="9"/>`}, 0, "0.9.4", "", ""},
		{"modify epoch back", Request{Op: OpModify, XML: `<cib epoch="2"/>`}, exit.Old, "0.5.3", "", ""},
		{"modify status", Request{Op: OpModify, Section: "status", XML: `<node_state id="1" crmd="offline"/>`}, 0, "0.5.4", "", "//node_state[@crmd='online']"},
		{"replace object", Request{Op: OpReplace, Section: "resources", XML: `<primitive id="p2" class="ocf" provider="pacemaker" type="Stateful"/>`}, 0, "0.6.0", "//group/primitive[@id='p2' and @type='Stateful']", ""},
		{"replace missing", Request{Op: OpReplace, Section: "resources", XML: p4}, exit.NoSuch, "0.5.3", "", ""},
		{"replace section", Request{Op: OpReplace, XML: `<constraints/>`}, 0, "0.6.0", "//constraints", "//rsc_location"},
		{"replace older", Request{Op: OpReplace, XML: `<cib epoch="4"><configuration/><status/></cib>`}, exit.Old, "0.5.3", "", ""},
		{"replace newer", Request{Op: OpReplace, XML: `<cib epoch="8" num_updates="0" admin_epoch="0" validate-with="pacemaker-3.9"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>`}, 0, "0.9.0", "", "//primitive"},
		{"delete", Request{Op: OpDelete, XML: `<primitive id="p2"/>`}, 0, "0.6.0", "", "//primitive[@id='p2']"},
		{"delete with other attribute", Request{Op: OpDelete, XML: `<rsc_location id="l1" score="11"/>`}, 0, "0.5.3", "//rsc_location", ""},
		{"delete nothing", Request{Op: OpDelete, XPath: `//nope`}, 0, "0.5.3", "", ""},
		{"delete first", Request{Op: OpDelete, XPath: `//nvpair`}, 0, "0.6.0", "//nvpair[@id='p1-m-a']", "//nvpair[@id='o1']"},
		{"delete all", Request{Op: OpDelete, XPath: `//nvpair`, All: true}, 0, "0.6.0", "//meta_attributes", "//nvpair"},
		{"delete in section", Request{Op: OpDelete, Section: "constraints", XML: `<constraints><rsc_location id="l1"/></constraints>`}, 0, "0.6.0", "//constraints", "//rsc_location"},
		{"erase", Request{Op: OpErase}, 0, "1.6.0", "", "//primitive"},
		{"bump", Request{Op: OpBump}, 0, "0.6.4", "//primitive", ""},
		{"upgrade", Request{Op: OpUpgrade}, 0, "0.5.3", "//primitive", ""},
		{"unknown", Request{Op: "frob"}, exit.Software, "0.5.3", "", ""},
	} {
		d := parse(t, webCIB)
		before := d.Digest()
		err := d.Perform(c.request)
		if CodeOf(err) != c.code || d.Version().String() != c.version {
			t.Errorf("%s: code %d (%v), version %s; want %d, %s", c.name, CodeOf(err), err, d.Version(), c.code, c.version)
		}
		if err != nil && d.Digest() != before {
			t.Errorf("%s: refused, but the document changed", c.name)
		}
		if c.there != "" && !matches(t, d, c.there) || c.gone != "" && matches(t, d, c.gone) {
			t.Errorf("%s: wrong result:\n%s", c.name, d.Bytes())
		}
	}
}

func TestRefusalIsOneLine(t *testing.T) {
	d := parse(t, webCIB)
	err := d.Perform(Request{Op: OpModify, XML: `<primitive id="p1" a="1" b="2" c="3" d="4" e="5"/>`})
	const want = `the result would not conform to pacemaker-3.9: /cib/configuration/resources/primitive[@id='p1']: the attribute a is not allowed; ` +
		`/cib/configuration/resources/primitive[@id='p1']: the attribute b is not allowed; ` +
		`/cib/configuration/resources/primitive[@id='p1']: the attribute c is not allowed; and 2 more`
	var e *Error
	if err == nil || err.Error() != want || !errors.As(err, &e) || len(e.Problems) != 5 || e.ResultText() != "Update does not conform to the configured schema" {
		t.Errorf("got %v", err)
	}
}

func matches(t *testing.T, d *Document, xpath string) bool {
	t.Helper()
	found, err := d.Find(xpath)
	if err != nil {
		t.Fatal(err)
	}
	return len(found) > 0
}
