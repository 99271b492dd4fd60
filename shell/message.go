package shell

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fatih/color"
	"golang.org/x/term"
)

// painter colours words; without colours it returns them as they are.
type painter struct {
	on        bool
	uppercase bool
}

// newPainter decides once whether there are colours: the style says plain or color-always, or else a
// terminal and the absence of NO_COLOR do.
func newPainter(style string, out *os.File) painter {
	has := func(w string) bool { return contains(strings.FieldsFunc(style, notInStyle), w) }
	on := term.IsTerminal(int(out.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	switch {
	case has("plain"):
		on = false
	case has("color-always"):
		on = true
	}
	return painter{on: on, uppercase: has("uppercase")}
}

// notInStyle tells what separates the words of a style.
func notInStyle(r rune) bool { return r == ' ' || r == ',' }

func (p painter) paint(text string, attrs ...color.Attribute) string {
	if !p.on {
		return text
	}
	c := color.New(attrs...)
	c.EnableColor()
	return c.Sprint(text)
}

func (s *Session) infof(format string, args ...any) {
	fmt.Fprintf(s.Out, "%s: %s\n", s.paint.paint("INFO", color.FgCyan), fmt.Sprintf(format, args...))
}

func (s *Session) warnf(format string, args ...any) {
	fmt.Fprintf(s.Out, "%s: %s\n", s.paint.paint("WARNING", color.FgYellow, color.Bold), fmt.Sprintf(format, args...))
}

func (s *Session) errorf(format string, args ...any) {
	fmt.Fprintf(s.Err, "%s: %s%s\n", s.paintErr.paint("ERROR", color.FgRed, color.Bold), s.at.where(args), fmt.Sprintf(format, args...))
}

func (s *Session) debugf(format string, args ...any) {
	if s.flags.debug || s.prefs.bool("core.debug") {
		fmt.Fprintf(s.Err, "DEBUG: %s\n", fmt.Sprintf(format, args...))
	}
}

func (s *Session) println(text string) { fmt.Fprintln(s.Out, text) }

// forced tells whether questions are answered with yes.
func (s *Session) forced() bool { return s.flags.force || s.prefs.bool("core.force") }

// confirm asks a yes-no question. With -F the answer is yes and is shown; where nobody can be asked it is no.
func (s *Session) confirm(question string) bool {
	if s.forced() {
		s.infof("%s [YES]", question)
		return true
	}
	if s.flags.no || !s.tty {
		return false
	}
	return s.ask(question+" (y/n)? ", "yn") == 'y'
}

// answerWords are the words for the letters that questions ask for.
var answerWords = map[string]byte{"y": 'y', "yes": 'y', "n": 'n', "no": 'n', "c": 'c', "cancel": 'c'}

// ask shows the question until the answer is one of the given letters, or its word, and returns the letter: a command
// that was typed ahead is no answer. The end of the input and Ctrl-C are the last of the letters: the harmless one.
func (s *Session) ask(question, letters string) byte {
	if s.flags.no {
		fmt.Fprintln(s.Out, question+"n")
		return 'n'
	}
	for {
		fmt.Fprint(s.Out, question)
		line, err := s.readAnswer()
		if err != nil {
			fmt.Fprintln(s.Out)
			return letters[len(letters)-1]
		}
		letter, ok := answerWords[strings.ToLower(strings.TrimSpace(line))]
		if ok && strings.IndexByte(letters, letter) >= 0 {
			return letter
		}
	}
}

// readAnswer reads one line from the person.
func (s *Session) readAnswer() (string, error) {
	if a, ok := s.editor.(answerer); ok {
		return a.Answer(s.running)
	}
	return readAnswerLine(s.running, os.Stdin)
}

// outputFile returns w as a file; what is none counts as the null device, which is no terminal.
func outputFile(w io.Writer) *os.File {
	if f, ok := w.(*os.File); ok {
		return f
	}
	return os.NewFile(^uintptr(0), "none")
}
