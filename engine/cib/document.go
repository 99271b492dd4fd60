// Package cib is the cluster information base: the one XML document that holds the
// configuration and the status of the cluster.
//
// It reads, writes, indexes, compares and changes the document, and knows the rules of its
// elements (schema tables). It does no I/O: files, sockets and the replicated log are the
// business of its callers. What the language of the shell makes of it is in package grammar.
package cib

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/beevik/etree"
)

// Document is one CIB. It is not safe for concurrent use: whoever needs it elsewhere takes a Copy.
// Layout is no part of it: blanks between elements are dropped when reading and made when writing.
type Document struct {
	root   *etree.Element
	source string                    // what was parsed, while the tree is still as it says; for line numbers
	ids    map[string]*etree.Element // see ByID; nil until asked for
	status map[string]*nodeStatus    // see node; nil until asked for
	size   int                       // of what was parsed, a first guess for the size of Bytes
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

// Parse reads a CIB. The root element must be <cib>. Anything that is not well-formed is refused
// with a *SyntaxError: also a second root, trailing text, an attribute given twice. Unknown elements
// and attributes, comments, and the order of all of them are kept.
func Parse(data []byte) (*Document, error) {
	src := string(data)
	root, err := parseRoot(src)
	if err != nil {
		return nil, fmt.Errorf("not well-formed XML: %w", err)
	}
	if root.FullTag() != "cib" {
		return nil, errors.New("the root element is not <cib>")
	}
	return &Document{root: root, source: src, size: len(src)}, nil
}

// ParseElement reads one XML element, for example the object of a request.
func ParseElement(data string) (*etree.Element, error) {
	e, err := parseRoot(data)
	if err != nil {
		return nil, fmt.Errorf("not well-formed XML: %w", err)
	}
	return e, nil
}

// Bytes returns the document as XML, one element a line, with a final newline.
func (d *Document) Bytes() []byte {
	return appendXML(make([]byte, 0, d.size+d.size/8), d.root, true)
}

// Compact returns the document as XML on one line, for sending and storing.
func (d *Document) Compact() []byte { return appendXML(make([]byte, 0, d.size), d.root, false) }

// Root returns the <cib> element. Callers must not change it behind the Document's back;
// whoever does so all the same calls Touch afterwards.
func (d *Document) Root() *etree.Element { return d.root }

// Touch forgets the indexes after the tree was changed from outside. It raises no version.
func (d *Document) Touch() { d.source, d.ids, d.status = "", nil, nil }

// Section returns "configuration", "status" or a direct section of the configuration
// ("crm_config", "nodes", "resources", "constraints", "fencing-topology", "acls", "tags",
// "alerts", "rsc_defaults", "op_defaults"); nil where the document has none.
func (d *Document) Section(name string) *etree.Element {
	if e := child(d.root, name); e != nil {
		return e
	}
	if c := child(d.root, "configuration"); c != nil {
		return child(c, name)
	}
	return nil
}

// Copy returns an independent deep copy.
func (d *Document) Copy() *Document {
	return &Document{root: copyElement(d.root), source: d.source, size: d.size}
}

// copyElement is a deep copy. The library's own leaves in each attribute a pointer to the element it
// was copied from, which keeps every older document alive.
func copyElement(e *etree.Element) *etree.Element { return new(arena).copy(e) }

// copyToken copies what is no element.
func copyToken(t etree.Token) etree.Token {
	switch t := t.(type) {
	case *etree.CharData:
		if t.IsCData() {
			return etree.NewCData(t.Data)
		}
		return etree.NewText(t.Data)
	case *etree.Comment:
		return etree.NewComment(t.Data)
	case *etree.ProcInst:
		return etree.NewProcInst(t.Target, t.Inst)
	}
	panic(fmt.Sprintf("cib: a %T in the tree", t)) // the reader makes no other kind
}

// Version reads the three counters of the root element; a missing or bad one counts as 0.
func (d *Document) Version() Version {
	n := func(k string) int { v, _ := strconv.Atoi(attr(d.root, k)); return v }
	return Version{n("admin_epoch"), n("epoch"), n("num_updates")}
}
