package shell

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"quorate/ra"
)

// staging gives the configuration as it is being edited, for completion.
func (s *Session) staging(ctx context.Context) *confEdit {
	if s.buffer != nil {
		return newConfEdit(s.buffer.Document().Root())
	}
	e, err := s.reading(ctx)
	if err != nil {
		return newConfEdit(etree.NewElement("cib"))
	}
	return e
}

// objectTags are the elements that the configure level shows as objects, with the word it calls them.
var objectTags = map[string]string{
	"primitive": "primitive", "group": "group", "clone": "clone", "master": "ms", "bundle": "bundle", "template": "rsc_template",
	"rsc_location": "location", "rsc_colocation": "colocation", "rsc_order": "order", "rsc_ticket": "rsc_ticket",
	"cluster_property_set": "property", "tag": "tag", "acl_role": "role", "acl_target": "acl_target", "alert": "alert", "node": "node",
}

// objectCandidates lists the objects of the configuration whose element is one of tags, or all of them.
func (e *confEdit) objectCandidates(tags ...string) []Candidate {
	var found []Candidate
	var walk func(*etree.Element)
	walk = func(el *etree.Element) {
		for _, c := range el.ChildElements() {
			word, known := objectTags[c.Tag]
			if known && (len(tags) == 0 || contains(tags, c.Tag)) {
				name := idOf(c)
				if c.Tag == "node" {
					name = c.SelectAttrValue("uname", name)
				}
				found = append(found, Candidate{Text: name, Help: word})
			}
			walk(c)
		}
	}
	if conf := e.root.SelectElement("configuration"); conf != nil {
		walk(conf)
	}
	return found
}

func completeObjects(ctx context.Context, s *Session, _ []string) []Candidate {
	return s.staging(ctx).objectCandidates()
}

func completeObjectsOf(tags ...string) Completer {
	return func(ctx context.Context, s *Session, _ []string) []Candidate {
		return s.staging(ctx).objectCandidates(tags...)
	}
}

func completeShowSpecs(ctx context.Context, s *Session, _ []string) []Candidate {
	e := s.staging(ctx)
	found := append(candidates("xml", "changed", "related:", "obscure:"), e.objectCandidates()...)
	for _, st := range statements {
		found = append(found, Candidate{Text: "type:" + st.name})
	}
	for _, t := range e.objectCandidates("tag") {
		found = append(found, Candidate{Text: "tag:" + t.Text})
	}
	return found
}

// completeProperties completes the names of cluster properties, each with suffix.
func completeProperties(suffix string) Completer {
	return func(context.Context, *Session, []string) []Candidate {
		return parameterNames(&ra.Metadata{Parameters: ra.Properties()}, suffix)
	}
}

// argumentCompleters complete the arguments of a statement: those at a place, and all further ones.
type argumentCompleters struct {
	at   []Completer // nil: a new name, nothing to propose
	then Completer
}

// anyResource completes what a constraint may be about.
var anyResource = completeObjectsOf("primitive", "group", "clone", "master", "bundle")

// statementCompletion has the arguments of every statement that has something to propose.
var statementCompletion = map[string]argumentCompleters{
	"primitive":    {[]Completer{nil, completeTypes}, completeBody},
	"rsc_template": {[]Completer{nil, completeTypes}, completeBody},
	"group":        {[]Completer{nil}, either(completeFree("primitive"), completeMeta)},
	"clone":        {[]Completer{nil, completeFree("primitive", "group")}, completeMeta},
	"ms":           {[]Completer{nil, completeFree("primitive", "group")}, completeMeta},
	"bundle": {[]Completer{nil, fixed("docker", "podman")},
		fixed("network", "port-mapping", "storage", "storage-mapping", "primitive", "meta", "image=", "replicas=")},
	"monitor":          {[]Completer{completeObjectsOf("primitive")}, nil},
	"location":         {[]Completer{nil, anyResource}, either(fixed("inf:", "-inf:", "rule", "role=", "resource-discovery="), completeNodes)},
	"colocation":       {[]Completer{nil, fixed("inf:", "-inf:")}, anyResource},
	"order":            {[]Completer{nil, either(fixed("Mandatory:", "Optional:", "Serialize:"), anyResource)}, either(anyResource, fixed("symmetrical="))},
	"rsc_ticket":       {[]Completer{nil, nil}, either(anyResource, fixed("loss-policy="))},
	"property":         {nil, either(completeProperties("="), completePropertyValue)},
	"rsc_defaults":     {nil, metaNames},
	"op_defaults":      {nil, opNames},
	"fencing_topology": {nil, completeTopology},
	"tag":              {[]Completer{nil}, completeObjects},
	"node":             {[]Completer{completeNodes}, fixed("attributes", "utilization")},
	"acl_target":       {[]Completer{nil}, completeObjectsOf("acl_role")},
	"role":             {[]Completer{nil}, fixed("read", "write", "deny", "xpath:", "ref:", "type:", "attr:", "meta:", "params:", "property", "node", "status", "cib")},
	"alert":            {[]Completer{nil, completeFiles}, fixed("attributes", "meta", "select", "to")},
}

// completeStatement completes the arguments of a statement by their place and by the keyword before.
func completeStatement(keyword string) Completer {
	c := statementCompletion[keyword]
	return func(ctx context.Context, s *Session, args []string) []Candidate {
		complete := c.then
		if len(args) <= len(c.at) {
			complete = c.at[len(args)-1]
		}
		if complete == nil {
			return nil
		}
		return complete(ctx, s, args)
	}
}

