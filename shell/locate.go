package shell

import (
	"context"
	"time"

	"quorate/engine/cib"
	"quorate/engine/scheduler"
)

// place is where an instance of a resource is active.
type place struct {
	node     string
	promoted bool
}

// places returns where the resource, or any member of it, is active: each node once, in the order of
// discovery. ok is false if there is no such resource.
func places(doc *cib.Document, id string) (found []place, ok bool, err error) {
	model, err := scheduler.Read(scheduler.Input{CIB: doc.Root(), Now: time.Now()})
	if err != nil {
		return nil, false, err
	}
	at := map[string]int{}
	var visit func(r *scheduler.Resource, inside bool)
	visit = func(r *scheduler.Resource, inside bool) {
		inside = inside || r.ConfiguredID == id || r.ID == id
		ok = ok || inside
		if inside && len(r.Children) == 0 {
			for _, n := range r.RunningOn {
				if _, seen := at[n.Name]; !seen {
					at[n.Name] = len(found)
					found = append(found, place{node: n.Name})
				}
				found[at[n.Name]].promoted = found[at[n.Name]].promoted || r.Role == scheduler.RolePromoted
			}
		}
		for _, c := range r.Children {
			visit(c, inside)
		}
	}
	for _, r := range model.Resources {
		visit(r, false)
	}
	return found, ok, nil
}

// activeOn returns the names of the nodes where the resource is active.
func (s *Session) activeOn(ctx context.Context, id string) ([]string, error) {
	doc, err := s.document(ctx)
	if err != nil {
		return nil, err
	}
	found, _, err := places(doc, id)
	var nodes []string
	for _, p := range found {
		nodes = append(nodes, p.node)
	}
	return nodes, err
}
