package shell

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"

	"quorate/engine/rule"
)

// preference is one setting of the person; its name is "section.option" with underscores.
type preference struct {
	name    string
	def     string
	kind    string // "bool", "choice" (one of choices), "words" (some of choices) or "text"
	choices []string
	short   string
}

// preferenceTable has every preference that the shell knows.
var preferenceTable = []preference{
	{"core.add_quotes", "yes", "bool", nil, "give words of the command line their quotes back"},
	{"core.check_frequency", "always", "choice", []string{"always", "on-verify", "never"}, "when the configuration is checked"},
	{"core.check_mode", "strict", "choice", []string{"strict", "relaxed"}, "whether wrong parameters refuse a commit"},
	{"core.debug", "no", "bool", nil, "print what is done"},
	{"core.editor", "", "text", nil, "program that edit starts; $EDITOR when empty"},
	{"core.force", "no", "bool", nil, "answer every question with yes"},
	{"core.ignore_missing_metadata", "no", "bool", nil, "say nothing about agents that are not installed"},
	{"core.manage_children", "ask", "choice", []string{"ask", "always", "never"}, "what happens to attributes of the members of a group"},
	{"core.obscure_pattern", "passw*", "text", nil, "names of parameters whose values show hides"},
	{"core.OCF_1_1_SUPPORT", "no", "bool", nil, "write the role names Promoted and Unpromoted"},
	{"core.pager", "", "text", nil, "program that shows long texts; $PAGER when empty"},
	{"core.skill_level", "expert", "choice", []string{"operator", "administrator", "expert"}, "kept for old scripts: every command is open to all"},
	{"core.sort_elements", "yes", "bool", nil, "show sorts by id"},
	{"core.user", "", "text", nil, "kept for old scripts"},
	{"core.wait", "no", "bool", nil, "commands wait until the cluster has carried them out"},
	{"color.style", "color", "words", []string{"plain", "color", "color-always", "uppercase"}, "how texts are dressed, one word or several"},
	{"path.ocf_root", "/usr/lib/ocf", "text", nil, "where OCF agents lie"},
}

// preferences are the values in force and where they are kept.
type preferences struct {
	path   string            // the user's file; "" without a home directory
	system map[string]string // what the machine's file says
	saved  map[string]string // what the user's file says
	values map[string]string // of this run only: -o, -D, -w
	extra  []string          // settings of the file that other shells know, kept when it is written
}

func lookupPreference(name string) (*preference, bool) {
	for i := range preferenceTable {
		if preferenceTable[i].name == name {
			return &preferenceTable[i], true
		}
	}
	return nil, false
}

// loadPreferences reads /etc/crm/crm.conf and the user's crm.conf, or the one file that
// CRM_CONFIG_FILE names. Settings that the shell does not know are left in peace.
func loadPreferences(getenv func(string) string) (*preferences, error) {
	p := &preferences{system: map[string]string{}, saved: map[string]string{}, values: map[string]string{}}
	dir := getenv("XDG_CONFIG_HOME")
	if dir == "" && getenv("HOME") != "" {
		dir = filepath.Join(getenv("HOME"), ".config")
	}
	if dir != "" {
		p.path = filepath.Join(dir, "crm", "crm.conf")
	}
	if f := getenv("CRM_CONFIG_FILE"); f != "" {
		p.path = f
	} else if err := p.read("/etc/crm/crm.conf", p.system); err != nil {
		return nil, err
	}
	if p.path == "" {
		return p, nil
	}
	return p, p.read(p.path, p.saved)
}

// read takes over the settings of one file; a file that is not there, or is not for this user, has none.
func (p *preferences) read(path string, to map[string]string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	if err != nil {
		return err
	}
	section := ""
	for n, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";"):
			continue
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = strings.TrimSpace(line[1 : len(line)-1])
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return fmt.Errorf("%s:%d: expected name = value, found %q", path, n+1, line)
		}
		name := section + "." + strings.TrimSpace(key)
		value = strings.TrimSpace(value)
		pref, known := lookupPreference(name)
		if !known {
			if path == p.path {
				p.extra = append(p.extra, name+" = "+value)
			}
			continue
		}
		if err := pref.check(value); err != nil {
			return fmt.Errorf("%s:%d: %s: %w", path, n+1, name, err)
		}
		to[name] = value
	}
	return nil
}

// check tells what is wrong with a value.
func (f *preference) check(value string) error {
	switch f.kind {
	case "bool":
		if _, ok := rule.ParseBool(value); !ok {
			return usagef("Not a boolean: %s (try one of: yes, true, on, 1, no, false, off, 0)", value)
		}
	case "choice":
		return f.checkWords([]string{value})
	case "words":
		return f.checkWords(strings.FieldsFunc(value, notInStyle))
	}
	return nil
}

func (f *preference) checkWords(words []string) error {
	for _, w := range words {
		if !contains(f.choices, w) {
			return fmt.Errorf("%s not valid (choose one from %s)", w, strings.Join(f.choices, ","))
		}
	}
	return nil
}

// get returns the value in force.
func (p *preferences) get(name string) string {
	for _, from := range []map[string]string{p.values, p.saved, p.system} {
		if v, ok := from[name]; ok {
			return v
		}
	}
	if f, ok := lookupPreference(name); ok {
		return f.def
	}
	return ""
}

func (p *preferences) bool(name string) bool {
	b, _ := rule.ParseBool(p.get(name))
	return b
}

// override sets a value for this run only.
func (p *preferences) override(name, value string) error {
	return p.change(p.values, name, value)
}

// set sets a value that save keeps.
func (p *preferences) set(name, value string) error {
	if err := p.change(p.saved, name, value); err != nil {
		return err
	}
	delete(p.values, name)
	return nil
}

func (p *preferences) change(to map[string]string, name, value string) error {
	f, ok := lookupPreference(name)
	if !ok {
		return usagef("Setting invalid option %s", name)
	}
	if err := f.check(value); err != nil {
		return err
	}
	to[name] = value
	return nil
}

// write keeps the settings that differ from what holds without them in the user's file. What holds for one run
// only, as -F and -D, is never kept.
func (p *preferences) write() error {
	if p.path == "" {
		return errors.New("there is no home directory to keep preferences in: set CRM_CONFIG_FILE")
	}
	lines := append([]string(nil), p.extra...)
	for name, value := range p.saved {
		f, _ := lookupPreference(name)
		if without, ok := p.system[name]; (ok && without != value) || (!ok && f.def != value) {
			lines = append(lines, name+" = "+value)
		}
	}
	sort.Strings(lines)
	var b strings.Builder
	section := ""
	for _, l := range lines {
		s, rest, _ := strings.Cut(l, ".")
		if s != section {
			section = s
			fmt.Fprintf(&b, "[%s]\n", s)
		}
		b.WriteString(rest + "\n")
	}
	if err := os.MkdirAll(filepath.Dir(p.path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(p.path, []byte(b.String()), 0o600)
}
