package shell

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// At a terminal a wait shows a dot a second; what is done at once, and a script, show nothing.
func TestShowWaiting(t *testing.T) {
	for _, c := range []struct {
		tty  bool
		took time.Duration
		want string
	}{
		{true, 3500 * time.Millisecond, "waiting for the cluster ...\n"},
		{true, 900 * time.Millisecond, ""},
		{false, 3500 * time.Millisecond, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			s := &Session{Out: &out, tty: c.tty}
			stop := s.showWaiting()
			<-time.After(c.took) // in the time of the bubble
			stop()
			if out.String() != c.want {
				t.Errorf("%v at a terminal %v: %q, not %q", c.took, c.tty, out.String(), c.want)
			}
		})
	}
}
