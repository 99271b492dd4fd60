package rule

import (
	"sort"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Merge says how sets of name-value pairs are put together.
type Merge struct {
	// First is the id of a set that comes before all others whatever its score ("cib-bootstrap-options"); any case.
	First string
	// Overwrite lets later sets replace earlier values, so that the lowest score wins; otherwise the highest does.
	Overwrite bool
}

// Children returns the sets of the wanted tag under e, in document order.
func Children(e *etree.Element, tag string) []*etree.Element {
	if e == nil {
		return nil
	}
	var sets []*etree.Element
	for _, c := range e.ChildElements() {
		if c.Tag == tag {
			sets = append(sets, c)
		}
	}
	return sets
}

// Unpack merges sets of nvpairs (meta_attributes, instance_attributes, utilization, cluster_property_set) into table: by the
// score of the set, highest first; of equal ones the later in the document first; sets whose rules fail are left out.
// "#default" removes a name that the table has so far. It returns when rules may give another result; zero: never.
func (m Merge) Unpack(table map[string]string, sets []*etree.Element, env Env) (next time.Time) {
	for _, s := range m.order(sets, &env) {
		ok, t := inEffect(s, &env)
		next = Earlier(next, t)
		if ok {
			m.pairs(table, s, &env)
		}
	}
	return next
}

// order resolves references and sorts.
func (m Merge) order(sets []*etree.Element, env *Env) []*etree.Element {
	score := env.Score
	if score == nil {
		score = ParseScore
	}
	type ranked struct {
		e     *etree.Element
		first bool
		score int
	}
	list := make([]ranked, 0, len(sets))
	for i := len(sets) - 1; i >= 0; i-- { // backwards: on ties the later in the document comes first
		e := env.resolve(sets[i])
		first := m.First != "" && strings.EqualFold(e.SelectAttrValue("id", ""), m.First)
		list = append(list, ranked{e, first, score(e.SelectAttrValue("score", ""))})
	}
	sort.SliceStable(list, func(i, j int) bool {
		if list[i].first != list[j].first {
			return list[i].first
		}
		return list[i].score > list[j].score
	})
	out := make([]*etree.Element, len(list))
	for i, r := range list {
		out[i] = r.e
	}
	return out
}

func (m Merge) pairs(table map[string]string, set *etree.Element, env *Env) {
	children := set.ChildElements()
	if len(children) > 0 && children[0].Tag == "attributes" { // the form of releases before 1.0
		children = children[0].ChildElements()
	}
	for _, c := range children {
		if c.Tag != "nvpair" {
			continue
		}
		name, value, ok := pair(c, env)
		if !ok {
			continue
		}
		_, have := table[name]
		switch {
		case strings.EqualFold(value, "#default"):
			delete(table, name)
		case !have || m.Overwrite:
			table[name] = value
		}
	}
}

// pair reads an nvpair; what an nvpair with id-ref does not say itself is taken from the one it refers to.
func pair(e *etree.Element, env *Env) (name, value string, ok bool) {
	ref := env.resolve(e)
	n, v := e.SelectAttr("name"), e.SelectAttr("value")
	if n == nil {
		n = ref.SelectAttr("name")
	}
	if v == nil {
		v = ref.SelectAttr("value")
	}
	if n == nil || v == nil {
		return "", "", false
	}
	return n.Value, v.Value, true
}
