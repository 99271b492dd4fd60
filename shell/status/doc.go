// Package status renders the state of a cluster as people and agents read it: as text, XML and
// html of crm_mon, as the lists of crm_resource and crm_simulate, and for "crm status".
//
// It only shows what package scheduler read from a CIB; it decides nothing and asks nobody.
package status

import (
	"quorate/engine/scheduler"
)

// Options say what is shown and how.
type Options struct {
	Inactive  bool // also what is not active
	ByNode    bool // resources below their nodes
	Brief     bool // numbers of instances only
	Detail    bool // node ids, feature sets, single clone instances
	Pending   bool // operations that are under way
	Timing    bool // times of operations
	HideNodes bool // lines about primitives do not name their nodes
	// OnlyNodes and OnlyResources restrict what is shown to these names; nil: everything.
	OnlyNodes, OnlyResources map[string]bool
	// BanPrefix shows only bans whose constraints' ids begin so.
	BanPrefix string
}

// View is a cluster with the way it is to be shown.
type View struct {
	*scheduler.Cluster
	Options

	inList bool // in the list of resources, where lines name their nodes also if there is a list by node
}

func (v *View) showsNode(n *scheduler.Node) bool { return v.OnlyNodes == nil || v.OnlyNodes[n.Name] }
