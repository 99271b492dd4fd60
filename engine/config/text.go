package config

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// lineMax is the longest line, in bytes, that the format allows.
const lineMax = 510

// Error is why a file is refused. Error() is Corosync's own line; the position follows where that line
// does not have it already.
type Error struct {
	Text string // Corosync's text: "parser error: FILE:5: Missing closing brace"
	File string
	Line int    // 0: the error belongs to no line
	Exit int    // exit code of `corosync -t`: 7 logging, 8 the rest, 20 a service (quorum) refuses
	Hint string // what to do, "" if the text says it
}

// Error returns the text, with the position if the text has none.
func (e *Error) Error() string {
	if e.Line == 0 || strings.HasPrefix(e.Text, "parser error: ") {
		return e.Text
	}
	return fmt.Sprintf("%s (%s:%d)", strings.TrimSuffix(e.Text, "."), e.File, e.Line)
}

// Exit codes of corosync that a configuration can give.
const (
	ExitLogging = 7
	ExitConfig  = 8
	ExitService = 20
)

// section is one `name { … }` of the text; lines are counted from 0.
type section struct {
	name        string
	path        string // "totem.interface", "" for the whole file
	open, close int
	parent      *section
	children    []*section
	pairs       []pair
}

// pair is one `key: value`; value is canonical for its type.
type pair struct {
	key, value, typ string
	line            int
}

// file is the text of a corosync.conf with every line as it was written, and the tree it means.
type file struct {
	name  string
	lines []string
	root  *section
}

func (f *file) errorf(line int, format string, args ...any) *Error {
	return &Error{Text: fmt.Sprintf("parser error: %s:%d: %s", f.name, line+1, fmt.Sprintf(format, args...)),
		File: f.name, Line: line + 1, Exit: ExitConfig}
}

// parseText splits the text into sections and pairs, and checks each value as its key asks.
func parseText(name string, data []byte) (*file, error) {
	f := &file{name: name, root: &section{open: -1}}
	if len(data) > 0 {
		f.lines = strings.Split(string(bytes.TrimSuffix(data, []byte("\n"))), "\n")
	}
	at := f.root
	for i, raw := range f.lines {
		next, err := f.parseLine(at, i, raw)
		if err != nil {
			return nil, err
		}
		at = next
	}
	if at != f.root {
		return nil, f.errorf(max(len(f.lines), 1)-1, "Missing closing brace")
	}
	f.root.close = len(f.lines)
	return f, nil
}

// parseLine returns the section that holds after line i. "{" is looked for first, then ":", then "}".
func (f *file) parseLine(at *section, i int, raw string) (*section, error) {
	if len(raw) > lineMax {
		return nil, f.errorf(i, "Line too long")
	}
	text := trim(raw)
	if text == "" || text[0] == '#' {
		return at, nil
	}
	if name, rest, ok := strings.Cut(text, "{"); ok {
		name = trim(name)
		switch {
		case name == "":
			return nil, f.errorf(i, "Missing section name before opening bracket '{'")
		case trim(rest) != "":
			return nil, f.errorf(i, "Extra characters after opening bracket '{'")
		}
		return at.enter(name, i), nil
	}
	if key, value, ok := strings.Cut(text, ":"); ok {
		return at, f.parsePair(at, i, trim(key), trim(value))
	}
	switch {
	case !strings.Contains(text, "}"):
		return nil, f.errorf(i, "Line is not opening or closing section or key value")
	case text != "}":
		return nil, f.errorf(i, "Extra characters before or after closing bracket '}'")
	case at.parent == nil:
		return nil, f.errorf(i, "Unexpected closing brace")
	}
	if at.path == subsysPath && at.value("subsys") == "" {
		return nil, f.errorf(i, "No subsys key in logger_subsys directive")
	}
	at.close = i
	return at.parent, nil
}

func (f *file) parsePair(at *section, i int, key, value string) error {
	canon, typ, refuse := checkValue(at.path, key, value)
	if at.path == nodePath { // named with the number of the node
		refuse = strings.Replace(refuse, `"`+join(nodePath, key)+`"`, `"`+join(join(nodePath, strconv.Itoa(len(f.nodes())-1)), key)+`"`, 1)
	}
	switch {
	case refuse != "":
		return f.errorf(i, "%s", refuse)
	case at.path == "uidgid" && key != "uid" && key != "gid":
		return f.errorf(i, "uidgid: Only uid and gid are allowed items")
	case len(at.path)+1+len(key) > keyMax:
		return f.errorf(i, "New key makes total cmap path too long")
	case !validKey(join(at.path, key)):
		return f.errorf(i, "Can't store key \"%s\" into icmap, returned error is CS_ERR_NAME_TOO_LONG", join(at.path, key))
	}
	at.pairs = append(at.pairs, pair{key: key, value: canon, typ: typ, line: i})
	return nil
}

func (s *section) enter(name string, line int) *section {
	child := &section{name: name, path: join(s.path, name), open: line, parent: s}
	s.children = append(s.children, child)
	return child
}

// value returns the last value of key in this section, "" if there is none.
func (s *section) value(key string) string {
	v := ""
	for _, p := range s.pairs {
		if p.key == key {
			v = p.value
		}
	}
	return v
}

// walk calls visit for the section and all below it, in file order of their opening lines.
func (s *section) walk(visit func(*section) error) error {
	if err := visit(s); err != nil {
		return err
	}
	for _, c := range s.children {
		if err := c.walk(visit); err != nil {
			return err
		}
	}
	return nil
}

func trim(s string) string { return strings.Trim(s, " \t\r\v\f") }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
