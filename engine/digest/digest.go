// Package digest makes the digests by which the operation history remembers parameters. The executor records
// them, the scheduler compares them with the configuration, so both must get the same bytes, which are those of
// Pacemaker: a cluster that is taken over restarts nothing. Which parameters belong into a digest is not decided here.
package digest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
)

// notCounted are names that the cluster itself passes on with the parameters.
var notCounted = map[string]bool{"crm_feature_set": true, "id": true, "pcmk_external_ip": true, "op-digest": true, "on_node": true, "on_node_uuid": true}

// Counts reports whether a name is one of a parameter: what the cluster passes on with the parameters is not. The timeout of
// a recurring operation, CRM_meta_timeout, is added afterwards by who wants it.
func Counts(name string) bool { return !notCounted[name] && !strings.HasPrefix(name, "CRM_meta_") }

// Parameters is the MD5, in hex, of the element <parameters …/> with its attributes sorted by name, after
// one blank and before a newline, as Pacemaker writes it.
func Parameters(params map[string]string) string {
	names := make([]string, 0, len(params))
	for n := range params {
		names = append(names, n)
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString(" <parameters")
	for _, n := range names {
		b.WriteString(" " + n + `="`)
		escape(&b, params[n])
		b.WriteByte('"')
	}
	b.WriteString("/>\n")
	sum := md5.Sum([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// escape writes a value as Pacemaker's own XML writer does, which is not quite XML: control bytes become
// backslash sequences, and nothing is escaped any more once two bytes above 0x7f came in a row.
func escape(b *strings.Builder, value string) {
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c >= 0x80 && i+1 < len(value) && value[i+1] >= 0x80:
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
		case c < 0x20 || c > 0x7e:
			fmt.Fprintf(b, `\%.3o`, c)
		default:
			b.WriteByte(c)
		}
	}
}
