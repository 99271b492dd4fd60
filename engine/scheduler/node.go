package scheduler

import (
	"sort"

	"github.com/beevik/etree"
)

// NodeKind tells cluster nodes from the others.
type NodeKind uint8

// The kinds of nodes.
const (
	Member NodeKind = iota
	Ping
	Remote // also guests: see Node.IsGuest
)

// Node is one node and its state.
type Node struct {
	ID, Name      string
	Kind          NodeKind
	Online        bool
	Unclean       bool // to be fenced
	Pending       bool // joining
	Standby       bool
	StandbyOnFail bool // put to standby by a failure, for this calculation only
	Maintenance   bool
	Shutdown      bool
	Connection    *Resource   // of a remote or guest node
	Running       []*Resource // primitives active here, in order of discovery
	Attrs         map[string]string
	Capacity      Utilization // what is left, after assignment

	idx           int
	score         Score // base score
	place         string
	unseen        bool
	isDC          bool
	expectedUp    bool
	noDiscovery   bool // probes are switched off by attribute
	neverProbe    bool // node of a bundle
	reset         bool // guest or remote: "must be reset"
	fenced        bool // node_fenced
	inMaintenance bool // what the connection was told last
	unpacked      bool
	historyRead   bool
	count         int // primitives assigned in this run
	priority      int
	fails         map[string][]failCount
	state         stateElem
	lrm           map[string]*etree.Element // history by resource id
	digests       map[digestKey]*digests
}

// IsRemote reports whether the node is reached through a connection resource.
func (n *Node) IsRemote() bool { return n.Kind == Remote }

// IsGuest reports whether the node lives in a container or virtual machine of this cluster.
func (n *Node) IsGuest() bool {
	return n.Kind == Remote && n.Connection != nil && n.Connection.container != nil
}

// available reports whether the node may get new work.
func (n *Node) available() bool {
	return n.Online && !n.Shutdown && !n.Unclean && !n.Standby && !n.Maintenance
}

// addNode inserts a new node in display order; an equal name goes before the older one.
func (c *Cluster) addNode(id, name string, kind NodeKind, score Score) *Node {
	n := &Node{ID: id, Name: name, Kind: kind, score: score, idx: len(c.byIdx), Attrs: map[string]string{}}
	c.byIdx = append(c.byIdx, n)
	at := sort.Search(len(c.Nodes), func(i int) bool { return naturalCompare(c.Nodes[i].Name, name) >= 0 })
	c.Nodes = append(c.Nodes, nil)
	copy(c.Nodes[at+1:], c.Nodes[at:])
	c.Nodes[at] = n
	remember(c.nodeByID, id, n)
	remember(c.nodeByName, name, n)
	return n
}

// remember puts a node into an index, where the first of a name is found.
func remember(index map[string]*Node, key string, n *Node) {
	if key = lowerASCII(key); index[key] == nil {
		index[key] = n
	}
}

// findNode looks a node up by id first, then by name.
func (c *Cluster) findNode(id, name string) *Node {
	if n := c.nodeByID[lowerASCII(id)]; n != nil && id != "" {
		return n
	}
	if name == "" {
		return nil
	}
	return c.nodeByName[lowerASCII(name)]
}

// Node returns the node of a name, nil if there is none.
func (c *Cluster) Node(name string) *Node { return c.nodeByName[lowerASCII(name)] }

func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for j := range b {
				b[j] = lower(b[j])
			}
			return string(b)
		}
	}
	return s
}
