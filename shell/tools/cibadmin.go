package tools

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

var cibadminCommand = &command{
	name: "cibadmin", usage: "<command> [options]", dialect: getopt,
	summary: "cibadmin - query and edit the cluster configuration and status as XML",
	options: []option{
		{long: "upgrade", short: 'u', help: "Upgrade the configuration to the newest schema (asks for --force)"},
		{long: "query", short: 'Q', help: "Show the CIB, a section (-o) or what an XPath (-A) finds"},
		{long: "erase", short: 'E', help: "Empty the whole configuration (asks for --force)"},
		{long: "bump", short: 'B', help: "Raise the epoch by 1"},
		{long: "create", short: 'C', help: "Create an object; fails if it exists"},
		{long: "modify", short: 'M', help: "Find the object and update it; fails if missing unless -c"},
		{long: "patch", short: 'P', help: "Apply an XML diff (see crm_diff)"},
		{long: "replace", short: 'R', help: "Replace an object with its children"},
		{long: "delete", short: 'D', help: "Delete the first object that matches"},
		{long: "delete-all", short: 'd', help: "With --xpath: delete all that match (asks for --force)"},
		{long: "empty", short: 'a', help: "Show an empty CIB; a word after it is the name of its schema"},
		{long: "md5-sum", short: '5', help: "Digest of the given XML as of a CIB on disk"},
		{long: "md5-sum-versioned", short: '6', help: "Digest of the given XML as compared between nodes"},
		{long: "show-access", short: 'S', arity: optional},
		{long: "force", short: 'f', help: "Do what is considered dangerous"},
		{long: "timeout", short: 't', arity: value, hint: "SECONDS", help: "Accepted"},
		{long: "user", short: 'U', arity: value, hint: "USER", help: "Act with the permissions of this user"},
		{long: "sync-call", short: 's', help: "Accepted: calls always wait for completion"},
		{long: "local", short: 'l', help: "Accepted: queries are always answered by this node"},
		{long: "allow-create", short: 'c', help: "With --modify: create what is missing"},
		{long: "no-children", short: 'n', help: "With --query: without the children of the object"},
		{long: "xml-text", short: 'X', arity: value, hint: "XML", help: "Take XML from the argument"},
		{long: "xml-file", short: 'x', arity: value, hint: "FILE", help: "Take XML from a file"},
		{long: "xml-pipe", short: 'p', help: "Take XML from stdin"},
		{long: "scope", short: 'o', arity: value, hint: "SECTION", help: "Section: configuration, nodes, resources, constraints, crm_config, rsc_defaults, op_defaults, acls, fencing-topology, tags, alerts, status"},
		{long: "xpath", short: 'A', arity: value, hint: "XPATH", help: "XPath instead of a section"},
		{long: "node-path", short: 'e', help: "Show the paths of what the XPath finds"},
		{long: "node", short: 'N', arity: value},
	},
}

// cibVerbs are the commands of cibadmin with the name that its errors have for them; dangerous ones ask for --force.
var cibVerbs = map[string]struct {
	op        cib.RequestOp
	call      string
	dangerous bool
}{
	"query":             {"", "cib_query", false},
	"upgrade":           {cib.OpUpgrade, "cib_upgrade", true},
	"erase":             {cib.OpErase, "cib_erase", true},
	"bump":              {cib.OpBump, "cib_bump", false},
	"create":            {cib.OpCreate, "cib_create", false},
	"modify":            {cib.OpModify, "cib_modify", false},
	"patch":             {cib.OpPatch, "cib_apply_diff", false},
	"replace":           {cib.OpReplace, "cib_replace", false},
	"delete":            {cib.OpDelete, "cib_delete", false},
	"delete-all":        {cib.OpDelete, "cib_delete_alt", true},
	"empty":             {},
	"md5-sum":           {},
	"md5-sum-versioned": {},
}

const dangerous = "The supplied command is considered dangerous.  To prevent accidental destruction of the cluster, the --force flag is required in order to proceed."

