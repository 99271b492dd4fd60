package ra

import (
	"fmt"
	"strings"
)

// Info prints metadata as `crm ra info` does: title, description, parameters, advised operations.
func Info(m *Metadata) string {
	title := m.Agent.String()
	if m.ShortDesc != "" {
		title = m.ShortDesc + " (" + title + ")"
	}
	sections := []string{title}
	for _, s := range []string{m.LongDesc, infoParameters(m.Parameters), infoActions(m.Actions)} {
		if s != "" {
			sections = append(sections, s)
		}
	}
	return strings.Join(sections, "\n\n") + "\n"
}

func infoParameters(list []Parameter) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("Parameters (*: required, []: default):\n\n")
	for i := range list {
		b.WriteString(ParameterInfo(&list[i]))
	}
	return strings.TrimRight(b.String(), " \n")
}

// ParameterInfo prints one parameter as Info does; the completion shows it as help.
func ParameterInfo(p *Parameter) string {
	var b strings.Builder
	b.WriteString(p.Name)
	if p.Required {
		b.WriteByte('*')
	}
	kind := p.Type
	if kind == "" {
		kind = "string"
	}
	b.WriteString(" (" + kind)
	if p.Default != "" {
		b.WriteString(", [" + p.Default + "]")
	}
	short := advice(p) + p.ShortDesc
	if short == p.LongDesc || short == p.Name {
		short = ""
	}
	b.WriteString("): " + short + "\n")
	if p.LongDesc != "" {
		b.WriteString("    " + strings.ReplaceAll(p.LongDesc, "\n", "\n    ") + "\n\n")
	}
	return b.String()
}

// advice is the warning before the words of a parameter that few should touch.
func advice(p *Parameter) string {
	if p.Advanced {
		return "*** Advanced use only *** "
	}
	return ""
}

// hidden actions are the agent's business with the cluster, not an administrator's.
var hidden = map[string]bool{"meta-data": true, "validate-all": true}

func infoActions(list []Action) string {
	rows := []string{"Operations' defaults (advisory minimum):\n"}
	for _, a := range list {
		if hidden[a.Name] {
			continue
		}
		row := fmt.Sprintf("    %-13s", a.Name)
		for _, at := range a.Advice() {
			row += " " + at.Name + "=" + at.Value
		}
		rows = append(rows, row)
	}
	if len(rows) == 1 {
		return ""
	}
	return strings.Join(rows, "\n")
}
