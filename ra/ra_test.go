package ra

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quorate/ra/meta"
	"quorate/ra/ocf"
	"quorate/ra/options"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "ra-cache")
	if err != nil {
		panic(err)
	}
	os.Setenv("QUORATE_CACHE", dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func sample(t *testing.T) *Metadata {
	t.Helper()
	root, err := filepath.Abs("testdata/ocf")
	if err != nil {
		t.Fatal(err)
	}
	m, err := ocf.Class{Root: root}.Metadata(context.Background(), Agent{Class: "ocf", Provider: "test", Type: "Sample"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestInfo compares with what crmsh 4.4.1 prints for the same agent.
func TestInfo(t *testing.T) {
	want, err := os.ReadFile("testdata/Sample.info")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), Info(sample(t))); d != "" {
		t.Error(d)
	}
}

func TestMetadataFields(t *testing.T) {
	m := sample(t)
	addr, mode, old, last := m.Parameter("addr"), m.Parameter("mode"), m.Parameter("old"), m.Parameter("last")
	switch {
	case !addr.Required || !addr.Unique || !addr.HasDefault || addr.Default != "":
		t.Errorf("addr: %+v", addr)
	case !mode.Reloadable || mode.Default != "fast" || !slices.Equal(mode.Values, []string{"fast", "slow"}):
		t.Errorf("mode: %+v", mode)
	case !old.Deprecated || !slices.Equal(old.ReplacedBy, []string{"addr"}) || old.HasDefault:
		t.Errorf("old: %+v", old)
	case !last.Unique || last.UniqueGroup != "u" || last.Type != "integer":
		t.Errorf("last: %+v", last)
	}
	if !m.Supports("reload-agent") || m.Supports("promote") || m.Action("monitor").Role != "Promoted" {
		t.Errorf("actions: %+v", m.Actions)
	}
	if m.Version != "1.1" || m.Parameter("nope") != nil {
		t.Errorf("version %q", m.Version)
	}
}

// TestWriteRead: what XML writes, Parse reads back equal, for all built-in metadata.
func TestWriteRead(t *testing.T) {
	list := []*Metadata{sample(t)}
	c, _ := Lookup("ocf")
	names, err := c.List("quorate")
	if err != nil || len(names) != 4 {
		t.Fatalf("own agents: %v %v", names, err)
	}
	for _, n := range names {
		m, err := Meta(context.Background(), Agent{Class: "ocf", Provider: "quorate", Type: n})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	for _, m := range list {
		back, err := meta.Parse(m.Agent, meta.XML(m))
		if err != nil {
			t.Fatalf("%s: %v", m.Agent, err)
		}
		if d := cmp.Diff(Info(m), Info(back)); d != "" {
			t.Errorf("%s: %s", m.Agent, d)
		}
		if d := cmp.Diff(m.Parameters, back.Parameters, cmp.FilterPath(func(p cmp.Path) bool {
			last := p.Last().String()
			return last == ".Range" || last == ".Advanced" // not in the standard's XML
		}, cmp.Ignore())); d != "" {
			t.Errorf("%s: %s", m.Agent, d)
		}
	}
}

func TestParseSpec(t *testing.T) {
	for spec, want := range map[string]string{
		"ocf:heartbeat:IPaddr2": "ocf:heartbeat:IPaddr2", "systemd:nginx": "systemd:nginx", "lsb:cron": "lsb:cron",
		"stonith:fence_x": "stonith:fence_x", "quorate:Dummy": "ocf:quorate:Dummy", "Http": "ocf:quorate:Http",
		"NoSuchAgent": "ocf:heartbeat:NoSuchAgent", "ocf:Process": "ocf:quorate:Process",
	} {
		a, err := ParseSpec(spec)
		if err != nil || a.String() != want {
			t.Errorf("%s: %s, %v; want %s", spec, a, err, want)
		}
	}
	for _, bad := range []string{"", ":", "a:b:c:d", "nope:x:y", "systemd:a:b", "ocf::x"} {
		if a, err := ParseSpec(bad); err == nil {
			t.Errorf("%q was taken as %s", bad, a)
		}
	}
}

func TestNotInstalled(t *testing.T) {
	for _, a := range []Agent{
		{Class: "ocf", Provider: "heartbeat", Type: "no-such"}, {Class: "ocf", Provider: "..", Type: "passwd"},
		{Class: "ocf", Provider: "quorate", Type: "no-such"}, {Class: "lsb", Type: "no-such"}, {Class: "nope", Type: "x"},
		{Class: "systemd", Type: "no-such-unit"}, {Class: "service", Type: "no-such"}, {Class: "stonith", Type: "fence_no_such"},
		{Class: "stonith", Type: "sh"}, {Class: "lsb", Type: "../passwd"}, {Class: "systemd", Type: "../x"},
	} {
		if _, err := Meta(context.Background(), a); !errors.Is(err, ErrNotInstalled) {
			t.Errorf("%s: %v", a, err)
		}
	}
}

func TestRegistry(t *testing.T) {
	have := Classes()
	for _, c := range []string{"lsb", "ocf", "service", "stonith"} {
		if !slices.Contains(have, c) {
			t.Errorf("class %s is missing in %v", c, have)
		}
	}
	for _, c := range have {
		cl, ok := Lookup(c)
		if !ok {
			t.Fatal(c)
		}
		list, err := cl.List("")
		if err != nil || !slices.IsSorted(list) {
			t.Errorf("%s: %v, sorted %v", c, err, slices.IsSorted(list))
		}
	}
	if c, _ := Lookup("ocf"); !slices.Contains(c.Providers(), "quorate") {
		t.Errorf("providers %v", c.Providers())
	}
}

func TestRealAgents(t *testing.T) {
	a := Agent{Class: "ocf", Provider: "heartbeat", Type: "IPaddr2"}
	m, err := Meta(context.Background(), a)
	if errors.Is(err, ErrNotInstalled) {
		t.Skip("install resource-agents to test with ocf:heartbeat:IPaddr2")
	}
	if err != nil {
		t.Fatal(err)
	}
	if p := m.Parameter("ip"); p == nil || !p.Required {
		t.Errorf("ip: %+v", p)
	}
	if m.Action("monitor").Interval != "10s" {
		t.Errorf("monitor: %+v", m.Action("monitor"))
	}
}

// TestOptionsMatchPacemaker compares names and defaults with the real daemons' metadata, where they are.
func TestOptionsMatchPacemaker(t *testing.T) {
	for _, daemon := range options.Daemons() {
		path := "/usr/lib/pacemaker/" + daemon
		if !meta.IsExecutable(path) {
			t.Skipf("install pacemaker to compare with the options of %s", daemon)
		}
		out, err := exec.Command(path, "metadata").Output()
		if err != nil {
			t.Fatal(err)
		}
		real, err := meta.Parse(Agent{Type: daemon}, out)
		if err != nil {
			t.Fatal(err)
		}
		ours, _ := ClusterOptions(daemon)
		for _, p := range real.Parameters {
			q := ours.Parameter(p.Name)
			if q == nil {
				t.Errorf("%s: %s is missing", daemon, p.Name)
				continue
			}
			if q.Default != p.Default {
				t.Errorf("%s: default of %s is %q, want %q", daemon, p.Name, q.Default, p.Default)
			}
		}
		if len(ours.Parameters) != len(real.Parameters) {
			t.Errorf("%s: %d options, want %d", daemon, len(ours.Parameters), len(real.Parameters))
		}
	}
}

func TestCheckValue(t *testing.T) {
	for _, c := range []struct {
		option, value string
		ok            bool
	}{
		{"stonith-enabled", "false", true}, {"stonith-enabled", "Maybe", false}, {"no-quorum-policy", "freeze", true},
		{"no-quorum-policy", "Freeze", true}, {"stonith-action", "off", true}, {"stonith-action", "Off", false}, {"no-quorum-policy", "halt", false}, {"cluster-recheck-interval", "5min", true}, {"cluster-recheck-interval", "soon", false},
		{"cluster-recheck-interval", "PT5M", true}, {"load-threshold", "80%", true}, {"load-threshold", "lots", false},
		{"stonith-max-attempts", "0", false}, {"stonith-max-attempts", "3", true}, {"migration-limit", "-1", true},
		{"migration-limit", "-2", false}, {"node-health-red", "-INFINITY", true}, {"node-health-red", "red", false},
		{"dc-deadtime", "20", true}, {"dc-deadtime", "20 s", true}, {"dc-deadtime", "s", false}, {"cluster-name", "any", true},
	} {
		if err := Check(Property(c.option), c.value); (err == nil) != c.ok {
			t.Errorf("%s=%s: %v", c.option, c.value, err)
		}
	}
	// Every built-in default must pass its own check.
	for _, m := range []*Metadata{&options.Controller, &options.Scheduler, &options.Based, &options.Fencing, MetaAttributes(), CloneAttributes(), OpAttributes()} {
		for i := range m.Parameters {
			p := &m.Parameters[i]
			if p.HasDefault && p.Default != "" && Check(p, p.Default) != nil {
				t.Errorf("default of %s: %v", p.Name, Check(p, p.Default))
			}
			if p.ShortDesc == "" && p.LongDesc == "" || strings.HasSuffix(p.ShortDesc, ".") {
				t.Errorf("%s: words", p.Name)
			}
		}
	}
}

// TestMetaSeesUpgrade: a new version of an agent is noticed by a process that has asked before.
func TestMetaSeesUpgrade(t *testing.T) {
	root := t.TempDir()
	t.Setenv("OCF_ROOT", root)
	dir := filepath.Join(root, "resource.d", "test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	a := Agent{Class: "ocf", Provider: "test", Type: "Up"}
	for i, short := range []string{"first", "second version"} {
		text := "#!/bin/sh\necho '<resource-agent name=\"Up\"><shortdesc>" + short + "</shortdesc></resource-agent>'\n"
		if err := os.WriteFile(filepath.Join(dir, "Up"), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if m, err := Meta(context.Background(), a); err != nil || m.ShortDesc != short {
				t.Errorf("%d: %+v %v", i, m, err)
			}
		}
	}
	if err := os.Remove(filepath.Join(dir, "Up")); err != nil {
		t.Fatal(err)
	}
	if _, err := Meta(context.Background(), a); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("after its removal: %v", err)
	}
}

// BenchmarkMeta is a repeated question in one process; BenchmarkMetaDisk one in a new process.
func BenchmarkMeta(b *testing.B) {
	a := Agent{Class: "ocf", Provider: "heartbeat", Type: "IPaddr2"}
	if _, err := Meta(context.Background(), a); err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		_, _ = Meta(context.Background(), a)
	}
}

func BenchmarkMetaDisk(b *testing.B) {
	a := Agent{Class: "ocf", Provider: "heartbeat", Type: "IPaddr2"}
	if _, err := Meta(context.Background(), a); err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		parsed.Delete(a)
		_, _ = Meta(context.Background(), a)
	}
}
