package api

import "context"

var (
	_ Control = (*Client)(nil)
	_ Fencer  = (*Client)(nil)
)

// Reload implements Control.
func (c *Client) Reload(ctx context.Context) error { return c.call(ctx, pathReload, struct{}{}, nil) }

// ReopenLogs implements Control.
func (c *Client) ReopenLogs(ctx context.Context) error {
	return c.call(ctx, pathReopenLogs, struct{}{}, nil)
}

// KillNode implements Control.
func (c *Client) KillNode(ctx context.Context, id uint32) error {
	return c.call(ctx, pathKill, id, nil)
}

// SetExpectedVotes implements Control.
func (c *Client) SetExpectedVotes(ctx context.Context, votes int) error {
	return c.call(ctx, pathExpected, votes, nil)
}

// SetVotes implements Control.
func (c *Client) SetVotes(ctx context.Context, id uint32, votes int) error {
	return c.call(ctx, pathVotes, votesChange{id, votes}, nil)
}

// Fail implements Control.
func (c *Client) Fail(ctx context.Context, resource, node string) error {
	return c.call(ctx, pathFail, failure{resource, node}, nil)
}

// Devices implements Fencer.
func (c *Client) Devices(ctx context.Context, target string) (ids []string, err error) {
	return ids, c.call(ctx, pathDevices, target, &ids)
}

// Targets implements Fencer.
func (c *Client) Targets(ctx context.Context, device string) (nodes []string, err error) {
	return nodes, c.call(ctx, pathTargets, device, &nodes)
}

// CheckDevice implements Fencer.
func (c *Client) CheckDevice(ctx context.Context, device string) error {
	return c.call(ctx, pathCheckDevice, device, nil)
}

// ForgetFencing implements Fencer.
func (c *Client) ForgetFencing(ctx context.Context, node string) error {
	return c.call(ctx, pathForgetFence, node, nil)
}
