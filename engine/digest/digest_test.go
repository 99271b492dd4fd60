package digest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestParameters compares with what crm_resource --digests of Pacemaker 2.1.5 printed.
func TestParameters(t *testing.T) {
	for want, params := range map[string]map[string]string{
		"f2317cad3d54cec5d7d7aa7d0bf35cf8": {},
		"33e111c428092029c3792199eb883554": {"passwd": "x", "op_sleep": "3", "fake": "x"},
		"99eb7cddc2f7a8d8e82e75ae4f427185": {"op_sleep": "3", "fake": "x"},
		"39159e102ca5fe5158aabef8ab029496": {"state": "/tmp/s", "passwd": "x", "fake": "x\"<>&' é b"},
		"52b20744dafce89a66a956589d091f92": {"state": "/tmp/s", "passwd": "x", "fake": "x\"<>&' é b", "CRM_meta_timeout": "20000"},
	} {
		if got := Parameters(params); got != want {
			t.Errorf("%v: %s, want %s", params, got, want)
		}
	}
}

// TestParametersReal asks the real tool about values full of traps.
func TestParametersReal(t *testing.T) {
	tool, err := exec.LookPath("crm_resource")
	if err != nil {
		t.Skip("install pacemaker-cli-utils to compare with crm_resource --digests")
	}
	values := map[string]string{"a&#9;b": "a\tb", "a&#10;b": "a\nb", "a&#13;b": "a\rb", "a&#x7f;b": "a\x7fb", "&amp;#10;": "&#10;", "&lt;é&lt;&#10;": "<é<\n", "&#x1F600;\\": "😀\\"}
	for xml, value := range values {
		file := filepath.Join(t.TempDir(), "cib.xml")
		cib := fmt.Sprintf(`<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration>
<crm_config/><nodes><node id="1" uname="n1"/></nodes><resources><primitive id="p" class="ocf" provider="pacemaker" type="Dummy">
<instance_attributes id="i"><nvpair id="n" name="fake" value="%s"/></instance_attributes></primitive></resources><constraints/></configuration><status/></cib>`, xml)
		if err := os.WriteFile(file, []byte(cib), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tool, "--digests", "-r", "p", "-N", "n1")
		cmd.Env = append(os.Environ(), "CIB_file="+file)
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), "all parameters") {
			t.Skipf("crm_resource is not Pacemaker's here: %v %s", err, out)
		}
		if got := Parameters(map[string]string{"fake": value}); !strings.HasPrefix(string(out), got) {
			t.Errorf("%q: %s, want %s", value, got, out)
		}
	}
}

func TestCounts(t *testing.T) {
	for name, want := range map[string]bool{"ip": true, "CRM_meta_timeout": false, "CRM_meta_interval": false, "crm_feature_set": false, "on_node": false} {
		if Counts(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

// FuzzParameters: whatever the value, the digest is one, and another value makes another one.
func FuzzParameters(f *testing.F) {
	f.Add("ip", "10.0.0.1")
	f.Add("fake", "<é\x00\xff\x80>")
	f.Fuzz(func(t *testing.T, name, value string) {
		d := Parameters(map[string]string{name: value})
		if len(d) != 32 || d == Parameters(map[string]string{name: value + "x"}) {
			t.Errorf("%q=%q: %s", name, value, d)
		}
	})
}
