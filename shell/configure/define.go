package configure

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"quorate/grammar"
)

// Define stages one statement as typed on the prompt: a new object, more properties of a set, more
// attributes of a node, or (monitor) one more operation.
func (b *Buffer) Define(line string) error {
	st, err := grammar.ParseLine("", 1, line)
	if err != nil {
		return err
	}
	return b.command([]string{"define", line}, func() error { return b.define(st) })
}

// command runs the changes of one command: all of them or, on an error, none.
// record is the command as the journal has it; nil leaves it out.
func (b *Buffer) command(record []string, change func() error) error {
	b.begin()
	mark := len(b.steps)
	if err := change(); err != nil {
		b.rollback(mark)
		b.marks = b.marks[:len(b.marks)-1]
		return err
	}
	if len(b.steps) > mark {
		b.journal.add(record)
	} else {
		b.marks = b.marks[:len(b.marks)-1]
	}
	return nil
}

// env is what the grammar asks about the staged CIB; old is the object being redefined.
func (b *Buffer) env(old *etree.Element) grammar.Env {
	return grammar.Env{
		Old:      old,
		Taken:    b.taken,
		Find:     func(id string) *etree.Element { return b.ids[id] },
		Provider: b.providerOf,
		Nodes:    b.nodeNames,
		Warn:     func(t string) { b.rep.Warn("%s", t) },
		Error:    func(t string) { b.rep.Error("%s", t) },
		Schema:   b.schema(),
	}
}

// within tells whether e is inside of outer, or outer itself, but not inside of a resource of its own there.
func within(e, outer *etree.Element) bool {
	for ; e != nil; e = e.Parent() {
		if e == outer {
			return true
		}
		if isResource(e.Tag) {
			return false
		}
	}
	return false
}

func (b *Buffer) define(st grammar.Statement) error {
	switch st.Keyword() {
	case "monitor":
		return b.defineMonitor(st)
	case "node":
		if old := b.node(st.ID()); old != nil {
			return b.mergeNode(st, old)
		}
	case "property", "rsc_defaults", "op_defaults":
		return b.defineProperties(st)
	}
	if !grammar.InSchema(st.Keyword(), b.schema()) {
		return fmt.Errorf("%s not supported by the RNG schema", st.Keyword())
	}
	e, err := b.element(st, nil)
	if err != nil {
		return err
	}
	if err := checkID(e); err != nil {
		return err
	}
	if st.Keyword() == "xml" && sets[st.Kind()] != "" {
		return b.applyElement(e)
	}
	if old := b.sameObject(typeOf(e), idOf(e)); old != nil {
		return fmt.Errorf("Cannot create %s with ID '%s': Found existing %s with same ID.", keyword(e, st), idOf(e), typeOf(old))
	}
	return b.create(e)
}

// keyword is the kind of an object for messages: that of the element where the statement is `xml`.
func keyword(e *etree.Element, st grammar.Statement) string {
	if st.Keyword() == "xml" {
		return typeOf(e)
	}
	return st.Keyword()
}

// checkID refuses ids that are no XML names.
func checkID(e *etree.Element) error {
	switch e.Tag {
	case "node", "fencing-topology", "rsc_defaults", "op_defaults":
		return nil
	}
	if id := attr(e, "id"); !ValidID(id) {
		return fmt.Errorf("%s: invalid object id", id)
	}
	return nil
}

// ValidID tells whether a word can be the id of an object: letters, digits, "_", "." and "-", no digit, "." or "-" first.
func ValidID(id string) bool {
	for i, r := range id {
		switch {
		case r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f:
		case i > 0 && (r == '.' || r == '-' || r >= '0' && r <= '9'):
		default:
			return false
		}
	}
	return id != ""
}

// element makes the one element of a statement.
func (b *Buffer) element(st grammar.Statement, old *etree.Element) (*etree.Element, error) {
	es, err := grammar.Elements(st, b.env(old))
	if err != nil {
		return nil, err
	}
	b.renameParameters(es[0])
	return es[0], nil
}

