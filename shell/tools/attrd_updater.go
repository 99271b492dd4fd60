package tools

import (
	"quorate/engine/api"
	"quorate/engine/attribute"
	"quorate/engine/exit"
)

var updaterCommand = &command{
	name: "attrd_updater", formats: true,
	summary: "attrd_updater - query and change transient node attributes",
	options: []option{
		{long: "name", short: 'n', arity: value, hint: "NAME", help: "Name of the attribute (required)"},
		{long: "update", short: 'U', arity: value, hint: "VALUE", help: "Set the value"},
		{long: "attr-value", short: 'v', arity: value, same: "update"},
		{long: "update-both", short: 'B', arity: value, hint: "VALUE", help: "Set the value and the dampening (-d)"},
		{long: "update-delay", short: 'Y', help: "Set the dampening (-d)"},
		{long: "query", short: 'Q', help: "Show the value on all nodes, or with -N on one (default)"},
		{long: "delete", short: 'D', help: "Unset the value"},
		{long: "refresh", short: 'R', help: "Write all values again (nothing to do here: there is only one copy)"},
		{long: "delay", short: 'd', arity: value, hint: "SECONDS", help: "Time to wait for further changes before the value is used"},
		{long: "set", short: 's', arity: value, hint: "SET", help: "Attribute set for the value"},
		{long: "node", short: 'N', arity: value, hint: "NODE", help: "Node (default: this one)"},
		{long: "all", short: 'A', help: "Show the value on all nodes"},
		{long: "lifetime", short: 'l', arity: value, hint: "SECTION", help: "Accepted, no effect"},
		{long: "section", short: 'S', arity: value, same: "lifetime"},
		{long: "private", short: 'p', help: "If this makes the attribute: never write it to the CIB"},
		{long: "quiet", short: 'q'},
	},
}

// lifetimes are the words that -l and -S take; "state" is what some agents write for "status".
var lifetimes = map[string]bool{"reboot": true, "forever": true, "status": true, "state": true, "nodes": true}

// attrdUpdater changes attributes through the running cluster; a change is acknowledged when it is accepted.
func attrdUpdater(k *call) exit.Code {
	verb, val := "query", ""
	for _, f := range k.flags {
		switch f.name {
		case "update", "update-both":
			verb, val = f.name, f.value
		case "update-delay", "query", "delete", "refresh":
			verb = f.name
		case "lifetime":
			if !lifetimes[f.value] {
				k.out.fail("Unknown value for --lifetime: %s", f.value)
				return exit.Usage
			}
		}
	}
	if k.get("name") == "" && verb != "refresh" {
		k.out.fail("Command requires --name argument")
		return exit.Usage
	}
	u := attribute.Update{Node: k.get("node"), Name: k.get("name"), Set: k.get("set"), Private: k.has("private")}
	if !k.has("delay") && (verb == "update-both" || verb == "update-delay") {
		k.out.printf("Warning: '%c' command given without required --delay\n", map[string]byte{"update-both": 'B', "update-delay": 'Y'}[verb])
		return exit.OK
	}
	if k.has("delay") && verb != "delete" {
		d, ok := parseInterval(k.get("delay"))
		if !ok {
			k.out.fail("Invalid --delay: %s (a time like 5 or 500ms)", k.get("delay"))
			return exit.Usage
		}
		u.Delay = &d
	}
	switch verb {
	case "query":
		return k.queryAttribute(u)
	case "update", "update-both":
		u.Value, u.KeepBoth = &val, verb == "update-both"
	}
	return k.sendAttribute(u, verb)
}

// sendAttribute has one attribute changed; a refresh only asks whether the cluster is there.
func (k *call) sendAttribute(u attribute.Update, verb string) exit.Code {
	c, err := k.Live()
	if err == nil && (u.Node == "" || u.Node == "auto" || u.Node == "localhost" || verb == "refresh") {
		u.Node, err = k.nodeOf(c)
	}
	if err == nil && verb != "refresh" {
		err = c.UpdateAttribute(k.ctx, u)
	}
	if err == nil {
		return exit.OK
	}
	shown, name := "(null)", u.Name
	if name == "" {
		name = "(null)"
	}
	if u.Value != nil {
		shown = *u.Value
	}
	why := reason(err)
	if codeOf(err) == exit.Disconnect {
		why = "Connection refused (111)"
	}
	k.out.fail("Could not update %s=%s: %s", name, shown, why)
	return codeOf(err)
}

// nodeOf is the node that an agent or a person on this machine means when no node is named.
func (k *call) nodeOf(c api.Cluster) (string, error) {
	if n := k.Env("OCF_RESKEY_CRM_meta_on_node"); n != "" {
		return n, nil
	}
	s, err := c.Status(k.ctx)
	if err != nil {
		return "", err
	}
	return s.Node, nil
}

// queryAttribute prints one line for each node that has the attribute.
func (k *call) queryAttribute(u attribute.Update) exit.Code {
	node := u.Node
	switch {
	case k.has("all"):
		node = ""
	case node == "": // an agent means the node it runs for, people mean all
		node = k.Env("OCF_RESKEY_CRM_meta_on_node")
	}
	c, err := k.Live()
	var values []attribute.Value
	if err == nil {
		if node == "auto" || node == "localhost" {
			node, err = k.nodeOf(c)
		}
	}
	if err == nil {
		values, err = c.Attributes(k.ctx, u.Name, node)
	}
	if err != nil {
		why := reason(err)
		if codeOf(err) == exit.Disconnect {
			why = "Connection refused"
		}
		k.out.fail("Could not connect to attrd: %s", why)
		return codeOf(err)
	}
	if len(values) == 0 {
		k.out.fail("Could not query value of %s: attribute does not exist", u.Name)
		return exit.Config
	}
	for _, v := range values {
		k.out.printf("name=\"%s\" host=\"%s\" value=\"%s\"\n", v.Name, v.Node, v.Value)
		k.out.element("attribute", "name", v.Name, "value", v.Value, "host", v.Node)
	}
	return exit.OK
}
