package tools

import (
	"strings"

	"quorate/engine/exit"
)

var adminCommand = &command{
	name: "crmadmin", formats: true,
	summary: "crmadmin - query the controller",
	options: []option{
		{long: "status", short: 'S', arity: value, hint: "NODE", help: "Show the state of the controller on the node"},
		{long: "pacemakerd", short: 'P', help: "Show whether the cluster runs on this node"},
		{long: "dc_lookup", short: 'D', help: "Show which node is the DC"},
		{long: "nodes", short: 'N', arity: optional, hint: "TYPE", help: "Show the nodes of the configuration: all, cluster, guest, remote"},
		{long: "timeout", short: 't', arity: value, hint: "TIME", help: "Accepted: answers come at once"},
		{long: "bash-export", short: 'B', help: "Show nodes as 'export NAME=ID'"},
		{long: "ipc-name", short: 'i', arity: value},
		{long: "quiet", short: 'q', help: "Show only the essential"},
	},
}

// crmadmin answers the last command on the line.
func crmadmin(k *call) exit.Code {
	verb := ""
	for _, f := range k.flags {
		switch f.name {
		case "status", "pacemakerd", "dc_lookup", "nodes":
			verb = f.name
		}
	}
	switch verb {
	case "":
		k.out.note("error: Must specify a command option")
		return k.usage()
	case "nodes":
		return k.listNodes()
	}
	_, s, err := k.status()
	if err != nil {
		peer := "controller"
		if verb == "pacemakerd" {
			peer = "launcher"
		}
		why := reason(err)
		if codeOf(err) == exit.Disconnect {
			why = "Connection refused"
		}
		k.out.note("error: Could not connect to %s: %s", peer, why)
		k.out.note("error: Command failed: %s", why)
		return codeOf(err)
	}
	switch verb {
	case "dc_lookup":
		return k.showDC(s.DC)
	case "pacemakerd":
		now := k.Now().UTC().Format("2006-01-02 15:04:05Z")
		k.showOr("running", "Status of pacemakerd: 'Pacemaker is running' (last updated %s)\n", now)
		k.out.element("pacemakerd", "sys_from", "pacemakerd", "state", "running", "last_updated", now)
		return exit.OK
	}
	node := k.get("status")
	for _, n := range s.Nodes {
		if n.Name != node || !n.Online {
			continue
		}
		state := "S_NOT_DC"
		switch {
		case n.Name == s.Node:
			state = s.State
		case n.Name == s.DC:
			state = "S_IDLE" // another node's controller is not asked; the DC works or idles
		}
		k.showOr(state, "Controller on %s in state %s: ok\n", node, state)
		k.out.element("crmd", "node_name", node, "state", state, "result", "ok")
		return exit.OK
	}
	k.out.note("error: No reply received from controller before timeout")
	k.out.note("error: Command failed: Timer expired")
	return exit.Timeout
}

// showOr prints the short form with --quiet, else the long one.
func (k *call) showOr(short, format string, args ...any) {
	if k.has("quiet") {
		k.out.printf("%s\n", short)
		return
	}
	k.out.printf(format, args...)
}

func (k *call) showDC(dc string) exit.Code {
	if dc == "" {
		k.out.note("error: There is no designated controller now")
		return exit.NoSuch
	}
	k.showOr(dc, "Designated Controller is: %s\n", dc)
	k.out.element("dc", "node_name", dc)
	return exit.OK
}

// listNodes shows the nodes of the configuration.
func (k *call) listNodes() exit.Code {
	_, doc, err := k.load()
	if err != nil {
		k.out.note("error: Command failed: Input file not available")
		return exit.NoInput
	}
	kinds := k.get("nodes")
	list := k.out.element("nodes")
	found := false
	show := func(kind, name, id string) {
		if kinds != "" && kinds != "all" && !strings.Contains(","+kinds+",", ","+kind+",") {
			return
		}
		found = true
		list.AddChild(newElement("node", "type", kind, "name", name, "id", id))
		if k.has("bash-export") {
			k.out.printf("export %s=%s\n", name, id)
			return
		}
		k.showOr(name, "%s node: %s (%s)\n", kind, name, id)
	}
	if nodes := doc.Section("nodes"); nodes != nil {
		for _, n := range nodes.SelectElements("node") {
			if t := n.SelectAttrValue("type", "member"); t == "member" || t == "normal" {
				show("cluster", n.SelectAttrValue("uname", ""), n.SelectAttrValue("id", ""))
			}
		}
	}
	for _, r := range remoteNodes(doc) {
		show(r.kind, r.name, r.name)
	}
	if !found {
		k.out.printf("No nodes configured\n")
	}
	return exit.OK
}