// create puts a new object into its section; a container takes its members along.
func (b *Buffer) create(e *etree.Element) error {
	if e.Tag == "fencing-topology" {
		if s := b.doc.Section("fencing-topology"); s != nil {
			b.replace(s, e)
			return nil
		}
		b.insert(b.section("configuration"), e, -1)
		return nil
	}
	section := b.section(sectionOf[e.Tag])
	if isContainer(e.Tag) {
		return b.createContainer(section, e)
	}
	b.insert(section, e, -1)
	return nil
}

func (b *Buffer) defineMonitor(st grammar.Statement) error {
	rsc := b.object(st.ID())
	if rsc == nil {
		return b.noObject(st.ID())
	}
	if rsc.Tag != "primitive" {
		return fmt.Errorf("%s is not a primitive", st.ID())
	}
	op, err := b.element(st, nil)
	if err != nil {
		return err
	}
	e := copyOf(rsc)
	ops := e.SelectElement("operations")
	if ops == nil || ops.SelectAttr("id-ref") != nil {
		ops = e.CreateElement("operations")
	}
	interval := attr(op, "interval")
	for _, o := range ops.SelectElements("op") {
		if attr(o, "name") == "monitor" && attr(o, "interval") == interval {
			return fmt.Errorf("%s already has a monitor op with interval %s", st.ID(), interval)
		}
	}
	op.CreateAttr("id", b.freeID(st.ID()+"-monitor-"+interval))
	ops.AddChild(op)
	b.replace(rsc, e)
	return nil
}

// freeID is base, or base-0, base-1, … if that is taken.
func (b *Buffer) freeID(base string) string {
	id := base
	for i := 0; b.taken(id); i++ {
		id = fmt.Sprintf("%s-%d", base, i)
	}
	return id
}

// noObject is the error for an object that is missing, with the name that was probably meant.
func (b *Buffer) noObject(id string) error {
	if near := grammar.Nearest(id, b.IDs(nil)); near != "" {
		return fmt.Errorf("object %s does not exist (did you mean %q?)", id, near)
	}
	return fmt.Errorf("object %s does not exist", id)
}

// mergeNode adds the attributes of a statement to a node that exists.
func (b *Buffer) mergeNode(st grammar.Statement, old *etree.Element) error {
	add, err := b.element(st, nil)
	if err != nil {
		return err
	}
	if id := attr(add, "id"); id != attr(old, "id") && id != idOf(add) {
		return fmt.Errorf("Cannot create node with ID '%s': node %s has ID '%s'.", id, idOf(old), attr(old, "id"))
	}
	e := copyOf(old)
	for _, k := range []string{"type", "description"} {
		if a := add.SelectAttr(k); a != nil {
			e.CreateAttr(k, a.Value)
		}
	}
	for _, set := range add.ChildElements() {
		if have := sameRules(e, set); have != nil {
			mergePairs(have, set)
		} else {
			e.AddChild(set)
		}
	}
	b.replace(old, e)
	return nil
}

// sameRules finds the set of the same kind that add belongs to: the first, or where add has a rule the one with the same rule.
func sameRules(e, add *etree.Element) *etree.Element {
	want := rulesText(add)
	for _, s := range e.SelectElements(add.Tag) {
		if want == "" || rulesText(s) == want {
			return s
		}
	}
	return nil
}

// rulesText is the rules of a set without their ids.
func rulesText(set *etree.Element) string {
	var out []string
	for _, r := range set.SelectElements("rule") {
		c := copyOf(r)
		for _, x := range append(c.FindElements(".//*"), c) {
			x.RemoveAttr("id")
		}
		out = append(out, shallow(c))
	}
	return strings.Join(out, "\n")
}

// mergePairs adds the pairs of one set to another; those with the same name get the new value.
func mergePairs(have, add *etree.Element) {
	for _, nv := range add.SelectElements("nvpair") {
		if old := pairNamed(have, attr(nv, "name")); old != nil && nv.SelectAttr("id-ref") == nil {
			if v := nv.SelectAttr("value"); v != nil {
				old.CreateAttr("value", v.Value)
			} else {
				old.RemoveAttr("value")
			}
			continue
		}
		have.AddChild(nv)
	}
}

func pairNamed(set *etree.Element, name string) *etree.Element {
	for _, nv := range set.SelectElements("nvpair") {
		if attr(nv, "name") == name {
			return nv
		}
	}
	return nil
}
