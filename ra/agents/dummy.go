package agents

import (
	"time"

	"quorate/engine/exit"
	"quorate/ra/meta"
)

// dummy does nothing but remember whether it runs.
var dummy = agent{
	meta: own("Dummy", "Does nothing, and knows whether it does it",
		"Keeps a state file and nothing else: for trying a configuration and for tests.",
		[]meta.Parameter{
			{Name: "state", Type: "string", UniqueGroup: "state", Unique: true, ShortDesc: "State file",
				LongDesc: "Default: Dummy-INSTANCE.state in HA_RSCTMP (/run/resource-agents)."},
			{Name: "fake", Type: "string", Default: "dummy", HasDefault: true, Reloadable: true,
				ShortDesc: "A value that can be changed", LongDesc: "A change is a reload of the agent, not a restart."},
			{Name: "op_sleep", Type: "time", Default: "0", HasDefault: true, Reloadable: true,
				ShortDesc: "How long every start and stop lasts", LongDesc: "Seconds, or a time such as 500ms."},
		},
		meta.Action{Name: "start", Timeout: "20s"}, meta.Action{Name: "stop", Timeout: "20s"},
		meta.Action{Name: "monitor", Timeout: "20s", Interval: "10s", Depth: "0"},
		meta.Action{Name: "reload-agent", Timeout: "20s"},
		meta.Action{Name: "migrate_to", Timeout: "20s"}, meta.Action{Name: "migrate_from", Timeout: "20s"}),
	actions: map[string]func(*call) exit.Code{
		"start": dummyStart, "migrate_from": dummyStart, "stop": dummyStop, "migrate_to": dummyMigrateTo,
		"monitor": dummyMonitor, "status": dummyMonitor, "reload-agent": dummyReload, "validate-all": dummyValidate,
	},
}

func dummyValidate(c *call) exit.Code {
	if _, ok := seconds(c.param("op_sleep")); !ok {
		return c.fail(exit.NotConfigured, "op_sleep %q is no time", c.param("op_sleep"))
	}
	return exit.OK
}

func dummyStart(c *call) exit.Code {
	if code := dummyValidate(c); code != exit.OK {
		return code
	}
	if dummyMonitor(c) == exit.OK {
		return exit.OK
	}
	dummySleep(c)
	return c.write(c.file("state", "state"), "started\n")
}

func dummyStop(c *call) exit.Code {
	if dummyMonitor(c) == exit.OK {
		dummySleep(c)
	}
	return c.remove(c.file("state", "state"))
}

func dummyMonitor(c *call) exit.Code {
	if read(c.file("state", "state")) == "" {
		return exit.NotRunning
	}
	return exit.OK
}

// dummyMigrateTo has nothing to hand over: what runs here ends here, migrate_from begins it there.
func dummyMigrateTo(c *call) exit.Code {
	if dummyMonitor(c) != exit.OK {
		return c.fail(exit.NotRunning, "not running here, nothing to migrate")
	}
	return c.remove(c.file("state", "state"))
}

func dummyReload(c *call) exit.Code {
	if code := dummyMonitor(c); code != exit.OK {
		return code
	}
	return dummyValidate(c)
}

func dummySleep(c *call) {
	d, _ := seconds(c.param("op_sleep"))
	time.Sleep(d)
}

// seconds reads "3" (seconds), "500ms", "2s".
func seconds(text string) (time.Duration, bool) {
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, true
	}
	d, err := time.ParseDuration(text + "s")
	return d, err == nil && d >= 0
}
