package configure

import (
	"regexp"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/rule"
	"quorate/ra"
)

// checkProperties checks cluster properties and defaults against the built-in tables.
func checkProperties(v *verifier) {
	table := &ra.Metadata{Parameters: ra.Properties()}
	if s := v.b.doc.Section("crm_config"); s != nil {
		for _, set := range s.SelectElements("cluster_property_set") {
			if attr(set, "id") == "cib-bootstrap-options" {
				v.properties(set, table)
			}
		}
	}
	for _, d := range []struct {
		section string
		table   *ra.Metadata
	}{{"rsc_defaults", ra.MetaAttributes()}, {"op_defaults", ra.OpAttributes()}} {
		if s := v.b.doc.Section(d.section); s != nil {
			for _, set := range s.SelectElements("meta_attributes") {
				v.options(attr(set, "id"), set, d.table)
			}
		}
	}
}

// properties checks one property set. A value that does not fit is an error: the cluster would use the default.
func (v *verifier) properties(set *etree.Element, table *ra.Metadata) {
	id := attr(set, "id")
	for _, nv := range set.SelectElements("nvpair") {
		n := attr(nv, "name")
		p := table.Parameter(n)
		if p == nil {
			if !internalProperties[n] && n != "" {
				v.warn("%s: unknown attribute '%s'%s", id, n, meant(n, parameterNames(table)))
			}
			continue
		}
		if err := ra.Check(p, attr(nv, "value")); err != nil {
			v.error("%s: the default is used for '%s': its value '%s' %v", id, n, attr(nv, "value"), err)
		}
	}
}

// internalProperties are written by the cluster itself.
var internalProperties = map[string]bool{"dc-version": true, "cluster-infrastructure": true, "cluster-name": true,
	"have-watchdog": true, "last-lrm-refresh": true, "maintenance-mode": true}

// checkKeptOnly: what this engine stores for clusters of Pacemaker, and does not do.
func checkKeptOnly(v *verifier) {
	if s := v.b.doc.Section("alerts"); s != nil && s.SelectElement("alert") != nil {
		v.warn("alerts are kept, but this engine does not run them")
	}
	if acl, _ := v.b.property("enable-acl"); rule.IsTrue(acl) {
		v.warn("ACLs are kept, but this engine does not enforce them: only root and the group of the socket may talk to it")
	}
}

// checkPattern compiles a resource pattern.
func checkPattern(p string) error {
	_, err := regexp.CompilePOSIX(p)
	return err
}

// checkUnique: parameters that the agent wants to be unique, and groups of them, must not be the same in two resources.
func checkUnique(v *verifier) {
	seen := map[string]string{}
	var order []string
	count := map[string]int{}
	label := map[string]string{}
	for _, e := range v.b.objects() {
		if e.Tag != "primitive" {
			continue
		}
		a, ok := v.b.agentOf(e)
		if !ok {
			continue
		}
		m := v.b.meta(a)
		if m == nil {
			continue
		}
		values, _, _ := v.b.paramsOf(e)
		groups := uniqueGroups(m)
		for _, group := range sortedKeys(groups) {
			names := groups[group]
			var parts []string
			for _, n := range names {
				if val, have := values[n]; have {
					parts = append(parts, "\""+n+"\": \""+val+"\"")
				}
			}
			if len(parts) == 0 || len(parts) < len(names) {
				continue
			}
			key := a.String() + "\x00" + group + "\x00" + strings.Join(parts, "\x00")
			if count[key] == 0 {
				order = append(order, key)
				seen[key] = idOf(e)
			} else {
				seen[key] += "," + idOf(e)
			}
			count[key]++
			label[key] = strings.Join(parts, ", ")
		}
	}
	for _, k := range order {
		if count[k] > 1 {
			v.error("Resources %s violate uniqueness for parameter %s", seen[k], label[k])
		}
	}
}

// uniqueGroups are the parameters that must differ: each unique one for itself, and those of a unique group together.
func uniqueGroups(m *ra.Metadata) map[string][]string {
	out := map[string][]string{}
	for i := range m.Parameters {
		p := &m.Parameters[i]
		switch {
		case p.UniqueGroup != "":
			out["group "+p.UniqueGroup] = append(out["group "+p.UniqueGroup], p.Name)
		case p.Unique:
			out["name "+p.Name] = []string{p.Name}
		}
	}
	return out
}
