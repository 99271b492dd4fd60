package config

import (
	"fmt"
	"sort"
	"strings"
)

// fixed are the keys that a running node does not change; * stands for all that follow.
var fixed = strings.Fields(`totem.transport totem.cluster_name totem.ip_version totem.netmtu totem.version
	quorum.provider system.*`)

// CheckReload compares the configuration of a running node with a new one. It refuses a link whose address
// changes in place; notes are log lines about keys that keep their old value until the node is started again.
func (c *Config) CheckReload(next *Config, local int) (notes []string, err error) {
	was := c.Nodes[local]
	for _, n := range next.Nodes {
		if n.ID != was.ID {
			continue
		}
		for l := range linkMax + 1 {
			if a, b := was.Addrs[l], n.Addrs[l]; a != "" && b != "" && a != b {
				return nil, &Error{Exit: ExitConfig, File: next.file.name,
					Text: fmt.Sprintf("new config has different address for link %d (addr changed from %s to %s). Internal value was NOT changed.", l, a, b),
					Hint: "To reconfigure an interface it must be deleted and recreated. A working interface needs to be available to corosync at all times"}
			}
		}
	}
	for _, key := range changed(c.entries, next.entries) {
		for _, f := range fixed {
			prefix, many := strings.CutSuffix(f, "*")
			if key == f || many && strings.HasPrefix(key, prefix) {
				notes = append(notes, fmt.Sprintf("Modified entry '%s' in corosync.conf cannot be changed at run-time", key))
			}
		}
	}
	return notes, nil
}

// changed returns the keys whose values differ, sorted.
func changed(a, b entries) []string {
	var out []string
	for key, e := range a {
		if b[key].Value != e.Value {
			out = append(out, key)
		}
	}
	for key := range b {
		if _, ok := a[key]; !ok {
			out = append(out, key)
		}
	}
	sort.Strings(out)
	return out
}
