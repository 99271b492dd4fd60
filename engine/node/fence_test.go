package node

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quorate/engine/api"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

const fenceDevice = `<primitive id="f" class="stonith" type="fence_test"><instance_attributes id="f-p">` +
	`<nvpair id="f-h" name="pcmk_host_list" value="node1 node2"/></instance_attributes></primitive>`

const brokenDevice = `<primitive id="broken" class="stonith" type="fence_test"><instance_attributes id="b-p">` +
	`<nvpair id="b-h" name="pcmk_host_list" value="node1"/><nvpair id="b-b" name="broken" value="1"/></instance_attributes>` +
	`<meta_attributes id="b-m"><nvpair id="b-d" name="is-managed" value="false"/></meta_attributes></primitive>`

func (c *testCluster) fenced() string {
	data, err := os.ReadFile(filepath.Join(c.dir, "fenced"))
	if err != nil && !os.IsNotExist(err) {
		c.t.Fatal(err)
	}
	return string(data)
}

// TestFencer asks about devices, then has the DC fenced: its agent has to run on the other node, and the DC ends.
func TestFencer(t *testing.T) {
	c := startCluster(t, 2)
	c.resource(fenceDevice + brokenDevice)
	ctx := t.Context()
	dc, other := c.dc()
	for _, n := range c.nodes {
		if ids, err := n.Devices(ctx, ""); err != nil || !slices.Equal(ids, []string{"broken", "f"}) {
			t.Errorf("devices: %v %v", ids, err)
		}
		if ids, err := n.Devices(ctx, "node2"); err != nil || !slices.Equal(ids, []string{"f"}) {
			t.Errorf("devices for node2: %v %v", ids, err)
		}
		if names, err := n.Targets(ctx, "f"); err != nil || !slices.Equal(names, []string{"node1", "node2"}) {
			t.Errorf("targets: %v %v", names, err)
		}
		if _, err := n.Targets(ctx, "none"); cib.CodeOf(err) != exit.NoSuch {
			t.Errorf("targets of no device: %v", err)
		}
		if err := n.CheckDevice(ctx, "f"); err != nil {
			t.Error(err)
		}
		if err := n.CheckDevice(ctx, "broken"); cib.CodeOf(err) != exit.Error || !strings.Contains(err.Error(), "the device does not answer") {
			t.Errorf("check of a broken device: %v", err)
		}
		if err := n.CheckDevice(ctx, "none"); cib.CodeOf(err) != exit.NoSuch {
			t.Errorf("check of no device: %v", err)
		}
	}
	if err := other.Fence(ctx, api.Fence{Node: "node9", Action: "off"}); cib.CodeOf(err) != exit.NoSuch {
		t.Errorf("fencing a node that no device reaches: %v", err)
	}
	if err := other.ForgetFencing(ctx, "node9"); err != nil {
		t.Error(err)
	}
	if h, err := other.FencingHistory(ctx); err != nil || len(h) != 0 {
		t.Errorf("history after it was cleaned: %v %v", h, err)
	}
	_ = other.Fence(ctx, api.Fence{Node: dc.name, Action: "off", Client: "test"}) // the DC that answers ends at that
	<-dc.ended
	if dc.code != int(exit.Fatal) {
		t.Errorf("the fenced node ended with %d", dc.code)
	}
	if want := "action=off nodename=" + dc.name + " port=" + dc.name; !strings.Contains(c.fenced(), want) {
		t.Errorf("the agent was not asked for %q, but for:\n%s", want, c.fenced())
	}
	var h []api.FenceEvent
	var err error
	c.await("the survivor knows of it", func() bool { h, err = other.FencingHistory(ctx); return len(h) > 0 })
	if err != nil || len(h) != 1 || h[0].Target != dc.name || h[0].Delegate != other.name || h[0].Status != "success" {
		t.Errorf("history: %+v %v", h, err)
	}
}
