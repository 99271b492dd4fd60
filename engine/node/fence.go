package node

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/fencing"
	"quorate/engine/fencing/driver"
	"quorate/engine/replica"
	"quorate/ra"
)

// fencer lets the fencing rules run on this node. Agents run on the node that the rules choose, over the nodes'
// own API.
type fencer struct {
	e      *Engine
	driver *driver.Driver
}

func newFencer(e *Engine) *fencer {
	f := &fencer{e: e}
	f.driver = driver.New(driver.Config{Run: f.run, Log: func(text string) { e.set.Log.Info(text, "kind", "fencing") }})
	return f
}

// start fences in the background and posts the outcome.
func (f *fencer) start(req Fence) {
	nodes := f.members(f.e.core.State().Members, req.CIB)
	go func() {
		f.configure(f.e.work, req.CIB, nodes)
		done := f.fence(f.e.work, fencing.Request{Target: req.Target, Action: req.Action, Client: "quorate"})
		f.e.post(FenceDone{ID: req.ID, OK: done.OK, Reason: done.Event.Reason, Delegate: done.Event.Delegate})
	}()
}

// refresh tells the rules the devices and nodes as they are now.
func (f *fencer) refresh(ctx context.Context) error {
	var doc *cib.Document
	var nodes []fencing.Node
	err := f.e.ask(ctx, func(c *Core) {
		doc = c.State().CIB.Copy()
		nodes = f.members(c.State().Members, doc)
	})
	if err == nil {
		f.configure(ctx, doc, nodes)
	}
	return err
}

func (f *fencer) configure(ctx context.Context, doc *cib.Document, nodes []fencing.Node) {
	c := fencing.Read(doc, time.Now(), fenceMetadata(ctx))
	for i, n := range nodes {
		for _, d := range c.Devices {
			if runsOn(doc, n.Name, d.ID) {
				nodes[i].Devices = append(nodes[i].Devices, d.ID)
			}
		}
	}
	f.driver.Configure(c)
	f.driver.View(nodes)
}

// runsOn tells from the history whether a fence device is started on a node.
func runsOn(doc *cib.Document, node, device string) bool {
	last := cib.OpRecord{CallID: -1}
	for _, r := range doc.ResourceHistory(node, device) {
		if r.CallID > last.CallID && r.IntervalMS == 0 {
			last = r
		}
	}
	return last.CallID >= 0 && last.Operation != "stop" && last.RC == int(exit.OK)
}

// fence waits until the rules have an answer. configure comes first.
func (f *fencer) fence(ctx context.Context, r fencing.Request) fencing.Done {
	r.Origin = f.e.core.cfg.Name
	done, err := f.driver.Fence(ctx, r)
	if err != nil {
		done.Event.Reason = "nobody waited for its end: " + err.Error()
	}
	return done
}

// members lists the nodes that can run agents: those that take part, or in need this one alone.
func (f *fencer) members(members map[string]replica.Member, doc *cib.Document) []fencing.Node {
	var list []fencing.Node
	for _, p := range f.e.core.cfg.Peers {
		_, online := members[p.Name]
		_, reachable := f.e.core.up[p.ID]
		self := p.ID == f.e.core.cfg.ID
		list = append(list, fencing.Node{Name: p.Name, Online: online && reachable || self, Attributes: nodeAttributes(doc, p.Name)})
	}
	return list
}

// nodeAttributes reads the permanent attributes of a node, which fencing levels may go by.
func nodeAttributes(doc *cib.Document, name string) map[string]string {
	attrs := map[string]string{}
	section := doc.Section("nodes")
	if section == nil {
		return attrs
	}
	for _, n := range section.SelectElements("node") {
		if n.SelectAttrValue("uname", "") != name {
			continue
		}
		for _, nv := range n.FindElements("instance_attributes/nvpair") {
			attrs[nv.SelectAttrValue("name", "")] = nv.SelectAttrValue("value", "")
		}
	}
	return attrs
}

// fenceMetadata asks fence agents what they can do.
func fenceMetadata(ctx context.Context) func(string) *ra.Metadata {
	return func(agent string) *ra.Metadata {
		m, _ := ra.Meta(ctx, ra.Agent{Class: "stonith", Type: agent}) // one that is not installed is taken for a usual one
		return m
	}
}

// fencePath is where a node runs a fence agent for another one.
const fencePath = "/v1/node/fence-agent"

// run runs an agent here or on another node.
func (f *fencer) run(ctx context.Context, r fencing.RunAgent) fencing.AgentResult {
	if r.Node == f.e.core.cfg.Name {
		return f.e.runner.RunFenceAgent(r)
	}
	ctx, cancel := context.WithTimeout(ctx, r.Timeout+handshakeTimeout)
	defer cancel()
	var result fencing.AgentResult
	if err := f.e.tellNode(ctx, r.Node, fencePath, r, &result); err != nil {
		return fencing.AgentResult{RC: -1, Reason: fmt.Sprintf("%s cannot run %s: %v", r.Node, r.Agent, err)}
	}
	return result
}

// serveAgent runs a fence agent for another node.
func (f *fencer) serveAgent(w http.ResponseWriter, req *http.Request) {
	var r fencing.RunAgent
	if err := json.NewDecoder(req.Body).Decode(&r); err != nil {
		http.Error(w, "request not understood", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(f.e.runner.RunFenceAgent(r)) // a caller that has gone cannot be told
}
