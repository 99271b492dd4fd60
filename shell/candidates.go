package shell

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/beevik/etree"

	"quorate/ra"
)

// The completers of this file know the words that come from outside the tables: from the configuration,
// from the agents of this machine, from the file system. Where something cannot be read they give
// nothing: a press of Tab is no place for errors.

func completeResources(ctx context.Context, s *Session, _ []string) []Candidate {
	e, err := s.reading(ctx)
	if err != nil {
		return nil
	}
	var found []Candidate
	walkResources(e.section("resources"), func(r *etree.Element) {
		found = append(found, Candidate{Text: idOf(r), Help: r.Tag})
	})
	return found
}

func completeNodes(ctx context.Context, s *Session, _ []string) []Candidate {
	e, err := s.reading(ctx)
	if err != nil {
		return nil
	}
	var found []Candidate
	for _, n := range e.nodeNames() {
		found = append(found, Candidate{Text: n, Help: "node"})
	}
	return found
}

func completeNodeAttributes(ctx context.Context, s *Session, args []string) []Candidate {
	e, err := s.reading(ctx)
	if err != nil {
		return nil
	}
	n := e.node(args[0])
	if n == nil {
		return nil
	}
	var found []Candidate
	for _, nv := range n.FindElements("*/nvpair") {
		found = append(found, Candidate{Text: nv.SelectAttrValue("name", ""), Help: "is " + nv.SelectAttrValue("value", "")})
	}
	return found
}

// completeAttributeNames completes the name in "param <resource> set <name>".
func completeAttributeNames(setTag string) Completer {
	return func(ctx context.Context, s *Session, args []string) []Candidate {
		e, err := s.reading(ctx)
		if err != nil {
			return nil
		}
		r := e.resource(args[0])
		if r == nil {
			return nil
		}
		var found []Candidate
		for _, nv := range r.FindElements(setTag + "/nvpair") {
			found = append(found, Candidate{Text: nv.SelectAttrValue("name", ""), Help: "is " + nv.SelectAttrValue("value", "")})
		}
		if args[1] != "set" {
			return found
		}
		switch setTag {
		case metaAttributes:
			found = append(found, parameterNames(ra.MetaAttributes(), "")...)
		case instanceAttributes:
			if m, err := ra.Meta(ctx, e.agentOf(r)); err == nil {
				found = append(found, parameterNames(m, "")...)
			}
		}
		return found
	}
}

// parameterNames turns parameters into candidates, with suffix behind each name. Required ones say so.
func parameterNames(m *ra.Metadata, suffix string) []Candidate {
	var found []Candidate
	for _, p := range m.Parameters {
		help := p.ShortDesc
		if p.Required {
			help = "(required) " + help
		}
		found = append(found, Candidate{Text: p.Name + suffix, Help: help, Open: suffix != "", First: p.Required})
	}
	return found
}

var completeOperations = fixed("start", "stop", "monitor", "promote", "demote", "probe")

func completeClasses(context.Context, *Session, []string) []Candidate {
	var found []Candidate
	for _, c := range ra.Classes() {
		found = append(found, Candidate{Text: c})
	}
	return found
}

func completeProviders(_ context.Context, _ *Session, args []string) []Candidate {
	var found []Candidate
	if c, ok := ra.Lookup(args[0]); ok {
		for _, p := range c.Providers() {
			found = append(found, Candidate{Text: p})
		}
	}
	return found
}

func completeAgentTypes(context.Context, *Session, []string) []Candidate {
	c, ok := ra.Lookup("ocf")
	if !ok {
		return nil
	}
	types, err := c.List("")
	if err != nil {
		return nil
	}
	return candidates(types...)
}

// completeAgents completes an agent part by part: "ocf:", "ocf:heartbeat:", "ocf:heartbeat:IPaddr2".
func completeAgents(_ context.Context, _ *Session, args []string) []Candidate {
	partial := args[len(args)-1]
	parts := strings.Split(partial, ":")
	class, ok := ra.Lookup(parts[0])
	if len(parts) == 1 || !ok {
		var found []Candidate
		for _, c := range ra.Classes() {
			found = append(found, Candidate{Text: c + ":", Open: true})
		}
		return found
	}
	if providers := class.Providers(); len(providers) > 0 && len(parts) == 2 {
		var found []Candidate
		for _, p := range providers {
			found = append(found, Candidate{Text: parts[0] + ":" + p + ":", Open: true})
		}
		return found
	}
	prefix, provider := parts[0]+":", ""
	if len(parts) > 2 {
		provider = parts[1]
		prefix += provider + ":"
	}
	types, err := class.List(provider)
	if err != nil {
		return nil
	}
	var found []Candidate
	for _, t := range types {
		found = append(found, Candidate{Text: prefix + t})
	}
	return found
}

// completeParametersOfFirst completes "name=" of the agent that is the first argument.
func completeParametersOfFirst(ctx context.Context, _ *Session, args []string) []Candidate {
	a, err := ra.ParseSpec(args[0])
	if err != nil {
		return nil
	}
	m, err := ra.Meta(ctx, a)
	if err != nil {
		return nil
	}
	return parameterNames(m, "=")
}

func completeShadows(_ context.Context, s *Session, _ []string) []Candidate {
	names, err := s.target.Shadows()
	if err != nil {
		return nil
	}
	return candidates(names...)
}

// completeFiles completes a path.
func completeFiles(_ context.Context, _ *Session, args []string) []Candidate {
	matches, err := filepath.Glob(args[len(args)-1] + "*")
	if err != nil {
		return nil
	}
	var found []Candidate
	for _, m := range matches {
		if info, err := os.Stat(m); err == nil && info.IsDir() {
			found = append(found, Candidate{Text: m + "/", Open: true})
			continue
		}
		found = append(found, Candidate{Text: m})
	}
	return found
}
