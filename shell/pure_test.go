package shell

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
)

func TestColumns(t *testing.T) {
	for _, c := range []struct{ names, want string }{
		{"a", "a\n"},
		{"a b c", "a                  b                  c\n"},
		{"a b c d", "a                  b                  c                  d\n"},
		{"a b c d e f", "a                  c                  e\nb                  d                  f\n"},
	} {
		if got := columns(strings.Fields(c.names)); got != c.want {
			t.Errorf("%s:\n%q, not\n%q", c.names, got, c.want)
		}
	}
}

func TestLifetimeEnd(t *testing.T) {
	from := time.Date(2026, 1, 30, 23, 59, 0, 0, time.UTC)
	for duration, want := range map[string]string{
		"PT5M": "2026-01-31 00:04:00Z", "P1D": "2026-01-31 23:59:00Z", "P1DT1H1S": "2026-02-01 00:59:01Z", "P2W": "2026-02-13 23:59:00Z",
		"P1Y": "2027-01-30 23:59:00Z", "P1M": "2026-03-02 23:59:00Z", "pt5m": "2026-01-31 00:04:00Z",
	} {
		if got, err := lifetimeEnd(duration, from); err != nil || got != want {
			t.Errorf("%s ends %s (%v), not %s", duration, got, err, want)
		}
	}
	for _, bad := range []string{"", "P", "PT", "5M", "P5", "P5H", "PT5D", "PT5MT5S", "P-1D", "n1", "P99999999999D"} {
		if isLifetime(bad) {
			t.Errorf("%q is a lifetime", bad)
		}
	}
}

func FuzzLifetime(f *testing.F) {
	f.Add("P1DT2H")
	f.Fuzz(func(t *testing.T, duration string) {
		if end, err := lifetimeEnd(duration, time.Unix(0, 0)); err == nil && end == "" {
			t.Errorf("%q ends nowhere", duration)
		}
	})
}

func TestConsoleKeys(t *testing.T) {
	for _, c := range []struct {
		bytes string
		keys  []string
	}{
		{"abc", []string{"abc"}},
		{"ls\rup", []string{"ls", "\r"}}, // what follows waits for the next prompt
		{"a\tb\x7f", []string{"a", "\t", "b", "\x7f"}},
		{"\x1b[A\x1b[1;5Cx", []string{"\x1b[A", "\x1b[1;5C", "x"}},
		{"\x1bOP\x1bf", []string{"\x1bOP", "\x1bf"}},
		{"grün\x1b[3~", []string{"grün", "\x1b[3~"}},
		{"gr\xc3", []string{"gr", "\xc3"}},
		{pasteStart + "a\tb" + pasteEnd + "\t", []string{"a", " ", "b", "\t"}},
	} {
		in := &console{queue: []byte(c.bytes)}
		var got []string
		for chunk := in.next(); chunk != nil; chunk = in.next() {
			got = append(got, string(chunk))
		}
		if !slices.Equal(got, c.keys) {
			t.Errorf("%q came as %q, not %q", c.bytes, got, c.keys)
		}
	}
}

func TestConsoleTakeLine(t *testing.T) {
	in := &console{queue: []byte(pasteStart + "one\ntwo\r\x1b[Athree\n" + pasteEnd)}
	for _, want := range []string{"one", "two"} {
		if got, ok := in.takeLine(); !ok || got != want {
			t.Errorf("line is %q (%v), not %q", got, ok, want)
		}
	}
	if got, ok := in.takeLine(); ok {
		t.Errorf("%q has keys that only the editor knows", got)
	}
}

// Whatever a terminal sends is handed out whole and in order, until the end of the line.
func FuzzConsole(f *testing.F) {
	f.Add([]byte("a\x1b[200~b\x1b[201~\xff\x1b["))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := &console{queue: slices.Clone(data)}
		n := 0
		for chunk := in.next(); chunk != nil; chunk = in.next() {
			if n += len(chunk); len(chunk) == 0 || n > len(data) {
				t.Fatalf("%q gives %q", data, chunk)
			}
		}
		if !in.ended && len(in.queue) > 0 {
			t.Errorf("%q leaves %q", data, in.queue)
		}
	})
}

