package quorum

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

type failer interface{ Fatal(...any) }

// cluster is a set of nodes in partitions; it does what messaging and node do for the real ones: it
// tells each node of every change, and carries the announcements until nobody has anything new to say.
type cluster struct {
	opts   Options
	voters []Voter
	nodes  map[uint32]*State
	group  map[uint32]int // partition of each running node
	votes  map[uint32]int
	device map[int]int // partition → votes of the device
	last   map[uint32]Decision
	timers map[uint32]bool
	disk   map[uint32]Ledger // what crashed nodes kept
	left   []uint32
}

func TestTables(t *testing.T) {
	datadriven.Walk(t, "testdata/tables", func(t *testing.T, path string) {
		c := &cluster{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "cluster" {
				c = newCluster(d)
				return ""
			}
			msg := c.run(t, d)
			return msg + c.show()
		})
	})
}

func emptyCluster() *cluster {
	return &cluster{nodes: map[uint32]*State{}, group: map[uint32]int{}, votes: map[uint32]int{}, device: map[int]int{},
		last: map[uint32]Decision{}, timers: map[uint32]bool{}, disk: map[uint32]Ledger{}}
}

func newCluster(d *datadriven.TestData) *cluster {
	c := emptyCluster()
	n, wfa := 0, ""
	for _, a := range d.CmdArgs {
		val := strings.Join(a.Vals, " ")
		num, _ := strconv.Atoi(val)
		switch a.Key {
		case "nodes":
			n = num
		case "votes":
			for i, v := range a.Vals {
				c.votes[uint32(i+1)], _ = strconv.Atoi(v)
			}
		case "two_node":
			c.opts.TwoNode = true
		case "wait_for_all":
			wfa = val
		case "lms":
			c.opts.LastManStanding, c.opts.LMSWindow = true, 3*time.Second
		case "atb":
			c.opts.AutoTieBreaker, c.opts.AutoTieBreakerBy = true, val
		case "allow_downscale":
			c.opts.AllowDownscale = true
		case "expected":
			c.opts.ExpectedVotes = num
		case "device":
			c.opts.DeviceVotes = num
		case "master_wins":
			c.opts.DeviceMasterWins = true
		default:
			d.Fatalf(nil, "unknown option %s", a.Key)
		}
	}
	c.opts.WaitForAll = c.opts.TwoNode && wfa == "" || wfa == "1"
	for i := range n {
		id := uint32(i + 1)
		if c.votes[id] == 0 {
			c.votes[id] = 1
		}
		c.voters = append(c.voters, Voter{ID: id, Votes: c.votes[id]})
	}
	return c
}

func (c *cluster) run(t *testing.T, d *datadriven.TestData) string {
	msg := ""
	c.left = nil
	var args []uint32
	for _, a := range d.CmdArgs {
		if n, err := strconv.ParseUint(a.Key, 10, 32); err == nil {
			args = append(args, uint32(n))
		}
	}
	switch d.Cmd {
	case "start":
		for _, id := range args {
			c.nodes[id], c.group[id] = New(id, c.opts, c.voters), 0
		}
	case "crash":
		c.remove(args)
	case "leave":
		c.left = args
		c.remove(args)
	case "split": // split 1 2 / 3 4
		g := 0
		for _, a := range d.CmdArgs {
			if a.Key == "/" {
				g++
			} else if n, err := strconv.Atoi(a.Key); err == nil {
				c.group[uint32(n)] = g
			}
		}
	case "heal":
		clear(c.group)
	case "timer":
		for _, id := range c.alive() {
			if c.timers[id] {
				delete(c.timers, id)
				c.last[id] = c.nodes[id].LastManStanding()
			}
		}
	case "cancel":
		c.nodes[args[0]].CancelWaitForAll()
	case "expected":
		for _, id := range c.alive() {
			if _, err := c.nodes[id].SetExpected(int(args[0])); err != nil {
				msg = err.Error() + "\n"
			}
		}
	case "votes": // votes ID N
		c.votes[args[0]] = int(args[1])
	case "reload":
		c.voters = nil
		for id := range uint32(args[0]) {
			if c.votes[id+1] == 0 {
				c.votes[id+1] = 1
			}
			c.voters = append(c.voters, Voter{ID: id + 1, Votes: c.votes[id+1]})
		}
		for _, id := range c.alive() {
			c.nodes[id].Reconfigure(c.opts, c.voters)
		}
	case "device": // device PARTITION VOTES
		c.device[int(args[0])] = int(args[1])
	default:
		d.Fatalf(t, "unknown command %s", d.Cmd)
	}
	c.settle(t)
	return msg
}

func (c *cluster) remove(gone []uint32) {
	for _, id := range gone {
		delete(c.nodes, id)
		delete(c.group, id)
		delete(c.last, id)
		delete(c.timers, id)
	}
}

func (c *cluster) alive() []uint32 {
	var out []uint32
	for id := range c.nodes {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// settle lets all nodes decide until the announcements stay the same.
func (c *cluster) settle(t failer) {
	for range 6 {
		before := map[uint32]Announcement{}
		for _, id := range c.alive() {
			before[id] = c.nodes[id].Announce()
		}
		for _, id := range c.alive() {
			d := c.nodes[id].Decide(c.view(id, before))
			c.last[id] = d
			if d.StartTimer > 0 {
				c.timers[id] = true
			}
		}
		same := true
		for _, id := range c.alive() {
			same = same && fmt.Sprint(before[id]) == fmt.Sprint(c.nodes[id].Announce())
		}
		if same {
			return
		}
	}
	t.Fatal("the nodes do not come to an end")
}

func (c *cluster) view(self uint32, said map[uint32]Announcement) View {
	v := View{Left: c.left, DeviceVotes: c.device[c.group[self]]}
	for _, id := range c.alive() {
		if c.group[id] == c.group[self] {
			v.Members = append(v.Members, Member{ID: id, Votes: c.votes[id], Announcement: said[id]})
		}
	}
	for _, voter := range c.voters {
		v.Replicas = append(v.Replicas, voter.ID)
	}
	return v
}

func (c *cluster) show() string {
	var b strings.Builder
	for _, id := range c.alive() {
		d := c.last[id]
		word := map[bool]string{true: "yes", false: "no"}[d.Quorate]
		fmt.Fprintf(&b, "%d: %s E%d T%d Q%d", id, word, d.Expected, d.Total, d.Needed)
		if len(d.Flags) > 0 {
			fmt.Fprintf(&b, " %s", strings.Join(d.Flags, " "))
		}
		if d.Waiting {
			fmt.Fprintf(&b, ", waits for %v", d.WaitingFor)
		}
		if d.MayForce {
			b.WriteString(", may force")
		}
		b.WriteString("\n")
		if d.Blocked == d.Quorate {
			b.WriteString("blocked contradicts quorate\n")
		}
	}
	if b.Len() == 0 {
		return "nobody runs\n"
	}
	return b.String()
}
