// Package tools has the command-line tools that resource agents, scripts and people call by the names
// they have in Pacemaker and Corosync: crm_attribute, crm_resource, cibadmin, corosync-cfgtool, …
//
// Each tool is a function from arguments to text and an exit code; the binary picks it by argv[0].
// The tools decide nothing: they ask and change the cluster through api.Cluster, so each works on a
// running cluster, a CIB file (CIB_file) and a shadow copy (CIB_shadow) alike. Options, outputs and
// exit codes are those of Pacemaker 2.1.5 and Corosync 3.1.7, because agents parse them.
//
// On purpose different: help texts are our own; crm_failcount without a cluster fails; crm_node refuses to
// remove a member; crm_ticket lists by name; fencing devices are registered by the configuration only; the
// daemons' names (pacemakerd, corosync) tell versions and check files but start nothing.
package tools

import (
	"context"
	"io"
	"sort"
	"time"

	"quorate/engine/api"
	"quorate/engine/exit"
)

// IO is all that a tool sees of the world besides its arguments.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	// Env reads one environment variable, "" when unset.
	Env func(name string) string
	// Cluster opens the cluster that the environment names (live, CIB_file or CIB_shadow). The error of
	// one that is not running has the code exit.Disconnect.
	Cluster func() (api.Cluster, error)
	// Live opens the running cluster whatever the environment names: crm_node, attrd_updater and Corosync's
	// tools have no use for a file.
	Live func() (api.Cluster, error)
	// Now is the clock.
	Now func() time.Time
	// Host is the name of this machine.
	Host func() string
}

// Tool runs one tool. args are the words after the tool's name.
type Tool func(ctx context.Context, io IO, args []string) exit.Code

// Lookup returns the tool with the given name, for example "crm_attribute".
func Lookup(name string) (Tool, bool) {
	t, ok := table()[name]
	return t, ok
}

// Names returns the names of all tools, sorted.
func Names() []string {
	var names []string
	for n := range table() {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// table is a function so that the tools may call Lookup themselves (crm_master is crm_attribute by
// another name) without an initialization cycle.
func table() map[string]Tool {
	return map[string]Tool{
		"corosync":            corosyncCommand.tool(corosync),
		"corosync-cfgtool":    cfgtoolCommand.tool(corosyncCfgtool),
		"corosync-cmapctl":    cmapctlCommand.tool(corosyncCmapctl),
		"corosync-cpgtool":    cpgtoolCommand.tool(corosyncCpgtool),
		"corosync-keygen":     keygenCommand.tool(corosyncKeygen),
		"corosync-quorumtool": quorumtoolCommand.tool(corosyncQuorumtool),

		"attrd_updater": updaterCommand.tool(attrdUpdater),
		"cibadmin":      cibadminCommand.tool(cibadmin),
		"crm_attribute": attributeCommand.tool(crmAttribute),
		"crm_diff":      diffCommand.tool(crmDiff),
		"crm_failcount": failcountCommand.tool(crmFailcount),
		"crm_resource":  resourceCommand.tool(crmResource),
		"crm_error":     errorCommand.tool(crmError),
		"crm_master":    masterCommand.tool(crmMaster),
		"crm_mon":       crmMonTool,
		"crm_node":      nodeCommand.tool(crmNode),
		"crm_rule":      ruleCommand.tool(crmRule),
		"crm_shadow":    shadowCommand.tool(crmShadow),
		"crm_simulate":  simulateCommand.tool(crmSimulate),
		"crm_standby":   standbyCommand.tool(crmStandby),
		"crm_ticket":    ticketCommand.tool(crmTicket),
		"crm_verify":    verifyCommand.tool(crmVerify),
		"crmadmin":      adminCommand.tool(crmadmin),
		"iso8601":       isoCommand.tool(iso8601),
		"pacemakerd":    pacemakerdCommand.tool(pacemakerd),
		"stonith_admin": stonithCommand.tool(stonithAdmin),
	}
}
