package api

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"quorate/engine/cib"
	"quorate/engine/exit"
)

// TestEngineThatIsStuck: who asks an engine that takes connections and answers nothing is told so; what may take long is waited
// for as long as the caller wants.
func TestEngineThatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var others []net.Conn
		client := NewClient("http://node", func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			others = append(others, theirs)
			go func() { // reads, and never answers
				buf := make([]byte, 4096)
				for {
					if _, err := theirs.Read(buf); err != nil {
						return
					}
				}
			}()
			return ours, nil
		})
		begun := time.Now()
		for name, ask := range map[string]func() error{
			"status": func() error { _, err := client.Status(t.Context()); return err },
			"cib":    func() error { _, err := client.CIB(t.Context()); return err },
			"links":  func() error { _, err := client.Links(t.Context()); return err },
		} {
			if err := ask(); cib.CodeOf(err) != exit.Timeout || err == nil || err.Error() == "no answer in time" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if took := time.Since(begun); took != 3*answerPatience {
			t.Errorf("three questions took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begun = time.Now()
		if err := client.WaitIdle(ctx); cib.CodeOf(err) != exit.Timeout || time.Since(begun) != time.Hour {
			t.Errorf("a wait: %v after %v", err, time.Since(begun))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := client.Status(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted: %v", err)
		}
		client.Close()
		for _, c := range others {
			c.Close()
		}
	})
}
