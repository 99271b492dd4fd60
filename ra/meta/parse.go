package meta

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The shapes of the XML. Attributes that several generations of agents spell differently are all read.
type xmlAgent struct {
	Name       string         `xml:"name,attr"`
	VersionAt  string         `xml:"version,attr"`
	Version    string         `xml:"version"`
	LongDesc   []xmlText      `xml:"longdesc"`
	ShortDesc  []xmlText      `xml:"shortdesc"`
	Parameters []xmlParameter `xml:"parameters>parameter"`
	Actions    []xmlAction    `xml:"actions>action"`
}

type xmlText struct {
	Lang string `xml:"lang,attr,omitempty"`
	Text string `xml:",chardata"`
}

type xmlParameter struct {
	Name         string         `xml:"name,attr"`
	Unique       string         `xml:"unique,attr,omitempty"`
	UniqueGroup  string         `xml:"unique-group,attr,omitempty"`
	Required     string         `xml:"required,attr,omitempty"`
	Reloadable   string         `xml:"reloadable,attr,omitempty"`
	Private      string         `xml:"private,attr,omitempty"`
	DeprecatedAt string         `xml:"deprecated,attr,omitempty"`
	Obsoletes    string         `xml:"obsoletes,attr,omitempty"`
	Deprecated   *xmlDeprecated `xml:"deprecated"`
	LongDesc     []xmlText      `xml:"longdesc"`
	ShortDesc    []xmlText      `xml:"shortdesc"`
	Content      xmlContent     `xml:"content"`
}

type xmlDeprecated struct {
	ReplacedWith []struct {
		Name string `xml:"name,attr"`
	} `xml:"replaced-with"`
}

type xmlContent struct {
	Type    string      `xml:"type,attr"`
	Default *string     `xml:"default,attr"`
	Options []xmlOption `xml:"option"`
}

type xmlOption struct {
	Value string `xml:"value,attr"`
}

type xmlAction struct {
	Attrs []xml.Attr `xml:",any,attr"`
}

// Parse reads the XML that an agent prints. Its type name is a's: agents of several names share one text.
func Parse(a Agent, text []byte) (*Metadata, error) {
	var x xmlAgent
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = false // agents' descriptions hold stray "&" and HTML entities
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	if err := d.Decode(&x); err != nil {
		return nil, fmt.Errorf("metadata of %s: %w", a, err)
	}
	m := &Metadata{Agent: a, Version: x.Version, ShortDesc: description(x.ShortDesc), LongDesc: description(x.LongDesc)}
	if m.Version == "" {
		m.Version = x.VersionAt
	}
	for _, p := range x.Parameters {
		if p.Name != "" {
			m.Parameters = append(m.Parameters, p.parameter())
		}
	}
	m.linkReplacements(x.Parameters)
	for _, at := range x.Actions {
		m.Actions = append(m.Actions, at.action())
	}
	return m, nil
}

func (p xmlParameter) parameter() Parameter {
	out := Parameter{
		Name: p.Name, Type: p.Content.Type, Required: truth(p.Required), Unique: truth(p.Unique),
		UniqueGroup: p.UniqueGroup, Reloadable: truth(p.Reloadable), Private: truth(p.Private),
		Deprecated: truth(p.DeprecatedAt) || p.Deprecated != nil,
		ShortDesc:  description(p.ShortDesc), LongDesc: description(p.LongDesc),
	}
	if out.UniqueGroup != "" {
		out.Unique = true
	}
	if p.Content.Default != nil {
		out.Default, out.HasDefault = *p.Content.Default, true
	}
	for _, o := range p.Content.Options {
		out.Values = append(out.Values, o.Value)
	}
	if p.Deprecated != nil {
		for _, r := range p.Deprecated.ReplacedWith {
			out.ReplacedBy = append(out.ReplacedBy, r.Name)
		}
	}
	return out
}

// linkReplacements reads the fence agents' way, where the new parameter names the one it obsoletes.
func (m *Metadata) linkReplacements(list []xmlParameter) {
	for _, p := range list {
		if old := m.Parameter(p.Obsoletes); p.Obsoletes != "" && old != nil && len(old.ReplacedBy) == 0 {
			old.ReplacedBy = []string{p.Name}
		}
	}
}

func (x xmlAction) action() Action {
	var a Action
	fields := map[string]*string{
		"name": &a.Name, "role": &a.Role, "timeout": &a.Timeout, "interval": &a.Interval, "depth": &a.Depth,
		"start-delay": &a.StartDelay, "on_target": &a.OnTarget, "automatic": &a.Automatic,
	}
	for _, at := range x.Attrs {
		name := at.Name.Local
		if f := fields[name]; f != nil {
			*f = at.Value
		}
		if name != "name" {
			a.Attrs = append(a.Attrs, Attr{name, at.Value})
		}
	}
	return a
}

// description takes the English text, else the first, without the blanks around it.
func description(texts []xmlText) string {
	best := ""
	for i, t := range texts {
		if i == 0 || t.Lang == "en" {
			best = t.Text
		}
	}
	return strings.TrimSpace(best)
}

func truth(s string) bool {
	switch strings.ToLower(s) {
	case "1", "true", "yes", "on":
		return true
	}
	return false
}
