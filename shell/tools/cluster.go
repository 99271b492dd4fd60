package tools

import (
	"strings"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/rule"
)

// load opens the cluster that the environment names and takes a copy of its CIB.
func (k *call) load() (api.Cluster, *cib.Document, error) {
	c, err := k.Cluster()
	if err != nil {
		return nil, nil, err
	}
	doc, err := c.CIB(k.ctx)
	if err != nil && k.offline() && codeOf(err) == exit.DataErr {
		err = cib.Errorf(exit.Config, "%v", err) // the code that a file which is no CIB has always had
	}
	return c, doc, err
}

// status opens the running cluster, whatever the environment names, and asks for its status.
func (k *call) status() (api.Cluster, *api.Status, error) {
	c, err := k.Live()
	if err != nil {
		return nil, nil, err
	}
	s, err := c.Status(k.ctx)
	return c, s, err
}

// perform changes the CIB in the name of this tool.
func (k *call) perform(c api.Cluster, r cib.Request) error {
	r.Client = k.cmd.name
	r.User = k.userName()
	r.Written = k.Now().Format("Mon Jan _2 15:04:05 2006")
	return c.Perform(k.ctx, r)
}

// userName is who calls, for update-user.
func (k *call) userName() string {
	for _, name := range []string{"USER", "LOGNAME"} {
		if u := k.Env(name); u != "" {
			return u
		}
	}
	return "root"
}

// localNode is the name of this node: what the executor tells an agent, else what the engine says,
// else the host's name.
func (k *call) localNode() string {
	if n := k.Env("OCF_RESKEY_CRM_meta_on_node"); n != "" {
		return n
	}
	if !k.offline() {
		if _, s, err := k.status(); err == nil {
			return s.Node
		}
	}
	return k.Host()
}

// nodeID finds the id of the named node in the CIB.
func nodeID(doc *cib.Document, name string) (string, bool) {
	if nodes := doc.Section("nodes"); nodes != nil {
		for _, n := range nodes.SelectElements("node") {
			if n.SelectAttrValue("uname", "") == name {
				return n.SelectAttrValue("id", ""), true
			}
		}
	}
	if status := doc.Section("status"); status != nil {
		for _, n := range status.SelectElements("node_state") {
			if n.SelectAttrValue("uname", "") == name {
				return n.SelectAttrValue("id", ""), true
			}
		}
	}
	return "", false
}

// resourceTags are the elements that are resources.
const resourceTags = " primitive group clone master bundle "

// findResource finds a resource by id anywhere in the resources section, nil if there is none.
func findResource(doc *cib.Document, id string) *etree.Element {
	var found *etree.Element
	walkResources(doc, func(e *etree.Element) bool {
		if e.SelectAttrValue("id", "") == id {
			found = e
		}
		return found == nil
	})
	return found
}

// walkResources visits every resource in document order, collective ones before their members,
// until f returns false.
func walkResources(doc *cib.Document, f func(*etree.Element) bool) {
	var walk func(e *etree.Element) bool
	walk = func(e *etree.Element) bool {
		for _, c := range e.ChildElements() {
			if strings.Contains(resourceTags, " "+c.Tag+" ") && (!f(c) || !walk(c)) {
				return false
			}
		}
		return true
	}
	if r := doc.Section("resources"); r != nil {
		walk(r)
	}
}

// offline reports whether the environment names a CIB file or a shadow copy.
func (k *call) offline() bool { return k.Env("CIB_file") != "" || k.Env("CIB_shadow") != "" }

// parseInterval reads a length of time as all tools take it: "10", "10s", "500ms", "PT5M"; "" is 0.
func parseInterval(s string) (time.Duration, bool) {
	if s == "" {
		return 0, true
	}
	return rule.ParseInterval(s)
}

// remoteNode is a node that runs no cluster of its own: "remote" (a resource connects it) or "guest" (a
// resource is it).
type remoteNode struct{ kind, name string }

// remoteNodes finds them in the resources.
func remoteNodes(doc *cib.Document) []remoteNode {
	var found []remoteNode
	walkResources(doc, func(e *etree.Element) bool {
		if e.Tag != "primitive" {
			return true
		}
		if e.SelectAttrValue("provider", "") == "pacemaker" && e.SelectAttrValue("type", "") == "remote" {
			found = append(found, remoteNode{"remote", e.SelectAttrValue("id", "")})
		}
		for _, nv := range e.FindElements("meta_attributes/nvpair") {
			if nv.SelectAttrValue("name", "") == "remote-node" {
				found = append(found, remoteNode{"guest", nv.SelectAttrValue("value", "")})
			}
		}
		return true
	})
	return found
}