// completeTypes completes the type of a primitive: an agent or a template.
func completeTypes(ctx context.Context, s *Session, args []string) []Candidate {
	found := completeAgents(ctx, s, args)
	for _, t := range s.staging(ctx).objectCandidates("template") {
		found = append(found, Candidate{Text: "@" + t.Text, Help: "template"})
	}
	return found
}

func metaNames(context.Context, *Session, []string) []Candidate {
	return parameterNames(ra.MetaAttributes(), "=")
}

func opNames(context.Context, *Session, []string) []Candidate {
	return parameterNames(ra.OpAttributes(), "=")
}

// completeMeta completes what follows the members of a container.
func completeMeta(ctx context.Context, s *Session, args []string) []Candidate {
	keyword, section := lastSection(args, "meta", "params")
	if keyword != "meta" {
		return candidates("meta", "params")
	}
	return withoutUsed(append(metaNames(ctx, s, args), parameterNames(ra.CloneAttributes(), "=")...), section)
}

// lastSection returns which of the words stands last among the finished arguments, and the arguments behind it.
func lastSection(args []string, words ...string) (string, []string) {
	for i := len(args) - 2; i >= 0; i-- {
		if contains(words, args[i]) {
			return args[i], args[i+1:]
		}
	}
	return "", args
}

// withoutUsed drops "name=" and "name=value" candidates whose name has a value already.
func withoutUsed(found []Candidate, args []string) []Candidate {
	return slices.DeleteFunc(found, func(c Candidate) bool {
		name, _, assigns := strings.Cut(c.Text, "=")
		return assigns && slices.ContainsFunc(args[:len(args)-1], func(a string) bool { return strings.HasPrefix(a, name+"=") })
	})
}

// completeBody completes what follows the type of a primitive.
func completeBody(ctx context.Context, s *Session, args []string) []Candidate {
	parts := candidates("params", "meta", "utilization", "operations", "op")
	agent, known := s.agentOf(ctx, args[1])
	keyword, section := lastSection(args, "params", "meta", "utilization", "op")
	switch keyword {
	case "params":
		if !known {
			return parts
		}
		return append(withoutUsed(parameterNames(agent, "="), section), parts...)
	case "meta":
		return append(withoutUsed(metaNames(ctx, s, args), section), parts...)
	case "op":
		return completeOp(agent, section, parts)
	}
	return parts
}

// completeOp completes the name of an operation, then its attributes with the values that the agent advises. section is what
// follows the word "op".
func completeOp(agent *ra.Metadata, section []string, parts []Candidate) []Candidate {
	if len(section) == 1 {
		found := candidates("start", "stop", "monitor", "promote", "demote", "migrate_to", "migrate_from", "notify")
		if agent == nil {
			return found
		}
		found = found[:0]
		for _, a := range agent.Actions {
			if a.Name != "meta-data" && a.Name != "validate-all" {
				found = append(found, Candidate{Text: a.Name})
			}
		}
		return found
	}
	found := candidates("interval=", "timeout=", "on-fail=", "role=", "start-delay=", "enabled=")
	if agent != nil {
		for _, a := range agent.Actions {
			if a.Name == section[0] {
				found = append(found, adviceFor(a)...)
			}
		}
	}
	return append(withoutUsed(found, section), parts...)
}

func adviceFor(a ra.Action) []Candidate {
	var found []Candidate
	for name, value := range map[string]string{"timeout": a.Timeout, "interval": a.Interval} {
		if value != "" {
			found = append(found, Candidate{Text: fmt.Sprintf("%s=%s", name, value), Help: "advised"})
		}
	}
	return found
}

// agentOf returns the metadata of the agent, or of the agent of the template, that a primitive is of.
func (s *Session) agentOf(ctx context.Context, spec string) (*ra.Metadata, bool) {
	if template, ok := strings.CutPrefix(spec, "@"); ok {
		like := etree.NewElement("primitive")
		like.CreateAttr("template", template)
		m, err := ra.Meta(ctx, s.staging(ctx).agentOf(like))
		return m, err == nil
	}
	a, err := ra.ParseSpec(spec)
	if err != nil {
		return nil, false
	}
	m, err := ra.Meta(ctx, a)
	return m, err == nil
}

// completeFree offers resources that are no member of anything.
func completeFree(tags ...string) Completer {
	return func(ctx context.Context, s *Session, args []string) []Candidate {
		var found []Candidate
		for _, c := range s.staging(ctx).section("resources").ChildElements() {
			if contains(tags, c.Tag) && !contains(args[:len(args)-1], idOf(c)) {
				found = append(found, Candidate{Text: idOf(c), Help: c.Tag})
			}
		}
		return found
	}
}

// completePropertyValue offers the values of a property once its "name=" is there.
func completePropertyValue(_ context.Context, _ *Session, args []string) []Candidate {
	name, _, ok := strings.Cut(args[len(args)-1], "=")
	if !ok {
		return nil
	}
	p := ra.Property(name)
	if p == nil {
		return nil
	}
	values := p.Values
	if p.Type == "boolean" {
		values = []string{"true", "false"}
	}
	var found []Candidate
	for _, v := range values {
		found = append(found, Candidate{Text: name + "=" + v, Help: p.ShortDesc})
	}
	return found
}

func completeTopology(ctx context.Context, s *Session, _ []string) []Candidate {
	e := s.staging(ctx)
	var found []Candidate
	for _, n := range e.nodeNames() {
		found = append(found, Candidate{Text: n + ":", Help: "node"})
	}
	walkResources(e.section("resources"), func(r *etree.Element) {
		if r.SelectAttrValue("class", "") == "stonith" {
			found = append(found, Candidate{Text: idOf(r), Help: r.SelectAttrValue("type", "")})
		}
	})
	return found
}
