package scheduler

import (
	"errors"
	"strconv"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// BundleData is what only a bundle has.
type BundleData struct {
	Agent       string // docker, podman or rkt
	Image       string
	Replicas    []*Replica
	PerHost     int
	PromotedMax int
	Clone       *Resource // the clone of the primitive inside, nil without one

	network, hostInterface, netmask, firstIP, controlPort string
	runCommand, options                                   string
	addHost                                               bool
	ports                                                 []portMap
	mounts                                                []mount
	child                                                 *etree.Element
}

// Replica is one container of a bundle with what belongs to it.
type Replica struct {
	Number     int
	Container  *Resource
	IP         *Resource // nil without ip-range-start
	Connection *Resource // nil without a primitive
	Child      *Resource
	Node       *Node // the guest node
	Address    string
}

type portMap struct{ from, to string }

type mount struct {
	source, target, options string
	perReplica              bool
}

var bundleAgents = []string{"docker", "rkt", "podman"}

// read reads the container settings and makes all implicit resources.
func (v bundle) read() error {
	r := v.r
	b := &BundleData{addHost: true}
	r.Bundle = b
	var e *etree.Element
	for _, a := range bundleAgents {
		if e = kid(r.Element, a); e != nil {
			b.Agent = a
			break
		}
	}
	if e == nil {
		return errors.New("bundle " + r.ID + " has no docker, rkt or podman element")
	}
	replicas := b.readAgent(e)
	b.readNetwork(kid(r.Element, "network"))
	b.readStorage(kid(r.Element, "storage"))
	b.child = kid(r.Element, "primitive")
	r.flag(rUnique, b.PerHost > 1)
	if b.child != nil {
		if b.firstIP == "" && b.controlPort == "" {
			return errors.New("bundle " + r.ID + " needs ip-range-start or control-port for its primitive")
		}
		if b.firstIP == "" {
			b.PerHost = 1 // they would share a port
		}
		if err := r.makeInnerClone(replicas); err != nil {
			return err
		}
		port := b.controlPort
		if port == "" {
			port = "3121"
		}
		b.ports = append(b.ports, portMap{port, port})
		b.mounts = append(b.mounts, mount{source: "/etc/pacemaker/authkey", target: "/etc/pacemaker/authkey"})
		if !b.mountsOn("/var/log") {
			b.mounts = append(b.mounts, mount{source: "/var/log/pacemaker/bundles", target: "/var/log", perReplica: true})
		}
	}
	return r.makeReplicas(replicas)
}

func (b *BundleData) mountsOn(target string) bool {
	for _, m := range b.mounts {
		if m.target == target {
			return true
		}
	}
	return false
}

func (b *BundleData) readAgent(e *etree.Element) (replicas int) {
	v, ok := attrOK(e, "promoted-max")
	if !ok {
		v = attr(e, "masters")
	}
	b.PromotedMax = max(0, parseIntOr(v, 0))
	replicas = 1
	if v, ok := attrOK(e, "replicas"); ok {
		replicas = max(1, parseIntOr(v, 0))
	} else if b.PromotedMax > 0 {
		replicas = b.PromotedMax
	}
	replicas = min(replicas, maxInstances)
	b.PerHost = max(1, parseIntOr(attr(e, "replicas-per-host"), 1))
	b.Image, b.network = attr(e, "image"), attr(e, "network")
	b.runCommand, b.options = attr(e, "run-command"), attr(e, "options")
	return replicas
}

func (b *BundleData) readNetwork(e *etree.Element) {
	if e == nil {
		return
	}
	b.firstIP, b.netmask = attr(e, "ip-range-start"), attr(e, "host-netmask")
	b.hostInterface, b.controlPort = attr(e, "host-interface"), attr(e, "control-port")
	if v, ok := rule.ParseBool(attr(e, "add-host")); ok {
		b.addHost = v
	}
	for _, p := range kids(e, "port-mapping") {
		m := portMap{attr(p, "port"), attr(p, "internal-port")}
		if m.from == "" {
			m.from = attr(p, "range")
			m.to = m.from
		}
		if m.to == "" {
			m.to = m.from
		}
		if m.from != "" {
			b.ports = append(b.ports, m)
		}
	}
}

func (b *BundleData) readStorage(e *etree.Element) {
	for _, s := range kids(e, "storage-mapping") {
		m := mount{source: attr(s, "source-dir"), target: attr(s, "target-dir"), options: attr(s, "options")}
		if m.source == "" {
			m.source, m.perReplica = attr(s, "source-dir-root"), true
		}
		if m.source != "" && m.target != "" {
			b.mounts = append(b.mounts, m)
		}
	}
}

// makeInnerClone makes the clone that runs the primitive in the containers.
func (r *Resource) makeInnerClone(replicas int) error {
	b := r.Bundle
	e := etree.NewElement("clone")
	meta := []namedValue{{"ordered", "true"}, {"clone-max", strconv.Itoa(replicas)}, {"clone-node-max", strconv.Itoa(b.PerHost)},
		{"globally-unique", strconv.FormatBool(b.PerHost > 1)}}
	id := xmlID(r.ID + "-clone")
	if b.PromotedMax > 0 {
		id = xmlID(r.ID + "-master")
		meta = append(meta, namedValue{"promotable", "true"}, namedValue{"promoted-max", strconv.Itoa(b.PromotedMax)})
	}
	e.CreateAttr("id", id)
	addPairs(e, "meta_attributes", meta)
	e.AddChild(b.child.Copy())
	c := r.cluster.unpackResource(e, r, -1)
	if c == nil || len(c.Children) == 0 {
		return errors.New("bundle " + r.ID + " has no valid primitive")
	}
	for _, k := range c.Children {
		if k.is(rNotify) {
			c.set(rNotify)
		}
		if v, ok := k.meta["container-attribute-target"]; ok {
			c.meta["container-attribute-target"] = v
			r.meta["container-attribute-target"] = v
		}
	}
	b.Clone = c
	return nil
}

// makeReplicas makes container, address and connection of each replica, in this order.
func (r *Resource) makeReplicas(count int) error {
	b := r.Bundle
	ip := b.firstIP
	for i := 0; i < count; i++ {
		p := &Replica{Number: i}
		if ip != "" {
			p.Address = ip
			ip = nextAddress(ip)
		}
		if b.Clone != nil {
			p.Child = b.Clone.Children[i]
		}
		b.Replicas = append(b.Replicas, p)
	}
	for _, p := range b.Replicas {
		if err := r.makeReplica(p); err != nil {
			return err
		}
	}
	if b.Clone != nil {
		r.Children = append(r.Children, b.Clone)
	}
	return nil
}

func (r *Resource) makeReplica(p *Replica) error {
	c := r.cluster
	if p.Container = c.unpackResource(r.containerElement(p), r, -1); p.Container == nil {
		return errors.New("container of bundle " + r.ID + " is not valid")
	}
	r.Children = append(r.Children, p.Container)
	if p.Address != "" {
		if p.IP = c.unpackResource(r.addressElement(p), r, -1); p.IP == nil {
			return errors.New("address of bundle " + r.ID + " is not valid")
		}
		r.Children = append(r.Children, p.IP)
	}
	if p.Child != nil {
		return r.makeConnection(p)
	}
	return nil
}

// makeConnection makes the guest node of a replica and the connection to it.
func (r *Resource) makeConnection(p *Replica) error {
	c := r.cluster
	id := r.ID + "-" + strconv.Itoa(p.Number)
	if c.rscByID[id] != nil {
		id = "pcmk-internal-" + p.Child.ID + "-remote-" + strconv.Itoa(p.Number)
	}
	e := newPrimitive(id, "ocf", "pacemaker", "remote")
	addPairs(e, "meta_attributes", []namedValue{{"internal-rsc", "true"}, {"container", p.Container.ID}})
	addr, port := p.Address, r.Bundle.controlPort
	if addr == "" {
		addr = "#uname"
	}
	if port == "" {
		port = "3121"
	}
	addPairs(e, "instance_attributes", []namedValue{{"addr", addr}, {"port", port}})
	addOp(e, "monitor", "30s", "30s")
	n := c.Node(id)
	if n == nil {
		n = c.newRemoteNode(id, -Infinity)
	}
	n.score, n.neverProbe = -Infinity, true
	for _, x := range c.Resources {
		banBundleNode(x, n)
	}
	p.Node = n
	p.Child.table = &table{}
	p.Child.table.put(n, 500).mode = discoverExclusive
	p.Child.set(rExclusive)
	r.Bundle.Clone.table.put(n, -Infinity)
	conn := c.unpackResource(e, r, -1)
	if conn == nil {
		return errors.New("connection of bundle " + r.ID + " is not valid")
	}
	for _, m := range c.Nodes {
		if m.Kind == Remote && conn.table.get(m) != nil {
			conn.table.put(m, -Infinity)
		}
	}
	p.Connection, n.Connection, conn.remoteNode = conn, conn, n
	if len(p.Child.util.Names) > 0 {
		p.Container.util, p.Child.util = p.Child.util, Utilization{}
	}
	if p.Address != "" {
		p.Child.meta["external-ip"] = p.Address
	}
	p.Container.guestOf = n
	r.Children = append(r.Children, conn)
	return nil
}

// banBundleNode keeps resources that were read before a bundle off its nodes.
func banBundleNode(r *Resource, n *Node) {
	r.all(func(x *Resource) {
		if x.table.get(n) != nil {
			x.table.put(n, -Infinity).mode = discoverNever
		}
	})
}
