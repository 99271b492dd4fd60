package tools

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"quorate/engine/api"
	"quorate/engine/exit"
)

var quorumtoolCommand = &command{
	name: "corosync-quorumtool", dialect: getopt, own: true, bad: exit.Error, text: quorumtoolUsage,
	options: []option{
		{long: "s", short: 's'}, {long: "m", short: 'm'}, {long: "l", short: 'l'}, {long: "a", short: 'a'}, {long: "p", short: 'p'},
		{long: "v", short: 'v', arity: value}, {long: "n", short: 'n', arity: value}, {long: "e", short: 'e', arity: value},
		{long: "H", short: 'H'}, {long: "i", short: 'i'}, {long: "o", short: 'o', arity: value}, {long: "f", short: 'f'},
		{long: "h", short: 'h'}, {long: "V", short: 'V'},
	},
}

const quorumtoolUsage = `usage: 
corosync-quorumtool <options>

  options:

  -s             show quorum and membership (default)
  -m             show it again at every change, until a signal ends it
  -l             show the members only
  -a             show all addresses of each node
  -p             with -s or -l: show the state of the quorum device too
  -v <votes>     change the votes of a node
  -n <nodeid>    the node for -v (default: this one)
  -e <expected>  change the expected votes of the cluster
  -H             show node ids in hexadecimal
  -i             show addresses instead of names
  -o <a|n|i>     order by address (default), name or node id
  -f             unregister a quorum device (there is none)
  -h             show this text
  -V             show the version

`

// quorumCall is one call of corosync-quorumtool.
type quorumCall struct {
	*call
	verb  string
	order byte
	votes int
	id    uint32
}

func corosyncQuorumtool(k *call) exit.Code {
	q := &quorumCall{call: k, verb: "s", order: 'a'}
	if code := q.read(); code != exit.OK {
		return code
	}
	switch q.verb {
	case "h":
		k.out.printf("%s", quorumtoolUsage)
		return exit.OK
	case "V":
		k.out.printf("corosync-quorumtool version: %s\n", corosyncVersion)
		return exit.OK
	}
	cluster, s, err := k.status()
	if err != nil {
		k.out.note("Cannot initialize CMAP service")
		k.explain(err)
		return exit.Error
	}
	switch q.verb {
	case "v", "e":
		return q.setVotes(s)
	case "f":
		k.out.note("Unable to unregister quorum device: CS_ERR_NOT_EXIST")
		return exit.Error
	case "m":
		return q.monitor(cluster)
	case "l":
		k.out.printf("\n")
		q.members(s)
		return exit.OK
	}
	q.status(s)
	if !s.Quorum.Quorate {
		return exit.InvalidParam // 2, which scripts take for "not quorate"
	}
	return exit.OK
}

// read checks the values of all options; the last command wins.
func (q *quorumCall) read() exit.Code {
	for _, f := range q.flags {
		switch f.name {
		case "s", "m", "l", "f", "h", "V":
			q.verb = f.name
		case "v", "e":
			n, err := strconv.Atoi(f.value)
			switch {
			case f.name == "e" && (err != nil || n <= 0):
				q.out.note("New expected votes value was not valid, try a positive number")
				return exit.Error
			case err != nil || n < 0:
				q.out.note("New votes value was not valid, try a positive number or zero")
				return exit.Error
			}
			q.verb, q.votes = f.name, n
		case "n":
			n, err := strconv.ParseUint(f.value, 10, 32)
			if err != nil || n == 0 {
				q.out.note("The nodeid was not valid, try a positive number")
				return exit.Error
			}
			q.id = uint32(n)
		case "o":
			if f.value != "a" && f.value != "n" && f.value != "i" {
				q.out.note("Invalid ordering option. valid orders are a(address), i(node ID) or n(name)")
				return exit.Error
			}
			q.order = f.value[0]
		}
	}
	return exit.OK
}

