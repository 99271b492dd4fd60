package bootstrap

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quorate/engine/config"
)

func TestLogGoesWhereTheConfigurationSays(t *testing.T) {
	t.Setenv("JOURNAL_STREAM", "8:1")
	file := filepath.Join(t.TempDir(), "cluster", "corosync.log")
	var stderr bytes.Buffer
	log := newLog(&stderr, "info", config.Logging{ToLogfile: true, Logfile: file, Debug: "off"})
	log.Info("one")
	if err := os.Rename(file, file+".1"); err != nil { // as logrotate does
		t.Fatal(err)
	}
	log.Info("two")
	log.Debug("three")
	if got := stderr.String(); got != "level=INFO msg=one\nlevel=INFO msg=two\n" {
		t.Errorf("to the journal: %q", got)
	}
	data, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(data), "time=") || !strings.HasSuffix(string(data), "msg=two\n") || strings.Count(string(data), "\n") != 1 {
		t.Errorf("in the file: %q, %v", data, err)
	}
}
