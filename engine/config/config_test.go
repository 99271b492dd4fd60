package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"quorate/engine/api"
)

// TestFiles runs the files of testdata/files: the input is a corosync.conf, or edits of the one before.
func TestFiles(t *testing.T) {
	datadriven.Walk(t, "testdata/files", func(t *testing.T, path string) {
		var c *Config
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "parse": // parse [local=N]
				var err error
				c, err = Parse("corosync.conf", []byte(d.Input+"\n"))
				if err == nil && d.HasArg("local") {
					var n int
					d.ScanArgs(t, "local", &n)
					err = c.CheckLocal(n)
				}
				if err != nil {
					return report(err)
				}
				return summary(c)
			case "keys":
				return keys(c, d.Input)
			case "edit":
				next, err := c.Edit(changes(t, d.Input)...)
				if err != nil {
					return report(err)
				}
				c = next
				return string(c.Text())
			case "cmap":
				prefix := ""
				if len(d.CmdArgs) > 0 {
					prefix = d.CmdArgs[0].Key
				}
				return entriesText(c.Cmap(sampleRuntime(), prefix))
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func report(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error() + "\n"
	}
	s := fmt.Sprintf("%d %s\n", e.Exit, e.Error())
	if e.Hint != "" {
		s += "  " + e.Hint + "\n"
	}
	return s
}

func summary(c *Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, "cluster %q token %v transport %s provider %q\n", c.ClusterName, c.Token, c.Transport, c.Provider)
	for _, n := range c.Nodes {
		fmt.Fprintf(&b, "node %d %q %v votes %d\n", n.ID, n.Name, n.Addrs, n.Votes)
	}
	for _, l := range c.Links {
		fmt.Fprintf(&b, "link %d port %d priority %d\n", l.ID, l.Port, l.Priority)
	}
	fmt.Fprintf(&b, "quorum %+v\n", c.Quorum)
	for _, w := range c.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", w)
	}
	return b.String()
}

func keys(c *Config, list string) string {
	var b strings.Builder
	for key := range strings.FieldsSeq(list) {
		e, ok := c.entries[key]
		if !ok {
			fmt.Fprintf(&b, "%s is not there\n", key)
			continue
		}
		fmt.Fprintf(&b, "%s (%s) = %s, line %d\n", e.Key, e.Type, e.Value, e.Line)
	}
	return b.String()
}

func changes(t *testing.T, input string) []Change {
	var out []Change
	for line := range strings.Lines(input) {
		w := strings.Fields(line)
		switch w[0] {
		case "set":
			out = append(out, SetKey(w[1], strings.Join(w[2:], " ")))
		case "delete":
			out = append(out, DeleteKey(w[1]))
		case "add":
			var id uint32
			fmt.Sscan(w[1], &id)
			n := Node{ID: id, Name: w[2], Addrs: map[int]string{}, Votes: 1}
			for i, a := range w[3:] {
				n.Addrs[i] = a
			}
			out = append(out, AddNode(n))
		case "remove":
			var id uint32
			fmt.Sscan(w[1], &id)
			out = append(out, RemoveNode(id))
		default:
			t.Fatalf("unknown change %q", line)
		}
	}
	return out
}

func sampleRuntime() Runtime {
	return Runtime{Local: 0, Expected: 3, Members: []MapMember{
		{ID: 1, Joined: true, JoinCount: 1, Addrs: map[int]string{0: "10.77.0.11", 1: "10.78.0.11"}},
		{ID: 3, Joined: false, JoinCount: 2, Addrs: map[int]string{0: "10.77.0.13", 1: "10.78.0.13"}},
	}}
}

func entriesText(list []api.CmapEntry) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%s (%s) = %s\n", e.Key, e.Type, e.Value)
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