func TestHistory(t *testing.T) {
	home := t.TempDir()
	env := func(name string) string { return map[string]string{"HOME": home}[name] }
	h := openHistory(env)
	for _, line := range []string{"node show", "node show", " ", "resource show", "configure show web"} {
		h.add(line)
	}
	if again := openHistory(env); !slices.Equal(again.lines, []string{"node show", "resource show", "configure show web"}) {
		t.Errorf("the file has %q", again.lines)
	}
	typed := "show"
	for _, want := range []string{"configure show web", "resource show", "node show"} {
		got, ok := h.search(typed)
		if !ok || got != want {
			t.Fatalf("search found %q (%v), not %q", got, ok, want)
		}
		typed = got
	}
	if got, ok := h.search(typed); ok {
		t.Errorf("behind the oldest line is %q", got)
	}
	if info, err := os.Stat(h.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the history: %v %v", info.Mode(), err)
	}
}

func TestPreferences(t *testing.T) {
	home := t.TempDir()
	env := func(name string) string { return map[string]string{"HOME": home}[name] }
	path := filepath.Join(home, ".config", "crm", "crm.conf")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "# mine\n[core]\neditor = nano\nwait=yes\n\n[report]\nverbosity = 3\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := loadPreferences(env)
	if err != nil {
		t.Fatal(err)
	}
	if p.get("core.editor") != "nano" || !p.bool("core.wait") || p.get("core.check_mode") != "strict" {
		t.Errorf("read %v", p.saved)
	}
	if err := p.override("core.force", "yes"); err != nil {
		t.Fatal(err)
	}
	if err := p.set("core.editor", "vi"); err != nil {
		t.Fatal(err)
	}
	if err := p.write(); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	want := "[core]\neditor = vi\nwait = yes\n[report]\nverbosity = 3\n"
	if string(data) != want {
		t.Errorf("wrote\n%s\nnot\n%s", data, want)
	}
	for _, bad := range []string{"nonsense", "[core]\nwait = perhaps"} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadPreferences(env); err == nil || !strings.Contains(err.Error(), "crm.conf:") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestRecipes(t *testing.T) {
	for i := range recipes {
		r := &recipes[i]
		c := &recipeConfig{recipe: r, values: map[string]string{}}
		for _, p := range r.params {
			if p.short == "" {
				t.Errorf("%s: parameter %s has no help", r.name, p.name)
			}
			if p.def == "" {
				c.values[p.name] = "a b"
			}
		}
		text, err := c.statements()
		if err != nil || strings.Contains(text, "%") || strings.Contains(text, "=-") {
			t.Errorf("%s gives %v\n%s", r.name, err, text)
		}
		for _, m := range placeholder.FindAllString(r.text, -1) {
			if r.param(m[1:]) == nil {
				t.Errorf("%s: %s is no parameter", r.name, m)
			}
		}
	}
	c := &recipeConfig{recipe: recipeNamed("virtual-ip"), values: map[string]string{"ip": "192.0.2.1"}}
	doc := etree.NewDocument()
	if err := doc.ReadFromString(`<cib><configuration><resources><primitive id="virtual-ip"/></resources></configuration></cib>`); err != nil {
		t.Fatal(err)
	}
	c.freeID(doc.Root())
	if got, _ := c.statements(); got != "primitive virtual-ip-1 ocf:heartbeat:IPaddr params ip=192.0.2.1\n" {
		t.Errorf("beside one with that id: %s", got)
	}
}

func TestAskWithoutAnswer(t *testing.T) {
	var out bytes.Buffer
	s := &Session{Out: &out, Err: &out, flags: &flags{}, prefs: &preferences{}, editor: &answers{}}
	s.tty = true
	if s.confirm("Really") {
		t.Error("the end of the input is a yes")
	}
	s.editor = &answers{"perhaps", "", "Yes"}
	out.Reset()
	if !s.confirm("Really") {
		t.Error("yes is no")
	}
	if got := strings.Count(out.String(), "Really (y/n)? "); got != 3 {
		t.Errorf("asked %d times", got)
	}
	s.flags.no = true
	if s.confirm("Really") {
		t.Error("-n means yes")
	}
}

// answers is an Editor with answers to questions.
type answers []string

func (a *answers) ReadLine(ctx context.Context) (string, error) { return a.Answer(ctx) }

func (a *answers) Answer(context.Context) (string, error) {
	if len(*a) == 0 {
		return "", io.EOF
	}
	line := (*a)[0]
	*a = (*a)[1:]
	return line, nil
}

func TestCrashReport(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	text := crashReport("boom")
	_, name, ok := strings.Cut(text, "with the file ")
	if !ok || strings.Contains(text, "\n") {
		t.Fatalf("the person is told %q", text)
	}
	if data, err := os.ReadFile(name); err != nil || !strings.Contains(string(data), "boom") || !strings.Contains(string(data), "goroutine") {
		t.Errorf("the report has %q (%v)", data, err)
	}
}
