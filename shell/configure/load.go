package configure

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/beevik/etree"

	"quorate/grammar"
)

// Load imports a configuration: "[xml] replace|update|push FILE|URL|-". update adds or replaces the given
// objects, push also deletes all others, replace empties the configuration (but for nodes) first. It is all or nothing.
func (b *Buffer) Load(args []string) error {
	xml := false
	if len(args) > 0 && args[0] == "xml" {
		xml, args = true, args[1:]
	}
	if len(args) != 2 {
		return fmt.Errorf("configure.load: Expected 2 arguments (%d given)", len(args))
	}
	method, source := args[0], args[1]
	if method != "replace" && method != "update" && method != "push" {
		return fmt.Errorf("configure.load: Unknown method %s", method)
	}
	text, err := b.read(source)
	if err != nil {
		return err
	}
	if method == "replace" && b.HasChanges() && b.opt.Confirm != nil &&
		!b.confirm("This operation will erase all changes. Do you want to proceed") {
		return ErrReported
	}
	return b.loadText(method, text, xml, source)
}

// read gets the text of a file, a URL, or (-) the standard input.
func (b *Buffer) read(source string) (string, error) {
	switch {
	case source == "-":
		if b.opt.Stdin == nil {
			return "", fmt.Errorf("could not open -: there is no standard input")
		}
		data, err := io.ReadAll(b.opt.Stdin)
		return string(data), err
	case strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "file://"):
		if file, ok := strings.CutPrefix(source, "file://"); ok {
			source = file
			break
		}
		if b.opt.HTTP == nil {
			return "", fmt.Errorf("could not open %s: no access to the network", source)
		}
		data, err := b.opt.HTTP(source)
		return string(data), err
	}
	data, err := os.ReadFile(source)
	if err != nil {
		return "", fmt.Errorf("could not open %s: %w", source, reasonOf(err))
	}
	return string(data), nil
}

// reasonOf is the error of a file operation without the path, which the message has already.
func reasonOf(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// loadText imports a text; source is its name in messages.
func (b *Buffer) loadText(method, text string, xml bool, source string) error {
	kind := "text"
	if xml {
		kind = "xml"
	}
	return b.command([]string{"load", method, text, kind, source}, func() error {
		if xml {
			return b.loadXML(method, text)
		}
		sts, errs := grammar.Parse(source, text)
		if len(errs) > 0 {
			return b.reportAll(errs)
		}
		if method == "replace" {
			b.erase(false, true)
		}
		given, err := b.applyStatements(sts, nil)
		if err != nil {
			return err
		}
		if method != "push" {
			return b.checkReferences(sts)
		}
		named := b.namedBy(sts)
		b.deleteOthers(b.objects(), given)
		if err := b.checkNamed(named); err != nil {
			return err
		}
		return b.keepConstraints(sts)
	})
}

func (b *Buffer) reportAll(errs []error) error {
	for _, e := range errs {
		b.rep.Error("%v", e)
	}
	return ErrReported
}

// deleteOthers deletes those of some objects that are not given.
func (b *Buffer) deleteOthers(objects []*etree.Element, given map[string]bool) {
	type named struct{ kind, id string }
	var all []named
	for _, e := range objects {
		all = append(all, named{typeOf(e), idOf(e)})
	}
	for _, o := range all {
		if given[key(o.kind, o.id)] {
			continue
		}
		if e := b.sameObject(o.kind, o.id); e != nil { // not if another has taken it along
			b.deleteObject(e)
		}
	}
}

// applyStatements adds or replaces the objects of a text and returns their ids. allowed limits the ids of
// objects that exist already, as edit does with its selection; nil = all.
func (b *Buffer) applyStatements(sts []grammar.Statement, allowed map[string]bool) (map[string]bool, error) {
	given, err := b.givenBy(sts)
	if err != nil {
		return nil, err
	}
	for _, st := range sts {
		id := statementID(st)
		if allowed != nil && !allowed[id] && b.object(id) != nil && !isPropertyKind(st.Keyword()) {
			b.rep.Error("Elements %s already exist", id)
			return nil, ErrReported
		}
	}
	// Containers refer to resources that may stand below them in the text, and constraints to containers.
	for _, phase := range []func(string) bool{isBasic, isGroup, isOuter, isRest} {
		for _, st := range sts {
			if !phase(st.Kind()) {
				continue
			}
			if err := b.applyStatement(st, given); err != nil {
				return nil, err
			}
		}
	}
	return given, nil
}

// givenBy are the objects of a text; one that is there twice is an error.
func (b *Buffer) givenBy(sts []grammar.Statement) (map[string]bool, error) {
	given := map[string]bool{}
	for _, st := range sts {
		k := key(st.Kind(), statementID(st))
		if given[k] && st.Keyword() != "monitor" {
			b.rep.Error("%d: Duplicate resource: %s", st.Position().Line, statementID(st))
			return nil, ErrReported
		}
		given[k] = true
	}
	return given, nil
}

func isBasic(kw string) bool {
	return kw == "node" || kw == "primitive" || kw == "rsc_template"
}
func isRest(kw string) bool        { return !isBasic(kw) && !isGroup(kw) && !isOuter(kw) }
func isGroup(kw string) bool       { return kw == "group" }
func isOuter(kw string) bool       { return kw == "clone" || kw == "ms" || kw == "bundle" }
func isPropertyKind(k string) bool { return sets[k] != "" }

// key tells objects of a text apart: a node may have the name of a resource, all others have ids of their own.
func key(kind, id string) string {
	if kind == "node" {
		return "node " + id
	}
	return id
}

// statementID is what the shell calls the object of a statement.
func statementID(st grammar.Statement) string {
	if isPropertyKind(st.Keyword()) && st.ID() == "" {
		return defaultSets[st.Keyword()]
	}
	return st.ID()
}

var defaultSets = map[string]string{"property": "cib-bootstrap-options", "rsc_defaults": "rsc-options", "op_defaults": "op-options"}

// applyStatement adds or replaces one object.
func (b *Buffer) applyStatement(st grammar.Statement, given map[string]bool) error {
	switch {
	case st.Keyword() == "monitor":
		return b.defineMonitor(st)
	case isPropertyKind(st.Keyword()):
		return b.defineProperties(st)
	}
	id := statementID(st)
	old := b.sameObject(st.Kind(), id)
	if old != nil && st.Keyword() != "xml" && typeOf(old) != st.Keyword() {
		if container(old) != nil {
			return fmt.Errorf("Cannot create %s with ID '%s': Found existing %s with same ID.", st.Keyword(), id, typeOf(old))
		}
		b.deleteObject(old) // another kind of object under its id
		old = nil
	}
	e, err := b.element(st, old)
	if err != nil {
		return err
	}
	if err := checkID(e); err != nil {
		return err
	}
	if st.Keyword() == "xml" {
		for _, o := range appendObject(nil, e) {
			given[key(typeOf(o), idOf(o))] = true
		}
		return b.applyElement(e)
	}
	return b.put(old, e)
}

// put stages e: in the place of old, or as a new object.
func (b *Buffer) put(old, e *etree.Element) error {
	switch {
	case old == nil:
		return b.create(e)
	case isContainer(e.Tag):
		return b.redefineContainer(old, e)
	case e.Tag == "fencing-topology":
		return b.create(e)
	}
	b.replace(old, e)
	return nil
}
