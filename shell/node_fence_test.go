package shell

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// halfCluster is a cluster in which n1 is up and n2 is not; it notes what is fenced.
type halfCluster struct {
	api.Cluster
	fenced []api.Fence
}

func (c *halfCluster) CIB(context.Context) (*cib.Document, error) {
	return cib.Parse([]byte(`<cib validate-with="pacemaker-3.9"><configuration><crm_config/><nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes><resources/><constraints/></configuration><status/></cib>`))
}

func (c *halfCluster) Status(context.Context) (*api.Status, error) {
	return &api.Status{Node: "n1", Nodes: []api.Node{{ID: 1, Name: "n1", Member: true, Online: true}, {ID: 2, Name: "n2"}}}, nil
}

func (c *halfCluster) Fence(_ context.Context, f api.Fence) error {
	c.fenced = append(c.fenced, f)
	return nil
}

// TestClearstateOfNodeThatIsUp: a node that the cluster hears is not taken for off, whatever one answers.
func TestClearstateOfNodeThatIsUp(t *testing.T) {
	var out bytes.Buffer
	c := &halfCluster{}
	s := &Session{Out: &out, Err: &out, flags: &flags{force: true}, prefs: &preferences{}, cluster: c}
	for _, args := range [][]string{{"n1"}, nil} {
		if err := runNodeClearstate(t.Context(), s, args); err == nil || !strings.Contains(err.Error(), "n1 is up") {
			t.Errorf("clearstate %v: %v", args, err)
		}
	}
	if err := runNodeClearstate(t.Context(), s, []string{"n2"}); err != nil {
		t.Error(err)
	}
	if len(c.fenced) != 1 || c.fenced[0].Node != "n2" || !c.fenced[0].Confirm {
		t.Errorf("confirmed: %+v", c.fenced)
	}
}

// stuckCluster answers nothing in time.
type stuckCluster struct{ halfCluster }

func (*stuckCluster) Status(context.Context) (*api.Status, error) {
	return nil, cib.Errorf(exit.Timeout, "the engine does not answer")
}

// TestStuckEngine: status does not wait a second time for an engine that is stuck.
func TestStuckEngine(t *testing.T) {
	s := &Session{flags: &flags{}, prefs: &preferences{}, cluster: &stuckCluster{}}
	if err := runStatus(t.Context(), s, nil); cib.CodeOf(err) != exit.Timeout {
		t.Errorf("status: %v", err)
	}
}

func TestNamesInput(t *testing.T) {
	for arg, want := range map[string]bool{"-L": true, "-Ls": true, "-x": true, "-xcib.xml": true, "-p": true, "--live-check": true,
		"--xml-file=a": true, "--xml-pipe": true, "-S": false, "-d": false, "node1": false, "Lxp": false, "--node-down": false, "--simulate": false} {
		if namesInput(arg) != want {
			t.Errorf("%s: %v", arg, !want)
		}
	}
}
