package stonith

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quorate/ra/meta"
)

const agent = `#!/bin/sh
[ "$*" = "-o metadata" ] && [ "$PCMK_service" = pacemaker-fenced ] || exit 1
cat <<'END'
<?xml version="1.0" ?>
<resource-agent name="fence_test" shortdesc="Fence agent for tests">
<longdesc>Words.</longdesc>
<parameters>
<parameter name="action" unique="0" required="1"><content type="string" default="reboot" /><shortdesc lang="en">Fencing action</shortdesc></parameter>
<parameter name="ipaddr" unique="0" required="1" deprecated="1"><content type="string" /><shortdesc lang="en">Address</shortdesc></parameter>
<parameter name="ip" unique="0" required="1" obsoletes="ipaddr"><content type="string" /><shortdesc lang="en">Address</shortdesc></parameter>
<parameter name="plug" unique="0" required="1"><content type="string" /><shortdesc lang="en">Plug</shortdesc></parameter>
</parameters>
<actions><action name="on" automatic="0"/><action name="off" /><action name="monitor" /></actions>
</resource-agent>
END
`

func TestStonith(t *testing.T) {
	t.Setenv("QUORATE_CACHE", "")
	c := Class{Dir: t.TempDir()}
	for name, text := range map[string]string{"fence_test": agent, "other": agent, "fence_broken": "#!/bin/sh\nexit 1\n"} {
		if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := c.List(""); err != nil || !slices.Equal(list, []string{"fence_broken", "fence_test"}) {
		t.Errorf("%v %v", list, err)
	}
	m, err := c.Metadata(context.Background(), meta.Agent{Class: "stonith", Type: "fence_test"})
	if err != nil {
		t.Fatal(err)
	}
	old := m.Parameter("ipaddr")
	if !old.Deprecated || !slices.Equal(old.ReplacedBy, []string{"ip"}) || !m.Parameter("ip").Required || m.Parameter("plug").Required {
		t.Errorf("%+v", m.Parameters)
	}
	if m.Parameter("pcmk_host_map") == nil || m.Action("start").Timeout != "20s" || m.LongDesc != "Words." {
		t.Errorf("%+v", m)
	}
	if text, err := c.Text(context.Background(), m.Agent); err != nil || strings.Contains(string(text), "pcmk_") {
		t.Errorf("the agent's own text must not have the fencer's parameters: %v", err)
	}
	_, err = c.Metadata(context.Background(), meta.Agent{Class: "stonith", Type: "fence_broken"})
	if err == nil || errors.Is(err, meta.ErrNotInstalled) {
		t.Errorf("an agent that fails is not one that is missing: %v", err)
	}
}
