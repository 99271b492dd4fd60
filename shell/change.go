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
// so that what others changed in the meantime stays. An error of edit leaves everything as it is.
func (s *Session) change(ctx context.Context, edit func(e *confEdit) error) error {
	before, err := s.document(ctx)
	if err != nil {
		return err
	}
	after := before.Copy()
	if err := edit(newConfEdit(after.Root())); err != nil {
		return err
	}
	changes := cib.Diff(before, after)
	if len(changes) == 0 {
		return nil
	}
	return s.cluster.Perform(ctx, stamp(cib.Request{Op: cib.OpPatch, Changes: changes}))
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
