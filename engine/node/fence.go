package node

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"quorate/engine/cib"
	"quorate/engine/fencing"
	"quorate/engine/replica"
	"quorate/ra"
)

// fencer gives the fencing rules of this node their clock and their agents. Agents run on the node that the rules
// choose, over the nodes' own API.
type fencer struct {
	e       *Engine
	mu      sync.Mutex
	machine *fencing.Machine
	timer   *time.Timer
	next    int
	waiting map[int]chan fencing.Done
}

func newFencer(e *Engine) *fencer {
	f := &fencer{e: e, machine: fencing.NewMachine(), waiting: map[int]chan fencing.Done{}}
	f.timer = time.AfterFunc(time.Hour, func() { f.step(fencing.Now{At: time.Now()}) })
	return f
}

// start fences in the background and posts the outcome.
func (f *fencer) start(req Fence) {
	members := f.members(f.e.core.State().Members, req.CIB)
	go func() {
		done := f.fence(f.e.work, req.CIB, members, fencing.Request{Target: req.Target, Action: req.Action, Client: "quorate"})
		f.e.post(FenceDone{ID: req.ID, OK: done.OK, Reason: done.Event.Reason, Delegate: done.Event.Delegate})
	}()
}

// request fences a node for somebody outside and waits for the outcome.
func (f *fencer) request(ctx context.Context, r fencing.Request) (fencing.Done, error) {
	var doc *cib.Document
	var nodes []fencing.Node
	err := f.e.ask(ctx, func(c *Core) {
		doc = c.State().CIB.Copy()
		nodes = f.members(c.State().Members, doc)
	})
	if err != nil {
		return fencing.Done{}, err
	}
	return f.fence(ctx, doc, nodes, r), nil
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

// fence brings the rules up to date and waits until they have an answer.
func (f *fencer) fence(ctx context.Context, doc *cib.Document, nodes []fencing.Node, r fencing.Request) fencing.Done {
	now := time.Now()
	f.mu.Lock()
	f.next++
	r.ID, r.At, r.Origin, r.Random = f.next, now, f.e.core.cfg.Name, rand.Uint64()
	answer := make(chan fencing.Done, 1)
	f.waiting[r.ID] = answer
	f.mu.Unlock()
	f.step(fencing.Configure{Config: fencing.Read(doc, now, fenceMetadata(ctx)), At: now})
	f.step(fencing.View{Nodes: nodes, At: now})
	f.step(r)
	select {
	case done := <-answer:
		return done
	case <-ctx.Done():
		return fencing.Done{Event: fencing.Record{Reason: "the engine is ending"}}
	}
}

// fenceMetadata asks fence agents what they can do.
func fenceMetadata(ctx context.Context) func(string) *ra.Metadata {
	return func(agent string) *ra.Metadata {
		m, _ := ra.Meta(ctx, ra.Agent{Class: "stonith", Type: agent}) // one that is not installed is taken for a usual one
		return m
	}
}

func (f *fencer) step(ev fencing.Event) {
	f.mu.Lock()
	effects := f.machine.Step(ev)
	f.mu.Unlock()
	for _, effect := range effects {
		switch e := effect.(type) {
		case fencing.RunAgent:
			go func() { f.step(f.run(e)) }()
		case fencing.Done:
			f.answer(e)
		case fencing.WakeAt:
			f.timer.Reset(time.Until(e.At))
		case fencing.Note:
			f.e.set.Log.Info(e.Text, "kind", "fencing")
		}
	}
}

func (f *fencer) answer(d fencing.Done) {
	f.mu.Lock()
	ch := f.waiting[d.ID]
	delete(f.waiting, d.ID)
	f.mu.Unlock()
	if ch != nil {
		ch <- d
	}
}

// fencePath is where a node runs a fence agent for another one.
const fencePath = "/v1/node/fence-agent"

// run runs an agent here or on another node.
func (f *fencer) run(r fencing.RunAgent) fencing.AgentResult {
	if r.Node == f.e.core.cfg.Name {
		return f.e.runner.RunFenceAgent(r)
	}
	result, err := f.runThere(r)
	if err != nil {
		return fencing.AgentResult{Run: r.Run, RC: -1, Reason: fmt.Sprintf("%s cannot run %s: %v", r.Node, r.Agent, err), At: time.Now()}
	}
	result.At = time.Now()
	return result
}

func (f *fencer) runThere(r fencing.RunAgent) (result fencing.AgentResult, err error) {
	p, ok := f.e.core.peerNamed(r.Node)
	if !ok {
		return result, fmt.Errorf("it is not known")
	}
	body, err := json.Marshal(r)
	if err != nil {
		return result, err
	}
	client := http.Client{Timeout: r.Timeout + handshakeTimeout, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return f.e.dial(ctx, p.ID, alpnAPI) }}}
	res, err := client.Post("http://node"+fencePath, "application/json", bytes.NewReader(body))
	if err != nil {
		return result, err
	}
	defer res.Body.Close()
	return result, json.NewDecoder(res.Body).Decode(&result)
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
