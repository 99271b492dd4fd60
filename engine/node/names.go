package node

import (
	"net"
	"strconv"
	"sync"

	"quorate/engine/config"
	"quorate/engine/replica"
)

// addressBook knows the nodes' names and addresses.
type addressBook struct {
	mu    sync.Mutex
	nodes map[uint32]config.Node
	ports map[int]uint16
}

func newAddressBook(c *config.Config, admitted []replica.Admission) *addressBook {
	b := &addressBook{nodes: map[uint32]config.Node{}, ports: map[int]uint16{}}
	for _, n := range c.Nodes {
		b.nodes[n.ID] = n
	}
	for _, l := range c.Links {
		b.ports[l.ID] = l.Port
	}
	for _, a := range admitted {
		b.add(a)
	}
	return b
}

// replace takes the nodes of another configuration, and those that the log knows beyond it.
func (b *addressBook) replace(c *config.Config, admitted []replica.Admission) {
	next := newAddressBook(c, admitted)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes, b.ports = next.nodes, next.ports
}

func (b *addressBook) add(a replica.Admission) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.nodes[a.ID]; !known {
		b.nodes[a.ID] = config.Node{ID: a.ID, Name: a.Name, Addrs: a.Addrs, Votes: 1}
	}
}

func (b *addressBook) remove(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, n := range b.nodes {
		if n.DisplayName() == name {
			delete(b.nodes, id)
		}
	}
}

// all lists the nodes by id.
func (b *addressBook) all() []config.Node {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]config.Node, 0, len(b.nodes))
	for _, n := range b.nodes {
		list = append(list, n)
	}
	sortBy(list, func(n config.Node) uint32 { return n.ID })
	return list
}

func (b *addressBook) node(id uint32) (config.Node, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.nodes[id]
	return n, ok
}

func (b *addressBook) named(name string) (config.Node, bool) {
	for _, n := range b.all() {
		if n.DisplayName() == name {
			return n, true
		}
	}
	return config.Node{}, false
}

// addr is HOST:PORT of a node on a link, "" if it has none there.
func (b *addressBook) addr(n config.Node, link int) string {
	host, ok := n.Addrs[link]
	if !ok {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return net.JoinHostPort(host, strconv.Itoa(int(b.ports[link])))
}
