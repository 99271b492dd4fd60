package tools

import (
	"context"
	"strings"
	"time"

	"quorate/engine/api"
	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/shell/backend"
)

// fakeCluster is a running cluster of three nodes with two links, seen from node1.
type fakeCluster struct {
	backend.File
	scene string // "good", "cut" (link 1 to node2 is down), "alone" (node2 and node3 are dead)
	cmap  []api.CmapEntry
	attrs []attribute.Value
	calls []string
}

func (f *fakeCluster) alone() bool { return f.scene == "alone" }

func (f *fakeCluster) Status(context.Context) (*api.Status, error) {
	s := &api.Status{Node: "node1", NodeID: 1, ClusterName: "peer", State: "S_IDLE", DC: "node1", Quorate: !f.alone()}
	for i, name := range []string{"node1", "node2", "node3"} {
		up := i == 0 || !f.alone()
		s.Nodes = append(s.Nodes, api.Node{ID: uint32(i + 1), Name: name, Member: up, Online: up})
		if up {
			s.Quorum.Members = append(s.Quorum.Members, api.QuorumNode{ID: uint32(i + 1), Votes: 1, Name: name,
				Addrs: []string{"10.77.0.1" + name[4:], "10.78.0.1" + name[4:]}})
		}
	}
	q := &s.Quorum
	q.Provider, q.RingID, q.Quorate, q.Expected, q.HighestExpected, q.Quorum = "corosync_votequorum", "1.9", !f.alone(), 3, 3, 2
	q.Total, q.Blocked = len(q.Members), f.alone()
	if q.Quorate {
		q.Flags = []string{"Quorate"}
	}
	return s, nil
}

func (f *fakeCluster) Links(context.Context) (*api.Links, error) {
	l := &api.Links{LocalID: 1, Transport: "knet"}
	for id, net := range []string{"10.77.0.1", "10.78.0.1"} {
		link := api.Link{ID: id, Addr: net + "1"}
		for n := uint32(1); n <= 3; n++ {
			up := n == 1 || !f.alone() && !(f.scene == "cut" && id == 1 && n == 2)
			link.Peers = append(link.Peers, api.LinkPeer{NodeID: n, Addr: net + string(rune('0'+n)), Local: n == 1, Enabled: true, Connected: up, MTU: 1397})
		}
		l.Links = append(l.Links, link)
	}
	return l, nil
}

func (f *fakeCluster) Cmap(_ context.Context, prefix string) ([]api.CmapEntry, error) {
	var found []api.CmapEntry
	for _, e := range f.cmap {
		if strings.HasPrefix(e.Key, prefix) {
			found = append(found, e)
		}
	}
	return found, nil
}

func (f *fakeCluster) SetCmap(_ context.Context, e api.CmapEntry) error {
	if strings.HasPrefix(e.Key, "nodelist.") {
		return cib.Errorf(exit.InsufficientPr, "nodelist is read-only")
	}
	f.calls = append(f.calls, "set "+e.Key+" "+e.Type+" "+e.Value)
	return nil
}

func (f *fakeCluster) UpdateAttribute(_ context.Context, u attribute.Update) error {
	call := "attribute " + u.Node + " " + u.Name
	if u.Value != nil {
		call += "=" + *u.Value
	}
	if u.Delay != nil {
		call += " delay " + u.Delay.String()
	}
	if u.KeepBoth {
		call += " both"
	}
	if u.Private {
		call += " private"
	}
	if u.Set != "" {
		call += " set " + u.Set
	}
	f.calls = append(f.calls, call)
	return nil
}

func (f *fakeCluster) Attributes(_ context.Context, name, node string) ([]attribute.Value, error) {
	var found []attribute.Value
	for _, v := range f.attrs {
		if v.Name == name && (node == "" || node == v.Node) {
			found = append(found, v)
		}
	}
	return found, nil
}

func (f *fakeCluster) Cleanup(_ context.Context, c api.Cleanup) error {
	call := "cleanup " + c.Resource + " on " + c.Node
	if c.Operation != "" {
		call += " " + c.Operation + "/" + c.Interval
	}
	if c.FailedOnly {
		call += " failed"
	}
	f.calls = append(f.calls, call)
	return nil
}

func (f *fakeCluster) Fence(_ context.Context, r api.Fence) error {
	if r.Node == "nope" {
		return cib.Errorf(exit.NoSuch, "no device can fence nope")
	}
	call := r.Action + " " + r.Node + " by " + r.Client + " within " + r.Timeout.String()
	if r.Confirm {
		call = "confirm " + call
	}
	f.calls = append(f.calls, call)
	return nil
}

