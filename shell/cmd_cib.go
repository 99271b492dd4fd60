package shell

import (
	"context"
	"fmt"
	"os"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/shell/backend"
)

func cibLevel() *Level {
	shadow := []Completer{completeShadows}
	return &Level{Name: "cib", Short: "shadow copies of the configuration", Commands: withShared(false,
		&Command{Name: "new", Args: "[<name>] [empty] [force] [withstatus]", Max: 4, Short: "make a shadow copy and use it", Run: runCibNew,
			Complete: []Completer{nil, fixed("empty", "force", "withstatus")},
			Long:     "Without a name the copy is temporary: it is removed when it is committed or the shell ends."},
		&Command{Name: "use", Args: "[<name>|live] [withstatus]", Max: 2, Short: "work on a shadow copy, or on the cluster", Run: runCibUse,
			Complete: []Completer{either(completeShadows, fixed("live")), fixed("withstatus")}},
		&Command{Name: "commit", Args: "[<name>]", Max: 1, Short: "give a shadow copy to the cluster", Run: runCibCommit, Complete: shadow},
		&Command{Name: "delete", Args: "<name>", Min: 1, Max: 1, Short: "delete a shadow copy", Run: runCibDelete, Complete: shadow},
		&Command{Name: "reset", Args: "<name>", Min: 1, Max: 1, Short: "copy the cluster's configuration again", Run: runCibReset, Complete: shadow},
		&Command{Name: "diff", Max: 0, Short: "compare the shadow copy in use with the cluster", Run: runCibDiff},
		&Command{Name: "list", Max: 0, Short: "list the shadow copies", Run: runCibList},
		&Command{Name: "import", Args: "<file> [<name>]", Min: 1, Max: 2, Short: "make a shadow copy of a CIB file and use it", Run: runCibImport, Complete: []Completer{completeFiles}},
		subLevel(cibstatusLevel()),
	)}
}

// temporaryShadow is the prompt's name for a copy without a name.
const temporaryShadow = "@tmp@"

// liveDocument reads the cluster's document, whatever shadow is in use.
func (s *Session) liveDocument(ctx context.Context) (*cib.Document, error) {
	c, _, err := backend.Open(s.target.Live())
	if err != nil {
		return nil, err
	}
	return c.CIB(ctx)
}

// useTarget makes the commands act on a shadow copy, or with "" on the cluster.
func (s *Session) useTarget(ctx context.Context, shadow string) error {
	if s.target.Shadow == shadow {
		return nil
	}
	if !s.settlePending(ctx) {
		return errSaid
	}
	if s.target.Shadow == temporaryShadow {
		_ = s.target.RemoveShadow(temporaryShadow)
	}
	s.target.Shadow = shadow
	s.forget()
	return nil
}

func runCibNew(ctx context.Context, s *Session, args []string) error {
	name, empty, force := "", false, s.forced()
	for i, w := range args {
		switch {
		case w == "empty":
			empty = true
		case w == "force", w == "--force":
			force = true
		case w == "withstatus": // a copy always has the status
		case i == 0 && w != "live":
			name = w
		default:
			return usagef("unexpected %q: expected [<name>] [empty] [force] [withstatus]", w)
		}
	}
	doc := cib.New()
	if !empty {
		var err error
		if doc, err = s.liveDocument(ctx); err != nil {
			return err
		}
	}
	write := s.target.CreateShadow
	if force || name == "" {
		write = s.target.WriteShadow
	}
	shown := name
	if name == "" {
		name = temporaryShadow
	}
	if err := write(name, doc); err != nil {
		return usagef("%v", err)
	}
	if !empty {
		if err := s.target.SetShadowBase(name, doc.Version()); err != nil {
			return err
		}
	}
	if shown != "" {
		s.infof("cib.new: %s shadow CIB created", shown)
	}
	return s.useTarget(ctx, name)
}

func runCibUse(ctx context.Context, s *Session, args []string) error {
	if len(args) == 0 || args[0] == "live" {
		return s.useTarget(ctx, "")
	}
	wanted := s.target
	wanted.Shadow = args[0]
	if err := wanted.CheckShadow(); err != nil {
		return usagef("%v", err)
	}
	return s.useTarget(ctx, args[0])
}

