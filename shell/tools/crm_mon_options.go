package tools

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"quorate/engine/rule"
	"quorate/shell/status"
)

// configure reads the options from left to right; sections start from what the format shows by itself.
func (m *monitor) configure() error {
	for _, f := range m.flags {
		if err := m.output(f); err != nil {
			return err
		}
	}
	m.once = m.once || m.format == "html" && m.to == "" // several pages on one stream are none
	m.show = m.usual()
	if m.has("quiet") {
		m.show &^= status.Times
	}
	if m.isXML() {
		m.level = 3
		m.options.Inactive, m.options.Timing = true, true
	}
	for _, f := range m.flags {
		if err := m.section(f); err != nil {
			return err
		}
	}
	m.options.Inactive = m.options.Inactive || m.has("inactive")
	m.options.ByNode, m.options.Brief = m.has("group-by-node"), m.has("brief")
	m.options.Detail = m.has("show-detail") || m.isXML()
	m.options.Pending = true
	m.options.Timing = m.options.Timing || m.has("timing-details")
	return nil
}

func (m *monitor) isXML() bool { return m.format == "xml" || m.format == "as-xml" }

// usual is what the format shows by itself.
func (m *monitor) usual() status.Section {
	if m.isXML() {
		return status.All
	}
	return status.TextDefault
}

// everything is what "all" means in the format.
func (m *monitor) everything() status.Section {
	if m.isXML() {
		return status.All
	}
	return status.AllText
}

// output takes the options about form and place.
func (m *monitor) output(f flag) error {
	switch f.name {
	case "format":
		switch f.value {
		case "xml", "html":
			if m.format != "as-xml" {
				m.format = f.value
			}
		}
		m.once = m.once || f.value == "xml"
	case "destination":
		m.to = f.value
		if f.value == "-" {
			m.to = ""
		}
	case "as-html":
		m.format, m.to = "html", f.value
	case "as-xml":
		m.format, m.once = "as-xml", true
	case "web-cgi":
		m.format, m.cgi, m.once = "html", true, true
	case "html-cgi":
		m.cgi = true
	case "simple-status":
		m.simple, m.once = true, true
	case "interval":
		d, ok := rule.ParseInterval(f.value)
		if !ok || d <= 0 {
			return fmt.Errorf("Invalid value for -i: %s", f.value)
		}
		m.interval = d
	}
	return nil
}

// section takes the options that add or remove a section.
func (m *monitor) section(f flag) error {
	single := map[string]status.Section{"failcounts": status.FailCounts, "operations": status.Operations, "tickets": status.Tickets,
		"show-node-attributes": status.Attributes, "neg-locations": status.Bans, "timing-details": status.Operations}
	if s, ok := single[f.name]; ok {
		m.show |= s
	}
	switch f.name {
	case "neg-locations":
		m.options.BanPrefix = f.value
	case "hide-headers":
		m.show &^= status.SummarySections
	case "fence-history":
		return m.fenceHistory(f.value)
	case "include":
		return m.sections(f, func(s status.Section) { m.show |= s })
	case "exclude":
		return m.sections(f, func(s status.Section) { m.show &^= s })
	}
	return nil
}

func (m *monitor) fenceHistory(level string) error {
	n, err := strconv.Atoi(level)
	if level == "" {
		n, err = 2, nil
	}
	if err != nil || n < 0 || n > 3 {
		return errors.New("Fence history must be 0-3")
	}
	m.level = n
	m.show &^= status.Fencing
	m.show |= [...]status.Section{0, status.FencingFailed | status.FencingPending, status.Fencing, status.Fencing}[n]
	return nil
}

// sections reads a list of sections of --include or --exclude.
func (m *monitor) sections(f flag, apply func(status.Section)) error {
	for _, name := range strings.Split(f.value, ",") {
		base, prefix, _ := strings.Cut(name, ":")
		if s, ok := status.ParseSection(base); ok {
			if s == status.All && f.name == "include" {
				s = m.everything()
			}
			apply(s)
			if s == status.Bans {
				m.options.BanPrefix = prefix
			}
			continue
		}
		switch {
		case base == "none" && f.name == "include":
			m.show = 0
		case base == "none":
			m.show = m.everything()
		case base == "default" && f.name == "include":
			m.show |= m.usual()
		default:
			return fmt.Errorf("--%s options: %s", f.name, strings.Join(status.SectionNames(), ", "))
		}
	}
	return nil
}
