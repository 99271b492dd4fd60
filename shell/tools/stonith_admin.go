package tools

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/ra"
)

var stonithCommand = &command{
	name: "stonith_admin", formats: true,
	summary: "stonith_admin - query fencing devices, fence and unfence nodes",
	options: []option{
		{long: "list", short: 'l', arity: value, hint: "HOST", help: "List devices that can fence the host"},
		{long: "list-registered", short: 'L', help: "List all registered devices"},
		{long: "list-installed", short: 'I', help: "List all installed fence agents"},
		{long: "list-targets", short: 's', arity: value, hint: "DEVICE", help: "List the hosts that the device can fence"},
		{long: "metadata", short: 'M', help: "Show the metadata of an agent (-a)"},
		{long: "query", short: 'Q', arity: value, hint: "DEVICE", help: "Check the device's status"},
		{long: "history", short: 'H', arity: value, hint: "NODE", help: "Show the last fencing of the node, or '*' for all; -V shows every event"},
		{long: "last", short: 'h', arity: value, hint: "NODE", help: "Show when the node was last fenced"},
		{long: "validate", short: 'K', help: "Validate a device configuration (-a, -o)"},
		{long: "fence", short: 'F', arity: value, hint: "HOST", help: "Turn the host off"},
		{long: "unfence", short: 'U', arity: value, hint: "HOST", help: "Turn the host on"},
		{long: "reboot", short: 'B', arity: value, hint: "HOST", help: "Reboot the host"},
		{long: "confirm", short: 'C', arity: value, hint: "HOST", help: "Tell the cluster that the host is safely down"},
		{long: "cleanup", short: 'c', help: "With --history: forget it"},
		{long: "broadcast", short: 'b', help: "Accepted: the history is that of all nodes"},
		{long: "agent", short: 'a', arity: value, hint: "AGENT", help: "Agent for -M and -K"},
		{long: "option", short: 'o', arity: value, hint: "NAME=VALUE", help: "Parameter for -K"},
		{long: "env-option", short: 'e', arity: value, hint: "NAME", help: "Parameter for -K, from OCF_RESKEY_NAME"},
		{long: "tag", short: 'T', arity: value, hint: "TAG", help: "Name of who asks, for logs and history"},
		{long: "timeout", short: 't', arity: value, hint: "SECONDS", help: "Time limit (default 120)"},
		{long: "delay", short: 'y', arity: value, hint: "SECONDS", help: "Wait before fencing"},
		{long: "tolerance", arity: value, hint: "SECONDS", help: "Do nothing if the host was fenced in these last seconds"},
		{long: "as-node-id", short: 'n', help: "With --last: the node is given by id"},
		{long: "quiet", short: 'q', help: "Be less descriptive"},
		{long: "register", short: 'R', arity: value}, {long: "deregister", short: 'D', arity: value},
		{long: "register-level", short: 'r', arity: value}, {long: "deregister-level", short: 'd', arity: value},
		{long: "device", short: 'v', arity: value}, {long: "index", short: 'i', arity: value},
		{long: "html-cgi"}, {long: "html-stylesheet", arity: value}, {long: "html-title", arity: value},
		// -h is --last here, so the help has -? instead.
		{long: "help", short: '?', help: "Show this help"},
	},
}

var stonithVerbs = map[string]func(*fencingCall) exit.Code{
	"list": (*fencingCall).devices, "list-registered": (*fencingCall).devices, "list-targets": (*fencingCall).devices,
	"list-installed": (*fencingCall).installed, "metadata": (*fencingCall).metadata, "validate": (*fencingCall).validate,
	"query": (*fencingCall).check, "history": (*fencingCall).history, "last": (*fencingCall).last,
	"fence": (*fencingCall).fence, "unfence": (*fencingCall).fence, "reboot": (*fencingCall).fence, "confirm": (*fencingCall).fence,
	"register": (*fencingCall).registered, "deregister": (*fencingCall).registered,
	"register-level": (*fencingCall).registered, "deregister-level": (*fencingCall).registered,
}

// fencingCall is one call of stonith_admin.
type fencingCall struct {
	*call
	verb, arg string
	seconds   map[string]int
}

func stonithAdmin(k *call) exit.Code {
	f := &fencingCall{call: k, seconds: map[string]int{"timeout": 120}}
	for _, o := range k.flags {
		if stonithVerbs[o.name] != nil {
			f.verb, f.arg = o.name, o.value
		}
		if o.name == "timeout" || o.name == "delay" || o.name == "tolerance" {
			n, err := strconv.Atoi(o.value)
			if err != nil {
				short := map[string]string{"timeout": "-t", "delay": "-y", "tolerance": "--tolerance"}[o.name]
				k.out.fail("Cannot parse integer value “%s” for %s", o.value, short)
				return exit.Usage
			}
			f.seconds[o.name] = n
		}
	}
	if f.verb == "" {
		return k.usage()
	}
	return stonithVerbs[f.verb](f)
}

func (f *fencingCall) noFencer(err error) exit.Code {
	f.out.note("Could not connect to fencer: %s", reason(err))
	return codeOf(err)
}

// fencer opens the running cluster for questions about devices.
func (f *fencingCall) fencer() (api.Fencer, error) {
	c, err := f.Live()
	if err != nil {
		return nil, err
	}
	if fencer, ok := c.(api.Fencer); ok {
		return fencer, nil
	}
	return nil, cib.Errorf(exit.Unimplemented, "the running cluster does not answer questions about fencing devices")
}

