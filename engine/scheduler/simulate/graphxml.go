package simulate

import (
	"bufio"
	"io"
	"sort"
	"strconv"
	"strings"

	"quorate/engine/scheduler"
)

// xmlEscape is what attribute values need.
var xmlEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\t", "&#9;", "\r", "&#13;")

// graphWriter prints elements without keeping them.
type graphWriter struct {
	*bufio.Writer
	byID map[int]*scheduler.Action
}

func (w graphWriter) attr(name, value string) {
	w.WriteString(" " + name + `="`)
	_, _ = xmlEscape.WriteString(w, value)
	w.WriteByte('"')
}

// attrIf prints an attribute that has a value.
func (w graphWriter) attrIf(name, value string) {
	if value != "" {
		w.attr(name, value)
	}
}

// WriteGraph prints a transition as XML, in the order of its actions.
func WriteGraph(out io.Writer, r *scheduler.Result) error {
	w := graphWriter{bufio.NewWriter(out), map[int]*scheduler.Action{}}
	g := r.Graph
	for _, a := range g.Actions {
		w.byID[a.ID] = a
	}
	for _, a := range g.Blocked {
		w.byID[a.ID] = a
	}
	option := func(name, otherwise string) string {
		if v, ok := r.Cluster.Options.All[name]; ok {
			return v
		}
		return otherwise
	}
	w.WriteString("<transition_graph")
	w.attr("cluster-delay", option("cluster-delay", "60s"))
	w.attr("stonith-timeout", option("stonith-timeout", "60s"))
	w.attr("failed-stop-offset", g.FailedStopOffset)
	w.attr("failed-start-offset", g.FailedStartOffset)
	w.attr("batch-limit", option("batch-limit", "0"))
	w.attr("transition_id", strconv.Itoa(g.ID))
	if g.MigrationLimit > 0 {
		w.attr("migration-limit", strconv.Itoa(g.MigrationLimit))
	}
	if !g.RecheckBy.IsZero() {
		w.attr("recheck-by", strconv.FormatInt(g.RecheckBy.Unix(), 10))
	}
	if len(g.Actions) == 0 {
		w.WriteString("/>\n")
		return w.Flush()
	}
	w.WriteString(">\n")
	for i, a := range g.Actions {
		w.synapse(i, a)
	}
	w.WriteString("</transition_graph>\n")
	return w.Flush()
}

func (w graphWriter) synapse(i int, a *scheduler.Action) {
	w.WriteString(`  <synapse id="` + strconv.Itoa(i) + `"`)
	if a.Priority > 0 {
		w.attr("priority", strconv.Itoa(a.Priority))
	}
	w.WriteString(">\n    <action_set>\n      <" + string(a.Type))
	w.head(a)
	if a.ShutdownLock > 0 { // the triggers of others do not tell it
		w.attr("shutdown-lock", strconv.FormatInt(a.ShutdownLock, 10))
	}
	w.WriteString(">\n")
	w.primitive(a.Primitive)
	w.attributes(a)
	w.effects(a)
	w.WriteString("      </" + string(a.Type) + ">\n    </action_set>\n")
	if len(a.Inputs) == 0 {
		w.WriteString("    <inputs/>\n")
	} else {
		w.WriteString("    <inputs>\n")
		for _, id := range a.Inputs {
			in := w.byID[id]
			if in == nil {
				continue
			}
			w.WriteString("      <trigger>\n        <" + string(in.Type))
			w.head(in)
			w.WriteString("/>\n      </trigger>\n")
		}
		w.WriteString("    </inputs>\n")
	}
	w.WriteString("  </synapse>\n")
}

// head prints the attributes that name an action.
func (w graphWriter) head(a *scheduler.Action) {
	if a.Operation == "lrm_delete" && a.Type == scheduler.CrmEvent {
		w.attr("mode", "cib")
	}
	w.attr("id", strconv.Itoa(a.ID))
	w.attr("operation", a.Operation)
	w.attr("operation_key", a.Key)
	w.attrIf("internal_operation_key", a.InternalKey)
	w.attrIf("on_node", a.NodeName)
	if a.NodeName != "" {
		w.attr("on_node_uuid", a.NodeID)
	}
	w.attrIf("router_node", a.Router)
}

func (w graphWriter) primitive(p *scheduler.Primitive) {
	if p == nil {
		return
	}
	w.WriteString("        <primitive")
	w.attr("id", p.ID)
	w.attrIf("long-id", p.LongID)
	w.attr("class", p.Class)
	w.attrIf("provider", p.Provider)
	w.attr("type", p.Type)
	w.WriteString("/>\n")
}

// attributes prints parameters and meta data sorted by name; names that begin with a digit are no XML
// names and become elements.
func (w graphWriter) attributes(a *scheduler.Action) {
	attrs := append([]scheduler.Attr(nil), a.Attrs...)
	sort.SliceStable(attrs, func(i, j int) bool { return attrs[i].Name < attrs[j].Name })
	var params []scheduler.Attr
	w.WriteString("        <attributes")
	for _, t := range attrs {
		if t.Name != "" && t.Name[0] >= '0' && t.Name[0] <= '9' {
			params = append(params, t)
			continue
		}
		w.attr(t.Name, t.Value)
	}
	if len(params) == 0 {
		w.WriteString("/>\n")
		return
	}
	w.WriteString(">\n")
	for _, t := range params {
		w.WriteString("          <param")
		w.attr("name", t.Name)
		w.attr("value", t.Value)
		w.WriteString("/>\n")
	}
	w.WriteString("        </attributes>\n")
}

// effects prints what the action means for nodes.
func (w graphWriter) effects(a *scheduler.Action) {
	if len(a.Downed) > 0 {
		w.WriteString("        <downed>\n")
		for _, id := range a.Downed {
			w.WriteString("          <node")
			w.attr("id", id)
			w.WriteString("/>\n")
		}
		w.WriteString("        </downed>\n")
	}
	if len(a.Maintenance) > 0 {
		w.WriteString("        <maintenance>\n")
		for _, n := range a.Maintenance {
			w.WriteString("          <node")
			w.attr("id", n.NodeID)
			on := "0"
			if n.On {
				on = "1"
			}
			w.attr("node_in_maintenance", on)
			w.WriteString("/>\n")
		}
		w.WriteString("        </maintenance>\n")
	}
}

// WriteDot prints actions and orderings for graphviz. all shows also what needs no doing, ids numbers the actions.
func WriteDot(out io.Writer, r *scheduler.Result, all, ids bool) error {
	w := bufio.NewWriter(out)
	nodes, edges := r.Dot()
	name := func(n scheduler.DotNode) string {
		if ids {
			return n.Name + " (" + strconv.Itoa(n.ID) + ")"
		}
		return n.Name
	}
	w.WriteString(" digraph \"g\" {\n")
	for _, n := range nodes {
		if !n.Hidden || all {
			w.WriteString(`"` + name(n) + `" [ style=` + n.Style + ` color="` + n.Color + `" fontcolor="` + n.Font + `"]` + "\n")
		}
	}
	for _, e := range edges {
		if e.Hidden && !all {
			continue
		}
		style := "dashed"
		if e.Bold {
			style = "bold"
		}
		w.WriteString(`"` + name(nodes[e.From]) + `" -> "` + name(nodes[e.To]) + `" [ style = ` + style + "]\n")
	}
	w.WriteString("}\n")
	return w.Flush()
}
