// Package api is how everything outside the engine talks to it: HTTP over a unix socket on the node,
// and over mutual TLS between nodes. The shell and every tool use only this.
//
// This file has the types of the contract; client.go speaks it, server.go serves it. The package
// decides nothing: requests are handed to package node.
package api

import (
	"context"
	"errors"
	"time"

	"quorate/engine/attribute"
	"quorate/engine/cib"
)

// ErrNoCluster is returned by backends without a running cluster (a CIB file, a shadow copy) for
// requests that need one.
var ErrNoCluster = errors.New("this needs a running cluster: start one with 'crm cluster start'")

// Cluster is "the cluster" as shell and tools see it. Client implements it over the node's socket;
// shell/backend implements it over a CIB file. Every method returns *cib.Error (with exit code) where
// the request was understood and refused; with no engine running the code is exit.Disconnect.
type Cluster interface {
	// CIB returns a private copy of the newest document that this node has.
	CIB(ctx context.Context) (*cib.Document, error)
	// Perform changes the document; it returns when the change is committed and visible to CIB.
	Perform(ctx context.Context, r cib.Request) error
	// UpdateAttribute changes a transient node attribute.
	UpdateAttribute(ctx context.Context, u attribute.Update) error
	// Attributes returns the values of a transient attribute on all nodes, or on one.
	Attributes(ctx context.Context, name, node string) ([]attribute.Value, error)
	// Cleanup forgets operation history and has the resources probed again.
	Cleanup(ctx context.Context, c Cleanup) error
	// Status tells about this node, membership, quorum and the DC.
	Status(ctx context.Context) (*Status, error)
	// Links tells about the links to the other nodes (corosync-cfgtool).
	Links(ctx context.Context) (*Links, error)
	// Cmap returns the keys of the configuration map that begin with prefix (corosync-cmapctl).
	Cmap(ctx context.Context, prefix string) ([]CmapEntry, error)
	// SetCmap sets or (Type "") deletes one key of the map.
	SetCmap(ctx context.Context, e CmapEntry) error
	// Fence shoots, unfences or manually confirms a node; it returns when that is done.
	Fence(ctx context.Context, f Fence) error
	// FencingHistory returns what was fenced, newest first.
	FencingHistory(ctx context.Context) ([]FenceEvent, error)
	// WaitIdle returns when the DC has nothing left to do, or with the pending actions as an error when ctx ends.
	WaitIdle(ctx context.Context) error
	// Events streams what happens until ctx ends; the channel is closed then.
	Events(ctx context.Context) (<-chan Event, error)
	// Shutdown makes this node leave: resources are moved away first, then the engine ends.
	Shutdown(ctx context.Context) error
	// RemoveNode forgets a node that is not a member any more.
	RemoveNode(ctx context.Context, name string) error
}

// Cleanup selects the history to forget.
type Cleanup struct {
	Resource  string `json:"resource,omitempty"` // "" = all
	Node      string `json:"node,omitempty"`     // "" = all
	Operation string `json:"operation,omitempty"`
	Interval  string `json:"interval,omitempty"`
	// FailedOnly keeps the history of what did not fail (crm_resource --cleanup); else all of it goes (--refresh).
	FailedOnly bool `json:"failed_only,omitempty"`
}

// Status is a node's view of the cluster.
type Status struct {
	Node        string      `json:"node"`
	NodeID      uint32      `json:"node_id"`
	ClusterName string      `json:"cluster_name"`
	State       string      `json:"state"` // the controller's: "S_IDLE", "S_NOT_DC", "S_PENDING", …
	DC          string      `json:"dc"`    // "" while there is none
	Quorate     bool        `json:"quorate"`
	Generation  uint64      `json:"generation"`
	Nodes       []Node      `json:"nodes"` // every configured node, by node id
	Quorum      Quorum      `json:"quorum"`
	CIBVersion  cib.Version `json:"cib_version"`
	// WaitingFor says in words why the cluster does nothing, with the command that helps; "" = it works.
	WaitingFor string `json:"waiting_for,omitempty"`
}

// Node is one configured node.
type Node struct {
	ID     uint32 `json:"id"`
	Name   string `json:"name"`
	Member bool   `json:"member"` // in this partition's membership
	Online bool   `json:"online"` // member, and the engine takes part (joined)
}

// Quorum is what corosync-quorumtool shows.
type Quorum struct {
	Provider        string       `json:"provider"`
	RingID          string       `json:"ring_id"` // "1.9": lowest node id, sequence in hex
	Quorate         bool         `json:"quorate"`
	Expected        int          `json:"expected"`
	HighestExpected int          `json:"highest_expected"`
	Total           int          `json:"total"`
	Quorum          int          `json:"quorum"`  // votes needed
	Blocked         bool         `json:"blocked"` // "Activity blocked"
	Flags           []string     `json:"flags"`   // "2Node", "Quorate", "WaitForAll", …, in the tool's order
	Members         []QuorumNode `json:"members"`
}

// QuorumNode is one member with its votes.
type QuorumNode struct {
	ID    uint32   `json:"id"`
	Votes int      `json:"votes"`
	Name  string   `json:"name"`
	Addrs []string `json:"addrs"`
}

// Links is what corosync-cfgtool -s and -n show.
type Links struct {
	LocalID   uint32 `json:"local_id"`
	Transport string `json:"transport"`
	Links     []Link `json:"links"`
}

// Link is one link of this node, with its state towards every configured node in nodelist order.
type Link struct {
	ID    int        `json:"id"`
	Addr  string     `json:"addr"`
	Peers []LinkPeer `json:"peers"`
}

// LinkPeer is the state of one link towards one node.
type LinkPeer struct {
	NodeID    uint32        `json:"node_id"`
	Addr      string        `json:"addr"`
	Local     bool          `json:"local"`
	Enabled   bool          `json:"enabled"`
	Connected bool          `json:"connected"`
	MTU       int           `json:"mtu"`
	RTT       time.Duration `json:"rtt"`  // smoothed; 0 = not measured
	Lost      float64       `json:"lost"` // share of lost heartbeats, 0 to 1, lately
}

// CmapEntry is one key of the configuration map; Type is one of i8 u8 i16 u16 i32 u32 i64 u64 flt dbl str bin.
type CmapEntry struct {
	Key   string `json:"key"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Fence asks for a fencing action.
type Fence struct {
	Node    string        `json:"node"`
	Action  string        `json:"action"`            // "reboot", "off", "on"
	Confirm bool          `json:"confirm,omitempty"` // a human says that the node is down; no device is used
	Timeout time.Duration `json:"timeout,omitempty"`
	Client  string        `json:"client,omitempty"`
	// Delay is waited before the action; Tolerance: nothing is done if the same was done this long ago or less.
	Delay     time.Duration `json:"delay,omitempty"`
	Tolerance time.Duration `json:"tolerance,omitempty"`
}

// FenceEvent is one entry of the fencing history.
type FenceEvent struct {
	Action    string    `json:"action"`
	Target    string    `json:"target"`
	Client    string    `json:"client"`
	Origin    string    `json:"origin"`
	Delegate  string    `json:"delegate"`
	Status    string    `json:"status"` // "success", "failed", "pending"
	Reason    string    `json:"reason,omitempty"`
	Completed time.Time `json:"completed"`
}

// Event is one line of the event stream.
type Event struct {
	Time time.Time `json:"time"`
	Kind string    `json:"kind"` // "cib", "membership", "dc", "quorum", "operation", "fencing", "transition"
	Node string    `json:"node,omitempty"`
	Text string    `json:"text"`
}
