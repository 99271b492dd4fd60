package shell

import (
	"context"
	"fmt"
	"sort"
	"strings"
)

// sharedCommands are the names of the commands that every level has.
var sharedCommands = map[string]bool{"cd": true, "up": true, "ls": true, "help": true, "quit": true}

// withShared adds to a level's own commands those that every level has; the root has no way up.
func withShared(root bool, own ...*Command) []*Command {
	shared := []*Command{
		{Name: "cd", Args: "[<level>]", Max: 1, Short: "go to another level", Run: runCd, Complete: []Completer{completeLevels},
			Long: "Goes to a level below, as in 'cd configure'; 'cd ..' and 'cd' alone go up, 'cd ../resource' goes to a sibling."},
		{Name: "help", Aliases: []string{"?", "-h", "--help"}, Args: "[<topic>|<level>|<command>] [<command>] [<word>]", Max: 3,
			Short: "show help", Run: runHelp, Complete: []Completer{completeHelp}},
		{Name: "ls", Max: 0, Short: "list commands and levels", Run: runLs},
		{Name: "quit", Aliases: []string{"bye", "exit"}, Max: 0, Short: "leave the shell", Run: runQuit,
			Long: "Leaves at once. Changes of the configuration that are pending are asked about first at a terminal, and committed in a script."},
	}
	if !root {
		shared = append(shared, &Command{Name: "up", Aliases: []string{"back", "end"}, Max: 0, Short: "go one level up", Run: runUp})
	}
	all := append(append([]*Command(nil), own...), shared...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// runQuit ends the session. In a conversation the levels are left first, because the person may want to stay.
func runQuit(ctx context.Context, s *Session, _ []string) error {
	if s.editor == nil {
		s.quit = true
		return nil
	}
	ok := s.leaveTo(ctx, 1)
	s.quit = len(s.levels) == 1
	if !ok {
		return errSaid
	}
	return nil
}

func runUp(ctx context.Context, s *Session, _ []string) error {
	return s.goUp(ctx)
}

// goUp leaves the innermost level.
func (s *Session) goUp(ctx context.Context) error {
	if len(s.levels) == 1 {
		return usagef("already at the top: there is no level above")
	}
	s.oneLine = false
	if !s.leaveTo(ctx, len(s.levels)-1) {
		return errSaid
	}
	return nil
}

// runCd follows a path of level names. Nothing is left or entered before the whole path is known to be good.
func runCd(ctx context.Context, s *Session, args []string) error {
	path := ".."
	if len(args) == 1 {
		path = args[0]
	}
	keep, below, err := s.resolve(path)
	if err != nil {
		return err
	}
	s.oneLine = false
	if !s.leaveTo(ctx, keep) {
		return errSaid
	}
	s.levels = append(s.levels, below...)
	return nil
}

// resolve says how many of the entered levels a path keeps and which it enters below them.
func (s *Session) resolve(path string) (keep int, below []*Level, err error) {
	keep = len(s.levels)
	for _, step := range strings.Split(strings.Trim(path, "/"), "/") {
		at := s.levels[keep-1]
		if len(below) > 0 {
			at = below[len(below)-1]
		}
		switch {
		case step == "." || step == "":
		case step == ".." && len(below) > 0:
			below = below[:len(below)-1]
		case step == ".." && keep > 1:
			keep--
		default:
			c, _ := at.find(step)
			if step == ".." || c == nil || c.Level == nil {
				return 0, nil, usagef("%s not found in %s", step, at.title())
			}
			below = append(below, c.Level)
		}
	}
	return keep, below, nil
}

// title names the level in messages.
func (l *Level) title() string {
	if l.Name == "" {
		return "root"
	}
	return l.Name
}

func runLs(_ context.Context, s *Session, _ []string) error {
	var names []string
	if len(s.levels) > 1 {
		names = append(names, "..")
	}
	fmt.Fprint(s.Out, columns(append(names, s.level().listed()...)))
	return nil
}

// columns sets the names into columns, read downwards. There are as many rows as fill three columns;
// what is left over begins a fourth.
func columns(names []string) string {
	width := 16
	for _, n := range names {
		width = max(width, len(n))
	}
	rows := max(1, len(names)/3)
	var b strings.Builder
	for r := 0; r < rows; r++ {
		line := ""
		for i := r; i < len(names); i += rows {
			line += fmt.Sprintf("%-*s", width+3, names[i])
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func completeLevels(_ context.Context, s *Session, _ []string) []Candidate {
	found := []Candidate{{Text: "..", Help: "one level up"}}
	for _, c := range s.level().Commands {
		if c.Level != nil && !c.Hidden {
			found = append(found, Candidate{Text: c.Name, Help: c.Short})
		}
	}
	return found
}

func completeHelp(_ context.Context, s *Session, args []string) []Candidate {
	var found []Candidate
	level := s.level()
	if len(args) == 2 {
		c, _ := level.find(args[0])
		if c == nil || c.Level == nil {
			return nil
		}
		level = c.Level
	} else {
		for _, t := range helpTopics {
			found = append(found, Candidate{Text: t.name, Help: t.short})
		}
	}
	for _, c := range level.Commands {
		if !c.Hidden {
			found = append(found, Candidate{Text: c.Name, Help: c.Short})
		}
	}
	return found
}
