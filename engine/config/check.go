package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// semantic is an error about the meaning of a value at line (from 0; -1: no line).
func semantic(f *file, line int, format string, args ...any) *Error {
	return &Error{Text: "parse error in config: " + fmt.Sprintf(format, args...), File: f.name, Line: line + 1, Exit: ExitConfig}
}

// refuse is semantic about the key, without Corosync's usual prefix if plain.
func (c *Config) refuse(key string, format string, args ...any) *Error {
	return semantic(c.file, c.entries[key].Line-1, format, args...)
}

func (c *Config) refusePlain(key string, format string, args ...any) *Error {
	e := c.refuse(key, format, args...)
	e.Text = strings.TrimPrefix(e.Text, "parse error in config: ")
	return e
}

const switches = "yes no on off"

const priorities = "alert crit debug emerg err info notice warning"

// checkLogging refuses what corosync ends with 7 for.
func (c *Config) checkLogging() error {
	prefixes := []string{"logging"}
	for _, s := range c.Logging.Subsys {
		prefixes = append(prefixes, subsysPath+"."+s)
	}
	checks := []struct{ key, values, text string }{
		{"to_stderr", switches, "unknown value for to_stderr."},
		{"to_syslog", switches, "unknown value for to_syslog."},
		{"to_logfile", switches, "unknown value for to_logfile."},
		{"debug", "off on trace", "unknown value for debug."},
		{"syslog_facility", "daemon local0 local1 local2 local3 local4 local5 local6 local7", "unknown syslog facility specified."},
		{"syslog_priority", priorities, "unknown syslog priority specified."},
		{"logfile_priority", priorities, "unknown logfile priority specified."},
	}
	onlyAtTop := map[string]string{"timestamp": "off on hires", "fileline": "off on", "function_name": "off on", "blackbox": "off on"}
	for _, key := range slices.Sorted(maps.Keys(onlyAtTop)) {
		if v, ok := c.entries["logging."+key]; ok && !oneOf(onlyAtTop[key], v.Value) {
			err := c.refuse("logging."+key, "unknown value for %s.", key)
			err.Exit, err.Hint = ExitLogging, "use one of: "+onlyAtTop[key]
			return err
		}
	}
	for _, p := range prefixes {
		for _, ch := range checks {
			key := p + "." + ch.key
			if v, ok := c.entries[key]; ok && !oneOf(ch.values, v.Value) {
				err := c.refuse(key, "%s", ch.text)
				err.Exit, err.Hint = ExitLogging, "use one of: "+ch.values
				return err
			}
		}
	}
	return nil
}

