package shell

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"quorate/ra/agents"
)

// mainVariable makes the test binary be crm, for tests that need a process on a terminal.
const mainVariable = "CRM_TEST_BE_CRM"

// The race detector makes a process wait a second at its end unless told otherwise.
const raceVariable, raceQuick = "GORACE", "atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		os.Exit(Main(os.Args[1:]))
	}
	_ = os.Setenv(raceVariable, raceQuick) // for the processes that tests start
	testscript.Main(m, map[string]func(){
		"crm": func() {
			if len(os.Args) > 2 && os.Args[1] == agents.Command {
				os.Exit(agents.Main(os.Args[2:]))
			}
			os.Exit(Main(os.Args[1:]))
		},
	})
}

// TestScripts runs testdata/script/LEVEL_THING.txt: crm on a CIB file of the script's own, with a private
// home directory. A script brings its own cib.xml; without one it begins with an empty CIB.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("CIB_file", filepath.Join(e.WorkDir, "cib.xml"))
			e.Setenv("CIB_shadow_dir", filepath.Join(e.WorkDir, "shadow"))
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("TERM", "dumb")
			e.Setenv(raceVariable, raceQuick)
			if _, err := os.Stat(filepath.Join(e.WorkDir, "cib.xml")); err == nil {
				return nil
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "cib.xml"), []byte(emptyCIB), 0o600)
		},
	})
}

const emptyCIB = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config/>
    <nodes/>
    <resources/>
    <constraints/>
  </configuration>
  <status/>
</cib>
`
