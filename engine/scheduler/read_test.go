package scheduler

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/beevik/etree"
)

func loadCIB(t testing.TB, file string) Input {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromFile(file); err != nil {
		t.Fatal(err)
	}
	in := Input{CIB: d.Root(), Now: time.Now()}
	if v, err := strconv.ParseInt(d.Root().SelectAttrValue("execution-date", ""), 10, 64); err == nil {
		in.Now = time.Unix(v, 0)
	}
	return in
}

func TestSuiteReads(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(os.Getenv("SCHED_SUITE"), "xml", "*.xml"))
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			if _, err := Read(loadCIB(t, f)); err != nil {
				t.Fatal(err)
			}
		})
	}
}
