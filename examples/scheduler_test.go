package examples

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what the commands of docs/scheduler.md print into the page")

var console = regexp.MustCompile("(?ms)^```console\n(.*?)```\n")

// TestScheduler runs the commands of docs/scheduler.md one after the other in one folder and compares what they print.
func TestScheduler(t *testing.T) {
	const page = "../docs/scheduler.md"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	example, err := os.ReadFile("failure.crm")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/failure.crm", example, 0o644); err != nil {
		t.Fatal(err)
	}
	commands := 0
	got := console.ReplaceAllStringFunc(string(data), func(block string) string {
		var out strings.Builder
		for _, line := range strings.Split(block, "\n") {
			if line, ok := strings.CutPrefix(line, "$ "); ok {
				commands++
				out.WriteString("$ " + line + "\n" + run(t, dir, line))
			}
		}
		return "```console\n" + out.String() + "```\n"
	})
	if commands < 6 {
		t.Errorf("only %d commands found", commands)
	}
	if *rewrite {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(data) {
		t.Errorf("the page says something else than what happens; see with -rewrite and git diff")
	}
}

// run executes one command line and returns its output; complaints, as of agents that are not installed, are not part of it.
func run(t *testing.T, dir, line string) string {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command("sh", "-c", line)
	c.Dir, c.Stdout, c.Stderr = dir, &out, &errs
	c.Env = append(os.Environ(), "HOME="+dir, "TZ=UTC")
	if err := c.Run(); err != nil {
		t.Errorf("%s: %v: %s", line, err, errs.String())
	}
	return out.String()
}
