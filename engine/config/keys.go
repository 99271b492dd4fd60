package config

import (
	"math"
	"strconv"
	"strings"
)

// intType is an integer type of the map with its range.
type intType struct {
	name     string
	min, max string
	signed   bool
	bits     int
}

var intTypes = map[string]intType{
	"i8":  {"i8", "-128", "127", true, 8},
	"u8":  {"u8", "0", "255", false, 8},
	"i16": {"i16", "-32768", "32767", true, 16},
	"u16": {"u16", "0", "65535", false, 16},
	"i32": {"i32", "-2147483648", "2147483647", true, 32},
	"u32": {"u32", "0", "4294967295", false, 32},
	"i64": {"i64", "-9223372036854775808", "9223372036854775807", true, 64},
	"u64": {"u64", "0", "18446744073709551615", false, 64},
}

// canonical returns the decimal form of v, false if v is no integer of the type.
func (t intType) canonical(v string) (string, bool) {
	if t.signed {
		n, err := strconv.ParseInt(v, 10, t.bits)
		return strconv.FormatInt(n, 10), err == nil
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(v, "+"), 10, t.bits)
	return strconv.FormatUint(n, 10), err == nil && !strings.HasPrefix(v, "++")
}

// typeOf returns the type that a key of the file has; every key that is not named here is a string.
func typeOf(section, key string) string {
	return keyTypes[section+"."+key]
}

// keyTypes has the keys that are not strings, by section path and key, without indices.
var keyTypes = buildKeyTypes()

func buildKeyTypes() map[string]string {
	types := map[string]string{}
	add := func(section, typ, keys string) {
		for _, k := range strings.Fields(keys) {
			types[section+"."+k] = typ
		}
	}
	add("totem", "u32", `version nodeid token token_coefficient token_warning token_retransmits_before_loss_const
		token_retransmit hold join send_join consensus merge downcheck fail_recv_const seqno_unchanged_const
		miss_count_const heartbeat_failures_allowed max_network_delay window_size max_messages
		knet_pmtud_interval knet_mtu netmtu knet_compression_threshold`)
	add("totem", "i32", "knet_compression_level")
	add("totem", "u64", "config_version")
	add("totem.interface", "u8", "linknumber knet_link_priority ttl")
	add("totem.interface", "u16", "mcastport")
	add("totem.interface", "u32", "knet_ping_interval knet_ping_timeout knet_ping_precision knet_pong_count")
	add("nodelist.node", "u32", "nodeid quorum_votes")
	add("quorum", "u32", "expected_votes votes last_man_standing_window")
	add("quorum", "u8", "two_node wait_for_all last_man_standing auto_tie_breaker allow_downscale expected_votes_tracking")
	add("quorum.device", "u32", "votes timeout sync_timeout")
	add("quorum.device", "u8", "master_wins")
	add("resources", "u32", "watchdog_timeout")
	add("resources.system.memory_used", "u64", "poll_period")
	add("resources.system.load_15min", "u64", "poll_period")
	add("resources.system.memory_used", "i32", "max")
	add("resources.system.load_15min", "dbl", "max")
	return types
}

// enums are the string keys whose values are checked while parsing, with the refusal.
var enums = map[string]struct {
	values string
	refuse string
}{
	"totem.crypto_cipher":          {"none aes256 aes192 aes128", "Invalid cipher type. Should be none, aes256, aes192 or aes128"},
	"totem.crypto_hash":            {"none md5 sha1 sha256 sha384 sha512", "Invalid hash type. Should be none, md5, sha1, sha256, sha384 or sha512"},
	"totem.crypto_model":           {"nss openssl", "Invalid crypto model. Should be nss or openssl"},
	"totem.knet_compression_model": {"zlib lz4 lz4hc lzo2 lzma bzip2 zstd", "Invalid compression model. Should be zlib, lz4, lz4hc, lzo2, lzma, bzip2 or zstd"},
	"totem.ip_version":             {"ipv4 ipv6 ipv4-6 ipv6-4", "Invalid ip_version type"},
	"system.qb_ipc_type":           {"native shm socket", "Invalid system.qb_ipc_type"},
	"system.sched_rr":              {"yes no", "Invalid system.sched_rr value"},
	"system.move_to_root_cgroup":   {"yes no auto", "Invalid system.move_to_root_cgroup"},
}

func oneOf(words, w string) bool {
	for _, x := range strings.Fields(words) {
		if x == w {
			return true
		}
	}
	return false
}

// checkValue returns the canonical value and the map type of a key of the file, or the refusal.
func checkValue(section, key, value string) (canon, typ, refuse string) {
	typ = typeOf(section, key)
	if t, ok := intTypes[typ]; ok {
		canon, valid := t.canonical(value)
		if !valid {
			return "", "", `Value of key "` + join(section, key) + `" is expected to be integer in range (` +
				t.min + ".." + t.max + `), but "` + value + `" was given`
		}
		return canon, typ, ""
	}
	if typ == "dbl" {
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return "", "", `Value of key "` + join(section, key) + `" is expected to be a number, but "` + value + `" was given`
		}
		return formatFloat(n), typ, ""
	}
	if e, ok := enums[join(section, key)]; ok && !oneOf(e.values, value) {
		return "", "", e.refuse
	}
	return value, "str", ""
}

func formatFloat(n float64) string { return strconv.FormatFloat(n, 'f', 6, 64) }
