package scheduler

import (
	"slices"
	"strings"

	"quorate/engine/digest"
)

// unfencingDevices lists the fence devices that also let nodes in again, the last configured first. What only
// the history knows is among them once it is read.
func (c *Cluster) unfencingDevices() []*Resource {
	var out []*Resource
	for _, r := range c.Resources {
		r.leaves(func(x *Resource) {
			if x.is(rFenceDevice) && foldEq(x.meta["provides"], "unfencing") {
				out = append(out, x)
			}
		})
	}
	slices.Reverse(out)
	return out
}

// orderUnfencing lets an action wait for the unfencing of its node, and asks for that
// unfencing if the node was never unfenced.
func (c *Cluster) orderUnfencing(r *Resource, n *Node, a *action, f linkFlags) {
	if n == nil || !c.unfencing || !(r.is(rNeedsUnfencing) || r.is(rFenceDevice)) {
		return
	}
	u := c.fenceOp(n, "on", true, "", false)
	c.orderActions(u, a, f)
	if !n.everUnfenced() {
		c.triggerUnfencing(n, "required by "+r.ID+" "+a.task)
	}
}

func (n *Node) everUnfenced() bool {
	v := n.Attrs["#node-unfenced"]
	return v != "" && v != "0"
}

// triggerUnfencing makes the unfencing of a node needed, if the node is up.
func (c *Cluster) triggerUnfencing(n *Node, reason string) {
	if c.unfencing && n.Online && !n.Unclean && !n.Shutdown {
		c.fenceOp(n, "on", false, reason, false)
	}
}

// addDeviceDigests records the definition of each unfencing device with the fencing of a
// node, and reports whether one is not the definition the node was unfenced with.
func (c *Cluster) addDeviceDigests(a *action, n *Node) bool {
	changed := false
	var all, secure strings.Builder
	for _, d := range c.unfencingDevices() {
		m := map[string]string{}
		for k, v := range d.parameters(n) {
			if digest.Counts(k) {
				m[k] = v
			}
		}
		main := digest.Parameters(m)
		private := digest.Parameters(c.devicePublic(m))
		entryAll := d.ID + ":" + d.Type + ":" + main + ","
		entrySecure := d.ID + ":" + d.Type + ":" + private + ","
		all.WriteString(entryAll)
		secure.WriteString(entrySecure)
		recorded, known := n.Attrs["#digests-all"]
		if !known || strings.Contains(recorded, entryAll) {
			continue
		}
		if strings.Contains(n.Attrs["#digests-secure"], entrySecure) {
			c.notice("Only 'private' parameters to " + d.ID + " for unfencing " + n.Name + " changed")
			continue
		}
		changed = true
		c.hint("Parameters to " + d.ID + " for unfencing " + n.Name + " changed, try '" + strings.TrimSuffix(entrySecure, ",") + "'")
		c.notice("notice: Unfencing Pacemaker Remote node " + n.Name + " because the definition of " + d.ID + " changed")
	}
	a.metaSet("digests-all", all.String())
	a.metaSet("digests-secure", secure.String())
	return changed
}

// devicePublic leaves out secrets and, as old clusters did, what agents never see.
func (c *Cluster) devicePublic(m map[string]string) map[string]string {
	old := compareVersions(c.featureSet, "3.16.0") < 0
	keep := map[string]string{}
	for k, v := range m {
		if k != "passwd" && k != "password" && !(old && fenceSpecial(k)) {
			keep[k] = v
		}
	}
	return keep
}
