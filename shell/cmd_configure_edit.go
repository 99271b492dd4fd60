package shell

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"quorate/shell/configure"
)

// staged makes a command of something that is done to the pending configuration.
func staged(run func(ctx context.Context, b *configure.Buffer, args []string) error) func(context.Context, *Session, []string) error {
	return func(ctx context.Context, s *Session, args []string) error {
		b, err := s.editBuffer(ctx)
		if err != nil {
			return err
		}
		return run(ctx, b, args)
	}
}

// configureCommands are the commands that are no statements.
func configureCommands() []*Command {
	ids := []Completer{completeObjects}
	specs := []Completer{completeShowSpecs}
	return []*Command{
		{Name: "show", Args: "[xml] [<id>|<glob>|type:<type>|tag:<tag>|related:<object>|changed|obscure:<glob> ...]", Max: anyNumber,
			Short: "show objects", Run: runConfigureShow, Complete: specs, Long: "The conditions are joined by 'or'; 'and' takes what both sides have."},
		{Name: "edit", Args: "[xml] [<id> ...]", Max: anyNumber, Short: "edit objects in your editor", Run: runConfigureEdit, Complete: specs},
		{Name: "filter", Args: "<program> [xml] [<id> ...]", Min: 1, Max: anyNumber, Short: "pass objects through a program",
			Run: staged(filterObjects), Complete: append([]Completer{nil}, specs...)},
		{Name: "set", Args: "<id>.[<op>.[<interval>.]]<name> <value>", Min: 2, Max: 2, Short: "change one attribute", Run: staged(setValue)},
		{Name: "modgroup", Args: "<group> add <resource> [before|after <resource>] | <group> remove <resource>", Min: 3, Max: 5,
			Short: "change the members of a group", Run: staged(modGroup),
			Complete: []Completer{completeObjectsOf("group"), fixed("add", "remove"), completeObjectsOf("primitive"), fixed("before", "after"), completeObjectsOf("primitive")}},
		{Name: "delete", Aliases: []string{"rm"}, Args: "[-f|--force] <id> ...", Max: anyNumber, Short: "delete objects", Run: runConfigureDelete, Complete: ids,
			Long: "What depends on them goes as well: constraints that lose a party, groups that lose all members.\nA resource that runs is refused; with --force it is stopped first."},
		{Name: "rename", Args: "<old-id> <new-id>", Min: 2, Max: 2, Short: "give an object another id", Run: staged(renameObject), Complete: []Completer{completeObjects, nil}},
		{Name: "default-timeouts", Aliases: []string{"default_timeouts"}, Args: "<id> ...", Min: 1, Max: anyNumber, Short: "use the timeouts that agents advise",
			Run: staged(defaultTimeouts), Complete: []Completer{completeObjectsOf("primitive", "template")}},
		{Name: "erase", Args: "[nodes]", Max: 1, Short: "delete everything but the nodes, or the nodes", Run: staged(eraseObjects), Complete: []Completer{fixed("nodes")}},
		{Name: "refresh", Max: 0, Short: "drop the pending changes", Run: staged(func(ctx context.Context, b *configure.Buffer, _ []string) error { return b.Refresh(ctx) })},
		{Name: "undo", Max: 0, Whole: true, LsOther: true, Short: "take the last change back", Run: staged(undoChange)},
		{Name: "load", Args: "[xml] replace|update|push <file>|<url>|-", Max: anyNumber, Short: "read objects from a file", Run: staged(loadObjects),
			Complete: []Completer{fixed("xml", "replace", "update", "push"), either(fixed("replace", "update", "push"), completeFiles), completeFiles},
			Long:     "update adds objects and replaces those with the same id; push also deletes all others; replace begins with nothing but the nodes. A file with an error is refused as a whole."},
		{Name: "save", Args: "[xml] [<id> ...] <file>|-", Max: anyNumber, Short: "write objects to a file", Run: staged(saveObjects), Complete: specs},
		{Name: "commit", Args: "[force] [replace]", Max: 2, Short: "make the changes take effect", Run: runConfigureCommit, Complete: []Completer{fixed("force", "replace")},
			Long: "Only what was changed here is changed in the cluster: what others did in the meantime stays.\n'replace' overwrites the configuration, unless it was changed meanwhile; 'force' does so anyway and passes over failed checks."},
		{Name: "verify", Max: 0, Short: "check the configuration", Run: staged(func(_ context.Context, b *configure.Buffer, _ []string) error { return b.Verify() })},
		{Name: "validate-all", Aliases: []string{"validate_all"}, Args: "<resource>", Min: 1, Max: 1, Short: "have the agent check its parameters", Run: runValidateAll,
			Complete: []Completer{completeObjectsOf("primitive")}},
		{Name: "schema", Args: "[<schema>]", Max: 1, Short: "show or set the schema", Run: runConfigureSchema},
		{Name: "upgrade", Args: "[force]", Max: 1, Short: "use the newest schema", Run: staged(upgradeSchema), Complete: []Completer{fixed("force")}},
		{Name: "get_property", Aliases: []string{"get-property"}, Args: "[-t|--true] [<name> ...]", Max: anyNumber, Short: "show properties or their defaults", Run: runGetProperty,
			Complete: []Completer{completeProperties("")}},
		{Name: "graph", Args: "[dot|svg [<file> [dot|svg]]]", Max: 3, Short: "draw the configuration", Run: runGraph,
			Complete: []Completer{fixed("dot", "svg"), completeFiles, fixed("dot", "svg")}, Long: "Without a file the picture is printed as text."},
		{Name: "ptest", Aliases: []string{"simulate"}, Args: "[nograph] [v...] [scores] [actions] [utilization]", Max: anyNumber, Short: "show what a commit would do",
			Run: runConfigureSimulate, Complete: []Completer{fixed("nograph", "scores", "actions", "utilization")}},
		{Name: "rsctest", Args: "<resource> ...", Max: anyNumber, Short: "try out agents",
			Run: notThere("it would log in to other nodes; 'ra validate' and 'maintenance action' work on this one")},
	}
}

