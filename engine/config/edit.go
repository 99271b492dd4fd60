package config

import "strings"

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
