package shell

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// terminal is crm running on a pseudo terminal.
type terminal struct {
	t    *testing.T
	dir  string
	pty  *os.File
	tty  *os.File // the other side, kept open to read its settings at the end
	cmd  *exec.Cmd
	done chan error

	mu   sync.Mutex
	text bytes.Buffer // what crm has written, without escape sequences
	seen int          // how much of it expect has passed
	grew chan struct{}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]|\x1b\\][^\a]*\a|\x1b[78=>]")

// startTerminal runs crm with the given words in a window of the given size.
func startTerminal(t *testing.T, size pty.Winsize, words ...string) *terminal {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cib.xml"), []byte(emptyCIB), 0o600); err != nil {
		t.Fatal(err)
	}
	return startTerminalIn(t, dir, size, words...)
}

func startTerminalIn(t *testing.T, dir string, size pty.Winsize, words ...string) *terminal {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startProgram(t, dir, size, program, words...)
}

// startProgram runs any program on a terminal; the directory is its home and has the CIB.
func startProgram(t *testing.T, dir string, size pty.Winsize, program string, words ...string) *terminal {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	if err := pty.Setsize(master, &size); err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, dir: dir, pty: master, tty: tty, cmd: exec.Command(program, words...), done: make(chan error, 1), grew: make(chan struct{}, 1)}
	x.cmd.Env = append(os.Environ(), mainVariable+"=1", "CIB_file="+filepath.Join(dir, "cib.xml"), "CIB_shadow_dir="+dir,
		"HOME="+dir, "XDG_CACHE_HOME=", "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "TERM="+terminalType(), "NO_COLOR=1", "PAGER=cat", "EDITOR=false")
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go x.read()
	go func() { x.done <- x.cmd.Wait() }()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		_ = master.Close()
		_ = tty.Close()
	})
	return x
}

func (x *terminal) read() {
	buf := make([]byte, 4096)
	for {
		n, err := x.pty.Read(buf)
		x.mu.Lock()
		x.text.Write(buf[:n])
		x.mu.Unlock()
		select {
		case x.grew <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// shown is the text so far without escape sequences and carriage returns.
func (x *terminal) shown() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return strings.ReplaceAll(escapes.ReplaceAllString(x.text.String(), ""), "\r", "")
}

// patience is how long a terminal may take to show something; a loaded machine needs some.
const patience = 20 * time.Second

// expect waits until the text appears behind what was expected before.
func (x *terminal) expect(text string) {
	x.t.Helper()
	deadline := time.After(patience)
	for {
		all := x.shown()
		if x.seen <= len(all) {
			if i := strings.Index(all[x.seen:], text); i >= 0 {
				x.seen += i + len(text)
				return
			}
		}
		select {
		case <-x.grew:
		case <-deadline:
			x.t.Fatalf("%q did not appear in:\n%s", text, all)
		}
	}
}

func (x *terminal) send(keys string) {
	x.t.Helper()
	if _, err := x.pty.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// end waits until crm has ended and checks that the terminal is as it was.
func (x *terminal) end(before *unix.Termios) {
	x.t.Helper()
	select {
	case err := <-x.done:
		if err != nil {
			x.t.Errorf("crm ended with %v; it showed:\n%s", err, x.shown())
		}
	case <-time.After(patience):
		x.t.Fatalf("crm does not end; it showed:\n%s", x.shown())
	}
	if before == nil {
		return
	}
	if after := x.settings(); *after != *before {
		x.t.Errorf("the terminal was not restored:\n%+v\n%+v", *before, *after)
	}
}

func (x *terminal) settings() *unix.Termios {
	x.t.Helper()
	s, err := unix.IoctlGetTermios(int(x.tty.Fd()), unix.TCGETS)
	if err != nil {
		x.t.Fatal(err)
	}
	return s
}

var usualWindow = pty.Winsize{Rows: 24, Cols: 80}

func TestTerminalPrompts(t *testing.T) {
	x := startTerminal(t, usualWindow)
	x.expect("crm(live)# ")
	x.send("cd ra\r")
	x.expect("crm(live)ra# ")
	x.send("cd ..\r")
	x.expect("crm(live)# ")
	x.send("cib new try\r")
	x.expect("INFO: cib.new: try shadow CIB created")
	x.expect("crm(try)# ")
	x.send("node\r")
	x.expect("crm(try)node# ")
	x.send("show \\\r")
	x.expect("   > ")
	x.send("\r")
	x.expect("crm(try)node# ")
	x.send("exit\r")
	x.expect("bye")
	x.end(nil)
}

func TestTerminalRestored(t *testing.T) {
	for name, leave := range map[string]string{"quit": "quit\r", "end of input": "\x04"} {
		t.Run(name, func(t *testing.T) {
			x := startTerminal(t, usualWindow, "resource")
			x.expect("crm(live)resource# ")
			before := x.settingsBefore()
			x.send("ls\r")
			x.expect("untrace")
			x.expect("crm(live)resource# ")
			x.send(leave)
			x.end(before)
		})
	}
}

// A session that is told to end gives the terminal back.
func TestTerminalSignals(t *testing.T) {
	for _, sig := range []unix.Signal{unix.SIGTERM, unix.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			x := startTerminal(t, usualWindow)
			x.expect("crm(live)# ")
			x.send("node show gr\u00fcn\r") // the editor's loop runs by now
			x.expect("gr\u00fcn")
			x.expect("crm(live)# ")
			if err := x.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			select {
			case <-x.done:
			case <-time.After(patience):
				t.Fatal("crm does not end")
			}
			if before, after := x.settingsBefore(), x.settings(); *after != *before {
				t.Errorf("the terminal was not restored:\n%+v\n%+v", *before, *after)
			}
		})
	}
}

// settingsBefore are the settings of a terminal that nobody has touched.
func (x *terminal) settingsBefore() *unix.Termios {
	x.t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		x.t.Fatal(err)
	}
	defer master.Close()
	defer tty.Close()
	s, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		x.t.Fatal(err)
	}
	return s
}

