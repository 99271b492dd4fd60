package tools

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/shell/backend"
)

var shadowCommand = &command{
	name: "crm_shadow", usage: "<query>|<command> [options]", dialect: getopt,
	summary: "crm_shadow - try configuration changes on a copy of the configuration",
	options: []option{
		{long: "which", short: 'w', help: "Show the name of the active shadow copy"},
		{long: "display", short: 'p', help: "Show the active shadow copy"},
		{long: "edit", short: 'E', help: "Edit the active shadow copy with $EDITOR"},
		{long: "diff", short: 'd', help: "Show the changes in the active shadow copy"},
		{long: "file", short: 'F', help: "Show the file of the active shadow copy"},
		{long: "create", short: 'c', arity: value, hint: "NAME", help: "Make a copy of the running configuration"},
		{long: "create-empty", short: 'e', arity: value, hint: "NAME", help: "Make a copy with nothing in it"},
		{long: "commit", short: 'C', arity: value, hint: "NAME", help: "Bring the copy into the cluster (asks for --force)"},
		{long: "delete", short: 'D', arity: value, hint: "NAME", help: "Delete the copy (asks for --force)"},
		{long: "reset", short: 'r', arity: value, hint: "NAME", help: "Copy the running configuration again"},
		{long: "switch", short: 's', arity: value, hint: "NAME", help: "Use this copy"},
		{long: "force", short: 'f', help: "Do what is considered dangerous"},
		{long: "batch", short: 'b', help: "Accepted: no shell is started"},
		{long: "all", short: 'a', help: "With --commit: the status too"},
		{long: "validate-with", short: 'v', arity: value, hint: "SCHEMA", help: "With --create-empty: the schema"},
	},
}

var shadowVerbs = map[string]func(*shadow) exit.Code{
	"which": (*shadow).which, "display": (*shadow).display, "edit": (*shadow).edit, "diff": (*shadow).diff,
	"file": (*shadow).file, "create": (*shadow).create, "create-empty": (*shadow).create, "reset": (*shadow).create,
	"commit": (*shadow).commit, "delete": (*shadow).delete, "switch": (*shadow).switchTo,
}

// shadow is one call of crm_shadow.
type shadow struct {
	*call
	verb   string
	name   string // of the copy: the command's argument, or the active one
	target backend.Target
}

func crmShadow(k *call) exit.Code {
	s := &shadow{call: k, target: backend.TargetFrom(k.Env)}
	for _, f := range k.flags {
		if shadowVerbs[f.name] != nil {
			s.verb, s.name = f.name, f.value
		}
	}
	switch {
	case s.verb == "":
		return k.usage()
	case s.name == "":
		if s.name = s.target.Shadow; s.name == "" {
			k.out.note("No active shadow configuration defined")
			return exit.NoSuch
		}
	}
	return shadowVerbs[s.verb](s)
}

func (s *shadow) path() string { return s.target.ShadowPath(s.name) }

func (s *shadow) which() exit.Code {
	s.out.printf("%s\n", s.name)
	return exit.OK
}

func (s *shadow) file() exit.Code {
	s.out.printf("%s\n", s.path())
	return exit.OK
}

// read reads the copy, or tells why not.
func (s *shadow) read() (*cib.Document, exit.Code) {
	data, err := os.ReadFile(s.path())
	if err != nil {
		why := err.Error()
		if errors.Is(err, os.ErrNotExist) {
			why = "No such file or directory"
		}
		s.out.note("Could not access shadow instance '%s': %s", s.name, why)
		return nil, exit.NoSuch
	}
	doc, err := cib.Parse(data)
	if err != nil {
		s.out.note("%s: %v", s.path(), err)
		return nil, exit.DataErr
	}
	return doc, exit.OK
}

func (s *shadow) display() exit.Code {
	doc, code := s.read()
	if code == exit.OK {
		fmt.Fprint(s.Out, cib.XML(doc.Root(), true))
	}
	return code
}

// live reads the configuration that the copy is of.
func (s *shadow) live() (*cib.Document, error) {
	c, _, err := backend.Open(s.target.Live())
	if err != nil {
		return nil, err
	}
	return c.CIB(s.ctx)
}

// diff prints the changes as the logs of the classic stack do; 1 if there are any.
func (s *shadow) diff() exit.Code {
	doc, code := s.read()
	if code != exit.OK {
		return code
	}
	old, err := s.live()
	if err != nil {
		s.out.note("Could not query the CIB: %s", reason(err))
		return codeOf(err)
	}
	text := cib.DiffText(old, doc)
	s.out.printf("%s", text)
	if text != "" {
		return exit.Error
	}
	return exit.OK
}