func setValue(_ context.Context, b *configure.Buffer, args []string) error {
	return b.Set(args[0], args[1])
}

func modGroup(_ context.Context, b *configure.Buffer, args []string) error { return b.ModGroup(args) }

func renameObject(_ context.Context, b *configure.Buffer, args []string) error {
	return b.Rename(args[0], args[1])
}

func defaultTimeouts(_ context.Context, b *configure.Buffer, args []string) error {
	return b.DefaultTimeouts(args)
}

func eraseObjects(_ context.Context, b *configure.Buffer, args []string) error { return b.Erase(args) }

func loadObjects(_ context.Context, b *configure.Buffer, args []string) error { return b.Load(args) }

func saveObjects(_ context.Context, b *configure.Buffer, args []string) error { return b.Save(args) }

func filterObjects(_ context.Context, b *configure.Buffer, args []string) error {
	return b.Filter(args)
}

func upgradeSchema(_ context.Context, b *configure.Buffer, args []string) error {
	return b.Upgrade(len(args) == 1 && args[0] == "force")
}

func undoChange(_ context.Context, b *configure.Buffer, _ []string) error {
	if !b.Undo() {
		return usagef("there is nothing to take back")
	}
	return nil
}

func runConfigureShow(ctx context.Context, s *Session, args []string) error {
	b, err := s.editBuffer(ctx)
	if err != nil {
		return err
	}
	text, err := b.Show(args)
	s.page(text)
	return err
}

// showObjects prints objects as the configure level does, from other levels.
func (s *Session) showObjects(ctx context.Context, ids []string) error {
	had := s.buffer != nil
	err := runConfigureShow(ctx, s, ids)
	if !had {
		s.dropBuffer()
	}
	return err
}

func runConfigureDelete(ctx context.Context, s *Session, args []string) error {
	b, err := s.editBuffer(ctx)
	if err != nil {
		return err
	}
	force := false
	var ids []string
	for _, w := range args {
		if w == "-f" || w == "--force" {
			force = true
			continue
		}
		ids = append(ids, w)
	}
	if len(ids) == 0 {
		s.infof("nothing is deleted: no object is named")
		return nil
	}
	return b.Delete(ids, force || s.forced())
}

// runConfigureEdit has the person edit the text of objects until it can be taken over, or is given up.
func runConfigureEdit(ctx context.Context, s *Session, args []string) error {
	if !s.tty {
		s.infof("edit not allowed in batch mode")
		return errSaid
	}
	b, err := s.editBuffer(ctx)
	if err != nil {
		return err
	}
	text := ""
	var failed error // of the editor itself: asking again would not help
	for {
		err := b.Edit(args, func(original string) (string, error) {
			if text == "" {
				text = original
			}
			text, failed = s.editText(text)
			return text, failed
		})
		if err == nil || failed != nil {
			return err
		}
		s.report("configure.edit", err)
		if !s.confirm("Edit or discard changes (yes to edit, no to discard)") {
			return errSaid
		}
	}
}

// editText opens the editor on a text and returns what became of it.
func (s *Session) editText(text string) (string, error) {
	program := s.prefs.get("core.editor")
	for _, name := range []string{"EDITOR", "VISUAL"} {
		if program == "" {
			program = os.Getenv(name)
		}
	}
	if program == "" {
		program = "vi"
	}
	f, err := os.CreateTemp("", "crm-*.txt")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", err
	}
	words := append(strings.Fields(program), f.Name())
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		var started *fs.PathError
		if errors.As(err, &started) {
			err = started.Err
		}
		return "", fmt.Errorf("the editor %s: %w (preference core.editor or $EDITOR names another)", words[0], err)
	}
	data, err := os.ReadFile(f.Name())
	return string(data), err
}

func runConfigureCommit(ctx context.Context, s *Session, args []string) error {
	b, err := s.editBuffer(ctx)
	if err != nil {
		return err
	}
	if err := b.Commit(ctx, args); err != nil {
		return err
	}
	return s.settle(ctx)
}

func runConfigureSchema(ctx context.Context, s *Session, args []string) error {
	b, err := s.editBuffer(ctx)
	if err != nil {
		return err
	}
	text, err := b.Schema(args)
	if err == nil && len(args) == 0 {
		s.println(text)
	}
	return err
}

func runGetProperty(ctx context.Context, s *Session, args []string) error {
	b, err := s.editBuffer(ctx)
	if err != nil {
		return err
	}
	text, err := b.GetProperty(args)
	s.page(text)
	return err
}

// runGraph draws the pending configuration; without a file the picture's text is shown.
func runGraph(ctx context.Context, s *Session, args []string) error {
	b, err := s.editBuffer(ctx)
	if err != nil {
		return err
	}
	text, err := b.Graph(args)
	if text != "" {
		s.page(strings.TrimSuffix(text, "\n"))
	}
	return err
}
