package tools

import "quorate/engine/exit"

// crm_master and crm_standby are crm_attribute with some options given beforehand.

// attributeOptions are those that crm_master and crm_standby share.
var attributeOptions = []option{
	{long: "quiet", short: 'q', help: "Print only the value"},
	{long: "Quiet", short: 'Q', same: "quiet"},
	{long: "id", short: 'i', arity: value, hint: "ID", help: "XML ID of the attribute"},
	{long: "get-value", same: "query"},
	{long: "delete-attr", same: "delete"},
	{long: "attr-value", arity: value, same: "update"},
	{long: "uname", short: 'U', arity: value, same: "node"},
}

var masterCommand = &command{
	name: "crm_master", usage: "<command> [options]", dialect: getopt, bad: exit.Error,
	summary: "crm_master - promotion score of a resource (old name of 'crm_attribute --promotion')",
	options: append([]option{
		{long: "query", short: 'G', help: "Show the score"},
		{long: "update", short: 'v', arity: value, hint: "VALUE", help: "Set the score"},
		{long: "delete", short: 'D', help: "Delete the score"},
		{long: "resource", short: 'r', arity: value, hint: "ID", help: "Resource (default: OCF_RESOURCE_INSTANCE)"},
		{long: "node", short: 'N', arity: value, hint: "NODE", help: "Node (default: this one)"},
		{long: "lifetime", short: 'l', arity: value, hint: "LIFETIME", help: "reboot or forever (default)"},
	}, attributeOptions...),
}

func crmMaster(k *call) exit.Code {
	rsc := k.get("resource")
	if rsc == "" {
		rsc = k.Env("OCF_RESOURCE_INSTANCE")
	}
	if rsc == "" {
		k.out.note("error: No resource specified")
		return k.usage()
	}
	return k.attribute(append([]string{"-n", "master-" + rsc, "--lifetime", "forever"}, k.passOn("resource")...)...)
}

var standbyCommand = &command{
	name: "crm_standby", usage: "<command> [options]", dialect: getopt, bad: exit.Error,
	summary: "crm_standby - query, enable or disable standby mode of a node",
	options: append([]option{
		{long: "query", short: 'G', help: "Show the mode (default)"},
		{long: "update", short: 'v', arity: value, hint: "VALUE", help: "Set the mode: on or off"},
		{long: "delete", short: 'D', help: "Delete the setting"},
		{long: "node", short: 'N', arity: value, hint: "NODE", help: "Node (default: this one)"},
		{long: "lifetime", short: 'l', arity: value, hint: "LIFETIME", help: "reboot or forever (default)"},
	}, attributeOptions...),
}

// crmStandby looks into the configuration first and into the status then, as the scheduler does.
func crmStandby(k *call) exit.Code {
	args := append([]string{"-n", "standby"}, k.passOn("")...)
	if !k.has("node") {
		args = append(args, "-N", k.localNode())
	}
	if k.has("lifetime") {
		return k.attribute(args...)
	}
	if k.has("update", "delete") {
		return k.attribute(append(args, "-l", "forever")...)
	}
	if _, doc, err := k.load(); err == nil {
		node := k.get("node")
		if node == "" {
			node = k.localNode()
		}
		if id, ok := nodeID(doc, node); ok && !hasStandby(attributeSet{section: "nodes", path: [][2]string{{"node", id}}, tag: "instance_attributes"}.pairs(doc, "", always)) {
			return k.attribute(append(args, "-l", "reboot", "-d", "off")...)
		}
	}
	return k.attribute(append(args, "-l", "forever")...)
}

func always(pair) bool { return true }

func hasStandby(ps []pair) bool {
	for _, p := range ps {
		if p.name() == "standby" {
			return true
		}
	}
	return false
}

// attribute runs crm_attribute with the same input and output.
func (k *call) attribute(args ...string) exit.Code {
	return attributeCommand.tool(crmAttribute)(k.ctx, k.IO, args)
}

// passOn writes the given options again as words, without the one named.
func (k *call) passOn(without string) []string {
	var args []string
	for _, f := range k.flags {
		o, err := k.cmd.findLong(f.name)
		if err != nil || f.name == without {
			continue
		}
		args = append(args, "--"+f.name)
		if o.arity != none {
			args = append(args, f.value)
		}
	}
	return args
}
