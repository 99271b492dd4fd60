package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestAgainstCorosync gives the inputs of testdata/files to `corosync -t`, where that is installed, and
// compares texts and exit codes. Cases that differ on purpose say so.
func TestAgainstCorosync(t *testing.T) {
	tool, err := exec.LookPath("/usr/sbin/corosync")
	if err != nil {
		t.Skip("to compare with the real parser: apt install corosync")
	}
	compared, wrong := 0, []string{}
	for _, name := range []string{"syntax", "checks"} {
		datadriven.RunTest(t, filepath.Join("testdata/files", name), func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "parse" || d.HasArg("differs") {
				return d.Expected
			}
			// Node 1 is this machine, for corosync; it does not come to an end without a local address.
			text := strings.ReplaceAll(d.Input+"\n", "10.77.0.11", "127.0.0.1")
			if d.HasArg("local") || !strings.Contains(text, "127.0.0.1") && strings.Contains(text, "ring0_addr") {
				return d.Expected
			}
			file := filepath.Join(t.TempDir(), "corosync.conf")
			want, wantCode := "", 0
			if _, err := Parse(file, []byte(text)); err != nil {
				var e *Error
				errors.As(err, &e)
				want, wantCode = e.Text, e.Exit
			}
			if !strings.HasPrefix(want, "parser error: ") {
				text += "logging {\n to_syslog: no\n to_stderr: yes\n}\n"
			}
			os.WriteFile(file, []byte(text), 0o600)
			said, code := run(tool, file)
			if code != wantCode || !strings.Contains(said, want) {
				wrong = append(wrong, fmt.Sprintf("%s: we say %d %q, corosync -t:\n%d %s", d.Pos, wantCode, want, code, said))
			}
			compared++
			return d.Expected
		})
	}
	for _, w := range wrong {
		t.Error(w)
	}
	if compared < 40 {
		t.Errorf("only %d cases were compared", compared)
	}
}

func run(tool, file string) (string, int) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, tool, "-t", "-c", file)
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	return out.String(), cmd.ProcessState.ExitCode()
}
