package shell

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A script that is interrupted ends at once, and what it had not committed is not committed.
func TestBatchInterrupted(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "cib.xml")
	if err := os.WriteFile(path, []byte(emptyCIB), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-F", "configure")
	cmd.Env = append(os.Environ(), mainVariable+"=1", "HOME="+dir, "CIB_file="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(in, "primitive a ocf:quorate:Dummy\nshow a\n")
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "primitive a ocf:quorate:Dummy" {
		t.Fatalf("the script shows %q", lines.Text())
	}
	if err := cmd.Process.Signal(unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest := ""
	for lines.Scan() {
		rest += lines.Text() + "\n"
	}
	err = cmd.Wait()
	if cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the script ends with %v", err)
	}
	if !strings.Contains(rest, "the pending changes are dropped") {
		t.Errorf("the person is told %q", rest)
	}
	if data, _ := os.ReadFile(path); string(data) != emptyCIB {
		t.Errorf("the CIB was changed:\n%s", data)
	}
}
