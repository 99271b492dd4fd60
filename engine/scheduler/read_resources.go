package scheduler

import (
	"errors"
	"strconv"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// opDef is one configured <op> of a resource.
type opDef struct {
	name     string
	interval int64 // milliseconds
	badTime  bool  // the interval is no time
	enabled  bool
	role     string
	elem     *etree.Element
}

// readResources unpacks the resources section and sorts the top level by priority.
func (c *Cluster) readResources(section *etree.Element) {
	elems := kids(section, "")
	c.unfencing = c.wantsUnfencing(section)
	elems = append(elems, c.implyRemotes(elems)...)
	for _, e := range elems {
		if e.Tag == "template" {
			c.templateIDs[attr(e, "id")] = true
			continue
		}
		if r := c.unpackResource(e, nil, -1); r != nil {
			c.Resources = append(c.Resources, r)
		}
	}
	for _, r := range c.Resources {
		r.leaves(c.linkContainer)
	}
	for _, r := range c.Resources {
		r.leaves(c.linkRemoteNode)
	}
	stableSort(c.Resources, func(a, b *Resource) int { return int(b.priority) - int(a.priority) })
	if c.Options.Stonith && !c.haveDevice {
		c.err("Resource start-up disabled since no STONITH resources have been defined")
		c.err("Either configure some or disable STONITH with the stonith-enabled option")
		c.err("NOTE: Clusters with shared data need STONITH to ensure data integrity")
	}
}

// wantsUnfencing looks for the words, as the field does: rules and references do not count.
func (c *Cluster) wantsUnfencing(section *etree.Element) bool {
	found := false
	look := func(root *etree.Element) {
		walk(root, func(e *etree.Element) bool {
			if e.Tag == "nvpair" && e.Parent().Tag == "meta_attributes" && attr(e, "value") == "unfencing" {
				found = found || attr(e, "name") == "provides" || attr(e, "name") == "requires"
			}
			return !found
		})
	}
	look(section)
	look(c.rscDefaults)
	return found
}

// unpackResource makes the model of one element; nil if it is none or invalid. Instances of a
// clone carry their number, -1 means none.
func (c *Cluster) unpackResource(e *etree.Element, parent *Resource, number int) *Resource {
	elem, ops, err := c.expandTemplate(e)
	if err != nil {
		c.err(err.Error())
		return nil
	}
	r := &Resource{cluster: c, Element: elem, Parent: parent, instance: number, table: &table{},
		ConfiguredID: attr(elem, "id"), flags: rUnplaced | rManaged, Role: RoleStopped, NextRole: RoleUnknown}
	switch elem.Tag {
	case "primitive":
		r.Kind, r.variant = Primitives, primitive{r}
		r.Class, r.Provider, r.Type = attr(elem, "class"), attr(elem, "provider"), attr(elem, "type")
	case "group":
		r.Kind, r.variant = Group, group{r}
	case "clone", "master":
		r.Kind, r.variant = Clone, clone{r}
	case "bundle":
		r.Kind, r.variant = Bundle, bundle{r}
	default:
		return nil
	}
	r.ID = r.ConfiguredID
	if number >= 0 {
		r.ID += ":" + strconv.Itoa(number)
	}
	r.ops = ops
	r.readMeta()
	r.readFlags()
	if err := r.variant.read(); err != nil {
		c.err(err.Error())
		return nil
	}
	c.defaultTable(r)
	r.noteRuleTimes()
	r.util = c.readUtilization(elem)
	if _, dup := c.rscByID[r.ID]; !dup {
		c.rscByID[r.ID] = r
	}
	return r
}

// defaultTable allows every node where the cluster is symmetric. A connection of a guest is
// allowed everywhere anyway: it follows its container.
func (c *Cluster) defaultTable(r *Resource) {
	if !c.Options.Symmetric && !(r.is(rConnection) && r.meta["container"] != "") {
		return
	}
	if r.is(rExclusive) {
		return
	}
	r.all(func(x *Resource) {
		if x.is(rExclusive) {
			return
		}
		for _, n := range c.Nodes {
			if (!n.neverProbe || !c.Options.Symmetric) && x.table.get(n) == nil {
				x.table.put(n, n.score)
			}
		}
	})
}

// readMeta fills the table of meta attributes: the first writer of a name wins.
func (r *Resource) readMeta() {
	c := r.cluster
	r.meta = map[string]string{}
	for _, a := range r.Element.Attr {
		if !foldEq(a.Value, "#default") {
			r.meta[a.Key] = a.Value
		}
	}
	if r.instance >= 0 && r.Kind != Bundle {
		r.meta["clone"] = strconv.Itoa(r.instance)
	}
	env := rule.Env{Resource: true, Class: r.Class, Provider: r.Provider, Type: r.Type}
	c.merge(r.Element, "meta_attributes", "", env, r.meta, false)
	for p := r.Parent; p != nil; p = p.Parent {
		m := map[string]string{} // of its own: #default there takes nothing away here
		c.merge(p.Element, "meta_attributes", "", env, m, false)
		copyMissing(r.meta, m)
	}
	c.merge(c.rscDefaults, "meta_attributes", "", env, r.meta, false)
	if r.Parent == nil {
		return
	}
	for k, v := range r.Parent.meta {
		if _, ok := r.meta[k]; !ok {
			r.meta[k] = v
		}
	}
}

// readFlags derives flags and numbers from the meta attributes.
func (r *Resource) readFlags() {
	c := r.cluster
	r.set(rCritical)
	if r.Class == "stonith" || foldEq(r.Class, "stonith") {
		r.set(rFenceDevice)
		c.haveDevice = true
	}
	if foldEq(r.Class, "ocf") && foldEq(r.Provider, "pacemaker") && foldEq(r.Type, "remote") {
		r.set(rConnection)
	}
	r.priority = c.parseScore(r.meta["priority"])
	if v, ok := rule.ParseBool(r.meta["critical"]); ok && !v {
		r.clear(rCritical)
	}
	r.flag(rNotify, rule.IsTrue(r.meta["notify"]))
	r.flag(rInternal, rule.IsTrue(r.meta["internal-rsc"]))
	r.flag(rHostAttrs, foldEq(r.meta["container-attribute-target"], "host"))
	if v, ok := r.meta["allow-migrate"]; ok {
		r.flag(rAllowMigrate, rule.IsTrue(v))
	} else {
		r.flag(rAllowMigrate, r.is(rConnection) && r.meta["container"] == "")
	}
	r.readManaged()
	r.readCloneFlags()
	r.multiple = r.meta["multiple-active"]
	switch r.multiple {
	case "stop_only", "block", "stop_unexpected":
	default:
		r.multiple = "stop_start"
	}
	r.flag(rStopUnexpected, r.multiple == "stop_unexpected")
	if v := r.meta["resource-stickiness"]; !foldEq(v, "default") {
		r.stickiness = c.parseScore(v)
	}
	r.readFailureLimits()
	r.readRequires()
	r.NextRole = r.targetRole()
}

func (r *Resource) flag(f resourceFlags, on bool) {
	if on {
		r.set(f)
	} else {
		r.clear(f)
	}
}

func (r *Resource) readManaged() {
	r.flag(rManaged, !r.cluster.Options.MaintenanceMode)
	if v, ok := r.meta["is-managed"]; ok && !foldEq(v, "default") {
		r.flag(rManaged, rule.IsTrue(v))
	}
	if rule.IsTrue(r.meta["maintenance"]) || r.cluster.Options.MaintenanceMode {
		r.clear(rManaged)
		r.set(rMaintenance)
	}
}

func (r *Resource) readCloneFlags() {
	if r.top().Kind != Clone {
		r.set(rUnique)
		return
	}
	r.flag(rUnique, rule.IsTrue(r.meta["globally-unique"]))
	r.flag(rPromotable, rule.IsTrue(r.meta["promotable"]) || r.Element.Tag == "master" || r.Parent != nil && r.top().is(rPromotable))
}

func (r *Resource) readFailureLimits() {
	c := r.cluster
	r.threshold = Infinity
	if v, ok := r.meta["migration-threshold"]; ok && !foldEq(v, "default") {
		r.threshold = c.parseScore(v)
		if r.threshold < 0 {
			c.warn("migration-threshold of " + r.ID + " must be non-negative: 1 is used")
			r.threshold = 1
		}
	}
	if ms, ok := parseMS(r.meta["failure-timeout"]); ok {
		r.failTimeout = ms / 1000
	}
	if r.is(rConnection) && r.meta["container"] == "" {
		if ms, ok := parseMS(r.parameters(nil)["reconnect_interval"]); ok && ms > 0 {
			r.reconnect = ms / 1000
			r.failTimeout = r.reconnect
		}
	}
}

// readRequires finds what a start needs: nothing, quorum, fencing or unfencing.
func (r *Resource) readRequires() {
	c := r.cluster
	v := lowerASCII(r.meta["requires"])
	switch v {
	case "nothing", "quorum", "fencing", "unfencing":
	default:
		bad := v
		switch {
		case r.is(rFenceDevice) || r.is(rConnection) && r.Kind == Primitives:
			v = "quorum"
		case c.unfencing:
			v = "unfencing"
		case c.Options.Stonith:
			v = "fencing"
		case c.Options.NoQuorum == PolicyIgnore:
			v = "nothing"
		default:
			v = "quorum"
		}
		if bad != "" {
			c.err("Resetting 'requires' for " + r.ID + " to '" + v + "' because '" + r.meta["requires"] + "' is not valid")
		}
	}
	if v == "unfencing" && (r.is(rFenceDevice) || !c.Options.Stonith) {
		why := "fencing is disabled"
		if r.is(rFenceDevice) {
			why = "fencing devices cannot require unfencing"
		}
		c.warn(`Resetting "requires" for ` + r.ID + ` to "quorum" because ` + why)
		v = "quorum"
	}
	if v == "fencing" && !c.Options.Stonith {
		c.warn(r.ID + " requires fencing but fencing is disabled")
	}
	r.flag(rNeedsQuorum, v == "quorum")
	r.flag(rNeedsFencing, v == "fencing" || v == "unfencing")
	r.flag(rNeedsUnfencing, v == "unfencing")
}

func (v group) read() error {
	r := v.r
	r.flag(rOrdered, !isFalse(r.meta["ordered"]))
	r.flag(rColocated, !isFalse(r.meta["collocated"]))
	for _, e := range kids(r.Element, "primitive") {
		if m := r.cluster.unpackResource(e, r, r.instance); m != nil {
			r.Children = append(r.Children, m)
		}
	}
	return nil
}

func isFalse(s string) bool { v, ok := rule.ParseBool(s); return ok && !v }

// read enforces that only OCF agents know instance numbers and promotion. What cannot be promoted is refused, and makes its
// clone anonymous all the same.
func (v primitive) read() error {
	r := v.r
	t := r.top()
	if t.Kind != Clone {
		return nil
	}
	if r.is(rUnique) && r.Class != "ocf" && r.Class != "stonith" {
		if t.is(rUnique) { // the first instance says it for all
			r.cluster.warn("ignoring globally-unique of " + t.ID + ": " + r.Class + " resources can be used only as anonymous clones")
		}
		r.clear(rUnique)
		t.clearAll(rUnique) // reaches the instances made so far; members made before r in this one stay unique
		t.CloneData.NodeMax = 1
		t.CloneData.Max = min(t.CloneData.Max, len(r.cluster.Nodes))
	}
	if t.is(rPromotable) && r.Class != "ocf" {
		return errors.New("Resource " + r.ID + " is of type " + r.Class + " and therefore cannot be used as a promotable clone resource")
	}
	return nil
}

// linkContainer ties a resource to its meta container.
func (c *Cluster) linkContainer(r *Resource) {
	id := r.meta["container"]
	if id == "" || r.container != nil {
		return
	}
	k := c.rscByID[id]
	if k == r {
		return
	}
	if k == nil {
		c.err("container " + id + " of resource " + r.ID + " does not exist")
		return
	}
	r.container = k
	k.fillers = append(k.fillers, r)
}

// linkRemoteNode ties a connection to the node behind it.
func (c *Cluster) linkRemoteNode(r *Resource) {
	if !r.is(rConnection) {
		return
	}
	n := c.Node(r.ID)
	if n == nil {
		return
	}
	n.Connection = r
	if n.Kind != Remote {
		return // a cluster node of that name: it only counts as a place to keep connections off
	}
	r.remoteNode = n
	if r.container == nil {
		if c.Options.StartupFencing && !n.historyRead {
			n.Unclean, n.unseen = true, true
		}
		return
	}
	n.Attrs["#kind"] = "container"
}
