// Package attribute is what Pacemaker's attrd does: node attributes of the status section, with
// dampening, increments ("value++") and private values.
//
// The core is pure: updates and ticks in, writes to the replicated document out. There is one source
// of truth, the document; nothing is remembered beside it but values still being dampened.
package attribute

import "time"

// Update is one change of one attribute of one node.
type Update struct {
	Node     string         `json:"node"` // node name
	Name     string         `json:"name"`
	Value    *string        `json:"value"`           // nil deletes; "value++" and "value+=N" count up
	Set      string         `json:"set,omitempty"`   // id of the attribute set; "" = status-NODEID
	Delay    *time.Duration `json:"delay,omitempty"` // set the dampening of this name first
	KeepBoth bool           `json:"both,omitempty"`  // with Delay: set value and delay (attrd_updater -B)
	Private  bool           `json:"private,omitempty"`
}

// Value is one answer to a query.
type Value struct {
	Node  string `json:"node"`
	Name  string `json:"name"`
	Value string `json:"value"` // "" also for a deleted one
}
