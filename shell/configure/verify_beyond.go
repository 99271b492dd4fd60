package configure

import (
	"strings"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// The checks in this file go beyond the reference: they see mistakes that otherwise show only when the
// cluster does not do what was meant. All but one are warnings.

// checkGroupMembers: a remote node's connection in a group or a constraint moves the node, which is never meant.
func checkGroupMembers(v *verifier) {
	for _, e := range v.b.objects() {
		if e.Tag == "group" {
			for _, m := range members(e) {
				if agentText(m) == "ocf:pacemaker:remote" {
					v.warn("%s: remote resource %s in a group: the remote node moves with the group", idOf(e), idOf(m))
				}
			}
		}
	}
}

// checkOrderLoops finds mandatory orders that wait for each other, so that nothing of them ever starts.
func checkOrderLoops(v *verifier) {
	edges := map[string][]string{}
	add := func(from, to string) { edges[from] = append(edges[from], to) }
	for _, e := range v.b.objects() {
		if e.Tag == "group" && !v.unordered(e) {
			kids := members(e)
			for i := 1; i < len(kids); i++ {
				add(idOf(kids[i-1]), idOf(kids[i]))
			}
			for _, k := range kids {
				add(idOf(k), idOf(e)+" (whole)")
			}
		}
	}
	for _, c := range v.b.constraints() {
		if c.Tag == "rsc_order" && mandatory(c) {
			for _, p := range orderPairs(c) {
				add(p[0], p[1])
				add(p[0]+" (whole)", p[1])
				v.intoGroup(add, p)
			}
		}
	}
	if loop := findLoop(edges); loop != nil {
		v.warn("orders wait for each other in a circle, so none of these can start: %s", strings.Join(loop, " -> "))
	}
}

// intoGroup says that waiting for a group is waiting with its first member.
func (v *verifier) intoGroup(add func(from, to string), p [2]string) {
	if g := v.b.resource(p[1]); g != nil && g.Tag == "group" {
		for _, m := range members(g)[:min(1, len(members(g)))] {
			add(p[0], idOf(m))
			add(p[0]+" (whole)", idOf(m))
		}
	}
}

func (v *verifier) unordered(g *etree.Element) bool {
	for _, s := range g.SelectElements("meta_attributes") {
		if o := valueOf(s, "ordered"); o != "" && !rule.IsTrue(o) {
			return true
		}
	}
	return false
}

func mandatory(c *etree.Element) bool {
	k := attr(c, "kind")
	if k == "" {
		s := attr(c, "score")
		return s != "0" && !strings.HasPrefix(s, "-")
	}
	return k == "Mandatory"
}

// orderPairs are the starts that wait for another start.
func orderPairs(c *etree.Element) [][2]string {
	starts := func(a string) bool { return a == "" || a == "start" || a == "promote" }
	if c.SelectAttr("first") != nil {
		if !starts(attr(c, "first-action")) || !starts(orElse(attr(c, "then-action"), attr(c, "first-action"))) {
			return nil
		}
		return [][2]string{{attr(c, "first"), attr(c, "then")}}
	}
	var out [][2]string
	var before []string
	for _, s := range c.SelectElements("resource_set") {
		if !starts(attr(s, "action")) {
			return nil
		}
		var ids []string
		for _, r := range s.SelectElements("resource_ref") {
			ids = append(ids, attr(r, "id"))
		}
		for _, f := range before {
			for _, t := range ids {
				out = append(out, [2]string{f, t})
			}
		}
		if attr(s, "sequential") != "false" {
			for i := 1; i < len(ids); i++ {
				out = append(out, [2]string{ids[i-1], ids[i]})
			}
		}
		before = ids
	}
	return out
}

func orElse(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// findLoop returns one circle of a graph, its first element again at the end; nil if there is none.
func findLoop(edges map[string][]string) []string {
	const active, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(n string) []string
	visit = func(n string) []string {
		state[n] = active
		path = append(path, n)
		for _, t := range edges[n] {
			switch state[t] {
			case active:
				for i, p := range path {
					if p == t {
						return append(append([]string(nil), path[i:]...), t)
					}
				}
			case 0:
				if loop := visit(t); loop != nil {
					return loop
				}
			}
		}
		path = path[:len(path)-1]
		state[n] = done
		return nil
	}
	for _, n := range sortedKeys(edges) {
		if state[n] == 0 {
			if loop := visit(n); loop != nil {
				return loop
			}
		}
	}
	return nil
}

// checkColocations finds colocations that exclude each other: two resources that must be together and must not.
func checkColocations(v *verifier) {
	type pair struct{ a, b string }
	together, apart := map[pair]string{}, map[pair]string{}
	var order []pair
	for _, c := range v.b.constraints() {
		if c.Tag != "rsc_colocation" || c.SelectAttr("rsc") == nil || attr(c, "node-attribute") != "" {
			continue
		}
		if attr(c, "rsc-role") != "" || attr(c, "with-rsc-role") != "" {
			continue
		}
		p := pair{attr(c, "rsc"), attr(c, "with-rsc")}
		if p.a > p.b {
			p.a, p.b = p.b, p.a
		}
		switch attr(c, "score") {
		case "INFINITY", "+INFINITY":
			together[p] = attr(c, "id")
			order = append(order, p)
		case "-INFINITY":
			apart[p] = attr(c, "id")
			if v.sameGroup(p.a, p.b) {
				v.warn("%s: %s and %s must not run together, but are members of one group", attr(c, "id"), p.a, p.b)
			}
		}
	}
	for _, p := range order {
		if other := apart[p]; other != "" {
			v.warn("%s and %s contradict each other: %s and %s must run together and must not", together[p], other, p.a, p.b)
		}
	}
}

func (v *verifier) sameGroup(a, b string) bool {
	x, y := v.b.resource(a), v.b.resource(b)
	return x != nil && y != nil && container(x) != nil && container(x) == container(y) && container(x).Tag == "group"
}

// checkFencing: resources without fencing do not start while stonith-enabled is on; a device that fences
// only the node on which alone it may run fences nobody. The first the scheduler says itself, where it is asked.
func checkFencing(v *verifier) {
	enabled, _ := v.b.property("stonith-enabled")
	devices, others := false, false
	for _, e := range v.b.objects() {
		if e.Tag != "primitive" {
			continue
		}
		if !v.isStonith(e) {
			others = true
			continue
		}
		devices = true
		v.fencesItself(e)
	}
	if wd, ok := v.b.property("stonith-watchdog-timeout"); ok && wd != "" && wd != "0" {
		if hw, _ := v.b.property("have-watchdog"); rule.IsTrue(hw) {
			devices = true
		}
	}
	if v.b.opt.Warnings == nil && others && !devices && (enabled == "" || rule.IsTrue(enabled)) {
		v.error("resources will not start: fencing is on (stonith-enabled), but no stonith resource is configured; add one, or say 'property stonith-enabled=false' if nothing is shared")
	}
}

func (v *verifier) fencesItself(e *etree.Element) {
	values, _, _ := v.b.paramsOf(e)
	hosts := strings.FieldsFunc(values["pcmk_host_list"], func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
	if len(hosts) != 1 {
		return
	}
	for _, c := range v.b.constraints() {
		if c.Tag != "rsc_location" || attr(c, "rsc") != idOf(e) || attr(c, "node") != hosts[0] {
			continue
		}
		if s := attr(c, "score"); s == "INFINITY" || s == "+INFINITY" {
			v.warn("%s: %s fences %s only, and is to run there: a node does not fence itself", attr(c, "id"), idOf(e), hosts[0])
		}
	}
}

// checkNetmasks: IPaddr and IPaddr2 infer the netmask from a route to the address; where there is none they
// fail to start with "Cannot use default route w/o netmask".
func checkNetmasks(v *verifier) {
	if v.b.opt.Route == nil {
		return
	}
	for _, e := range v.b.objects() {
		if e.Tag != "primitive" {
			continue
		}
		a, ok := v.b.agentOf(e)
		if !ok || a.Type != "IPaddr" && a.Type != "IPaddr2" {
			continue
		}
		values, _, _ := v.b.paramsOf(e)
		ip := values["ip"]
		if ip == "" || values["cidr_netmask"] != "" || v.b.opt.Route(ip) {
			continue
		}
		v.warn("%s: the netmask of %s cannot be inferred, there is no route to its network on this node: add cidr_netmask=24 (or what your network has) to its params", idOf(e), ip)
	}
}

// checkPromotedMonitors: without a monitor for the role Promoted nobody sees a promoted instance fail.
func checkPromotedMonitors(v *verifier) {
	for _, e := range v.b.objects() {
		if e.Tag != "primitive" || !v.b.promotable(e) {
			continue
		}
		monitors, promoted := false, false
		for _, op := range v.b.allOps(e) {
			if attr(op, "name") == "monitor" {
				monitors = true
				promoted = promoted || newRole(attr(op, "role")) == "Promoted"
			}
		}
		if monitors && !promoted {
			v.warn("%s: it is promotable, but no monitor has role=Promoted: a failure of the promoted instance is not seen", idOf(e))
		}
	}
}

// allOps are the operations of a primitive with those of its template.
func (b *Buffer) allOps(e *etree.Element) []*etree.Element {
	ops := opsOf(e)
	if t := b.ids[attr(e, "template")]; t != nil {
		ops = append(ops, opsOf(t)...)
	}
	return ops
}

// checkStateFiles: a clone that may run twice on a node needs an agent that keeps its state per instance.
func checkStateFiles(v *verifier) {
	for _, e := range v.b.objects() {
		if e.Tag != "clone" {
			continue
		}
		max := ""
		for _, s := range e.SelectElements("meta_attributes") {
			max = orElse(max, valueOf(s, "clone-node-max"))
		}
		if max == "" || max == "1" {
			continue
		}
		for _, m := range members(e) {
			if values, _, _ := v.b.paramsOf(m); values["state"] != "" || values["pidfile"] != "" {
				v.warn("%s: %s instances of %s may run on one node, and all would use the same state file", idOf(e), max, idOf(m))
			}
		}
	}
}

// checkTimeoutsHold: an op with a timeout above its interval overlaps itself; one with timeout 0 always fails.
func checkTimeoutsHold(v *verifier) {
	for _, e := range v.b.objects() {
		if e.Tag != "primitive" && e.Tag != "template" {
			continue
		}
		for _, op := range opsOf(e) {
			t := op.SelectAttr("timeout")
			if t == nil {
				continue
			}
			ms, ok := Milliseconds(t.Value)
			switch {
			case ok && ms == 0:
				v.warn("%s: the timeout of %s is 0: it always fails", idOf(e), attr(op, "name"))
			case !ok && !strings.HasPrefix(t.Value, "P"):
				v.warn("%s: '%s' is no timeout for %s", idOf(e), t.Value, attr(op, "name"))
			}
		}
	}
}
