package api

import "context"

// Control is what corosync-cfgtool and corosync-quorumtool change in the running cluster. A Cluster that
// can do it implements it besides; the tools say so where it is missing.
type Control interface {
	// Reload has all nodes read corosync.conf again. A wrong file is refused whole, with exit.InvalidParam.
	Reload(ctx context.Context) error
	// ReopenLogs closes and opens the log files of this node.
	ReopenLogs(ctx context.Context) error
	// KillNode has the member with that id leave at once; exit.NoSuch if it is no member.
	KillNode(ctx context.Context, id uint32) error
	// SetExpectedVotes changes the expected votes of all members; exit.InvalidParam if that would cost quorum.
	SetExpectedVotes(ctx context.Context, votes int) error
	// SetVotes changes the votes of one node; exit.NoSuch if it is not known.
	SetVotes(ctx context.Context, id uint32, votes int) error
	// Fail has the cluster treat the resource on the node as failed (crm_resource --fail).
	Fail(ctx context.Context, resource, node string) error
}

// Fencer is what stonith_admin asks of the fencing devices besides shooting.
type Fencer interface {
	// Devices lists the registered devices by id, or those that can shoot target.
	Devices(ctx context.Context, target string) ([]string, error)
	// Targets lists the nodes that a device can shoot.
	Targets(ctx context.Context, device string) ([]string, error)
	// CheckDevice runs the device's monitor action; exit.NoSuch if the device is not registered.
	CheckDevice(ctx context.Context, device string) error
	// ForgetFencing removes the finished entries about a node from the history; "" for all nodes.
	ForgetFencing(ctx context.Context, node string) error
}
