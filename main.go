// Crm is the cluster in one program: the shell, the engine and the field's tools, picked by the name it
// is called by and by its first word.
package main

import (
	"context"
	"os"
	"path/filepath"

	"quorate/shell"
	"quorate/shell/tools"
)

func main() {
	if code, ok := tools.Run(context.Background(), filepath.Base(os.Args[0]), os.Args[1:]); ok {
		os.Exit(int(code))
	}
	os.Exit(shell.Main(os.Args[1:]))
}
