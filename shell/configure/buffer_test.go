package configure

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/cockroachdb/datadriven"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/grammar"
	"quorate/ra"
)

// memory is a cluster that is only a document.
type memory struct {
	api.Cluster
	doc *cib.Document
}

func (m *memory) CIB(context.Context) (*cib.Document, error) { return m.doc.Copy(), nil }

func (m *memory) Perform(_ context.Context, r cib.Request) error { return m.doc.Perform(r) }

// agents are those that the tests know; all others are not installed.
type agents map[string]*ra.Metadata

func (a agents) Meta(_ context.Context, x ra.Agent) (*ra.Metadata, error) {
	if m := a[x.String()]; m != nil {
		return m, nil
	}
	return nil, errors.New("not installed")
}

func (a agents) Provider(typ string) string {
	if a["ocf:heartbeat:"+typ] == nil && a["ocf:pacemaker:"+typ] != nil {
		return "pacemaker"
	}
	return "heartbeat"
}

func testAgents() agents {
	acts := func(stop string, more ...string) []ra.Action {
		out := []ra.Action{{Name: "start", Timeout: "20s"}, {Name: "stop", Timeout: stop}, {Name: "monitor", Timeout: "20s", Interval: "10s"}}
		for _, m := range more {
			out = append(out, ra.Action{Name: m, Timeout: "20s"})
		}
		return out
	}
	par := func(names ...string) []ra.Parameter {
		var out []ra.Parameter
		for _, n := range names {
			out = append(out, ra.Parameter{Name: strings.Trim(n, "!*"), Required: strings.HasSuffix(n, "!"), Unique: strings.HasSuffix(n, "*")})
		}
		return out
	}
	list := agents{}
	for _, m := range []*ra.Metadata{
		{Agent: ra.Agent{Class: "ocf", Provider: "heartbeat", Type: "Dummy"}, Parameters: par("state*", "fake", "passwd"), Actions: acts("20s", "migrate_to", "migrate_from")},
		{Agent: ra.Agent{Class: "ocf", Provider: "heartbeat", Type: "Stateful"}, Parameters: par("state*"), Actions: acts("20s", "promote", "demote")},
		{Agent: ra.Agent{Class: "ocf", Provider: "heartbeat", Type: "IPaddr"}, Parameters: par("ip!", "cidr_netmask", "nic"), Actions: acts("20s")},
		{Agent: ra.Agent{Class: "ocf", Provider: "heartbeat", Type: "Filesystem"}, Parameters: par("device!", "directory!", "fstype!", "run_fsck"), Actions: acts("60s")},
		{Agent: ra.Agent{Class: "ocf", Provider: "pacemaker", Type: "ping"}, Parameters: par("host_list!"), Actions: acts("20s")},
		{Agent: ra.Agent{Class: "stonith", Type: "fence_x"}, Parameters: par("ip", "action!"), Actions: acts("20s")},
	} {
		list[m.Agent.String()] = m
	}
	return list
}

// transcript collects what a command says.
type transcript struct{ strings.Builder }

func (t *transcript) Info(f string, a ...any)  { fmt.Fprintf(t, "INFO: "+f+"\n", a...) }
func (t *transcript) Warn(f string, a ...any)  { fmt.Fprintf(t, "WARNING: "+f+"\n", a...) }
func (t *transcript) Error(f string, a ...any) { fmt.Fprintf(t, "ERROR: "+f+"\n", a...) }

// session runs configure commands as the shell does.
type session struct {
	t       *testing.T
	cluster *memory
	b       *Buffer
	out     transcript
}

func newSession(t *testing.T, xml string) *session {
	doc := cib.New()
	if strings.TrimSpace(xml) != "" {
		var err error
		if doc, err = cib.Parse([]byte(xml)); err != nil {
			t.Fatal(err)
		}
	}
	s := &session{t: t, cluster: &memory{doc: doc}}
	opt := Options{Agents: testAgents(), Out: &s.out, Route: func(ip string) bool { return strings.HasPrefix(ip, "10.") },
		Pipe: func(prog, text string) (string, error) {
			from, to, ok := strings.Cut(prog, "=>")
			if !ok {
				return "", errors.New("failed")
			}
			return strings.ReplaceAll(text, from, strings.ReplaceAll(to, `\n`, "\n")), nil
		}}
	b, err := Open(context.Background(), s.cluster, opt, &s.out)
	if err != nil {
		t.Fatal(err)
	}
	s.b = b
	return s
}

