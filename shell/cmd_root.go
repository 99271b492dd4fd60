package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/fatih/color"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/shell/tools"
)

// rootLevel is the top of the tree of commands.
func rootLevel() *Level {
	own := []*Command{
		{Name: "status", Args: "[bynode] [inactive] [ops] [timing] [failcounts] [verbose] [quiet] [xml] [html] [tickets] [noheaders] [detail] [brief] [full]", Max: anyNumber,
			Short: "show nodes and resources", Run: runStatus, Complete: []Completer{fixed(statusWords()...)}, Long: statusHelp},
		{Name: "verify", Args: "[scores]", Max: 1, Short: "check the configuration of the cluster", Run: runVerify, Complete: []Completer{fixed("scores")}},
		{Name: "simulate", Whole: true, Args: "[<option> ...]", Max: anyNumber, Short: "try out what would happen", Run: runSimulate,
			Long: "Takes the options of crm_simulate(8), such as -S -d NODE for the loss of a node; without any, shows what the cluster would do now. The input is the cluster unless --xml-file or --xml-pipe names another."},
	}
	own = append(own, whyCommand())
	for _, l := range []*Level{cibLevel(), cibstatusLevel(), clusterLevel(), configureLevel(), corosyncLevel(), maintenanceLevel(), nodeLevel(), optionsLevel(), raLevel(), resourceLevel(), siteLevel()} {
		own = append(own, subLevel(l))
	}
	for _, l := range absentLevels {
		own = append(own, &Command{Name: l.name, Max: anyNumber, Hidden: true, Short: l.why, Run: notThere(l.why)})
	}
	return &Level{Short: "the top level", Commands: withShared(true, own...)}
}

const noCollection = "logs are not collected: 'journalctl -u quorate' has each node's, 'crm status ops timing' what was done, 'crm why' the reasons"

// absentLevels are words of crmsh that are no levels here, each with the reason or what to use instead.
var absentLevels = []struct{ name, why string }{
	{"history", noCollection},
	{"report", noCollection},
	{"sbd", "the engine arms the watchdog itself"},
	{"script", "'crm configure template' has templates"},
}

// statusOptions are the words of the status command and the options of crm_mon(8) that they stand for.
var statusOptions = []struct {
	word, help string
	options    []string
}{
	{"bynode", "group resources by node", []string{"-n"}},
	{"inactive", "show inactive resources", []string{"-r"}},
	{"ops", "show the history of operations", []string{"-o"}},
	{"timing", "show when operations were done", []string{"-t"}},
	{"failcounts", "show fail counts", []string{"-f"}},
	{"verbose", "say more", []string{"-V"}},
	{"quiet", "show what is essential", []string{"-Q"}},
	{"xml", "print XML", []string{"--output-as=xml"}},
	{"html", "print HTML", []string{"--output-as=html"}},
	{"simple", "one line", []string{"-s"}},
	{"tickets", "show tickets", []string{"-c"}},
	{"noheaders", "leave the headings out", []string{"-D"}},
	{"detail", "show more of nodes and resources", []string{"-R"}},
	{"brief", "show fewer lines", []string{"-b"}},
	{"full", "show everything", []string{"-n", "-c", "-r", "-f", "-t"}},
}

func statusWords() []string {
	var words []string
	for _, o := range statusOptions {
		words = append(words, o.word)
	}
	return words
}

const statusHelp = "Shows the cluster once, without words with inactive resources. The words choose what is shown; crm_mon(8) explains it, and its options are taken too."

func runStatus(ctx context.Context, s *Session, args []string) error {
	options := []string{"-1"}
	if len(args) == 0 {
		options = append(options, "-r")
	}
	for _, w := range args {
		if len(w) > 1 && w[0] == '-' { // as crm_mon has it
			options = append(options, w)
			continue
		}
		found := false
		for _, o := range statusOptions {
			if strings.HasPrefix(o.word, w) {
				options, found = append(options, o.options...), true
				break
			}
		}
		if !found {
			return usagef("%s: expected one of %s", w, strings.Join(statusWords(), " "))
		}
	}
	if err := s.reachable(ctx); err != nil {
		return err
	}
	var text bytes.Buffer
	err := s.toolOn(ctx, s.Cluster, &text, "crm_mon", options...)
	s.page(s.paintStatus(text.String()))
	return err
}