// devices lists devices or targets and counts them.
func (f *fencingCall) devices() exit.Code {
	fencer, err := f.fencer()
	var names []string
	what, unit := "registered fence devices", "fence device"
	if err == nil && f.verb == "list-targets" {
		what, unit = "fence targets", "fence target"
		names, err = fencer.Targets(f.ctx, f.arg)
	} else if err == nil {
		names, err = fencer.Devices(f.ctx, f.arg)
	}
	if err != nil {
		return f.noFencer(err)
	}
	f.list(what, unit, names)
	return exit.OK
}

// list prints names and their number.
func (f *fencingCall) list(what, unit string, names []string) {
	e := f.out.element("list", "name", what, "count", strconv.Itoa(len(names)))
	for _, n := range names {
		f.out.printf("%s\n", n)
		item := e.CreateElement("item")
		item.CreateAttr("name", "device")
		item.SetText(n)
	}
	f.out.printf("%d %s found\n", len(names), plural(len(names), unit))
}

func (f *fencingCall) installed() exit.Code {
	class, ok := ra.Lookup("stonith")
	if !ok {
		return exit.NotInstalled
	}
	names, err := class.List("")
	if err != nil {
		f.out.fail("%v", err)
		return exit.Error
	}
	f.list("installed fence devices", "fence device", names)
	return exit.OK
}

func (f *fencingCall) needAgent() bool {
	if f.get("agent") != "" {
		return true
	}
	f.out.note("Please specify an agent to query using -a,--agent [value]")
	f.usage()
	return false
}

func (f *fencingCall) metadata() exit.Code {
	if !f.needAgent() {
		return exit.Usage
	}
	text, err := agentXML(f.ctx, ra.Agent{Class: "stonith", Type: f.get("agent")})
	if err != nil {
		f.out.note("Can't get fence agent meta-data: No such device")
		return exit.NoSuch
	}
	f.out.printf("%s\n", strings.TrimRight(text, "\n"))
	f.out.element("metadata").CreateCData(text)
	return exit.OK
}

// validate runs the agent's own check of its parameters.
func (f *fencingCall) validate() exit.Code {
	if !f.needAgent() {
		return exit.Usage
	}
	agent := f.get("agent")
	params := map[string]string{}
	for _, o := range f.flags {
		switch o.name {
		case "option":
			name, val, ok := strings.Cut(o.value, "=")
			if !ok {
				f.out.fail("Invalid option: -o %s: Operation not permitted", o.value)
				return exit.Usage
			}
			params[name] = val
		case "env-option":
			val := f.Env("OCF_RESKEY_" + o.value)
			if val == "" {
				f.out.fail("Invalid option: -e %s", o.value)
				return exit.Usage
			}
			params[o.value] = val
		}
	}
	params["action"] = "validate-all"
	output, err := runFenceAgent(f.ctx, agent, params, time.Duration(f.seconds["timeout"])*time.Second)
	result, code := "succeeded", exit.OK
	switch {
	case errors.Is(err, ra.ErrNotInstalled):
		result, code, output = "failed", exit.NoSuch, "Agent "+agent+" not found\n"
	case err != nil:
		result, code = "failed", exit.Error
	}
	if !f.has("quiet") {
		f.out.printf("Validation of %s %s\n%s", agent, result, output)
	}
	f.out.element("validate", "agent", agent, "valid", strconv.FormatBool(err == nil))
	return code
}

func (f *fencingCall) check() exit.Code {
	fencer, err := f.fencer()
	if err != nil {
		return f.noFencer(err)
	}
	err = fencer.CheckDevice(f.ctx, f.arg)
	if err != nil && codeOf(err) != exit.NoSuch {
		f.out.fail("%v", err)
	}
	return codeOf(err)
}

// registered tells where devices are registered here.
func (f *fencingCall) registered() exit.Code {
	if _, err := f.Live(); err != nil {
		return f.noFencer(err)
	}
	f.out.fail("devices and levels are registered by the configuration only: configure a stonith: resource or fencing_topology")
	return exit.Unimplemented
}

// fence shoots, unfences or confirms; it returns when that is done.
func (f *fencingCall) fence() exit.Code {
	req := api.Fence{Node: f.arg, Timeout: time.Duration(f.seconds["timeout"]) * time.Second,
		Delay: time.Duration(f.seconds["delay"]) * time.Second, Tolerance: time.Duration(f.seconds["tolerance"]) * time.Second,
		Action: map[string]string{"fence": "off", "reboot": "reboot", "unfence": "on", "confirm": "off"}[f.verb],
		Client: "stonith_admin", Confirm: f.verb == "confirm"}
	if tag := f.get("tag"); tag != "" {
		req.Client += "." + tag
	}
	c, err := f.Live()
	if err == nil {
		err = c.Fence(f.ctx, req)
	}
	if err == nil {
		return exit.OK
	}
	if f.verb == "confirm" && codeOf(err) == exit.Disconnect {
		return f.noFencer(err)
	}
	word, why := "fence", reason(err)
	if f.verb == "unfence" {
		word = "unfence"
	}
	if codeOf(err) == exit.NoSuch {
		why = "No such device"
	}
	f.out.fail("Couldn't %s %s: %s", word, f.arg, why)
	return codeOf(err)
}
