package cib

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"

	"quorate/engine/exit"
)

// Perform carries out a request as cibadmin does, wholly or not at all. A change of the configuration
// raises epoch, sets num_updates to 0 and notes who wrote it; any other raises num_updates; a request
// that changes nothing changes neither. The error is an *Error with the code cibadmin exits with.
//
// It differs from cibadmin where that helps nobody: a section that is not there yet is made by a
// create, a create without Section finds the section by the element, one with an XPath adds to what that
// finds, a replace by XPath keeps the place of the object, which in a group is the order of starting, a
// modify that creates raises the epoch as well, and an object with an id-ref is found by it, not taken
// for the first of its tag.
func (d *Document) Perform(r Request) error {
	operation, ok := operations[r.Op]
	if !ok {
		return Errorf(exit.Software, "unknown operation %q", r.Op)
	}
	t := &edit{doc: d}
	before := d.Version()
	if err := d.perform(t, operation, r, before); err != nil {
		t.rollback()
		return err
	}
	return nil
}

func (d *Document) perform(t *edit, operation func(*edit, *Request) error, r Request, before Version) error {
	if err := operation(t, &r); err != nil {
		return err
	}
	if !t.changed() {
		return nil
	}
	if after := d.Version(); after.Compare(before) < 0 {
		return Errorf(exit.Old, "the version would go back from %s to %s", before, after)
	}
	if err := d.countVersion(t, &r); err != nil {
		return err
	}
	if t.configuration {
		return d.Conforms()
	}
	return nil
}

// countVersion raises the counters after a change and stamps who made it.
func (d *Document) countVersion(t *edit, r *Request) error {
	v := d.Version()
	if r.Op == OpBump {
		t.setAttr(d.root, "epoch", strconv.Itoa(v.Epoch+1))
	}
	if !t.configuration {
		t.setAttr(d.root, "num_updates", strconv.Itoa(v.NumUpdates+1))
		return nil
	}
	t.setAttr(d.root, "epoch", strconv.Itoa(v.Epoch+1))
	t.setAttr(d.root, "num_updates", "0")
	for _, a := range [][2]string{{"cib-last-written", r.Written}, {"update-origin", r.Origin},
		{"update-client", r.Client}, {"update-user", r.User}} {
		if a[1] != "" {
			t.setAttr(d.root, a[0], a[1])
		}
	}
	return nil
}

// setVersion writes all three counters.
func (d *Document) setVersion(t *edit, v Version) {
	t.setAttr(d.root, "admin_epoch", strconv.Itoa(v.AdminEpoch))
	t.setAttr(d.root, "epoch", strconv.Itoa(v.Epoch))
	t.setAttr(d.root, "num_updates", strconv.Itoa(v.NumUpdates))
}

// Conforms refuses a configuration that its schema does not allow.
func (d *Document) Conforms() error {
	problems := Validate(d)
	if len(problems) == 0 {
		return nil
	}
	e := Errorf(exit.Config, "the result would not conform to %s", d.Schema())
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.String()
	}
	e.Hint = firstOf(texts)
	e.Problems = problems
	return e
}

var operations map[RequestOp]func(*edit, *Request) error

func init() { // not in the declaration: the functions below come back to the table
	operations = map[RequestOp]func(*edit, *Request) error{
		OpCreate: performCreate, OpModify: performModify, OpReplace: performReplace, OpDelete: performDelete,
		OpPatch: performPatch, OpErase: performErase, OpBump: performBump, OpUpgrade: performUpgrade,
	}
}

// input reads the request's XML; of a whole CIB, the section that the request names is meant.
func (r *Request) input() (*etree.Element, error) {
	if r.XML == "" {
		return nil, Errorf(exit.Software, "no XML is given")
	}
	e, err := ParseElement(r.XML)
	if err != nil {
		return nil, Errorf(exit.Config, "%s", err)
	}
	if e.Tag != "cib" || r.XPath != "" || r.wholeDocument() {
		return e, nil
	}
	section := (&Document{root: e}).Section(r.Section)
	if section == nil {
		return nil, Errorf(exit.Software, "the XML has no section %s", r.Section)
	}
	return section, nil
}

// wholeDocument tells whether the request names no section.
func (r *Request) wholeDocument() bool {
	return r.Section == "" || r.Section == "cib" || r.Section == "all"
}

// sections are the parts of the configuration that a request can name; all but the first four are
// optional and made when needed.
var sections = []string{"crm_config", "nodes", "resources", "constraints", "fencing-topology",
	"rsc_defaults", "op_defaults", "acls", "tags", "alerts"}

