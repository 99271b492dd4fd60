package tools

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/rogpeppe/go-internal/diff"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/shell/backend"
)

// TestTools runs the command lines in testdata and compares stdout, stderr ("2> "), exit code and what
// changed in the CIB file ("d> ") with what the field's own tools gave: with QUORATE_PEER=1 those are run
// instead of ours (add -rewrite to record them). The commands of a test file:
//
//	run [cib=FILE] [env=(A=B,…)]   a command line, on a copy of testdata/FILE.xml
//	ours …                         the same where we differ on purpose; the field's tools are not run
//	fake SCENE                     a running cluster (fake_test.go), and what was asked of it ("c> ")
func TestTools(t *testing.T) {
	peer := os.Getenv("QUORATE_PEER") != ""
	if !peer {
		t.Log("recorded answers are used; QUORATE_PEER=1 runs the installed tools instead")
	}
	datadriven.Walk(t, "testdata/tools", func(t *testing.T, path string) {
		file := "three"
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "cib" {
				file = strings.TrimSpace(d.Input)
				return ""
			}
			var out strings.Builder
			for line := range strings.Lines(d.Input) {
				words := splitWords(strings.TrimSpace(line))
				r := newRun(t, file)
				for _, a := range d.CmdArgs {
					if a.Key == "env" {
						r.env = append(r.env, a.Vals...)
					}
					if a.Key == "live" {
						r.live = true
					}
				}
				if d.Cmd == "fake" {
					r.live, r.fake = true, newFake(d.CmdArgs[0].Key, r.file)
				}
				if peer && d.Cmd == "run" {
					r.peer(t, words)
				} else if peer {
					return d.Expected
				} else {
					r.own(t, words)
				}
				if strings.Count(d.Input, "\n") > 0 {
					fmt.Fprintf(&out, "$ %s\n", strings.TrimSpace(line))
				}
				out.WriteString(r.text(t))
			}
			return out.String()
		})
	})
}

// run is one command with its surroundings.
type run struct {
	before   string
	file     string
	live     bool // no CIB_file: the cluster, which is down
	env      []string
	fake     *fakeCluster
	out, err bytes.Buffer
	code     int
}

func newRun(t *testing.T, name string) *run {
	data, err := os.ReadFile(filepath.Join("testdata", name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	r := &run{before: string(data), file: filepath.Join(t.TempDir(), "cib.xml")}
	if err := os.WriteFile(r.file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *run) environment() []string {
	env := []string{"TZ=UTC", "LC_ALL=C", "HOME=/nonexistent", "USER=root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"CIB_shadow_dir=" + filepath.Dir(r.file)}
	if !r.live {
		env = append(env, "CIB_file="+r.file)
	}
	return append(env, r.env...)
}

func (r *run) peer(t *testing.T, words []string) {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = r.environment(), &r.out, &r.err
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatalf("%s: %v (install pacemaker-cli-utils)", words[0], err)
	}
	r.code = cmd.ProcessState.ExitCode()
}

func (r *run) own(t *testing.T, words []string) {
	tool, ok := Lookup(words[0])
	if !ok {
		t.Fatalf("there is no tool %s", words[0])
	}
	r.code = int(tool(context.Background(), r.io(), words[1:]))
}

func (r *run) io() IO {
	getenv := func(name string) string {
		v := ""
		for _, e := range r.environment() {
			if rest, ok := strings.CutPrefix(e, name+"="); ok {
				v = rest
			}
		}
		return v
	}
	if r.fake != nil {
		fake := func() (api.Cluster, error) { return r.fake, nil }
		at := time.Date(2026, 11, 22, 8, 34, 10, 0, time.UTC)
		return IO{In: strings.NewReader(""), Out: &r.out, Err: &r.err, Env: getenv, Now: func() time.Time { return at },
			Host: func() string { return "node1" }, Live: fake, Cluster: fake}
	}
	return IO{In: strings.NewReader(""), Out: &r.out, Err: &r.err, Env: getenv, Now: func() time.Time { return time.Now().UTC() },
		Host: func() string { return "elsewhere" },
		Live: noCluster,
		Cluster: func() (api.Cluster, error) {
			if getenv("CIB_file") == "" && getenv("CIB_shadow") == "" {
				return noCluster()
			}
			c, _, err := backend.Open(backend.TargetFrom(getenv))
			return c, err
		}}
}

func noCluster() (api.Cluster, error) {
	return nil, cib.Errorf(exit.Disconnect, "nothing listens")
}

var versionLine = regexp.MustCompile(`^[-+]<cib `)

// text is everything that the run did.
func (r *run) text(t *testing.T) string {
	var b strings.Builder
	b.WriteString(blankless(r.out.String()))
	for line := range strings.Lines(r.err.String()) {
		b.WriteString("2> " + strings.TrimRight(line, "\n") + "\n")
	}
	if r.fake != nil {
		for _, c := range r.fake.calls {
			b.WriteString("c> " + c + "\n")
		}
	}
	after, err := os.ReadFile(r.file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(diff.Diff("a", []byte(r.before), "b", after))) {
		if (line[0] == '+' || line[0] == '-') && !versionLine.MatchString(line) && !strings.HasPrefix(line, "+++") && !strings.HasPrefix(line, "---") {
			b.WriteString("d> " + line)
		}
	}
	fmt.Fprintf(&b, "rc=%d\n", r.code)
	return strings.ReplaceAll(b.String(), filepath.Dir(r.file), "DIR")
}

// blankless marks empty lines, which a test file cannot hold.
func blankless(s string) string {
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\\\n"
	}
	return strings.ReplaceAll("\n"+s, "\n\n", "\n.\n")[1:]
}

// splitWords splits at blanks outside single quotes.
func splitWords(s string) []string {
	var words []string
	word, inWord, quoted := "", false, false
	for _, c := range s {
		switch {
		case c == '\'':
			quoted, inWord = !quoted, true
		case c == ' ' && !quoted:
			if inWord {
				words = append(words, word)
			}
			word, inWord = "", false
		default:
			word, inWord = word+string(c), true
		}
	}
	if inWord {
		words = append(words, word)
	}
	return words
}
