package tools

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

var cfgtoolCommand = &command{
	name: "corosync-cfgtool", dialect: getopt, own: true, bad: exit.Error,
	options: []option{
		{long: "i", short: 'i', arity: value}, {long: "s", short: 's'}, {long: "n", short: 'n'}, {long: "b", short: 'b'},
		{long: "R", short: 'R'}, {long: "L", short: 'L'}, {long: "k", short: 'k', arity: value},
		{long: "a", short: 'a', arity: value}, {long: "h", short: 'h'}, {long: "H", short: 'H'}, {long: "force"},
	},
}

const cfgtoolUsage = `corosync-cfgtool [[-i <interface ip>] [-b] -s] [-R] [-L] [-k nodeid] [-a nodeid] [-h] [-H]

Shows the links of this node and controls the cluster engine.
options:
	-i	Accepted with -s: all links are shown.
	-s	Shows the state of the links of this node.
	-n	Shows the nodes that are reachable and their links.
	-b	With -s: one character for each node.
	-R	Has all nodes read corosync.conf again.
	-L	Has this node open its log files again.
	-k	Has the node with this id leave the cluster at once.
	-a	Shows the addresses of a node.
	-h	Shows this text.
	-H	Stops the cluster engine on this node.
		--force is accepted
`

// cfgVerbs are the commands; the last one on the line wins.
var cfgVerbs = map[string]func(*cfgCall) exit.Code{
	"s": (*cfgCall).links, "n": (*cfgCall).nodes, "R": (*cfgCall).reload, "L": (*cfgCall).reopen,
	"k": (*cfgCall).kill, "a": (*cfgCall).address, "H": (*cfgCall).shutdown,
}

// cfgCall is one call of corosync-cfgtool.
type cfgCall struct {
	*call
	id uint32
}

func corosyncCfgtool(k *call) exit.Code {
	c, verb := &cfgCall{call: k}, ""
	for _, f := range k.flags {
		if cfgVerbs[f.name] != nil || f.name == "h" {
			verb = f.name
		}
		if f.name == "k" || f.name == "a" {
			id, err := strconv.ParseUint(f.value, 10, 32)
			if err != nil || id == 0 {
				k.out.note("The nodeid was not valid, try a positive number")
				return exit.Error
			}
			c.id = uint32(id)
		}
	}
	if cfgVerbs[verb] == nil {
		k.out.printf("%s", cfgtoolUsage)
		return exit.OK
	}
	return cfgVerbs[verb](c)
}

// csErrors are the numbers and names that Corosync's tools show for a refused request.
var csErrors = map[exit.Code]struct {
	number int
	name   string
}{
	exit.Disconnect: {2, "CS_ERR_LIBRARY"}, exit.Timeout: {5, "CS_ERR_TIMEOUT"}, exit.TempFail: {6, "CS_ERR_TRY_AGAIN"},
	exit.InvalidParam: {7, "CS_ERR_INVALID_PARAM"}, exit.Config: {7, "CS_ERR_INVALID_PARAM"}, exit.DataErr: {7, "CS_ERR_INVALID_PARAM"},
	exit.InsufficientPr: {11, "CS_ERR_ACCESS"}, exit.NoPerm: {11, "CS_ERR_ACCESS"}, exit.NoSuch: {12, "CS_ERR_NOT_EXIST"},
	exit.Exists: {14, "CS_ERR_EXIST"}, exit.Unimplemented: {20, "CS_ERR_NOT_SUPPORTED"},
}

func csNumber(err error) int {
	if e, ok := csErrors[codeOf(err)]; ok {
		return e.number
	}
	return 2
}

func csName(err error) string {
	if e, ok := csErrors[codeOf(err)]; ok {
		return e.name
	}
	return "CS_ERR_LIBRARY"
}

// noEngine tells that nothing answers; the engine's own words follow where it said why.
func (c *cfgCall) noEngine(code any, err error) exit.Code {
	c.out.note("Could not initialize corosync configuration API error %v", code)
	c.explain(err)
	return exit.Error
}

// explain adds what the engine said, unless it is just not there.
func (k *call) explain(err error) {
	var e *cib.Error
	if errors.As(err, &e) && e.Text != "" && codeOf(err) != exit.Disconnect {
		k.out.note("%v", e)
	}
}

func (c *cfgCall) linkData() (*api.Links, error) {
	cluster, err := c.Live()
	if err != nil {
		return nil, err
	}
	return cluster.Links(c.ctx)
}

// linkKind is the word behind a link's number: only knet's links have a transport of their own.
func linkKind(l *api.Links) string {
	if l.Transport == "knet" {
		return "udp"
	}
	return ""
}

