package executor

import (
	"sort"
	"strconv"
	"strings"
)

// FeatureSet is the crm_feature_set that agents are told; some use newer ways from 3.10.0 on.
const FeatureSet = "3.16.1"

// AgentPath is the PATH of agents, after the folder of our own tools.
const AgentPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Site is what an agent's environment tells of the node; the same for all operations.
type Site struct {
	Node    string   // OCF_RESKEY_CRM_meta_on_node
	NodeID  string   // OCF_RESKEY_CRM_meta_on_node_uuid
	OCFRoot string   // "" means /usr/lib/ocf
	ToolDir string   // first on PATH: crm_attribute and the rest by name; "" for none
	Extra   []string // NAME=VALUE that override all others: HA_RSCTMP, QUORATE_SOCKET, …
}

// Environment makes the environment of one run of an agent, sorted: exactly what the OCF resource agent
// API and Pacemaker's executor give, and CRM_meta_interval=0 for every operation that does not recur,
// which the agents' own library needs to know a probe. LSB scripts get only what has no OCF_ name.
func Environment(op Operation, site Site) []string {
	env := map[string]string{
		"LC_ALL": "C", "LANG": "C", "PATH": AgentPath, "OCF_OUTPUT_FORMAT": "text",
		"PCMK_service": "pacemaker-execd", "PCMK_cluster_type": "corosync", "HA_cluster_type": "corosync",
		"PCMK_quorum_type": "corosync", "HA_quorum_type": "corosync", "PCMK_logfacility": "daemon", "HA_logfacility": "daemon",
		"HA_LOGFACILITY": "daemon", "PCMK_debug": "0", "HA_debug": "0", "PCMK_mcp": "true", "HA_mcp": "true",
		"PCMK_watchdog": "false",
	}
	if site.ToolDir != "" {
		env["PATH"] = site.ToolDir + ":" + AgentPath
	}
	if op.Class == "ocf" {
		ocfEnvironment(env, op, site)
	}
	for _, nv := range site.Extra {
		if n, v, ok := strings.Cut(nv, "="); ok {
			env[n] = v
		}
	}
	out := make([]string, 0, len(env))
	for n, v := range env {
		out = append(out, n+"="+v)
	}
	sort.Strings(out)
	return out
}

func ocfEnvironment(env map[string]string, op Operation, site Site) {
	root := site.OCFRoot
	if root == "" {
		root = "/usr/lib/ocf"
	}
	for n, v := range map[string]string{
		"OCF_ROOT": root, "OCF_RA_VERSION_MAJOR": "1", "OCF_RA_VERSION_MINOR": "1",
		"OCF_RESOURCE_INSTANCE": op.Resource, "OCF_RESOURCE_TYPE": op.Type, "OCF_RESOURCE_PROVIDER": op.Provider,
		"OCF_EXIT_REASON_PREFIX": ReasonPrefix, "OCF_RESKEY_crm_feature_set": FeatureSet,
	} {
		env[n] = v
	}
	for n, v := range op.Params {
		if n == "OCF_CHECK_LEVEL" {
			env[n] = v
			continue
		}
		env["OCF_RESKEY_"+n] = v
	}
	metaEnv := func(n, v string) { env["OCF_RESKEY_CRM_meta_"+strings.ReplaceAll(n, "-", "_")] = v }
	metaEnv("on_node", site.Node)
	metaEnv("on_node_uuid", site.NodeID)
	for n, v := range op.Meta {
		metaEnv(n, v)
	}
	metaEnv("timeout", strconv.FormatInt(op.Timeout.Milliseconds(), 10))
	metaEnv("interval", strconv.FormatInt(op.Interval.Milliseconds(), 10))
}
