package executor

import (
	"errors"
	"sort"
	"strings"
)

// AgentParams are a fence device's parameters that its agent is told: all without the fencer's own, which
// begin with pcmk_, and without what the fencer sets for each action.
func AgentParams(params map[string]string) map[string]string {
	out := map[string]string{}
	for n, v := range params {
		if !strings.HasPrefix(n, "pcmk_") && n != "provides" && n != "crm_feature_set" && !strings.HasPrefix(n, "CRM_meta_") {
			out[n] = v
		}
	}
	return out
}

// FenceInput is what a fence agent reads from stdin: NAME=VALUE lines, sorted. A value with a newline
// would be another parameter, so it is refused.
func FenceInput(params map[string]string) (string, error) {
	names := make([]string, 0, len(params))
	for n, v := range params {
		if strings.ContainsAny(n+v, "\n\r") {
			return "", errors.New("parameter " + n + " holds a newline")
		}
		names = append(names, n)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, n := range names {
		b.WriteString(n + "=" + params[n] + "\n")
	}
	return b.String(), nil
}
