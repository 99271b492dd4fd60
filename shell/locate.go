package shell

import (
	"context"
	"sort"

	"github.com/beevik/etree"

	"quorate/engine/cib"
)

// place is where an instance of a resource is active.
type place struct {
	node     string
	promoted bool
}

// places returns where the resource, or any member of it, is active according to the history, by node name.
func places(doc *cib.Document, r *etree.Element) []place {
	members := map[string]bool{}
	if r.Tag == "primitive" {
		members[idOf(r)] = true
	}
	walkResources(r, func(m *etree.Element) {
		if m.Tag == "primitive" {
			members[idOf(m)] = true
		}
	})
	var found []place
	for _, state := range doc.NodeStates() {
		for id := range members {
			if active, promoted := lastState(doc.ResourceHistory(state.Name, id)); active {
				found = append(found, place{state.Name, promoted})
				break
			}
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].node < found[j].node })
	return found
}

// lastState reads off a history whether the resource is active. Later calls outdo earlier ones; results
// that say nothing about the state are passed over.
func lastState(history []cib.OpRecord) (active, promoted bool) {
	sort.SliceStable(history, func(i, j int) bool { return history[i].CallID < history[j].CallID })
	for _, op := range history {
		if op.Pending() {
			continue
		}
		switch {
		case op.RC == 8:
			active, promoted = true, true
		case op.RC == 7 || op.Operation == "stop" && op.RC == 0 || op.Operation == "migrate_to" && op.RC == 0:
			active, promoted = false, false
		case op.RC == 0:
			active, promoted = true, op.Operation == "promote"
		}
	}
	return active, promoted
}

// activeOn returns the names of the nodes where the resource is active.
func (s *Session) activeOn(ctx context.Context, id string) ([]string, error) {
	doc, err := s.document(ctx)
	if err != nil {
		return nil, err
	}
	r := newConfEdit(doc.Root()).resource(id)
	if r == nil {
		return nil, nil
	}
	var nodes []string
	for _, p := range places(doc, r) {
		nodes = append(nodes, p.node)
	}
	return nodes, nil
}
