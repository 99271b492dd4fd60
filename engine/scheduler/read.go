package scheduler

import (
	"errors"
	"time"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// Read makes the working model of a CIB: nodes, resources, and from the status section where
// each instance is, in which role, with which failures.
func Read(in Input) (*Cluster, error) {
	if in.CIB == nil || in.CIB.Tag != "cib" {
		return nil, errors.New("not a CIB: the root element is not <cib>")
	}
	c := &Cluster{cib: in.CIB, Now: in.Now, noSpecRecheck: in.NoSpecRecheck, showsScores: in.Scores, Tickets: map[string]*Ticket{},
		sets: map[setKey][]attrSet{}, opDefs: map[*etree.Element][]*opDef{},
		expanded: map[*etree.Element]*etree.Element{}, staleEntries: map[*etree.Element]bool{},
		nodeByID: map[string]*Node{}, nodeByName: map[string]*Node{}, rscByID: map[string]*Resource{},
		rscByHistory: map[string][]*Resource{}, templates: map[string][]string{}, tags: map[string][]string{},
		templateIDs: map[string]bool{}, shadowed: map[string][]*Resource{}, global: map[string][]*action{}}
	c.featureSet = attr(c.cib, "crm_feature_set")
	c.Quorum = rule.IsTrue(attr(c.cib, "have-quorum"))
	conf := kid(c.cib, "configuration")
	c.opDefaults, c.rscDefaults = kid(conf, "op_defaults"), kid(conf, "rsc_defaults")
	c.readOptions()
	c.readNodes(kid(conf, "nodes"))
	c.readResources(kid(conf, "resources"))
	c.readTags(kid(conf, "tags"))
	c.readStatus(kid(c.cib, "status"))
	return c, nil
}

// Run reads a CIB and decides.
func Run(in Input) (*Result, error) {
	c, err := Read(in)
	if err != nil {
		return nil, err
	}
	return c.Schedule(), nil
}

// readTags remembers what each tag names, without duplicates.
func (c *Cluster) readTags(section *etree.Element) {
	for _, t := range kids(section, "tag") {
		id := attr(t, "id")
		seen := map[string]bool{}
		list := c.tags[id]
		for _, o := range kids(t, "obj_ref") {
			if ref := attr(o, "id"); ref != "" && !seen[ref] {
				seen[ref] = true
				list = append(list, ref)
			}
		}
		c.tags[id] = list
	}
}

func (c *Cluster) recheckAtUnix(t int64) { c.recheckAt(time.Unix(t, 0)) }
