package shell

import (
	"slices"
	"strings"
	"testing"

	"quorate/grammar"
)

func TestFind(t *testing.T) {
	root := rootLevel()
	configure := root.commandNamed("configure").Level
	for _, c := range []struct {
		level       *Level
		typed, want string
		candidates  []string
	}{
		{root, "configure", "configure", nil},
		{root, "conf", "configure", nil},
		{root, "cfg", "configure", nil},
		{root, "CONFIGURE", "configure", nil},
		{root, "exit", "quit", nil},
		{root, "?", "help", nil},
		{root, "zzq", "", nil},
		{root, "c", "", []string{"cd", "cib", "cibstatus", "cluster", "configure", "corosync"}},
		{configure, "prmtv", "primitive", nil},
		{configure, "GROUP", "group", nil},
		{configure, "com", "commit", nil},
		{configure, "rm", "delete", nil},
		{configure, "resource", "resource", nil},
		{configure, "undo", "undo", nil},
		{configure, "ba", "up", nil}, // aliases count: back
		{configure, "b", "", []string{"bundle", "bye", "back"}},
		{configure, "col", "colocation", nil}, // its alias begins so too
		{root, "si", "site", nil},             // simulate wants its whole name
		{configure, "und", "", nil},           // bundle does not begin with it
	} {
		got, candidates := c.level.find(c.typed)
		name := ""
		if got != nil {
			name = got.Name
		}
		if name != c.want || !slices.Equal(candidates, c.candidates) {
			t.Errorf("%s at %s is %q %q, not %q %q", c.typed, c.level.title(), name, candidates, c.want, c.candidates)
		}
	}
}

func TestCheckArity(t *testing.T) {
	for _, c := range []struct {
		min, max, given int
		want            string
	}{
		{0, 0, 0, ""},
		{0, 0, 2, "Expected (<x>), takes exactly 0 arguments (2 given)"},
		{1, 1, 0, "Expected (<x>), takes exactly 1 argument (0 given)"},
		{3, 4, 1, "Expected (<x>), takes at least 3 arguments (1 given)"},
		{3, 4, 5, "Expected (<x>), takes at most 4 arguments (5 given)"},
		{1, anyNumber, 50, ""},
	} {
		err := (&Command{Args: "<x>", Min: c.min, Max: c.max}).checkArity(c.given)
		if got := errorText(err); got != c.want {
			t.Errorf("%d to %d, %d given: %q, not %q", c.min, c.max, c.given, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// The tables are what help, ls and completion are made of: each entry must be whole, and no name may
// stand for two commands.
func TestTables(t *testing.T) {
	var check func(path string, l *Level)
	check = func(path string, l *Level) {
		owner := map[string]string{}
		for _, c := range l.Commands {
			where := path + " " + c.Name
			if (c.Run == nil) == (c.Level == nil) {
				t.Errorf("%s: a command runs or is a level", where)
			}
			if c.Short == "" || strings.HasSuffix(c.Short, ".") || strings.Contains(c.Short, "\n") {
				t.Errorf("%s: the short help is %q", where, c.Short)
			}
			if c.Max != anyNumber && c.Max < c.Min {
				t.Errorf("%s: takes %d to %d arguments", where, c.Min, c.Max)
			}
			if c.Max != 0 && c.Level == nil && c.Args == "" && !c.Hidden && !strings.Contains(path, "cluster") {
				t.Errorf("%s: the usage does not say which arguments", where)
			}
			for _, name := range append([]string{c.Name}, c.Aliases...) {
				if other, taken := owner[name]; taken {
					t.Errorf("%s: %q is also %s", where, name, other)
				}
				owner[name] = c.Name
			}
			if c.Level != nil {
				check(where, c.Level)
			}
		}
	}
	check("crm", rootLevel())
}

func TestDidYouMean(t *testing.T) {
	known := []string{"web", "webip", "database"}
	for word, want := range map[string]string{"webpi": " (did you mean webip?)", "databse": " (did you mean database?)", "zzz": "", "web": ""} {
		if got := didYouMean(word, known); got != want {
			t.Errorf("%s: %q, not %q", word, got, want)
		}
	}
}

// What completion knows about statements is about statements that there are.
func TestStatementCompletion(t *testing.T) {
	known := map[string]bool{}
	for _, st := range statements {
		known[st.name] = true
	}
	for name := range statementCompletion {
		if !known[name] {
			t.Errorf("%s is completed, but is no statement", name)
		}
	}
	for _, keyword := range grammar.Keywords() {
		if keyword = strings.ReplaceAll(keyword, "-", "_"); !known[keyword] && keyword != "acl_group" && keyword != "master" {
			t.Errorf("the grammar's %s is no command", keyword)
		}
	}
}
