package scheduler

import "time"

// Graph is a transition: the actions that bring the cluster from its present to its wished
// state, and what each must wait for. The DC's controller executes it, crm_simulate prints it.
type Graph struct {
	ID                int           // transition number, given by the caller
	ClusterDelay      time.Duration // allowance for the round trip to a node
	StonithTimeout    time.Duration
	BatchLimit        int    // actions in flight at once; 0: no limit
	MigrationLimit    int    // migrations in flight per node; -1: no limit
	FailedStartOffset string // fail count written for a failed start, "INFINITY" or "1"
	FailedStopOffset  string
	RecheckBy         time.Time // earliest time at which rules or expiries change the result; zero: none
	Blocked           []*Action // inputs that cannot be done: what waits for them never starts
	Actions           []*Action // in the order in which the graph XML lists them and crm_simulate executes them
}

// ActionType is the element name of an action in the graph XML.
type ActionType string

// The kinds of action.
const (
	RscOp       ActionType = "rsc_op"       // run an agent
	PseudoEvent ActionType = "pseudo_event" // only orders others
	CrmEvent    ActionType = "crm_event"    // done by the controller: stonith, clear_failcount, do_shutdown, lrm_delete, …
)

// Action is one step of a transition.
type Action struct {
	ID          int
	Type        ActionType
	Operation   string // "start", "stop", "monitor", "promote", "demote", "notify", "migrate_to", "stonith", …
	Key         string // operation key: "web_start_0", "web_monitor_10000", "stonith-node1-reboot"
	InternalKey string // key before the instance number was stripped; "" if the same
	NodeName    string // where it runs; "" for pseudo events
	NodeID      string // the id attribute of that node
	Router      string // the cluster node that a remote node's action goes through; "" otherwise
	Priority    int    // scheduling hint, as synapse priority
	Primitive   *Primitive
	Attrs       []Attr // the <attributes> element, in printed order: parameters, then CRM_meta_*
	Inputs      []int  // IDs of the actions that must be done first, ascending

	Downed       []string          // ids of the nodes that this action takes down
	Maintenance  []NodeMaintenance // of maintenance_nodes: what to tell remote nodes
	ShutdownLock int64             // epoch second of the lock of a resource to its node; 0: none
}

// NodeMaintenance tells a remote node whether it is in maintenance.
type NodeMaintenance struct {
	NodeID string
	On     bool
}

// Primitive names the resource that an rsc_op acts on.
type Primitive struct {
	ID       string // "web", or "web:0" for a unique clone instance
	LongID   string // "group:web:0" form of nested resources; "" if none
	Class    string
	Provider string // only for ocf
	Type     string
}

// Attr is one name and value of an action's attributes.
type Attr struct{ Name, Value string }

// Attr returns the value of the named attribute of the action, "" if it has none.
func (a *Action) Attr(name string) string {
	for _, t := range a.Attrs {
		if t.Name == name {
			return t.Value
		}
	}
	return ""
}
