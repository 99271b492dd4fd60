// Crm is the cluster in one program: the shell, the engine and the field's tools, picked by the name it
// is called by and by its first word.
package main

import (
	"os"

	"quorate/shell"
)

func main() { os.Exit(shell.Main(os.Args[1:])) }