// cibadmin reads and changes the CIB; the last command on the line wins.
func cibadmin(k *call) exit.Code {
	verb := ""
	for _, f := range k.flags {
		if _, ok := cibVerbs[f.name]; ok {
			verb = f.name
		}
	}
	if len(k.words) > 0 && (verb != "empty" || len(k.words) > 1) {
		k.out.printf("non-option ARGV-elements: %s \n", strings.Join(k.words, " "))
		return k.usage()
	}
	if verb == "" {
		return k.usage()
	}
	if cibVerbs[verb].dangerous && !k.has("force") {
		k.out.note("%s", dangerous)
		return exit.Unsafe
	}
	xml, given, err := k.inputXML()
	if err != nil {
		k.out.note("%v", err)
		return exit.Config
	}
	switch verb {
	case "empty":
		doc := cib.New()
		doc.Root().CreateAttr("epoch", "1")
		if len(k.words) > 0 {
			doc.Root().CreateAttr("validate-with", k.words[0])
		}
		fmt.Fprint(k.Out, cib.XML(doc.Root(), true))
		return exit.OK
	case "md5-sum", "md5-sum-versioned":
		return k.digest(verb, xml)
	}
	c, doc, err := k.load()
	if err != nil {
		k.out.note("Could not connect to the CIB: %s", reason(err))
		k.out.note("Init failed, could not perform requested operations")
		return codeOf(err)
	}
	if verb == "query" {
		return k.queryCIB(doc)
	}
	return k.changeCIB(c, verb, xml, given)
}

// inputXML reads the XML that -X, -x or -p give; the last one counts.
func (k *call) inputXML() (root *etree.Element, given bool, err error) {
	for _, f := range k.flags {
		var data []byte
		var from string
		switch f.name {
		case "xml-text":
			data, from = []byte(f.value), "input string"
		case "xml-file":
			from = f.value
			data, _ = os.ReadFile(f.value) // what cannot be read cannot be parsed
		case "xml-pipe":
			from = "stdin"
			if data, err = io.ReadAll(k.In); err != nil {
				return nil, true, err
			}
		default:
			continue
		}
		given = true
		if root, err = cib.ParseElement(string(data)); err != nil {
			if len(data) > 0 {
				return nil, true, fmt.Errorf("Couldn't parse input from %s: %w.", from, err)
			}
			return nil, true, fmt.Errorf("Couldn't parse input from %s.", from)
		}
	}
	return root, given, nil
}

// digest prints the digest of the given XML: of a document on disk, or as compared between nodes, where
// who changed it when does not count.
func (k *call) digest(verb string, root *etree.Element) exit.Code {
	if root == nil {
		k.out.note("Please supply XML to process with -X, -x or -p")
		return exit.Usage
	}
	label, sum := "Digest: ", diskDigest(root)
	if verb == "md5-sum-versioned" {
		label = "Versioned (" + root.SelectAttrValue("crm_feature_set", "(null)") + ") digest: "
		sum = versionedDigest(root)
	}
	fmt.Fprint(k.Err, label)
	fmt.Fprintln(k.Out, sum)
	return exit.OK
}

// diskDigest is what Pacemaker keeps beside a document on disk.
func diskDigest(root *etree.Element) string {
	sum := md5.Sum([]byte(" " + cib.XML(root, false) + "\n"))
	return hex.EncodeToString(sum[:])
}

// versionedDigest is what Pacemaker's nodes compare, which depends on the feature set of the document.
func versionedDigest(root *etree.Element) string {
	if root.SelectAttr("crm_feature_set") == nil {
		return diskDigest(root)
	}
	root = root.Copy()
	dropWriter(root)
	sum := md5.Sum([]byte(cib.XML(root, false)))
	return hex.EncodeToString(sum[:])
}

// dropWriter removes the attributes that tell who changed the document and when.
func dropWriter(e *etree.Element) {
	for _, a := range []string{"cib-last-written", "update-origin", "update-client", "update-user", "crm-debug-origin"} {
		e.RemoveAttr(a)
	}
	for _, c := range e.ChildElements() {
		dropWriter(c)
	}
}

