package node

import (
	"fmt"
	"strings"

	"quorate/engine/cib"
	"quorate/engine/replica"
)

// Version is what the DC writes as dc-version: the release of Pacemaker whose behaviour and CIB this engine has,
// since tools compare it.
const Version = "2.1.5-quorate"

// bootstrapSet is the property set that the field's tools look into first.
const bootstrapSet = "cib-bootstrap-options"

// announceProperties writes what the DC knows of the cluster itself into the options, as Pacemaker's does.
func (c *Core) announceProperties() {
	state := c.log.State()
	var missing strings.Builder
	for _, p := range [][2]string{{"have-watchdog", "false"}, {"dc-version", Version},
		{"cluster-infrastructure", "corosync"}, {"cluster-name", c.cfg.Cluster}} {
		if p[1] != "" && state.Option(p[0], "") != p[1] {
			fmt.Fprintf(&missing, `<nvpair id="%s-%s" name="%s" value="%s"/>`, bootstrapSet, p[0], p[0], escape(p[1]))
		}
	}
	if missing.Len() == 0 || c.proposing("properties") {
		return
	}
	xml := fmt.Sprintf(`<crm_config><cluster_property_set id="%s">%s</cluster_property_set></crm_config>`, bootstrapSet, missing.String())
	c.proposeAsDC("properties", replica.Command{CIB: &cib.Request{Op: cib.OpModify, Section: "crm_config", AllowCreate: true,
		XML: xml, Client: "crmd", Origin: c.cfg.Name, User: "hacluster", Written: c.now.Format(lastWritten)}})
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace
