package scheduler

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

type resourceFlags uint64

const (
	rManaged         resourceFlags = 1 << iota
	rBlocked                       // no action on it any more
	rFailed                        // needs recovery
	rMustStop                      // recovery begins with a stop
	rOrphan                        // only the history knows it
	rFailureIgnored                // on-fail=ignore was applied
	rStartPending                  // a start is under way
	rUnique                        // no anonymous clone's instance
	rPromotable                    // the clone and everything in it
	rNotify                        // meta notify
	rMaintenance                   // maintenance mode, or meta maintenance
	rCritical                      // meta critical: dependents influence placement
	rAllowMigrate                  // meta allow-migrate
	rNeedsFencing                  // starts wait for fencing
	rNeedsQuorum                   // starts want quorum
	rNeedsUnfencing                // starts wait for unfencing
	rExclusive                     // resource-discovery=exclusive
	rReload                        // marked for reload
	rFenceDevice                   // class stonith
	rConnection                    // a Pacemaker Remote connection
	rInternal                      // implied by another resource
	rUnplaced                      // assignment is not done
	rAssigning                     // assignment is on the stack
	rMerging                       // its scores are being collected
	rRestarting                    // the restart half of its actions is being made
	rDigestsChecked                // its history was compared with the configuration
	rHostAttrs                     // container-attribute-target=host
	rOrdered                       // clone: meta ordered; group: ordered
	rColocated                     // group: members stay together
	rInterleave                    // clone: meta interleave
	rScoresAdded                   // promotion scores are in the tables
	rPromotionMerged               // role constraints are in the promotion order
	rRemoved                       // history is to be deleted
	rStopUnexpected                // multiple-active=stop_unexpected
	rProbed                        // see probes
)

// Resource is a primitive, group, clone or bundle, or an instance or member of one.
type Resource struct {
	ID           string // with the instance number: "web:0"
	ConfiguredID string
	HistoryName  string // name used in the history, where it differs from ID
	Kind         Kind
	Parent       *Resource
	Children     []*Resource
	Class        string
	Provider     string
	Type         string
	Role         Role    // in the history
	NextRole     Role    // after the transition
	RunningOn    []*Node // where it is active, in order of discovery
	Assigned     *Node   // where it is to be
	LockNode     *Node   // node that a shutdown lock keeps it on
	PendingTask  string  // operation under way, "" if none
	PendingNode  *Node   // where
	Element      *etree.Element
	Bundle       *BundleData // of a bundle
	CloneData    *CloneData  // of a clone

	cluster     *Cluster
	variant     variant
	flags       resourceFlags
	meta        map[string]string
	params      map[string]string // node-independent parameters, once computed
	paramsBy    map[*Node]map[string]string
	ops         []*opDef
	instance    int // number within the clone, -1 outside
	priority    Score
	rank        Score // promotion order
	stickiness  Score
	threshold   Score
	failTimeout int64 // seconds
	reconnect   int64 // seconds, of a remote connection
	multiple    string
	table       *table
	placedScore Score // what it thought of its node when it was put there
	knownOn     []*Node
	container   *Resource
	fillers     []*Resource
	remoteNode  *Node // of a connection
	guestOf     *Node // of a container: the guest node whose connection it holds
	withThis    []*colocation
	thisWith    []*colocation
	locations   []*location
	tickets     []*ticketDep
	util        Utilization
	lockTime    int64

	// from the history
	partialSource, partialTarget *Node
	dangling                     []*Node
	failAction                   onFail
	lastFailure                  *opEntry
	expected                     *Node // stop_unexpected: the copy that stays

	// actions
	opSets         []*opSet
	graphPrimitive *Primitive
	actions        []*action // oldest first
}

// CloneData is what only a clone has.
type CloneData struct {
	Max, NodeMax                 int
	PromotedMax, PromotedNodeMax int
	child                        *etree.Element // the element that is cloned
	total                        int            // instances made so far
	promoted                     int
	startNotify                  *notification
	stopNotify                   *notification
	promoteNotify                *notification
	demoteNotify                 *notification
}

// Agent prints class, provider and type as "ocf:heartbeat:IPaddr2" or "stonith:fence_xvm".
func (r *Resource) Agent() string {
	if r.Provider != "" {
		return r.Class + ":" + r.Provider + ":" + r.Type
	}
	return r.Class + ":" + r.Type
}

func (r *Resource) is(f resourceFlags) bool { return r.flags&f != 0 }
func (r *Resource) set(f resourceFlags)     { r.flags |= f }
func (r *Resource) clear(f resourceFlags)   { r.flags &^= f }

func (r *Resource) setAll(f resourceFlags) {
	r.set(f)
	for _, k := range r.Children {
		k.setAll(f)
	}
}

func (r *Resource) clearAll(f resourceFlags) {
	r.clear(f)
	for _, k := range r.Children {
		k.clearAll(f)
	}
}

// Managed reports whether the cluster may act on the resource.
func (r *Resource) Managed() bool { return r.is(rManaged) }

// Blocked reports whether a failure stops all action on it.
func (r *Resource) Blocked() bool { return r.is(rBlocked) }

// Failed reports whether it needs recovery.
func (r *Resource) Failed() bool { return r.is(rFailed) }

// Orphan reports whether only the history knows it.
func (r *Resource) Orphan() bool { return r.is(rOrphan) }

// FailureIgnored reports whether a failure was ignored because of on-fail=ignore.
func (r *Resource) FailureIgnored() bool { return r.is(rFailureIgnored) }

// Unique reports whether the instance number is part of its name for people.
func (r *Resource) Unique() bool { return r.is(rUnique) }

// Promotable reports whether it is or belongs to a promotable clone.
func (r *Resource) Promotable() bool { return r.is(rPromotable) }

// Internal reports whether another resource implies it (guest connections).
func (r *Resource) Internal() bool { return r.is(rInternal) }

// Meta returns a meta attribute in force.
func (r *Resource) Meta(name string) (string, bool) { v, ok := r.meta[name]; return v, ok }

// KnownOn reports whether the history says what the resource does on the node.
func (r *Resource) KnownOn(n *Node) bool { return slices.Contains(r.knownOn, n) }

// Allowed lists the nodes of the resource's table, in display order.
func (r *Resource) Allowed() []*Node {
	var out []*Node
	r.cluster.each(r.table, func(n *Node, _ *entry) { out = append(out, n) })
	return out
}

// ShownID is the name for people: the instance number counts for unique clones only.
func (r *Resource) ShownID() string {
	if r.is(rUnique) {
		return r.ID
	}
	return r.ConfiguredID
}

// Threshold is the migration-threshold in force.
func (r *Resource) Threshold() Score { return r.threshold }

// Container is the resource this one lives in (meta container), or nil.
func (r *Resource) Container() *Resource { return r.container }

// historyID is the name by which history entries go.
func (r *Resource) historyID() string {
	if r.HistoryName != "" {
		return r.HistoryName
	}
	return r.ID
}

// top is the outermost parent below a bundle.
func (r *Resource) top() *Resource {
	for r.Parent != nil && r.Parent.Kind != Bundle {
		r = r.Parent
	}
	return r
}

// uppermost is the outermost parent, a bundle included.
func (r *Resource) uppermost() *Resource {
	for r.Parent != nil {
		r = r.Parent
	}
	return r
}

// inBundle returns the bundle that holds the resource, nil if none does.
func (r *Resource) inBundle() *Resource {
	if u := r.uppermost(); u.Kind == Bundle && u != r {
		return u
	}
	return nil
}

// below reports whether p is an ancestor of r.
func (r *Resource) below(p *Resource) bool {
	for a := r.Parent; a != nil; a = a.Parent {
		if a == p {
			return true
		}
	}
	return false
}

// isRemoteConnection reports whether r connects a remote node; one that a cluster node shares its name with connects nothing.
func (r *Resource) isRemoteConnection() bool {
	if !r.is(rConnection) || r.container != nil {
		return false
	}
	n := r.cluster.Node(r.ID)
	return n != nil && n.Kind == Remote
}

// isGuestConnection reports a connection whose node lives in a container.
func (r *Resource) isGuestConnection() bool { return r.is(rConnection) && r.container != nil }

// leaves calls f for every primitive at or below r.
func (r *Resource) leaves(f func(*Resource)) {
	if r.Kind == Primitives {
		f(r)
		return
	}
	for _, k := range r.Children {
		k.leaves(f)
	}
}

// all calls f for r and everything below.
func (r *Resource) all(f func(*Resource)) {
	f(r)
	for _, k := range r.Children {
		k.all(f)
	}
}

// blocked reports whether the resource, or anything it consists of, is blocked: an instance
// that is so is no partner for others and takes no history.
func (r *Resource) blocked() bool {
	return r.anyLeaf(func(x *Resource) bool { return x.is(rBlocked) })
}

// anyLeaf reports whether f holds for some primitive at or below r.
func (r *Resource) anyLeaf(f func(*Resource) bool) bool {
	if r.Kind == Primitives {
		return f(r)
	}
	for _, k := range r.Children {
		if k.anyLeaf(f) {
			return true
		}
	}
	return false
}

// highestRole is the role that counts for a collection too: the highest of its primitives.
func (r *Resource) highestRole(next bool) Role {
	role := RoleUnknown
	if r.Kind == Primitives {
		if next {
			return r.NextRole
		}
		return r.Role
	}
	for _, k := range r.Children {
		role = max(role, k.highestRole(next))
	}
	return role
}

// currentNode is where the resource counts as active: see the partial migration's source,
// and clean nodes for those that need no fencing.
func (r *Resource) currentNode() *Node {
	if len(r.RunningOn) == 0 {
		return nil
	}
	if r.partialSource != nil && slices.Contains(r.RunningOn, r.partialSource) {
		return r.partialSource
	}
	if !r.is(rNeedsFencing) {
		for _, n := range r.RunningOn {
			if n.Online && !n.Unclean {
				return n
			}
		}
	}
	return r.RunningOn[0]
}

// CurrentNode is where the resource counts as active, nil if nowhere.
func (r *Resource) CurrentNode() *Node { return r.currentNode() }

// activeNodes lists where the resource counts as active: all of them if it needs
// fencing, else the clean online ones.
func (r *Resource) activeNodes() []*Node {
	if r.is(rNeedsFencing) {
		return r.RunningOn
	}
	var out []*Node
	for _, n := range r.RunningOn {
		if n.Online && !n.Unclean {
			out = append(out, n)
		}
	}
	return out
}

// baseID strips ":number" from an id.
func baseID(id string) string {
	i := strings.LastIndexByte(id, ':')
	if i < 0 || i == len(id)-1 {
		return id
	}
	for j := i + 1; j < len(id); j++ {
		if !isDigit(id[j]) {
			return id
		}
	}
	return id[:i]
}

// number is the instance number at the end of an id: after the last ':', else the last '-'.
func (r *Resource) number() int {
	i := strings.LastIndexByte(r.ID, ':')
	if i < 0 {
		i = strings.LastIndexByte(r.ID, '-')
	}
	n, _ := strconv.Atoi(r.ID[i+1:])
	return n
}

// targetRole is the role that meta target-role asks for, RoleUnknown if nothing in particular.
func (r *Resource) targetRole() Role {
	s, ok := r.meta["target-role"]
	if !ok || foldEq(s, "default") {
		return RoleUnknown
	}
	role := parseRole(s)
	switch {
	case role == RoleStarted:
		return RoleUnknown
	case role <= RoleStarted:
		return role
	case !r.top().is(rPromotable):
		return RoleUnknown
	case role == RolePromoted:
		return RoleUnknown
	}
	return role
}
