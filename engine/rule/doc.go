// Package rule evaluates the rules of a CIB as of a given time: dates, durations, node attribute,
// resource and operation expressions, and the merging of attribute sets that carry rules.
//
// It is pure: the time, its zone and everything a rule may ask about come in with an Env. It decides
// nothing about resources; which sets are merged in which context is the business of its callers.
package rule

import (
	"time"

	"github.com/beevik/etree"
)

// Env is what a rule can be asked about. A nil function or an empty string means that the context has
// no such thing (a cluster option has no node, for example); an expression about it is then false.
type Env struct {
	// Now is the time of evaluation; date_spec and dates without zone are read in its location.
	Now time.Time
	// NodeAttr returns an attribute of the node in question, also "#uname", "#kind" and the like.
	NodeAttr func(name string) (string, bool)
	// Param and Meta serve value-source="param" and "meta" of location rules.
	Param, Meta func(name string) (string, bool)
	// Submatch holds the groups of an rsc-pattern; "%0" to "%9" in attribute names are replaced by them.
	Submatch []string
	// Resource says that there is one; Class, Provider and Type are its agent's, "" for a group, clone or bundle.
	Resource              bool
	Class, Provider, Type string
	// OpName and OpInterval are those of the operation; OpName "" means that there is none.
	OpName     string
	OpInterval time.Duration
	// ByID finds the element of a tag with an id, for id-ref; nil: the element's document is searched.
	ByID func(tag, id string) *etree.Element
	// NoSpecChanges leaves the changes of date_spec out of the time of the next change, as Pacemaker does.
	NoSpecChanges bool
	// Score reads scores of attribute sets; nil: ParseScore. Health strategies give words a meaning.
	Score func(text string) int
}

// resolve follows the id-ref of e, once; an unknown reference gives e itself.
func (env *Env) resolve(e *etree.Element) *etree.Element {
	ref := e.SelectAttr("id-ref")
	if ref == nil {
		return e
	}
	find := env.ByID
	if find == nil {
		find = func(tag, id string) *etree.Element { return findByID(root(e), tag, id) }
	}
	if t := find(e.Tag, ref.Value); t != nil {
		return t
	}
	return e
}

func root(e *etree.Element) *etree.Element {
	for e.Parent() != nil && e.Parent().Tag != "" {
		e = e.Parent()
	}
	return e
}

func findByID(e *etree.Element, tag, id string) *etree.Element {
	if e.Tag == tag && e.SelectAttrValue("id", "") == id {
		return e
	}
	for _, c := range e.ChildElements() {
		if f := findByID(c, tag, id); f != nil {
			return f
		}
	}
	return nil
}