func parse(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("corosync.conf", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLocal(t *testing.T) {
	c := parse(t, `totem {
version: 2
}
nodelist {
node {
 ring0_addr: 10.0.0.1
 name: alpha
 nodeid: 1
}
node {
 ring0_addr: beta.example.com
 nodeid: 2
}
node {
 ring0_addr: 10.0.0.3
 name: gamma.example.com
 nodeid: 3
}
node {
 ring0_addr: fe80::4
 name: delta
 nodeid: 4
}
}
`)
	addr := netip.MustParseAddr
	for _, tc := range []struct {
		host  string
		addrs []netip.Addr
		want  int
	}{
		{"alpha", nil, 0},
		{"alpha.example.com", nil, 0},
		{"beta.example.com", nil, 1},
		{"beta", nil, 1},
		{"gamma", nil, 2},
		{"gamma.other.org", nil, 2},
		{"elsewhere", []netip.Addr{addr("127.0.0.1"), addr("10.0.0.3")}, 2},
		{"elsewhere", []netip.Addr{addr("fe80::4%eth0")}, 3},
		{"alpha", []netip.Addr{addr("10.0.0.3")}, 0},
		{"10", []netip.Addr{addr("10.0.0.9")}, -1},
		{"", nil, -1},
	} {
		got, err := c.Local(tc.host, tc.addrs)
		if err != nil {
			got = -1
		}
		if got != tc.want {
			t.Errorf("%q %v: %d, want %d", tc.host, tc.addrs, got, tc.want)
		}
		if err != nil && !strings.Contains(err.Error(), "No valid name found for local host") {
			t.Error(err)
		}
	}
}

// The table of derived values that a real corosync shows, with its own token and coefficient.
func TestDerived(t *testing.T) {
	for _, tc := range []struct{ nodes, token, retransmit, hold, consensus int }{
		{2, 3000, 714, 561, 3600}, {3, 3650, 869, 685, 4380}, {4, 4300, 1023, 808, 5160},
	} {
		c := cluster(t, tc.nodes, "token: 3000\ntoken_coefficient: 650\n")
		got := c.Timers()
		if got.Token != tc.token || got.TokenRetransmit != tc.retransmit || got.Hold != tc.hold || got.Consensus != tc.consensus {
			t.Errorf("%d nodes: %+v", tc.nodes, got)
		}
	}
	for nodes := 2; nodes < 5; nodes++ {
		if c := cluster(t, nodes, ""); c.Token != time.Second {
			t.Errorf("%d nodes: token %v", nodes, c.Token)
		}
		if c := cluster(t, nodes, "token: 5000\n"); c.Token != 5*time.Second {
			t.Errorf("%d nodes: token %v", nodes, c.Token)
		}
	}
}

func cluster(t *testing.T, nodes int, totem string) *Config {
	var b strings.Builder
	b.WriteString("totem {\nversion: 2\n" + totem + "}\nnodelist {\n")
	for i := range nodes {
		fmt.Fprintf(&b, "node {\nring0_addr: 10.0.0.%d\nnodeid: %d\n}\n", i+1, i+1)
	}
	return parse(t, b.String()+"}\n")
}

func TestGenerate(t *testing.T) {
	nodes := []Node{{ID: 1, Name: "a", Addrs: map[int]string{0: "10.0.0.1", 1: "10.0.1.1"}, Votes: 1},
		{ID: 2, Name: "b", Addrs: map[int]string{0: "10.0.0.2", 1: "10.0.1.2"}, Votes: 1}}
	c, err := Generate("prod", nodes)
	if err != nil {
		t.Fatal(err)
	}
	if c.ClusterName != "prod" || len(c.Nodes) != 2 || len(c.Links) != 2 || !c.Quorum.TwoNode || !c.Quorum.WaitForAll || c.Token != DefaultToken {
		t.Errorf("%+v", c)
	}
	c, err = Generate("prod", append(nodes, Node{ID: 3, Name: "c", Addrs: map[int]string{0: "10.0.0.3", 1: "10.0.1.3"}, Votes: 1}))
	if err != nil || c.Quorum.TwoNode {
		t.Error(c, err)
	}
	for _, name := range []string{"a\nb: c", "x {", " y"} {
		if _, err := Generate(name, nodes); err == nil {
			t.Errorf("cluster name %q was written", name)
		}
	}
	nodes[0].Name = "x\n}"
	if _, err := Generate("prod", nodes); err == nil {
		t.Error("a node name with a line end was written")
	}
}

func TestReload(t *testing.T) {
	was := cluster(t, 3, "")
	next, err := was.Edit(SetKey("totem.transport", "udpu"), SetKey("totem.token", "2000"), AddNode(Node{ID: 4, Addrs: map[int]string{0: "10.0.0.4"}}))
	if err != nil {
		t.Fatal(err)
	}
	notes, err := was.CheckReload(next, 0)
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "'totem.transport'") {
		t.Error(notes, err)
	}
	moved, err := was.Edit(SetKey("nodelist.node.1.ring0_addr", "10.0.0.99"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := was.CheckReload(moved, 0); err != nil {
		t.Error("another node's address:", err)
	}
	if _, err := was.CheckReload(moved, 1); err == nil || !strings.Contains(err.Error(), "different address for link 0 (addr changed from 10.0.0.2 to 10.0.0.99)") {
		t.Error(err)
	}
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "authkey")
	if _, err := ReadKey(path); err == nil || err.Error() != "Could not open "+path+": No such file or directory" {
		t.Error(err)
	}
	os.WriteFile(path, make([]byte, 100), 0o600)
	if _, err := ReadKey(path); err == nil || err.Error() != "Could only read 800 bits of minimum 1024 bits from "+path+"." {
		t.Error(err)
	}
	key := NewKey()
	if err := WriteKey(path, key, false); err == nil {
		t.Error("an existing key was overwritten")
	}
	if err := WriteKey(path, key, true); err != nil {
		t.Fatal(err)
	}
	got, err := ReadKey(path)
	if err != nil || string(got) != string(key) || len(got) != 256 {
		t.Error(len(got), err)
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o400 {
		t.Error(st.Mode())
	}
	if WriteKey(filepath.Join(dir, "k2"), key[:10], false) == nil {
		t.Error("a short key was written")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".authkey*")); len(left) > 0 {
		t.Error(left)
	}
}

func TestSmallThings(t *testing.T) {
	c := parse(t, `totem {
 version: 2
 secauth: on
 keyfile: /etc/other
}
nodelist {
 node {
  ring0_addr: 10.0.0.1
  nodeid: 1
  quorum_votes: 3
 }
}
resources {
 system {
  load_15min {
   max: 2.5
  }
 }
}
`)
	if c.Crypto.Cipher != "aes256" || c.Crypto.Hash != "sha256" || c.Crypto.KeyFile != "/etc/other" {
		t.Errorf("%+v", c.Crypto)
	}
	if v := c.Voters(); len(v) != 1 || v[0].ID != 1 || v[0].Votes != 3 {
		t.Error(v)
	}
	if got := entriesText(c.Cmap(Runtime{}, "resources.")); got != "resources.system.load_15min.max (dbl) = 2.500000\n" {
		t.Error(got)
	}
	if got := entriesText(c.Cmap(Runtime{Reloads: 2, ReloadOK: true}, "config.reload_s")); got != "config.reload_status (i32) = 1\n" {
		t.Error(got)
	}
	if _, err := Parse("f", []byte("resources {\n system {\n  load_15min {\n   max: much\n  }\n }\n}\n")); err == nil || !strings.Contains(err.Error(), "f:4: ") {
		t.Error(err)
	}
	if c.Crypto.Key != "" || parse(t, strings.Replace(string(c.Text()), "keyfile: /etc/other", "key: "+strings.Repeat("k", 128), 1)).Crypto.Key == "" {
		t.Error("key in the file")
	}
	two, err := c.AddNode(Node{ID: 2, Name: "b", Addrs: map[int]string{0: "10.0.0.2"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "nobody"} {
		if two, err = two.RemoveNode(name); err != nil || len(two.Nodes) != 1 {
			t.Error(name, err)
		}
	}
	if string(two.Text()) != string(c.Text()) {
		t.Errorf("adding and removing a node left\n%s", two.Text())
	}
	if n := c.Nodes[0].DisplayName(); n != "10.0.0.1" {
		t.Error(n)
	}
}

// BenchmarkParse is what every command that reads the file pays: a file of 16 nodes with two links.
func BenchmarkParse(b *testing.B) {
	var nodes []Node
	for i := range 16 {
		nodes = append(nodes, Node{ID: uint32(i + 1), Name: fmt.Sprint("node", i), Addrs: map[int]string{0: fmt.Sprint("10.0.0.", i), 1: fmt.Sprint("10.1.0.", i)}})
	}
	c, err := Generate("bench", nodes)
	if err != nil {
		b.Fatal(err)
	}
	text := c.Text()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("corosync.conf", text); err != nil {
			b.Fatal(err)
		}
	}
}
