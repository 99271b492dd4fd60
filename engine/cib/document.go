// Package cib is the cluster information base: the one XML document that holds the
// configuration and the status of the cluster.
//
// It reads, writes, indexes, compares and changes the document, and knows the rules of its
// elements (schema tables). It does no I/O: files, sockets and the replicated log are the
// business of its callers. What the language of the shell makes of it is in package grammar.
package cib

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/beevik/etree"
)

// Document is one CIB. It is not safe for concurrent use: whoever needs it elsewhere takes a Copy.
type Document struct {
	doc *etree.Document
}

// Version orders documents as Pacemaker does: admin_epoch, then epoch, then num_updates.
type Version struct {
	AdminEpoch, Epoch, NumUpdates int
}

// Compare returns -1, 0 or +1 as v is older than, equal to or newer than o.
func (v Version) Compare(o Version) int {
	for _, p := range [][2]int{{v.AdminEpoch, o.AdminEpoch}, {v.Epoch, o.Epoch}, {v.NumUpdates, o.NumUpdates}} {
		if p[0] != p[1] {
			if p[0] < p[1] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// String prints the version as "admin_epoch.epoch.num_updates".
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v.AdminEpoch, v.Epoch, v.NumUpdates)
}

const empty = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="0" num_updates="0" admin_epoch="0">` +
	`<configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>`

// New returns the empty CIB that `cibadmin --empty` prints.
func New() *Document {
	d, err := Parse([]byte(empty))
	if err != nil {
		panic(err) // the constant above is well-formed
	}
	return d
}

// Parse reads a CIB. The root element must be <cib>; a second root or trailing text is an error.
func Parse(data []byte) (*Document, error) {
	doc := etree.NewDocument()
	doc.ReadSettings.ValidateInput = true
	if _, err := doc.ReadFrom(bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("not well-formed XML: %w", err)
	}
	if doc.Root() == nil || doc.Root().Tag != "cib" {
		return nil, errors.New("the root element is not <cib>")
	}
	return &Document{doc: doc}, nil
}

// Bytes returns the document as indented XML with a final newline.
func (d *Document) Bytes() []byte {
	c := d.doc.Copy()
	c.WriteSettings.CanonicalAttrVal = true
	c.Indent(2)
	var b bytes.Buffer
	_, _ = c.WriteTo(&b) // bytes.Buffer never fails
	return b.Bytes()
}

// Root returns the <cib> element. Callers must not change it behind the Document's back.
func (d *Document) Root() *etree.Element { return d.doc.Root() }

// Section returns "configuration", "status" or a direct section of the configuration
// ("crm_config", "nodes", "resources", "constraints", "fencing-topology", "acls", "tags",
// "alerts", "rsc_defaults", "op_defaults"); nil where the document has none.
func (d *Document) Section(name string) *etree.Element {
	if e := d.Root().SelectElement(name); e != nil {
		return e
	}
	if c := d.Root().SelectElement("configuration"); c != nil {
		return c.SelectElement(name)
	}
	return nil
}

// Copy returns an independent deep copy.
func (d *Document) Copy() *Document { return &Document{doc: d.doc.Copy()} }

// Version reads the three counters of the root element; a missing or bad one counts as 0.
func (d *Document) Version() Version {
	n := func(k string) int { v, _ := strconv.Atoi(d.Root().SelectAttrValue(k, "0")); return v }
	return Version{n("admin_epoch"), n("epoch"), n("num_updates")}
}
