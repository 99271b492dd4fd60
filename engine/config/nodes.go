package config

import (
	"fmt"
	"slices"
	"strconv"
)

// AddNode returns the configuration with one more node at the end of the nodelist; everything else of the
// text stays as it was written. A nodelist is made where there is none.
func (c *Config) AddNode(n Node) (*Config, error) {
	lists := c.file.sections("nodelist")
	lines := slices.Clone(c.file.lines)
	entry := nodeLines(n)
	if len(lists) == 0 {
		lines = append(lines, append(append([]string{"nodelist {"}, entry...), "}")...)
	} else {
		lines = slices.Insert(lines, lists[len(lists)-1].close, entry...)
	}
	return c.again(lines)
}

// RemoveNode returns the configuration without the node of that name; it is no error if there is none.
func (c *Config) RemoveNode(name string) (*Config, error) {
	lines := slices.Clone(c.file.lines)
	for i, s := range slices.Backward(c.file.nodes()) {
		if i < len(c.Nodes) && c.Nodes[i].DisplayName() == name {
			lines = slices.Delete(lines, s.open, s.close+1)
		}
	}
	return c.again(lines)
}

func (c *Config) again(lines []string) (*Config, error) {
	f := file{name: c.file.name, lines: lines}
	return Parse(f.name, f.bytes())
}

func nodeLines(n Node) []string {
	lines := []string{"\tnode {"}
	add := func(key, value string) { lines = append(lines, fmt.Sprintf("\t\t%s: %s", key, value)) }
	for link := range linkMax + 1 {
		if a := n.Addrs[link]; a != "" {
			add("ring"+strconv.Itoa(link)+"_addr", a)
		}
	}
	if n.Name != "" {
		add("name", n.Name)
	}
	add("nodeid", strconv.FormatUint(uint64(n.ID), 10))
	if n.Votes > 1 {
		add("quorum_votes", strconv.Itoa(n.Votes))
	}
	return append(lines, "\t}")
}
