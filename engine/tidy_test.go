// Package engine_test keeps the house rules of the whole repository: pure cores, package comments, short functions,
// no sleeping tests, a closed top level.
package engine_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// source is one Go file of the repository; name is its path from the top.
type source struct {
	name string
	test bool
	text string
	file *ast.File
	set  *token.FileSet
}

var sources = sync.OnceValues(func() (list []source, err error) {
	root := os.DirFS("..")
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "bin"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		s := source{name: name, test: strings.HasSuffix(name, "_test.go"), text: string(text), set: token.NewFileSet()}
		s.file, err = parser.ParseFile(s.set, name, text, parser.ParseComments)
		list = append(list, s)
		return err
	})
	return list, err
})

func all(t *testing.T) []source {
	t.Helper()
	list, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 300 {
		t.Fatalf("only %d Go files were found: is this the repository?", len(list))
	}
	return list
}

func (s source) line(n ast.Node) int { return s.set.Position(n.Pos()).Line }

// pure are the packages whose decisions depend on their input alone (docs/design.md, contract 1).
var pure = []string{"engine/scheduler", "engine/controller", "engine/quorum", "engine/rule", "engine/messaging/detector",
	"engine/fencing", "engine/executor", "engine/attribute"}

// adapters are the files of engine/node that do I/O for its pure Core, which is all the others.
var adapters = strings.Fields(`carryout cluster control dampers dial engine fence fencer hub idle join joining ledger
	listen names nodeapi nodes peers reload results wire`)

func isPure(s source) bool {
	dir, file := path.Split(s.name)
	dir = strings.TrimSuffix(dir, "/")
	if dir == "engine/node" {
		return !s.test && !slices.Contains(adapters, strings.TrimSuffix(file, ".go"))
	}
	return !s.test && slices.Contains(pure, dir)
}

var (
	impureImports = regexp.MustCompile(`^(os|os/.*|net|net/http.*|io/ioutil|math/rand|math/rand/v2|crypto/rand|syscall|sync|golang\.org/x/sys/.*|quorate/engine/(messaging|executor/runner|fencing/driver|sim|e2e))$`)
	clocks        = strings.Fields("Now Since Until Sleep After AfterFunc Tick NewTimer NewTicker")
)

func TestPureCores(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range all(t) {
		if !isPure(s) {
			continue
		}
		seen[path.Dir(s.name)] = true
		for _, i := range s.file.Imports {
			if name, _ := strconv.Unquote(i.Path.Value); impureImports.MatchString(name) {
				t.Errorf("%s:%d: a pure core must not import %s", s.name, s.line(i), name)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s:%d: a pure core starts no goroutine", s.name, s.line(n))
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
					t.Errorf("%s:%d: a pure core must not use time.%s: time comes as an event", s.name, s.line(n), n.Sel.Name)
				}
			}
			return true
		})
	}
	for _, p := range append(pure, "engine/node") {
		if !seen[p] {
			t.Errorf("no file of %s was looked at", p)
		}
	}
}

func TestPackageComments(t *testing.T) {
	has := map[string]bool{}
	for _, s := range all(t) {
		dir := path.Dir(s.name)
		if s.test {
			continue
		}
		has[dir] = has[dir] || s.file.Doc != nil
	}
	for dir, ok := range has {
		if !ok {
			t.Errorf("%s: no package comment says what the package is for", dir)
		}
	}
}

func TestNothingLeftUndone(t *testing.T) {
	mark := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	for _, s := range all(t) {
		for _, g := range s.file.Comments {
			if m := mark.FindString(g.Text()); m != "" {
				t.Errorf("%s:%d: %s", s.name, s.line(g), m)
			}
		}
	}
}

// longFunctions is how many functions are longer than functionLines. It may only fall.
const (
	functionLines = 80
	longFunctions = 3
)

func TestShortFunctions(t *testing.T) {
	var long []string
	for _, s := range all(t) {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if n := s.set.Position(f.End()).Line - s.line(f) + 1; n > functionLines {
				long = append(long, s.name+": "+f.Name.Name+" has "+strconv.Itoa(n)+" lines")
			}
		}
	}
	if len(long) > longFunctions {
		t.Errorf("%d functions have more than %d lines, %d were allowed:\n%s", len(long), functionLines, longFunctions, strings.Join(long, "\n"))
	}
	if len(long) < longFunctions {
		t.Logf("only %d functions are too long now: set longFunctions to that", len(long))
	}
}

// sleepers are the test files that wait for the wall clock: they have real processes and real networks. The numbers
// may only fall. engine/e2e is no unit test: it measures.
var sleepers = map[string]int{"engine/executor/runner/runner_test.go": 1, "engine/messaging/net_test.go": 1}

func TestTestsDoNotSleep(t *testing.T) {
	for _, s := range all(t) {
		if n := strings.Count(s.text, "time.Sl"+"eep("); s.test && n > sleepers[s.name] && path.Dir(s.name) != "engine/e2e" {
			t.Errorf("%s sleeps %d times, allowed are %d: wait for what happens instead", s.name, n, sleepers[s.name])
		}
	}
}

// topLevel is closed: a new thing finds its place below one of these.
var topLevel = strings.Fields(`README.md LICENSE Makefile go.mod go.sum main.go main_test.go .gitignore .git docs .ci shell
	grammar engine ra examples completions`)

func TestTopLevel(t *testing.T) {
	ignored, err := os.ReadFile("../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	allowed := slices.Clone(topLevel)
	for _, line := range strings.Fields(string(ignored)) {
		allowed = append(allowed, strings.Trim(line, "/"))
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.ContainsFunc(allowed, func(p string) bool { ok, _ := filepath.Match(p, e.Name()); return ok }) {
			t.Errorf("%s does not belong to the top level", e.Name())
		}
	}
	for _, want := range []string{"README.md", "LICENSE", "Makefile", "docs", "main.go"} {
		if _, err := os.Stat("../" + want); err != nil {
			t.Error(err)
		}
	}
}
