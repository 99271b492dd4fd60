package tools

import (
	"fmt"
	"strings"

	"quorate/engine/exit"
)

var pacemakerdCommand = &command{
	name: "pacemakerd", formats: true,
	summary: "pacemakerd - version of the cluster resource manager; 'crm cluster start' starts it",
	options: []option{
		{long: "features", short: 'F', help: "Show full version and features"},
		{long: "shutdown", short: 'S', help: "Stop the cluster on this machine"},
		{long: "foreground", short: 'f'},
		{long: "pid-file", short: 'p', arity: value},
		{long: "standby", short: 's'},
	},
}

// features are the names that scripts look for, of the parts that are there.
const features = "cibsecrets corosync-ge-2 lha monotonic remote systemd"

// pacemakerd tells versions and stops the cluster; it is not what starts it.
func pacemakerd(k *call) exit.Code {
	switch {
	case k.has("features"):
		k.out.printf("Pacemaker %s (Build: quorate)\n Supporting v%s: %s\n", pacemakerVersion, featureSet, features)
		e := k.out.element("pacemakerd", "version", pacemakerVersion, "build", "quorate", "feature_set", featureSet)
		list := e.CreateElement("features")
		for _, f := range strings.Fields(features) {
			list.CreateElement("feature").SetText(f)
		}
		return exit.OK
	case k.has("shutdown"):
		c, _, err := k.status()
		if err == nil {
			err = c.Shutdown(k.ctx)
		}
		if err != nil {
			why := reason(err)
			if codeOf(err) == exit.Disconnect {
				why = "Connection refused"
			}
			k.out.note("Could not request shutdown of existing Pacemaker instance: %s", why)
			return codeOf(err)
		}
		return exit.OK
	}
	fmt.Fprintln(k.Err, "pacemakerd: there is no separate daemon to start: use 'crm cluster start'")
	return exit.Usage
}
