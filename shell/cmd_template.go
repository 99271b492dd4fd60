package shell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func templateLevel() *Level {
	configs := []Completer{completeRecipeConfigs}
	return &Level{Name: "template", Short: "configurations from templates", Commands: withShared(false,
		&Command{Name: "list", Args: "[templates|configs]", Max: 1, Short: "list templates and configurations", Run: runTemplateList, Complete: []Completer{fixed("templates", "configs")}},
		&Command{Name: "new", Args: "[<name>] <template> [params <name>=<value> ...]", Min: 1, Max: anyNumber, Short: "make a configuration", Run: runTemplateNew, Complete: []Completer{completeRecipes, completeRecipes}},
		&Command{Name: "load", Args: "<name>", Min: 1, Max: 1, Short: "go on with a configuration", Run: runTemplateLoad, Complete: configs},
		&Command{Name: "show", Args: "[<name>]", Max: 1, Short: "show what a configuration would add", Run: runTemplateShow, Complete: configs},
		&Command{Name: "apply", Args: "[replace|update] [<name>]", Max: 2, Short: "stage a configuration", Run: runTemplateApply, Complete: []Completer{either(fixed("replace", "update"), completeRecipeConfigs), completeRecipeConfigs}},
		&Command{Name: "delete", Args: "<name> [force]", Min: 1, Max: 2, Short: "delete a configuration", Run: runTemplateDelete, Complete: configs},
		&Command{Name: "edit", Args: "[<name>]", Max: 1, Short: "edit the values of a configuration", Run: runTemplateEdit, Complete: configs},
	)}
}

func completeRecipes(context.Context, *Session, []string) []Candidate {
	var found []Candidate
	for _, r := range recipes {
		found = append(found, Candidate{Text: r.name, Help: r.short})
	}
	return found
}

func completeRecipeConfigs(context.Context, *Session, []string) []Candidate {
	return candidates(recipeConfigs()...)
}

// recipeConfigs lists the configurations by name.
func recipeConfigs() []string {
	dir, err := recipeDir(os.Getenv)
	if err != nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func runTemplateList(_ context.Context, s *Session, args []string) error {
	if len(args) == 0 || args[0] == "templates" {
		for _, r := range recipes {
			s.println(fmt.Sprintf("%-16s %s", r.name, r.short))
		}
	}
	if len(args) == 0 || args[0] == "configs" {
		for _, name := range recipeConfigs() {
			s.println(name)
		}
	}
	return nil
}

// recipePath is the file of a configuration, or of the one in use when no name is given.
func (s *Session) recipePath(args []string) (string, error) {
	name := s.recipeInUse
	if len(args) > 0 {
		name = args[0]
	}
	if name == "" {
		return "", usagef("no configuration is in use: name one, or make one with 'new'")
	}
	if strings.ContainsAny(name, "/\x00") || name == "." || name == ".." {
		return "", usagef("%q is no name for a configuration", name)
	}
	dir, err := recipeDir(os.Getenv)
	return filepath.Join(dir, name), err
}

func runTemplateNew(_ context.Context, s *Session, args []string) error {
	words, params := args, []string(nil)
	for i, w := range args {
		if w == "params" {
			words, params = args[:i], args[i+1:]
			break
		}
	}
	if len(words) == 0 || len(words) > 2 {
		return usagef("expected [<name>] <template> [params <name>=<value> ...]")
	}
	name, template := words[0], words[len(words)-1]
	r := recipeNamed(template)
	if r == nil {
		return usagef("there is no template %s: 'list templates' shows them", template)
	}
	c := &recipeConfig{recipe: r, values: map[string]string{}}
	for _, p := range params {
		if err := c.set(p); err != nil {
			return usagef("%v", err)
		}
	}
	path, err := s.recipePath([]string{name})
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil && !s.confirm(fmt.Sprintf("config %s exists. Do you want to overwrite it", name)) {
		return usagef("config %s exists; delete it first", name)
	}
	s.infof("pulling in template %s", template)
	if err := saveRecipe(path, c); err != nil {
		return err
	}
	s.recipeInUse = name
	return nil
}

func runTemplateLoad(_ context.Context, s *Session, args []string) error {
	path, err := s.recipePath(args)
	if err != nil {
		return err
	}
	if _, err := loadRecipe(path); err != nil {
		return err
	}
	s.recipeInUse = args[0]
	return nil
}

// recipeText returns the statements of a configuration, with an id that is free.
func (s *Session) recipeText(ctx context.Context, args []string) (string, error) {
	path, err := s.recipePath(args)
	if err != nil {
		return "", err
	}
	c, err := loadRecipe(path)
	if err != nil {
		return "", err
	}
	b, err := s.editBuffer(ctx)
	if err != nil {
		return "", err
	}
	c.freeID(b.Document().Root())
	return c.statements()
}

func runTemplateShow(ctx context.Context, s *Session, args []string) error {
	text, err := s.recipeText(ctx, args)
	s.page(text)
	return err
}

func runTemplateApply(ctx context.Context, s *Session, args []string) error {
	method := "update"
	if len(args) > 0 && (args[0] == "replace" || args[0] == "update") {
		method, args = args[0], args[1:]
	}
	text, err := s.recipeText(ctx, args)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "crm-*.crm")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return s.buffer.Load([]string{method, f.Name()})
}

func runTemplateDelete(_ context.Context, s *Session, args []string) error {
	path, err := s.recipePath(args[:1])
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return usagef("%s: no such configuration", args[0])
	}
	if s.recipeInUse == args[0] {
		s.recipeInUse = ""
	}
	return nil
}

func runTemplateEdit(_ context.Context, s *Session, args []string) error {
	if !s.tty {
		s.infof("edit not allowed in batch mode")
		return errSaid
	}
	path, err := s.recipePath(args)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return usagef("%s: no such configuration", filepath.Base(path))
	}
	text, err := s.editText(string(data))
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	_, err = loadRecipe(path)
	return err
}