func (f *fakeCluster) FencingHistory(context.Context) ([]api.FenceEvent, error) {
	at := time.Unix(1795336723, 0)
	return []api.FenceEvent{
		{Action: "reboot", Target: "node3", Client: "pacemaker-controld.124", Origin: "node1", Status: "pending"},
		{Action: "reboot", Target: "node2", Client: "pacemaker-controld.124", Origin: "node3", Delegate: "node1", Status: "success", Completed: at},
		{Action: "off", Target: "nope", Client: "stonith_admin.9037", Origin: "node1", Status: "failed", Completed: at.Add(-time.Hour)},
		{Action: "on", Target: "node2", Client: "stonith_admin.38323", Origin: "node1", Delegate: "node2", Status: "success", Completed: at.Add(-2 * time.Hour)},
	}, nil
}

func (f *fakeCluster) RemoveNode(_ context.Context, name string) error {
	f.calls = append(f.calls, "remove "+name)
	return nil
}

func (f *fakeCluster) Shutdown(context.Context) error {
	f.calls = append(f.calls, "shutdown")
	return nil
}

// The optional parts.

func (f *fakeCluster) Reload(context.Context) error { f.calls = append(f.calls, "reload"); return nil }
func (f *fakeCluster) ReopenLogs(context.Context) error {
	f.calls = append(f.calls, "reopen")
	return nil
}
func (f *fakeCluster) KillNode(_ context.Context, id uint32) error {
	if id > 3 {
		return cib.Errorf(exit.NoSuch, "no member has that id")
	}
	f.calls = append(f.calls, "kill")
	return nil
}
func (f *fakeCluster) SetExpectedVotes(_ context.Context, votes int) error {
	if votes < 3 {
		return cib.Errorf(exit.InvalidParam, "3 votes are there")
	}
	f.calls = append(f.calls, "expected votes")
	return nil
}
func (f *fakeCluster) SetVotes(_ context.Context, id uint32, votes int) error {
	if id > 3 {
		return cib.Errorf(exit.NoSuch, "no node has that id")
	}
	f.calls = append(f.calls, "votes")
	return nil
}
func (f *fakeCluster) Fail(_ context.Context, resource, node string) error {
	f.calls = append(f.calls, "fail "+resource+" on "+node)
	return nil
}
func (f *fakeCluster) Devices(_ context.Context, target string) ([]string, error) {
	if target == "node2" {
		return []string{"f1", "f3"}, nil
	}
	return []string{"f1", "f2", "f3"}, nil
}
func (f *fakeCluster) Targets(context.Context, string) ([]string, error) {
	return []string{"node1", "node2", "node3"}, nil
}
func (f *fakeCluster) CheckDevice(_ context.Context, device string) error {
	if device != "f1" {
		return cib.Errorf(exit.NoSuch, "%s is not registered", device)
	}
	return nil
}
func (f *fakeCluster) ForgetFencing(_ context.Context, node string) error {
	f.calls = append(f.calls, "forget "+node)
	return nil
}

var (
	_ api.Cluster = (*fakeCluster)(nil)
	_ api.Control = (*fakeCluster)(nil)
	_ api.Fencer  = (*fakeCluster)(nil)
)

func newFake(scene, file string) *fakeCluster {
	return &fakeCluster{File: backend.File{Path: file}, scene: scene,
		cmap: []api.CmapEntry{{Key: "totem.version", Type: "u32", Value: "2"}, {Key: "totem.token", Type: "u32", Value: "3000"},
			{Key: "totem.token_warning", Type: "u32", Value: "75"}, {Key: "nodelist.local_node_pos", Type: "u32", Value: "0"},
			{Key: "resources.system.load_15min.current", Type: "dbl", Value: "1.5"}, {Key: "test.bin", Type: "bin", Value: "ab\x01c"},
			{Key: "test.none", Type: "bin"}, {Key: "stats.srp.gather_entered", Type: "u64", Value: "1"},
			{Key: "totem.cluster_name", Type: "str", Value: "peer"}},
		attrs: []attribute.Value{{Node: "node3", Name: "u1", Value: "6"}, {Node: "node1", Name: "u1", Value: ""}, {Node: "node1", Name: "evacuate", Value: "yes"}},
	}
}
