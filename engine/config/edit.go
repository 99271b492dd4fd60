package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (f *file) bytes() []byte {
	if len(f.lines) == 0 {
		return nil
	}
	return []byte(strings.Join(f.lines, "\n") + "\n")
}

// nodes returns the nodelist.node sections in file order.
func (f *file) nodes() []*section { return f.sections(nodePath) }

// sections returns the sections with the path in file order.
func (f *file) sections(path string) []*section {
	var found []*section
	_ = f.root.walk(func(s *section) error {
		if s.path == path {
			found = append(found, s)
		}
		return nil
	})
	return found
}

// Change is one change of the text: SetKey, DeleteKey, AddNode or RemoveNode.
type Change func(*file) error

// Edit returns the configuration with the changes made in its text; comments, unknown keys, order and
// layout of everything else stay. The result has passed all checks of Parse, or nothing is changed.
func (c *Config) Edit(changes ...Change) (*Config, error) {
	text := c.Text()
	for _, change := range changes {
		f, err := parseText(c.file.name, text)
		if err != nil {
			return nil, err
		}
		if err := change(f); err != nil {
			return nil, err
		}
		text = f.bytes()
	}
	return Parse(c.file.name, text)
}

// SetKey gives a key of the map a value, where it is in the file or in its section, which is made if it
// is not there: SetKey("totem.token", "2000"), SetKey("nodelist.node.0.quorum_votes", "2").
func SetKey(key, value string) Change {
	return func(f *file) error {
		name := key[strings.LastIndex(key, ".")+1:]
		if strings.ContainsAny(key+value, "{}\n\r") || trim(value) != value || strings.ContainsAny(name, ":#") {
			return fmt.Errorf("%s: the value %q cannot be written in corosync.conf", key, value)
		}
		at, err := f.locate(key, true)
		if err != nil {
			return err
		}
		for _, s := range slices.Backward(at) {
			for _, p := range slices.Backward(s.pairs) {
				if p.key == name {
					f.lines[p.line] = indentOf(f.lines[p.line]) + name + ": " + value
					return nil
				}
			}
		}
		s := at[len(at)-1]
		f.insert(s.close, f.childIndent(s)+name+": "+value)
		return nil
	}
}

// DeleteKey removes a key, wherever the file sets it. A key that is not there is no error.
func DeleteKey(key string) Change {
	return func(f *file) error {
		at, err := f.locate(key, false)
		if err != nil {
			return err
		}
		name := key[strings.LastIndex(key, ".")+1:]
		var lines []int
		for _, s := range at {
			for _, p := range s.pairs {
				if p.key == name {
					lines = append(lines, p.line)
				}
			}
		}
		slices.Sort(lines)
		for _, l := range slices.Backward(lines) {
			f.lines = slices.Delete(f.lines, l, l+1)
		}
		return nil
	}
}

// AddNode appends a node to the node list. Votes of 1 are not written.
func AddNode(n Node) Change {
	return func(f *file) error {
		lists := f.sections("nodelist")
		if len(lists) == 0 {
			f.lines = append(f.lines, "", "nodelist {", "}")
			return f.reread(AddNode(n))
		}
		list := lists[len(lists)-1]
		outer := f.childIndent(list)
		inner := outer + f.unit()
		lines := []string{outer + "node {"}
		for l := range linkMax + 1 {
			if a := n.Addrs[l]; a != "" {
				lines = append(lines, fmt.Sprintf("%sring%d_addr: %s", inner, l, a))
			}
		}
		if n.Name != "" {
			lines = append(lines, inner+"name: "+n.Name)
		}
		lines = append(lines, fmt.Sprintf("%snodeid: %d", inner, n.ID))
		if n.Votes > 1 {
			lines = append(lines, fmt.Sprintf("%squorum_votes: %d", inner, n.Votes))
		}
		for _, line := range lines[1:] {
			if strings.ContainsAny(line, "{}\n\r") {
				return fmt.Errorf("node %d: %q cannot be written in corosync.conf", n.ID, strings.TrimSpace(line))
			}
		}
		f.insert(list.close, append(lines, outer+"}")...)
		return nil
	}
}