// homes says in which section an object belongs.
var homes = map[string]string{
	"cluster_property_set": "crm_config", "node": "nodes",
	"primitive": "resources", "group": "resources", "clone": "resources", "master": "resources",
	"bundle": "resources", "template": "resources",
	"rsc_location": "constraints", "rsc_colocation": "constraints", "rsc_order": "constraints", "rsc_ticket": "constraints",
	"fencing-level": "fencing-topology", "tag": "tags", "alert": "alerts",
	"acl_role": "acls", "acl_target": "acls", "acl_group": "acls", "acl_user": "acls",
	"node_state": "status", "tickets": "status",
}

// isSection tells whether an element with that tag is a section, the whole or the status.
func isSection(tag string) bool {
	return tag == "cib" || tag == "configuration" || tag == "status" || slices.Contains(sections, tag)
}

// scope returns the element below which the request looks for its object. Section may also be "",
// "cib" or "all" for the whole document. With make, a section of the configuration that is missing is made.
func (t *edit) scope(r *Request, make bool) (*etree.Element, error) {
	d := t.doc
	if r.XPath != "" {
		found, err := d.FindElements(r.XPath)
		switch {
		case err != nil:
			return nil, err
		case len(found) == 0:
			return nil, Errorf(exit.NoSuch, "nothing matches %s", r.XPath)
		}
		return found[0], nil
	}
	if r.wholeDocument() {
		return d.root, nil
	}
	if e := d.Section(r.Section); e != nil {
		return e, nil
	}
	if !make || !isSection(r.Section) {
		return nil, Errorf(exit.NoSuch, "there is no section %s", r.Section)
	}
	parent := d.root
	if r.Section != "configuration" && r.Section != "status" {
		if parent = child(d.root, "configuration"); parent == nil {
			return nil, Errorf(exit.NoSuch, "there is no section configuration")
		}
	}
	e := etree.NewElement(r.Section)
	t.insert(parent, -1, e)
	return e, nil
}

// performCreate adds an object to its section; a whole section adds its objects one by one, and a
// whole CIB adds those of all its sections.
func performCreate(t *edit, r *Request) error {
	in, err := r.input()
	if err != nil {
		return err
	}
	if in.Tag == "cib" && r.XPath == "" {
		return t.createAll(in)
	}
	at := *r
	if r.XPath == "" && r.wholeDocument() {
		at.Section = homes[in.Tag]
		if isSection(in.Tag) {
			at.Section = in.Tag
		}
		if at.Section == "" {
			return Errorf(exit.NoSuch, "%s belongs to no section that is known; name one", describe(in))
		}
	}
	parent, err := t.scope(&at, true)
	if err != nil {
		return err
	}
	return t.createIn(parent, in)
}

// createIn adds in, or when in is another form of parent the children of in, below parent.
func (t *edit) createIn(parent, in *etree.Element) error {
	objects := []*etree.Element{in}
	if in.Tag == parent.Tag && isSection(in.Tag) {
		objects = in.ChildElements()
	}
	for _, o := range objects {
		if childLike(parent, o) != nil {
			e := Errorf(exit.Exists, "%s exists already", describe(o))
			e.Failed = failedUpdate(o, "cib_create", "File exists")
			return e
		}
		t.insert(parent, -1, newObject(o))
	}
	return nil
}

// createAll adds the objects of all sections of a whole CIB.
func (t *edit) createAll(in *etree.Element) error {
	for _, part := range in.ChildElements() {
		targets := []*etree.Element{part}
		if part.Tag == "configuration" {
			targets = part.ChildElements()
		}
		for _, section := range targets {
			parent, err := t.scope(&Request{Section: section.Tag}, true)
			if err != nil {
				return err
			}
			if err := t.createIn(parent, section); err != nil {
				return err
			}
		}
	}
	return nil
}

// failedUpdate is what cibadmin prints about a refused object.
func failedUpdate(object *etree.Element, operation, reason string) string {
	failed := etree.NewElement("failed")
	update := failed.CreateElement("failed_update")
	if id := attr(object, "id"); id != "" {
		update.CreateAttr("id", id)
	}
	update.CreateAttr("object_type", object.Tag)
	update.CreateAttr("operation", operation)
	update.CreateAttr("reason", reason)
	update.AddChild(copyElement(object))
	return XML(failed, true)
}