// status prints the whole report.
func (q *quorumCall) status(s *api.Status) {
	u := s.Quorum
	yes, blocked := "Yes", " "
	if !u.Quorate {
		yes = "No"
	}
	if u.Blocked {
		blocked = "Activity blocked"
	}
	id := strconv.FormatUint(uint64(s.NodeID), 10)
	if q.has("H") {
		id = fmt.Sprintf("0x%08x", s.NodeID)
	}
	q.out.printf("Quorum information\n------------------\n")
	q.out.printf("Date:             %s\n", q.Now().Format("Mon Jan _2 15:04:05 2006"))
	q.out.printf("Quorum provider:  %s\nNodes:            %d\nNode ID:          %s\nRing ID:          %s\nQuorate:          %s\n\n",
		u.Provider, len(u.Members), id, u.RingID, yes)
	q.out.printf("Votequorum information\n----------------------\n")
	q.out.printf("Expected votes:   %d\nHighest expected: %d\nTotal votes:      %d\nQuorum:           %d %s\n",
		u.Expected, u.HighestExpected, u.Total, u.Quorum, blocked)
	flags := ""
	for _, f := range u.Flags {
		flags += f + " "
	}
	q.out.printf("Flags:            %s\n\n", flags)
	q.members(s)
}

// members prints the table of the members.
func (q *quorumCall) members(s *api.Status) {
	device := ""
	if q.has("p") {
		device = "    Qdevice"
	}
	q.out.printf("Membership information\n----------------------\n    Nodeid      Votes%s Name\n", device)
	members := slices.Clone(s.Quorum.Members)
	slices.SortStableFunc(members, q.compare)
	for _, m := range members {
		format := "%10d %10d "
		if q.has("H") {
			format = "0x%08x %10d "
		}
		q.out.printf(format, m.ID, m.Votes)
		if device != "" {
			q.out.printf("%10s ", "NR")
		}
		q.out.printf("%s%s\n", q.memberName(m), wordIf(m.ID == s.NodeID, " (local)"))
	}
}

func (q *quorumCall) memberName(m api.QuorumNode) string {
	switch {
	case q.has("a"):
		return strings.Join(m.Addrs, ", ")
	case q.has("i") && len(m.Addrs) > 0:
		return m.Addrs[0]
	}
	return m.Name
}

// compare orders members as -o asks; node ids stand for addresses, whose order they follow in the ring.
func (q *quorumCall) compare(a, b api.QuorumNode) int {
	switch q.order {
	case 'n':
		return strings.Compare(a.Name, b.Name)
	case 'i':
		return int(int64(a.ID) - int64(b.ID))
	}
	return 0
}

// setVotes changes expected votes, or the votes of a node.
func (q *quorumCall) setVotes(s *api.Status) exit.Code {
	id := q.id
	if id == 0 {
		id = s.NodeID
	}
	control, err := q.control()
	if err == nil && q.verb == "e" {
		err = control.SetExpectedVotes(q.ctx, q.votes)
	} else if err == nil {
		err = control.SetVotes(q.ctx, id, q.votes)
	}
	switch {
	case err == nil:
		return exit.OK
	case q.verb == "e":
		q.out.note("Unable to set expected votes: %s", csName(err))
	case codeOf(err) == exit.NoSuch:
		q.out.note("Unable to set votes %d for nodeid: %d: CS_ERR_NAME_NOT_FOUND", q.votes, id)
	default:
		q.out.note("Unable to set votes %d for nodeid: %d: %s", q.votes, id, csName(err))
	}
	q.explain(err)
	return exit.Error
}

// monitor prints the report at every change of membership or quorum, until the context ends.
func (q *quorumCall) monitor(cluster api.Cluster) exit.Code {
	events, err := cluster.Events(q.ctx)
	if err != nil {
		q.out.note("Unable to start quorum status tracking: %s", csName(err))
		return exit.Error
	}
	for {
		s, err := cluster.Status(q.ctx)
		if err != nil {
			return exit.Error
		}
		q.status(s)
		q.out.printf("\n")
		for e := range events {
			if e.Kind == "membership" || e.Kind == "quorum" {
				break
			}
		}
		if q.ctx.Err() != nil {
			return exit.OK
		}
	}
}
