package config

import (
	"net/netip"
	"strings"
)

// Local finds which node of the list this machine is: by host name, by the host name without domain,
// by an entry with a domain whose short form is the short host name, then by an address (of any link)
// that an interface of this machine has. Host names in ringX_addr are compared as names, not resolved.
// The result is an index of Nodes; the error is Corosync's.
func (c *Config) Local(hostname string, addrs []netip.Addr) (int, error) {
	short, _, _ := strings.Cut(hostname, ".")
	entryShort := func(s string) string {
		if _, err := netip.ParseAddr(s); err == nil {
			return s
		}
		s, _, _ = strings.Cut(s, ".")
		return s
	}
	rules := []func(Node) bool{
		func(n Node) bool { return n.is(hostname) },
		func(n Node) bool { return n.is(short) },
		func(n Node) bool {
			return short != "" && (entryShort(n.Name) == short || entryShort(n.Addrs[0]) == short)
		},
		func(n Node) bool { return n.has(addrs) },
	}
	for _, matches := range rules {
		for i, n := range c.Nodes {
			if matches(n) {
				return i, nil
			}
		}
	}
	err := semantic(c.file, -1, "No valid name found for local host")
	err.Hint = "no node of the nodelist has the name " + hostname + " or an address of this machine"
	return 0, err
}

func (n Node) is(name string) bool {
	return name != "" && (n.Name == name || n.Addrs[0] == name)
}

func (n Node) has(addrs []netip.Addr) bool {
	for l := range linkMax + 1 {
		own, err := netip.ParseAddr(n.Addrs[l])
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if own.Unmap() == a.WithZone("").Unmap() {
				return true
			}
		}
	}
	return false
}
