package scheduler

// linkFlags say what an ordering means; see docs/scheduler.md for each.
type linkFlags uint32

const (
	lOrder          linkFlags = 1 << iota // pure order
	lThenRequired                         // first required ⇒ then required
	lThenOnNode                           // the same, only on the node of first
	lFirstRequired                        // then required ⇒ first required
	lFirstPromoted                        // the same while then's resource is promoted
	lFirstMigrate                         // links of a live migration
	lRunnable                             // first unrunnable ⇒ then unrunnable
	lPseudoLeft                           // first unrunnable ⇒ then loses pseudo and migratable
	lRestart                              // stop and start of a restart
	lProbe                                // as lRunnable, void if first cannot run where its resource does
	lAsymmetric                           // one-way mandatory
	lOne                                  // counts toward an action that needs any
	lPrintFirst                           // then required ⇒ first is printed
	lPrintThen                            // first required ⇒ then is printed
	lSameNode                             // void where both nodes are known and differ
	lCancels                              // then required ⇒ first optional
	lNotMigratable                        // matters only while first is not migratable
	lLoad                                 // utilization
	lAntiColocation                       // exchange of places
	lSerialize                            // kind=Serialize: one after the other in one graph, as lOrder
	lPreserve                             // made by the cluster itself
)

// link is an ordering between two actions. flags are those that still count; made are those
// that it was made with, which keep later links from being added.
type link struct {
	first, then *action
	flags, made linkFlags
	inGraph     bool
}

// orderActions makes a link, unless the two have one already that shares a flag.
func (c *Cluster) orderActions(first, then *action, f linkFlags) bool {
	if f == 0 || first == nil || then == nil || first == then {
		return false
	}
	list := first.outputs
	if len(then.inputs) < len(list) {
		list = then.inputs
	}
	for _, l := range list {
		if l.first == first && l.then == then && l.made&f != 0 {
			return false
		}
	}
	l := &link{first: first, then: then, flags: f, made: f}
	then.inputs = append(then.inputs, l)
	first.outputs = append(first.outputs, l)
	return true
}
