package cib

import (
	"strconv"

	"github.com/beevik/etree"

	"quorate/engine/rule"
)

// FeatureSet is the version of the CIB's operations that we write, as Pacemaker 2.1.5 names it.
const FeatureSet = "3.16.1"

// NodeRef names a node: ID is the number of the membership layer (for remote nodes the name).
type NodeRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// NodeState is what the cluster knows about one node, the attributes of <node_state>.
type NodeState struct {
	NodeRef
	InCCM    bool   `json:"in_ccm"`             // member of the messaging layer
	Crmd     string `json:"crmd"`               // "online" or "offline": the cluster's processes there
	Join     string `json:"join"`               // "member", "pending" or "down": its part in the election
	Expected string `json:"expected"`           // "member" or "down": what the cluster wants it to be
	Origin   string `json:"origin"`             // crm-debug-origin: who wrote this
	Remote   bool   `json:"remote,omitempty"`   // a remote or guest node
	Fenced   string `json:"fenced,omitempty"`   // node_fenced, for remote nodes
	Shutdown string `json:"shutdown,omitempty"` // shutdown, of old documents only; new ones have an attribute
}

// nodeStatus is the index of one <node_state>.
type nodeStatus struct {
	state     *etree.Element
	resources *etree.Element            // <lrm_resources>, nil while there is none
	history   map[string]*etree.Element // <lrm_resource> by resource id
	attrs     map[attrKey]*etree.Element
	sets      map[string]*etree.Element // <instance_attributes> by id
	order     []string                  // ids of the sets
}

type attrKey struct{ set, name string }

// node returns the index entry of a node, nil where the status knows nothing about it.
func (d *Document) node(name string) *nodeStatus {
	if d.status == nil {
		d.status = make(map[string]*nodeStatus)
		if s := child(d.root, "status"); s != nil {
			for _, e := range s.ChildElements() {
				if e.Tag == "node_state" && d.status[attr(e, "uname")] == nil {
					d.status[attr(e, "uname")] = indexNode(e)
				}
			}
		}
	}
	return d.status[name]
}

func indexNode(state *etree.Element) *nodeStatus {
	n := &nodeStatus{state: state}
	n.reindex()
	return n
}

// reindex reads the element again, after whole blocks of it came or went.
func (n *nodeStatus) reindex() {
	n.resources, n.order = nil, nil
	n.history = make(map[string]*etree.Element)
	n.attrs, n.sets = make(map[attrKey]*etree.Element), make(map[string]*etree.Element)
	for _, block := range n.state.ChildElements() {
		switch block.Tag {
		case "lrm":
			if n.resources = child(block, "lrm_resources"); n.resources != nil {
				for _, r := range n.resources.ChildElements() {
					n.history[attr(r, "id")] = r
				}
			}
		case "transient_attributes":
			for _, set := range block.ChildElements() {
				n.addSet(set)
			}
		}
	}
}

func (n *nodeStatus) addSet(set *etree.Element) {
	id := attr(set, "id")
	if set.Tag != "instance_attributes" || n.sets[id] != nil {
		return
	}
	n.sets[id] = set
	n.order = append(n.order, id)
	for _, nv := range set.ChildElements() {
		if k := (attrKey{id, attr(nv, "name")}); n.attrs[k] == nil {
			n.attrs[k] = nv
		}
	}
}

// ensureNode returns the index entry of a node and makes its <node_state> where there is none.
func (d *Document) ensureNode(ref NodeRef) *nodeStatus {
	if n := d.node(ref.Name); n != nil {
		return n
	}
	status := child(d.root, "status")
	if status == nil {
		status = d.root.CreateElement("status")
	}
	state := status.CreateElement("node_state")
	state.CreateAttr("id", ref.ID)
	state.CreateAttr("uname", ref.Name)
	d.status[ref.Name] = indexNode(state)
	return d.status[ref.Name]
}

// statusChanged counts one change of the status.
func (d *Document) statusChanged() {
	d.source = ""
	d.root.CreateAttr("num_updates", strconv.Itoa(d.Version().NumUpdates+1))
}

// put sets an attribute and tells whether that changed anything.
func put(e *etree.Element, key, value string) bool {
	value = storable(value)
	if a := e.SelectAttr(key); a != nil && a.Value == value {
		return false
	}
	e.CreateAttr(key, value)
	return true
}

// putOptional is put for an attribute that is absent where it has no value.
func putOptional(e *etree.Element, key, value string) bool {
	if value != "" {
		return put(e, key, value)
	}
	return e.RemoveAttr(key) != nil
}

// SetNodeState writes what is known about a node; history and attributes below it stay.
// Nothing is counted where nothing changes.
func (d *Document) SetNodeState(s NodeState) {
	known := d.node(s.Name) != nil
	e := d.ensureNode(s.NodeRef).state
	changed := put(e, "id", s.ID)
	if s.Remote {
		changed = put(e, "remote_node", "true") || changed
	}
	changed = put(e, "in_ccm", strconv.FormatBool(s.InCCM)) || changed
	for _, a := range [][2]string{{"crmd", s.Crmd}, {"crm-debug-origin", s.Origin}, {"join", s.Join},
		{"expected", s.Expected}, {"node_fenced", s.Fenced}, {"shutdown", s.Shutdown}} {
		changed = putOptional(e, a[0], a[1]) || changed
	}
	if changed || !known {
		d.statusChanged()
	}
}

