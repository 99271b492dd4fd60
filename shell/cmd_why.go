package shell

import (
	"context"
	"time"

	"quorate/shell/why"
)

func whyCommand() *Command {
	return &Command{Name: "why", Args: "<resource>|<node>", Min: 1, Max: 1, Short: "say why something is as it is", Run: runWhy,
		Complete: []Completer{either(completeResources, completeNodes)},
		Long:     "Says why a resource runs where it does, or does not run, with what speaks for and against each node; of a node, its state and why it was fenced."}
}

func runWhy(ctx context.Context, s *Session, args []string) error {
	doc, err := s.document(ctx)
	if err != nil {
		return err
	}
	history, err := s.cluster.FencingHistory(ctx)
	if err != nil {
		history = nil // on a file there is none
	}
	report, err := why.Explain(doc, time.Now(), args[0], history)
	if err != nil {
		e := newConfEdit(doc.Root())
		return usagef("%v%s", err, didYouMean(args[0], append(e.resourceIDs(), e.nodeNames()...)))
	}
	s.page(report.String())
	return nil
}