func TestTerminalTab(t *testing.T) {
	x := startTerminal(t, usualWindow)
	x.expect("crm(live)# ")
	x.send("resou\t") // no doubt: completed, with a blank
	x.expect("resource ")
	x.send("un\t") // doubt: the list
	x.expect("unmanage")
	x.expect("untrace")
	x.send("m\t") // goes on typing: completed
	x.expect("resource unmanage ")
	x.send("\x15ls\r")
	x.expect("options")
	x.expect("crm(live)# ")
	x.send("quit\r")
	x.end(nil)
}

func TestTerminalHistory(t *testing.T) {
	x := startTerminal(t, usualWindow)
	x.expect("crm(live)# ")
	x.send("node show\r")
	x.expect("crm(live)# ")
	x.send("options show core.wait\r")
	x.expect("core.wait = ") // the prompt behind the output is a new one: the terminal is raw again
	x.expect("crm(live)# ")
	x.send("de\x12") // Ctrl-R: the newest line with "de"
	x.expect("node show")
	x.send("\x03")
	x.expect("crm(live)# ")
	x.send("\x1b[A") // up: the newest line
	x.expect("options show")
	x.send("\x15quit\r")
	x.end(nil)

	// The next session has the lines.
	y := startTerminalIn(t, x.dir, usualWindow)
	y.expect("crm(live)# ")
	y.send("opt\x12")
	y.expect("options show")
	y.send("\x15quit\r")
	y.end(nil)
}

// Ctrl-R on an empty line searches while one types; Enter runs what was found, Tab takes it over, Ctrl-C forgets it.
func TestTerminalSearch(t *testing.T) {
	x := startTerminal(t, usualWindow)
	x.expect("crm(live)# ")
	for _, step := range [][2]string{{"node show", ""}, {"options show core.wait", "core.wait = "}, {"options show core.debug", "core.debug = "}} {
		x.send(step[0] + "\r")
		x.expect(step[1]) // the prompt behind the output is a new one: the terminal is raw again
		x.expect("crm(live)# ")
	}
	x.send("\x12")
	x.expect("(search: ) ")
	x.send("show")
	x.expect("(search: options show core.debug) ")
	x.send("\x12")
	x.expect("(search: options show core.wait) ")
	x.send("\r")
	x.expect("core.wait = no")
	x.expect("crm(live)# ")
	x.send("\x12")
	x.expect("(search: ) ")
	x.send("debug")
	x.expect("(search: options show core.debug) ")
	x.send("\t") // into the line, where it can be edited
	x.expect("crm(live)# options show core.debug")
	x.send("\x17core.force\r")
	x.expect("core.force = ")
	x.expect("crm(live)# ")
	x.send("\x12")
	x.expect("(search: ) ")
	x.send("opt")
	x.expect("(search: options show core.force) ")
	x.send("\x03")
	x.expect("crm(live)# ")
	x.send("quit\r")
	x.expect("bye")
	x.end(nil)
}

