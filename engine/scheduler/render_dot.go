package scheduler

// Dot lists actions and orderings for graphviz, newest action first.
func (r *Result) Dot() ([]DotNode, []DotEdge) {
	c := r.Cluster
	n := len(c.actions)
	nodes := make([]DotNode, 0, n)
	at := make(map[*action]int, n)
	for i := n - 1; i >= 0; i-- {
		a := c.actions[i]
		at[a] = len(nodes)
		nodes = append(nodes, a.dotNode())
	}
	var edges []DotEdge
	for i := n - 1; i >= 0; i-- {
		a := c.actions[i]
		for _, l := range a.inputs {
			e := DotEdge{From: at[l.first], To: at[a], Bold: l.inGraph}
			if !l.inGraph {
				if l.flags == 0 {
					continue
				}
				e.Hidden = nodes[e.From].Hidden || nodes[e.To].Hidden || l.flags == lLoad
			}
			edges = append(edges, e)
		}
	}
	return nodes, edges
}

func (a *action) dotNode() DotNode {
	d := DotNode{ID: a.id, Name: a.dotName(), Style: "dashed", Color: "red", Font: "black"}
	if a.pseudo() {
		d.Font = "orange"
	}
	switch {
	case a.is(aDumped):
		d.Style, d.Color = "bold", "green"
	case a.rsc != nil && !a.rsc.is(rManaged):
		d.Font, d.Hidden = "purple", true
	case a.optional():
		d.Color, d.Hidden = "blue", true
	}
	return d
}

// dotName is the name of an action for people.
func (a *action) dotName() string {
	name, n := a.name(), "<none>"
	switch {
	case a.node != nil:
		n = a.node.Name
	case a.pseudo():
		n = ""
	}
	if r := a.rsc; r != nil && r.HistoryName != "" {
		switch a.task {
		case "notify", "notified":
			name = opKey(r.HistoryName, a.meta["notify_key_type"]+"_notify_"+a.meta["notify_key_operation"], 0)
		case "cancel":
			name = opKey(r.HistoryName, a.meta["operation"], a.interval)
		default:
			name = opKey(r.HistoryName, a.task, a.interval)
		}
	}
	switch {
	case a.task == "stonith":
		return "stonith '" + a.meta["stonith_action"] + "' " + n
	case a.rsc == nil && a.node != nil:
		return a.task + " " + n
	case a.rsc == nil:
		return name
	}
	if n != "" {
		name += " " + n
	}
	if a.task == "cancel" {
		return "Cancel " + name
	}
	return name
}