// reachable says in the shell's words what a tool would say in the field's: that there is no engine to talk to, none for
// this user, or one that does not answer.
func (s *Session) reachable(ctx context.Context) error {
	c, err := s.Cluster()
	if err != nil {
		return err
	}
	_, err = c.Status(ctx)
	if slices.Contains([]exit.Code{exit.Disconnect, exit.InsufficientPr, exit.Timeout}, cib.CodeOf(err)) {
		return err
	}
	return nil
}

// stateColors are the words of a status that catch the eye.
var stateColors = sync.OnceValue(func() map[*regexp.Regexp]color.Attribute {
	return map[*regexp.Regexp]color.Attribute{
		regexp.MustCompile(`\b(Online|Started|Promoted|Unpromoted|Master|Slave|partition with quorum)\b`):                    color.FgGreen,
		regexp.MustCompile(`\b(OFFLINE|UNCLEAN|FAILED|Stopped|BLOCKED|partition WITHOUT quorum|offline|not running|NONE)\b`): color.FgRed,
		regexp.MustCompile(`\b(standby|maintenance|unmanaged|disabled|pending|DISABLED|Starting|Stopping)\b`):                color.FgYellow,
	}
})

// paintStatus colours a status for a terminal.
func (s *Session) paintStatus(text string) string {
	if !s.paint.on || strings.HasPrefix(text, "<") {
		return text
	}
	for words, attr := range stateColors() {
		text = words.ReplaceAllStringFunc(text, func(w string) string { return s.paint.paint(w, attr) })
	}
	return text
}

func runVerify(ctx context.Context, s *Session, args []string) error {
	options := []string{"-L"}
	if len(args) == 1 {
		if args[0] != "scores" {
			return usagef("expected scores, not %q", args[0])
		}
		options = append(options, "-s")
	}
	if err := s.tool(ctx, "crm_verify", "-L", "-V", "-V", "-V"); err != nil {
		return err
	}
	return s.tool(ctx, "crm_simulate", options...)
}

func runSimulate(ctx context.Context, s *Session, args []string) error {
	if len(args) == 0 {
		args = []string{"-S"}
	}
	if !slices.ContainsFunc(args, namesInput) {
		args = append([]string{"-L"}, args...)
	}
	return s.toolOn(ctx, s.Cluster, s.Out, "crm_simulate", args...) // its input may be a file
}

// namesInput tells whether an option of crm_simulate says what to simulate; without one it is the cluster.
func namesInput(arg string) bool {
	if name, long := strings.CutPrefix(arg, "--"); long {
		name, _, _ = strings.Cut(name, "=")
		return name == "live-check" || name == "xml-file" || name == "xml-pipe"
	}
	return strings.HasPrefix(arg, "-") && strings.ContainsAny(arg, "Lxp")
}

// tool runs one of the field's tools on the cluster that the session acts on.
func (s *Session) tool(ctx context.Context, name string, args ...string) error {
	if err := s.reachable(ctx); err != nil {
		return err
	}
	return s.toolOn(ctx, s.Cluster, s.Out, name, args...)
}

// toolOn runs one of the field's tools on any cluster. What it has to say it says itself.
func (s *Session) toolOn(ctx context.Context, cluster func() (api.Cluster, error), out io.Writer, name string, args ...string) error {
	tool, ok := tools.Lookup(name)
	if !ok {
		return fmt.Errorf("%s is not part of this program", name)
	}
	system := tools.System()
	system.Out, system.Err, system.Cluster = out, s.Err, cluster
	if code := tool(ctx, system, args); code != exit.OK {
		return errSaid
	}
	return nil
}

// stagedCluster is a cluster whose configuration is the one being edited.
type stagedCluster struct {
	api.Cluster
	doc *cib.Document
}

// CIB returns the configuration being edited with the status as it is.
func (c stagedCluster) CIB(context.Context) (*cib.Document, error) { return c.doc.Copy(), nil }

// runConfigureSimulate shows what a commit of the pending changes would make the cluster do.
func runConfigureSimulate(ctx context.Context, s *Session, args []string) error {
	c, err := s.simulated(ctx)
	if err != nil {
		return err
	}
	options := append([]string{"-L", "-S"}, s.imagined.options()...)
	for _, w := range args {
		switch {
		case w == "scores":
			options = append(options, "-s")
		case w == "utilization":
			options = append(options, "-U")
		case w == "actions" || w == "nograph" || strings.Trim(w, "v") == "": // what is shown anyway
		default:
			return usagef("%s: expected nograph, v, scores, actions or utilization", w)
		}
	}
	return s.toolOn(ctx, func() (api.Cluster, error) { return c, nil }, s.Out, "crm_simulate", options...)
}
