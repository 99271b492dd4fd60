package tools

import (
	"errors"
	"testing"
)

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.room {
		return 0, errors.New("full")
	}
	d.room -= len(p)
	return len(p), nil
}

// TestWatchedWriter: what was lost once is known at the end, whatever was written after it.
func TestWatchedWriter(t *testing.T) {
	w := &watchedWriter{w: &fullDisk{room: 4}}
	for _, text := range []string{"abc", "def", "g"} {
		_, _ = w.Write([]byte(text))
	}
	if w.err == nil {
		t.Error("a lost text is not known")
	}
	if w := (&watchedWriter{w: &fullDisk{room: 4}}); w.err != nil {
		t.Error("an error before anything was written")
	} else if _, _ = w.Write([]byte("abc")); w.err != nil {
		t.Error("an error where all was written")
	}
}
