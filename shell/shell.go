// Package shell is the crm shell: levels with their tables of commands, line editing, completion,
// preferences and messages. It serves a person at a terminal, a script on standard input and a
// single command line with the same tables.
//
// It decides nothing about resources: what the configuration means is the business of package
// grammar and of shell/configure, what the cluster does is the engine's. It reaches the cluster only
// through api.Cluster, so that no command knows whether it works on a running cluster, on a CIB file
// or on a shadow copy.
package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// Version is what crm --version prints; the release build sets it.
var Version = "0.1.0"

// flags are the options before the first word.
type flags struct {
	file, shadow, display, history, scriptDir string
	settings                                  []string
	force, no, wait, debug, trace             bool
	help, version                             bool
	profile                                   string
}

// Main runs crm with the words after the program's name and returns the exit status: 0 for success,
// 1 when any command failed, 2 for a wrong call.
func Main(args []string) int {
	if len(args) > 0 {
		switch args[0] {
		case "--compgen":
			return compgen(os.Stdout, args[1:])
		case "__complete":
			return completeProtocol(os.Stdout, args[1:])
		}
	}
	fl, words, err := parseFlags(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "crm: %v\nTry 'crm --help'.\n", err)
		return 2
	}
	if fl.version {
		fmt.Println("crm " + Version)
		return 0
	}
	s, err := newSession(fl)
	if err != nil {
		fmt.Fprintf(os.Stderr, "crm: %v\n", err)
		return 2
	}
	defer s.panicBarrier()
	if fl.help {
		return s.runWords(context.Background(), append([]string{"help"}, words...))
	}
	return s.run(words)
}

// parseFlags reads the options; the first word that is none ends them, because `crm configure delete -f x`
// has its own.
func parseFlags(args []string) (*flags, []string, error) {
	fl := new(flags)
	set := pflag.NewFlagSet("crm", pflag.ContinueOnError)
	set.SetInterspersed(false)
	set.SetOutput(io.Discard)
	set.StringVarP(&fl.file, "file", "f", "", "")
	set.StringVarP(&fl.shadow, "cib", "c", "", "")
	set.StringVarP(&fl.display, "display", "D", "", "")
	set.StringVarP(&fl.history, "history", "H", "", "")
	set.StringVar(&fl.scriptDir, "scriptdir", "", "")
	set.StringArrayVarP(&fl.settings, "opt", "o", nil, "")
	set.BoolVarP(&fl.force, "force", "F", false, "")
	set.BoolVarP(&fl.no, "no", "n", false, "")
	set.BoolVarP(&fl.wait, "wait", "w", false, "")
	set.BoolVarP(&fl.debug, "debug", "d", false, "")
	set.BoolVarP(&fl.trace, "regression-tests", "R", false, "")
	set.StringVarP(&fl.profile, "profile", "X", "", "")
	set.BoolVarP(&fl.help, "help", "h", false, "")
	set.BoolVar(&fl.version, "version", false, "")
	if err := set.Parse(args); err != nil {
		return nil, nil, err
	}
	for option, value := range map[string]string{"-H": fl.history, "-X": fl.profile, "--scriptdir": fl.scriptDir} {
		if value != "" {
			return nil, nil, fmt.Errorf("option %s is not supported", option)
		}
	}
	return fl, set.Args(), nil
}

// run picks the mode: batch from -f or from standard input, one command, or a conversation.
func (s *Session) run(words []string) int {
	ctx := context.Background()
	if s.flags.file != "" {
		return s.runFile(ctx, s.flags.file, words)
	}
	tty := term.IsTerminal(int(os.Stdin.Fd()))
	if len(words) > 0 && !s.isLevelPath(words) {
		s.tty = tty && term.IsTerminal(int(os.Stdout.Fd()))
		return s.runWords(ctx, words)
	}
	if tty && term.IsTerminal(int(os.Stdout.Fd())) {
		return s.converse(ctx, words)
	}
	return s.batch(ctx, os.Stdin, stdinName, words)
}

// isLevelPath tells whether the words only name a level, so that the session goes on inside it.
func (s *Session) isLevelPath(words []string) bool {
	level := s.level()
	for _, w := range words {
		c, _ := level.find(w)
		if c == nil || c.Level == nil {
			return false
		}
		level = c.Level
	}
	return true
}

// runFile executes the lines of a file; "-" is standard input.
func (s *Session) runFile(ctx context.Context, name string, words []string) int {
	if name == "-" {
		return s.batch(ctx, os.Stdin, stdinName, words)
	}
	f, err := os.Open(name)
	if err != nil {
		s.errorf("%v", err)
		fmt.Fprintln(s.Err, "usage: crm [options] [command]; try 'crm --help'")
		return 2
	}
	defer f.Close()
	return s.batch(ctx, f, name, words)
}

// runWords executes one command given as words of the command line.
func (s *Session) runWords(ctx context.Context, words []string) int {
	line := strings.Join(words, " ")
	if s.prefs.bool("core.add_quotes") {
		line = quoteWords(words)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	ok := s.ExecuteLine(ctx, line)
	return s.finish(ctx, ok)
}

// finish ends a run that nobody can be asked in: what is pending is committed, unless the run was
// interrupted. It returns the exit status.
func (s *Session) finish(ctx context.Context, ok bool) int {
	if ctx.Err() != nil {
		if s.buffer != nil && s.buffer.HasChanges() {
			s.warnf("interrupted: the pending changes are dropped")
		}
		return 1
	}
	ok = s.leaveAll(ctx) && ok
	if err := s.lost(); err != nil {
		s.errorf("%v", err)
		ok = false
	}
	if ok {
		return 0
	}
	return 1
}

// stdinName is what errors call the standard input.
const stdinName = "stdin"

// batchGCPercent trades memory for time: a script of ten thousand lines is over in a second.
const batchGCPercent = 400

// batch executes the lines of r without prompt and without questions. A line that fails does not
// stop the rest; the status is 1 then. Errors say the file and the line that they are about.
func (s *Session) batch(ctx context.Context, r io.Reader, file string, words []string) int {
	ctx, stop := interruptible(ctx)
	defer stop()
	debug.SetGCPercent(batchGCPercent)
	ok := true
	if len(words) > 0 {
		ok = s.ExecuteLine(ctx, quoteWords(words))
	}
	in := newLineReader(r)
	for ctx.Err() == nil && !s.quit {
		at := in.lines + 1
		in.logical.Reset()
		line, err := s.readLogicalLine(ctx, in)
		if err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) {
			s.errorf("%v", err)
			ok = false
		}
		if err != nil {
			break
		}
		s.at = &sourceLine{file: file, line: at, text: in.logical.String()}
		if !s.ExecuteLine(ctx, line) {
			ok = false
		}
		s.at = nil
	}
	return s.finish(ctx, ok)
}
