package shell

import (
	"context"
	"errors"
)

func configureLevel() *Level {
	return &Level{Name: "configure", Short: "the configuration", Commands: withShared(false)}
}

// offerRecovery offers the pending changes of a session that ended without warning.
func (s *Session) offerRecovery(context.Context) {}

// settlePending deals with pending changes before another CIB is used.
func (s *Session) settlePending(context.Context) bool { return true }

func (s *Session) showObjects(context.Context, []string) error { return errors.New("later") }
