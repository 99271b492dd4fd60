package agents

import (
	"strconv"

	"quorate/engine/exit"
	"quorate/ra/meta"
)

// stateful remembers whether it runs and whether it is promoted, and asks for promotion by its scores.
var stateful = agent{
	meta: own("Stateful", "Does nothing in two roles",
		"Keeps its role in a state file and sets promotion scores: for trying promotable clones and for tests.",
		[]meta.Parameter{
			{Name: "state", Type: "string", UniqueGroup: "state", Unique: true, ShortDesc: "State file",
				LongDesc: "Default: Stateful-INSTANCE.state in HA_RSCTMP (/run/resource-agents)."},
			{Name: "score", Type: "integer", Default: "5", HasDefault: true, Reloadable: true,
				ShortDesc: "Promotion score of an instance that is not promoted"},
			{Name: "promoted_score", Type: "integer", Default: "10", HasDefault: true, Reloadable: true,
				ShortDesc: "Promotion score of a promoted instance"},
		},
		meta.Action{Name: "start", Timeout: "20s"}, meta.Action{Name: "stop", Timeout: "20s"},
		meta.Action{Name: "monitor", Timeout: "20s", Interval: "10s", Depth: "0", Role: "Promoted"},
		meta.Action{Name: "monitor", Timeout: "20s", Interval: "11s", Depth: "0", Role: "Unpromoted"},
		meta.Action{Name: "promote", Timeout: "20s"}, meta.Action{Name: "demote", Timeout: "20s"},
		meta.Action{Name: "notify", Timeout: "20s"}, meta.Action{Name: "reload-agent", Timeout: "20s"}),
	actions: map[string]func(*call) exit.Code{
		"start": statefulStart, "stop": statefulStop, "promote": statefulPromote, "demote": statefulDemote,
		"monitor": statefulMonitor, "status": statefulMonitor, "notify": statefulNotify,
		"reload-agent": statefulReload, "validate-all": statefulValidate,
	},
}

func statefulValidate(c *call) exit.Code {
	for _, name := range []string{"score", "promoted_score"} {
		if _, err := strconv.Atoi(c.param(name)); err != nil {
			return c.fail(exit.NotConfigured, "%s %q is no number", name, c.param(name))
		}
	}
	return exit.OK
}

func statefulMonitor(c *call) exit.Code {
	switch role := read(c.file("state", "state")); role {
	case "":
		return exit.NotRunning
	case "promoted":
		return exit.Promoted
	case "unpromoted":
		return exit.OK
	default:
		return c.fail(exit.Error, "state file %s says %q", c.file("state", "state"), role)
	}
}

func statefulStart(c *call) exit.Code {
	if code := statefulValidate(c); code != exit.OK {
		return code
	}
	return c.become("unpromoted", "score")
}

func statefulPromote(c *call) exit.Code {
	if statefulMonitor(c) == exit.NotRunning {
		return c.fail(exit.NotRunning, "not running, cannot be promoted")
	}
	return c.become("promoted", "promoted_score")
}

func statefulDemote(c *call) exit.Code {
	if statefulMonitor(c) == exit.NotRunning {
		return exit.NotRunning
	}
	return c.become("unpromoted", "score")
}

// become writes the role, then asks for the score that belongs to it. A score that cannot be set is no
// failure of the service.
func (c *call) become(role, scoreParam string) exit.Code {
	if code := c.write(c.file("state", "state"), role+"\n"); code != exit.OK {
		return code
	}
	if err := c.tool(c, "crm_attribute", "--promotion", "-l", "reboot", "-v", c.param(scoreParam)); err != nil {
		c.warn("%v", err)
	}
	return exit.OK
}

func statefulStop(c *call) exit.Code {
	if statefulMonitor(c) == exit.NotRunning {
		return exit.OK
	}
	if code := c.remove(c.file("state", "state")); code != exit.OK {
		return code
	}
	if err := c.tool(c, "crm_attribute", "--promotion", "-l", "reboot", "-D"); err != nil {
		c.warn("%v", err)
	}
	return exit.OK
}

// statefulNotify has nothing to tell itself.
func statefulNotify(*call) exit.Code { return exit.OK }

func statefulReload(c *call) exit.Code {
	switch statefulMonitor(c) {
	case exit.NotRunning:
		return exit.NotRunning
	case exit.Promoted:
		return c.become("promoted", "promoted_score")
	}
	return c.become("unpromoted", "score")
}
