package shell

import (
	"context"
	"os/user"
	"time"

	"quorate/engine/cib"
)

// document returns a private copy of the newest document of the cluster that commands act on.
func (s *Session) document(ctx context.Context) (*cib.Document, error) {
	c, err := s.Cluster()
	if err != nil {
		return nil, err
	}
	return c.CIB(ctx)
}

// reading gives the configuration for a command that only looks at it.
func (s *Session) reading(ctx context.Context) (*confEdit, error) {
	doc, err := s.document(ctx)
	if err != nil {
		return nil, err
	}
	return newConfEdit(doc.Root()), nil
}

// change lets edit work on a copy of the configuration and has the cluster take over the difference,
// so that what others changed in the meantime stays. An error of edit leaves everything as it is. What edit
// has to tell with then comes when the change is made.
func (s *Session) change(ctx context.Context, edit func(e *confEdit) error) error {
	before, err := s.document(ctx)
	if err != nil {
		return err
	}
	after := before.Copy()
	e := newConfEdit(after.Root())
	if err := edit(e); err != nil {
		return err
	}
	if changes := cib.Diff(before, after); len(changes) > 0 {
		if err := s.cluster.Perform(ctx, stamp(cib.Request{Op: cib.OpPatch, Changes: changes})); err != nil {
			return err
		}
	}
	e.finish()
	return nil
}

// stamp notes who asks, and when.
func stamp(r cib.Request) cib.Request {
	if u, err := user.Current(); err == nil {
		r.User = u.Username
	}
	r.Client = "crm"
	r.Written = time.Now().Format("Mon Jan _2 15:04:05 2006")
	return r
}
