package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/beevik/etree"
	"github.com/google/renameio/v2"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
	"quorate/shell/status"
)

// crm_mon reads its own common options: it has more formats than the other tools.
var monCommand = &command{
	name:    "crm_mon",
	summary: "Provides a summary of cluster's current state.",
	own:     true,
	options: []option{
		{long: "output-as", same: "format", arity: value, hint: "FORMAT", help: "console (default), text, html or xml"},
		{long: "output-to", same: "destination", arity: value, hint: "DEST", help: "File for the output, or \"-\" for stdout"},
		{long: "html-cgi", help: "Add CGI headers (with --output-as=html)"},
		{long: "html-stylesheet", arity: value, hint: "URI", help: "Link to an external stylesheet"},
		{long: "html-title", arity: value, hint: "TITLE", help: "Title of the page"},
		{long: "text-fancy"},
		{long: "include", short: 'I', arity: value, hint: "SECTION(s)", help: "Sections to include; 'list' names them"},
		{long: "exclude", short: 'U', arity: value, hint: "SECTION(s)", help: "Sections to exclude"},
		{long: "node", arity: value, hint: "NODE", help: "Only what is related to this node, or nodes with this tag"},
		{long: "resource", arity: value, hint: "RSC", help: "Only what is related to this resource, or resources with this tag"},
		{long: "group-by-node", short: 'n', help: "Group resources by node"},
		{long: "inactive", short: 'r', help: "Display inactive resources"},
		{long: "failcounts", short: 'f', help: "Display resource fail counts"},
		{long: "operations", short: 'o', help: "Display resource operation history"},
		{long: "timing-details", short: 't', help: "Display operation history with timing details"},
		{long: "tickets", short: 'c', help: "Display cluster tickets"},
		{long: "fence-history", short: 'm', arity: optional, hint: "LEVEL", help: "0=off, 1=failures and pending, 2=add successes, 3=all events"},
		{long: "neg-locations", short: 'L', arity: optional, hint: "PREFIX", help: "Display negative location constraints"},
		{long: "show-node-attributes", short: 'A', help: "Display node attributes"},
		{long: "hide-headers", short: 'D', help: "Hide all headers"},
		{long: "show-detail", short: 'R', help: "Show more details (node IDs, individual clone instances)"},
		{long: "show-description"},
		{long: "brief", short: 'b', help: "Brief output"},
		{long: "pending", short: 'j'},
		{long: "simple-status", short: 's', help: "Display the cluster status once as a simple one line output"},
		{long: "interval", short: 'i', arity: value, hint: "TIMESPEC", help: "Update frequency (default is 5 seconds)"},
		{long: "one-shot", short: '1', help: "Display the cluster status once and exit"},
		{long: "daemonize", short: 'd', help: "Run in the background (with --output-to)"},
		{long: "pid-file", short: 'p', arity: value, hint: "FILE", help: "Where to write the process id"},
		{long: "external-agent", short: 'E', arity: value, hint: "FILE", help: "Not supported: configure an alert instead"},
		{long: "external-recipient", short: 'e', arity: value},
		{long: "watch-fencing", short: 'W'},
		{long: "as-html", short: 'h', arity: value, hint: "FILE", help: "Write html to the file"},
		{long: "as-xml", short: 'X', help: "Write XML to stdout, once"},
		{long: "disable-ncurses", short: 'N'},
		{long: "web-cgi", short: 'w', help: "html with CGI headers"},
		{long: "quiet", short: 'Q', help: "Be less descriptive"},
		{long: "verbose", short: 'V'},
		{long: "help", short: '?', help: "Show this help"},
		{long: "help-all"}, {long: "help-output"}, {long: "help-display"}, {long: "help-additional"}, {long: "help-deprecated"},
		{long: "version", short: '$', help: "Display software version and exit"},
	},
}

// monitor is one run of crm_mon.
type monitor struct {
	*call
	format   string // "text", "html", "xml", "as-xml"
	to       string // file; "" is standard output
	cgi      bool
	once     bool
	simple   bool
	interval time.Duration
	show     status.Section
	options  status.Options
	level    int // of fencing history
	args     []string
}

func crmMon(k *call, args []string) exit.Code {
	switch {
	case k.has("help", "help-all", "help-output", "help-display", "help-additional", "help-deprecated"):
		fmt.Fprint(k.Out, k.cmd.help())
		return exit.OK
	case k.has("version"):
		fmt.Fprint(k.Out, versionText())
		return exit.OK
	case k.has("external-agent"):
		fmt.Fprintln(k.Err, "crm_mon: --external-agent is not supported: configure an alert, it sees the same events")
		return exit.Usage
	}
	m := &monitor{call: k, args: args, format: "text", interval: 5 * time.Second, level: 1, once: k.has("one-shot")}
	if err := m.configure(); err != nil {
		fmt.Fprintf(k.Err, "crm_mon: %v\n", err)
		return exit.Usage
	}
	switch {
	case k.has("daemonize") && k.Env(inBackground) == "":
		return m.daemonize()
	case m.once, m.offline(): // a file does not change while one looks
		return m.shoot()
	}
	return m.watch()
}

