package shell

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Command is one word of a level. The table of commands drives dispatch, help, arity errors, ls
// and completion, so there is one place that says what the shell can do.
type Command struct {
	Name    string
	Aliases []string // accepted as typed, left out of ls and completion
	Args    string   // the arguments as the usage line and arity errors show them: "<old-id> <new-id>"
	Min     int      // fewest arguments
	Max     int      // most arguments; anyNumber for no limit
	Short   string   // one line
	Long    string   // the rest of the help text; "" when the line says it all
	Example string   // lines as one types them, for the help text; "" for none
	Hidden  bool     // not in ls and completion: for debugging and for words kept for old scripts
	LsOther bool     // ls treats Hidden the other way round: scripts compare its output with crmsh's
	Whole   bool     // wants its whole name: a word of ours, which must not make an abbreviation that crmsh takes ambiguous

	// About explains one of the words that the command takes, "" if it cannot; nil for commands without such words.
	About func(word string) string

	// Level makes this the name of a sublevel; Run is nil then.
	Level *Level
	// Run does it. A returned error is printed once, by the dispatcher, and makes the line fail.
	Run func(ctx context.Context, s *Session, args []string) error
	// Complete has one completer for each argument; the last one serves all further arguments.
	Complete []Completer
}

// anyNumber is Command.Max for "as many as you like".
const anyNumber = -1

// Level is a set of commands with a place in the prompt.
type Level struct {
	Name     string
	Short    string
	Long     string
	Commands []*Command
	// Leave is called before the level is left; errStay keeps the session in it.
	Leave func(ctx context.Context, s *Session) error

	index map[string]*Command
}

// subLevel is the command that enters a level.
func subLevel(l *Level) *Command { return &Command{Name: l.Name, Short: l.Short, Level: l} }

// commandNamed returns the command with that name or alias, nil if there is none.
func (l *Level) commandNamed(name string) *Command {
	if l.index == nil {
		l.index = make(map[string]*Command, 2*len(l.Commands))
		for _, c := range l.Commands {
			l.index[c.Name] = c
			for _, a := range c.Aliases {
				l.index[a] = c
			}
		}
	}
	return l.index[name]
}

// find resolves what was typed: the exact name, else the only command with a name or alias that begins with it, else
// the only one with one that has its letters in that order. With several candidates it returns their names.
func (l *Level) find(typed string) (*Command, []string) {
	if c := l.commandNamed(typed); c != nil {
		return c, nil
	}
	low := strings.ToLower(typed)
	if c := l.commandNamed(low); c != nil {
		return c, nil
	}
	for _, match := range []func(name, typed string) bool{strings.HasPrefix, isSubsequence} {
		var hits []*Command
		var names []string
		for _, c := range l.Commands {
			if c.Whole {
				continue
			}
			if i := slices.IndexFunc(c.allNames(), func(n string) bool { return match(strings.ToLower(n), low) }); i >= 0 {
				hits = append(hits, c)
				names = append(names, c.allNames()[i])
			}
		}
		if len(hits) == 1 {
			return hits[0], nil
		}
		if len(hits) > 1 {
			return nil, names
		}
	}
	return nil, nil
}

// allNames are the command's name and its aliases.
func (c *Command) allNames() []string { return append([]string{c.Name}, c.Aliases...) }

// listed are the names that ls prints.
func (l *Level) listed() []string {
	var names []string
	for _, c := range l.Commands {
		if c.Hidden == c.LsOther {
			names = append(names, c.Name)
		}
	}
	return names
}

// names lists the commands of the level that people are told about.
func (l *Level) names() []string {
	var names []string
	for _, c := range l.Commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
}

// isSubsequence tells whether name begins with the first letter of typed and has all others behind it, in that order.
func isSubsequence(name, typed string) bool {
	if typed == "" || !strings.HasPrefix(name, typed[:1]) {
		return false
	}
	rest := []rune(typed)
	for _, r := range name {
		if len(rest) > 0 && rest[0] == r {
			rest = rest[1:]
		}
	}
	return len(rest) == 0
}

// checkArity returns the usage error for n arguments, nil if they are as many as the command takes.
func (c *Command) checkArity(n int) error {
	var bound string
	switch {
	case c.Min == c.Max && n != c.Min:
		bound = fmt.Sprintf("exactly %d", c.Min)
	case n < c.Min:
		bound = fmt.Sprintf("at least %d", c.Min)
	case c.Max != anyNumber && n > c.Max:
		bound = fmt.Sprintf("at most %d", c.Max)
	default:
		return nil
	}
	plural := "s"
	if strings.HasSuffix(bound, " 1") {
		plural = ""
	}
	return usagef("Expected (%s), takes %s argument%s (%d given)", c.Args, bound, plural, n)
}

// usageError is an error about how a command was called; it is printed with the command's name before it.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}