func (c *cfgCall) links() exit.Code {
	l, err := c.linkData()
	if err != nil {
		return c.noEngine(csNumber(err), err)
	}
	c.out.printf("Local node ID %d, transport %s\n", l.LocalID, l.Transport)
	for _, link := range l.Links {
		c.out.printf("LINK ID %d %s\n\taddr\t= %s\n", link.ID, linkKind(l), link.Addr)
		if c.has("b") {
			var b strings.Builder
			for _, p := range link.Peers {
				b.WriteByte(peerLetter(p))
			}
			c.out.printf("\tstatus\t= %s\n", b.String())
			continue
		}
		c.out.printf("\tstatus:\n")
		for _, p := range link.Peers {
			c.out.printf("\t\tnodeid: %10d:\t%s\n", p.NodeID, peerWord(p))
		}
	}
	return exit.OK
}

// peerLetter is the state of a link in the brief form.
func peerLetter(p api.LinkPeer) byte {
	switch {
	case p.Local:
		return 'n'
	case p.Enabled && p.Connected:
		return '3'
	case p.Connected:
		return '2'
	case p.Enabled:
		return '1'
	}
	return 'd'
}

func peerWord(p api.LinkPeer) string {
	switch {
	case p.Local:
		return "localhost"
	case p.Connected:
		return "connected"
	}
	return "disconnected"
}

// nodes shows the other nodes that at least one link reaches.
func (c *cfgCall) nodes() exit.Code {
	l, err := c.linkData()
	if err != nil {
		return c.noEngine(csNumber(err), err)
	}
	c.out.printf("Local node ID %d, transport %s\n", l.LocalID, l.Transport)
	for _, id := range peerIDs(l) {
		var lines []string
		reachable := false
		for _, link := range l.Links {
			for _, p := range link.Peers {
				if p.NodeID != id || p.Local {
					continue
				}
				reachable = reachable || p.Connected
				lines = append(lines, fmt.Sprintf("   LINK: %d %s (%s->%s)%s%s mtu: %d\n", link.ID, linkKind(l), link.Addr, p.Addr,
					wordIf(p.Enabled, " enabled"), wordIf(p.Connected, " connected"), p.MTU))
			}
		}
		if reachable {
			c.out.printf("nodeid: %d reachable\n%s\n", id, strings.Join(lines, ""))
		}
	}
	return exit.OK
}

func wordIf(yes bool, word string) string {
	if yes {
		return word
	}
	return ""
}

// peerIDs lists the nodes in the order of the node list.
func peerIDs(l *api.Links) []uint32 {
	var ids []uint32
	for _, link := range l.Links {
		for _, p := range link.Peers {
			if !slices.Contains(ids, p.NodeID) {
				ids = append(ids, p.NodeID)
			}
		}
	}
	return ids
}

// address shows the addresses of a node, one a link.
func (c *cfgCall) address() exit.Code {
	l, err := c.linkData()
	if err != nil {
		return c.noEngine(csNumber(err), err)
	}
	var addrs []string
	for _, link := range l.Links {
		for _, p := range link.Peers {
			if p.NodeID == c.id {
				addrs = append(addrs, p.Addr)
			}
		}
	}
	if len(addrs) == 0 {
		c.out.note("Could not get node address for nodeid %d", c.id)
		return exit.Error
	}
	c.out.printf("%s\n", strings.Join(addrs, " "))
	return exit.OK
}

// control opens the running cluster for what changes it.
func (k *call) control() (api.Control, error) {
	c, err := k.Live()
	if err != nil {
		return nil, err
	}
	if control, ok := c.(api.Control); ok {
		return control, nil
	}
	return nil, cib.Errorf(exit.Unimplemented, "the running cluster engine does not offer this")
}

func (c *cfgCall) reload() exit.Code {
	c.out.printf("Reloading corosync.conf...\n")
	control, err := c.control()
	if err == nil {
		err = control.Reload(c.ctx)
	}
	switch {
	case err == nil:
		c.out.printf("Done\n")
		return exit.OK
	case codeOf(err) == exit.Disconnect:
		return c.noEngine(csName(err), err)
	}
	c.out.note("Could not reload configuration. Error %s", csName(err))
	c.explain(err)
	return exit.Code(csNumber(err))
}

func (c *cfgCall) reopen() exit.Code {
	control, err := c.control()
	if err == nil {
		err = control.ReopenLogs(c.ctx)
	}
	if err != nil {
		return c.noEngine(csName(err), err)
	}
	return exit.OK
}

func (c *cfgCall) kill() exit.Code {
	c.out.printf("Killing node %d\n", c.id)
	control, err := c.control()
	if err == nil {
		err = control.KillNode(c.ctx, c.id)
	}
	switch {
	case err == nil:
		return exit.OK
	case codeOf(err) == exit.Disconnect:
		return c.noEngine(csNumber(err), err)
	}
	c.out.note("Could not kill node (error = %s)", csName(err))
	c.explain(err)
	return exit.Error
}

func (c *cfgCall) shutdown() exit.Code {
	cluster, _, err := c.status()
	if err != nil {
		return c.noEngine(csNumber(err), err)
	}
	c.out.printf("Shutting down corosync\n")
	if err := cluster.Shutdown(c.ctx); err != nil {
		c.out.note("Could not shutdown (error = %d)", csNumber(err))
		c.explain(err)
	}
	return exit.OK
}
