package tools

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Stdout is the standard output of this process. lost tells, at the end, what hindered its writing: what went to a full disk
// must not pass for success. A terminal stays a file, since much is different there.
func Stdout() (out io.Writer, lost func() error) {
	if term.IsTerminal(int(os.Stdout.Fd())) {
		return os.Stdout, func() error { return nil }
	}
	w := &watchedWriter{w: os.Stdout}
	return w, func() error { return w.err }
}

// watchedWriter remembers the first error of its writes.
type watchedWriter struct {
	w   io.Writer
	err error
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}
