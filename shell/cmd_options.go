package shell

import (
	"context"
	"fmt"
	"strings"
)

// shortOptions are the commands of the options level that set one preference each.
var shortOptions = []struct{ command, preference string }{
	{"add-quotes", "core.add_quotes"}, {"check-frequency", "core.check_frequency"}, {"check-mode", "core.check_mode"},
	{"editor", "core.editor"}, {"manage-children", "core.manage_children"}, {"output", "color.style"},
	{"pager", "core.pager"}, {"skill-level", "core.skill_level"}, {"sort-elements", "core.sort_elements"},
	{"user", "core.user"}, {"wait", "core.wait"},
}

func optionsLevel() *Level {
	own := []*Command{
		{Name: "show", Aliases: []string{"list"}, Args: "[all|<name>]", Max: 1, Short: "show preferences", Run: runOptionsShow,
			Complete: []Completer{either(fixed("all"), completePreferences)}, Long: "Shows what differs from the defaults; 'show all' shows everything."},
		{Name: "set", Args: "<section.name> <value>", Min: 2, Max: 2, Short: "set a preference", Run: runOptionsSet,
			Complete: []Completer{completePreferences, completePreferenceValue}},
		{Name: "save", Max: 0, Short: "write the preferences to the user's file", Run: func(_ context.Context, s *Session, _ []string) error { return s.prefs.write() }},
		{Name: "reset", Max: 0, Short: "go back to the defaults", Run: func(_ context.Context, s *Session, _ []string) error {
			s.prefs.saved = map[string]string{}
			return nil
		}},
	}
	for _, o := range shortOptions {
		f, _ := lookupPreference(o.preference)
		var aliases []string
		if old := strings.ReplaceAll(o.command, "-", "_"); old != o.command {
			aliases = []string{old}
		}
		own = append(own, &Command{Name: o.command, Aliases: aliases, Args: "<value>", Min: 1, Max: 1, Short: f.short,
			Run: func(_ context.Context, s *Session, args []string) error {
				return s.changePreference(o.preference, args[0])
			},
			Complete: []Completer{completeValuesOf(o.preference)}})
	}
	return &Level{Name: "options", Short: "preferences of this shell", Commands: withShared(false, own...),
		Long: "Preferences hold for the session. 'save' keeps them in ~/.config/crm/crm.conf; a command given on the command line ('crm options wait yes') keeps its change at once."}
}

// changePreference sets a value; as a single command of the command line it is also kept.
func (s *Session) changePreference(name, value string) error {
	if err := s.prefs.set(name, value); err != nil {
		return usagef("%v", err)
	}
	if name == "color.style" {
		s.paint, s.paintErr = newPainter(value, outputFile(s.Out)), newPainter(value, outputFile(s.Err))
	}
	if s.oneLine && s.editor == nil {
		return s.prefs.write()
	}
	return nil
}

func runOptionsSet(_ context.Context, s *Session, args []string) error {
	return s.changePreference(args[0], args[1])
}

func runOptionsShow(_ context.Context, s *Session, args []string) error {
	want := ""
	if len(args) == 1 {
		want = args[0]
	}
	var b strings.Builder
	for _, f := range preferenceTable {
		value := s.prefs.get(f.name)
		if want == "all" || want == f.name || (want == "" && value != f.def) {
			fmt.Fprintf(&b, "%s = %s\n", f.name, value)
		}
	}
	if want != "" && b.Len() == 0 {
		return usagef("there is no preference %s: 'show all' lists them", want)
	}
	s.page(b.String())
	return nil
}

func completePreferences(context.Context, *Session, []string) []Candidate {
	var found []Candidate
	for _, f := range preferenceTable {
		found = append(found, Candidate{Text: f.name, Help: f.short})
	}
	return found
}

func completePreferenceValue(ctx context.Context, s *Session, args []string) []Candidate {
	return completeValuesOf(args[0])(ctx, s, args)
}

func completeValuesOf(name string) Completer {
	f, ok := lookupPreference(name)
	switch {
	case ok && f.kind == "bool":
		return fixed("yes", "no")
	case ok && len(f.choices) > 0:
		return fixed(f.choices...)
	}
	return fixed()
}
