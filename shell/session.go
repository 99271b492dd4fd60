package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"quorate/engine/api"
	"quorate/shell/backend"
	"quorate/shell/configure"
	"quorate/shell/tools"
)

// Session is one run of the shell: where it stands, what it talks to and how.
type Session struct {
	Out io.Writer // answers, INFO and WARNING
	Err io.Writer // ERROR

	lost     func() error // what hindered the writing of Out
	flags    *flags
	prefs    *preferences
	paint    painter
	paintErr painter
	at       *sourceLine // what is executed of a file or pipe; nil for what is typed and for words of the command line

	levels      []*Level        // entered levels, the root first
	tty         bool            // a person can be asked
	editor      Editor          // nil outside a conversation
	quit        bool            // the session is to end
	continuing  bool            // reading the continuation of a line
	running     context.Context // of what runs: questions and the edit buffer's hooks have no other way to it
	oneLine     bool            // the innermost levels were entered for one command only
	imagined    imagined        // what simulations begin with
	recipeInUse string          // the configuration that the template level works on
	target      backend.Target
	cluster     api.Cluster       // opened when first needed
	buffer      *configure.Buffer // the configuration being edited; nil = not loaded
}

// newSession makes a session at the root level that writes to the standard streams.
func newSession(fl *flags) (*Session, error) {
	prefs, err := loadPreferences(os.Getenv)
	if err != nil {
		return nil, err
	}
	out, lost := tools.Stdout()
	s := &Session{Out: out, lost: lost, Err: os.Stderr, flags: fl, prefs: prefs, levels: []*Level{rootLevel()}, running: context.Background()}
	for _, setting := range fl.settings {
		name, value, ok := strings.Cut(setting, "=")
		if !ok {
			return nil, fmt.Errorf("option -o wants section.name=value, not %q", setting)
		}
		if err := prefs.override(name, value); err != nil {
			return nil, err
		}
	}
	if fl.display != "" {
		if err := prefs.override("color.style", fl.display); err != nil {
			return nil, fmt.Errorf("option -D: %w", err)
		}
	}
	if fl.wait {
		_ = prefs.override("core.wait", "yes") // a known option with a good value
	}
	s.paint, s.paintErr = newPainter(prefs.get("color.style"), os.Stdout), newPainter(prefs.get("color.style"), os.Stderr)
	s.target = backend.TargetFrom(os.Getenv)
	if fl.shadow != "" {
		s.target.Shadow = fl.shadow
		if err := s.target.CheckShadow(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// level returns the level that the session is in.
func (s *Session) level() *Level { return s.levels[len(s.levels)-1] }

// Cluster returns the cluster that commands act on, and opens it on first use.
func (s *Session) Cluster() (api.Cluster, error) {
	if s.cluster == nil {
		c, _, err := backend.Open(s.target)
		if err != nil {
			return nil, err
		}
		s.cluster = c
		s.debugf("working on %s", s.target.Describe())
	}
	return s.cluster, nil
}

// forget drops the opened cluster, so that the next command opens the current target.
func (s *Session) forget() { s.cluster = nil }

// prompt is what the person sees before the cursor: the CIB in use, then the levels below the root.
func (s *Session) prompt() string {
	if s.continuing {
		return "   > "
	}
	names := make([]string, 0, len(s.levels))
	for _, l := range s.levels[1:] {
		names = append(names, l.Name)
	}
	return fmt.Sprintf("crm(%s)%s# ", s.target.Name(), strings.Join(names, " "))
}

// ExecuteLine runs one logical line and prints what went wrong. It reports whether all went well.
func (s *Session) ExecuteLine(ctx context.Context, line string) bool {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return true
	}
	if s.flags.trace {
		fmt.Fprintln(s.Out, ".INP: "+line)
	}
	words, err := splitWords(line)
	if err != nil {
		s.errorf("%s: %v", s.qualify(line), err)
		return false
	}
	return s.dispatch(ctx, words)
}

// qualify names the command a broken line would have called, "None" at the root as scripts know it.
func (s *Session) qualify(line string) string {
	if len(s.levels) == 1 {
		return "None"
	}
	return s.level().Name + "." + strings.Fields(line)[0]
}

// dispatch walks down the levels that the words name, runs the command they end in, and comes back.
// Words that only name levels leave the session there.
func (s *Session) dispatch(ctx context.Context, words []string) bool {
	depth := len(s.levels)
	for i, word := range words {
		c, candidates := s.level().find(word)
		if c == nil || s.meansRoot(word) {
			s.noSuchCommand(word, candidates)
			s.leaveTo(ctx, depth)
			return false
		}
		s.tellAccepted(word, c)
		if c.Level == nil {
			s.oneLine = len(s.levels) > depth
			ok := s.invoke(ctx, c, words[i+1:])
			if s.oneLine { // false when the command itself moved elsewhere
				s.oneLine = false
				ok = s.leaveTo(ctx, depth) && ok
			}
			return ok
		}
		if i+1 < len(words) && isHelpFlag(words[i+1]) {
			helpLevel(s, c.Level)
			return s.leaveTo(ctx, depth)
		}
		s.levels = append(s.levels, c.Level)
	}
	return true
}

// meansRoot tells whether a word is the whole name of something at the root and at most an abbreviation here: who types
// "status" while configuring does not mean cibstatus.
func (s *Session) meansRoot(word string) bool {
	top := s.levels[0].commandNamed(word)
	return top != nil && !top.Hidden && s.level().commandNamed(word) == nil
}

// noSuchCommand says that a word is no command here, and what it may have meant.
func (s *Session) noSuchCommand(word string, candidates []string) {
	up := strings.Repeat("../", len(s.levels)-1)
	hint := didYouMean(word, s.level().names())
	if other := s.onlyLevelWith(word); other != "" {
		hint = fmt.Sprintf(" (%s has it: 'cd %s%s' goes there)", other, up, other)
	}
	if s.meansRoot(word) {
		hint = fmt.Sprintf(" (the root has it: 'cd %s' goes there)", strings.TrimSuffix(up, "/"))
	}
	if len(candidates) > 0 && !s.meansRoot(word) {
		hint = ": it could be " + strings.Join(candidates, ", ")
	}
	s.errorf("%s: No such command%s", s.commandName(word), hint)
}

// onlyLevelWith names the level below the root that has the command, "" if none or several have it.
func (s *Session) onlyLevelWith(word string) (name string) {
	for _, top := range s.levels[0].Commands {
		if top.Level == nil {
			continue
		}
		c := top.Level.commandNamed(word)
		if c == nil || c.Hidden {
			continue
		}
		if name != "" {
			return ""
		}
		name = top.Name
	}
	return name
}

// commandName qualifies a command with its level, as messages do: "configure.rename".
func (s *Session) commandName(word string) string {
	if len(s.levels) == 1 {
		return word
	}
	return s.level().Name + "." + word
}

// tellAccepted says which command an abbreviation or an old name stood for.
func (s *Session) tellAccepted(typed string, c *Command) {
	if typed == c.Name || (len(c.Aliases) > 0 && sharedCommands[c.Name]) {
		return
	}
	s.infof("%q is accepted as %q", typed, c.Name)
}

// errSaid marks a failure whose message is already out.
var errSaid = errors.New("")

// invoke checks the arguments, runs one command and prints its error.
func (s *Session) invoke(ctx context.Context, c *Command, args []string) bool {
	if len(args) > 0 && isHelpFlag(args[len(args)-1]) && c.Name != "help" {
		return s.report(s.commandName(c.Name), helpAbout(s, c, args[:len(args)-1]))
	}
	name := s.commandName(c.Name)
	err := c.checkArity(len(args))
	if err == nil {
		s.running = ctx
		begun := time.Now()
		err = c.Run(ctx, s, args)
		s.debugf("%s took %s", name, time.Since(begun))
	}
	return s.report(name, err)
}

// report prints err, unless it is out already, and tells whether there was none.
func (s *Session) report(name string, err error) bool {
	var usage *usageError
	switch {
	case err == nil:
		return true
	case errors.Is(err, errSaid), errors.Is(err, configure.ErrReported):
	case errors.Is(err, context.Canceled):
		s.errorf("%s: interrupted", name)
	case errors.As(err, &usage):
		s.errorf("%s: %v", name, err)
	default:
		s.errorf("%v", err)
	}
	return false
}

// errStay is returned by Level.Leave to stay in the level.
var errStay = errors.New("staying")

// leaveTo leaves levels until depth of them are left, and tells whether all went well. A level may keep
// the session in it; one whose leaving fails is left all the same.
func (s *Session) leaveTo(ctx context.Context, depth int) bool {
	ok := true
	for len(s.levels) > depth {
		if leave := s.level().Leave; leave != nil {
			err := leave(ctx, s)
			if errors.Is(err, errStay) {
				return false
			}
			ok = s.report(s.level().Name, err) && ok
		}
		s.levels = s.levels[:len(s.levels)-1]
	}
	return ok
}

// leaveAll ends a run: every level is left, which commits what is pending.
func (s *Session) leaveAll(ctx context.Context) bool { return s.leaveTo(ctx, 1) }

// interruptible gives a context that Ctrl-C ends, so that it stops the command and not the shell.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}

func isHelpFlag(word string) bool { return word == "--help" || word == "-h" }
