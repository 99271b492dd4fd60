package config

import "time"

// Timers are the totem values after defaults and derivations, in the units of the file (milliseconds,
// counts). Only Token acts in quorate; the others are derived for the map, as Corosync does.
type Timers struct {
	Token, TokenWarning, Retransmits, TokenRetransmit, Hold int
	Join, SendJoin, Consensus, Merge, Downcheck             int
	FailRecv, SeqnoUnchanged, MissCount                     int
	HeartbeatFailures, MaxNetworkDelay                      int
	WindowSize, MaxMessages                                 int
}

// Timers derives the values of totem.
func (c *Config) Timers() Timers {
	num := func(key string, otherwise int) int { // 0 is no value of a timer: it stands for the default
		if n := c.entries.num("totem."+key, 0); n != 0 {
			return n
		}
		return otherwise
	}
	t := Timers{
		Token: int(c.Token / time.Millisecond), TokenWarning: c.entries.num("totem.token_warning", 75),
		Retransmits: num("token_retransmits_before_loss_const", 4),
		Join:        num("join", 50), SendJoin: num("send_join", 0), Merge: num("merge", 200), Downcheck: num("downcheck", 1000),
		FailRecv: num("fail_recv_const", 2500), SeqnoUnchanged: num("seqno_unchanged_const", 30), MissCount: num("miss_count_const", 5),
		HeartbeatFailures: num("heartbeat_failures_allowed", 0), MaxNetworkDelay: num("max_network_delay", 50),
		WindowSize: num("window_size", 50), MaxMessages: num("max_messages", 17),
	}
	t.TokenRetransmit = num("token_retransmit", t.Token*10/(t.Retransmits*10+2))
	t.Hold = num("hold", t.TokenRetransmit*8/10-10)
	t.Consensus = num("consensus", t.Token*12/10)
	return t
}

// Heartbeat is how often every node sends on every link: five tries within the detection time, so
// that four lost packets in a row cost nothing.
func Heartbeat(token time.Duration) time.Duration { return token / 5 }

// LinkTimeout is when a link without an echo is down. It is half the detection time, so that a dead
// link is known, and shown, before the node is lost.
func LinkTimeout(token time.Duration) time.Duration { return token / 2 }
