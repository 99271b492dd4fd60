package scheduler

import "github.com/beevik/etree"

// implyRemotes makes the nodes of configured connections and guests, and returns the
// implicit connection resources of the guests.
func (c *Cluster) implyRemotes(elems []*etree.Element) []*etree.Element {
	var implied []*etree.Element
	exists := map[string]bool{}
	for _, e := range elems {
		exists[attr(e, "id")] = true
	}
	for _, e := range elems {
		if isConnectionElement(e) {
			if id := attr(e, "id"); c.Node(id) == nil {
				c.newRemoteNode(id, 0)
			}
			continue
		}
		candidates := []*etree.Element{e}
		if e.Tag == "group" {
			candidates = kids(e, "primitive")
		}
		for _, p := range candidates {
			if g := c.guestConnection(p, exists); g != nil {
				implied = append(implied, g)
			}
		}
	}
	return implied
}

// isConnectionElement tells a connection by its agent, be it a primitive or a template.
func isConnectionElement(e *etree.Element) bool {
	return foldEq(attr(e, "class"), "ocf") && foldEq(attr(e, "provider"), "pacemaker") && foldEq(attr(e, "type"), "remote")
}

// guestConnection makes the connection that meta remote-node of a primitive asks for.
// Rules are not looked at, and the last value wins.
func (c *Cluster) guestConnection(p *etree.Element, exists map[string]bool) *etree.Element {
	if p.Tag != "primitive" {
		return nil
	}
	meta := map[string]string{}
	for _, s := range kids(p, "meta_attributes") {
		for _, nv := range c.pairs(s) {
			meta[nv.name] = nv.value
		}
	}
	name := meta["remote-node"]
	if name == "" || exists[name] {
		return nil
	}
	exists[name] = true
	if c.Node(name) == nil {
		c.newRemoteNode(name, 0)
	}
	e := newPrimitive(name, "ocf", "pacemaker", "remote")
	pairs := []namedValue{{"internal-rsc", "true"}, {"container", attr(p, "id")}}
	pairs = appendSet(pairs, "allow-migrate", meta["remote-allow-migrate"])
	pairs = appendSet(pairs, "is-managed", meta["is-managed"])
	addPairs(e, "meta_attributes", pairs)
	var params []namedValue
	params = appendSet(params, "addr", meta["remote-addr"])
	params = appendSet(params, "port", meta["remote-port"])
	if len(params) > 0 {
		addPairs(e, "instance_attributes", params)
	}
	timeout := meta["remote-connect-timeout"]
	if timeout == "" {
		timeout = "60s"
	}
	addOp(e, "monitor", "30s", "30s")
	addOp(e, "start", "0", timeout)
	return e
}

func appendSet(list []namedValue, name, value string) []namedValue {
	if value == "" {
		return list
	}
	return append(list, namedValue{name, value})
}

// newPrimitive makes the element of an implied primitive.
func newPrimitive(id, class, provider, typ string) *etree.Element {
	e := etree.NewElement("primitive")
	e.CreateAttr("id", id)
	e.CreateAttr("class", class)
	if provider != "" {
		e.CreateAttr("provider", provider)
	}
	e.CreateAttr("type", typ)
	return e
}

// addPairs adds a set of name-value pairs.
func addPairs(e *etree.Element, tag string, pairs []namedValue) {
	s := e.CreateElement(tag)
	s.CreateAttr("id", attr(e, "id")+"-"+tag)
	for _, p := range pairs {
		nv := s.CreateElement("nvpair")
		nv.CreateAttr("id", attr(s, "id")+"-"+p.name)
		nv.CreateAttr("name", p.name)
		nv.CreateAttr("value", p.value)
	}
}

// addOp adds an operation.
func addOp(e *etree.Element, name, interval, timeout string) {
	o := kid(e, "operations")
	if o == nil {
		o = e.CreateElement("operations")
	}
	op := o.CreateElement("op")
	op.CreateAttr("id", attr(e, "id")+"-"+name+"-"+interval)
	op.CreateAttr("name", name)
	op.CreateAttr("interval", interval)
	if timeout != "" {
		op.CreateAttr("timeout", timeout)
	}
}
