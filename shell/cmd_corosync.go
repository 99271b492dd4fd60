package shell

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"

	"quorate/engine/api"
	"quorate/engine/config"
	"quorate/shell/backend"
	"quorate/shell/bootstrap"
)

func corosyncLevel() *Level {
	key := []Completer{completeCorosyncKeys}
	absent := "nodes have no way into each other's files; 'crm cluster join' and 'crm cluster remove' change the node list everywhere"
	return &Level{Name: "corosync", Short: "the messaging layer", Commands: withShared(false,
		&Command{Name: "show", Max: 0, Short: "show corosync.conf", Run: runCorosyncShow},
		&Command{Name: "get", Args: "<path>", Min: 1, Max: 1, Short: "show a setting of corosync.conf", Run: runCorosyncGet, Complete: key,
			Long: "A path is a key of the map without the numbers of nodes: totem.token, nodelist.node.ring0_addr. With a number it is that node's only."},
		&Command{Name: "set", Args: "<path> <value>", Min: 2, Max: 2, Short: "change a setting of corosync.conf", Run: runCorosyncSet, Complete: key,
			Long: "Changes this node's file, which is checked first. 'reload' has the cluster read it."},
		&Command{Name: "edit", Max: 0, Short: "edit corosync.conf", Run: runCorosyncEdit},
		&Command{Name: "status", Args: "[ring|quorum|cpg]", Max: 1, Short: "show links or quorum", Run: runCorosyncStatus, Complete: []Completer{fixed("ring", "quorum", "cpg")}},
		&Command{Name: "reload", Max: 0, Short: "have the nodes read corosync.conf again", Run: func(ctx context.Context, s *Session, _ []string) error {
			return s.tool(ctx, "corosync-cfgtool", "-R")
		}},
		&Command{Name: "diff", Args: "[<node> ...]", Max: anyNumber, Hidden: true, Short: "compare with other nodes", Run: notThere(absent)},
		&Command{Name: "push", Args: "[<node> ...]", Max: anyNumber, Hidden: true, Short: "copy to other nodes", Run: notThere(absent)},
		&Command{Name: "pull", Args: "<node>", Max: anyNumber, Hidden: true, Short: "copy from another node", Run: notThere(absent)},
		&Command{Name: "log", Max: anyNumber, Hidden: true, Args: "", Short: "show the log", Run: notThere("the log is in the journal: 'journalctl -u quorate'")},
	)}
}

// corosyncPath is the file as corosync(8) finds it, or that of the node of a local cluster that answers.
func corosyncPath() string {
	if path := os.Getenv("COROSYNC_MAIN_CONFIG_FILE"); path != "" {
		return path
	}
	if path := bootstrap.LocalConfig(); path != "" {
		return path
	}
	return "/etc/corosync/corosync.conf"
}

// readCorosync reads and checks the file.
func readCorosync() (*config.Config, error) {
	data, err := os.ReadFile(corosyncPath())
	if err != nil {
		return nil, err
	}
	return config.Parse(corosyncPath(), data)
}

func writeCorosync(c *config.Config) error {
	info, err := os.Stat(corosyncPath())
	if err != nil {
		return err
	}
	return backend.WriteFile(corosyncPath(), c.Text(), info.Mode().Perm())
}

func runCorosyncShow(_ context.Context, s *Session, _ []string) error {
	data, err := os.ReadFile(corosyncPath())
	if err != nil {
		return err
	}
	s.page(string(data))
	return nil
}

var keyNumber = regexp.MustCompile(`\.[0-9]+\.`)

// settings are the keys of the file that a path names, all nodes' when it has no number.
func settings(c *config.Config, path string) []api.CmapEntry {
	var found []api.CmapEntry
	section, _, _ := strings.Cut(path, ".")
	for _, e := range c.Cmap(config.Runtime{}, section+".") {
		if e.Key == path || keyNumber.ReplaceAllString(e.Key, ".") == path {
			found = append(found, e)
		}
	}
	return found
}

func runCorosyncGet(_ context.Context, s *Session, args []string) error {
	c, err := readCorosync()
	if err != nil {
		return err
	}
	found := settings(c, args[0])
	if len(found) == 0 {
		return usagef("%s is not set in %s", args[0], corosyncPath())
	}
	for _, e := range found {
		s.println(e.Value)
	}
	return nil
}

func runCorosyncSet(_ context.Context, s *Session, args []string) error {
	c, err := readCorosync()
	if err != nil {
		return err
	}
	changed, err := c.Edit(config.SetKey(args[0], args[1]))
	if err != nil {
		return err
	}
	return writeCorosync(changed)
}

func runCorosyncEdit(_ context.Context, s *Session, _ []string) error {
	if !s.tty {
		s.infof("edit not allowed in batch mode")
		return errSaid
	}
	c, err := readCorosync()
	if err != nil {
		return err
	}
	text := string(c.Text())
	for {
		if text, err = s.editText(text); err != nil {
			return err
		}
		changed, err := config.Parse(corosyncPath(), []byte(text))
		if err == nil {
			return writeCorosync(changed)
		}
		s.errorf("%v", err)
		if !s.confirm("Edit or discard changes (yes to edit, no to discard)") {
			return errSaid
		}
	}
}

func runCorosyncStatus(ctx context.Context, s *Session, args []string) error {
	what := "ring"
	if len(args) == 1 {
		what = args[0]
	}
	switch what {
	case "ring":
		return s.tool(ctx, "corosync-cfgtool", "-s")
	case "quorum":
		return s.tool(ctx, "corosync-quorumtool", "-s")
	case "cpg":
		return s.tool(ctx, "corosync-cpgtool", "-e")
	}
	return usagef("expected ring, quorum or cpg, not %q", what)
}

func completeCorosyncKeys(context.Context, *Session, []string) []Candidate {
	c, err := readCorosync()
	if err != nil {
		return nil
	}
	var found []Candidate
	for _, e := range c.Cmap(config.Runtime{}, "") {
		found = append(found, Candidate{Text: e.Key, Help: "is " + e.Value})
	}
	return found
}

// ticketVerbs are the words of 'site ticket' and the options of crm_ticket(8) that they stand for.
var ticketVerbs = map[string]string{
	"grant": "--grant", "revoke": "--revoke", "standby": "--standby", "activate": "--activate", "delete": "--cleanup", "show": "--details", "time": "--get-attr=last-granted",
}

func siteLevel() *Level {
	return &Level{Name: "site", Short: "tickets of a multi-site cluster", Commands: withShared(false,
		&Command{Name: "ticket", Args: "grant|revoke|delete|standby|activate|show|time <ticket>", Min: 2, Max: 2, Short: "change or show a ticket", Run: runTicket,
			Complete: []Completer{fixed("grant", "revoke", "delete", "standby", "activate", "show", "time"), completeTickets}},
	)}
}

func runTicket(ctx context.Context, s *Session, args []string) error {
	option, ok := ticketVerbs[args[0]]
	if !ok {
		return usagef("Expected one of grant|revoke|delete|standby|activate|show|time")
	}
	options := []string{"--ticket", args[1], option}
	if s.forced() {
		options = append(options, "--force")
	}
	return s.tool(ctx, "crm_ticket", options...)
}

func completeTickets(ctx context.Context, s *Session, _ []string) []Candidate {
	e, err := s.reading(ctx)
	if err != nil {
		return nil
	}
	var found []Candidate
	for _, c := range e.section("constraints").SelectElements("rsc_ticket") {
		found = append(found, Candidate{Text: c.SelectAttrValue("ticket", ""), Help: fmt.Sprintf("constraint %s", idOf(c))})
	}
	return found
}