func TestTerminalPaste(t *testing.T) {
	for name, keys := range map[string]string{
		"plain":     "cd node\rcd ../ra\rup\r",
		"bracketed": "\x1b[200~cd node\ncd ../ra\nup\n\x1b[201~",
	} {
		t.Run(name, func(t *testing.T) {
			x := startTerminal(t, usualWindow)
			x.expect("crm(live)# ")
			x.send(keys)
			x.expect("crm(live)node# ")
			x.expect("crm(live)ra# ")
			x.expect("crm(live)# ")
			x.send("quit\r")
			x.expect("bye")
			x.end(nil)
		})
	}
}

// A long paste is not fed to the editor key by key.
func TestTerminalLongPaste(t *testing.T) {
	x := startTerminal(t, usualWindow)
	x.expect("crm(live)# ")
	x.send(strings.Repeat("# a line of a long paste that does nothing\r", 60) + "node\r")
	x.expect("crm(live)node# ")
	x.send("quit\r")
	x.end(nil)
}

func TestTerminalWithoutSize(t *testing.T) {
	x := startTerminal(t, pty.Winsize{})
	x.expect("crm(live)# ")
	x.send("no\tsh\t\r")
	x.expect("crm(live)# ")
	x.send("quit\r")
	x.expect("bye")
	x.end(nil)
}

func TestTerminalCtrlC(t *testing.T) {
	x := startTerminal(t, usualWindow)
	x.expect("crm(live)# ")
	x.send("node garbage\x03") // drops the line, not the session
	x.expect("crm(live)# ")
	x.send("node show\r")
	x.expect("crm(live)# ")
	x.send("quit\r")
	x.end(nil)
}

func TestTerminalQuestion(t *testing.T) {
	x := startTerminal(t, usualWindow, "configure", "node", "na")
	x.expect("(y/n/c)? ")
	x.send("configure show\n") // typed ahead: no answer, though it begins with the letter of one
	x.expect("(y/n/c)? ")
	x.send("no\n")
	select {
	case <-x.done:
	case <-time.After(patience):
		t.Fatal("crm does not end")
	}
}

// Ctrl-D with changes pending asks, and who wants to stay can go on working.
func TestTerminalEndOfInputStays(t *testing.T) {
	for _, kind := range []string{"xterm", "dumb"} {
		t.Run(kind, func(t *testing.T) {
			t.Setenv("CRM_TEST_TERM", kind)
			x := startTerminal(t, usualWindow, "configure")
			x.expect("crm(live)configure# ")
			enter := map[string]string{"xterm": "\r", "dumb": "\n"}[kind]
			x.send(strings.TrimSuffix(quietPrimitive("a"), "\r") + enter)
			x.expect("crm(live)configure# ")
			x.send("\x04")
			x.expect("(y/n/c)? ")
			x.send("c\n")
			x.expect("crm(live)configure# ")
			x.send("up" + enter)
			x.expect("(y/n/c)? ")
			x.send("\x03") // is an answer too
			x.expect("crm(live)configure# ")
			x.send("\x04")
			x.expect("(y/n/c)? ")
			x.send("\x03")
			x.expect("crm(live)configure# ")
			x.send("show a" + enter)
			x.expect("primitive a ")
			x.expect("crm(live)configure# ")
			x.send("\x04")
			x.expect("(y/n/c)? ")
			x.send("n\n")
			x.end(nil)
		})
	}
}

// A terminal that can do nothing but lines is served without the editor.
func TestTerminalDumb(t *testing.T) {
	t.Setenv("CRM_TEST_TERM", "dumb")
	x := startTerminal(t, usualWindow)
	x.expect("crm(live)# ")
	x.send("configure\n")
	x.expect("crm(live)configure# ")
	x.send(strings.TrimSuffix(quietPrimitive("a"), "\r") + "\n")
	x.expect("crm(live)configure# ")
	x.send("up\n")
	x.expect("(y/n/c)? ")
	x.send("n\n")
	x.expect("crm(live)# ")
	x.send("bye\n")
	x.expect("bye\nbye")
	x.end(nil)
}

// Ctrl-C ends the command that runs, not the session.
func TestTerminalInterruptsCommand(t *testing.T) {
	x := startTerminal(t, usualWindow, "configure")
	x.expect("crm(live)configure# ")
	x.send("filter 'echo begun >&2; sleep 100'\r")
	x.expect("begun\n")
	x.send("\x03")
	x.expect("crm(live)configure# ")
	x.send("ls\r")
	x.expect("verify")
	x.expect("crm(live)configure# ")
	x.send("quit\r")
	x.expect("bye")
	x.end(nil)
}

// terminalType is what TERM says in the test.
func terminalType() string {
	if name := os.Getenv("CRM_TEST_TERM"); name != "" {
		return name
	}
	return "xterm"
}
