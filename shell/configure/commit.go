package configure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quorate/engine/cib"
)

// Commit brings the changes to the cluster. args are "[force] [replace]". By default the difference between the
// loaded and the staged CIB is merged with the current one, so that what others did meanwhile stays; only
// where both changed the same thing is it refused, with the difference, and nothing is applied. replace
// puts the staged CIB in place of the current one, and refuses when that has changed, unless forced.
func (b *Buffer) Commit(ctx context.Context, args []string) error {
	force, replace := b.opt.Force, false
	for _, a := range args {
		switch {
		case a == "force" || a == "--force":
			force = true
		case a == "replace" || a == "--replace":
			replace = true
		default:
			return fmt.Errorf("syntax parsing 'configure.commit %s'", strings.Join(args, " "))
		}
	}
	if !b.HasChanges() {
		b.rep.Info("apparently there is nothing to commit")
		b.rep.Info("try changing something first")
		return nil
	}
	checked := b.hasPrimitive()
	if checked && !b.report(b.news()) {
		switch {
		case force:
			b.rep.Info("commit forced")
		case b.opt.Confirm == nil || !b.opt.Confirm("Do you still want to commit"):
			return ErrReported
		}
	}
	if err := b.checkSchema(checked); err != nil {
		return err
	}
	if err := b.send(ctx, force, replace); err != nil {
		return err
	}
	return b.load(ctx)
}

// news are the findings without the warnings that hold for the loaded CIB too: a commit tells what it brings.
func (b *Buffer) news() []Finding {
	findings := b.Findings()
	if !slices.ContainsFunc(findings, func(f Finding) bool { return !f.Error }) {
		return findings
	}
	before := &Buffer{cluster: b.cluster, opt: b.opt, rep: b.rep, base: b.base, doc: b.base, provider: b.provider, metas: b.metas}
	before.index()
	known := before.Findings()
	return slices.DeleteFunc(findings, func(f Finding) bool { return !f.Error && slices.Contains(known, f) })
}

func (b *Buffer) hasPrimitive() bool {
	for _, e := range b.objects() {
		if e.Tag == "primitive" {
			return true
		}
	}
	return false
}

// checkSchema refuses a CIB that its schema does not allow: then nothing is written, forced or not. told says that the
// findings were reported already.
func (b *Buffer) checkSchema(told bool) error {
	problems := cib.Validate(b.doc)
	if len(problems) == 0 {
		return nil
	}
	for _, p := range problems {
		if !told {
			b.rep.Error("%s", p)
		}
	}
	return errors.New("the configuration does not conform to its schema: nothing was committed")
}

func (b *Buffer) request(op cib.RequestOp) cib.Request {
	r := cib.Request{Op: op, Client: b.opt.Client, User: b.opt.User, Origin: b.opt.Origin}
	if b.opt.Now != nil {
		r.Written = b.opt.Now()
	}
	return r
}

// send performs the request; where it meets what others changed, the error shows both sides.
func (b *Buffer) send(ctx context.Context, force, replace bool) error {
	if replace {
		return b.sendReplacement(ctx, force)
	}
	r := b.request(cib.OpPatch)
	r.Changes = cib.Diff(b.base, b.doc)
	err := b.cluster.Perform(ctx, r)
	var refused *cib.Error
	if errors.As(err, &refused) && len(refused.Conflicts) > 0 {
		return conflictError(refused.Conflicts)
	}
	return err
}

// sendReplacement puts the staged configuration in place of the current one, which is to be the loaded one unless forced.
func (b *Buffer) sendReplacement(ctx context.Context, force bool) error {
	current, err := b.cluster.CIB(ctx)
	if err != nil {
		return err
	}
	was, now := b.base.Version(), current.Version()
	if (was.Epoch != now.Epoch || was.AdminEpoch != now.AdminEpoch) && !force {
		b.rep.Warn("CIB changed in the meantime: won't touch it!")
		b.rep.Info("%s", waysOut)
		return ErrReported
	}
	d := current.Copy()
	replaceConfiguration(d, b.doc)
	r := b.request(cib.OpPatch) // not the whole document: its status is older than the cluster's by now
	r.Changes = cib.Diff(current, d)
	return b.cluster.Perform(ctx, r)
}

// replaceConfiguration puts the configuration of staged into d; the status stays.
func replaceConfiguration(d, staged *cib.Document) {
	from, to := staged.Section("configuration"), d.Section("configuration")
	root := d.Root()
	if a := staged.Root().SelectAttr("validate-with"); a != nil {
		root.CreateAttr("validate-with", a.Value)
	}
	index := 0
	if to != nil {
		index = to.Index()
		root.RemoveChildAt(index)
	}
	if from != nil {
		root.InsertChildAt(index, copyOf(from))
	}
	d.Touch()
}

// diffLine is one side of a difference in an attribute; an empty value means that it is not there.
func diffLine(sign, name, value, whose string) string {
	if value == "" {
		return fmt.Sprintf("%s no %s (%s)", sign, name, whose)
	}
	return fmt.Sprintf("%s %s=%q (%s)", sign, name, value, whose)
}

// waysOut are the two ends of a conflict.
const waysOut = "use 'refresh' to drop your changes and see theirs, or 'commit force replace' to put your configuration in place of all of theirs"

// conflictError says what both sides changed, as a difference from theirs to ours.
func conflictError(conflicts []cib.Conflict) error {
	lines := []string{"the configuration was changed by somebody else in the same places; nothing was committed:"}
	for _, c := range conflicts {
		if c.Attr == "" {
			lines = append(lines, "  "+c.Text)
			continue
		}
		lines = append(lines, "@@ "+c.Path, diffLine("-", c.Attr, c.Theirs, "theirs"), diffLine("+", c.Attr, c.Ours, "yours"))
	}
	lines = append(lines, waysOut)
	return errors.New(strings.Join(lines, "\n"))
}
