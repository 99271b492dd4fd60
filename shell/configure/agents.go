package configure

import (
	"context"
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"quorate/grammar"
	"quorate/ra"
)

// RealAgents asks the agents of this machine.
type RealAgents struct{}

// Meta returns the agent's metadata.
func (RealAgents) Meta(ctx context.Context, a ra.Agent) (*ra.Metadata, error) { return ra.Meta(ctx, a) }

// Provider prefers heartbeat, then pacemaker, then the first provider that has the agent.
func (RealAgents) Provider(typ string) string {
	provs := ra.ProvidersOf(typ)
	for _, p := range []string{"heartbeat", "pacemaker"} {
		for _, q := range provs {
			if p == q {
				return p
			}
		}
	}
	if len(provs) > 0 {
		return provs[0]
	}
	return "heartbeat"
}

// Similar returns the installed agent of the same class whose name is nearest to a's, "" if none is near.
func (RealAgents) Similar(a ra.Agent) string {
	c, ok := ra.Lookup(a.Class)
	if !ok {
		return grammar.Nearest(a.Class, ra.Classes())
	}
	names, err := c.List("")
	if err != nil {
		return ""
	}
	return grammar.Nearest(a.Type, names)
}

// similar asks the agents for a near miss, where they know.
func (b *Buffer) similar(a ra.Agent) string {
	if s, ok := b.opt.Agents.(interface{ Similar(ra.Agent) string }); ok {
		if near := s.Similar(a); near != "" {
			return fmt.Sprintf(" (did you mean %q?)", near)
		}
	}
	return ""
}

type metaResult struct {
	meta *ra.Metadata
	err  error
}

// providerOf is Agents.Provider, remembered.
func (b *Buffer) providerOf(typ string) string {
	if b.opt.Agents == nil {
		return "heartbeat"
	}
	p, ok := b.provider[typ]
	if !ok {
		p = b.opt.Agents.Provider(typ)
		b.provider[typ] = p
	}
	return p
}

// agentOf is the agent of a primitive or template; a primitive made from a template has the template's.
func (b *Buffer) agentOf(e *etree.Element) (ra.Agent, bool) {
	if t := attr(e, "template"); t != "" {
		e = b.ids[t]
		if e == nil || e.Tag != "template" {
			return ra.Agent{}, false
		}
	}
	return ra.Agent{Class: attr(e, "class"), Provider: attr(e, "provider"), Type: attr(e, "type")}, true
}

// meta returns an agent's metadata, nil where it could not be had.
func (b *Buffer) meta(a ra.Agent) *ra.Metadata {
	if b.opt.Agents == nil {
		return nil
	}
	r, ok := b.metas[a]
	if !ok {
		r.meta, r.err = b.opt.Agents.Meta(context.Background(), a)
		b.metas[a] = r
	}
	return r.meta
}

// renameParameters writes "_" for "-" in the names of parameters that the agent knows only that way.
func (b *Buffer) renameParameters(e *etree.Element) {
	if e.Tag != "primitive" && e.Tag != "template" {
		return
	}
	a, ok := b.agentOf(e)
	if !ok {
		return
	}
	for _, nv := range e.FindElements("instance_attributes/nvpair") {
		n := nv.SelectAttr("name")
		if n == nil || !strings.Contains(n.Value, "-") {
			continue
		}
		m := b.meta(a)
		if m == nil {
			return
		}
		if under := strings.ReplaceAll(n.Value, "-", "_"); m.Parameter(n.Value) == nil && m.Parameter(under) != nil {
			n.Value = under
		}
	}
}
