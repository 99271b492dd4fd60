package configure

import (
	"context"
	"fmt"

	"quorate/engine/cib"
	"quorate/grammar"
)

// Schema returns the name of the schema in use or, with a name, stages another one.
func (b *Buffer) Schema(args []string) (string, error) {
	switch len(args) {
	case 0:
		return b.schema(), nil
	case 1:
		return "", b.setSchema(args[0])
	}
	return "", fmt.Errorf("configure.schema: Expected ([schema]), takes at most 1 arguments (%d given)", len(args))
}

func (b *Buffer) setSchema(name string) error {
	if !knownSchema(name) {
		return fmt.Errorf("schema %s does not exist%s", name, meant(name, Schemas()))
	}
	return b.command([]string{"schema", name}, func() error {
		if name != b.schema() {
			b.setAttr(b.doc.Root(), "validate-with", name, false)
		}
		return nil
	})
}

// Schemas lists the names of schemas that can be used, oldest first.
func Schemas() []string {
	out := []string{"pacemaker-1.0", "pacemaker-1.2", "pacemaker-1.3"}
	for i := 0; i <= 10; i++ {
		out = append(out, fmt.Sprintf("pacemaker-2.%d", i))
	}
	for i := 0; i <= 9; i++ {
		out = append(out, fmt.Sprintf("pacemaker-3.%d", i))
	}
	return append(out, "none")
}

func knownSchema(name string) bool {
	for _, s := range Schemas() {
		if s == name {
			return true
		}
	}
	return false
}

// meant is " (did you mean …?)" for a near miss, else "".
func meant(word string, candidates []string) string {
	if near := grammar.Nearest(word, candidates); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

// Upgrade brings the cluster's CIB to the newest schema, at once; without force it only says that force is needed.
// Pending changes stay pending: they are made to what was loaded, and the commit merges them.
func (b *Buffer) Upgrade(force bool) error {
	if !force && !b.opt.Force {
		return fmt.Errorf("configure.upgrade: 'force' option is required")
	}
	ctx := context.Background()
	if err := b.cluster.Perform(ctx, b.request(cib.OpUpgrade)); err != nil || b.HasChanges() {
		return err
	}
	return b.load(ctx)
}

// DefaultTimeouts sets the timeout of the operations of primitives to what the agent advises, and adds start
// and stop (for promotable resources promote and demote too, for those that may migrate migrate_to and migrate_from) with
// that timeout.
func (b *Buffer) DefaultTimeouts(ids []string) error {
	if len(ids) == 0 {
		return fmt.Errorf("configure.default-timeouts: Expected at least 1 argument (0 given)")
	}
	failed := false
	err := b.command(append([]string{"default-timeouts"}, ids...), func() error {
		for _, id := range ids {
			e := b.object(id)
			if e == nil {
				b.rep.Error("%v", b.noObject(id))
				failed = true
				continue
			}
			if e.Tag != "primitive" {
				b.rep.Error("element %s is not a primitive", id)
				failed = true
				continue
			}
			b.defaultTimeouts(e)
		}
		return nil
	})
	if failed {
		return ErrReported
	}
	return err
}
