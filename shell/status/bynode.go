package status

import (
	"sort"
	"strconv"

	"quorate/engine/scheduler"
)

// briefTop counts only primitives that stand alone.
func (v *View) briefTop() []*scheduler.Resource {
	var list []*scheduler.Resource
	for _, r := range v.Cluster.Resources {
		if r.Kind == scheduler.Primitives && v.wanted(r) {
			list = append(list, r)
		}
	}
	return list
}

// brief shows how many of the resources of each agent are active, by node.
func (v *View) brief(l *List, list []*scheduler.Resource, total bool) {
	counts := map[string]map[string]int{}
	all := map[string]int{}
	for _, r := range list {
		a := r.Agent()
		if counts[a] == nil {
			counts[a] = map[string]int{}
		}
		all[a]++
		for _, n := range r.RunningOn {
			if v.showsNode(n) && (n.Online || n.Unclean || !r.Managed()) {
				counts[a][n.Name]++
			}
		}
	}
	for _, a := range sortedKeys(counts) {
		of := ""
		if total {
			of = "/" + strconv.Itoa(all[a])
		}
		for _, n := range sortedKeys(counts[a]) {
			where := n
			if v.ByNode {
				where = ""
			}
			l.add(strconv.Itoa(counts[a][n])+of+"\t("+a+"):\tActive "+where, "")
		}
		if total && len(counts[a]) == 0 {
			l.add("0"+of+"\t("+a+"):\tActive", "")
		}
	}
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// nodesWithResources shows each node with what is active there.
func (v *View) nodesWithResources(l *List) {
	for _, n := range v.Cluster.Nodes {
		if !v.showsNode(n) || v.Brief && len(n.Running) == 0 {
			continue
		}
		top := &List{Title: v.nodeLine(n)}
		here := &List{Title: "Resources"}
		if v.Brief {
			v.brief(here, v.shownOn(n, true), false)
		} else {
			for _, r := range v.shownOn(n, v.Detail) {
				here.add(v.line(r, shownID(r), n), class(r))
			}
		}
		top.sub(here)
		l.sub(top)
	}
}

// wantedUp applies the filter of resource names to a primitive and to what it is part of.
func (v *View) wantedUp(r *scheduler.Resource) bool {
	for ; r != nil; r = r.Parent {
		if v.OnlyResources == nil || v.OnlyResources[r.ID] || v.OnlyResources[r.ConfiguredID] {
			return true
		}
	}
	return false
}

// shownOn lists what is active on a node; implied connections only where they are wanted.
func (v *View) shownOn(n *scheduler.Node, internal bool) []*scheduler.Resource {
	var list []*scheduler.Resource
	for _, r := range n.Running {
		if v.wantedUp(r) && (internal || !r.Internal()) {
			list = append(list, r)
		}
	}
	return list
}