func runCibCommit(ctx context.Context, s *Session, args []string) error {
	name := s.target.Shadow
	if len(args) == 1 {
		name = args[0]
	}
	if name == "" {
		return usagef("There is nothing to commit")
	}
	from := s.target
	from.Shadow = name
	shadow, _, err := backend.Open(from)
	if err != nil {
		return usagef("%v", err)
	}
	doc, err := shadow.CIB(ctx)
	if err != nil {
		return err
	}
	live, _, err := backend.Open(s.target.Live())
	if err != nil {
		return err
	}
	configuration := doc.Section("configuration")
	if configuration == nil {
		return usagef("%s has no configuration", name)
	}
	if err := s.checkBase(ctx, name, live); err != nil {
		return err
	}
	r := stamp(cib.Request{Op: cib.OpReplace, Section: "configuration", XML: cib.XML(configuration, false)})
	if err := live.Perform(ctx, r); err != nil {
		return err
	}
	if now, err := live.CIB(ctx); err == nil { // else the next commit of this copy asks for force
		_ = s.target.SetShadowBase(name, now.Version())
	}
	s.infof("cib.commit: committed '%s' shadow CIB to the cluster", name)
	if name == temporaryShadow {
		return s.useTarget(ctx, "")
	}
	return nil
}

// checkBase refuses a commit that would undo what others have changed since the copy was made: it replaces the whole
// configuration.
func (s *Session) checkBase(ctx context.Context, name string, live api.Cluster) error {
	base, known := s.target.ShadowBase(name)
	if !known || s.forced() {
		return nil
	}
	doc, err := live.CIB(ctx)
	if err != nil {
		return err
	}
	now := doc.Version()
	if now.AdminEpoch == base.AdminEpoch && now.Epoch == base.Epoch {
		return nil
	}
	return &cib.Error{Code: exit.Old, Text: fmt.Sprintf("the cluster's configuration was changed since '%s' was copied from it (version %d.%d, now %d.%d): committing the copy would undo that",
		name, base.AdminEpoch, base.Epoch, now.AdminEpoch, now.Epoch),
		Hint: "'cib diff' shows the differences; 'crm -F cib commit " + name + "' commits all the same; 'cib reset " + name + "' starts over from the cluster"}
}

func runCibDelete(_ context.Context, s *Session, args []string) error {
	if args[0] == s.target.Shadow {
		return usagef("%s shadow CIB is in use", args[0])
	}
	if err := s.target.RemoveShadow(args[0]); err != nil {
		return usagef("%v", err)
	}
	s.infof("cib.delete: %s shadow CIB deleted", args[0])
	return nil
}

func runCibReset(ctx context.Context, s *Session, args []string) error {
	wanted := s.target
	wanted.Shadow = args[0]
	if err := wanted.CheckShadow(); err != nil {
		return usagef("%v", err)
	}
	doc, err := s.liveDocument(ctx)
	if err != nil {
		return err
	}
	if err := s.target.WriteShadow(args[0], doc); err != nil {
		return err
	}
	if err := s.target.SetShadowBase(args[0], doc.Version()); err != nil {
		return err
	}
	s.infof("cib.reset: copied live CIB to %s", args[0])
	return nil
}

func runCibDiff(ctx context.Context, s *Session, _ []string) error {
	if s.target.Shadow == "" {
		return usagef("no shadow CIB is in use: 'cib use <name>' first")
	}
	live, err := s.liveDocument(ctx)
	if err != nil {
		return err
	}
	shadow, err := s.document(ctx)
	if err != nil {
		return err
	}
	s.page(cibDiffText(live, shadow))
	return nil
}

func runCibList(_ context.Context, s *Session, _ []string) error {
	names, err := s.target.Shadows()
	for _, n := range names {
		if n != temporaryShadow {
			s.println(n)
		}
	}
	return err
}

func runCibImport(ctx context.Context, s *Session, args []string) error {
	name := temporaryShadow
	if len(args) == 2 {
		name = args[1]
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	doc, err := cib.Parse(data)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if err := s.target.WriteShadow(name, doc); err != nil {
		return usagef("%v", err)
	}
	return s.useTarget(ctx, name)
}