// checkTotem checks transport, keys, links and nodes.
func (c *Config) checkTotem() error {
	for _, check := range []func() error{c.checkTransport, c.checkNodes, c.checkVersion, c.checkInterfaces} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkTransport() error {
	if !oneOf("knet udpu udp", c.Transport) {
		return c.refusePlain("totem.transport", "Invalid transport type. Should be udpu, udp or knet")
	}
	if c.Crypto.Cipher != "none" && c.Crypto.Hash == "none" {
		return c.refusePlain("totem.crypto_cipher", "crypto_cipher requires crypto_hash with value other than none")
	}
	if c.Transport != "knet" && (c.Crypto.Cipher != "none" || c.Crypto.Hash != "none") {
		return c.refuse("totem.crypto_cipher", "crypto_cipher & crypto_hash are only valid for the Knet transport.")
	}
	if c.Crypto.Key != "" && len(c.Crypto.Key) < keyBytesMin {
		return c.refusePlain("totem.key", "key is too short")
	}
	return nil
}

func (c *Config) checkNodes() error {
	seen := map[uint32]bool{}
	for i, n := range c.Nodes {
		key := fmt.Sprintf("%s.%d.nodeid", nodePath, i)
		line := c.nodeLine(i)
		switch {
		case len(n.Addrs) == 0:
			err := semantic(c.file, line, "node %d of the nodelist has no ring0_addr", i+1)
			err.Hint = "add ring0_addr with the address of that node"
			return err
		case n.ID == 0:
			err := c.refusePlain(key, "Knet requires an explicit nodeid to be specified for address '%s'.", n.Addrs[0])
			err.Line = line + 1
			return err
		case n.ID > 65535:
			return c.refusePlain(key, "Knet requires nodeid to be less than 65536 for address '%s'.", n.Addrs[0])
		case seen[n.ID]:
			return c.refusePlain(key, "Nodeid %d appears twice in corosync.conf", n.ID)
		case n.Name == "" && len(c.Links) > 1:
			return semantic(c.file, line, "for a multi-link configuration, all nodes must have a 'name' attribute")
		}
		seen[n.ID] = true
	}
	return nil
}

// nodeLine is the line, from 0, on which the i-th node section opens.
func (c *Config) nodeLine(i int) int {
	return c.file.nodes()[i].open
}

func (c *Config) checkVersion() error {
	if len(c.Nodes) == 0 {
		err := semantic(c.file, -1, "No interfaces defined")
		err.Hint = "add a nodelist with one node section (ring0_addr, nodeid, name) for each node"
		return err
	}
	if c.entries.num("totem.version", 0) != 2 {
		err := c.refuse("totem.version", "This totem parser can only parse version 2 configurations.")
		err.Hint = "write version: 2 in the totem section"
		return err
	}
	return nil
}

func (c *Config) checkInterfaces() error {
	if v := c.entries.str("totem.link_mode", "passive"); !oneOf("passive active rr", v) {
		return c.refuse("totem.link_mode", "The Knet link mode \"%s\" specified is invalid.  It must be active, passive or rr.", v)
	}
	for l := range linkMax + 1 {
		prefix := join(interfacePath, strconv.Itoa(l))
		if v, ok := c.entries[prefix+".knet_transport"]; ok && !oneOf("udp sctp", v.Value) {
			return c.refusePlain(v.Key, "Unrecognised knet_transport. expected 'udp' or 'sctp'")
		}
		if v, ok := c.entries[prefix+".ttl"]; ok && c.Transport != "udp" {
			return c.refuse(v.Key, "Can only set ttl on multicast transport types for interface %d", l)
		}
	}
	return nil
}

// checkTimes checks the times of the totem section, in Corosync's order.
func (c *Config) checkTimes() error {
	t := c.Timers()
	if t.Token < 30 {
		return c.refuse("totem.token", "The token timeout parameter (%d ms) may not be less than (30 ms).", t.Token)
	}
	if w := t.TokenWarning; w > 100 {
		return c.refuse("totem.token_warning", "The token warning parameter (%d%%) must be between 0 (disabled) and 100.", w)
	}
	_, given := c.entries["totem.token_retransmit"]
	if !given && t.TokenRetransmit < 30 {
		return c.refuse("totem.token", "Not appropriate token or token_retransmits_before_loss_const value set")
	}
	for _, l := range []struct {
		key, name string
		value, at int
	}{
		{"token_retransmit", "token retransmit timeout", t.TokenRetransmit, 30},
		{"hold", "token hold timeout", t.Hold, 14},
		{"join", "join timeout", t.Join, 30},
		{"consensus", "consensus timeout", t.Consensus, 30},
		{"merge", "merge timeout", t.Merge, 30},
		{"downcheck", "downcheck timeout", t.Downcheck, 30},
		{"max_network_delay", "max_network_delay", t.MaxNetworkDelay, 30},
	} {
		if l.value < l.at {
			return c.refuse("totem."+l.key, "The %s parameter (%d ms) may not be less than (%d ms).", l.name, l.value, l.at)
		}
	}
	if t.Consensus < t.Join {
		return c.refuse("totem.consensus", "The consensus timeout parameter (%d ms) may not be less than join timeout (%d ms).", t.Consensus, t.Join)
	}
	return nil
}

// CheckLocal checks what depends on which node this is: every link must reach every node.
func (c *Config) CheckLocal(local int) error {
	mine := c.Nodes[local].Addrs
	for i, n := range c.Nodes {
		for l := range n.Addrs {
			if mine[l] == "" {
				return semantic(c.file, c.nodeLine(i), "No multicast port specified for interface %d", l)
			}
		}
		if len(n.Addrs) != len(mine) {
			return semantic(c.file, c.nodeLine(i), "Not all nodes have the same number of links")
		}
	}
	return nil
}