// create makes a copy of the running configuration, or an empty one.
func (s *shadow) create() exit.Code {
	_, err := os.Stat(s.path())
	switch {
	case err == nil && s.verb != "reset" && !s.has("force"):
		s.out.note("A shadow instance '%s' already exists.\n  To prevent accidental destruction of the cluster, the --force flag is required in order to proceed.", s.name)
		return exit.CantCreate
	case err != nil && s.verb == "reset":
		s.out.note("Could not access shadow instance '%s': No such file or directory", s.name)
		return exit.NoSuch
	}
	var doc *cib.Document
	if s.verb == "create-empty" {
		doc = cib.New()
		if v := s.get("validate-with"); v != "" {
			doc.Root().CreateAttr("validate-with", v)
		}
		s.out.printf("Created new %s configuration\n", doc.Root().SelectAttrValue("validate-with", ""))
	} else if doc, err = s.live(); err != nil {
		s.out.note("Could not connect to CIB: %s", reason(err))
		return codeOf(err)
	}
	if err := s.target.WriteShadow(s.name, doc); err != nil {
		s.out.note("Could not create the shadow instance '%s': %v", s.name, err)
		return exit.CantCreate
	}
	s.tell("A new shadow instance was created.  To begin using it paste the following into your shell:")
	return exit.OK
}

// tell says how to make the shell use the copy.
func (s *shadow) tell(text string) {
	s.out.printf("Setting up shadow instance\n%s\n  CIB_shadow=%s ; export CIB_shadow\n", text, s.name)
}

func (s *shadow) switchTo() exit.Code {
	if _, code := s.read(); code != exit.OK {
		return code
	}
	s.tell("To switch to the named shadow instance, paste the following into your shell:")
	return exit.OK
}

// allowed asks for --force.
func (s *shadow) allowed() bool {
	if !s.has("force") {
		s.out.note("%s", dangerous)
	}
	return s.has("force")
}

// commit puts the copy in place of the running configuration.
func (s *shadow) commit() exit.Code {
	if !s.allowed() {
		return exit.Usage
	}
	doc, code := s.read()
	if code != exit.OK {
		return code
	}
	c, _, err := backend.Open(s.target.Live())
	if err != nil {
		s.out.note("Could not connect to CIB: %s", reason(err))
		return codeOf(err)
	}
	r := cib.Request{Op: cib.OpReplace, Section: "configuration", XML: cib.XML(doc.Section("configuration"), false)}
	if s.has("all") {
		r.Section, r.XML = "", cib.XML(doc.Root(), false)
	}
	if err := s.perform(c, r); err != nil {
		s.out.note("Could not commit shadow instance '%s' to the CIB: %s", s.name, reason(err))
		if d := detail(err); d != "" {
			s.out.note("%s", d)
		}
		return codeOf(err)
	}
	s.tellUnset()
	return exit.OK
}

// delete removes the copy; one that is not there is fine.
func (s *shadow) delete() exit.Code {
	if !s.allowed() {
		return exit.Usage
	}
	if err := s.target.RemoveShadow(s.name); err != nil && codeOf(err) != exit.NoSuch {
		s.out.note("Could not remove shadow instance '%s': %v", s.name, err)
		return exit.Error
	}
	s.tellUnset()
	return exit.OK
}

func (s *shadow) tellUnset() {
	s.out.printf("Please remember to unset the CIB_shadow variable by pasting the following into your shell:\n  unset CIB_shadow\n")
}

// edit opens the copy in the editor and refuses the result if it is no CIB.
func (s *shadow) edit() exit.Code {
	doc, code := s.read()
	if code != exit.OK {
		return code
	}
	editor := s.Env("EDITOR")
	if editor == "" {
		s.out.note("No value for EDITOR defined")
		return exit.NotConfigured
	}
	words := strings.Fields(editor)
	cmd := exec.CommandContext(s.ctx, words[0], append(words[1:], s.path())...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.In, s.Out, s.Err
	if err := cmd.Run(); err != nil {
		s.out.note("%s: %v", editor, err)
		return exit.Error
	}
	if _, code := s.read(); code != exit.OK {
		if err := s.target.WriteShadow(s.name, doc); err == nil {
			s.out.note("The edited text is refused; the shadow copy is as it was")
		}
		return code
	}
	return exit.OK
}
