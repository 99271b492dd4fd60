package shell

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/term"

	"quorate/shell/tools"
)

// page prints a text; at a terminal, one that is longer than the screen goes through the pager.
func (s *Session) page(text string) {
	if text == "" {
		return
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	out, isFile := s.Out.(*os.File)
	if s.tty && isFile && term.IsTerminal(int(out.Fd())) {
		cols, rows := windowSize(int(out.Fd()))
		if tools.ScreenLines(text, cols) >= rows && s.runPager(text, out) {
			return
		}
	}
	_, _ = io.WriteString(s.Out, text)
}

// runPager tells whether there was a pager to show the text.
func (s *Session) runPager(text string, out *os.File) bool {
	program := s.prefs.get("core.pager")
	if program == "" {
		program = os.Getenv("PAGER")
	}
	if program == "" {
		program = "less -R"
	}
	words := strings.Fields(program)
	if _, err := exec.LookPath(words[0]); err != nil {
		return false
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), out, os.Stderr
	return cmd.Run() == nil
}

// crashReport writes what is known about a fault of ours into a file and returns the line for the person.
func crashReport(p any) string {
	name := filepath.Join(os.TempDir(), fmt.Sprintf("crm-crash-%s-%d.txt", time.Now().Format("20060102-150405"), os.Getpid()))
	text := fmt.Sprintf("crm %s\n%v\n\n%s", Version, p, debug.Stack())
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return fmt.Sprintf("internal fault (%v); no report could be written: %v", p, err)
	}
	return "internal fault; please report it with the file " + name
}
