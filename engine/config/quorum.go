package config

import (
	"strconv"
	"strings"
	"time"

	"quorate/engine/quorum"
)

// Voters are the nodes with their votes.
func (c *Config) Voters() []quorum.Voter {
	voters := make([]quorum.Voter, len(c.Nodes))
	for i, n := range c.Nodes {
		voters[i] = quorum.Voter{ID: n.ID, Votes: n.Votes}
	}
	return voters
}

// readQuorum takes the options of the quorum section and refuses what votequorum refuses at its start
// (exit code 20). What it tolerates with a line in the log becomes a warning, and is switched off.
func (c *Config) readQuorum() error {
	e := c.entries
	c.Provider = e.str("quorum.provider", "")
	if c.Provider == "" {
		return nil
	}
	if c.Provider != "corosync_votequorum" {
		return c.refuseService("quorum.provider", "Invalid quorum provider")
	}
	two := e.yes("quorum.two_node", false)
	c.Quorum = quorum.Options{
		ExpectedVotes:    e.num("quorum.expected_votes", 0),
		TwoNode:          two,
		WaitForAll:       e.yes("quorum.wait_for_all", two),
		LastManStanding:  e.yes("quorum.last_man_standing", false),
		LMSWindow:        time.Duration(e.num("quorum.last_man_standing_window", 10000)) * time.Millisecond,
		AutoTieBreaker:   e.yes("quorum.auto_tie_breaker", false),
		AutoTieBreakerBy: e.str("quorum.auto_tie_breaker_node", "lowest"),
		AllowDownscale:   e.yes("quorum.allow_downscale", false),
		DeviceMasterWins: e.yes("quorum.device.master_wins", false),
	}
	if err := c.readDevice(); err != nil {
		return err
	}
	return c.checkQuorum()
}

// readDevice fills the votes of the quorum device, which is there if quorum.device.model is set.
func (c *Config) readDevice() error {
	e, o := c.entries, &c.Quorum
	if e.str("quorum.device.model", "") == "" {
		return nil
	}
	for _, key := range []string{"last_man_standing", "auto_tie_breaker", "allow_downscale"} {
		if e.yes("quorum."+key, false) {
			return c.refuseService("quorum."+key, "configuration error: quorum.device is not compatible with "+key)
		}
	}
	if o.TwoNode {
		return c.refuseService("quorum.two_node", "configuration error: two_node and quorum device cannot be configured at the same time!")
	}
	_, given := e["quorum.device.votes"]
	switch {
	case given:
		o.DeviceVotes = e.num("quorum.device.votes", 0)
	case o.ExpectedVotes > 0:
		return c.refuseService("quorum.expected_votes", "configuration error: quorum.device.votes must be specified when quorum.expected_votes is set")
	case !c.oneVoteEach():
		return c.refuseService("quorum.device.model", "configuration error: quorum.device.votes must be specified when not all nodes votes 1")
	default:
		o.DeviceVotes = len(c.Nodes) - 1
	}
	if o.ExpectedVotes > 0 && o.ExpectedVotes-o.DeviceVotes < 2 {
		return c.refuseService("quorum.device.votes", "configuration error: quorum.device.votes is too high or expected_votes is too low")
	}
	return nil
}

func (c *Config) oneVoteEach() bool {
	for _, n := range c.Nodes {
		if n.Votes != 1 {
			return false
		}
	}
	return true
}

// checkQuorum settles options that do not go together.
func (c *Config) checkQuorum() error {
	o := &c.Quorum
	warn := func(s string) { c.Warnings = append(c.Warnings, s) }
	if o.TwoNode && o.AutoTieBreaker {
		warn("two_node and auto_tie_breaker are both specified but are not compatible.")
		warn("two_node has been disabled, please fix your corosync.conf")
		o.TwoNode = false
	}
	odd := c.expectedVotes()%2 == 1
	if o.AutoTieBreaker && odd && !o.WaitForAll {
		if o.LastManStanding {
			return c.refuseService("quorum.auto_tie_breaker", "configuration error: auto_tie_breaker & last_man_standing not available in odd sized cluster")
		}
		warn("auto_tie_breaker needs wait_for_all when the sum of the votes is odd.")
		warn("Therefore auto_tie_breaker has been disabled. Please fix your corosync.conf")
		o.AutoTieBreaker = false
	}
	if o.AutoTieBreaker && !validTieBreaker(o.AutoTieBreakerBy) {
		warn("auto_tie_breaker_node: '" + o.AutoTieBreakerBy + "' is neither lowest, highest nor a list of node ids; auto_tie_breaker is off")
		o.AutoTieBreaker = false
	}
	if _, given := c.entries["quorum.auto_tie_breaker_node"]; given && !c.entries.yes("quorum.auto_tie_breaker", false) {
		warn("auto_tie_breaker_node: is meaningless if auto_tie_breaker is set to 0")
	}
	if o.LastManStanding && !c.oneVoteEach() {
		warn("Last Man Standing feature is supported only when all nodes have 1 vote. Disabling LMS.")
		o.LastManStanding = false
	}
	if c.entries.yes("quorum.expected_votes_tracking", false) {
		warn("expected_votes_tracking is not done: the replicated log remembers the electorate")
	}
	return nil
}

// expectedVotes is what the file says that all nodes together have.
func (c *Config) expectedVotes() int {
	if c.Quorum.ExpectedVotes > 0 {
		return c.Quorum.ExpectedVotes
	}
	sum := c.Quorum.DeviceVotes
	for _, n := range c.Nodes {
		sum += n.Votes
	}
	return sum
}

func validTieBreaker(by string) bool {
	if by == "lowest" || by == "highest" {
		return true
	}
	for _, f := range strings.Fields(by) {
		if _, err := strconv.ParseUint(f, 10, 32); err != nil {
			return false
		}
	}
	return len(strings.Fields(by)) > 0
}

// refuseService is an error of the quorum service: exit code 20.
func (c *Config) refuseService(key, text string) *Error {
	e := c.refusePlain(key, "%s", text)
	e.Exit = ExitService
	return e
}
