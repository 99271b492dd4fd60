package scheduler

import (
	"time"

	"github.com/beevik/etree"
)

// Input is what a decision depends on, entirely.
type Input struct {
	CIB *etree.Element // the <cib> root, of a pacemaker-3.x schema; it is read, never changed
	Now time.Time      // in the time zone that rules about dates refer to
	// NoSpecRecheck leaves the changes of date_spec rules out of Graph.RecheckBy, as Pacemaker does.
	NoSpecRecheck bool
	Scores        bool // Result.Scores is wanted: a line for each resource and node, several times
}

// Cluster is the working model: what the CIB says about nodes and resources, and,
// after Schedule, what is to become of them.
type Cluster struct {
	Nodes     []*Node     // in display order
	Resources []*Resource // top level: by priority, then as configured; orphans last
	Options   Options
	FailedOps []*FailedOp // failed operations of the history, in order of discovery
	Tickets   map[string]*Ticket
	Quorum    bool
	Now       time.Time
	Messages  []Message // what is wrong in the configuration

	cib, opDefaults, rscDefaults *etree.Element
	featureSet                   string
	ids                          map[string]*etree.Element
	sets                         map[setKey][]attrSet
	lastInterval                 string // as readable printed it
	health                       healthScores
	byIdx                        []*Node // nodes by creation: Node.idx
	nodeByID, nodeByName         map[string]*Node
	rscByID                      map[string]*Resource
	templates, tags              map[string][]string
	templateIDs                  map[string]bool
	rscByHistory                 map[string][]*Resource            // all that ever had a name: see named
	expanded                     map[*etree.Element]*etree.Element // templates merged in
	opDefs                       map[*etree.Element][]*opDef
	staleEntries                 map[*etree.Element]bool // recurring failures that expired
	updatesLeft, collected       int
	shadowed                     map[string][]*Resource // orphans that have the id of a collection
	lastID                       int
	showsScores                  bool // Input.Scores
	apart                        bool // no two nodes have the same place
	dc                           *Node
	haveDevice, unfencing        bool
	recheck                      time.Time
	locations                    []*location
	orders                       []*ordering
	actions                      []*action // oldest first
	global                       map[string][]*action
	deferredDigests              []deferredDigest
	deferredContainers           []*Resource
	scores                       []ScoreLine
	noSpecRecheck                bool
}

// Role is what a resource instance does on a node; the order of the values matters.
type Role uint8

// The roles.
const (
	RoleUnknown Role = iota
	RoleStopped
	RoleStarted
	RoleUnpromoted
	RolePromoted
)

var roleNames = [...]string{"Unknown", "Stopped", "Started", "Unpromoted", "Promoted"}

func (r Role) String() string { return roleNames[r] }

// parseRole reads a role name, also the old ones (Slave, Master); RoleUnknown if it is none.
func parseRole(s string) Role {
	for r, n := range roleNames {
		if foldEq(s, n) {
			return Role(r)
		}
	}
	switch {
	case foldEq(s, "Slave"):
		return RoleUnpromoted
	case foldEq(s, "Master"):
		return RolePromoted
	}
	return RoleUnknown
}

// Kind tells primitives and the three collections apart.
type Kind uint8

// The kinds of resources.
const (
	Primitives Kind = iota // one agent
	Group
	Clone
	Bundle
)

// Severity of a Message.
type Severity uint8

// The severities.
const (
	Warning Severity = iota
	Error
	Trouble // in the cluster, not in its configuration: told like an error, no reason to refuse the CIB
	Notice  // worth knowing: told like a warning, no reason to doubt the CIB
)

// Message is a complaint about the configuration, as crm_verify -V prints it.
type Message struct {
	Severity Severity
	Text     string
}

// Ticket is a multi-site ticket as the status section records it.
type Ticket struct {
	ID          string
	Granted     bool
	Standby     bool
	LastGranted string
	Attrs       map[string]string
}

// FailedOp is an entry of the operation history that counts as a failure.
type FailedOp struct {
	Element  *etree.Element // the <lrm_rsc_op>
	Resource *Resource
	Node     *Node
	Key      string // operation key
	RC       int    // result of the agent, remapped where the monitor's "degraded" codes are
	Status   int    // execution status
	Masked   bool   // a probe that says the resource cannot be here: told with the resource, not among the failures
}

// Name is the resource's name in the operation key, which may have an instance number.
func (f *FailedOp) Name() string {
	id, _, _, _ := splitKey(f.Key)
	return id
}

func (c *Cluster) warn(text string) { c.Messages = append(c.Messages, Message{Warning, text}) }
func (c *Cluster) err(text string)  { c.Messages = append(c.Messages, Message{Error, text}) }
