package executor

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"sort"
	"strconv"
	"strings"

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
	d := Digests{All: ParamDigest(digestParams(op))}
	if m == nil {
		return d
	}
	if op.Interval == 0 && m.Supports("reload-agent") {
		names := paramNames(m, func(p *meta.Parameter) bool { return !p.Reloadable })
		d.RestartParams = frame(names)
		d.Restart = ParamDigest(only(op.Params, names))
	}
	if secrets := paramNames(m, IsPrivate); len(secrets) > 0 {
		d.SecureParams = frame(secrets)
		d.Secure = ParamDigest(only(op.Params, paramNames(m, func(p *meta.Parameter) bool { return !IsPrivate(p) })))
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
	if op.Interval == 0 {
		return op.Params
	}
	out := map[string]string{"CRM_meta_timeout": strconv.FormatInt(op.Timeout.Milliseconds(), 10)}
	for k, v := range op.Params {
		out[k] = v
	}
	return out
}

// notDigested are names that the cluster itself passes on with the parameters.
var notDigested = map[string]bool{"crm_feature_set": true, "id": true, "pcmk_external_ip": true, "op-digest": true, "on_node": true, "on_node_uuid": true}

// ParamDigest is the MD5, in hex, of the element <parameters …/> with its attributes sorted by name, after
// one blank and before a newline, as Pacemaker writes it. CRM_meta_ names are left out, but for the timeout.
func ParamDigest(params map[string]string) string {
	names := make([]string, 0, len(params))
	for n := range params {
		if !notDigested[n] && (!strings.HasPrefix(n, "CRM_meta_") || n == "CRM_meta_timeout") {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString(" <parameters")
	for _, n := range names {
		b.WriteString(" " + n + `="`)
		escapeTo(&b, params[n])
		b.WriteByte('"')
	}
	b.WriteString("/>\n")
	sum := md5.Sum([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// escapeTo writes a value as Pacemaker's own XML writer does, which is not quite XML: digests need the
// very same bytes. It stops escaping at the first character beyond ASCII.
func escapeTo(b *strings.Builder, value string) {
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c >= 0x80:
			b.WriteString(value[i:])
			return
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '"':
			b.WriteString("&quot;")
		case c == '\'':
			b.WriteString("&apos;")
		case c == '\t':
			b.WriteString("    ")
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(b, `\%.3o`, c)
		default:
			b.WriteByte(c)
		}
	}
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