// picture reads the cluster.
func (m *monitor) picture() (*status.Mon, error) {
	c, doc, err := m.load()
	if err != nil {
		return nil, err
	}
	cl, err := scheduler.Read(scheduler.Input{CIB: doc.Root(), Now: m.Now()})
	if err != nil {
		return nil, cib.Errorf(exit.Config, "%v", err)
	}
	p := &status.Mon{View: status.View{Cluster: cl, Options: m.options}, Show: m.show, CIB: doc.Root(), Now: m.Now(), FenceLevel: m.level}
	p.Prepare()
	p.OnlyNodes, p.OnlyResources = m.filter(doc, "node"), m.filter(doc, "resource")
	if m.show&status.Fencing != 0 {
		if p.Fencing, err = c.FencingHistory(m.ctx); err != nil && !errors.Is(err, api.ErrNoCluster) {
			return nil, err
		}
	}
	return p, nil
}

// filter resolves --node and --resource: a name, or a tag that stands for several.
func (m *monitor) filter(doc *cib.Document, option string) map[string]bool {
	name := m.get(option)
	if name == "" {
		return nil
	}
	names := map[string]bool{name: true}
	if tags := doc.Section("tags"); tags != nil {
		for _, t := range tags.SelectElements("tag") {
			if t.SelectAttrValue("id", "") != name {
				continue
			}
			for _, o := range t.SelectElements("obj_ref") {
				names[o.SelectAttrValue("id", "")] = true
			}
		}
	}
	return names
}

// shoot shows the cluster once.
func (m *monitor) shoot() exit.Code {
	p, err := m.picture()
	if err != nil {
		return m.failed(err)
	}
	if !m.offline() {
		p.Running = m.Now()
	}
	if m.simple {
		line, ok := p.Simple()
		fmt.Fprintln(m.Out, line)
		if !ok {
			return exit.Error
		}
		return exit.OK
	}
	var b bytes.Buffer
	m.render(&b, p)
	if m.to == "" {
		_, _ = m.Out.Write(b.Bytes())
		return exit.OK
	}
	if err := writeWhole(m.to, b.Bytes()); err != nil {
		fmt.Fprintf(m.Err, "crm_mon: %v\n", err)
		return exit.CantCreate
	}
	return exit.OK
}

// writeWhole replaces a file in one step, so that a web server never sees half a page.
func writeWhole(path string, data []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, data, 0o644)
	}
	return renameio.WriteFile(path, data, 0o644, renameio.WithTempDir(filepath.Dir(path)))
}

func (m *monitor) failed(err error) exit.Code {
	code := codeOf(err)
	text := "crm_mon: " + err.Error()
	switch {
	case m.simple:
		fmt.Fprintf(m.Err, "crm_mon: CLUSTER CRIT: %v\n", err)
		return 2 // what monitoring systems take for critical
	case code == exit.Disconnect:
		text = "crm_mon: Connection to cluster failed: Connection refused"
	}
	switch m.format {
	case "xml":
		o := output{tool: "crm_mon", xml: true, w: m.Out, err: m.Err}
		o.begin("crm_mon", m.args)
		o.note("%s", text)
		return o.finish(code)
	case "as-xml":
		writeXML(m.Out, newElement("crm_mon", "version", pacemakerVersion))
	}
	fmt.Fprintln(m.Err, text)
	return code
}

func (m *monitor) render(w io.Writer, p *status.Mon) {
	switch m.format {
	case "html":
		if m.cgi {
			fmt.Fprint(w, "Content-Type: text/html\n\n")
		}
		p.WriteHTML(w, status.Page{Title: m.get("html-title"), Stylesheet: m.get("html-stylesheet"), Refresh: m.refresh()})
	case "as-xml":
		root := newElement("crm_mon", "version", pacemakerVersion)
		m.addAll(root, p)
		writeXML(w, root)
	case "xml":
		o := output{tool: "crm_mon", xml: true, w: w, err: m.Err}
		o.begin("crm_mon", m.args)
		m.addAll(o.root, p)
		o.finish(exit.OK)
	default:
		p.WriteText(w)
	}
}

func (m *monitor) addAll(root *etree.Element, p *status.Mon) {
	for _, e := range p.XML() {
		root.AddChild(e)
	}
}

// refresh is how often a browser is to ask again, in seconds; 0: never.
func (m *monitor) refresh() int {
	if m.once {
		return 0
	}
	return int(m.interval / time.Second)
}

// writePID writes the process id where --pid-file says.
func (m *monitor) writePID(pid int) error {
	file := m.get("pid-file")
	if file == "" {
		return nil
	}
	return os.WriteFile(file, []byte(fmt.Sprintf("%*d\n", 10, pid)), 0o644)
}

// crmMonTool keeps the command line for the frame of the XML output.
func crmMonTool(ctx context.Context, io IO, args []string) exit.Code {
	return monCommand.tool(func(k *call) exit.Code { return crmMon(k, args) })(ctx, io, args)
}