// RemoveNode removes the node with the id from the node list.
func RemoveNode(id uint32) Change {
	return func(f *file) error {
		for _, s := range f.nodes() {
			if s.value("nodeid") == strconv.FormatUint(uint64(id), 10) {
				f.lines = slices.Delete(f.lines, s.open, s.close+1)
				return nil
			}
		}
		return fmt.Errorf("no node with id %d in %s", id, f.name)
	}
}

// FitTwoNode sets or removes two_node as the length of the node list asks for (quorum.Options.WantsTwoNode). It goes
// after AddNode or RemoveNode.
func (c *Config) FitTwoNode() (*Config, error) {
	switch want := c.Quorum.WantsTwoNode(len(c.Nodes)); {
	case c.Provider == "" || want == c.Quorum.TwoNode:
		return c, nil
	case want:
		return c.Edit(SetKey("quorum.two_node", "1"))
	}
	return c.Edit(DeleteKey("quorum.two_node"))
}

// locate returns the sections that hold a key of the map, at least one if create is set.
func (f *file) locate(key string, create bool) ([]*section, error) {
	words := strings.Split(key, ".")
	if len(words) < 2 || slices.Contains(words, "") {
		return nil, fmt.Errorf("%q is no key of corosync.conf: write section.key, like totem.token", key)
	}
	path, index := strings.Join(words[:len(words)-1], "."), ""
	for _, indexed := range []string{nodePath, interfacePath, subsysPath} {
		if rest, ok := strings.CutPrefix(path, indexed+"."); ok {
			path, index = indexed, rest
		}
	}
	var found []*section
	for i, s := range f.sections(path) {
		if f.indexOf(s, i) == index {
			found = append(found, s)
		}
	}
	if len(found) > 0 || !create {
		return found, nil
	}
	if path == nodePath {
		return nil, fmt.Errorf("%s: there is no such node in %s", key, f.name)
	}
	if err := f.create(path, index); err != nil {
		return nil, err
	}
	return f.locate(key, false)
}

// indexOf is the part of the map key that tells sections of one path apart; i counts them.
func (f *file) indexOf(s *section, i int) string {
	switch s.path {
	case nodePath:
		return strconv.Itoa(i)
	case interfacePath:
		if n := s.value("linknumber"); n != "" {
			return n
		}
		return "0"
	case subsysPath:
		return s.value("subsys")
	}
	return ""
}

// create appends an empty section, and those around it if they are not there.
func (f *file) create(path, index string) error {
	parent, name := f.root, path
	for cut := len(path); cut > 0; cut = strings.LastIndex(path[:cut], ".") {
		if found := f.sections(path[:cut]); len(found) > 0 && cut < len(path) {
			parent, name = found[len(found)-1], path[cut+1:]
			break
		}
	}
	indent := ""
	if parent != f.root {
		indent = f.childIndent(parent)
	}
	var head, tail []string
	for word := range strings.SplitSeq(name, ".") {
		head = append(head, indent+word+" {")
		tail = append([]string{indent + "}"}, tail...)
		indent += f.unit()
	}
	switch path {
	case interfacePath:
		head = append(head, indent+"linknumber: "+index)
	case subsysPath:
		head = append(head, indent+"subsys: "+index)
	}
	f.insert(parent.close, append(head, tail...)...)
	return f.reread(nil)
}

// reread parses the text again after lines have moved, then makes the change, if any.
func (f *file) reread(change Change) error {
	fresh, err := parseText(f.name, f.bytes())
	if err != nil {
		return err
	}
	*f = *fresh
	if change == nil {
		return nil
	}
	return change(f)
}

func (f *file) insert(line int, text ...string) { f.lines = slices.Insert(f.lines, line, text...) }

// childIndent is how lines in the section are indented.
func (f *file) childIndent(s *section) string {
	for _, p := range s.pairs {
		return indentOf(f.lines[p.line])
	}
	for _, c := range s.children {
		return indentOf(f.lines[c.open])
	}
	return indentOf(f.lines[s.open]) + f.unit()
}

// unit is one step of indentation in this file, a tab if it has none.
func (f *file) unit() string {
	unit := "\t"
	_ = f.root.walk(func(s *section) error {
		if s.parent == f.root && len(s.pairs) > 0 {
			if i := indentOf(f.lines[s.pairs[0].line]); i != "" {
				unit = i
				return fmt.Errorf("found")
			}
		}
		return nil
	})
	return unit
}

func indentOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }
