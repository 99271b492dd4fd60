package executor

import (
	"strconv"
	"strings"

	"quorate/engine/digest"
	"quorate/ra/meta"
)

// Digests are what the history keeps of an operation's parameters, so that the scheduler sees a change.
// Restart and Secure are "" where the agent gives no reason for them.
type Digests struct {
	All           string // op-digest: all parameters, of recurring operations also the timeout
	Restart       string // op-restart-digest: of the parameters whose change needs a restart
	RestartParams string // op-force-restart: their names
	Secure        string // op-secure-digest: of the parameters that are no secrets
	SecureParams  string // op-secure-params: the names of the secrets
}

// OperationDigests makes the digests of an operation as Pacemaker records them. The metadata may be nil:
// then no parameter is known as reloadable or private.
func OperationDigests(op Operation, m *meta.Metadata) Digests {
	d := Digests{All: digest.Parameters(digestParams(op))}
	if m == nil {
		return d
	}
	if op.Interval == 0 && m.Supports("reload-agent") {
		names := paramNames(m, func(p *meta.Parameter) bool { return !p.Reloadable })
		d.RestartParams = frame(names)
		d.Restart = digest.Parameters(only(op.Params, names))
	}
	if secrets := paramNames(m, IsPrivate); len(secrets) > 0 {
		d.SecureParams = frame(secrets)
		d.Secure = digest.Parameters(only(op.Params, paramNames(m, func(p *meta.Parameter) bool { return !IsPrivate(p) })))
	}
	return d
}

// IsPrivate reports whether a parameter is a secret: marked by the agent, or called a password.
func IsPrivate(p *meta.Parameter) bool {
	return p.Private || p.Name == "passwd" || p.Name == "password"
}

// digestParams are the parameters that count: a recurring operation's timeout is one of them, so that a
// new timeout reschedules monitors but restarts nothing.
func digestParams(op Operation) map[string]string {
	out := map[string]string{}
	for k, v := range op.Params {
		if digest.Counts(k) {
			out[k] = v
		}
	}
	if op.Interval > 0 {
		out["CRM_meta_timeout"] = strconv.FormatInt(op.Timeout.Milliseconds(), 10)
	}
	return out
}

func paramNames(m *meta.Metadata, keep func(*meta.Parameter) bool) []string {
	var names []string
	for i := range m.Parameters {
		if keep(&m.Parameters[i]) {
			names = append(names, m.Parameters[i].Name)
		}
	}
	return names
}

// frame writes a list of names as the history has it: two blanks before and after.
func frame(names []string) string { return "  " + strings.Join(names, " ") + "  " }

func only(params map[string]string, names []string) map[string]string {
	out := map[string]string{}
	for _, n := range names {
		if v, ok := params[n]; ok {
			out[n] = v
		}
	}
	return out
}
