package shell

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"quorate/engine/api"
)

func runNodeFence(ctx context.Context, s *Session, args []string) error {
	if err := s.requireNode(ctx, args[0]); err != nil {
		return err
	}
	if !s.confirm(fmt.Sprintf("Fencing %s will shut down the node and migrate any resources that are running on it. Do you want to fence it?", args[0])) {
		return fmt.Errorf("node %s is not fenced: say yes or use -F", args[0])
	}
	return s.fence(ctx, api.Fence{Node: args[0], Action: "reboot", Client: "crm"})
}

func runNodeClearstate(ctx context.Context, s *Session, args []string) error {
	node := ""
	if len(args) == 1 {
		node = args[0]
	} else {
		var err error
		if node, err = s.localNode(ctx); err != nil {
			return err
		}
	}
	if err := s.requireNode(ctx, node); err != nil {
		return err
	}
	if up, err := s.isUp(ctx, node); err != nil {
		return err
	} else if up {
		return fmt.Errorf("node %s is up: stop it with 'crm cluster stop' there, or shoot it with 'crm node fence %s'", node, node)
	}
	if !s.confirm(fmt.Sprintf("Is node %s off for certain? Its resources are started elsewhere", node)) {
		return fmt.Errorf("the state of node %s is not cleared: say yes or use -F", node)
	}
	return s.fence(ctx, api.Fence{Node: node, Action: "off", Confirm: true, Client: "crm"})
}

// isUp tells whether the cluster hears the node: what it hears cannot be off.
func (s *Session) isUp(ctx context.Context, name string) (bool, error) {
	c, err := s.Cluster()
	if err != nil {
		return false, err
	}
	st, err := c.Status(ctx)
	if errors.Is(err, api.ErrNoCluster) {
		return false, nil // the question has its own error for that
	}
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(st.Nodes, func(n api.Node) bool { return n.Name == name && n.Member }), nil
}

// requireNode is the error for a node that is not configured: a question about it would be beside the point.
func (s *Session) requireNode(ctx context.Context, name string) error {
	e, err := s.reading(ctx)
	if err != nil {
		return err
	}
	_, err = e.mustNode(name)
	return err
}

func (s *Session) fence(ctx context.Context, f api.Fence) error {
	c, err := s.Cluster()
	if err != nil {
		return err
	}
	return c.Fence(ctx, f)
}
