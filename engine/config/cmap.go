package config

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"quorate/engine/api"
)

// Runtime is what the map shows beside the file.
type Runtime struct {
	Local   int // index of this node in Config.Nodes
	Members []MapMember
	// Of the quorum machine: votes expected, and whether wait_for_all holds the node back.
	Expected   int
	WaitForAll bool
	Reloads    int  // number of reloads; 0: the config.* keys do not exist yet
	ReloadOK   bool // how the last one went
}

// MapMember is one node that has been a member since the start.
type MapMember struct {
	ID            uint32
	Joined        bool // false: it has left
	JoinCount     int
	ConfigVersion uint64
	Addrs         map[int]string
}

// Cmap returns the keys of the map that begin with prefix, sorted by key, as corosync-cmapctl lists them.
// Keys of parts that Corosync has and quorate has not (its service engines, blackbox, resource watch) are
// not there.
func (c *Config) Cmap(rt Runtime, prefix string) []api.CmapEntry {
	m := entryMap{}
	for _, e := range c.entries {
		m.put(e.Key, e.Type, e.Value)
	}
	c.localKeys(m, rt)
	c.configKeys(m)
	c.quorumKeys(m, rt)
	for _, p := range rt.Members {
		p.keys(m)
	}
	if rt.Reloads > 0 {
		status := 0
		if rt.ReloadOK {
			status = 1
		}
		m.num("config.reload_status", "i32", status)
		m.num("config.reload_in_progress", "u8", 0)
		m.num("config.totemconfig_reload_in_progress", "u8", 0)
	}
	return m.sorted(prefix)
}

type entryMap map[string]api.CmapEntry

func (m entryMap) put(key, typ, value string) {
	m[key] = api.CmapEntry{Key: key, Type: typ, Value: value}
}

func (m entryMap) num(key, typ string, n int) { m.put(key, typ, strconv.Itoa(n)) }

func (m entryMap) sorted(prefix string) []api.CmapEntry {
	out := make([]api.CmapEntry, 0, len(m))
	for _, e := range m {
		if strings.HasPrefix(e.Key, prefix) {
			out = append(out, e)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}

// localKeys are those that depend on which node this is.
func (c *Config) localKeys(m entryMap, rt Runtime) {
	m.num("nodelist.local_node_pos", "u32", rt.Local)
	for _, l := range c.Links {
		if a := c.Nodes[rt.Local].Addrs[l.ID]; a != "" {
			m.put(fmt.Sprintf("%s.%d.bindnetaddr", interfacePath, l.ID), "str", a)
		}
	}
}

// configKeys are the derived values, runtime.config.totem.*. Ping interval and timeout of a link are the
// ones that quorate uses.
func (c *Config) configKeys(m entryMap) {
	const prefix = "runtime.config.totem."
	t := c.Timers()
	on := func(key string, otherwise int) int {
		switch c.entries.str("totem."+key, "") {
		case "yes":
			return 1
		case "no":
			return 0
		}
		return otherwise
	}
	num := func(key string, otherwise int) int { return c.entries.num("totem."+key, otherwise) }
	for key, n := range map[string]int{
		"block_unlisted_ips": on("block_unlisted_ips", 1), "cancel_token_hold_on_retransmit": on("cancel_token_hold_on_retransmit", 0),
		"consensus": t.Consensus, "downcheck": t.Downcheck, "fail_recv_const": t.FailRecv,
		"heartbeat_failures_allowed": t.HeartbeatFailures, "hold": t.Hold, "join": t.Join,
		"knet_compression_threshold": num("knet_compression_threshold", 0), "knet_mtu": num("knet_mtu", 0),
		"knet_pmtud_interval": num("knet_pmtud_interval", 30), "max_messages": t.MaxMessages,
		"max_network_delay": t.MaxNetworkDelay, "merge": t.Merge, "miss_count_const": t.MissCount,
		"send_join": t.SendJoin, "seqno_unchanged_const": t.SeqnoUnchanged, "token": t.Token,
		"token_retransmit": t.TokenRetransmit, "token_retransmits_before_loss_const": t.Retransmits,
		"token_warning": t.TokenWarning, "window_size": t.WindowSize,
	} {
		m.num(prefix+key, "u32", n)
	}
	m.num(prefix+"knet_compression_level", "i32", num("knet_compression_level", 0))
	m.put(prefix+"knet_compression_model", "str", c.entries.str("totem.knet_compression_model", "none"))
	for _, l := range c.Links {
		link := fmt.Sprintf("%sinterface.%d.", prefix, l.ID)
		m.num(link+"knet_ping_interval", "u32", int(Heartbeat(c.Token)/time.Millisecond))
		m.num(link+"knet_ping_timeout", "u32", int(LinkTimeout(c.Token)/time.Millisecond))
	}
}

func (c *Config) quorumKeys(m entryMap, rt Runtime) {
	if c.Provider == "" {
		return
	}
	self := c.Nodes[rt.Local].ID
	lowest, highest := self, self
	for _, p := range rt.Members {
		if p.Joined {
			lowest, highest = min(lowest, p.ID), max(highest, p.ID)
		}
	}
	bit := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	const prefix = "runtime.votequorum."
	m.num(prefix+"ev_barrier", "u32", rt.Expected)
	m.num(prefix+"lowest_node_id", "u32", int(lowest))
	m.num(prefix+"highest_node_id", "u32", int(highest))
	m.num(prefix+"this_node_id", "u32", int(self))
	m.num(prefix+"two_node", "u8", bit(c.Quorum.TwoNode))
	if c.Quorum.WaitForAll {
		m.num(prefix+"wait_for_all_status", "u8", bit(rt.WaitForAll))
	}
	if c.Quorum.AutoTieBreaker {
		m.num(prefix+"atb_type", "u32", tieBreakerType(c.Quorum.AutoTieBreakerBy))
	}
}

// tieBreakerType is the number that the map has for auto_tie_breaker_node.
func tieBreakerType(by string) int {
	switch by {
	case "lowest":
		return 1
	case "highest":
		return 2
	}
	return 3 // a list
}

func (p MapMember) keys(m entryMap) {
	prefix := fmt.Sprintf("runtime.members.%d.", p.ID)
	var ip strings.Builder
	for l := range linkMax + 1 {
		if a := p.Addrs[l]; a != "" {
			fmt.Fprintf(&ip, "r(%d) ip(%s) ", l, a)
		}
	}
	status := "left"
	if p.Joined {
		status = "joined"
	}
	m.put(prefix+"config_version", "u64", strconv.FormatUint(p.ConfigVersion, 10))
	m.put(prefix+"ip", "str", ip.String())
	m.num(prefix+"join_count", "u32", p.JoinCount)
	m.put(prefix+"status", "str", status)
}
