package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	prompt "github.com/c-bata/go-prompt"
	"golang.org/x/sys/unix"
)

// promptEditor is the Editor on a terminal, over go-prompt. The library wants to own the loop, so it
// runs in a goroutine of its own and hands over a line at a time.
type promptEditor struct {
	console *console
	history *history
	prompt  func() string
	out     io.Writer

	lines   chan string   // from the library: a line was entered
	resume  chan struct{} // to the library: the command is done, read on
	done    chan struct{} // closed when the library's loop has ended
	started bool
	menu    menu
	search  lineSearch
}

// newPromptEditor fails where there is no controlling terminal, in which case the library would panic.
func newPromptEditor(s *Session) (*promptEditor, error) {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	_ = unix.Close(fd)
	e := &promptEditor{
		console: &console{fd: int(os.Stdin.Fd())},
		history: openHistory(os.Getenv),
		prompt:  s.prompt,
		out:     s.Out,
		lines:   make(chan string),
		resume:  make(chan struct{}),
	}
	e.menu = menu{candidates: s.candidatesFor}
	e.search.history = e.history
	e.restoreOnSignal()
	return e, nil
}

// start runs the library's loop until the end of the input.
func (e *promptEditor) start() {
	p := prompt.New(e.entered, e.suggest,
		prompt.OptionParser(e.console),
		prompt.OptionLivePrefix(func() (string, bool) { return e.search.prompt(e.prompt()), true }),
		prompt.OptionPrefixTextColor(prompt.DefaultColor),
		prompt.OptionSuggestionBGColor(prompt.DarkGray),
		prompt.OptionDescriptionBGColor(prompt.LightGray),
		prompt.OptionMaxSuggestion(8),
		prompt.OptionHistory(append([]string(nil), e.history.lines...)),
		prompt.OptionCompletionWordSeparator(wordSeparators),
		prompt.OptionAddKeyBind(
			prompt.KeyBind{Key: prompt.Tab, Fn: e.tab},
			prompt.KeyBind{Key: prompt.ControlR, Fn: e.controlR},
			prompt.KeyBind{Key: prompt.ControlC, Fn: e.endSearch},
			prompt.KeyBind{Key: prompt.Escape, Fn: e.endSearch},
		),
	)
	e.done = make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		p.Run()
	}(e.done)
}

// restoreOnSignal gives the terminal back when the session is told to end. The library would do so
// too, but not at every moment. Pending changes are in the journal.
func (e *promptEditor) restoreOnSignal() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGQUIT)
	go func() {
		sig := <-told
		e.restore()
		if number, ok := sig.(syscall.Signal); ok {
			os.Exit(128 + int(number))
		}
		os.Exit(1)
	}()
}

// wordSeparators are the characters after which a new word begins for completion.
const wordSeparators = " \t\n,"

// entered is called by the library with the terminal restored; it returns when the line is dealt with.
func (e *promptEditor) entered(line string) {
	e.lines <- line
	<-e.resume
	_ = e.console.Setup() // before the prompt is drawn: a key must not meet a terminal that is not raw
}

// ReadLine gives the next line that the person enters; io.EOF after Ctrl-D on an empty line.
func (e *promptEditor) ReadLine(ctx context.Context) (string, error) {
	if line, ok := e.console.takeLine(); ok {
		fmt.Fprintf(e.out, "%s%s\n", e.prompt(), line)
		e.history.add(line)
		return line, nil
	}
	if !e.started {
		e.started = true
		e.start()
	} else {
		e.resume <- struct{}{}
	}
	select {
	case line := <-e.lines:
		e.menu.reset()
		if found := e.search.end(); found != "" && line != "" {
			line = found
			fmt.Fprintf(e.out, "%s%s\n", e.prompt(), line)
		}
		e.history.add(line)
		return line, nil
	case <-e.done:
		e.started = false // the person may want to stay
		return "", io.EOF
	case <-ctx.Done():
		e.restore()
		return "", ctx.Err()
	}
}

// Answer reads the answer to a question: from what was pasted behind the command, else from the terminal.
func (e *promptEditor) Answer(ctx context.Context) (string, error) {
	if line, ok := e.console.takeLine(); ok {
		fmt.Fprintln(e.out, line)
		return line, nil
	}
	return readAnswerLine(ctx, os.Stdin)
}

// readAnswerLine reads a line from a terminal in its usual mode, until ctx ends.
func readAnswerLine(ctx context.Context, tty *os.File) (string, error) {
	if err := awaitInput(ctx, tty); err != nil {
		return "", err
	}
	return readRawLine(tty)
}

// awaitInput waits until there is something to read: from a terminal in its usual mode a whole line, or its end.
func awaitInput(ctx context.Context, f *os.File) error {
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLIN}}
	for ctx.Err() == nil {
		n, err := unix.Poll(fds, pollTime)
		if n > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
	return ctx.Err()
}

// readRawLine reads one line byte by byte, so that nothing behind it is lost to others.
func readRawLine(r io.Reader) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for {
		n, err := r.Read(one)
		if n == 1 && one[0] == '\n' {
			return string(line), nil
		}
		if n == 1 {
			line = append(line, one[0])
		}
		if err != nil && len(line) == 0 {
			return "", err
		}
		if err != nil {
			return string(line), nil
		}
	}
}

// restore gives the terminal back; for ends that do not go through the library.
func (e *promptEditor) restore() { _ = e.console.TearDown() }
