package shell

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// What the examples of the statements are about.
const exampleBase = `property stonith-enabled=false
node 1: node1
node 2: node2
primitive vip ocf:quorate:Dummy
primitive web ocf:quorate:Dummy
primitive db ocf:quorate:Dummy
primitive ping ocf:quorate:Dummy
primitive store ocf:quorate:Stateful
primitive ipmi1 ocf:quorate:Dummy
primitive ipmi2 ocf:quorate:Dummy
primitive pdu1 ocf:quorate:Dummy
`

// TestExamples types the example of each statement: it must be taken as it stands, and commit.
func TestExamples(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range statements {
		if st.example == "" {
			if st.name != "user" { // only for configurations of old schemas
				t.Errorf("%s has no example", st.name)
			}
			continue
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "cib.xml")
		if err := os.WriteFile(path, []byte(emptyCIB), 0o600); err != nil {
			t.Fatal(err)
		}
		script := exampleBase + st.example + "\nshow\n"
		if st.name == "acl_target" {
			script = exampleBase + "role operator read xpath:/cib\n" + st.example + "\nshow\n"
		}
		cmd := exec.Command(program, "-F", "configure") // agents that are not installed here are passed over
		cmd.Env = append(os.Environ(), mainVariable+"=1", "HOME="+dir, "CIB_file="+path)
		cmd.Stdin = strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		data, _ := os.ReadFile(path)
		if err != nil || strings.Contains(string(out), "syntax") || len(data) < len(emptyCIB)+800 {
			t.Errorf("%s: %v\n%s", st.example, err, out)
		}
		id := strings.Fields(st.example)[1]
		if !strings.ContainsAny(id, "=:<") && !strings.Contains(string(data), `"`+id+`"`) {
			t.Errorf("%s: the CIB has no %s", st.example, id)
		}
	}
}

// TestHelpFits: no help text is wider than a terminal of 80 columns.
func TestHelpFits(t *testing.T) {
	var out strings.Builder
	s := &Session{Out: &out, Err: &out, flags: new(flags), levels: []*Level{rootLevel()}}
	var walk func(path []string, l *Level)
	walk = func(path []string, l *Level) {
		for _, c := range l.Commands {
			name := append(slices.Clone(path), c.Name)
			if err := runHelp(t.Context(), s, name); err != nil {
				t.Errorf("help %s: %v", strings.Join(name, " "), err)
			}
			if c.Level != nil {
				walk(name, c.Level)
			}
		}
	}
	for _, topic := range helpTopics {
		s.page(topic.text)
	}
	walk(nil, rootLevel())
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > helpWidth {
			t.Errorf("too wide: %s", line)
		}
	}
}
