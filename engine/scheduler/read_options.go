package scheduler

import (
	"strings"

	"quorate/engine/rule"
)

// QuorumPolicy is what a partition without quorum does.
type QuorumPolicy string

// The policies.
const (
	PolicyStop    QuorumPolicy = "stop"
	PolicyFreeze  QuorumPolicy = "freeze"
	PolicyIgnore  QuorumPolicy = "ignore"
	PolicyDemote  QuorumPolicy = "demote"
	PolicySuicide QuorumPolicy = "suicide"
)

// Options are the cluster options that decide; times are milliseconds unless named otherwise.
type Options struct {
	NoQuorum             QuorumPolicy
	Symmetric            bool
	MaintenanceMode      bool
	StartFailureFatal    bool
	StartupProbes        bool
	ShutdownLock         bool
	ShutdownLockLimit    int64 // seconds
	Stonith              bool
	StonithAction        string
	StonithTimeout       int64
	HaveWatchdog         bool
	ConcurrentFencing    bool
	StartupFencing       bool
	PriorityFencingDelay int64 // seconds
	ClusterDelay         int64
	BatchLimit           int
	MigrationLimit       int
	StopAll              bool
	StopOrphans          bool
	StopOrphanActions    bool
	RemoveAfterStop      bool
	HealthStrategy       string
	Placement            string
	ClusterName          string
	All                  map[string]string // as configured
}

type healthScores struct{ red, yellow, green, base Score }

type optionReader struct {
	c *Cluster
	m map[string]string
}

func (o optionReader) bool(name string, def bool) bool {
	s, ok := o.m[name]
	if !ok {
		return def
	}
	v, ok := rule.ParseBool(s)
	if !ok {
		o.c.bad(name, s)
		return def
	}
	return v
}

func (o optionReader) word(name string, words ...string) string {
	s, ok := o.m[name]
	if !ok {
		return words[0]
	}
	for _, w := range words {
		if foldEq(s, w) {
			return w
		}
	}
	o.c.bad(name, s)
	return words[0]
}

func (o optionReader) time(name string, def int64) int64 {
	s, ok := o.m[name]
	if !ok {
		return def
	}
	v, ok := parseMS(s)
	if !ok {
		o.c.bad(name, s)
		return def
	}
	return v
}

func (o optionReader) int(name string, def int) int {
	s, ok := o.m[name]
	if !ok {
		return def
	}
	v, ok := parseInt(s)
	if !ok {
		o.c.bad(name, s)
		return def
	}
	return int(v)
}

func (o optionReader) score(name string, def Score) Score {
	s, ok := o.m[name]
	if !ok {
		return def
	}
	if _, num := parseInt(s); !num && !strings.HasSuffix(s, "INFINITY") {
		o.c.bad(name, s)
		return def
	}
	return o.c.parseScore(s)
}

func (c *Cluster) bad(name, value string) {
	c.err("Using default value for cluster option '" + name + "' because '" + value + "' is invalid")
}

// readOptions merges the cluster property sets and replaces invalid values by defaults.
func (c *Cluster) readOptions() {
	m := map[string]string{}
	conf := kid(c.cib, "configuration")
	c.merge(kid(conf, "crm_config"), "cluster_property_set", "cib-bootstrap-options", rule.Env{}, m, false)
	o := optionReader{c, m}
	c.Options = Options{
		NoQuorum:  QuorumPolicy(o.word("no-quorum-policy", "stop", "freeze", "ignore", "demote", "suicide")),
		Symmetric: o.bool("symmetric-cluster", true), MaintenanceMode: o.bool("maintenance-mode", false),
		StartFailureFatal: o.bool("start-failure-is-fatal", true), StartupProbes: o.bool("enable-startup-probes", true),
		ShutdownLock: o.bool("shutdown-lock", false), Stonith: o.bool("stonith-enabled", true),
		StonithTimeout: o.time("stonith-timeout", 60000), HaveWatchdog: o.bool("have-watchdog", false),
		ConcurrentFencing: o.bool("concurrent-fencing", false), StartupFencing: o.bool("startup-fencing", true),
		PriorityFencingDelay: o.time("priority-fencing-delay", 0) / 1000, ClusterDelay: o.time("cluster-delay", 60000),
		BatchLimit: o.int("batch-limit", 0), MigrationLimit: o.int("migration-limit", -1),
		StopAll: o.bool("stop-all-resources", false), StopOrphans: o.bool("stop-orphan-resources", true),
		StopOrphanActions: o.bool("stop-orphan-actions", true), RemoveAfterStop: o.bool("remove-after-stop", false),
		HealthStrategy: o.word("node-health-strategy", "none", "migrate-on-red", "only-green", "progressive", "custom"),
		Placement:      o.word("placement-strategy", "default", "utilization", "minimal", "balanced"),
		ClusterName:    m["cluster-name"], All: m,
	}
	if limit := o.time("shutdown-lock-limit", 0) / 1000; c.Options.ShutdownLock {
		c.Options.ShutdownLockLimit = limit
	}
	c.Options.StonithAction = c.stonithAction(m["stonith-action"])
	if !c.Options.Stonith {
		c.Options.StartupFencing = false // nothing to fence with
	}
	c.haveDevice = c.Options.HaveWatchdog
	c.readHealth(o)
	c.checkSuicide()
}

func (c *Cluster) stonithAction(s string) string {
	switch s {
	case "", "reboot":
		return "reboot"
	case "off", "poweroff":
		return "off"
	}
	c.bad("stonith-action", s)
	return "reboot"
}

// checkSuicide replaces no-quorum-policy=suicide where it cannot be carried out: it needs
// fencing, and a partition that once had quorum.
func (c *Cluster) checkSuicide() {
	if c.Options.NoQuorum != PolicySuicide {
		return
	}
	panicked, _ := parseInt(attr(c.cib, "no-quorum-panic"))
	switch {
	case !c.Options.Stonith:
		c.err("Resetting no-quorum-policy to 'stop' because fencing is disabled")
		c.Options.NoQuorum = PolicyStop
	case panicked == 0 && !c.Quorum:
		c.Options.NoQuorum = PolicyStop
	}
}

// readHealth sets what red, yellow and green mean in every score of the CIB.
func (c *Cluster) readHealth(o optionReader) {
	// the words themselves have no meaning yet while these are read
	set := healthScores{red: o.score("node-health-red", -Infinity), yellow: o.score("node-health-yellow", 0),
		green: o.score("node-health-green", 0), base: o.score("node-health-base", 0)}
	switch c.Options.HealthStrategy {
	case "migrate-on-red":
		c.health.red = -Infinity
	case "only-green":
		c.health.red, c.health.yellow = -Infinity, -Infinity
	case "custom":
		c.health = healthScores{red: set.red, yellow: set.yellow, green: set.green}
	case "progressive":
		c.health = set
	}
}
