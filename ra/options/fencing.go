package options

import "quorate/ra/meta"

// Fencing has the parameters that every resource of class stonith understands, whatever its agent.
var Fencing = table("pacemaker-fenced", `Instance attributes of all resources of class "stonith"`,
	"Parameters of fence devices that the fencer reads itself; the agent never sees them.", fencingParameters()...)

func fencingParameters() []meta.Parameter {
	list := []meta.Parameter{
		{Name: "pcmk_host_argument", Type: "string", Default: "port", HasDefault: true, Advanced: true,
			ShortDesc: "Name of the agent's parameter that takes the machine to fence",
			LongDesc:  "For agents that have neither plug nor port. none: the agent is told no machine."},
		{Name: "pcmk_host_map", Type: "string",
			ShortDesc: "Which plug of the device belongs to which node",
			LongDesc:  "node1:1;node2:2,3 means plug 1 for node1, plugs 2 and 3 for node2. Separators are ; , and blanks."},
		{Name: "pcmk_host_list", Type: "string",
			ShortDesc: "The nodes that this device can fence",
			LongDesc:  "Names separated by commas or blanks; read with pcmk_host_check=static-list."},
		{Name: "pcmk_host_check", Type: "select", Default: "dynamic-list", HasDefault: true,
			Values:    []string{"dynamic-list", "static-list", "status", "none"},
			ShortDesc: "How the fencer finds out which nodes the device can fence",
			LongDesc: "static-list: by pcmk_host_list and pcmk_host_map (the default where one of them is set). dynamic-list: by the " +
				"agent's list action. status: by its status action for the node. none: it can fence every node."},
		{Name: "pcmk_delay_max", Type: "time", Default: "0s", HasDefault: true,
			ShortDesc: "Longest random wait before off and reboot",
			LongDesc:  "Two nodes that want to fence each other should not shoot at the same moment. The wait is never shorter than pcmk_delay_base."},
		{Name: "pcmk_delay_base", Type: "string", Default: "0s", HasDefault: true,
			ShortDesc: "Fixed wait before off and reboot",
			LongDesc:  "One time for all targets, or one for each: node1:1s;node2:5s."},
		{Name: "pcmk_action_limit", Type: "integer", Default: "1", HasDefault: true, Range: "-1:",
			ShortDesc: "How many actions the device can do at once",
			LongDesc:  "-1: any number. Needs concurrent-fencing=true for more than one target."},
	}
	for _, action := range []string{"reboot", "off", "on", "list", "monitor", "status"} {
		list = append(list,
			meta.Parameter{Name: "pcmk_" + action + "_action", Type: "string", Default: action, HasDefault: true, Advanced: true,
				ShortDesc: "Agent action to run for " + action,
				LongDesc:  "For devices that cannot do " + action + " or call it something else."},
			meta.Parameter{Name: "pcmk_" + action + "_timeout", Type: "time", Default: "60s", HasDefault: true, Advanced: true,
				ShortDesc: "Time limit of " + action + " instead of stonith-timeout",
				LongDesc:  "For devices that are much slower or faster than others."},
			meta.Parameter{Name: "pcmk_" + action + "_retries", Type: "integer", Default: "2", HasDefault: true, Advanced: true, Range: "1:",
				ShortDesc: "How often " + action + " is tried within its time limit",
				LongDesc:  "Some devices allow one connection at a time and fail while another one is open."})
	}
	return list
}