// run does one line.
func (s *session) run(line string) {
	words, err := grammar.Split(line)
	if err == nil {
		w := make([]string, len(words))
		for i := range words {
			w[i] = words[i].Text
		}
		err = s.command(w[0], w[1:], line)
	}
	if err != nil && err != ErrReported {
		fmt.Fprintf(&s.out, "ERROR: %v\n", err)
	} else if err != nil {
		s.out.WriteString("(failed)\n")
	}
}

func (s *session) command(name string, args []string, line string) error {
	b, ctx := s.b, context.Background()
	print := func(text string, err error) error {
		if text != "" {
			s.out.WriteString(strings.TrimSuffix(text, "\n") + "\n")
		}
		return err
	}
	switch name {
	case "show":
		return print(b.Show(args))
	case "delete":
		return b.Delete(args, false)
	case "force-delete":
		return b.Delete(args, true)
	case "rename":
		return b.Rename(args[0], args[1])
	case "modgroup":
		return b.ModGroup(args)
	case "set":
		return b.Set(args[0], args[1])
	case "load":
		return b.Load(args)
	case "save":
		return b.Save(args)
	case "filter":
		return b.Filter(args)
	case "erase":
		return b.Erase(args)
	case "refresh":
		return b.Refresh(ctx)
	case "verify":
		return b.Verify()
	case "commit":
		return b.Commit(ctx, args)
	case "default-timeouts":
		return b.DefaultTimeouts(args)
	case "schema":
		return print(b.Schema(args))
	case "get_property":
		return print(b.GetProperty(args))
	case "graph":
		return print(b.Graph(args))
	case "assist-template":
		return b.AssistTemplate(args)
	case "assist-weak-bond":
		return b.AssistWeakBond(args)
	case "undo":
		fmt.Fprintf(&s.out, "undone: %v\n", b.Undo())
		return nil
	case "other": // somebody else's change of the cluster
		other := newSession(s.t, string(s.cluster.doc.Bytes()))
		other.cluster = s.cluster
		other.b.cluster = s.cluster
		other.b.opt.Force = true
		other.run(strings.TrimPrefix(line, "other "))
		return other.b.Commit(ctx, nil)
	}
	return b.Define(line)
}

// checkSaved holds what save writes against the staged CIB: an empty one that loads it has the same objects.
func (s *session) checkSaved() {
	s.t.Helper()
	if len(cib.Validate(s.b.doc)) > 0 {
		return // what is not allowed need not survive
	}
	all := slices.DeleteFunc(s.b.objects(), func(e *etree.Element) bool { // a text whose constraints name nothing is refused
		return isConstraint(e.Tag) && slices.ContainsFunc(parties(e), func(id string) bool { return s.b.object(id) == nil })
	})
	text := s.b.exactText(all, false)
	fresh := newSession(s.t, "")
	fresh.b.setAttr(fresh.b.doc.Root(), "validate-with", s.b.schema(), false)
	if err := fresh.b.loadText("replace", text, false, "saved"); err != nil {
		s.t.Fatalf("%v\n%s\n%s", err, fresh.out.String(), text)
	}
	for _, e := range all {
		got := fresh.b.sameObject(typeOf(e), idOf(e))
		if got == nil || cib.ElementDigest(got) != cib.ElementDigest(e) {
			s.t.Errorf("%s is not the same after loading what was saved:\n%s", name(e), text)
		}
	}
	if len(fresh.b.objects()) != len(all) {
		s.t.Errorf("%d objects became %d:\n%s", len(all), len(fresh.b.objects()), text)
	}
}

// TestScripts runs the files in testdata. "run" starts from an empty CIB (or from that of the last "cib"), does its
// lines, and prints what was said, then the text of the configuration.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		xml := ""
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "cib":
				xml = d.Input
				return "ok\n"
			case "file":
				path := filepath.Join(filesDir, d.CmdArgs[0].Key)
				if err := os.WriteFile(path, []byte(d.Input+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				return "ok\n"
			}
			s := newSession(t, xml)
			for _, line := range strings.Split(d.Input, "\n") {
				s.run(strings.ReplaceAll(line, "$DIR", filesDir))
			}
			s.checkSaved()
			if d.Cmd == "verify" {
				return s.out.String()
			}
			args := []string{}
			if d.Cmd == "xml" {
				args = []string{"xml"}
			}
			text, err := s.b.Show(args)
			if err != nil {
				t.Fatal(err)
			}
			return strings.ReplaceAll(s.out.String(), filesDir, "$DIR") + "--\n" + strings.TrimSuffix(text, "\n") + "\n"
		})
	})
}

var filesDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "configure")
	if err != nil {
		panic(err)
	}
	filesDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
