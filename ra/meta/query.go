package meta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"sort"
	"strings"
	"syscall"
	"time"
)

// Timeout bounds one question for metadata.
const Timeout = 30 * time.Second

// maxOutput bounds what is read of an agent's answer; the largest real one has 100 kB.
const maxOutput = 4 << 20

// Query runs an agent and returns what it prints; the process group is killed when the context ends or
// after Timeout. A missing file gives an error that wraps ErrNotInstalled.
func Query(ctx context.Context, env []string, path string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	out, errOut := limited{max: maxOutput}, limited{max: 4096}
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w", path, ErrNotInstalled)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s %s: %w", path, strings.Join(args, " "), ctx.Err())
	case err != nil:
		return nil, fmt.Errorf("%s %s: %w%s", path, strings.Join(args, " "), err, lastLine(errOut.Bytes()))
	}
	return out.Bytes(), nil
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return ": " + last
	}
	return ""
}

// limited keeps the first max bytes and drops the rest, so that a mad agent cannot fill the memory.
type limited struct {
	bytes.Buffer
	max int
}

func (l *limited) Write(p []byte) (int, error) {
	if room := l.max - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// Executables lists the names of the executable regular files in a folder, sorted by byte; none if the
// folder is missing. Hidden files and those that skip refuses are left out.
func Executables(dir string, skip func(name string) bool) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || (skip != nil && skip(e.Name())) {
			continue
		}
		if IsExecutable(dir + "/" + e.Name()) {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	return names
}

// IsExecutable reports whether the path is a regular file that somebody may execute.
func IsExecutable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0
}
