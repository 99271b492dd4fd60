package executor

import (
	"strings"
	"testing"
	"time"

	"quorate/engine/digest"
	"quorate/ra/meta"
)

func TestOperationDigests(t *testing.T) {
	m := &meta.Metadata{
		Parameters: []meta.Parameter{{Name: "ip"}, {Name: "fake", Reloadable: true}, {Name: "passwd"}, {Name: "token", Private: true}},
		Actions:    []meta.Action{{Name: "reload-agent"}},
	}
	op := Operation{Action: "start", Params: map[string]string{"ip": "1", "fake": "2", "passwd": "3"}, Timeout: 20 * time.Second}
	d := OperationDigests(op, m)
	want := Digests{
		All:     digest.Parameters(op.Params),
		Restart: digest.Parameters(map[string]string{"ip": "1", "passwd": "3"}), RestartParams: "  ip passwd token  ",
		Secure: digest.Parameters(map[string]string{"ip": "1", "fake": "2"}), SecureParams: "  passwd token  ",
	}
	if d != want {
		t.Errorf("%+v\nwant %+v", d, want)
	}
	op.Params["fake"] = "other"
	if e := OperationDigests(op, m); e.All == d.All || e.Restart != d.Restart || e.Secure == d.Secure {
		t.Errorf("a reloadable parameter changed: %+v", e)
	}
	if e := OperationDigests(op, nil); e.Restart != "" || e.Secure != "" || e.All == "" {
		t.Errorf("without metadata: %+v", e)
	}
	op.Interval = 10 * time.Second
	recurring := OperationDigests(op, m)
	op.Timeout = 30 * time.Second
	if longer := OperationDigests(op, m); longer.All == recurring.All || recurring.Restart != "" {
		t.Errorf("a recurring operation's digest must hold its timeout and no restart: %+v", recurring)
	}
}

func TestResults(t *testing.T) {
	for rc, want := range map[int]int{0: 0, 7: 7, 8: 8, 9: 9, 10: 1, 190: 190, 191: 191, 193: 1, 255: 1, -1: 1} {
		if got := OCFResult(rc); got != want {
			t.Errorf("ocf %d: %d, want %d", rc, got, want)
		}
	}
	for rc, want := range map[int]int{0: 0, 1: 7, 2: 7, 3: 7, 4: 1, 8: 1, 150: 5} {
		if got := LSBResult("monitor", rc); got != want {
			t.Errorf("lsb status %d: %d, want %d", rc, got, want)
		}
	}
	if LSBResult("start", 3) != 3 {
		t.Error("lsb start keeps the code")
	}
	long := strings.Repeat("é", 200)
	for stderr, want := range map[string]string{
		"": "", "noise\n": "", "ocf-exit-reason:one\nocf-exit-reason:two\nnoise": "two", "x ocf-exit-reason: why \n": "why",
		"ocf-exit-reason:" + long: strings.Repeat("é", MaxReason),
	} {
		if got := ExitReason(stderr); got != want {
			t.Errorf("%.40q: %q, want %q", stderr, got, want)
		}
	}
	for key, want := range map[string]int{"": 0, "4:2:7:uuid": 7, "4:2:x:uuid": 0, "4:2": 0} {
		if got := ExpectedRC(key); got != want {
			t.Errorf("%q: %d, want %d", key, got, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	op := Operation{Resource: "p:1", Class: "ocf", Provider: "probe", Type: "Probe", Action: "monitor", Timeout: 20 * time.Second,
		Params: map[string]string{"state": "/x", "OCF_CHECK_LEVEL": "10"}, Meta: map[string]string{"clone-max": "3", "notify_start_uname": " "}}
	got := Environment(op, Site{Node: "n1", NodeID: "1", ToolDir: "/tools", Extra: []string{"HA_RSCTMP=/tmp/x", "LC_ALL=de"}})
	for _, want := range []string{
		"OCF_ROOT=/usr/lib/ocf", "OCF_RA_VERSION_MAJOR=1", "OCF_RESOURCE_INSTANCE=p:1", "OCF_RESOURCE_TYPE=Probe", "OCF_RESOURCE_PROVIDER=probe",
		"OCF_RESKEY_state=/x", "OCF_CHECK_LEVEL=10", "OCF_RESKEY_CRM_meta_clone_max=3", "OCF_RESKEY_CRM_meta_notify_start_uname= ",
		"OCF_RESKEY_CRM_meta_timeout=20000", "OCF_RESKEY_CRM_meta_interval=0", "OCF_RESKEY_CRM_meta_on_node=n1",
		"OCF_RESKEY_CRM_meta_on_node_uuid=1", "OCF_RESKEY_crm_feature_set=3.16.1", "OCF_EXIT_REASON_PREFIX=ocf-exit-reason:",
		"PATH=/tools:" + AgentPath, "HA_RSCTMP=/tmp/x", "LC_ALL=de",
	} {
		if n := count(got, want); n != 1 {
			t.Errorf("%s: %d times in\n%s", want, n, strings.Join(got, "\n"))
		}
	}
	op.Class = "lsb"
	for _, nv := range Environment(op, Site{}) {
		if strings.HasPrefix(nv, "OCF_") && nv != "OCF_OUTPUT_FORMAT=text" {
			t.Errorf("lsb script gets %s", nv)
		}
	}
}

func count(list []string, s string) (n int) {
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

func TestFenceInput(t *testing.T) {
	got, err := FenceInput(AgentParams(map[string]string{"ip": "1", "pcmk_host_map": "a:1", "login": "x=y", "CRM_meta_timeout": "1"}))
	if err != nil || got != "ip=1\nlogin=x=y\n" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := FenceInput(map[string]string{"a": "1\naction=off"}); err == nil {
		t.Error("a newline in a value was taken")
	}
}
