package shell

import (
	"context"

	"quorate/shell/configure"
)

func assistLevel() *Level {
	return &Level{Name: "assist", Short: "frequent changes of the configuration", Commands: withShared(false,
		&Command{Name: "template", Args: "<primitive> <primitive> ...", Min: 2, Max: anyNumber, Short: "make a template of what primitives have in common",
			Run: staged(func(_ context.Context, b *configure.Buffer, args []string) error { return b.AssistTemplate(args) }), Complete: []Completer{completeObjectsOf("primitive")}},
		&Command{Name: "weak-bond", Aliases: []string{"weak_bond"}, Args: "<resource> <resource> ...", Min: 2, Max: anyNumber, Short: "keep resources on one node, each free to stop",
			Run: staged(func(_ context.Context, b *configure.Buffer, args []string) error { return b.AssistWeakBond(args) }), Complete: []Completer{completeObjectsOf("primitive", "group", "clone")}},
	)}
}
