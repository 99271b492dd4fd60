package config

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"quorate/engine/quorum"
)

// DefaultToken is the detection time if the file does not set totem.token: a node that was not heard
// on any link for so long is lost. See the package comment for why it is not Corosync's 3000 ms.
const DefaultToken = 1000 * time.Millisecond

// DefaultPort is the UDP port of link 0; link N has DefaultPort + N.
const DefaultPort = 5405

// DefaultKeyFile is where the cluster key is kept.
const DefaultKeyFile = "/etc/corosync/authkey"

// Config is a file that passed every check which needs no knowledge of this machine. It is not changed
// after Parse; editing makes a new text (see Edit).
type Config struct {
	ClusterName string
	Transport   string        // "knet", "udpu" or "udp"; quorate speaks its own protocol over UDP on all three
	Token       time.Duration // the detection time, with token_coefficient if the file sets that
	Version     uint64        // totem.config_version
	Nodes       []Node        // in file order
	Links       []Link        // links that at least one node has, by number
	Provider    string        // quorum.provider; "" = no quorum service: everything counts as quorate
	Quorum      quorum.Options
	Crypto      Crypto
	Logging     Logging
	// Warnings are what the file says but what is not done, in Corosync's words where it has them.
	Warnings []string

	file    *file
	entries entries
}

// Node is one nodelist.node.
type Node struct {
	ID    uint32
	Name  string         // "" only if there is one link and the file has no name
	Addrs map[int]string // link → ringX_addr: an address or a host name
	Votes int            // quorum_votes, 1 if absent
}

// DisplayName is the name of the node, its first address if it has none.
func (n Node) DisplayName() string {
	if n.Name != "" {
		return n.Name
	}
	for i := range linkMax + 1 {
		if a := n.Addrs[i]; a != "" {
			return a
		}
	}
	return "node" + strconv.FormatUint(uint64(n.ID), 10)
}

// Link is one link with what totem.interface says about it.
type Link struct {
	ID       int
	Port     uint16 // UDP port on every node, default 5405 + link number
	Priority int    // knet_link_priority; the highest connected link carries the traffic of a peer
}

// Crypto is what the file says about keys. Packets are always authenticated and encrypted, whatever
// Cipher and Hash say; they are kept for the map.
type Crypto struct {
	Cipher, Hash, Model string
	KeyFile             string
	Key                 string // totem.key, the key in the file itself; used only when keyfile is absent
}

// Logging is the logging section. Levels are syslog's words.
type Logging struct {
	ToStderr, ToSyslog, ToLogfile bool
	Logfile                       string
	Debug                         string // "off", "on", "trace"
	Timestamp                     string // "off", "on", "hires"
	SyslogFacility                string
	SyslogPriority                string
	LogfilePriority               string
	Subsys                        []string // subsystems that have a logger_subsys section
}

// Parse reads and checks a corosync.conf; name is used in messages. The error is an *Error with the
// text and exit code of `corosync -t`. Checks that depend on which node this is are in CheckLocal.
func Parse(name string, data []byte) (*Config, error) {
	f, err := parseText(name, data)
	if err != nil {
		return nil, err
	}
	all, err := collect(f)
	if err != nil {
		return nil, err
	}
	c := &Config{file: f, entries: all}
	c.readLogging()
	if err := c.checkLogging(); err != nil {
		return nil, err
	}
	c.readTotem()
	c.readNodes()
	if err := c.checkTotem(); err != nil {
		return nil, err
	}
	c.Token = c.detectionTime()
	if err := c.checkTimes(); err != nil {
		return nil, err
	}
	if err := c.readQuorum(); err != nil {
		return nil, err
	}
	return c, nil
}

// Text returns the file as it was read.
func (c *Config) Text() []byte { return c.file.bytes() }

func (c *Config) readTotem() {
	e := c.entries
	c.ClusterName = e.str("totem.cluster_name", "")
	c.Transport = e.str("totem.transport", "knet")
	c.Version, _ = strconv.ParseUint(e.str("totem.config_version", "0"), 10, 64)
	c.Crypto = Crypto{
		Cipher:  e.str("totem.crypto_cipher", "none"),
		Hash:    e.str("totem.crypto_hash", "none"),
		Model:   e.str("totem.crypto_model", "nss"),
		KeyFile: e.str("totem.keyfile", ""),
		Key:     e.str("totem.key", ""),
	}
	if e.str("totem.secauth", "off") == "on" {
		c.Crypto.Cipher = e.str("totem.crypto_cipher", "aes256")
		c.Crypto.Hash = e.str("totem.crypto_hash", "sha256")
	}
	switch {
	case c.Crypto.KeyFile != "":
		c.Crypto.Key = ""
	case c.Crypto.Key == "":
		c.Crypto.KeyFile = DefaultKeyFile
	}
}

// readNodes takes the nodes and the links from the keys.
func (c *Config) readNodes() {
	used := map[int]bool{}
	for i := range c.file.nodes() {
		prefix := join(nodePath, strconv.Itoa(i))
		n := Node{
			ID:    uint32(c.entries.num(prefix+".nodeid", 0)),
			Name:  c.entries.str(prefix+".name", ""),
			Votes: c.entries.num(prefix+".quorum_votes", 1),
			Addrs: map[int]string{},
		}
		for l := range linkMax + 1 {
			if a := c.entries.str(prefix+".ring"+strconv.Itoa(l)+"_addr", ""); a != "" {
				n.Addrs[l], used[l] = a, true
			}
		}
		c.Nodes = append(c.Nodes, n)
	}
	for l := range linkMax + 1 {
		if used[l] {
			prefix := join(interfacePath, strconv.Itoa(l))
			c.Links = append(c.Links, Link{
				ID:       l,
				Port:     uint16(c.entries.num(prefix+".mcastport", DefaultPort+l)),
				Priority: c.entries.num(prefix+".knet_link_priority", 1),
			})
		}
	}
}

func (c *Config) readLogging() {
	e := c.entries
	on := func(key, otherwise string) bool { return oneOf("yes on", e.str("logging."+key, otherwise)) }
	c.Logging = Logging{
		ToStderr: on("to_stderr", "yes"), ToSyslog: on("to_syslog", "yes"), ToLogfile: on("to_logfile", "no"),
		Logfile: e.str("logging.logfile", ""), Debug: e.str("logging.debug", "off"),
		Timestamp:       e.str("logging.timestamp", "hires"),
		SyslogFacility:  e.str("logging.syslog_facility", "daemon"),
		SyslogPriority:  e.str("logging.syslog_priority", "info"),
		LogfilePriority: e.str("logging.logfile_priority", "info"),
	}
	seen := map[string]bool{}
	for key := range e {
		if rest, ok := strings.CutPrefix(key, subsysPath+"."); ok {
			name, _, _ := strings.Cut(rest, ".")
			if !seen[name] {
				seen[name] = true
				c.Logging.Subsys = append(c.Logging.Subsys, name)
			}
		}
	}
	sort.Strings(c.Logging.Subsys)
}

// detectionTime is totem.token; with token_coefficient in the file it grows as Corosync's does.
func (c *Config) detectionTime() time.Duration {
	ms := c.entries.num("totem.token", 0)
	if ms == 0 {
		ms = int(DefaultToken / time.Millisecond)
	}
	if n := len(c.Nodes); n >= 3 {
		ms += (n - 2) * c.entries.num("totem.token_coefficient", 0)
	}
	return time.Duration(ms) * time.Millisecond
}
