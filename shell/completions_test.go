package shell

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/creack/pty"
)

// TestShellCompletions presses Tab in the real shells, with the stubs of completions/.
func TestShellCompletions(t *testing.T) {
	stubs, err := filepath.Abs(filepath.Join("..", "completions"))
	if err != nil {
		t.Fatal(err)
	}
	for _, sh := range []struct {
		name  string
		words []string
		setup string
	}{
		{"bash", []string{"--norc", "--noprofile", "-i"}, "PS1='ready> '; bind 'set show-all-if-ambiguous on'; . " + filepath.Join(stubs, "crm.bash")},
		{"zsh", []string{"-f", "-i"}, "PS1='ready> '; autoload -Uz compinit; compinit -u -D; . " + filepath.Join(stubs, "_crm")},
		{"fish", []string{"--no-config", "-i"}, "function fish_prompt; echo 'ready> '; end; source " + filepath.Join(stubs, "crm.fish")},
	} {
		t.Run(sh.name, func(t *testing.T) {
			program, err := exec.LookPath(sh.name)
			if err != nil {
				t.Skipf("%s is not installed: install the package %s to test its completion", sh.name, sh.name)
			}
			x := shellTerminal(t, program, sh.words)
			x.send(sh.setup + "; echo set''up\r")
			x.expect("setup\n")
			x.expect("ready> ")
			x.send("crm resour\t") // no doubt: completed
			x.expect("crm resource ")
			x.send("unm\t")
			x.expect("unmanage ")
			x.send("\x15crm ra list oc\t\x15") // from the agents of this machine
			x.expect("ocf ")
			x.send("crm ra info ocf:quo\t") // behind a colon, and no blank yet
			x.expect("ocf:quorate:")
			x.send("Dum\t")
			x.expect("Dummy ")
			x.send("\x15crm -F res\t") // behind an option
			x.expect("resource ")
			x.send("\x15exit\r")
		})
	}
}

// shellTerminal runs a shell on a terminal, with this test binary as the crm of its PATH.
func shellTerminal(t *testing.T, program string, words []string) *terminal {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "crm")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cib.xml"), []byte(emptyCIB), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return startProgram(t, dir, pty.Winsize{Rows: 24, Cols: 80}, program, words...)
}
