// Package examples has configurations that run. This file only tests them.
package examples

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"quorate/engine/cib"
	"quorate/shell"
	"quorate/shell/tools"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"crm": func() { os.Exit(shell.Main(os.Args[1:])) },
		"cibadmin": func() {
			code, _ := tools.Run(context.Background(), "cibadmin", os.Args[1:])
			os.Exit(int(code))
		},
	})
}

// script applies an example to an empty CIB, verifies the result, and reads back what show prints.
const script = `
stdin example.crm
exec crm configure
exec crm configure verify
! stderr .
exec crm configure save first.crm
stdin first.crm
env CIB_file=second.xml
exec crm configure
exec crm configure save second.crm
cmp first.crm second.crm
`

// TestExamples runs the script for every .crm file of this folder.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("*.crm")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range files {
		if !strings.Contains(string(readme), "("+f+")") {
			t.Errorf("%s has no line in README.md", f)
		}
		example, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		empty := string(cib.New().Bytes())
		text := script + "-- example.crm --\n" + string(example) + "-- cib.xml --\n" + empty + "-- second.xml --\n" + empty
		if err := os.WriteFile(filepath.Join(dir, strings.TrimSuffix(f, ".crm")+".txt"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	testscript.Run(t, testscript.Params{Dir: dir, Setup: func(e *testscript.Env) error {
		e.Setenv("CIB_file", "cib.xml")
		e.Setenv("HOME", e.WorkDir)
		return nil
	}})
}