// NodeState returns what the status says about the node with that name.
func (d *Document) NodeState(name string) (NodeState, bool) {
	n := d.node(name)
	if n == nil {
		return NodeState{}, false
	}
	return readNodeState(n.state), true
}

// NodeStates returns the states of all nodes in document order.
func (d *Document) NodeStates() []NodeState {
	var all []NodeState
	if s := child(d.root, "status"); s != nil {
		for _, e := range s.ChildElements() {
			if e.Tag == "node_state" {
				all = append(all, readNodeState(e))
			}
		}
	}
	return all
}

func readNodeState(e *etree.Element) NodeState {
	return NodeState{
		NodeRef:  NodeRef{ID: attr(e, "id"), Name: attr(e, "uname")},
		InCCM:    rule.IsTrue(attr(e, "in_ccm")),
		Crmd:     attr(e, "crmd"),
		Join:     attr(e, "join"),
		Expected: attr(e, "expected"),
		Origin:   attr(e, "crm-debug-origin"),
		Remote:   rule.IsTrue(attr(e, "remote_node")),
		Fenced:   attr(e, "node_fenced"),
		Shutdown: attr(e, "shutdown"),
	}
}

// RemoveNodeState forgets a node that left the cluster for good, with its history and attributes.
func (d *Document) RemoveNodeState(name string) {
	if n := d.node(name); n != nil {
		n.state.Parent().RemoveChild(n.state)
		delete(d.status, name)
		d.statusChanged()
	}
}

// ClearNode deletes the operation history of a node, its transient attributes, or both.
func (d *Document) ClearNode(node string, history, attributes bool) {
	n := d.node(node)
	if n == nil {
		return
	}
	changed := false
	for _, block := range n.state.ChildElements() {
		if history && block.Tag == "lrm" || attributes && block.Tag == "transient_attributes" {
			n.state.RemoveChild(block)
			changed = true
		}
	}
	if changed {
		n.reindex()
		d.statusChanged()
	}
}

// SetQuorum notes in the root element whether this partition has quorum and which node is the DC
// (its id; "" = none).
func (d *Document) SetQuorum(have bool, dcUUID string) {
	value := "0"
	if have {
		value = "1"
	}
	changed := put(d.root, "have-quorum", value)
	if putOptional(d.root, "dc-uuid", dcUUID) || changed {
		d.statusChanged()
	}
}

// TicketState is one <ticket_state>, the cluster's hold on a ticket of a multi-site cluster.
type TicketState struct {
	ID          string `json:"id"`
	Granted     bool   `json:"granted"`
	Standby     bool   `json:"standby"`
	LastGranted int64  `json:"last_granted,omitempty"` // seconds since 1970; 0 = never
}

// SetTicket writes the state of a ticket; other attributes that people put there stay.
func (d *Document) SetTicket(t TicketState) {
	e := d.ensureTicket(t.ID)
	changed := put(e, "granted", strconv.FormatBool(t.Granted))
	if t.LastGranted != 0 {
		changed = put(e, "last-granted", strconv.FormatInt(t.LastGranted, 10)) || changed
	}
	if t.Standby || e.SelectAttr("standby") != nil {
		changed = put(e, "standby", strconv.FormatBool(t.Standby)) || changed
	}
	if changed {
		d.statusChanged()
	}
}

func (d *Document) ensureTicket(id string) *etree.Element {
	status := child(d.root, "status")
	if status == nil {
		status = d.root.CreateElement("status")
	}
	tickets := child(status, "tickets")
	if tickets == nil {
		tickets = status.CreateElement("tickets")
	}
	for _, e := range tickets.ChildElements() {
		if attr(e, "id") == id {
			return e
		}
	}
	e := tickets.CreateElement("ticket_state")
	e.CreateAttr("id", id)
	return e
}

// Tickets returns the states of all tickets in document order.
func (d *Document) Tickets() []TicketState {
	var all []TicketState
	status := child(d.root, "status")
	if status == nil || child(status, "tickets") == nil {
		return nil
	}
	for _, e := range child(status, "tickets").ChildElements() {
		last, _ := strconv.ParseInt(attr(e, "last-granted"), 10, 64) // absent or bad: never
		all = append(all, TicketState{ID: attr(e, "id"), Granted: rule.IsTrue(attr(e, "granted")),
			Standby: rule.IsTrue(attr(e, "standby")), LastGranted: last})
	}
	return all
}

// RemoveTicket forgets a ticket.
func (d *Document) RemoveTicket(id string) {
	status := child(d.root, "status")
	if status == nil || child(status, "tickets") == nil {
		return
	}
	for _, e := range child(status, "tickets").ChildElements() {
		if attr(e, "id") == id {
			e.Parent().RemoveChild(e)
			d.statusChanged()
		}
	}
}
