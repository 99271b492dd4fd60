package shell

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Editor reads the lines of a session. ReadLine returns io.EOF at the end of the input.
type Editor interface {
	ReadLine(ctx context.Context) (string, error)
}

// answerer is an Editor that also reads the answer to a question: one line without prompt and history.
type answerer interface {
	Answer(ctx context.Context) (string, error)
}

// lineReader is the Editor for pipes, files and terminals that can do nothing but lines.
type lineReader struct {
	in     *bufio.Reader
	out    io.Writer     // nil: no prompt
	prompt func() string // used with out only
	lines  int           // read so far

	logical strings.Builder // the lines read since it was reset, as they stand there
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{in: bufio.NewReader(r)} }

// ReadLine reads up to the next line end; a last line without one counts. It returns when ctx ends; then
// the reader is of no more use.
func (l *lineReader) ReadLine(ctx context.Context) (string, error) {
	if l.out != nil {
		fmt.Fprint(l.out, l.prompt())
	}
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		line, err := l.Answer(ctx)
		read <- result{line, err}
	}()
	select {
	case r := <-read:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Answer reads a line without a prompt.
func (l *lineReader) Answer(ctx context.Context) (string, error) {
	if l.out != nil && l.in.Buffered() == 0 {
		if err := awaitInput(ctx, os.Stdin); err != nil {
			return "", err
		}
	}
	line, err := l.in.ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	l.lines++
	l.logical.WriteString(line)
	return strings.TrimRight(line, "\r\n"), nil
}

// endsToLeave bounds how often in a row the input may end while a level wants to stay: a terminal that is gone answers
// nothing any more. What is pending is in the journal.
const endsToLeave = 3

// converse runs the session with a person at a terminal.
func (s *Session) converse(ctx context.Context, words []string) int {
	s.tty = true
	s.editor = s.newEditor()
	if len(words) > 0 {
		s.ExecuteLine(ctx, quoteWords(words))
	}
	s.interruptibly(ctx, s.offerRecovery)
	for ends := 0; !s.quit && ends < endsToLeave; {
		line, err := s.readLogicalLine(ctx, s.editor)
		if err == nil {
			ends = 0
			s.interruptibly(ctx, func(ctx context.Context) { s.ExecuteLine(ctx, line) })
			continue
		}
		fmt.Fprintln(s.Out)
		ends++
		s.interruptibly(ctx, func(ctx context.Context) { s.leaveAll(ctx) })
		if len(s.levels) == 1 {
			break
		}
	}
	if s.quit {
		s.println("bye")
	}
	return 0
}

// interruptibly does something that Ctrl-C ends, with the shell left as it is.
func (s *Session) interruptibly(ctx context.Context, do func(context.Context)) {
	ctx, stop := interruptible(ctx)
	defer stop()
	s.running = ctx
	do(ctx)
}

// newEditor picks the line editor, or the plain reader where the terminal cannot do more.
func (s *Session) newEditor() Editor {
	if t := os.Getenv("TERM"); t != "" && t != "dumb" {
		if e, err := newPromptEditor(s); err == nil {
			return e
		}
	}
	return &lineReader{in: bufio.NewReader(os.Stdin), out: s.Out, prompt: s.prompt}
}

// panicBarrier turns a fault of ours into one line for the person, with the terminal as it was; the
// details go into a file.
func (s *Session) panicBarrier() {
	if p := recover(); p != nil {
		if e, ok := s.editor.(*promptEditor); ok {
			e.restore()
		}
		s.errorf("%s", crashReport(p))
		os.Exit(1)
	}
}

// windowSize returns the size of the terminal; where it is unknown (0×0 in containers), 80×24.
func windowSize(fd int) (cols, rows int) {
	cols, rows, err := term.GetSize(fd)
	if err != nil || cols <= 0 {
		cols = 80
	}
	if err != nil || rows <= 0 {
		rows = 24
	}
	return cols, rows
}
