package tools

import (
	"strconv"
	"strings"

	"quorate/engine/api"
	"quorate/engine/exit"
)

var nodeCommand = &command{
	name:    "crm_node",
	summary: "crm_node - what this node knows of the cluster's nodes",
	options: []option{
		{long: "cluster-id", short: 'i', help: "Show this node's id"},
		{long: "list", short: 'l', help: "List the nodes of the cluster, past ones too"},
		{long: "name", short: 'n', help: "Show this node's name"},
		{long: "partition", short: 'p', help: "List the members of this partition"},
		{long: "quorum", short: 'q', help: "Show 1 if this partition has quorum, else 0"},
		{long: "name-for-id", short: 'N', arity: value, hint: "ID", help: "Show the name of the node with this id"},
		{long: "remove", short: 'R', arity: value, hint: "NAME", help: "Forget a node that is stopped and no longer in the node list (asks for --force)"},
		{long: "force", short: 'f', help: "Do it"},
		{long: "quiet", short: 'Q', help: "Be less descriptive"},
	},
}

// crmNode answers from the running cluster; the last command on the line wins.
func crmNode(k *call) exit.Code {
	verb := ""
	for _, f := range k.flags {
		if f.name != "force" && f.name != "quiet" && f.name != "verbose" {
			verb = f.name
		}
	}
	if verb == "" {
		return k.usage()
	}
	if verb == "remove" && !k.has("force") {
		k.out.note("The supplied command is considered dangerous.  To prevent accidental destruction of the cluster, the --force flag is required in order to proceed.")
		return exit.Usage
	}
	c, s, err := k.status()
	if err != nil {
		return k.noController(err)
	}
	switch verb {
	case "name":
		k.out.printf("%s\n", s.Node)
	case "cluster-id":
		k.out.printf("%d\n", s.NodeID)
	case "quorum":
		k.out.printf("%d\n", oneIf(s.Quorate))
	case "list":
		for _, n := range s.Nodes {
			k.out.printf("%d %s %s\n", n.ID, n.Name, memberWord(n.Member))
		}
	case "partition":
		var b strings.Builder
		for _, n := range s.Nodes {
			if n.Member {
				b.WriteString(n.Name + " ")
			}
		}
		k.out.printf("%s\n", b.String())
	case "name-for-id":
		return k.nameForID(s)
	case "remove":
		return k.removeNode(c, s)
	}
	return exit.OK
}

// noController tells that nothing answers.
func (k *call) noController(err error) exit.Code {
	if codeOf(err) == exit.Disconnect {
		k.out.note("error: Could not connect to controller: Connection refused")
	} else {
		k.out.note("error: Could not connect to controller: %s", reason(err))
	}
	return codeOf(err)
}

func (k *call) nameForID(s *api.Status) exit.Code {
	id, _ := strconv.ParseUint(k.get("name-for-id"), 10, 32)
	for _, n := range s.Nodes {
		if uint64(n.ID) == id {
			k.out.printf("%s\n", n.Name)
			return exit.OK
		}
	}
	k.out.note("Node is not known to cluster")
	return exit.NoHost
}

// removeNode forgets a node. A node that is a member is refused: forgetting it would have its
// resources started a second time elsewhere.
func (k *call) removeNode(c api.Cluster, s *api.Status) exit.Code {
	name := k.get("remove")
	for _, n := range s.Nodes {
		if n.Name == name && (n.Member || n.Online) {
			k.out.fail("Node %s is a member: stop the cluster on it first ('crm cluster stop' there)", name)
			return exit.Unsafe
		}
	}
	if err := c.RemoveNode(k.ctx, name); err != nil && codeOf(err) != exit.NoSuch {
		k.out.fail("Could not remove %s: %v", name, err)
		return codeOf(err)
	}
	return exit.OK
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

func memberWord(member bool) string {
	if member {
		return "member"
	}
	return "lost"
}
