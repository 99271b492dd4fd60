// Command crm is the cluster in one program: the shell, the engine, the field's tools and the agents of provider
// quorate, picked by the name it is called by and by its first word.
package main

import (
	"context"
	"os"
	"path/filepath"

	"quorate/ra/agents"
	"quorate/shell"
	"quorate/shell/tools"
)

func main() {
	if code, ok := tools.Run(context.Background(), filepath.Base(os.Args[0]), os.Args[1:]); ok {
		os.Exit(int(code))
	}
	if len(os.Args) > 1 && os.Args[1] == agents.Command {
		os.Exit(agents.Main(os.Args[2:]))
	}
	os.Exit(shell.Main(os.Args[1:]))
}
