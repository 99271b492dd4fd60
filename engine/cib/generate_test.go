package cib

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGenerate makes documents of every schema; they must conform, for us and for xmllint where it is.
func TestGenerate(t *testing.T) {
	lint, lintErr := exec.LookPath("xmllint")
	_, schemaErr := os.Stat(schemaDir + "/pacemaker-3.9.rng")
	kinds := map[string]bool{}
	seeds := 5
	if os.Getenv("CIB_SCHEMA_ROUNDS") != "" {
		_, _ = fmt.Sscan(os.Getenv("CIB_SCHEMA_ROUNDS"), &seeds)
	}
	for _, name := range Schemas() {
		dir := t.TempDir()
		var files []string
		for seed := range seeds {
			d := Generate(name, rand.New(rand.NewSource(int64(seed))).Intn)
			if p := Validate(d); p != nil {
				t.Fatalf("%s, seed %d: %v\n%s", name, seed, p, d.Bytes())
			}
			again := parse(t, string(d.Bytes()))
			if again.Digest() != d.Digest() || Generate(name, rand.New(rand.NewSource(int64(seed))).Intn).Digest() != d.Digest() {
				t.Fatalf("%s, seed %d: not the same twice", name, seed)
			}
			if err := again.Upgrade(); err != nil && CodeOf(err) != 78 { // a set that goes may be referred to
				t.Errorf("%s, seed %d: %v\n%s", name, seed, err, d.Bytes())
			}
			file := filepath.Join(dir, fmt.Sprintf("%d.xml", seed))
			if err := os.WriteFile(file, d.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
			found, _ := d.FindElements("//*")
			for _, e := range found {
				kinds[e.Tag] = true
			}
		}
		if lintErr != nil || schemaErr != nil {
			continue
		}
		out, _ := exec.Command(lint, append([]string{"--noout", "--relaxng", filepath.Join(schemaDir, name+".rng")}, files...)...).CombinedOutput()
		if n := strings.Count(string(out), " validates\n"); n != len(files) {
			t.Errorf("%s: xmllint accepts %d of %d:\n%s", name, n, len(files), out)
		}
	}
	if len(kinds) < 60 {
		t.Errorf("only %d kinds of elements were made", len(kinds))
	}
}
