package configure

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCIBs saves and loads every CIB that the glob in QUORATE_CIBS names: all objects must be the same again,
// to the digest.
func TestCIBs(t *testing.T) {
	glob := os.Getenv("QUORATE_CIBS")
	if glob == "" {
		t.Skip("set QUORATE_CIBS to a glob of CIB files, for example of Pacemaker's scheduler tests")
	}
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", glob, len(files), err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			newSession(t, string(data)).checkSaved()
		})
	}
}