// queryCIB prints the whole, a section, or what an XPath finds.
func (k *call) queryCIB(doc *cib.Document) exit.Code {
	found := []*etree.Element{doc.Root()}
	switch {
	case k.has("xpath"):
		if found, _ = doc.FindElements(k.get("xpath")); len(found) == 0 { // a wrong XPath finds nothing
			return k.callFailed("cib_query", cib.Errorf(exit.NoSuch, "%s", reasons[exit.NoSuch]))
		}
	case k.has("scope") && cibSections[k.get("scope")]:
		e := doc.Section(k.get("scope"))
		if e == nil {
			return k.callFailed("cib_query", cib.Errorf(exit.NoSuch, "%s", reasons[exit.NoSuch]))
		}
		found[0] = e
	}
	if k.has("node-path") {
		k.printPaths(found)
		return exit.OK
	}
	for i, e := range found {
		e = e.Copy()
		if k.has("no-children") {
			e.Child = nil
		}
		found[i] = e
	}
	if len(found) == 1 {
		fmt.Fprint(k.Out, cib.XML(found[0], true))
		return exit.OK
	}
	all := newElement("xpath-query")
	for _, e := range found {
		all.AddChild(e)
	}
	fmt.Fprint(k.Out, cib.XML(all, true))
	return exit.OK
}

// printPaths shows where the elements stand, without their children the ids alone; only what an XPath finds has a path.
func (k *call) printPaths(found []*etree.Element) {
	for _, e := range found {
		id := e.SelectAttrValue("id", "")
		switch {
		case !k.has("xpath"):
		case !k.has("no-children"):
			k.out.printf("%s\n", cib.Path(e))
		case id != "":
			k.out.printf("%s\n", id)
		}
	}
}

// cibSections are the names that -o knows; another one means the whole CIB.
var cibSections = map[string]bool{"configuration": true, "nodes": true, "resources": true, "constraints": true,
	"crm_config": true, "rsc_defaults": true, "op_defaults": true, "acls": true, "fencing-topology": true,
	"tags": true, "alerts": true, "status": true}

// changeCIB performs one change.
func (k *call) changeCIB(c api.Cluster, verb string, xml *etree.Element, given bool) exit.Code {
	v := cibVerbs[verb]
	r := cib.Request{Op: v.op, XPath: k.get("xpath"), AllowCreate: k.has("allow-create"), All: verb == "delete-all"}
	if cibSections[k.get("scope")] && r.XPath == "" {
		r.Section = k.get("scope")
	}
	needsXML := verb == "create" || verb == "modify" || verb == "replace" || verb == "patch" || verb == "delete" && r.XPath == ""
	if needsXML && !given {
		return k.callFailed(v.call, cib.Errorf(exit.Software, "Invalid argument"))
	}
	if verb == "patch" {
		var err error
		if r.Changes, r.From, err = cib.ParseDiffXML(cib.XML(xml, false)); err != nil {
			return k.callFailed(v.call, err)
		}
	} else if xml != nil {
		r.XML = cib.XML(xml, false)
	}
	if u := k.get("user"); u != "" {
		r.User = u
	}
	err := k.perform(c, r)
	if err == nil {
		return exit.OK
	}
	var e *cib.Error
	if errors.As(err, &e) && e.Failed != "" {
		k.out.printf("%s", e.Failed)
	}
	if errors.As(err, &e) && e.Conflicts != nil {
		err = cib.Errorf(exit.Error, "Application of update diff failed: %s", e.Hint)
	}
	return k.callFailed(v.call, err)
}

// callFailed tells why a request was refused; a file's tools do not name the call.
func (k *call) callFailed(name string, err error) exit.Code {
	if d := detail(err); d != "" && codeOf(err) == exit.Config {
		k.out.note("%s", d)
	}
	if k.offline() {
		name = ""
	} else {
		name += " "
	}
	k.out.note("Call %sfailed: %s", name, reason(err))
	return codeOf(err)
}
